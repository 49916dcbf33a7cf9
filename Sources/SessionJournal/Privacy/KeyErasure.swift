/// An encrypted session that an erasure takes as a whole, by destroying its key.
///
/// The lines of its events stay where they are, as ciphertext that nobody can open any more, here or
/// in any copy; their entry lines stay, as those of every erased event do.
public struct KeyErasure: Sendable, Hashable {
    /// The session. Its key has the same id.
    public let session: SessionID
    /// How many events it has: all of them go.
    public let eventCount: UInt64
    /// The sequence number of its first event.
    public let firstSequence: UInt64
    /// The sequence number of its last event.
    public let lastSequence: UInt64

    /// What the request and the certificate say of it.
    public var json: JSONValue {
        [
            "session": .string(session.hexadecimal), "events": JSONValue(eventCount),
            "first": JSONValue(firstSequence), "last": JSONValue(lastSequence),
        ]
    }

    init(session: SessionID, eventCount: UInt64, firstSequence: UInt64, lastSequence: UInt64) {
        self.session = session
        self.eventCount = eventCount
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
    }

    /// Nil for what makes no sense.
    init?(_ json: JSONValue) {
        guard let session = json["session"]?.string.flatMap({ SessionID($0) }),
            !session.isJournal, let count = json["events"]?.unsigned,
            let first = json["first"]?.unsigned, let last = json["last"]?.unsigned, first <= last
        else { return nil }
        self.init(
            session: session, eventCount: count, firstSequence: first, lastSequence: last)
    }

    /// Those that an event names.
    static func all(in json: JSONValue?) -> [KeyErasure] {
        (json?.array ?? []).compactMap { KeyErasure($0) }
    }
}
