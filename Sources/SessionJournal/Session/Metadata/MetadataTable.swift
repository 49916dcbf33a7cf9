/// The values of a session's metadata, the session's own and each branch's: those that differ from
/// what a session begins with, or were changed.
struct MetadataTable: Sendable {
    /// A value and the event that it came with.
    struct Entry: Sendable {
        var value: JSONValue
        /// The version of the session at that event.
        var version: UInt64
        /// The sequence number of the event.
        var sequence: UInt64
    }

    /// The status that the session had before it was deleted last; nil where it never was.
    private(set) var statusBeforeDeletion: SessionStatus?

    /// The names of fields that are not built in, in the order in which they came.
    private var customNames: [String] = []
    /// Those of them that belong to branches, as the events say it.
    private(set) var branchNames: Set<String> = []
    private var values: [String: Entry] = [:]
    private var branchValues: [String: [String: Entry]] = [:]

    /// Whom the values of a field belong to.
    func scope(of name: String) -> MetadataField.Scope {
        if let field = MetadataField.builtIn(name) { return field.scope }
        return branchNames.contains(name) ? .branch : .session
    }

    /// Notes that a field that is not built in belongs to branches.
    mutating func noteBranchField(_ name: String) {
        guard MetadataField.builtIn(name) == nil, values[name] == nil else { return }
        if branchNames.insert(name).inserted { customNames.append(name) }
    }

    /// The entry of a field; nil for a field that has its initial value, or none.
    func entry(_ name: String, on branch: String) -> Entry? {
        scope(of: name) == .branch ? branchValues[branch]?[name] : values[name]
    }

    /// The value of a field: the stored one, else the one that a session begins with.
    func value(_ name: String, on branch: String) -> JSONValue? {
        entry(name, on: branch)?.value ?? MetadataField.builtIn(name)?.initialValue
    }

    /// The session's status; nil where it is none of those that there are.
    var status: SessionStatus? {
        value(MetadataField.status, on: EventDraft.mainBranch)?.string
            .flatMap { SessionStatus(rawValue: $0) }
    }

    /// Sets a field's value, and returns the one before; null where there was none.
    @discardableResult
    mutating func set(
        _ name: String, to value: JSONValue, on branch: String, by event: Event
    ) -> JSONValue {
        let old = self.value(name, on: branch)
        let isBuiltIn = MetadataField.builtIn(name) != nil
        // A value that says nothing new takes no room; a list of sessions holds very many.
        if isBuiltIn, old == value, entry(name, on: branch) == nil, event.version == 1 {
            return value
        }
        if name == MetadataField.status, value == .string(SessionStatus.deleted.rawValue) {
            let before = old?.string.flatMap { SessionStatus(rawValue: $0) }
            if before != .deleted { statusBeforeDeletion = before }
        }
        let entry = Entry(value: value, version: event.version, sequence: event.sequence)
        if scope(of: name) == .branch {
            branchValues[branch, default: [:]][name] = entry
        } else if values.updateValue(entry, forKey: name) == nil, !isBuiltIn {
            customNames.append(name)
        }
        return old ?? .null
    }

    /// Lets a new branch begin with the values of another.
    mutating func inherit(_ branch: String, from parent: String) {
        guard branch != parent, branchValues[branch] == nil else { return }
        branchValues[branch] = branchValues[parent]
    }

    /// All fields with their values on a branch: the built-in ones, those that the schema declares,
    /// the others. `derived` has the values that follow from the events.
    func object(
        on branch: String, schema: MetadataSchema, derived: [String: JSONValue]
    ) -> JSONObject {
        var object = JSONObject()
        for field in schema.fields {
            if let value = derived[field.name] ?? entry(field.name, on: branch)?.value {
                object.append(field.name, value)
            } else if field.isShownUnset {
                object.append(field.name, field.initialValue)
            }
        }
        for name in customNames where schema[name] == nil {
            if let entry = entry(name, on: branch) { object.append(name, entry.value) }
        }
        return object
    }
}
