extension UndoPlan {
    // MARK: Heads

    /// The head of the act's branch, back to where it stood. Nothing is lost: what stood behind stays
    /// in the tree.
    func earlierHead(_ step: Step) throws(JournalError) -> EventDraft {
        let name = step.event.branch ?? EventDraft.mainBranch
        guard let place = step.after.tree.branchPlaces[name],
            step.after.tree.allBranches[place].headSequence == step.event.sequence
        else { throw step.refused("it moved no head") }
        let branch = try branch(at: place, step)
        guard branch.head == step.after.tree.allBranches[place].head else {
            throw step.refused(
                "the branch “\(branch.name)” moved on by event \(branch.headSequence)")
        }
        let before = step.before.tree.allBranches
        let head = before.indices.contains(place) ? before[place].head : nil
        return EventDraft(
            .branchRewound, branch: branch.name,
            data: [
                "branch": .string(branch.name), "to": head?.json ?? .null,
                "from": branch.head?.json ?? .null,
            ])
    }

    /// A merge backwards: the head, and what the merge set of metadata and texts.
    func beforeMerge(_ step: Step, _ reader: DataReader) throws(JournalError) -> [EventDraft] {
        let head = try earlierHead(step)
        guard let merge = reader.string("merge").flatMap({ now.tree.merge($0) }) else { return [] }
        let branch = head.branch ?? EventDraft.mainBranch
        var update = MetadataUpdate()
        for field in merge.metadata.names where update.set[field] == nil {
            let value = merge.metadata[field] ?? .null
            guard isUntouched(field, on: branch, value, since: step.event.sequence) else {
                throw step.refused("“\(field)” changed since")
            }
            update.set[field] = earlierValue(of: field, step)
        }
        var drafts = [head]
        if !update.set.isEmpty { drafts += try self.drafts(update, on: branch) }
        guard let place = now.tree.branchPlaces[branch] else { return drafts }
        for id in merge.edits.names {
            guard let message = now.tree.place(of: id) else { continue }
            let text = try restoredText(of: message, on: place, step)
            drafts.append(
                EventDraft(
                    .messageEdited, branch: branch,
                    data: ["message": .string(id), "restores": JSONValue(text)]))
        }
        return drafts
    }

    // MARK: Messages

    /// The text that a message had, and what was said about it.
    func earlierText(_ step: Step, _ reader: DataReader) throws(JournalError) -> [EventDraft] {
        guard let place = reader.string("message").flatMap({ now.tree.place(of: $0) }) else {
            return []
        }
        let message = now.tree.messages[place]
        let name = step.event.branch ?? EventDraft.mainBranch
        let branch = step.before.tree.branchPlaces[name] ?? message.branchPlace ?? 0
        let shown = try self.branch(at: branch, step).name
        var data: JSONObject = ["message": .string(message.id)]
        if step.before.tree.views[branch][place] != step.after.tree.views[branch][place] {
            data["restores"] = JSONValue(try restoredText(of: place, on: branch, step))
        }
        var set: JSONObject = [:]
        for member in reader.value("set")?.object ?? [:] where set[member.name] == nil {
            let before = step.before.tree.messages[place].metadata[member.name] ?? .null
            let after = step.after.tree.messages[place].metadata[member.name]
            guard message.metadata[member.name] == after else {
                throw step.refused("“\(member.name)” of the message changed since")
            }
            if before != after { set.append(member.name, before) }
        }
        if !set.isEmpty { data.append("set", .object(set)) }
        guard data.count > 1 else { return [] }
        return [
            EventDraft(
                .messageEdited, branch: shown, data: EventData(data))
        ]
    }

