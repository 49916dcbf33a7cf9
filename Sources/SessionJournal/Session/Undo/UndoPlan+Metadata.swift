extension UndoPlan {
    /// A change of metadata backwards: each field takes the value that it had, where nobody changed
    /// it since. Of a set that got and lost elements, only these change back.
    func earlierValues(_ step: Step) throws(JournalError) -> [EventDraft] {
        guard let change = MetadataChange(step.event) else { return [] }
        let branch = try branch(of: step)
        var table = step.before.table
        let applied = change.apply(to: &table, by: step.event)
        var update = MetadataUpdate()
        var changed: [String] = []
        var merged: Set<String> = []
        for case (let field, .merge) in change.operations { merged.insert(field) }
        for applied in applied where applied.old != applied.new {
            let field = applied.field
            if merged.contains(field) {
                let old = Set(applied.old.array ?? [])
                let new = Set(applied.new.array ?? [])
                let current = Set(now.table.value(field, on: branch)?.array ?? [])
                guard new.subtracting(old).isSubset(of: current),
                    old.subtracting(new).isDisjoint(with: current)
                else {
                    changed.append(field)
                    continue
                }
                update.remove(new.subtracting(old).compactMap(\.string).sorted(), from: field)
                update.add(old.subtracting(new).compactMap(\.string).sorted(), to: field)
            } else {
                guard isUntouched(field, on: branch, applied.new, since: step.event.sequence) else {
                    changed.append(field)
                    continue
                }
                update.set[field] = earlierValue(of: field, step)
            }
        }
        guard changed.isEmpty else {
            throw step.refused(
                changed.map { "“\($0)” changed since" + since($0, on: branch) }
                    .joined(separator: ", "))
        }
        return try drafts(update, on: branch)
    }

    /// The events that change metadata so.
    func drafts(_ update: MetadataUpdate, on branch: String) throws(JournalError) -> [EventDraft] {
        let plan = MetadataPlan(update, on: now, branch: branch, since: nil)
        guard plan.problems.isEmpty else { throw JournalError.invalidMetadata(plan.problems) }
        return plan.drafts(reason: nil)
    }

    /// Whether a field has the value that an event gave it.
    func isUntouched(
        _ field: String, on branch: String, _ value: JSONValue, since sequence: UInt64
    ) -> Bool {
        guard let entry = now.table.entry(field, on: branch) else { return false }
        return entry.value == value && undone.holds(sequence, by: entry.sequence, after: sequence)
    }

    /// The value that a field had before; the one that it begins with where it had none.
    func earlierValue(of field: String, _ step: Step) -> JSONValue {
        let branch = step.event.branch ?? EventDraft.mainBranch
        return step.before.table.value(field, on: branch) ?? now.schema[field]?.initialValue
            ?? .null
    }

    private func since(_ field: String, on branch: String) -> String {
        now.table.entry(field, on: branch).map { " by event \($0.sequence)" } ?? ""
    }

    /// The name that the branch of an event has now.
    func branch(of step: Step) throws(JournalError) -> String {
        let name = step.event.branch ?? EventDraft.mainBranch
        guard let place = step.after.tree.branchPlaces[name] else { return name }
        return try self.branch(at: place, step).name
    }

    /// A branch by its place, as it is now.
    func branch(at place: Int, _ step: Step) throws(JournalError) -> Branch {
        let branch = now.tree.allBranches[place]
        guard !branch.isDeleted else {
            throw step.refused("the branch “\(branch.name)” was deleted since")
        }
        return branch
    }
}
