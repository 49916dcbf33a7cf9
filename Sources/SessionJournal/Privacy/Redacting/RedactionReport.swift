/// What is to be redacted.
public enum RedactionScope: Sendable, Hashable {
    /// One event, by its sequence number.
    case event(UInt64)
    /// All events of a session.
    case session(SessionID)
}

/// How something is redacted.
public struct RedactionOptions: Sendable {
    /// Why.
    public var reason: String?

    /// Whether only to say what would be redacted.
    public var isDryRun = false

    /// On which legal basis to erase the events in which something was found, once what redacts them
    /// is there; nil to leave them in the log. It stays, and must not name whom it is about.
    public var erasureBasis: String?

    /// The usual: nothing is erased.
    public init() {}
}

/// What was redacted.
public struct RedactionReport: Sendable {
    /// An event in which something was found.
    public struct Item: Sendable {
        /// Its sequence number.
        public let sequence: UInt64
        /// Its kind.
        public let kind: EventKind
        /// What was found.
        public let findings: [ScanFinding]
    }

    /// The session.
    public let session: SessionID

    /// The events of messages that say something else now.
    public internal(set) var redacted: [Item] = []

    /// Those that did so before.
    public internal(set) var known: [Item] = []

    /// Events that no message shows, such as a line of an import: they can only be erased.
    public internal(set) var others: [Item] = []

    /// Events that the session stands on, such as changes of its metadata: they stay. Give the field
    /// another value, and erase the session if it has to go.
    public internal(set) var left: [Item] = []

    /// What was erased; nil where nothing was.
    public internal(set) var certificate: ErasureCertificate?

    /// The events that an erasure takes.
    var erasable: Set<UInt64> { Set((redacted + known + others).map(\.sequence)) }
}

/// What an event of the journal says of redactions in a session.
struct RedactionNotice: Sendable {
    var session: SessionID
    /// What was redacted.
    var events: Set<UInt64>

    init?(_ data: JSONValue) {
        guard let session = data["session"]?.string.flatMap({ SessionID($0) }) else { return nil }
        self.session = session
        events = Set(data["events"]?.array?.compactMap(\.unsigned) ?? [])
    }
}

extension Journal {
    /// The events, by their sequence numbers, that messages were redacted in place of: their own bytes
    /// are in the log unless they were erased.
    ///
    /// Cost: what is new among the journal's own events.
    public func redactedEvents() async throws -> Set<UInt64> {
        var sequences: Set<UInt64> = []
        for notice in try await redactions.all(in: self) {
            sequences.formUnion(notice.content.events)
        }
        return sequences
    }
}