    /// The event whose text a branch showed of a message before.
    private func restoredText(
        of place: Int, on branch: Int, _ step: Step
    ) throws(JournalError) -> UInt64 {
        let after = step.after.tree.views[branch][place]
        let current = now.tree.views[branch][place]
        let message = now.tree.messages[place]
        let text = { (view: MessageView?) in
            message.edit(at: view?.edit).map { undone.text(of: $0.sequence) } ?? message.sequence
        }
        let origin = current?.origin.sequence ?? 0
        guard text(current) == text(after),
            undone.holds(after?.origin.sequence ?? 0, by: origin, after: step.event.sequence)
        else {
            throw step.refused(
                "message \(message.id) was edited since by event \(origin)")
        }
        let views = step.before.tree.views
        let before = views.indices.contains(branch) ? views[branch][place]?.edit : nil
        return message.edit(at: before)?.sequence ?? message.sequence
    }

    // MARK: Branches

    /// The actor's own branch of before.
    func earlierPlace(_ step: Step) throws(JournalError) -> [EventDraft] {
        guard let who = step.event.actor, who == actor else {
            throw step.refused(
                "only \(step.event.actor ?? "its actor") can take back where it stands")
        }
        guard now.tree.currentPlaces[who] == step.after.tree.currentPlaces[who] else {
            throw step.refused("\(who) is on another branch since")
        }
        let branch = try branch(at: step.before.tree.currentPlaces[who] ?? 0, step)
        return [
            EventDraft(
                .branchSwitched, branch: branch.name, data: ["branch": .string(branch.name)])
        ]
    }

    func earlierName(_ step: Step, _ reader: DataReader) throws(JournalError) -> [EventDraft] {
        guard let old = reader.string("branch"), let new = reader.string("to"),
            let place = step.after.tree.branchPlaces[new],
            step.before.tree.branchPlaces[old] == place
        else { return [] }
        let branch = try branch(at: place, step)
        guard branch.name == new else {
            throw step.refused("the branch is called “\(branch.name)” since")
        }
        return try now.renaming(new, to: old, by: actor)
    }

    /// A branch that was made, or brought back, goes; where nothing hangs on it.
    func branchDeletion(_ step: Step, _ reader: DataReader) throws(JournalError) -> [EventDraft] {
        guard let name = reader.string("branch"), let place = step.after.tree.branchPlaces[name],
            step.event.kind != .branchCreated
                || step.after.tree.allBranches[place].createdSequence == step.event.sequence
        else { return [] }
        let branch = try branch(at: place, step)
        // What came with the branch belongs to it.
        let last = steps.last ?? step
        let made = last.after.tree.allBranches[place]
        guard branch.head == made.head else {
            throw step.refused(
                "the branch “\(branch.name)” moved on by event \(branch.headSequence)")
        }
        let end = last.event.sequence
        if let entry = now.table.values(on: branch.name).current.values
            .first(where: { !undone.holds(min($0.sequence, end), by: $0.sequence, after: end) })
        {
            throw step.refused(
                "metadata of “\(branch.name)” changed since by event \(entry.sequence)")
        }
        if let view = now.tree.views[place].current.values
            .first(where: { view in
                let sequence = view.origin.sequence
                return view.origin.branch == place
                    && !undone.holds(min(sequence, end), by: sequence, after: end)
            })
        {
            throw step.refused(
                "a message was edited on “\(branch.name)” by event \(view.origin.sequence)")
        }
        if let child = now.tree.branches.first(where: {
            $0.parent == branch.name && $0.createdSequence > step.event.sequence
        }) {
            throw step.refused("the branch “\(child.name)” comes from it")
        }
        if let who = now.tree.participants(on: branch.name).first {
            throw step.refused("\(who) is on the branch “\(branch.name)”")
        }
        return try now.deletion(of: branch.name, by: actor)
    }

    func branchReturn(_ step: Step, _ reader: DataReader) throws(JournalError) -> [EventDraft] {
        guard let name = reader.string("branch"), let place = step.before.tree.branchPlaces[name]
        else { return [] }
        let last = now.tree.allBranches.lastIndex { $0.isDeleted && $0.name == name }
        guard last == place else {
            throw step.refused("the branch is there, or another one of that name was deleted since")
        }
        return try now.restoration(of: name)
    }
}
