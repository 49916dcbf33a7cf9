extension ConversationTree {
    /// Puts what an erasure kept of an event where it stands: a message in its place in the tree, a
    /// branch where it began.
    mutating func outline(
        _ kept: OutlinedEvent, by event: Event, _ hear: (BranchChange) -> Void
    ) {
        if kept.begins { return outlineBranch(kept, by: event, hear) }
        guard let place = place(ofMessageAt: kept.sequence), messages[place].isWithheld,
            !messages[place].isOutlined
        else { return }
        let branch = branchPlace(begunAt: kept.branch) ?? begin(kept.branch, at: event, hear)
        // Its own id, or the one by which a message that is there answers it.
        let answer = kept.answer.flatMap { self.place(ofMessageAt: $0) }
        let known = answer.flatMap { messages[$0].parent }.flatMap {
            $0.session == nil ? $0.message : nil
        }
        let id = [kept.message, known].compactMap { $0 }.first { isFree($0) }
        let name = allBranches[branch].name
        messages.update(place) { message in
            message.outline(
                id: id, parent: kept.parent.map { MessageReference(event: $0) }, branch: name,
                branchPlace: branch)
        }
        if allBranches[branch].headSequence < kept.sequence {
            allBranches[branch].move(
                to: MessageReference(messages[place].id), at: kept.sequence)
        }
    }

    private mutating func outlineBranch(
        _ kept: OutlinedEvent, by event: Event, _ hear: (BranchChange) -> Void
    ) {
        let voice = kept.voice.flatMap { place(ofMessageAt: $0) }
        let known =
            voice.flatMap { messages[$0].branchPlace } ?? branchPlace(begunAt: kept.sequence)
        let branch = known ?? begin(kept.sequence, at: event, hear)
        guard branch > 0, !allBranches[branch].isDeclared else { return }
        allBranches[branch].isDeclared = true
        allBranches[branch].createdSequence = kept.sequence
        let origin = kept.origin.map { MessageReference(event: $0) }
        allBranches[branch].origin = origin.map { named($0) }
        if let parent = branchPlace(begunAt: kept.branch) {
            allBranches[branch].parent = allBranches[parent].name
        }
        if allBranches[branch].head == nil {
            allBranches[branch].move(to: allBranches[branch].origin, at: kept.sequence)
        }
    }

    /// The place of a branch by the event with which it began; `main` for none. Nil where no branch
    /// did.
    func branchPlace(begunAt sequence: UInt64?) -> Int? {
        guard let sequence else { return 0 }
        return allBranches.indices.dropFirst().first { place in
            let branch = allBranches[place]
            return branch.createdSequence == sequence
                || (!branch.isDeclared && branch.beginning?.through == sequence)
        }
    }

    /// Makes a branch of which nothing is known but where it began.
    private mutating func begin(
        _ sequence: UInt64?, at event: Event, _ hear: (BranchChange) -> Void
    ) -> Int {
        guard let sequence else { return 0 }
        return branchPlace(
            MessageReference(event: sequence).message, at: event, from: sequence, hear)
    }

    /// The place of the message that an event added; nil where it added none.
    func place(ofMessageAt sequence: UInt64) -> Int? {
        Self.place(of: sequence, among: messages.count) { messages[$0].sequence }
    }

    func place(ofMergeAt sequence: UInt64) -> Int? {
        Self.place(of: sequence, among: mergeTable.count) { mergeTable[$0].sequence }
    }

    /// What stands in order of events is found by halving.
    private static func place(
        of sequence: UInt64, among count: Int, _ sequenceAt: (Int) -> UInt64
    ) -> Int? {
        var low = 0
        var high = count
        while low < high {
            let middle = (low + high) / 2
            if sequenceAt(middle) < sequence { low = middle + 1 } else { high = middle }
        }
        return low < count && sequenceAt(low) == sequence ? low : nil
    }
}

extension MessageReference {
    /// Names what an event added, where nothing else names it: `@41`.
    init(event sequence: UInt64) { self.init("@\(sequence)") }

    /// The event that an id of that form names; nil for another id.
    static func event(in id: String) -> UInt64? {
        id.hasPrefix("@") ? UInt64(id.dropFirst()) : nil
    }
}
