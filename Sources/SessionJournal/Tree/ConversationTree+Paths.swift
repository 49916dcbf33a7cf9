extension ConversationTree {
    /// The messages from a first one to a last.
    public struct Path: Sendable {
        /// The messages, the first first.
        public let messages: [Message]

        /// What the first message's parent names and this session does not hold: a message that is
        /// missing, or one of another session. Nil where the path begins at a root, and where the
        /// parents go round in a circle, which is cut.
        public let origin: MessageReference?

        /// The merges that the path runs through, the first first.
        public let merges: [Merge]
    }

    /// The way from a root to a place in the tree, as places, the last first.
    struct Way {
        /// The messages' places, the last first.
        var messages: [Int] = []
        /// For each of them the place of the merge that brought it; nil for one that is on the way
        /// by its own parent.
        var broughtBy: [Int?] = []
        /// The merges' places, the last first.
        var merges: [Int] = []
        /// What the first one's parent names and is not here.
        var origin: MessageReference?
    }

    /// The messages of a branch, from the root to its head, each as the branch shows it; nil where
    /// the session has no such branch. Cost: the messages on the way.
    public func path(ofBranch name: String) -> Path? {
        branchPlaces[name].map { path(way(to: allBranches[$0].head), on: $0) }
    }

    /// The last messages of a branch, so many at most, the last last, each as the branch shows it; nil
    /// where the session has no such branch.
    ///
    /// - Parameters:
    ///   - count: How many at most.
    ///   - name: The branch.
    ///   - reference: A message or merge on the way, before which the messages are wanted; nil
    ///     for the branch's end.
    /// - Complexity: the messages that are returned, and those behind `reference` that a merge
    ///   brought.
    public func lastMessages(
        _ count: Int, ofBranch name: String, before reference: MessageReference? = nil
    ) -> [Message]? {
        guard let branch = branchPlaces[name] else { return nil }
        var start = allBranches[branch].head
        if let reference { start = place(of: reference).map { messages[$0].parent } ?? reference }
        let way = way(to: start, atMost: max(0, count))
        return way.messages.reversed().map { message(at: $0, on: branch) }
    }

    /// The messages from the root to one of them, both included, each as its own branch shows it.
    public func path(to reference: MessageReference?) -> Path {
        path(way(to: reference), on: nil)
    }

    private func path(_ way: Way, on branch: Int?) -> Path {
        Path(
            messages: way.messages.reversed().map { message(at: $0, on: branch) },
            origin: way.origin, merges: way.merges.reversed().map { mergeTable[$0] })
    }

    /// A message as a branch shows it; as its own does where none is named.
    func message(at place: Int, on branch: Int?) -> Message {
        guard let branch, !messages[place].edits.isEmpty else { return messages[place] }
        var message = messages[place]
        message.shown = views[branch][place]?.edit.flatMap {
            message.edits.indices.contains($0) ? $0 : nil
        }
        return message
    }

    /// The way from the root to a message or merge. A merge leads on to the messages that it
    /// brought and then to the head that its branch had before; what has been on the way already is
    /// not passed again.
    func way(to reference: MessageReference?, atMost count: Int = .max) -> Way {
        var way = Way()
        var visited: Set<Int> = []
        var visitedMerges: Set<Int> = []
        var next = reference
        while let reference = next, way.messages.count < count {
            if let place = place(of: reference) {
                guard visited.insert(place).inserted else { return way }
                way.messages.append(place)
                way.broughtBy.append(nil)
                next = messages[place].parent
            } else if let merge = mergePlace(of: reference) {
                guard visitedMerges.insert(merge).inserted else { return way }
                way.merges.append(merge)
                for id in mergeTable[merge].messages.reversed() {
                    guard way.messages.count < count, let place = self.place(of: id),
                        visited.insert(place).inserted
                    else { continue }
                    way.messages.append(place)
                    way.broughtBy.append(merge)
                }
                next = mergeTable[merge].targetHead
            } else {
                way.origin = reference
                return way
            }
        }
        return way
    }

    /// The place of a message of this session; nil for one of another, and for one that is missing.
    func place(of reference: MessageReference) -> Int? {
        reference.session == nil ? place(of: reference.message) : nil
    }

    /// The place of a merge of this session; nil where the reference names none.
    func mergePlace(of reference: MessageReference) -> Int? {
        reference.session == nil ? mergePlace(of: reference.message) : nil
    }

    /// The place of a message by its id or an alias, or by `@` and the number of its event; nil where
    /// there is none.
    func place(of id: String) -> Int? {
        messages.table.place(of: id)
            ?? MessageReference.event(in: id).flatMap { place(ofMessageAt: $0) }
    }

    /// The place of a merge by its id, or by `@` and the number of its event; nil where there is none.
    func mergePlace(of id: String) -> Int? {
        mergeTable.place(of: id)
            ?? MessageReference.event(in: id).flatMap { place(ofMergeAt: $0) }
    }

    /// Whether neither a message nor a merge has an id.
    func isFree(_ id: String) -> Bool {
        messages.table.place(of: id) == nil && mergeTable.place(of: id) == nil
    }

    /// The last message that two messages, or merges, have on their ways from the root, both
    /// included; nil where they share none, or one is missing. Cost: the messages on both ways.
    public func commonAncestor(
        of left: MessageReference, and right: MessageReference
    ) -> Message? {
        shared(way(to: left), way(to: right)).map { messages[$0] }
    }

    /// The last message that two branches share: where their own ways part, or what was merged last
    /// from one into the other. Nil where they share none, or there is no such branch.
    public func mergeBase(of left: String, and right: String) -> Message? {
        guard let left = branch(left)?.head, let right = branch(right)?.head else { return nil }
        return commonAncestor(of: left, and: right)
    }

    /// The message that stands furthest along both ways.
    private func shared(_ left: Way, _ right: Way) -> Int? {
        var depths: [Int: Int] = [:]
        for (index, place) in left.messages.enumerated() {
            depths[place] = left.messages.count - index
        }
        var best: (depth: Int, place: Int)?
        for (index, place) in right.messages.enumerated() {
            guard let depth = depths[place] else { continue }
            let sum = depth + right.messages.count - index
            if (sum, place) > (best?.depth ?? 0, best?.place ?? -1) { best = (sum, place) }
        }
        return best?.place
    }

    /// How deep a branch is nested: 0 for `main`, 1 for a branch of it. A branch whose parents go
    /// round in a circle, which an import may hold, is as deep as the circle is long. Nil where there
    /// is no such branch.
    public func depth(ofBranch name: String) -> Int? {
        guard var place = branchPlaces[name] else { return nil }
        var visited: Set<Int> = []
        while place != 0, visited.insert(place).inserted {
            let parent = allBranches[place].parent ?? EventDraft.mainBranch
            // A parent that was put away still counts.
            place =
                branchPlaces[parent] ?? allBranches.lastIndex { $0.name == parent } ?? 0
        }
        return visited.count
    }

    /// The branches whose parents go round in a circle, and the messages whose parents do: what an
    /// import may hold and no act of this library makes.
    ///
    /// - Complexity: the messages and the branches.
    public func cycles() -> (branches: [String], messages: [String]) {
        let messageParents = messages.map { message in
            message.parent.flatMap { anchor(of: $0) }
        }
        let branchParents = allBranches.enumerated().map { index, branch in
            index == 0 ? nil : branch.parent.flatMap { branchPlaces[$0] }
        }
        return (
            Self.circular(branchParents).map { allBranches[$0].name },
            Self.circular(messageParents).map { messages[$0].id }
        )
    }

    /// Those that are met again by going from parent to parent.
    private static func circular(_ parents: [Int?]) -> [Int] {
        // 0: not looked at; 1 + n: passed on the way that began at n; -1: settled.
        var marks = [Int](repeating: 0, count: parents.count)
        var found: [Int] = []
        for start in parents.indices where marks[start] == 0 {
            var next: Int? = start
            while let place = next, marks[place] == 0 {
                marks[place] = start + 1
                next = parents[place]
            }
            if let first = next, marks[first] == start + 1 {
                var place = first
                repeat {
                    found.append(place)
                    marks[place] = -1
                    place = parents[place] ?? first
                } while place != first
            }
        }
        return found.sorted()
    }

    /// The message that a message or merge stands for in a tree of messages alone: itself, or the last
    /// message that the merge's branch had before. Nil where there is none.
    public func messageBefore(_ reference: MessageReference) -> Message? {
        anchor(of: reference).map { messages[$0] }
    }

    /// The message below which something stands whose parent is a message or a merge: below a merge
    /// that is the last message its branch had before, or else the last that it brought.
    func anchor(of reference: MessageReference) -> Int? {
        var visited: Set<Int> = []
        var next = reference
        while true {
            if let place = place(of: next) { return place }
            guard let merge = mergePlace(of: next), visited.insert(merge).inserted,
                let before = mergeTable[merge].targetHead ?? mergeTable[merge].sourceHead
            else { return nil }
            next = before
        }
    }
}
