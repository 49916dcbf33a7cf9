/// Something that happened in the life of a session, as ``Journal/lifecycleChanges(after:session:)``
/// tells it.
public struct LifecycleChange: Hashable, Sendable {
    /// The session.
    public let session: SessionID
    /// The event.
    public let sequence: UInt64
    /// What happened.
    public let kind: EventKind
    /// The status that it brought; nil where it brought none, and where the content is withheld.
    public let status: SessionStatus?
    /// When it happened.
    public let time: Timestamp
    /// Who did it; nil where the content is withheld.
    public let actor: String?
    /// Why.
    public let reason: String?

    /// What an event says; nil for one that says nothing of a session's life. A change of metadata
    /// counts where it gives a status.
    init?(_ event: Event) {
        guard let rule = LifecycleRule.rule(of: event.kind) else { return nil }
        var status: SessionStatus?
        switch rule.outcome {
        case .status(let wanted): status = wanted
        case .given:
            let change = MetadataChange(event)
            status = change?.givenStatus
            if event.kind == .sessionMetadataChanged, status == nil { return nil }
        case .beforeDeletion, .same: break
        }
        session = event.session
        sequence = event.sequence
        kind = event.kind
        self.status = status
        time = event.moment
        actor = event.actor
        reason = event.reason
    }
}

extension Journal {
    /// What happens in the lives of sessions from a sequence number on: those that begin, are put
    /// away, come back, expire or end. Goes on until the task is cancelled or the journal is closed.
    ///
    /// - Parameters:
    ///   - sequence: The last sequence number that is known; 0 for all.
    ///   - session: Only this session.
    public func lifecycleChanges(
        after sequence: UInt64, session: SessionID? = nil
    ) -> some AsyncSequence<LifecycleChange, any Error> & Sendable {
        follow(
            after: sequence, session: session, kinds: Set(LifecycleRule.all.map(\.kind)),
            damage: .skip
        ).compactMap { LifecycleChange($0) }
    }
}
