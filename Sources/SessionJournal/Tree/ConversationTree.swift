/// The messages of a session as a tree, and the branches as named heads in it.
///
/// Everything is kept as the events say it: a parent may be missing, lie in another session, or go
/// round in a circle. What is asked of the tree copes with all of that, and never recurses.
public struct ConversationTree: Sendable {
    /// The session; nil before its first event.
    public private(set) var session: SessionID?

    /// The messages, by their events' order, each as its own branch shows it.
    public internal(set) var messages = MessageList()

    /// The merges, by their events' order.
    public var merges: [Merge] { Array(mergeTable) }

    /// The same, found by their ids.
    var mergeTable = PagedTable<Merge>()

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

    /// What is known of the runs of tools, in the order in which the calls were first heard of.
    var toolRuns = PagedTable<ToolRun>()

    /// The number of a person's turns on each branch, by the branches' places.
    var turnCounts = [0]

    /// The number of a person's turns outside sidechains.
    var turnCount = 0

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
            branch.type == .thread && branch.origin.flatMap { place(of: $0) } == place(of: id)
        }
    }

    /// Those who switched to a branch and are on it now, sorted.
    public func participants(on branch: String) -> [String] {
        guard let place = branchPlaces[branch] else { return [] }
        return currentPlaces.filter { $0.value == place }.map(\.key).sorted()
    }

    /// The message of an id or alias, as its own branch shows it; nil where the session has none.
    public func message(_ id: String) -> Message? { place(of: id).map { messages[$0] } }

    /// The merge of an id; nil where the session has none.
    public func merge(_ id: String) -> Merge? { mergePlace(of: id).map { mergeTable[$0] } }

    /// The branch of a name; nil where the session has none, or where it was put away.
    public func branch(_ name: String) -> Branch? { branchPlaces[name].map { allBranches[$0] } }

    /// The last message of each branch, by the branch's name; branches without one are left out.
    public var heads: [String: MessageReference] {
        var heads: [String: MessageReference] = [:]
        for branch in branches { heads[branch.name] = branch.head }
        return heads
    }

    /// Notes which session it is, before its first event.
    mutating func begin(_ session: SessionID) {
        self.session = session
        messages.table.seed = session.seed
        mergeTable.seed = session.seed
        toolRuns.seed = session.seed
    }

    /// Takes one event of the session into the tree. `hear` is told what became of branches.
    mutating func apply(_ event: Event, keepsContent: Bool, hear: (BranchChange) -> Void) {
        switch event.kind {
        case .messageAppended: append(event, keepsContent, hear)
        case .messageExtended, .messageFinished, .messageEdited, .messageRemoved:
            change(event, keepsContent)
        case .messagePruned, .messageUnpruned: changeSight(event)
        case .messageRedacted: redact(event, keepsContent, hear)
        case .branchCreated: createBranch(event, hear)
        case .branchSwitched: switchBranch(event)
        case .branchRenamed: renameBranch(event, hear)
        case .branchDeleted: deleteBranch(event, hear)
        case .branchRestored: restoreBranch(event, hear)
        case .branchRewound: rewind(event, hear)
        case .branchMerged: merge(event, hear)
        case .toolStarted, .toolProgressed, .toolFinished: run(event)
        case .erasureOutlined:
            for kept in OutlinedEvent.all(in: event) { outline(kept, by: event, hear) }
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
        guard isFree(id) else { return }
        let branch = branchPlace(event.branch ?? EventDraft.mainBranch, at: event, hear)
        let message = Message(
            id: id, event, reader, branch: branch, session: session, keepsContent: keepsContent)
        if message.isTurn { countTurn(1, on: branch) }
        messages.append(message)
        allBranches[branch].move(to: MessageReference(id), at: event.sequence)
    }

    /// Takes in what is said of a message later: more of it, its end, another text, its removal.
    mutating func change(_ event: Event, _ keepsContent: Bool) {
        guard let reader = try? DataReader(event), let id = reader.string("message"),
            let place = place(of: id)
        else { return }
        let isAliasFree = reader.string("alias").map { isFree($0) } ?? false
        let edit = messages.update(place) { message in
            message.take(event, reader, keepsContent, isName: { _ in isAliasFree })
        }
        guard let edit else { return }
        let own = messages[place].branchPlace
        let branch = branchPlaces[event.branch ?? EventDraft.mainBranch] ?? own ?? 0
        let origin = ChangeID(branch: branch, sequence: event.sequence)
        views[branch].set(place, to: MessageView(edit: edit, origin: origin), at: event.sequence)
        if branch == own { show(edit, of: place) }
    }

    /// Lets a message's own branch show one of its edits, or the text it was appended with.
    mutating func show(_ edit: Int?, of place: Int) {
        let wasTurn = messages[place].isTurn
        messages.update(place) { $0.shown = edit }
        let message = messages[place]
        if wasTurn != message.isTurn, let branch = message.branchPlace {
            countTurn(wasTurn ? -1 : 1, on: branch)
        }
    }

    mutating func countTurn(_ change: Int, on branch: Int) {
        turnCounts[branch] += change
        if allBranches[branch].type != .sidechain { turnCount += change }
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
        allBranches[place].beginning = .init(branch: branchPlaces[parent], through: from)
        branchPlaces[name] = place
        turnCounts.append(0)
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

extension ConversationTree {
    /// The branches that a branch has its values from, itself first, each up to the event at which
    /// the one before began; nil where there is no such branch.
    func lineage(of name: String) -> [(branch: Int, through: UInt64)]? {
        guard var place = branchPlaces[name] else { return nil }
        var lineage: [(branch: Int, through: UInt64)] = [(place, .max)]
        var through = UInt64.max
        // A branch begins after the one that it came from.
        while let beginning = allBranches[place].beginning, let parent = beginning.branch,
            parent < place
        {
            place = parent
            through = min(through, beginning.through)
            lineage.append((place, through))
        }
        return lineage
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
