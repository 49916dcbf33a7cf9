extension Journal {
    /// The labels of a session: the names that were given to its events.
    ///
    /// Cost: looks at the session's events up to the point.
    ///
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/damaged``.
    public func labels(
        of session: SessionID, at point: PointInTime = .now, damage: DamagePolicy = .fail
    ) async throws -> SessionLabels {
        try await fold(
            LabelProjection(), over: session, at: point, kinds: LabelProjection.kinds,
            damage: damage)
    }

    /// The point that a label means in a session, as a sequence number; any other point as it is.
    /// The labels are those of now, whatever they name.
    ///
    /// Cost: nothing for other points; for a label, the session's events back to the one that gave
    /// the name.
    ///
    /// - Throws: ``JournalError/Code/labelNotFound``, which lists labels that there are.
    public func settled(_ point: PointInTime, in session: SessionID) async throws -> PointInTime {
        guard case .label(let name) = point else { return point }
        let events = events(
            session: session, kinds: LabelProjection.kinds, order: .backwards, damage: .skip)
        for try await event in events {
            guard let reader = try? DataReader(event), reader.string("label") == name else {
                continue
            }
            guard event.kind == .labelAdded, let sequence = reader.integer("seq"), sequence > 0
            else { break }
            return .sequence(UInt64(sequence))
        }
        let known = try await labels(of: session, damage: .skip).labels.map(\.name)
        throw JournalError.labelNotFound(name, in: session, known: known)
    }

    /// Folds only the events of some kinds, where the point can be found without the others.
    func fold<Fold: Projection>(
        _ projection: Fold, over session: SessionID, at point: PointInTime,
        kinds: Set<EventKind>, damage: DamagePolicy
    ) async throws -> Fold.State {
        guard let head = try await store.head(of: session) else {
            guard session.isJournal else { throw JournalError.sessionNotFound("\(session)") }
            return projection.initialState()
        }
        let point = try await settled(point, in: session)
        var through = head.lastSequence
        if case .sequence(let sequence) = point { through = min(through, sequence) }
        // Any event may be the first that happened later than a time.
        var needed: Set<EventKind>? = kinds
        if case .time = point { needed = nil }
        return try await projection.fold(
            events(through: through, session: session, kinds: needed, damage: damage), at: point,
            lastVersion: head.version)
    }

    /// The sequence numbers of a session's events up to a point, in order.
    func sequences(
        of session: SessionID, at point: PointInTime, damage: DamagePolicy
    ) async throws -> [UInt64] {
        try await fold(SequenceProjection(), over: session, at: point, damage: damage)
    }
}

/// Which events there are.
private struct SequenceProjection: Projection {
    static let name = "sequences"
    static let version = 1
    func initialState() -> [UInt64] { [] }
    func apply(_ event: Event, to state: inout [UInt64]) { state.append(event.sequence) }
}

extension JournalError {
    static func labelNotFound(
        _ name: String, in session: SessionID, known: [String]
    ) -> JournalError {
        let limit = Journal.candidateLimit
        let names = known.prefix(limit).joined(separator: ", ") + (known.count > limit ? ", …" : "")
        return JournalError(
            .labelNotFound,
            "session \(session) has no label “\(name)”; "
                + (known.isEmpty
                    ? "it has none: a point is a sequence number, a time, or ~N events back"
                    : "it has \(names)"))
    }

    static func labelOfNoSession(_ name: String) -> JournalError {
        JournalError(
            .invalidArgument,
            "“\(name)” is a label, which names an event of one session; give a point that all "
                + "sessions have: a sequence number or a time")
    }
}
