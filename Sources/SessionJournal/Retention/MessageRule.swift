/// When messages go.
enum MessageRule: Sendable, Hashable {
    /// When all of these hold: it was said so long ago, unless it has a `ttl` of its own, and it is not
    /// among the last so many of any branch.
    case old(seconds: Int64?, beyond: Int?)
    /// When its own `ttl` has passed.
    case ownTimeToLive
    /// When it is of a type, and not among the last so many of those.
    case type(MessageType, keeping: Int)
    /// When it says again what an earlier one said.
    case similar(method: String, threshold: Double)

    /// What its event says of its limits.
    var limits: JSONObject {
        var limits: JSONObject = [:]
        switch self {
        case .old(let seconds, let count):
            limits["age"] = seconds.map { .integer($0) }
            limits["count"] = count.map { JSONValue($0) }
        case .ownTimeToLive: break
        case .type(let type, let count):
            limits["type"] = .string(type.description)
            limits["count"] = JSONValue(count)
        case .similar(let method, let threshold):
            limits["method"] = .string(method)
            limits["threshold"] = JSONValue(threshold)
        }
        return limits
    }
}

/// A type of messages: all that it names must hold.
public struct MessageType: Sendable, Hashable, CustomStringConvertible {
    /// Its ``Message/role``.
    public var role: String?

    /// What it consists of: every part of it is of this type (`text`, `tool_use`, `tool_result`, …), or it
    /// is synthetic in this way (`meta`, `summary`, `error`).
    public var kind: String?

    /// Its `category`, as its own metadata says.
    public var category: String?

    /// A type that names nothing: no message is of it.
    public init() {}

    /// Whether a message is of the type.
    ///
    /// - Parameter message: A message with its content.
    public func matches(_ message: Message) -> Bool {
        guard role != nil || kind != nil || category != nil else { return false }
        if let role, message.role?.rawValue != role { return false }
        if let category, message.metadata["category"]?.string != category { return false }
        guard let kind, message.synthetic != kind else { return true }
        let types = message.content()?.map { $0["type"]?.string } ?? []
        return !types.isEmpty && types.allSatisfy { $0 == kind }
    }

    /// Such as `role:tool`.
    public var description: String {
        [("role", role), ("kind", kind), ("category", category)]
            .compactMap { name, value in value.map { "\(name):\($0)" } }.joined(separator: " ")
    }
}

/// What a rule says of a message.
public struct MessageDecision: Sendable, Hashable {
    /// The message, by its id.
    public let message: String

    /// The event that added it.
    public let sequence: UInt64

    /// What decided: its rank from the end, its age and ttl in seconds, its type, what it duplicates and
    /// how alike they are.
    public let values: JSONObject

    /// Why it stays; nil where it goes.
    public internal(set) var safeguard: Safeguard?

    /// Its tokens, as they are counted.
    public let tokens: Int

    /// The bytes of the events that hold its texts.
    public let bytes: Int

    /// What `--json` prints of it.
    public var json: JSONValue {
        var object = object
        object["stays"] = safeguard.map { .string($0.name) }
        return .object(object)
    }

    /// What the event says that puts it out of sight.
    var object: JSONObject {
        var object: JSONObject = ["message": .string(message), "seq": JSONValue(sequence)]
        for member in values { object[member.name] = member.value }
        return object
    }
}
