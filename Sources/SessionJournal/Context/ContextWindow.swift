/// The messages of a branch that fit into a model's window, with what stands for the others.
public struct ContextWindow: Sendable {
    /// The branch.
    public let branch: String

    /// What is to be sent, in order: summaries, messages.
    public let elements: [ContextView.Element]

    /// The tokens of these, as they were counted.
    public let tokens: Int

    /// How many tokens there was room for.
    public let budget: Int

    /// The messages that no summary stands for and there was no room for, in order.
    public let omitted: [Message]

    /// The messages that summaries stand for, and are not sent themselves.
    public let shadowed: [Message]

    /// The messages that are to be sent, in order.
    public var messages: [Message] {
        elements.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }
}

extension ContextWindow {
    /// What `window --json` prints: `branch`, `budget`, `tokens`, `elements` (summaries with their
    /// `text`, event and number of `messages`; messages as `show --json` has them), and the ids of what
    /// is `omitted` and `shadowed`.
    ///
    /// - Parameter state: The session that the window is of.
    public func json(of state: SessionState) -> JSONValue {
        let elements = elements.map { element -> JSONValue in
            switch element {
            case .summary(let summary):
                [
                    "summary": .string(summary.text), "seq": JSONValue(summary.sequence),
                    "messages": summary.messageCount.map { JSONValue($0) } ?? .null,
                ]
            case .message(let message): message.json(in: state.tree)
            }
        }
        return [
            "branch": .string(branch), "budget": JSONValue(budget), "tokens": JSONValue(tokens),
            "elements": .array(elements),
            "omitted": .array(omitted.map { .string($0.id) }),
            "shadowed": .array(shadowed.map { .string($0.id) }),
        ]
    }
}

extension ContextView {
    /// The part of the view that fits into a number of tokens.
    ///
    /// First the instructions (role `system`), then the summaries, then what is important or pinned
    /// (``Message/metadata`` `important` or `pinned`), also where a summary stands for it, then turns
    /// from the end backwards. A call of a tool and its results are one piece: both or neither. What is
    /// kept of the end begins with what a person said, where there is room for that.
    ///
    /// - Parameters:
    ///   - budget: The number of tokens that there is room for.
    ///   - counter: What counts them.
    /// - Complexity: a pass over the messages of the branch.
    /// - Throws: ``JournalError/Code/invalidArgument`` where not even the newest turn fits beside the
    ///   instructions; the message says how much they need.
    public func window(
        budget: Int, counter: TokenCounter = .estimate
    ) throws(JournalError) -> ContextWindow {
        var pieces = Pieces(self, counter)
        pieces.take { $0.rank == .instructions }
        pieces.takeNewest()
        guard pieces.tokens <= budget else {
            throw JournalError(
                .invalidArgument,
                "the instructions and the newest turn take \(pieces.tokens) tokens, and there is "
                    + "room for \(budget); allow more, or summarize")
        }
        // The newest summary says most of what is near.
        pieces.take(within: budget) { $0.rank == .summary }
        pieces.take(within: budget) { $0.rank == .important }
        pieces.takeRecent(within: budget)
        return pieces.window(budget, view: self)
    }
}

/// What is taken or left as a whole.
private struct Pieces {
    enum Rank { case instructions, summary, important, recent, shadowed }

    struct Piece {
        var elements: [ContextView.Element]
        var tokens: Int
        var rank: Rank
        /// Whether a person's turn begins here.
        var isTurn = false
        var isTaken = false
    }

    private(set) var pieces: [Piece] = []
    private(set) var tokens = 0

    init(_ view: ContextView, _ counter: TokenCounter) {
        for stretch in view.stretches {
            // What a summary stands for and is wanted all the same stands before it.
            addAll(stretch.shadowed, isShadowed: true, counter)
            if stretch.isShown, let summary = stretch.summary {
                let tokens = counter.count(summary.text) + TokenCounter.perMessage
                pieces.append(Piece(elements: [.summary(summary)], tokens: tokens, rank: .summary))
            }
            addAll(stretch.messages, isShadowed: false, counter)
        }
    }

