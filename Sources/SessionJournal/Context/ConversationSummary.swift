/// A summary that stands for older messages where a conversation is shown to a model. The messages
/// stay.
public struct ConversationSummary: Sendable, Hashable {
    /// The event that recorded it.
    public let sequence: UInt64

    /// When it was recorded, by its source's clock where that is known.
    public let time: Timestamp

    /// Who recorded it; nil where that is withheld.
    public let actor: String?

    /// What it says.
    public let text: String

    /// The first message that it stands for; nil for all from the conversation's beginning.
    public let first: String?

    /// The last message that it stands for.
    public let last: String

    /// How many messages it stood for when it was made; nil where nobody said.
    public let messageCount: Int?

    /// What made it: `extractive`, a command, a model.
    public let summariser: String?

    /// How many tokens the messages had; nil where nobody said.
    public let tokensBefore: Int?

    /// What an event records; nil for another kind, and for a summary that stands for nothing: a
    /// title, say, or one whose content is withheld.
    init?(_ event: Event) {
        guard event.kind == .summaryRecorded, let reader = try? DataReader(event),
            let last = reader.value("replaces_to").flatMap({ MessageReference($0) })?
                .local(to: event.session), last.session == nil
        else { return nil }
        sequence = event.sequence
        time = event.moment
        actor = event.actor
        text = reader.string("text") ?? ""
        first = reader.string("replaces_from")
        self.last = last.message
        messageCount = reader.integer("count").flatMap { Int(exactly: $0) }
        summariser = reader.string("summariser")
        tokensBefore = reader.integer("tokens_before").flatMap { Int(exactly: $0) }
    }
}

/// Folds the summaries of a session, in order.
struct SummaryProjection: Projection {
    static let name = "summaries"
    static let version = 1
    static let kinds: Set<EventKind> = [.summaryRecorded]

    func initialState() -> [ConversationSummary] { [] }

    func apply(_ event: Event, to state: inout [ConversationSummary]) {
        if let summary = ConversationSummary(event) { state.append(summary) }
    }
}

extension Journal {
    /// The summaries of a session that stand for messages, in the order in which they were recorded.
    ///
    /// Cost: looks at the session's events up to the point.
    ///
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/damaged``.
    public func summaries(
        of session: SessionID, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> [ConversationSummary] {
        try await fold(
            SummaryProjection(), over: session, at: point, kinds: SummaryProjection.kinds,
            damage: damage)
    }
}
