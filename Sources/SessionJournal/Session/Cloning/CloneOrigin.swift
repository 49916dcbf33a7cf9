/// Where a session was cloned from, as its own events say it.
public struct CloneOrigin: Hashable, Sendable {
    /// The session that it was cloned from, by its id.
    public let session: String

    /// The event of that session as of which it was cloned.
    public let sequence: UInt64

    /// The one branch that was cloned; nil where all were.
    public let branch: String?

    /// Whether all of it is here. One that is not finished was interrupted, or is being made: what
    /// is here is what the other session begins with.
    public internal(set) var isFinished = false

    init(session: String, sequence: UInt64, branch: String?) {
        self.session = session
        self.sequence = sequence
        self.branch = branch
    }

    /// What an event says of one; nil where that makes no sense.
    init?(_ json: JSONValue) {
        guard let session = json["session"]?.string,
            let sequence = json["seq"]?.integer.flatMap({ UInt64(exactly: $0) })
        else { return nil }
        self.init(session: session, sequence: sequence, branch: json["branch"]?.string)
    }

    /// The members that name the origin, in both of the events that do.
    var data: JSONObject {
        var object: JSONObject = [
            "session": .string(session), "seq": JSONValue(sequence),
        ]
        object["branch"] = branch.map { .string($0) }
        return object
    }

    /// What `show --json` prints of it.
    public var json: JSONValue {
        var object = data
        object["finished"] = .bool(isFinished)
        return .object(object)
    }
}

/// A session that was cloned.
public struct CloneReport: Hashable, Sendable {
    /// The new session.
    public let session: SessionID
    /// Where it is from.
    public let origin: CloneOrigin
    /// How many messages were brought.
    public let messages: Int
    /// How many events were appended.
    public let events: Int
    /// How many commits that took; one is all or nothing.
    public let commits: Int
}

/// Where the texts of messages stand: for the event that appended or edited one, the events that
/// hold its parts. Takes some bytes a message, whatever the messages hold.
struct TextPlaces: Projection {
    struct State: Sendable {
        /// By the event that appended, edited or restored.
        var texts: [UInt64: [UInt64]] = [:]
        fileprivate var appended: [String: UInt64] = [:]
    }

    static let name = "text places"
    static let version = 2

    static let kinds: Set<EventKind> = [
        .messageAppended, .messageExtended, .messageFinished, .messageEdited, .messageRedacted,
    ]

    func initialState() -> State { State() }

    func apply(_ event: Event, to state: inout State) {
        guard Self.kinds.contains(event.kind), let reader = try? DataReader(event),
            let id = reader.string("message")
        else { return }
        switch event.kind {
        case .messageAppended:
            guard state.appended[id] == nil else { return }
            state.appended[id] = event.sequence
            state.texts[event.sequence] = [event.sequence]
        case .messageRedacted: redact(event, id, reader.string("of"), &state)
        case .messageEdited:
            let earlier = reader.integer("restores").flatMap { UInt64(exactly: $0) }
            if let earlier {
                state.texts[event.sequence] = state.texts[earlier]
            } else if reader.member("parts") != nil {
                state.texts[event.sequence] = [event.sequence]
            }
        default:
            guard let first = state.appended[id] else { return }
            state.texts[first, default: []].append(event.sequence)
            if let alias = reader.string("alias"), state.appended[alias] == nil {
                state.appended[alias] = first
            }
        }
    }
    /// What redacts an event stands in its place, also where that one was erased.
    private func redact(_ event: Event, _ id: String, _ kind: String?, _ state: inout State) {
        guard let sequence = event.redactedSequence else { return }
        for (first, places) in state.texts {
            state.texts[first] = places.map { $0 == sequence ? event.sequence : $0 }
        }
        switch EventKind(rawValue: kind ?? "") {
        case .messageAppended where state.appended[id] == nil:
            state.appended[id] = sequence
            state.texts[sequence] = [event.sequence]
        case .messageEdited where state.texts[sequence] == nil:
            state.texts[sequence] = [event.sequence]
        default: break
        }
    }
}
