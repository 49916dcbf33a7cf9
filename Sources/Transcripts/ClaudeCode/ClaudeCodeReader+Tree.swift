internal import SessionJournal

// Where a line stands in the tree.
//
// Claude Code names a parent for each line. Read as they stand, these parents make a fork of every
// pair of tools that ran at once. Here a turn (an assistant's message and the results of its
// tools) is a chain, whatever the order of its lines; what is below a line of it is below its end.
// A fork remains where a person, or a new answer of the model, goes on from a message that the
// conversation has already left behind.
extension ClaudeCodeReader {
    /// What a line's parent turned out to be.
    enum Parent: Sendable {
        /// A message, or -1 for the place before all messages.
        case known(Int)
        /// The line names none.
        case none
        /// The line names one that the session does not have.
        case missing(String)
    }

    /// Where a message goes.
    struct Place: Sendable {
        /// The message above; -1 for none.
        var parent: Int
        var branch: Int
        /// A new branch begins here.
        var isNew = false
        /// The line's parent, where the session does not have it.
        var missing: String?
    }

    func parent(of line: ClaudeCodeLine) -> Parent {
        guard let name = line.parent ?? line.logicalParent else { return .none }
        return names[name].map { .known($0) } ?? .missing(name)
    }

    /// Lets a line that is no message stand for the message above it, and returns that.
    @discardableResult
    mutating func alias(_ line: ClaudeCodeLine) -> Above {
        var message = branches[current].head
        var missing: String?
        switch parent(of: line) {
        case .known(let parent): message = parent
        case .none: break
        case .missing(let name): missing = name
        }
        if let uuid = line.uuid { names[uuid] = message }
        return Above(message: message, missing: missing)
    }

    /// What a line that is no message stands below.
    struct Above {
        /// The message; -1 for none.
        let message: Int
        /// The name of a parent that the session does not have.
        let missing: String?

        var why: String? { missing.map { "its parent \($0) is missing" } }
    }

    /// The branch of a message; the current one for none.
    func branchName(of message: Int) -> String {
        branches[message < 0 ? current : messages[message].branch].name
    }

    /// The message that what is below `message` follows: the end of its turn.
    func tip(of message: Int) -> Int {
        guard message >= 0, messages[message].turn >= 0 else { return message }
        return messages[messages[message].turn].tip
    }

    /// Finds the place of a message.
    mutating func place(_ line: ClaudeCodeLine, isToolActivity: Bool) -> Place {
        let parent = parent(of: line)
        if line.isSidechain { return sidechainPlace(line, parent, isToolActivity) }
        switch parent {
        case .none: return Place(parent: branches[current].head, branch: current)
        case .missing(let name):
            return Place(parent: branches[current].head, branch: current, missing: name)
        case .known(let message):
            if message >= 0, branches[messages[message].branch].isSidechain {
                // What a sub-agent was told or did: the conversation itself goes on where it was.
                return Place(parent: branches[current].head, branch: current)
            }
            return place(below: message, isToolActivity)
        }
    }

    private mutating func place(below message: Int, _ isToolActivity: Bool) -> Place {
        let tip = tip(of: message)
        if let branch = branch(withHead: tip) {
            return Place(parent: tip, branch: branch)
        }
        // Before all messages: only the first of a conversation stands there.
        let branch = tip < 0 ? Self.main : messages[tip].branch
        let head = branches[branch].head
        if isToolActivity || isToolActivityOnly(from: head, to: tip) {
            return Place(parent: head, branch: branch)
        }
        return newBranch(from: tip, parent: branch)
    }

    /// The branch whose last message is `tip`.
    private func branch(withHead tip: Int) -> Int? {
        let branch = tip < 0 ? Self.main : messages[tip].branch
        return branches[branch].head == tip ? branch : nil
    }

    /// How many results in a row are looked at to see whether they are all that came between.
    private static let lateResultLimit = 256

    /// Whether nothing but results of tools stands between a message and one further down.
    private func isToolActivityOnly(from head: Int, to message: Int) -> Bool {
        var index = head
        for _ in 0..<Self.lateResultLimit {
            if index == message { return true }
            guard index >= 0, messages[index].isToolActivity else { return false }
            index = messages[index].parent
        }
        return false
    }

    private mutating func newBranch(from message: Int, parent: Int) -> Place {
        forkCount += 1
        branches.append(
            Branch(
                name: "fork-\(forkCount)", head: message, parent: parent,
                isSidechain: branches[parent].isSidechain, model: branches[parent].model))
        return Place(parent: message, branch: branches.count - 1, isNew: true)
    }

    // MARK: Sub-agents

    private mutating func sidechainPlace(
        _ line: ClaudeCodeLine, _ parent: Parent, _ isToolActivity: Bool
    ) -> Place {
        if case .known(let message) = parent, message >= 0 {
            let branch = messages[message].branch
            // Another sub-agent's message, when the line names an agent of its own.
            let isOwn = line.agentID.map { (sidechains[$0] ?? branch) == branch } ?? true
            if branches[branch].isSidechain, isOwn {
                return place(below: message, isToolActivity)
            }
        }
        var missing: String?
        if case .missing(let name) = parent { missing = name }
        let known = sidechain(of: line, isRoot: missing == nil)
        if let known {
            return Place(parent: branches[known].head, branch: known, missing: missing)
        }
        var from = agentMessage(of: line)
        if from < 0, case .known(let message) = parent { from = message }
        let origin = from < 0 ? current : messages[from].branch
        branches.append(
            Branch(
                name: sidechainName(line), head: from, parent: origin, isSidechain: true,
                model: nil))
        lastSidechain = branches.count - 1
        if let agent = line.agentID { sidechains[agent] = lastSidechain }
        return Place(parent: from, branch: branches.count - 1, isNew: true, missing: missing)
    }

    /// The branch that a sub-agent's line goes on, where its parent does not say.
    private func sidechain(of line: ClaudeCodeLine, isRoot: Bool) -> Int? {
        if let agent = line.agentID {
            return sidechains[agent]
        }
        return isRoot ? nil : lastSidechain
    }

    /// The longest name of a sub-agent that becomes part of a branch's name, in bytes.
    private static let agentNameLimit = 128

    private mutating func sidechainName(_ line: ClaudeCodeLine) -> String {
        if let agent = line.agentID, agent.utf8.count <= Self.agentNameLimit,
            EnvelopeName.isValid("agent-\(agent)")
        {
            return "agent-\(agent)"
        }
        sidechainCount += 1
        return "sidechain-\(sidechainCount)"
    }

    /// The message that began a sub-agent: the one that the agent's name leads to, or the one
    /// whose call told it word for word what its first line says.
    private mutating func agentMessage(of line: ClaudeCodeLine) -> Int {
        if let agent = line.agentID, let call = agentCalls[agent], let known = calls[call] {
            return known.message
        }
        if case .text(let prompt) = line.content,
            let index = openAgents.lastIndex(where: { calls[$0]?.prompt == prompt })
        {
            return calls[openAgents[index]]?.message ?? -1
        }
        return -1
    }
}
