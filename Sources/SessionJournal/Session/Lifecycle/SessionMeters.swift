internal import Synchronization

/// How much a session holds, counted event by event.
struct SessionFill: Sendable {
    /// The version and the sequence number of the last event that was counted.
    var version: UInt64 = 0
    var lastSequence: UInt64 = 0
    var messages: UInt64 = 0
    var bytes: UInt64 = 0
    /// The limits that a mark names.
    var marked: Set<String> = []

    mutating func count(_ event: Event) {
        version = event.version
        lastSequence = event.sequence
        bytes += UInt64(event.line.count) + 1
        switch event.kind {
        case .messageAppended: messages += 1
        case .sessionLimitReached:
            if let limit = (try? DataReader(event))?.string("limit") { marked.insert(limit) }
        default: break
        }
    }
}

/// What is known of the limits of sessions: they are declared when a session is created and do not
/// change, so that those of a session are read once.
final class SessionMeters: Sendable {
    private enum Known: Sendable {
        case unlimited
        case limited(SessionLimits, SessionFill)
    }

    /// The largest number of sessions that are remembered.
    private static let limit = 65_536
    private let known = Mutex<[SessionID: Known]>([:])

    /// The limits of a session and what it holds; nil for one without limits. Cost: none for one
    /// that is known to have none; else its first event, and those that are new.
    func reading(
        of session: SessionID, in journal: Journal
    ) async throws -> (limits: SessionLimits, usage: SessionFill)? {
        var limits: SessionLimits
        var usage: SessionFill
        switch known.withLock({ $0[session] }) {
        case .unlimited?: return nil
        case .limited(let known, let counted)?: (limits, usage) = (known, counted)
        case nil:
            guard let head = try await journal.store.head(of: session) else { return nil }
            // A beginning that is lost, or withheld, declares nothing.
            let first = try? await journal.event(at: head.firstSequence)
            guard let first, let declared = try? first.data()["limits"],
                let found = SessionLimits(declared)
            else {
                note(session, .unlimited)
                return nil
            }
            (limits, usage) = (found, SessionFill())
        }
        for try await event in journal.events(
            from: usage.lastSequence + 1, session: session, damage: .skip)
        {
            usage.count(event)
        }
        note(session, .limited(limits, usage))
        return (limits, usage)
    }

    private func note(_ session: SessionID, _ what: Known) {
        known.withLock { known in
            if known.count >= Self.limit { known.removeAll() }
            known[session] = what
        }
    }
}

extension JournalWriter {
    /// What is to be appended with a message, so that the session's limits are kept: marks of those
    /// that it goes beyond.
    ///
    /// - Throws: ``JournalError/Code/limitReached`` where the limits reject it. A message whose `id`
    ///   the session holds already is none, and is let through.
    func limitMarks(for draft: EventDraft, in session: SessionID) async throws -> [EventDraft] {
        guard let (limits, usage) = try await journal.meters.reading(of: session, in: journal)
        else { return [] }
        let lineSize = try EventRules.lineSize(of: draft, actor: actor)
        let over: [(name: String, maximum: UInt64?, found: UInt64)] = [
            ("max_events", limits.maximumEvents, usage.version + 1),
            ("max_bytes", limits.maximumBytes, usage.bytes + UInt64(lineSize)),
            ("max_messages", limits.maximumMessages, usage.messages + 1),
        ].filter { limit in limit.1.map { limit.2 > $0 } ?? false }
        guard let first = over.first, let maximum = first.maximum else { return [] }
        switch limits.action {
        case .reject:
            if let id = draft.id, try await journal.holds(id, in: session) { return [] }
            throw JournalError(
                .limitReached,
                "session \(session) takes no more messages: \(first.name) is \(maximum), and this "
                    + "would make \(first.found); go on in another session")
        case .mark:
            return over.filter { !usage.marked.contains($0.name) }.map { limit in
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
