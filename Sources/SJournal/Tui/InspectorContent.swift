import SessionJournal

/// What the inspector shows, before it is laid into lines.
enum InspectorContent: Sendable {
    case event(EventContent)
    case state(StateContent)
    case difference(DifferenceContent)

    /// What it answers.
    var need: DebuggerNeed {
        switch self {
        case .event(let content): .event(content.version)
        case .state(let content): .state(content.version, branch: content.branch)
        case .difference(let content):
            .difference(from: content.from, to: content.to, branch: content.branch)
        }
    }

    var view: InspectorView {
        switch self {
        case .event: .event
        case .state: .state
        case .difference: .difference
        }
    }
}

/// One event in full.
struct EventContent: Sendable {
    let version: UInt64
    let value: JSONValue

    init(_ event: Event) {
        version = event.version
        guard let line = try? JSONValue(parsing: event.line.span), let object = line.object else {
            value = .string(event.description)
            return
        }
        // The data with its pointers resolved, and last what says nothing to a person.
        var shown: JSONObject = [:]
        for member in object where !Self.last.contains(member.name) {
            let isData = member.name == "data"
            shown.append(
                member.name, isData ? (try? event.data()) ?? member.value : member.value)
        }
        for name in Self.last { if let value = object[name] { shown.append(name, value) } }
        value = .object(shown)
    }

    private static let last = ["session", "salt"]
}

/// A session as of an event.
struct StateContent: Sendable {
    struct Head: Sendable {
        let name: String
        let isCurrent: Bool
        let messageCount: Int
        /// The event that moved it last; 0 where none did.
        let sequence: UInt64
        let parent: String?
    }

    let version: UInt64
    /// The branch that was asked for; nil means the current one.
    let branch: String?
    /// The branch that is shown; nil where the one that was asked for is not there.
    let shownBranch: String?
    let metadata: JSONObject
    let heads: [Head]
    let counts: [(Shown, Shown)]
    /// The last messages of the branch.
    let messages: [SpokenMessage]
    /// How many more come before them.
    let earlierCount: Int

    /// So many messages are laid out; the tree leads to the earlier ones.
    private static let longestConversation = 200

    init(_ state: SessionState, version: UInt64, branch: String?) {
        self.version = version
        self.branch = branch
        let tree = state.tree
        let name = branch ?? tree.currentBranch
        let path = tree.path(ofBranch: name)
        shownBranch = path == nil ? nil : name
        metadata = state.metadata(on: path == nil ? EventDraft.mainBranch : name)
        heads = tree.branches.map { branch in
            Head(
                name: branch.name, isCurrent: branch.name == tree.currentBranch,
                messageCount: branch.name == name
                    ? path?.messages.count ?? 0
                    : tree.path(ofBranch: branch.name)?.messages.count ?? 0,
                sequence: branch.headSequence, parent: branch.parent)
        }
        let life = state.lifecycle
        var counts: [(Shown, Shown)] = [
            ("events", "\(state.eventCount)"), ("messages", "\(tree.messages.count)"),
            ("turns", "\(state.turnCount)"), ("merges", "\(tree.merges.count)"),
        ]
        if life.phase != .open { counts.append(("phase", "\(life.phase.rawValue, .warning)")) }
        if let time = state.createdAt { counts.append(("created", "\(TimeText.seconds(time))")) }
        if let time = state.lastActive { counts.append(("active", "\(TimeText.seconds(time))")) }
        self.counts = counts
        let count = path?.messages.count ?? 0
        earlierCount = max(0, count - Self.longestConversation)
        messages =
            path == nil
            ? []
            : Array(
                SpokenConversation.messages(of: tree, branch: name).dropFirst(earlierCount))
    }
}

/// What differs between two events.
struct DifferenceContent: Sendable {
    let from: UInt64
    let to: UInt64
    let branch: String?
    let change: SessionDifference
}
