extension ConversationTree {
    /// The messages from a first one to a last.
    public struct Path: Sendable {
        /// The messages, the first first.
        public let messages: [Message]

        /// What the first message's parent names and this session does not hold: a message that is
        /// missing, or one of another session. Nil where the path begins at a root, and where the
        /// parents go round in a circle, which is cut.
        public let origin: MessageReference?
    }

    /// The messages of a branch, from the root to its head; nil where the session has no such
    /// branch. Cost: the messages on the way.
    public func path(ofBranch name: String) -> Path? {
        branch(name).map { path(to: $0.head) }
    }

    /// The messages from the root to one of them.
    public func path(to reference: MessageReference?) -> Path {
        var path: [Message] = []
        var visited: Set<Int> = []
        var next = reference
        while let reference = next, let place = place(of: reference),
            visited.insert(place).inserted
        {
            path.append(messages[place])
            next = messages[place].parent
        }
        let isCircle = next.flatMap { place(of: $0) } != nil
        return Path(messages: path.reversed(), origin: isCircle ? nil : next)
    }

    /// The place of a message of this session; nil for one of another, and for one that is missing.
    func place(of reference: MessageReference) -> Int? {
        reference.session == nil ? places[reference.message] : nil
    }

    /// A message in the tree.
    public struct Node: Sendable {
        /// The message.
        public let message: Message

        /// The message it answers, by the id that the session gives it.
        public let parent: MessageReference?

        /// Whether the parent is to be in this session and is not.
        public let isParentMissing: Bool

        /// The messages that answer it, in order.
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
        var sidechains: Set<String> = []
        for branch in branches where branch.type == .sidechain { sidechains.insert(branch.name) }
        let parents = messages.map { $0.parent.flatMap { place(of: $0) } }
        var nodes = messages.enumerated().map { index, message in
            Node(
                message: message,
                parent: parents[index].map { MessageReference(messages[$0].id) } ?? message.parent,
                isParentMissing: message.missingParent != nil
                    || (parents[index] == nil && message.parent.map { $0.session == nil } ?? false),
                isSidechain: sidechains.contains(message.branch))
        }
        for (child, parent) in parents.enumerated() {
            if let parent { nodes[parent].children.append(messages[child].id) }
        }
        for branch in branches {
            var place = branch.head.flatMap { self.place(of: $0) }
            while let at = place, nodes[at].branches.last != branch.name {
                nodes[at].branches.append(branch.name)
                place = parents[at]
            }
        }
        var ways = [Int](repeating: 0, count: nodes.count)
        for (child, parent) in parents.enumerated() {
            guard let parent,
                !nodes[child].isSidechain || messages[child].branch == messages[parent].branch,
                messages[child].role != .tool || !nodes[child].children.isEmpty
            else { continue }
            ways[parent] += 1
        }
        for index in nodes.indices { nodes[index].isForkPoint = ways[index] > 1 }
        return nodes
    }
}
