/// What an event says of metadata, as far as it makes sense, brought to the present schema.
struct MetadataChange {
    /// What happens to a field.
    enum Operation {
        /// It takes a value.
        case set(JSONValue)
        /// As a set it gets some elements and loses others.
        case merge(added: [JSONValue], removed: [JSONValue])
        /// It takes the value that a rule of the lifecycle says.
        case follow(LifecycleRule)

        /// Whether the event's kind says it, also where its content is withheld.
        var isOfKind: Bool { if case .follow = self { true } else { false } }
    }

    /// A field and its new value, with the one before.
    struct Applied {
        var field: String
        var old: JSONValue
        var new: JSONValue
    }

    /// The fields, in the order in which they stand.
    private(set) var operations: [(field: String, operation: Operation)] = []

    /// The fields of one's own among them that belong to branches.
    private var branchFields: [String] = []

    /// The change that an event makes; nil for an event of another kind and for one whose content
    /// is withheld or makes no sense. Of several values for a field the last counts.
    init?(_ event: Event) {
        switch event.kind {
        case .sessionCreated:
            guard let reader = try? DataReader(event),
                let set = reader.value("metadata")?.object
            else { return nil }
            take(set)
            take(branchFields: reader.value("branch_fields"))
            upcast(from: reader.integer("schema") ?? 1)
        case .sessionMetadataChanged:
            guard let reader = try? DataReader(event) else { return nil }
            let set = reader.value("set")?.object
            let added = reader.value("add")?.object
            let removed = reader.value("remove")?.object
            guard set != nil || added != nil || removed != nil else { return nil }
            take(set ?? [:])
            take(added: added ?? [:], removed: removed ?? [:])
            take(branchFields: reader.value("branch_fields"))
        case .branchMerged:
            guard let set = (try? DataReader(event))?.value("set")?.object else { return nil }
            take(set)
        default:
            // The kind says it all, also where the content is withheld.
            guard let rule = LifecycleRule.rule(of: event.kind), rule.outcome != .same else {
                return nil
            }
            operations = [(MetadataField.status, .follow(rule))]
        }
    }

    /// The status that a change of metadata gives; nil where it gives none.
    var givenStatus: SessionStatus? {
        for (name, operation) in operations {
            guard case .set(let value) = operation else { continue }
            if name == MetadataField.status { return value.string.flatMap { .init(rawValue: $0) } }
            if name == MetadataField.archived, let isArchived = value.bool {
                return isArchived ? .archived : .active
            }
        }
        return nil
    }

    private mutating func take(_ set: JSONObject) {
        var seen: Set<String> = []
        for member in set.members.reversed() where seen.insert(member.name).inserted {
            operations.append((member.name, .set(member.value)))
        }
        operations.reverse()
    }

    private mutating func take(added: JSONObject, removed: JSONObject) {
        var seen: Set<String> = []
        for name in added.names + removed.names where seen.insert(name).inserted {
            operations.append(
                (
                    name,
                    .merge(added: added[name]?.array ?? [], removed: removed[name]?.array ?? [])
                ))
        }
    }

    private mutating func take(branchFields value: JSONValue?) {
        branchFields = (value?.array ?? []).compactMap(\.string)
    }

    /// Reads the creation of an older schema as the present one has it. Version 1 stored every
    /// built-in field: a `turn_count` of 0 was the default and no claim, and `archived`, which was a
    /// field like any other, stood beside a `status` that nobody had given.
    private mutating func upcast(from schema: Int64) {
        guard schema < 2 else { return }
        operations.removeAll { field, operation in
            if field == MetadataField.turnCount, case .set(0) = operation { return true }
            return false
        }
        let isArchived = operations.contains { field, operation in
            if field == MetadataField.archived, case .set(true) = operation { return true }
            return false
        }
        guard isArchived else { return }
        operations.removeAll { field, operation in
            if field == MetadataField.status, case .set("active") = operation { return true }
            return false
        }
    }

    /// Takes the change into a table, and returns what changed its value or was set anew. Values of
    /// derived fields are left to whoever keeps them. `branchPlace` is that of the event's branch,
    /// for who keeps branches.
    func apply(
        to table: inout MetadataTable, by event: Event, branchPlace: Int = 0
    ) -> [Applied] {
        let origin = ChangeID(branch: branchPlace, sequence: event.sequence)
        let branch = event.branch ?? EventDraft.mainBranch
        for name in branchFields { table.noteBranchField(name) }
        var applied: [Applied] = []
        // A status that is given counts for more than the view of it.
        let givesStatus = operations.contains { $0.field == MetadataField.status }
        for (name, operation) in operations {
            switch operation {
            case .set(let value):
                if name == MetadataField.archived {
                    guard !givesStatus,
                        let status = SessionStatus.viewed(
                            archived: value, from: table.value(MetadataField.status, on: branch))
                    else { continue }
                    applied.append(
                        set(MetadataField.status, .string(status.rawValue), &table, event, origin))
                } else {
                    applied.append(set(name, value, &table, event, origin))
                }
            case .follow(let rule):
                let status = table.status
                guard rule.from.contains(status ?? .active),
                    let next = rule.status(
                        after: status, beforeDeletion: table.statusBeforeDeletion)
                else { continue }
                applied.append(set(name, .string(next.rawValue), &table, event, origin))
            case .merge(let added, let removed):
                let old = table.value(name, on: branch)?.array ?? []
                let kept = old.filter { !removed.contains($0) }
                applied.append(
                    set(name, JSONValue.array(kept + added).asSet, &table, event, origin))
            }
        }
        return applied
    }

    private func set(
        _ name: String, _ value: JSONValue, _ table: inout MetadataTable, _ event: Event,
        _ origin: ChangeID
    ) -> Applied {
        let old = table.set(
            name, to: value, on: event.branch ?? EventDraft.mainBranch, by: event,
            origin: origin)
        return Applied(field: name, old: old, new: value)
    }
}

extension SessionStatus {
    /// The status that a value of `archived` means; nil where it changes nothing or is none. A
    /// deleted session stays deleted.
    static func viewed(archived value: JSONValue, from status: JSONValue?) -> SessionStatus? {
        switch (value.bool, status?.string.flatMap { SessionStatus(rawValue: $0) }) {
        case (true?, .active), (true?, nil): .archived
        case (false?, .archived): .active
        default: nil
        }
    }
}
