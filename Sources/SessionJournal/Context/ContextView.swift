/// A branch of a conversation as a model is shown it: summaries in place of what they stand for.
///
/// Which summaries hold is a matter of ancestry, never of time: one that was recorded on another
/// branch holds where all that it stands for is on the way to this branch's head, and nowhere else.
public struct ContextView: Sendable {
    /// What stands in the view.
    public enum Element: Sendable {
        /// A summary, in the place of messages.
        case summary(ConversationSummary)
        /// A message as the branch shows it.
        case message(Message)
    }

    /// A stretch of the branch: messages that a summary stands for, and those behind them.
    struct Stretch: Sendable {
        /// Nil for the messages before the first summary.
        var summary: ConversationSummary?
        /// Whether the summary is shown; some sources write it as the message behind the boundary.
        var isShown = false
        var shadowed: [Message] = []
        var messages: [Message] = []
    }

    /// The branch, in order.
    let stretches: [Stretch]

    /// The branch's name.
    public let branch: String

    /// What is shown, in order.
    public var elements: [Element] {
        stretches.flatMap { stretch in
            (stretch.isShown ? stretch.summary.map { [.summary($0)] } ?? [] : [])
                + stretch.messages.map { .message($0) }
        }
    }

    /// The messages that summaries stand for, in order.
    public var shadowed: [Message] { stretches.flatMap(\.shadowed) }

    /// The messages that are shown, in order.
    public var messages: [Message] { stretches.flatMap(\.messages) }

    /// The summaries that hold, in order.
    public var summaries: [ConversationSummary] { stretches.compactMap(\.summary) }

    /// The view of a branch.
    ///
    /// - Parameters:
    ///   - path: The branch's messages, the first first.
    ///   - summaries: All of the session, in the order in which they were recorded.
    init(of path: [Message], _ summaries: [ConversationSummary], branch: String) {
        self.branch = branch
        var places: [String: Int] = [:]
        for (place, message) in path.enumerated() {
            for id in [message.id] + message.aliases where places[id] == nil { places[id] = place }
        }
        // From the end: the one that reaches furthest, of those the latest, then what is before it.
        var known: [(summary: ConversationSummary, range: ClosedRange<Int>)] = []
        for summary in summaries {
            guard let last = places[summary.last],
                let first = summary.first.map({ places[$0] }) ?? 0, first <= last
            else { continue }
            known.append((summary, first...last))
        }
        known.sort {
            ($0.range.upperBound, $0.summary.sequence) < ($1.range.upperBound, $1.summary.sequence)
        }
        var chosen: [(summary: ConversationSummary, range: ClosedRange<Int>)] = []
        var end = path.count
        for one in known.reversed() where one.range.upperBound < end {
            chosen.append(one)
            end = one.range.lowerBound
        }
        var stretches: [Stretch] = []
        var stretch = Stretch()
        var place = 0
        for (summary, range) in chosen.reversed() {
            stretch.messages = Self.shown(path[place..<range.lowerBound])
            stretches.append(stretch)
            place = range.upperBound + 1
            stretch = Stretch(summary: summary, shadowed: Self.shown(path[range]))
            stretch.isShown = place == path.count || path[place].synthetic != "summary"
        }
        stretch.messages = Self.shown(path[place...])
        stretches.append(stretch)
        self.stretches = stretches
    }

    private static func shown(_ messages: ArraySlice<Message>) -> [Message] {
        messages.filter { !$0.isRemoved && !$0.isPruned }
    }
}

extension Journal {
    /// A branch of a conversation as a model is shown it: summaries in place of what they stand for.
    ///
    /// Cost: as ``state(of:at:branch:damage:)``, and a look at the session's events.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - branch: The branch; nil for the one that was last switched to.
    ///   - point: Up to which event.
    ///   - damage: What to do where events of the session are lost.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/damaged``.
    public func context(
        of session: SessionID, branch: String? = nil, at point: PointInTime = .now,
        damage: DamagePolicy = .fail
    ) async throws -> ContextView {
        let state = try await state(of: session, at: point, branch: branch, damage: damage)
        let through = PointInTime.sequence(state.lastSequence)
        return state.context(
            of: branch, try await summaries(of: session, at: through, damage: damage))
    }
}

extension SessionState {
    /// The view of a branch that is there; of the current one where none is named.
    func context(of branch: String?, _ summaries: [ConversationSummary]) -> ContextView {
        let branch = branch ?? tree.currentBranch
        return ContextView(
            of: tree.path(ofBranch: branch)?.messages ?? [], summaries, branch: branch)
    }
}
