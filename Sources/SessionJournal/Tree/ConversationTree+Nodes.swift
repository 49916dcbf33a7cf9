extension ConversationTree {
    /// A message in the tree.
    public struct Node: Sendable {
        /// The message.
        public let message: Message

        /// The message or merge it answers, by the id that the session gives it.
        public let parent: MessageReference?

        /// Whether the parent is to be in this session and is not.
        public let isParentMissing: Bool

        /// The messages that answer it, in order; those that answer a merge answer the message that
        /// was the branch's last before it.
        public internal(set) var children: [String] = []

        /// The branches it is part of: those whose path from the root to the head passes it, in
        /// the order of the branches.
        public internal(set) var branches: [String] = []

        /// Whether it was added to a sidechain.
        public let isSidechain: Bool

        /// Whether the conversation goes on from here in more than one way. A tool's result that
        /// nothing answers is no way on, nor is the beginning of a sidechain.
        public internal(set) var isForkPoint = false
    }

    /// All messages with their places in the tree, by their events' order.
    ///
    /// - Complexity: the messages, and for every branch those on its path.
    public func nodes() -> [Node] {
        let parents = messages.map { $0.parent.flatMap { anchor(of: $0) } }
        var nodes = messages.enumerated().map { index, message in
            Node(
                message: message, parent: message.parent.map { named($0) },
                isParentMissing: message.missingParent != nil
                    || (message.parent.map { isMissing($0) } ?? false),
                isSidechain: isSidechain(message))
        }
        for (child, parent) in parents.enumerated() {
            if let parent { nodes[parent].children.append(messages[child].id) }
        }
        for branch in branches {
            for place in way(to: branch.head).messages {
                nodes[place].branches.append(branch.name)
            }
        }
        var ways = [Int](repeating: 0, count: nodes.count)
        for (child, parent) in parents.enumerated() {
            guard let parent,
                !nodes[child].isSidechain
                    || messages[child].branchPlace == messages[parent].branchPlace,
                messages[child].role != .tool || !nodes[child].children.isEmpty
            else { continue }
            ways[parent] += 1
        }
        for index in nodes.indices { nodes[index].isForkPoint = ways[index] > 1 }
        return nodes
    }

    /// Whether a message was added to a sidechain.
    func isSidechain(_ message: Message) -> Bool {
        message.branchPlace.map { allBranches[$0].type == .sidechain } ?? false
    }

    /// A reference by the id that the session gives what it names.
    func named(_ reference: MessageReference) -> MessageReference {
        place(of: reference).map { MessageReference(messages[$0].id) } ?? reference
    }

    private func isMissing(_ reference: MessageReference) -> Bool {
        reference.session == nil && place(of: reference) == nil
            && mergePlace(of: reference) == nil
    }
}
