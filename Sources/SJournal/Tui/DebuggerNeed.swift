import SessionJournal

/// Something that the screen would show and that was not read yet.
///
/// The state of the debugger reads nothing itself: it says what it needs, and goes on with what is
/// there until the answer comes.
enum DebuggerNeed: Hashable, Sendable {
    /// A page of the list of events.
    case page(UInt64, lastVersion: UInt64)
    /// The names of events.
    case labels(lastVersion: UInt64)
    /// The conversation as it is now.
    case tree(branch: String?, lastVersion: UInt64)
    /// What the inspector shows.
    case event(UInt64)
    case state(UInt64, branch: String?)
    case difference(from: UInt64, to: UInt64, branch: String?)
    /// What was spent up to an event.
    case totals(UInt64)
    /// Every value of a field.
    case history(field: String, branch: String, lastVersion: UInt64)

    /// Of the needs of a lane one is answered at a time, beside those of other lanes.
    enum Lane: CaseIterable {
        case rows, inspector, totals, tree, history
    }

    var lane: Lane {
        switch self {
        case .page, .labels: .rows
        case .event, .state, .difference: .inspector
        case .totals: .totals
        case .tree: .tree
        case .history: .history
        }
    }

    /// Whether an answer is of no use once something else is needed. One that takes long and is
    /// wanted again with every new event would never come if it were given up each time.
    var isGivenUp: Bool { lane == .inspector || lane == .totals }
}

/// What was read.
enum DebuggerAnswer: Sendable {
    case page(UInt64, [EventRow], lastVersion: UInt64, lost: Shown?)
    case labels([SessionLabel], lastVersion: UInt64)
    case tree(TreeContent)
    case content(InspectorContent)
    case totals(TotalsContent)
    case history(FieldHistory)
    /// What a need came to that cannot be answered.
    case failed(DebuggerNeed, Shown)
    /// The session has so many versions now.
    case grew(UInt64)
    /// An effect was carried out; where it moves the cursor, to which version.
    case done(DebuggerOutcome)
}

/// Something to be done outside: whatever takes time and is no part of the screen, or writes.
enum DebuggerEffect: Hashable, Sendable {
    /// Goes to the event that a point selects, as a person writes the point.
    case jump(String)
    /// Goes to the event with a sequence number.
    case goTo(UInt64)
    /// Looks for the next turn of a person.
    case findTurn(from: UInt64, isForwards: Bool)
    /// Looks for a text.
    case find(String, from: UInt64, isForwards: Bool)
    case label(String, at: UInt64)
    case fork(String, at: UInt64, of: String?)
    case mergePreview(String, into: String?, at: UInt64)
    case blame(String, branch: String, at: UInt64)
    case follow(Bool)
    /// Stops what is being done.
    case cancel
    case redraw
    case suspend
    case quit

    /// Whether keys wait until it is done: they are about what comes of it.
    var isAwaited: Bool {
        switch self {
        case .follow, .cancel, .redraw, .suspend, .quit: false
        default: true
        }
    }
}

/// What an effect came to.
struct DebuggerOutcome: Sendable {
    /// Where the cursor goes.
    var version: UInt64?
    var message: Shown?
    /// Lines that lie over the panes.
    var overlay: Overlay?
    /// How many versions the session has, where something was written.
    var lastVersion: UInt64?
}

/// Lines in a box over the panes.
struct Overlay: Sendable {
    var title: Shown
    var lines: [Shown]
    /// The first line that is shown.
    var top = 0
}

/// What was spent up to an event.
struct TotalsContent: Sendable {
    let version: UInt64
    let tokens: TokenUsage
    let cost: Cost
    let currency: String
    let turns: Int
    let errors: Int
}

/// Every value of a field, those that come after the cursor included.
struct FieldHistory: Sendable {
    let field: String
    let branch: String
    let lastVersion: UInt64
    let values: [FieldValue]

    /// The value that an event sees, and how many there are up to it.
    func value(at sequence: UInt64) -> (value: FieldValue, number: Int)? {
        guard let place = values.lastIndex(where: { $0.sequence <= sequence }) else { return nil }
        return (values[place], place + 1)
    }
}

/// A conversation, ready to be drawn.
struct TreeContent: Sendable {
    let branch: String?
    let lastVersion: UInt64
    let outline: TreeOutline
    /// The sequence number of each message's event, in the order of the outline's nodes.
    let sequences: [UInt64]
    /// The branches that end at a message, by its place.
    let heads: [Int: [String]]

    init(_ tree: ConversationTree, branch: String?, lastVersion: UInt64) {
        self.branch = branch
        self.lastVersion = lastVersion
        outline = TreeOutline(tree, branch: branch, columns: 0)
        sequences = tree.messages.map(\.sequence)
        var places: [String: Int] = [:]
        for (place, message) in tree.messages.enumerated() { places[message.id] = place }
        var heads: [Int: [String]] = [:]
        // In the order in which the outline names them.
        for branch in tree.branches {
            guard let head = branch.head, let message = tree.messageBefore(head),
                let place = places[message.id]
            else { continue }
            heads[place, default: []].append(branch.name)
        }
        self.heads = heads
    }

    /// The place of the last message up to an event; nil before the first.
    func message(upTo sequence: UInt64) -> Int? {
        var low = 0
        var high = sequences.count
        while low < high {
            let middle = (low + high) / 2
            if sequences[middle] <= sequence { low = middle + 1 } else { high = middle }
        }
        return low > 0 ? low - 1 : nil
    }
}
