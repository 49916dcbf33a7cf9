/// What is to be different about the past: events that are left out, and events that say something
/// else.
public struct Alteration: Sendable, Hashable {
    /// The sequence numbers of events that are left out.
    public var dropped: Set<UInt64>

    /// The members of an event's data that are others, by the event's sequence number. Members that
    /// are not named stay.
    public var changed: [UInt64: JSONObject]

    /// Creates an alteration.
    public init(dropping dropped: Set<UInt64> = [], changing changed: [UInt64: JSONObject] = [:]) {
        self.dropped = dropped
        self.changed = changed
    }

    /// In a few words: `without 12, 14; changed 9`.
    var words: String {
        var words: [String] = []
        func list(_ numbers: some Sequence<UInt64>) -> String {
            numbers.sorted().map(String.init).joined(separator: ", ")
        }
        if !dropped.isEmpty { words.append("without \(list(dropped))") }
        if !changed.isEmpty { words.append("changed \(list(changed.keys))") }
        return words.joined(separator: "; ")
    }
}

/// Folds one session's events into the state that would have come of them, had some been others.
///
/// What answered a message that is left out answers the message before it instead, and a branch that
/// began at it begins there: else all that was said before would be lost with it.
public struct WhatIfProjection: Projection {
    /// A state, and where the messages that were left out led.
    public struct State: Sendable {
        /// The session as it would be.
        public internal(set) var session = SessionState()

        /// The parent of each message that was left out.
        fileprivate var parents: [String: JSONValue] = [:]
    }

    /// The projection's name.
    public static let name = "what-if"

    /// The version of its rules.
    public static let version = SessionProjection.version

    /// What is different.
    public let alteration: Alteration

    private let projection = SessionProjection()

    /// Creates the fold.
    public init(_ alteration: Alteration) { self.alteration = alteration }

    /// A session without events.
    public func initialState() -> State { State() }

    /// Takes one event into the state, leaves it out, or takes another in its place.
    public func apply(_ event: Event, to state: inout State) {
        var event = event
        if let members = alteration.changed[event.sequence] {
            event = event.replacing(members) ?? event
        }
        if alteration.dropped.contains(event.sequence) {
            if event.kind == .messageAppended, let reader = try? DataReader(event),
                let id = reader.string("message")
            {
                let parent = reader.value("parent") ?? .null
                state.parents[id] = Self.settled(parent, state)
            }
            return
        }
        projection.apply(Self.reattached(event, state), to: &state.session)
    }

    /// What stands before messages that were left out; nothing where these go round in a circle.
    private static func settled(_ parent: JSONValue, _ state: State) -> JSONValue {
        var parent = parent
        var passed: Set<String> = []
        while let id = parent.string, let before = state.parents[id] {
            guard passed.insert(id).inserted else { return .null }
            parent = before
        }
        return parent
    }

    /// The event with what it answers, where that was left out.
    private static func reattached(_ event: Event, _ state: State) -> Event {
        guard !state.parents.isEmpty else { return event }
        let key: String
        switch event.kind {
        case .messageAppended: key = "parent"
        case .branchCreated: key = "from"
        default: return event
        }
        guard let parent = (try? DataReader(event))?.string(key), state.parents[parent] != nil
        else { return event }
        return event.replacing([key: settled(.string(parent), state)]) ?? event
    }
}

extension Event {
    /// The same event with other members in its data; nil where the content is withheld or makes no
    /// sense. It was never stored: its digest is not that of any event.
    func replacing(_ members: JSONObject) -> Event? {
        guard let range = envelope.data.range,
            let data = try? JSONValue(parsing: line.span.extracting(range)),
            var object = data.object
        else { return nil }
        for member in members {
            // A pointer into the source line says what the member was before.
            object[member.name + "@"] = nil
            object[member.name] = member.value
        }
        var line = Array(self.line[..<range.lowerBound])
        object.write(to: &line)
        line.append(UInt8(ascii: "}"))
        return try? Event(line: line)
    }
}
