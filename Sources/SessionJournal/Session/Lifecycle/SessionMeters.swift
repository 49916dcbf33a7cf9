internal import Synchronization

/// What is known of the limits of sessions, and how much those hold that have some.
final class SessionMeters: Sendable {
    /// What is known of a session as of an event of its own.
    struct Known: Sendable {
        var limits: SessionLimits?
        /// How much it holds; counted only where there are limits.
        var fill = SessionFill()
        /// The version and the sequence number of the last event that was looked at.
        var version: UInt64 = 0
        var lastSequence: UInt64 = 0
    }

    /// The largest number of sessions that are remembered.
    private static let limit = 65_536
    private let known = Mutex<[SessionID: Known]>([:])

    /// The limits of a session and what it holds, both as of a version or later; nil for one without
    /// limits. Cost: none where nobody else wrote to a session that has none; else the events that
    /// are new.
    func reading(
        of session: SessionID, at version: UInt64, in journal: Journal
    ) async throws -> (limits: SessionLimits, fill: SessionFill)? {
        var known = known.withLock { $0[session] } ?? Known()
        if known.version < version, known.limits == nil {
            try await look(for: session, &known, in: journal)
        }
        // The version may be an old one, and limits that hold no more must not reject.
        if known.limits != nil { try await count(session, &known, in: journal) }
        note(session, known)
        return known.limits.map { ($0, known.fill) }
    }

    /// Looks whether a session that had no limits has got some.
    private func look(
        for session: SessionID, _ known: inout Known, in journal: Journal
    ) async throws {
        guard let head = try await journal.store.head(of: session) else { return }
        // A declaration that is lost, or withheld, limits nothing.
        let events = journal.events(
            from: known.lastSequence + 1, through: head.lastSequence, session: session,
            kinds: [.sessionCreated, .sessionLimitsChanged], damage: .skip)
        for try await event in events {
            if let limits = SessionLimits.declared(by: event) { known.limits = limits }
        }
        if known.limits == nil {
            known.version = head.version
            known.lastSequence = head.lastSequence
        } else {
            // What it holds is counted from its first event.
            known = Known(limits: known.limits)
        }
    }

    private func count(
        _ session: SessionID, _ known: inout Known, in journal: Journal
    ) async throws {
        for try await event in journal.events(
            from: known.lastSequence + 1, session: session, damage: .skip)
        {
            if let limits = SessionLimits.declared(by: event) { known.limits = limits }
            known.fill.count(event)
            known.version = event.version
            known.lastSequence = event.sequence
        }
    }

    /// Forgets everything.
    func forget() { known.withLock { $0 = [:] } }

    /// Notes that a message was appended as the session's next event, so that one without limits
    /// need not be looked at.
    func advance(_ session: SessionID, to receipt: AppendReceipt) {
        known.withLock { known in
            guard let before = known[session], before.limits == nil,
                before.version == receipt.version - 1
            else { return }
            known[session]?.version = receipt.version
            known[session]?.lastSequence = receipt.sequence
        }
    }

    private func note(_ session: SessionID, _ what: Known) {
        known.withLock { known in
            if known.count >= Self.limit { known.removeAll() }
            // What was noted meanwhile may be newer.
            if known[session]?.version ?? 0 <= what.version { known[session] = what }
        }
    }
}

extension JournalWriter {
    /// What is to be appended with messages, so that the session's limits are kept: marks of those
    /// that they go beyond. A batch is let in as a whole or not at all.
    ///
    /// - Parameters:
    ///   - drafts: All that is to be appended. Without a message among it nothing is limited.
    ///   - session: The session.
    ///   - version: Its version, which the append must name as its condition.
    /// - Throws: ``JournalError/Code/limitReached`` where the limits reject it. A message whose `id`
    ///   the session holds already is none, and is let through.
    func limitMarks(
        for drafts: [EventDraft], in session: SessionID, at version: UInt64
    ) async throws -> [EventDraft] {
        let messages = drafts.filter { $0.kind == .messageAppended }
        guard !messages.isEmpty,
            let (limits, fill) = try await journal.meters.reading(
                of: session, at: version, in: journal)
        else { return [] }
        var bytes = fill.bytes
        for draft in drafts { bytes += UInt64(try EventRules.lineSize(of: draft, actor: actor)) }
        let over: [(name: String, maximum: UInt64?, found: UInt64)] = [
            ("max_events", limits.maximumEvents, fill.events + UInt64(drafts.count)),
            ("max_bytes", limits.maximumBytes, bytes),
            ("max_messages", limits.maximumMessages, fill.messages + UInt64(messages.count)),
        ].filter { limit in limit.1.map { limit.2 > $0 } ?? false }
        guard let first = over.first, let maximum = first.maximum else { return [] }
        switch limits.action {
        case .reject:
            if let id = messages[0].id, try await journal.holds(id, in: session) { return [] }
            throw JournalError(
                .limitReached,
                "session \(session) takes no more messages: \(first.name) is \(maximum), and this "
                    + "would make \(first.found); go on in another session, or change its limits")
        case .mark:
            return over.filter { !fill.marked.contains($0.name) }.map { limit in
                EventDraft(
                    .sessionLimitReached,
                    data: [
                        "limit": .string(limit.name),
                        "maximum": limit.maximum.map { JSONValue($0) } ?? .null,
                        "found": JSONValue(limit.found),
                    ])
            }
        }
    }
}

extension Journal {
    /// Whether a session holds an event of a caller's id. Cost: reads the session.
    fileprivate func holds(_ id: String, in session: SessionID) async throws -> Bool {
        for try await event in events(session: session, damage: .skip) where event.id == id {
            return true
        }
        return false
    }
}
