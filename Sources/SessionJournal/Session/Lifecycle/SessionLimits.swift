/// What a session may hold at most, as declared when it was created or by
/// ``JournalWriter/changeLimits(_:in:reason:durability:)``. Limits bind what is said in it: a message
/// that goes beyond one is rejected, with all that was to be appended with it, or kept and marked.
/// What else happens, the pieces of a message that was let in, and what an import brings, are kept
/// whatever they say.
public struct SessionLimits: Hashable, Sendable {
    /// What becomes of a message that goes beyond a limit.
    public enum Action: String, Hashable, Sendable, CaseIterable {
        /// It is refused: ``JournalError/Code/limitReached``.
        case reject
        /// It is kept, and a `session.limit_reached` event says so, once for each limit.
        case mark
    }

    /// How many events of any kind.
    public var maximumEvents: UInt64?

    /// How many bytes of event lines, newlines included.
    public var maximumBytes: UInt64?

    /// How many messages.
    public var maximumMessages: UInt64?

    /// What becomes of a message that goes beyond.
    public var action: Action

    /// Limits; none where nothing is given.
    public init(
        maximumEvents: UInt64? = nil, maximumBytes: UInt64? = nil, maximumMessages: UInt64? = nil,
        action: Action = .reject
    ) {
        self.maximumEvents = maximumEvents
        self.maximumBytes = maximumBytes
        self.maximumMessages = maximumMessages
        self.action = action
    }

    /// The limits that JSON says: `{"max_events": 5, "max_bytes": …, "max_messages": …, "action":
    /// "reject"}`; nil where it says none. Members that make no sense are passed over.
    public init?(_ json: JSONValue) {
        func number(_ name: String) -> UInt64? {
            json[name]?.integer.flatMap { UInt64(exactly: $0) }
        }
        self.init(
            maximumEvents: number("max_events"), maximumBytes: number("max_bytes"),
            maximumMessages: number("max_messages"),
            action: json["action"]?.string.flatMap { Action(rawValue: $0) } ?? .reject)
        if isNone { return nil }
    }

    /// Whether nothing is limited.
    var isNone: Bool {
        maximumEvents == nil && maximumBytes == nil && maximumMessages == nil
    }

    /// The form that ``init(_:)`` reads.
    public var json: JSONObject {
        var object: JSONObject = [:]
        object["max_events"] = maximumEvents.map { JSONValue($0) }
        object["max_bytes"] = maximumBytes.map { JSONValue($0) }
        object["max_messages"] = maximumMessages.map { JSONValue($0) }
        object["action"] = .string(action.rawValue)
        return object
    }
}
