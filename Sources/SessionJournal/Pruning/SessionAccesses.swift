/// How often a session was read, as its `session.accessed` events say.
public struct SessionAccesses: Hashable, Sendable {
    /// How often.
    public internal(set) var count: UInt64 = 0

    /// When it was read first; nil where nobody counted.
    public internal(set) var first: Timestamp?

    /// When it was read last.
    public internal(set) var last: Timestamp?

    /// Adds what an event says. One that makes no sense, or is withheld, says nothing.
    mutating func count(_ event: Event) {
        guard let reader = try? DataReader(event),
            let count = reader.integer("count").flatMap({ UInt64(exactly: $0) }), count > 0,
            let first = reader.string("first").flatMap({ Timestamp($0) }),
            let last = reader.string("last").flatMap({ Timestamp($0) })
        else { return }
        let (sum, overflows) = self.count.addingReportingOverflow(count)
        self.count = overflows ? .max : sum
        self.first = self.first.map { min($0, first) } ?? first
        self.last = self.last.map { max($0, last) } ?? last
    }

    /// What `show --json` prints of it: `count`, `first`, `last`.
    var json: JSONValue {
        [
            "count": JSONValue(count), "first": JSONValue(first?.description),
            "last": JSONValue(last?.description),
        ]
    }
}

extension SessionAccesses {
    var snapshot: JSONValue {
        [
            .string(String(count)), .integer(first?.microseconds ?? 0),
            .integer(last?.microseconds ?? 0),
        ]
    }

    /// What a snapshot says; nobody has counted where that is nothing, or makes no sense.
    init(snapshot: JSONValue?) {
        guard let parts = snapshot?.array, parts.count == 3,
            let count = parts[0].string.flatMap({ UInt64($0) }), let first = parts[1].integer,
            let last = parts[2].integer
        else { return }
        self.count = count
        self.first = Timestamp(microseconds: first)
        self.last = Timestamp(microseconds: last)
    }
}
