extension MetadataField {
    /// The version of ``builtIn``, which events that carry metadata store as `schema`.
    ///
    /// Version 1 had the fields up to `max_tokens`. An event without `schema` is of version 1.
    public static let schemaVersion: Int64 = 2

    /// The built-in fields, in the order in which they are stored and shown.
    public static let builtIn: [MetadataField] = [
        MetadataField(
            "name", .string, "", isRequired: true, "What a person calls the session."),
        MetadataField(
            status, .string, "active", isRequired: true,
            constraints: Constraints(allowed: SessionStatus.allCases.map { .string($0.rawValue) }),
            "Whether it is in use, put away, or deleted, which erases nothing."),
        MetadataField(
            turnCount, .integer, 0, isDerived: true, constraints: Constraints(minimum: 0),
            "The number of a person's turns; a tool's result is none. A value that is given is a "
                + "claim, and is compared."),
        MetadataField("is_starred", .boolean, false, "Whether a person marked it."),
        MetadataField("tags", .set, [], "Words to find it by."),
        MetadataField("description", .string, "", "What it is about."),
        MetadataField("category", .string, "general", "What kind of work it is."),
        MetadataField("language", .string, "python", "The language that is worked in."),
        MetadataField(
            lastModified, .time, nil, isNullable: true, isDerived: true,
            "When metadata last changed; a message does not move it. At creation that moment, or "
                + "what an import brings."),
        MetadataField(
            modifiedBy, .string, nil, isNullable: true, isDerived: true,
            "Who changed it; at creation null, or what an import brings."),
        MetadataField(
            "model", .string, nil, isNullable: true, scope: .branch, "The model that answers."),
        MetadataField(
            "context_window", .integer, nil, isNullable: true, scope: .branch,
            constraints: Constraints(minimum: 0), "The size of its context in tokens."),
        MetadataField(
            "max_tokens", .integer, nil, isNullable: true, scope: .branch,
            constraints: Constraints(minimum: 0), "How many tokens an answer may have."),
        MetadataField(
            "title", .string, nil, isNullable: true, since: 2,
            "What a model or a product made up to show it by; `name` is a person's."),
        MetadataField(
            "type", .string, nil, isNullable: true,
            constraints: Constraints(allowed: ["dm", "group"]), since: 2,
            "Whether one person talks, or a group."),
        MetadataField(
            "pinned", .boolean, false, since: 2,
            "Whether lists show it first; `is_starred` marks and moves nothing."),
        MetadataField(
            archived, .boolean, false, isDerived: true, since: 2,
            "Whether `status` is archived: a view of it. A value that is given sets `status`."),
        MetadataField(
            "agent", .string, nil, isNullable: true, since: 2, "The agent that runs it."),
        MetadataField(
            "priority", .level, nil, isNullable: true, since: 2,
            "How urgent it is, as the caller counts or calls it."),
        MetadataField(
            "owner", .string, nil, isNullable: true, since: 2, "Whose it is."),
        MetadataField(
            timeToLive, .integer, nil, isNullable: true, constraints: Constraints(minimum: 0),
            since: 2, "After how many seconds without activity it is overdue; null for never."),
    ]

    /// Whether the session is in use.
    public static let status = "status"

    /// The number of a person's turns; derived.
    public static let turnCount = "turn_count"

    /// When a field last changed; derived.
    public static let lastModified = "last_modified"

    /// Who changed it; derived.
    public static let modifiedBy = "modified_by"

    /// Whether the status is `archived`; derived.
    public static let archived = "archived"

    /// After how many seconds without activity the session is overdue.
    public static let timeToLive = "ttl"

    /// The built-in field of a name; nil for any other.
    public static func builtIn(_ name: String) -> MetadataField? {
        builtInPlaces[name].map { builtIn[$0] }
    }

    /// Whom the values of a built-in field belong to; those of any other, as far as nobody declared
    /// it, belong to the session.
    public static func scope(of name: String) -> Scope { builtIn(name)?.scope ?? .session }

    private static let builtInPlaces = Dictionary(
        builtIn.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
}

/// Whether a session is in use: the values of `status`.
public enum SessionStatus: String, Hashable, Sendable, CaseIterable {
    /// In use.
    case active
    /// Put away, and taken out again by `unarchive`.
    case archived
    /// Deleted. Nothing is erased, and `undelete` brings it back.
    case deleted
}
