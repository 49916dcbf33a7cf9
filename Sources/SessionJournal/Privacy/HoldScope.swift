/// What a hold keeps from being destroyed.
public enum HoldScope: Sendable, Hashable {
    /// Everything.
    case journal
    /// A session.
    case session(SessionID)
    /// What a principal appended, or somebody on its behalf.
    case actor(String)
    /// The sessions that a ``SessionQuery`` finds, when the hold is placed or at any time after.
    case query(String)

    /// Its name, as events and the command line have it.
    public var name: String {
        switch self {
        case .journal: "journal"
        case .session: "session"
        case .actor: "actor"
        case .query: "query"
        }
    }

    /// What it names, as text; nil for the whole journal.
    public var subject: String? {
        switch self {
        case .journal: nil
        case .session(let session): session.hexadecimal
        case .actor(let name): name
        case .query(let text): text
        }
    }

    /// The scope of a name and what it names; nil where that makes no sense.
    init?(name: String?, subject: String?) {
        switch (name, subject) {
        case ("journal", nil): self = .journal
        case ("session", let text?):
            guard let session = SessionID(text) else { return nil }
            self = .session(session)
        case ("actor", let name?): self = .actor(name)
        case ("query", let text?): self = .query(text)
        default: return nil
        }
    }
}

/// A hold: what it covers must not be destroyed while it stands.
public struct Hold: Sendable, Hashable {
    /// Its id: 32 hexadecimal digits.
    public let id: String
    /// What it covers.
    public let scope: HoldScope
    /// The matter that it is for: the number of a case, say.
    public let matter: String
    /// The sessions that a query found when it was placed.
    public let sessions: [SessionID]
    /// The event that placed it.
    public let sequence: UInt64
    /// When that was.
    public let time: Timestamp
    /// Who placed it.
    public let actor: String
    /// Why.
    public let reason: String?
    /// Who lifted it, when, why, by which event; nil while it stands.
    public internal(set) var lifting: Lifting?

    /// The end of a hold.
    public struct Lifting: Sendable, Hashable {
        /// The event that lifted it.
        public let sequence: UInt64
        /// When that was.
        public let time: Timestamp
        /// Who did it.
        public let actor: String
        /// Why.
        public let reason: String?
    }

    /// Whether it stands.
    public var isActive: Bool { lifting == nil }

    /// What `hold list --json` prints of it.
    public var json: JSONValue {
        var object: JSONObject = [
            "hold": .string(id), "scope": .string(scope.name), "subject": JSONValue(scope.subject),
            "matter": .string(matter), "active": .bool(isActive), "seq": JSONValue(sequence),
            "time": .string(time.description), "actor": .string(actor),
            "reason": JSONValue(reason),
        ]
        if let lifting {
            object.append(
                "lifted",
                [
                    "seq": JSONValue(lifting.sequence),
                    "time": .string(lifting.time.description), "actor": .string(lifting.actor),
                    "reason": JSONValue(lifting.reason),
                ])
        }
        return .object(object)
    }
}

/// What an event that places or lifts a hold says.
struct HoldNotice: Sendable {
    var id: String
    /// Nil in one that lifts.
    var scope: HoldScope?
    var matter: String
    var sessions: [SessionID]

    init?(placing data: JSONValue) {
        guard let id = data["hold"]?.string, let matter = data["matter"]?.string,
            let scope = HoldScope(
                name: data["scope"]?.string, subject: data["subject"]?.string)
        else { return nil }
        self.id = id
        self.scope = scope
        self.matter = matter
        sessions = data["sessions"]?.array?.compactMap { $0.string.flatMap { SessionID($0) } } ?? []
    }

    init?(lifting data: JSONValue) {
        guard let id = data["hold"]?.string else { return nil }
        self.id = id
        matter = data["matter"]?.string ?? ""
        sessions = []
    }
}
