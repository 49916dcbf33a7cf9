/// A built-in field of a session's metadata. All are listed here, once.
public struct MetadataField: Hashable, Sendable {
    /// Whom a field's values belong to.
    public enum Scope: Hashable, Sendable {
        /// The session has one value.
        case session
        /// Each branch has its own; a new branch begins with those of the branch it came from.
        case branch
    }

    /// The field's name.
    public let name: String

    /// Whom its values belong to.
    public let scope: Scope

    /// The value that a session begins with.
    public let initialValue: JSONValue

    /// Whether its value follows from the events, so that the one that is stored says nothing.
    public let isDerived: Bool

    private init(
        _ name: String, _ initialValue: JSONValue, scope: Scope = .session,
        isDerived: Bool = false
    ) {
        self.name = name
        self.initialValue = initialValue
        self.scope = scope
        self.isDerived = isDerived
    }

    /// The version of this table, which `session.created` stores as `schema`.
    public static let schemaVersion: Int64 = 1

    /// The built-in fields, in the order in which they are stored and shown.
    public static let builtIn: [MetadataField] = [
        MetadataField("name", ""),
        MetadataField("status", "active"),
        MetadataField(turnCount, 0, isDerived: true),
        MetadataField("is_starred", false),
        MetadataField("tags", []),
        MetadataField("description", ""),
        MetadataField("category", "general"),
        MetadataField("language", "python"),
        MetadataField(lastModified, nil, isDerived: true),
        MetadataField(modifiedBy, nil, isDerived: true),
        MetadataField("model", nil, scope: .branch),
        MetadataField("context_window", nil, scope: .branch),
        MetadataField("max_tokens", nil, scope: .branch),
    ]

    /// The number of a person's turns; derived.
    public static let turnCount = "turn_count"

    /// When a field last changed; derived.
    public static let lastModified = "last_modified"

    /// Who changed it; derived.
    public static let modifiedBy = "modified_by"

    /// Whom the values of a field belong to; a field that is not built in belongs to the session.
    public static func scope(of name: String) -> Scope {
        branchNames.contains(name) ? .branch : .session
    }

    /// The metadata that `session.created` stores: every built-in field, with the value given or
    /// the one it begins with, and then the fields given that are not built in.
    public static func initialValues(given: JSONObject = [:], now: Timestamp) -> JSONObject {
        var values = JSONObject()
        for field in builtIn {
            let initial =
                field.name == lastModified ? .string(now.description) : field.initialValue
            values.append(field.name, given[field.name] ?? initial)
        }
        for member in given where !builtInNames.contains(member.name) {
            values.append(member.name, member.value)
        }
        return values
    }

    private static let builtInNames = Set(builtIn.map(\.name))

    private static let branchNames = Set(builtIn.filter { $0.scope == .branch }.map(\.name))
}
