/// The messages of a session as a tree, and the branches as named heads in it.
///
/// Everything is kept as the events say it: a parent may be missing, lie in another session, or go
/// round in a circle. What is asked of the tree copes with all of that, and never recurses.
public struct ConversationTree: Sendable {
    /// The session; nil before its first event.
    public internal(set) var session: SessionID?

    /// The messages, by their events' order, each as its own branch shows it.
    public internal(set) var messages: [Message] = []

    /// The merges, by their events' order.
    public internal(set) var merges: [Merge] = []

    /// The place of every message in `messages`, by its id and its aliases.
    var places: [String: Int] = [:]

    /// The place of every merge in `merges`, by its id.
    var mergePlaces: [String: Int] = [:]

    /// Every branch that ever was, in the order in which they came; `main` is the first.
    var allBranches = [
        Branch(name: EventDraft.mainBranch, type: .main, isDeclared: true)
    ]

    /// The place of every branch that is there, by its name.
    var branchPlaces = [EventDraft.mainBranch: 0]

    /// The branch that was last switched to, and the same by who switched.
    var currentPlace = 0
    var currentPlaces: [String: Int] = [:]

    /// What each branch shows of messages that were edited or removed, by the branch's place.
    var views: [Versioned<Int, MessageView>] = [.init()]

    /// Up to which event each branch knows what happened on the others, by the branches' places.
    var knowledge: [Versioned<Int, UInt64>] = [.init()]

    /// What is known of the runs of tools, by call.
    var toolRuns: [String: ToolRun] = [:]

    /// A tree without messages.
    public init() {}

    /// The branches that are there, in the order in which they came; `main` is the first.
    public var branches: [Branch] {
        branchPlaces.count == allBranches.count
            ? allBranches : allBranches.filter { !$0.isDeleted }
    }

    /// The branches that were put away, in the order in which they came.
    public var deletedBranches: [Branch] { allBranches.filter(\.isDeleted) }

    /// The branch that was last switched to, by whomever; `main` at first.
    public var currentBranch: String { allBranches[currentPlace].name }

    /// The branch of a participant: the one it last switched to, `main` where it never did, and where
    /// that branch was put away.
    public func currentBranch(of actor: String) -> String {
        allBranches[currentPlaces[actor] ?? 0].name
    }

    /// The threads about a message: the branches of that type that begin at it.
    public func threads(about message: String) -> [Branch] {
        guard let id = self.message(message)?.id else { return [] }
        return branches.filter { branch in
            branch.type == .thread && branch.origin.flatMap { place(of: $0) } == places[id]
        }
    }

    /// Those who switched to a branch and are on it now, sorted.
    public func participants(on branch: String) -> [String] {
        guard let place = branchPlaces[branch] else { return [] }
        return currentPlaces.filter { $0.value == place }.map(\.key).sorted()
    }

    /// The message of an id or alias, as its own branch shows it; nil where the session has none.
    public func message(_ id: String) -> Message? { places[id].map { messages[$0] } }

    /// The merge of an id; nil where the session has none.
    public func merge(_ id: String) -> Merge? { mergePlaces[id].map { merges[$0] } }

    /// The branch of a name; nil where the session has none, or where it was put away.
    public func branch(_ name: String) -> Branch? { branchPlaces[name].map { allBranches[$0] } }

    /// The last message of each branch, by the branch's name; branches without one are left out.
    public var heads: [String: MessageReference] {
        var heads: [String: MessageReference] = [:]
        for branch in branches { heads[branch.name] = branch.head }
        return heads
    }

    /// Takes one event of the session into the tree. `hear` is told what became of branches.
    mutating func apply(_ event: Event, keepsContent: Bool, hear: (BranchChange) -> Void) {
        switch event.kind {
        case .messageAppended: append(event, keepsContent, hear)
        case .messageExtended: extend(event, keepsContent)
        case .messageFinished: finish(event, keepsContent)
        case .messageEdited, .messageRemoved: revise(event, keepsContent)
        case .branchCreated: createBranch(event, hear)
        case .branchSwitched: switchBranch(event)
        case .branchRenamed: renameBranch(event, hear)
        case .branchDeleted: deleteBranch(event, hear)
        case .branchRestored: restoreBranch(event, hear)
        case .branchRewound: rewind(event, hear)
        case .branchMerged: merge(event, hear)
        case .toolStarted, .toolProgressed, .toolFinished: run(event)
        default: break
        }
    }

    private mutating func append(
        _ event: Event, _ keepsContent: Bool, _ hear: (BranchChange) -> Void
    ) {
        let reader = try? DataReader(event)
        guard let reader, let id = reader.string("message") else {
            // Withheld, or content that makes no sense: the message counts, and nothing is known.
            messages.append(Message(unreadable: event))
            return
        }
        guard places[id] == nil, mergePlaces[id] == nil else { return }
        places[id] = messages.count
        let branch = branchPlace(event.branch ?? EventDraft.mainBranch, at: event, hear)
        messages.append(
            Message(
                id: id, event, reader, branch: branch, session: session,
                keepsContent: keepsContent))
        allBranches[branch].move(to: MessageReference(id), at: event.sequence)
    }

    private mutating func extend(_ event: Event, _ keepsContent: Bool) {
        guard let reader = try? DataReader(event), let id = reader.string("message"),
            let place = places[id]
        else { return }
        if keepsContent { messages[place].events.append(event) }
        if let alias = reader.string("alias"), places[alias] == nil, mergePlaces[alias] == nil {
            places[alias] = place
            messages[place].aliases.append(alias)
        }
    }

    private mutating func finish(_ event: Event, _ keepsContent: Bool) {
        guard let reader = try? DataReader(event), let id = reader.string("message"),
            let place = places[id], messages[place].state == .partial,
            let status = reader.string("status").flatMap({ Message.State(rawValue: $0) })
        else { return }
        messages[place].state = status
        messages[place].finishedSequence = event.sequence
        if keepsContent { messages[place].events.append(event) }
    }

    /// The place of a branch, which is made where there is none.
    mutating func branchPlace(
        _ name: String, parent: String? = nil, at event: Event, from sequence: UInt64? = nil,
        _ hear: (BranchChange) -> Void
    ) -> Int {
        if let place = branchPlaces[name] { return place }
        let place = allBranches.count
        let parent = parent ?? EventDraft.mainBranch
        let from = sequence ?? event.sequence
        allBranches.append(Branch(name: name, type: .fork, isDeclared: false))
        branchPlaces[name] = place
        if let origin = branchPlaces[parent], origin != place {
            views.append(.init(views[origin].values(at: from)))
            var known = knowledge[origin].values(at: from)
            known[origin] = from
            knowledge.append(.init(known))
        } else {
            views.append(.init())
            knowledge.append(.init())
        }
        hear(.began(name, from: parent, at: sequence))
        return place
    }
}

/// What became of a branch, as those hear of it who keep something by its name.
enum BranchChange {
    /// One began with what another had, now or at an earlier event.
    case began(String, from: String, at: UInt64?)
    /// One has another name.
    case renamed(String, to: String)
    /// One was put away; its name is free.
    case deleted(String)
    /// The one of that name that was put away last is there again.
    case restored(String)
    /// Messages, metadata and edits of one were merged into another.
    case merged(String?, into: String, Merge, origin: ChangeID, seen: SeenChanges?)
}

/// What a branch shows of a message that was edited or removed.
struct MessageView: Hashable, Sendable {
    /// The place of the edit among the message's; nil for the text it was appended with.
    var edit: Int?
    /// The event that the branch has it from, and the branch that this was on.
    var origin: ChangeID
}
