/// The messages of a session as a tree, and the branches as named heads in it.
///
/// Everything is kept as the events say it: a parent may be missing, lie in another session, or go
/// round in a circle. What is asked of the tree copes with all of that, and never recurses.
public struct ConversationTree: Sendable {
    /// The session; nil before its first event.
    public internal(set) var session: SessionID?

    /// The messages, by their events' order.
    public internal(set) var messages: [Message] = []

    /// The branches, in the order in which they came; `main` is the first.
    public internal(set) var branches: [Branch] = [
        Branch(
            name: EventDraft.mainBranch, type: .main, headSequence: 0, isDeclared: true)
    ]

    /// The branch that was last switched to; `main` at first.
    public internal(set) var currentBranch = EventDraft.mainBranch

    /// The place of every message in `messages`, by its id and its aliases.
    var places: [String: Int] = [:]

    private var branchPlaces = [EventDraft.mainBranch: 0]

    /// A tree without messages.
    public init() {}

    /// The message of an id or alias; nil where the session has none.
    public func message(_ id: String) -> Message? { places[id].map { messages[$0] } }

    /// The branch of a name; nil where the session has none.
    public func branch(_ name: String) -> Branch? { branchPlaces[name].map { branches[$0] } }

    /// The last message of each branch, by the branch's name; branches without one are left out.
    public var heads: [String: MessageReference] {
        var heads: [String: MessageReference] = [:]
        for branch in branches { heads[branch.name] = branch.head }
        return heads
    }

    /// Takes one event of the session into the tree. `inherit` hears of every new branch and the
    /// one it came from.
    mutating func apply(
        _ event: Event, keepsContent: Bool, inherit: (String, String) -> Void
    ) {
        switch event.kind {
        case .messageAppended: append(event, keepsContent, inherit)
        case .messageExtended: extend(event, keepsContent)
        case .branchCreated: createBranch(event, inherit)
        case .branchSwitched:
            if let name = (try? DataReader(event))?.string("branch"), branchPlaces[name] != nil {
                currentBranch = name
            }
        default: break
        }
    }

    private mutating func append(
        _ event: Event, _ keepsContent: Bool, _ inherit: (String, String) -> Void
    ) {
        let reader = try? DataReader(event)
        guard let reader, let id = reader.string("message") else {
            // Withheld, or content that makes no sense: the message counts, and nothing is known.
            messages.append(Message(unreadable: event))
            return
        }
        guard places[id] == nil else { return }
        places[id] = messages.count
        let branch = event.branch ?? EventDraft.mainBranch
        messages.append(
            Message(
                id: id, event, reader, branch: branch, session: session,
                keepsContent: keepsContent))
        let place = branchPlace(branch, inherit)
        branches[place].head = MessageReference(id)
        branches[place].headSequence = event.sequence
    }

    private mutating func extend(_ event: Event, _ keepsContent: Bool) {
        guard let reader = try? DataReader(event), let id = reader.string("message"),
            let place = places[id]
        else { return }
        if keepsContent { messages[place].events.append(event) }
        if let alias = reader.string("alias"), places[alias] == nil {
            places[alias] = place
            messages[place].aliases.append(alias)
        }
    }

    private mutating func createBranch(_ event: Event, _ inherit: (String, String) -> Void) {
        guard let reader = try? DataReader(event), let name = reader.string("branch") else {
            return
        }
        let parent = reader.string("parent_branch")
        let place = branchPlace(name, parent: parent, inherit)
        guard !branches[place].isDeclared else { return }
        branches[place].isDeclared = true
        branches[place].parent = parent
        branches[place].type = Branch.Kind(rawValue: reader.string("type") ?? "fork")
        branches[place].text = reader.string("description")
        let origin = MessageReference(reader.value("from"))?.local(to: session)
        branches[place].origin = origin
        if branches[place].head == nil {
            branches[place].head = origin
            branches[place].headSequence = event.sequence
        }
    }

    /// The place of a branch, which is made where there is none.
    private mutating func branchPlace(
        _ name: String, parent: String? = nil, _ inherit: (String, String) -> Void
    ) -> Int {
        if let place = branchPlaces[name] { return place }
        let place = branches.count
        branches.append(Branch(name: name, type: .fork, headSequence: 0, isDeclared: false))
        branchPlaces[name] = place
        inherit(name, parent ?? EventDraft.mainBranch)
        return place
    }
}

extension Message {
    /// A message of which only the entry line, or no sensible content, is left.
    fileprivate init(unreadable event: Event) {
        id = "@\(event.sequence)"
        parent = nil
        missingParent = nil
        role = nil
        branch = event.branch ?? EventDraft.mainBranch
        sequence = event.sequence
        time = event.time
        occurred = event.occurred
        model = nil
        synthetic = nil
        isWithheld = true
    }

    fileprivate init(
        id: String, _ event: Event, _ reader: DataReader, branch: String, session: SessionID?,
        keepsContent: Bool
    ) {
        self.id = id
        parent = MessageReference(reader.value("parent"))?.local(to: session)
        missingParent = reader.string("missing_parent")
        role = reader.string("role").map { Role(rawValue: $0) }
        self.branch = branch
        sequence = event.sequence
        time = event.time
        occurred = event.occurred
        model = reader.string("model")
        synthetic = reader.string("synthetic")
        isWithheld = false
        if keepsContent { events = [event] }
    }
}
