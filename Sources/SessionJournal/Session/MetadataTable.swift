/// The values of a session's metadata, the session's own and each branch's.
struct MetadataTable: Sendable {
    /// The names of fields that are not built in, in the order in which they came.
    private var customNames: [String] = []
    private var values: [String: JSONValue] = [:]
    private var branchValues: [String: [String: JSONValue]] = [:]

    init() {
        for field in MetadataField.builtIn where field.scope == .session {
            values[field.name] = field.initialValue
        }
    }

    /// Sets a field's value, and returns the one before; null where there was none.
    @discardableResult
    mutating func set(_ name: String, to value: JSONValue, on branch: String) -> JSONValue {
        switch MetadataField.scope(of: name) {
        case .branch:
            return branchValues[branch, default: [:]].updateValue(value, forKey: name) ?? .null
        case .session:
            let old = values.updateValue(value, forKey: name)
            if old == nil { customNames.append(name) }
            return old ?? .null
        }
    }

    /// Lets a new branch begin with the values of another.
    mutating func inherit(_ branch: String, from parent: String) {
        guard branch != parent, branchValues[branch] == nil else { return }
        branchValues[branch] = branchValues[parent]
    }

    /// All fields with their values on a branch, the built-in ones first. `derived` has the values
    /// that follow from the events.
    func object(on branch: String, derived: [String: JSONValue]) -> JSONObject {
        var object = JSONObject()
        let ofBranch = branchValues[branch] ?? [:]
        for field in MetadataField.builtIn {
            let stored = field.scope == .branch ? ofBranch[field.name] : values[field.name]
            object.append(field.name, derived[field.name] ?? stored ?? field.initialValue)
        }
        for name in customNames { object.append(name, values[name] ?? .null) }
        return object
    }
}

/// What a metadata event says, as far as it makes sense.
struct MetadataChange {
    /// The fields and their new values, in the order in which they stand.
    let fields: [(name: String, value: JSONValue)]

    /// The change that an event makes; nil for an event of another kind and for one whose content
    /// is withheld or makes no sense. Of several values for a field the last counts.
    init?(_ event: Event) {
        let key: String
        switch event.kind {
        case .sessionCreated: key = "metadata"
        case .sessionMetadataChanged: key = "set"
        default: return nil
        }
        guard let reader = try? DataReader(event), let set = reader.value(key)?.object else {
            return nil
        }
        var seen: Set<String> = []
        fields =
            set.members.reversed().filter { seen.insert($0.name).inserted }
            .map { ($0.name, $0.value) }.reversed()
    }
}
