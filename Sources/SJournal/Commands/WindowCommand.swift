import SessionJournal

/// `sjournal window`: what a model is to be sent.
enum WindowCommand: Command {
    static let spec = CommandSpec(
        name: "window",
        summary: "Show what to send to a model: summaries and messages within a budget.",
        positionals: [.session],
        options: [
            OptionSpec(
                name: "--budget", value: "TOKENS",
                help: """
                    How many tokens there is room for, at four bytes a token; else what the \
                    session's context_window says.
                    """),
            .at, .branch,
        ], hasJSON: true,
        details: [
            """
            Instructions come first, then summaries, then what is important or pinned, then turns \
            from the end backwards. A call of a tool and its results are one piece. What there is \
            no room for is counted on standard error.
            """
        ],
        examples: [
            .init(
                command: "sjournal window chat-1 --budget 8000",
                meaning: "What fits into 8,000 tokens."),
            .init(
                command: "sjournal window chat-1 --budget 8000 --json",
                meaning: "The same, with every part of every message."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let given = try arguments.number("--budget")
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let state = try await reading.state(of: session, at: point)
        let stored = state.metadata()["context_window"]?.integer.flatMap { UInt64(exactly: $0) }
        guard let budget = given ?? stored, budget > 0 else {
            throw UsageError(
                message: "say how many tokens there is room for: --budget", command: spec.name)
        }
        let view = try await reading.journal.context(
            of: session, branch: arguments.value(OptionSpec.branch.name),
            at: .sequence(state.lastSequence))
        let window = try view.window(budget: Int(clamping: budget))
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(window.json(of: state).description.utf8))
            return .done
        }
        let text = ConversationText(columns: console.columns, isFull: true)
        for element in window.elements {
            switch element {
            case .summary(let summary):
                try console.line(
                    "◇ summary of \(String(summary.messageCount ?? 0)) messages "
                        + "(event \(String(summary.sequence)))")
                for line in summary.text.split(separator: "\n", omittingEmptySubsequences: false) {
                    try console.line(Shown("  \(line)"))
                }
                try console.line("")
            case .message(let message):
                let spoken = SpokenConversation.messages([message], of: state.tree)
                try text.write(spoken) { try console.line($0) }
            }
        }
        console.note(
            """
            about \(String(window.tokens)) of \(String(window.budget)) tokens; left out: \
            \(String(window.omitted.count)) messages, and \(String(window.shadowed.count)) that \
            summaries stand for
            """)
        return .done
    }
}
