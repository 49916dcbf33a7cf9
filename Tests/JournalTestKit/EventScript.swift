package import SessionJournal

/// Events as a journal would store them, made one after the other: sequence numbers and versions
/// are contiguous, the clock ticks a second an event.
package struct EventScript: Sendable {
    /// The events so far.
    package private(set) var events: [Event] = []

    /// The session that the next events belong to.
    package var session: SessionID
    /// Who does it.
    package var actor = "user:ada"
    /// The journal's clock: the time of the next event.
    package var time: Timestamp

    private var versions: [SessionID: UInt64] = [:]

    /// The session of a script that nobody set.
    package static let defaultSession = SessionID(high: 0x0195_0000_0000_7000, low: 1 << 63 | 0xFF)

    package init(
        session: SessionID = EventScript.defaultSession,
        time: Timestamp = Timestamp("2026-01-01T00:00:00Z")!
    ) {
        self.session = session
        self.time = time
    }

    /// Adds an event, and returns it.
    @discardableResult
    package mutating func add(
        _ kind: EventKind, _ data: JSONObject, branch: String? = nil, occurred: String? = nil,
        onBehalf: String? = nil, reason: String? = nil
    ) -> Event {
        let draft = EventDraft(
            kind, branch: branch, data: EventData(data), onBehalf: onBehalf,
            occurred: occurred.map { Timestamp($0)! }, reason: reason)
        return add(draft)
    }

    /// Adds an event, and returns it.
    @discardableResult
    package mutating func add(_ draft: EventDraft) -> Event {
        let sequence = UInt64(events.count) + 1
        versions[session, default: 0] += 1
        var line: [UInt8] = []
        var cause: UInt64?
        switch draft.cause {
        case .sequence(let sequence)?: cause = sequence
        case .inBatch(let index)?: cause = sequence + UInt64(index)
        case nil: break
        }
        EventLine.encode(
            draft, sequence: sequence, time: time, session: session, version: versions[session]!,
            actor: actor, cause: cause, salt: Salt(high: 0x5A17, low: sequence), into: &line)
        time = Timestamp(microseconds: time.microseconds + 1_000_000)
        return add(line: line)
    }

    /// Adds a line as it is.
    @discardableResult
    package mutating func add(line: [UInt8]) -> Event {
        guard let event = try? Event(line: line) else {
            preconditionFailure("no event: \(String(decoding: line, as: UTF8.self))")
        }
        events.append(event)
        return event
    }

    /// Replaces an event by its entry line, as an erasure does.
    package mutating func withhold(sequence: UInt64) {
        let index = Int(sequence) - 1
        let line = events[index].line
        guard let entry = try? EventLine.entryLine(of: line.span),
            let event = try? Event(line: entry)
        else { preconditionFailure("no entry for event \(sequence)") }
        events[index] = event
    }

    /// Adds a message with one text part.
    @discardableResult
    package mutating func say(
        _ id: String, after parent: JSONValue, role: String = "user", branch: String? = nil,
        text: String? = nil, occurred: String? = nil, more: JSONObject = [:]
    ) -> Event {
        var data: JSONObject = [
            "message": .string(id), "parent": parent, "role": .string(role),
            "parts": [["type": "text", "text": .string(text ?? id)]],
        ]
        for member in more { data[member.name] = member.value }
        return add(.messageAppended, data, branch: branch, occurred: occurred)
    }
}