    /// Adds messages, those that hold a call of a tool and its results, and what stands between them,
    /// as one piece. Results whose call is not among them are not sent, for no provider takes them, and
    /// nor is what was erased, compacted or is locked.
    private mutating func addAll(
        _ messages: [Message], isShadowed: Bool, _ counter: TokenCounter
    ) {
        var callPlaces: [String: Int] = [:]
        var reaches = Array(messages.indices)
        var orphans: Set<Int> = []
        for (place, message) in messages.enumerated() {
            if message.isWithheld || message.isCompacted { orphans.insert(place) }
            for part in message.parts() {
                switch part {
                case .toolUse(let use): callPlaces[use.call] = place
                case .toolResult(let result):
                    if let call = callPlaces[result.call] {
                        reaches[call] = place
                    } else {
                        orphans.insert(place)
                    }
                default: break
                }
            }
        }
        var place = 0
        while place < messages.count {
            var end = place
            var next = place
            while next <= end {
                end = max(end, reaches[next])
                next += 1
            }
            let range = place...end
            let isOrphan = range.contains(where: orphans.contains)
            var piece = Self.piece(messages[range], isShadowed: isShadowed || isOrphan, counter)
            if isOrphan { piece.rank = .shadowed }
            pieces.append(piece)
            place = end + 1
        }
    }

    private static func piece(
        _ messages: ArraySlice<Message>, isShadowed: Bool, _ counter: TokenCounter
    ) -> Piece {
        let isImportant = messages.contains { message in
            ["important", "pinned"].contains { message.metadata[$0]?.bool == true }
        }
        let isInstruction = messages.allSatisfy { $0.role == .system }
        let rank: Rank =
            isImportant
            ? .important : isShadowed ? .shadowed : isInstruction ? .instructions : .recent
        return Piece(
            elements: messages.map { .message($0) },
            tokens: messages.reduce(0) { $0 + counter.count($1) }, rank: rank,
            isTurn: messages.first?.isTurn == true)
    }

    private static func messages(_ piece: Piece) -> [Message] {
        piece.elements.compactMap { if case .message(let message) = $0 { message } else { nil } }
    }

    // MARK: Taking

    /// Takes all pieces of which something is true.
    mutating func take(_ isWanted: (Piece) -> Bool) {
        for index in pieces.indices where isWanted(pieces[index]) { take(index) }
    }

    /// Takes those that there is room for, the last first.
    mutating func take(within budget: Int, _ isWanted: (Piece) -> Bool) {
        for index in pieces.indices.reversed()
        where isWanted(pieces[index]) && tokens + pieces[index].tokens <= budget {
            take(index)
        }
    }

    /// Takes the last piece of the conversation.
    mutating func takeNewest() {
        guard let index = pieces.lastIndex(where: { $0.rank == .recent || $0.rank == .important })
        else { return }
        take(index)
    }

    /// Takes what is before the newest piece, without a gap, as long as there is room, and gives back
    /// what a turn left behind whose beginning does not fit.
    mutating func takeRecent(within budget: Int) {
        var added: [Int] = []
        for index in pieces.indices.reversed()
        where !pieces[index].isTaken && pieces[index].rank == .recent {
            guard tokens + pieces[index].tokens <= budget else { break }
            take(index)
            added.append(index)
        }
        let isCut = pieces.contains { !$0.isTaken && $0.rank == .recent }
        guard isCut, added.contains(where: { pieces[$0].isTurn }) else { return }
        while let first = added.last, !pieces[first].isTurn {
            pieces[first].isTaken = false
            tokens -= pieces[first].tokens
            added.removeLast()
        }
    }

    private mutating func take(_ index: Int) {
        guard !pieces[index].isTaken else { return }
        pieces[index].isTaken = true
        tokens += pieces[index].tokens
    }

    func window(_ budget: Int, view: ContextView) -> ContextWindow {
        let taken = pieces.filter(\.isTaken)
        let left = pieces.filter { !$0.isTaken }
        let shadowed = Set(view.shadowed.map(\.sequence))
        return ContextWindow(
            branch: view.branch, elements: taken.flatMap(\.elements), tokens: tokens,
            budget: budget,
            omitted: left.flatMap { Self.messages($0) }.filter { !shadowed.contains($0.sequence) },
            shadowed: left.flatMap { Self.messages($0) }.filter { shadowed.contains($0.sequence) })
    }
}
