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
        /// The change that the value is from, on whatever branch it was made.
        var origin: ChangeID
        /// Whether that change was erased, and the value with it.
        var isErased = false
    }

    /// The status that the session had before it was deleted last; nil where it never was.
    private(set) var statusBeforeDeletion: SessionStatus?

    /// The names of fields that are not built in, in the order in which they came.
    private var customNames: [String] = []
    /// Those of them that belong to branches, as the events say it.
    private(set) var branchNames: Set<String> = []
    private var values: [String: Entry] = [:]
    private var branchValues: [String: Versioned<String, Entry>] = [:]
    /// Those of branches that were put away, the last at the end, by the name they had.
    private var deletedValues: [String: [Versioned<String, Entry>]] = [:]

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
        _ name: String, to value: JSONValue, on branch: String, by event: Event, origin: ChangeID
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
        let entry = Entry(
            value: value, version: event.version, sequence: event.sequence, origin: origin)
        if scope(of: name) == .branch {
            branchValues[branch, default: .init()].set(name, to: entry, at: event.sequence)
        } else if values.updateValue(entry, forKey: name) == nil, !isBuiltIn {
            customNames.append(name)
        }
        return old ?? .null
    }

    /// Takes the value from a field whose last change was erased. One that was changed since stays,
    /// and so does one that the change itself gives: it is there, or its kind says it.
    mutating func erase(_ name: String, on branch: String, by origin: ChangeID) {
        if let known = entry(name, on: branch), known.sequence >= origin.sequence { return }
        var entry = Entry(value: .erased, version: 0, sequence: origin.sequence, origin: origin)
        entry.isErased = true
        if scope(of: name) == .branch {
            branchValues[branch, default: .init()].set(name, to: entry, at: origin.sequence)
        } else if values.updateValue(entry, forKey: name) == nil,
            MetadataField.builtIn(name) == nil
        {
            customNames.append(name)
        }
    }

    /// The fields whose last change on a branch was erased.
    func erasedNames(on branch: String) -> Set<String> {
        let ofBranch = branchValues[branch]?.current ?? [:]
        return Set(values.filter(\.value.isErased).keys)
            .union(ofBranch.filter(\.value.isErased).keys)
    }

    /// The fields that are not built in.
    var ownNames: [String] { customNames }

    /// The values that a branch has of its own, and the changes that they are from.
    func values(on branch: String) -> Versioned<String, Entry> { branchValues[branch] ?? .init() }

    /// Takes in what became of a branch by an event.
    mutating func apply(_ change: BranchChange, by event: Event) {
        switch change {
        case .began(let branch, let parent, let sequence):
            guard branch != parent, branchValues[branch] == nil, let values = branchValues[parent]
            else { return }
            branchValues[branch] = .init(
                sequence.map { values.values(at: $0) } ?? values.current)
        case .renamed(let old, let new): branchValues[new] = branchValues.removeValue(forKey: old)
        case .deleted(let name):
            deletedValues[name, default: []].append(
                branchValues.removeValue(forKey: name) ?? .init())
        case .restored(let name): branchValues[name] = deletedValues[name]?.popLast()
        case .merged(let source, let target, let merge, let origin, let seen):
            take(merge, from: source, on: target, origin, seen, event)
        }
    }

    /// Sets what a merge brought. A value that came as it was on the source is the same change there
    /// and here; one that was decided is newer than both.
    private mutating func take(
        _ merge: Merge, from source: String?, on target: String, _ origin: ChangeID,
        _ seen: SeenChanges?, _ event: Event
    ) {
        var decided: Set<String> = []
        for case .field(let name) in merge.conflicts.map(\.subject) { decided.insert(name) }
        for values in [merge.metadata, merge.sameMetadata] {
            for name in values.names {
                guard let value = values[name] else { continue }
                let theirs = source.flatMap { branchValues[$0]?[name] }
                let isTheirs = !decided.contains(name) && theirs?.value == value
                let from = SeenChanges.origin(
                    ours: branchValues[target]?[name]?.origin, theirs: theirs?.origin, seen, origin)
                set(name, to: value, on: target, by: event, origin: isTheirs ? from : origin)
            }
        }
        for name in decided where merge.metadata[name] == nil {
            guard let ours = branchValues[target]?[name] else { continue }
            set(name, to: ours.value, on: target, by: event, origin: origin)
        }
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

extension MetadataTable {
    /// What a snapshot keeps of the table.
    func snapshot(_ storage: inout SnapshotStorage) -> JSONValue {
        let ofBranches = branchValues.sorted { $0.key < $1.key }.map { entry -> JSONValue in
            [.string(entry.key), entry.value.snapshot(&storage)]
        }
        let deleted = deletedValues.sorted { $0.key < $1.key }.map { entry -> JSONValue in
            [.string(entry.key), .array(entry.value.map { $0.snapshot(&storage) })]
        }
        return [
            "before": JSONValue(statusBeforeDeletion?.rawValue),
            "custom": .array(customNames.map { .string($0) }),
            "of_branches": .array(branchNames.sorted().map { .string($0) }),
            "values": .array(
                values.sorted { $0.key < $1.key }.map { [.string($0.key), $0.value.snapshot] }),
            "branches": .array(ofBranches), "deleted": .array(deleted),
        ]
    }

    /// The table that a snapshot says; nil where it makes no sense.
    init?(snapshot: JSONValue, _ reading: SnapshotReading) {
        guard let values = snapshot["values"]?.pairs, let branches = snapshot["branches"]?.pairs,
            let deleted = snapshot["deleted"]?.pairs
        else { return nil }
        self.init()
        statusBeforeDeletion = snapshot["before"]?.string.flatMap { SessionStatus(rawValue: $0) }
        customNames = snapshot["custom"]?.array?.compactMap(\.string) ?? []
        branchNames = Set(snapshot["of_branches"]?.array?.compactMap(\.string) ?? [])
        for (name, value) in values {
            guard let entry = Entry(snapshot: value) else { return nil }
            self.values[name] = entry
        }
        for (name, value) in branches {
            guard let values = Versioned<String, Entry>(snapshot: value, reading) else {
                return nil
            }
            branchValues[name] = values
        }
        for (name, value) in deleted {
            guard let lists = value.array else { return nil }
            deletedValues[name] = lists.compactMap {
                Versioned<String, Entry>(snapshot: $0, reading)
            }
        }
    }
}

extension MetadataTable.Entry: SnapshotValue {
    var snapshot: JSONValue {
        let parts = [value, JSONValue(version), JSONValue(sequence), origin.snapshot]
        return .array(isErased ? parts + [true] : parts)
    }

    init?(snapshot: JSONValue) {
        guard let parts = snapshot.array, parts.count >= 4, let version = parts[1].unsigned,
            let sequence = parts[2].unsigned, let origin = ChangeID(snapshot: parts[3])
        else { return nil }
        self.init(value: parts[0], version: version, sequence: sequence, origin: origin)
        isErased = parts.count > 4 && parts[4].bool == true
    }
}

extension JSONValue {
    /// An array of names with their values; nil for any other value.
    fileprivate var pairs: [(name: String, value: JSONValue)]? {
        guard let pairs = array else { return nil }
        return pairs.compactMap { pair in
            guard let pair = pair.array, pair.count == 2, let name = pair[0].string else {
                return nil
            }
            return (name, pair[1])
        }
    }
}
