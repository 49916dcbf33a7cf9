import SessionJournal

/// `sjournal tree`: how a session branches.
enum TreeCommand: Command {
    static let spec = CommandSpec(
        name: "tree", summary: "Draw how a session branches.", positionals: [.session],
        options: [.at], hasJSON: true,
        details: [
            """
            A line is a turn: what a person said, and how many messages answered it. What leaves \
            the trunk is indented; a ◆ names the branch whose head is there.
            """
        ],
        examples: [
            .init(command: "sjournal tree chat-1", meaning: "All branches of the session."),
            .init(
                command: "sjournal tree chat-1 --at 120 --json",
                meaning: "Nodes and heads as they were at event 120."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let tree = try await reading.state(of: session, at: point).tree
        let console = context.console
        if arguments.has("--json") {
            try console.json(Array(tree.json().description.utf8))
            return .done
        }
        let lines = TreeOutline(tree, columns: console.columns).lines()
        for line in lines { try console.line(line) }
        if lines.isEmpty { try console.line("no messages") }
        return .done
    }
}
