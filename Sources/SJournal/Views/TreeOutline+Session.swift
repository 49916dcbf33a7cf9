import SessionJournal

extension TreeOutline {
    /// The drawing of a session's tree. The straight line leads to the head of `branch`; of the
    /// current one where none is named.
    init(_ tree: ConversationTree, branch: String? = nil, columns: Int) {
        let trunk = branch ?? tree.currentBranch
        let all = tree.nodes()
        var places: [String: Int] = [:]
        for (index, node) in all.enumerated() { places[node.message.id] = index }
        var nodes = all.map { node in
            Node(
                parent: node.parent.flatMap { tree.messageBefore($0) }.flatMap { places[$0.id] },
                beginsTurn: node.message.role == .user && node.message.synthetic == nil,
                role: Self.role(node), time: TimeText.seconds(node.message.moment),
                isAside: node.message.role == .tool && node.children.isEmpty,
                remark: Self.remark(node))
        }
        func place(_ head: MessageReference?) -> Int? {
            head.flatMap { tree.messageBefore($0) }.flatMap { places[$0.id] }
        }
        for branch in tree.branches {
            guard let head = place(branch.head) else { continue }
            nodes[head].heads.append(
                Self.name(branch, isCurrent: branch.name == tree.currentBranch)
                    + Self.merged(tree, branch))
            nodes[head].isAside = false
        }
        self.init(
            nodes: nodes, trunk: place(tree.branch(trunk)?.head), columns: columns
        ) { Self.words(all[$0].message) }
    }

    private static func role(_ node: ConversationTree.Node) -> Shown {
        let role = node.message.role?.rawValue ?? "withheld"
        let style = node.message.synthetic == nil ? ConversationText.style(ofRole: role) : .quiet
        return Shown(role, style)
    }

    private static func remark(_ node: ConversationTree.Node) -> Shown? {
        if node.isParentMissing { return "\("its parent is missing", .warning)" }
        if let session = node.parent?.session { return "\("answers session " + session, .quiet)" }
        return node.message.synthetic.map { "\($0, .quiet)" }
    }

    private static func name(_ branch: Branch, isCurrent: Bool) -> Shown {
        var name: Shown = "\(branch.name, .title)"
        if branch.type == .sidechain { name += " \("sidechain", .quiet)" }
        if isCurrent { name += " \("current", .quiet)" }
        return name
    }

    /// What a branch ends with where that is a merge: how many messages it brought, and from where.
    private static func merged(_ tree: ConversationTree, _ branch: Branch) -> Shown {
        guard let merge = branch.head.flatMap({ tree.merge($0.message) }) else { return "" }
        let count = Numbers.counted(merge.messages.count, "message")
        return "  \("merged " + count + (merge.source.map { " of " + $0 } ?? ""), .quiet)"
    }

    private static func words(_ message: Message) -> String {
        if message.isPruned { return "[pruned]" }
        if message.isRemoved { return "[removed]" }
        let text = message.preview(wordsLimit)
        guard text.isEmpty, let event = message.events.first, let data = try? event.data() else {
            return text
        }
        return EventSummary.message(data)
    }

    private static var wordsLimit: Int { 200 }
}
