/// What a key does in the debugger.
enum DebuggerAct: Hashable, Sendable, CaseIterable {
    case lineDown, lineUp, nextEvent, previousEvent, nextTurn, previousTurn
    case pageDown, pageUp, first, last, lastEvent, jump
    case search, nextFound, previousFound
    case nextPane, previousPane, widen, viewEvent, viewState, viewDiff
    case open, fold, foldAll, unfoldAll
    case blame, mark, branch, label, fork, mergePreview, follow, command
    case help, redraw, suspend, cancel, quit
}

/// The one table of keys: what is handled, the help, the line of hints and the page's table come from
/// here.
struct KeyBinding: Sendable {
    let act: DebuggerAct
    /// Keys, or sequences of keys, that mean the same.
    let keys: [[Key]]
    let meaning: String
    /// A word for the line of hints at the bottom; nil where it has none.
    var hint: String?

    /// As the help shows the keys: `j ↓`, `za`.
    var names: String {
        keys.map { $0.map(\.name).joined() }.joined(separator: " ")
    }

    private init(
        _ act: DebuggerAct, _ keys: [Key], sequences: [String] = [], _ meaning: String,
        hint: String? = nil
    ) {
        self.act = act
        self.keys = keys.map { [$0] } + sequences.map { $0.map { .character($0) } }
        self.meaning = meaning
        self.hint = hint
    }

    static let all: [KeyBinding] = [
        .init(
            .lineDown, [.character("j"), .down],
            "next event; in the tree the next line, in the inspector a line down", hint: "step"),
        .init(.lineUp, [.character("k"), .up], "previous event, or line"),
        .init(.nextEvent, [.character("l"), .right], "next event, whichever pane one is in"),
        .init(
            .previousEvent, [.character("h"), .left], "previous event, whichever pane one is in"),
        .init(.nextTurn, [.character("J")], "next turn of a person"),
        .init(.previousTurn, [.character("K")], "previous turn of a person"),
        .init(.pageDown, [.pageDown, .control("f"), .control("d")], "a page down"),
        .init(.pageUp, [.pageUp, .control("b"), .control("u")], "a page up"),
        .init(.first, [.home], "first event, or line"),
        .init(.last, [.end], "last event, or line"),
        .init(.lastEvent, [.character("G")], "last event, whichever pane one is in"),
        .init(
            .jump, [.character(":"), .character("g")],
            "jump to a point: a sequence number, a time, recorded:TIME, ~N, a label", hint: "jump"),
        .init(.search, [.character("/")], "search the text of the events", hint: "search"),
        .init(
            .nextFound, [.character("n")],
            "next event that was searched for; on a field of the state its next change"),
        .init(.previousFound, [.character("N")], "the same, backwards"),
        .init(.nextPane, [.tab], "next pane", hint: "pane"),
        .init(.previousPane, [.backTab], "previous pane"),
        .init(.widen, [.character("+")], "give the pane the whole screen, and back"),
        .init(.viewEvent, [.character("e")], "inspector: the event", hint: "event"),
        .init(
            .viewState, [.character("s")],
            "inspector: the state as of the event, with the conversation", hint: "state"),
        .init(
            .viewDiff, [.character("d")],
            "inspector: what the event changed, or what differs from the marked event",
            hint: "diff"),
        .init(
            .open, [.enter],
            "tree: look at the branch of a head; inspector: fold, or go to the message's event"),
        .init(
            .fold, [.character(" ")], sequences: ["za"],
            "fold or unfold the subtree or section"),
        .init(.foldAll, [], sequences: ["zM"], "fold all"),
        .init(.unfoldAll, [], sequences: ["zR"], "unfold all"),
        .init(
            .blame, [.character("b")],
            "who set the field under the cursor, what led to it, what it was before"),
        .init(
            .mark, [.character("'")],
            "mark the event, which the diff then compares with; again takes the mark away"),
        .init(.branch, [.character("B")], "choose the branch; an empty name is the current one"),
        .init(.label, [.character("m")], "label the event (writes)"),
        .init(.fork, [.character("f")], "fork: a new branch as of the event (writes)"),
        .init(
            .mergePreview, [.character("M")],
            "what merging a branch would do as of the event; writes nothing"),
        .init(.follow, [.character("F")], "follow the journal while it grows, or stop"),
        .init(.command, [.character("y")], "the command that shows this without the debugger"),
        .init(.help, [.character("?")], "this help", hint: "help"),
        .init(.redraw, [.control("l")], "draw the screen anew, and read again what failed"),
        .init(.suspend, [.control("z")], "suspend the debugger"),
        .init(.cancel, [.escape], "stop a search; close what lies over the panes"),
        .init(.quit, [.character("q"), .control("c")], "quit", hint: "quit"),
    ]

    /// What a sequence of keys means.
    enum Match: Equatable {
        case act(DebuggerAct)
        /// The beginning of something.
        case prefix
        case none
    }

    private static let acts: [[Key]: DebuggerAct] = {
        var acts: [[Key]: DebuggerAct] = [:]
        for binding in all { for keys in binding.keys { acts[keys] = binding.act } }
        return acts
    }()

    static func match(_ keys: [Key]) -> Match {
        if let act = acts[keys] { return .act(act) }
        return acts.keys.contains { $0.starts(with: keys) } ? .prefix : .none
    }

    /// The help, in columns.
    static func help(columns: Int) -> [Shown] {
        let width = (all.map { DisplayWidth.of($0.names) }.max() ?? 0) + 2
        return all.flatMap { binding -> [Shown] in
            let room = max(columns - width, 10)
            return Wrapping.wrapped(binding.meaning, to: room).lines.enumerated().map {
                let left = Shown($0.offset == 0 ? binding.names : "", .name)
                return left.padded(to: width) + Shown($0.element)
            }
        }
    }

    /// The table of the page about the debugger, in Markdown.
    static var markdown: [String] {
        ["| keys | do |", "|---|---|"]
            + all.map { binding in
                let keys = binding.keys.map { keys in
                    "`\(keys.map(\.name).joined())`"
                }
                return "| \(keys.joined(separator: ", ")) | \(binding.meaning) |"
            }
    }

    /// The line of hints: `j step  J turn  : jump …`.
    static let hints: Shown = {
        var line = Shown()
        for binding in all {
            guard let hint = binding.hint, let keys = binding.keys.first else { continue }
            line += "\(keys.map(\.name).joined(), .name) \(hint, .quiet)  "
        }
        return line
    }()
}
