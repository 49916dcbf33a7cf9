internal import SessionJournal

// Where a message stands in the tree: alike for all formats.
//
// A message goes on the branch whose last message it follows. Where another one follows that
// already, a new branch begins; but results of tools that ran at once are no fork, nor is what a
// client adds of its own.
extension Conversation {
    struct Place: Sendable {
        /// The message above; -1 for none.
        var parent: Int
        var branch: Int
        /// A new branch begins here.
        var isNew = false
        /// The name of a message that the source names and does not have.
        var missing: String?
    }

    mutating func place(_ draft: Draft) -> Place {
        if let sidechain = draft.sidechain {
            return Place(parent: branches[sidechain].head, branch: sidechain)
        }
        switch draft.above {
        case .last: return place(below: position)
        case .named(nil): return place(below: -1)
        case .named(let name?):
            guard let message = names[name] else {
                var place = place(below: position)
                place.missing = name.cut(toBytes: ClaudeCodeLine.nameLimit)
                return place
            }
            // What a sub-agent did: the conversation itself goes on where it was.
            let isSidechain = message >= 0 && branches[messages[message].branch].isSidechain
            return place(below: isSidechain ? position : message)
        }
    }

    private mutating func place(below message: Int) -> Place {
        if branches[current].head == message { return Place(parent: message, branch: current) }
        let branch = message < 0 ? Self.main : messages[message].branch
        let head = branches[branch].head
        if head == message { return Place(parent: message, branch: branch) }
        if isAsideOnly(from: head, to: message) {
            return Place(parent: head, branch: branch)
        }
        return fork(from: message, of: branch)
    }

    /// How many messages in a row are looked at to see whether they are all that came between.
    private static let asideLimit = 256

    /// Whether nothing but results of tools and what a client adds stands between a message and
    /// one further down.
    private func isAsideOnly(from head: Int, to message: Int) -> Bool {
        var index = head
        for _ in 0..<Self.asideLimit {
            if index == message { return true }
            guard index >= 0, messages[index].isAside else { return false }
            index = messages[index].parent
        }
        return false
    }

    private mutating func fork(from message: Int, of parent: Int) -> Place {
        forkCount += 1
        branches.append(
            Branch(
                name: "fork-\(forkCount)", head: message, parent: parent,
                isSidechain: branches[parent].isSidechain, model: branches[parent].model))
        return Place(parent: message, branch: branches.count - 1, isNew: true)
    }

    /// Records that a branch begins, and that the conversation moves to another one.
    mutating func enter(_ place: Place, isMoving: Bool) {
        if place.isNew { recordBranch(place.branch, from: place.parent) }
        guard isMoving else { return }
        move(to: place.branch)
    }

    private mutating func recordBranch(_ branch: Int, from message: Int) {
        let isSidechain = branches[branch].isSidechain
        acts.append(
            Act(
                kind: .branchCreated, branch: branches[branch].name, onBehalf: clientActor,
                fields: [
                    ("branch", .text(branches[branch].name)),
                    ("from", message < 0 ? .null : .text(id(of: message))),
                    ("type", .text(isSidechain ? "sidechain" : "fork")),
                    ("parent_branch", .text(branches[branches[branch].parent].name)),
                ]))
    }

    /// Makes a branch the one that the person is on.
    private mutating func move(to branch: Int) {
        guard branch != current, !branches[branch].isSidechain else { return }
        current = branch
        acts.append(
            Act(
                kind: .branchSwitched, branch: branches[branch].name, onBehalf: "user",
                fields: [("branch", .text(branches[branch].name))]))
    }

    /// Makes the branch of a message the one that the person is on, where it is its last.
    mutating func moveTo(_ name: String?) {
        guard let name, let message = names[name], message >= 0 else { return }
        position = message
        move(to: messages[message].branch)
    }

    /// A branch for a sub-agent that a message started, made where it is not there.
    mutating func sidechain(_ name: String, from message: Int?) -> Int {
        if let known = branches.firstIndex(where: { $0.name == name }) { return known }
        let from = message ?? position
        branches.append(
            Branch(
                name: name, head: from, parent: from < 0 ? current : messages[from].branch,
                isSidechain: true, model: nil))
        recordBranch(branches.count - 1, from: from)
        return branches.count - 1
    }

    /// Lets a name of the source stand for the message that another one stands for: that of a line
    /// which is no message.
    mutating func alias(_ name: String?, above: String?) {
        guard let name, names[name] == nil else { return }
        names[name] = above.flatMap { names[$0] } ?? (above == nil ? -1 : position)
    }
}
