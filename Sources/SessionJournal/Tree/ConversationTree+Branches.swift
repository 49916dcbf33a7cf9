/// How events of branches change the tree.
extension ConversationTree {
    mutating func createBranch(_ event: Event, _ hear: (BranchChange) -> Void) {
        guard let reader = try? DataReader(event), let name = reader.string("branch") else {
            return
        }
        let parent = reader.string("parent_branch")
        // A branch begins with what its parent had at an earlier event, never at a later one.
        let from = reader.integer("at").flatMap { UInt64(exactly: $0) }
            .map { min($0, event.sequence) }
        let place = branchPlace(name, parent: parent, at: event, from: from, hear)
        guard !allBranches[place].isDeclared else { return }
        let origin = MessageReference(reader.value("from"))?.local(to: session)
        allBranches[place].isDeclared = true
        allBranches[place].parent = parent
        let type = Branch.Kind(rawValue: reader.string("type") ?? "fork")
        if type == .sidechain, allBranches[place].type != type { turnCount -= turnCounts[place] }
        allBranches[place].type = type
        allBranches[place].text = reader.string("description")
        allBranches[place].creator = event.actor
        allBranches[place].createdSequence = event.sequence
        allBranches[place].origin = origin
        if allBranches[place].head == nil {
            allBranches[place].move(to: origin, at: event.sequence)
        }
    }

    mutating func switchBranch(_ event: Event) {
        guard let name = (try? DataReader(event))?.string("branch"),
            let place = branchPlaces[name]
        else { return }
        currentPlace = place
        if let actor = event.actor { currentPlaces[actor] = place }
    }

    mutating func renameBranch(_ event: Event, _ hear: (BranchChange) -> Void) {
        guard let reader = try? DataReader(event), let name = reader.string("branch"),
            let new = reader.string("to"), let place = branchPlaces[name], place > 0,
            branchPlaces[new] == nil
        else { return }
        branchPlaces[name] = nil
        branchPlaces[new] = place
        allBranches[place].name = new
        for index in allBranches.indices where allBranches[index].parent == name {
            allBranches[index].parent = new
        }
        hear(.renamed(name, to: new))
    }

    mutating func deleteBranch(_ event: Event, _ hear: (BranchChange) -> Void) {
        guard let name = (try? DataReader(event))?.string("branch"),
            let place = branchPlaces[name], place > 0
        else { return }
        branchPlaces[name] = nil
        allBranches[place].isDeleted = true
        if currentPlace == place { currentPlace = 0 }
        currentPlaces = currentPlaces.filter { $0.value != place }
        hear(.deleted(name))
    }

    mutating func restoreBranch(_ event: Event, _ hear: (BranchChange) -> Void) {
        guard let name = (try? DataReader(event))?.string("branch"), branchPlaces[name] == nil,
            let place = allBranches.lastIndex(where: { $0.isDeleted && $0.name == name })
        else { return }
        branchPlaces[name] = place
        allBranches[place].isDeleted = false
        hear(.restored(name))
    }

    mutating func rewind(_ event: Event, _ hear: (BranchChange) -> Void) {
        guard let reader = try? DataReader(event), let name = reader.string("branch"),
            let place = branchPlaces[name]
        else { return }
        var head = MessageReference(reader.value("to"))?.local(to: session)
        if let into = reader.string("into").flatMap({ mergePlace(of: $0) }),
            let id = reader.string("merge"), isFree(id), let last = head?.message,
            let cut = mergeTable[into].cut(after: last, as: id, by: event)
        {
            // The head stands among the messages that a merge brought: what is left of it is a merge
            // of its own, so that the way to the head still runs through both parents.
            mergeTable.append(cut)
            head = MessageReference(id)
        }
        let isMergeUndone = relearn(place, reader, to: head, by: event)
        if let old = allBranches[place].head, !isMergeUndone {
            allBranches[place].abandonedHeads.append(old)
        }
        allBranches[place].move(to: head, at: event.sequence)
    }

    mutating func merge(_ event: Event, _ hear: (BranchChange) -> Void) {
        guard let reader = try? DataReader(event) else { return }
        let target = branchPlace(event.branch ?? EventDraft.mainBranch, at: event, hear)
        guard
            let merge = Merge(
                event, reader, session: session, targetHead: allBranches[target].head),
            isFree(merge.id)
        else { return }
        mergeTable.append(merge)
        allBranches[target].move(to: MessageReference(merge.id), at: event.sequence)
        let source = merge.source.flatMap { branchPlaces[$0] }
        let seen = source.map { SeenChanges(branch: $0, others: knowledge[$0].current) }
        show(merge, on: target, from: source, seen)
        if let source, source != target, merge.isThreeWay {
            for (branch, sequence) in knowledge[source].current
            where branch != target && sequence > knowledge[target][branch] ?? 0 {
                knowledge[target].set(branch, to: sequence, at: event.sequence)
            }
            knowledge[target].set(source, to: event.sequence, at: event.sequence)
        }
        hear(
            .merged(
                source.map { allBranches[$0].name }, into: allBranches[target].name, merge,
                origin: ChangeID(branch: target, sequence: event.sequence), seen: seen))
    }

    /// Lets the target of a merge show what was brought as the source showed it, and the edits that
    /// the merge names.
    private mutating func show(
        _ merge: Merge, on target: Int, from source: Int?, _ seen: SeenChanges?
    ) {
        if let source, source != target {
            for id in merge.messages {
                guard let place = place(of: id), let view = views[source][place] else { continue }
                views[target].set(place, to: view, at: merge.sequence)
                // What a branch shows it has seen, also where it has seen nothing else of that branch.
                let origin = view.origin
                if origin.branch != target,
                    origin.sequence > knowledge[target][origin.branch] ?? 0
                {
                    knowledge[target].set(origin.alone, to: 1, at: merge.sequence)
                }
            }
        }
        let here = ChangeID(branch: target, sequence: merge.sequence)
        for member in Array(merge.edits) + Array(merge.sameEdits) {
            guard let place = place(of: member.name),
                let sequence = member.value.integer.flatMap({ UInt64(exactly: $0) })
            else { continue }
            let edit = messages[place].edits.firstIndex { $0.sequence == sequence }
            let theirs = source.flatMap { views[$0][place] }
            let origin = SeenChanges.origin(
                ours: views[target][place]?.origin, theirs: theirs?.origin, seen, here)
            views[target].set(
                place, to: MessageView(edit: edit, origin: origin), at: merge.sequence)
        }
        for conflict in merge.conflicts {
            // A decision is newer than both of the changes that it is about.
            guard case .message(let id) = conflict.subject, let place = place(of: id) else {
                continue
            }
            let edit = views[target][place]?.edit
            views[target].set(
                place, to: MessageView(edit: edit, origin: here), at: merge.sequence)
        }
        let touched = merge.messages + merge.edits.names
        for place in touched.compactMap({ place(of: $0) })
        where messages[place].branchPlace == target {
            show(views[target][place]?.edit, of: place)
        }
    }
}
