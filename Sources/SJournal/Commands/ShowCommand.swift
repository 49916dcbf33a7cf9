import SessionJournal

/// `sjournal show`: a session as a conversation.
enum ShowCommand: Command {
    static let spec = CommandSpec(
        name: "show", summary: "Show a session as a conversation, now or at an earlier point.",
        positionals: [.session],
        options: [
            .at, .branch,
            OptionSpec(
                name: "--full", help: "Print long texts and thoughts whole instead of cut."),
            OptionSpec(
                name: "--pruned", help: "Print also the messages that were put out of sight."),
        ], hasJSON: true,
        examples: [
            .init(command: "sjournal show chat-1", meaning: "The whole conversation."),
            .init(
                command: "sjournal show chat-1 --at ~10",
                meaning: "As it was ten events ago."),
            .init(
                command: "sjournal show chat-1 --at 2026-11-21T09:00:00Z --branch fork-1 --json",
                meaning: "A branch at a time, for a script."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let state = try await reading.state(of: session, at: point)
        let branch = arguments.value("--branch") ?? state.tree.currentBranch
        guard state.tree.branch(branch) != nil else {
            let names = state.tree.branches.map(\.name).joined(separator: ", ")
            throw Failure(
                .negative, "the session has no branch \"\(branch)\"; it has \(names)")
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            let json =
                state.json(branch: branch, includingPruned: arguments.has("--pruned")) ?? .null
            try console.json(Array(json.description.utf8))
            return .done
        }
        var header = SessionHeader(state: state, branch: branch)
        if point == .now {
            header.now = context.journalOptions.clock()
        } else {
            let last = try await reading.journal.store.head(of: session)?.lastSequence
            header.asOf = "event \(state.lastSequence), the session's last is \(last ?? 0)"
        }
        for line in header.lines(columns: console.columns) { try console.line(line) }
        let text = ConversationText(columns: console.columns, isFull: arguments.has("--full"))
        let path = state.tree.path(ofBranch: branch)?.messages ?? []
        let shown = arguments.has("--pruned") ? path : path.filter { !$0.isPruned }
        try text.write(SpokenConversation.messages(shown, of: state.tree)) {
            try console.line($0)
        }
        if shown.count < path.count {
            try console.line("")
            try console.line(
                Shown(
                    Numbers.counted(path.count - shown.count, "message")
                        + " out of sight; --pruned shows them", .quiet))
        }
        return .done
    }
}
