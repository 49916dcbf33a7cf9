/// What is to be erased.
public enum ErasureScope: Sendable, Hashable {
    /// All that a session says.
    case session(SessionID)
    /// What a principal appended, or somebody on its behalf, in every session; and what others said
    /// later about the messages among it.
    case actor(String)
    /// A message, by its id or an alias: its text, its edits, and what was said about it.
    case message(String, in: SessionID)
    /// All that the sessions say which a query finds.
    case query(SessionQuery)
    /// Single events of a session, by their sequence numbers.
    case events(Set<UInt64>, in: SessionID)

    /// Its name, as events and the command line have it.
    public var name: String {
        switch self {
        case .session: "session"
        case .actor: "actor"
        case .message: "message"
        case .query: "query"
        case .events: "events"
        }
    }
}

/// How something is erased.
public struct ErasureOptions: Sendable {
    /// On which legal basis, as it is to stand in the certificate: `GDPR 17(1)(b)`. It must not name
    /// whom the erasure is about, for it stays.
    public var basis: String

    /// Why, in other words; it stays, too.
    public var reason: String?

    /// Folders of backups, which are looked into for the certificate.
    public var backups: [String] = []

    /// Whether only to say what would be erased.
    public var isDryRun = false

    /// Erases on a legal basis.
    public init(basis: String) { self.basis = basis }
}

/// What an erasure would take, or is taking.
public struct ErasurePlan: Sendable {
    /// The sequence numbers of events that give way to their entry lines, in order and apart.
    public internal(set) var events: [ClosedRange<UInt64>] = []
    /// The encrypted sessions that go as a whole, with their keys, in order of their ids.
    public internal(set) var keys: [KeyErasure] = []
    /// Encrypted sessions whose keys are not at hand, so that nobody can say whether something in them
    /// is in the scope: nothing of them is taken.
    public internal(set) var locked: [SessionID] = []
    /// The sessions that lose events, in order of their ids.
    public internal(set) var sessions: [SessionID] = []
    /// Events of which one string is the principal's name, and that stay: what it declared or asked
    /// for in the journal's own session, what others granted it, a branch of that name, or content
    /// that it stored and others refer to.
    public internal(set) var kept: [UInt64] = []

    /// How many events those are, and those of the sessions that go with their keys.
    public var eventCount: Int {
        events.reduce(0) { $0 + $1.count } + keys.reduce(0) { $0 + Int(clamping: $1.eventCount) }
    }

    /// What a dry run prints.
    public var json: JSONValue {
        [
            "events": JSONValue(eventCount), "positions": Self.json(of: events),
            "sessions": .array(sessions.map { .string($0.hexadecimal) }),
            "encrypted": .array(keys.map(\.json)),
            "locked": .array(locked.map { .string($0.hexadecimal) }),
            "kept": .array(kept.map { JSONValue($0) }),
        ]
    }

    static func json(of events: [ClosedRange<UInt64>]) -> JSONValue {
        .array(events.map { [JSONValue($0.lowerBound), JSONValue($0.upperBound)] })
    }

    /// The ranges that an event holds; empty where they make no sense.
    static func events(_ json: JSONValue?) -> [ClosedRange<UInt64>] {
        var events: [ClosedRange<UInt64>] = []
        var before: UInt64 = 0
        for item in json?.array ?? [] {
            guard let pair = item.array, pair.count == 2, let first = pair[0].unsigned,
                let last = pair[1].unsigned, before < first, first <= last
            else { return [] }
            events.append(first...last)
            before = last
        }
        return events
    }

    /// Ranges in any order, in order and apart.
    static func joined(_ ranges: [ClosedRange<UInt64>]) -> [ClosedRange<UInt64>] {
        var joined: [ClosedRange<UInt64>] = []
        for range in ranges.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, range.lowerBound <= last.upperBound &+ 1 {
                joined[joined.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                joined.append(range)
            }
        }
        return joined
    }

    /// Numbers as ranges, in order and apart.
    static func ranges(of sequences: [UInt64]) -> [ClosedRange<UInt64>] {
        var ranges: [ClosedRange<UInt64>] = []
        for sequence in sequences.sorted() {
            if let last = ranges.last, last.upperBound + 1 == sequence {
                ranges[ranges.count - 1] = last.lowerBound...sequence
            } else {
                ranges.append(sequence...sequence)
            }
        }
        return ranges
    }
}
