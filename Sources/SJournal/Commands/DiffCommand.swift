import SessionJournal

/// `sjournal diff`: what differs between two states.
enum DiffCommand: Command {
    static let spec = CommandSpec(
        name: "diff", summary: "Show what differs between two points, branches or sessions.",
        positionals: [
            .session,
            PositionalSpec(
                name: "A", count: .optional, help: "The old point, as for --at; else now."),
            PositionalSpec(
                name: "B", count: .optional, help: "The new point, as for --at; else now."),
        ],
        options: [
            OptionSpec(
                name: "--branch", value: "BRANCH",
                help: "Compare this branch alone; else all messages, and the metadata of main."),
            OptionSpec(
                name: "--with-branch", value: "BRANCH",
                help:
                    "Compare --branch (else main) with this branch, from their common ancestor on."
            ),
            OptionSpec(
                name: "--with-session", value: "SESSION",
                help: "Compare with this session; its messages are compared by content."),
        ], hasJSON: true,
        details: [
            """
            Fields show the old and the new value, tags what was added and removed. Messages are \
            added (+), removed (-) or edited (~); one that has another id and the same content is \
            no difference. Branches are added, removed, or have moved their heads.
            """
        ],
        examples: [
            .init(
                command: "sjournal diff chat-1 before-upgrade",
                meaning: "What has changed since a label."),
            .init(command: "sjournal diff chat-1 ~10 ~5", meaning: "Between two points."),
            .init(
                command: "sjournal diff chat-1 --with-branch fork-1",
                meaning: "What main and a branch of it have for themselves."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        func point(_ place: Int) throws(UsageError) -> PointInTime {
            guard arguments.positionals.count > place else { return .now }
            return try PointArgument.parse(arguments.positionals[place], command: spec.name)
        }
        let (old, new) = (try point(1), try point(2))
        let otherBranch = arguments.value("--with-branch")
        let branch =
            arguments.value(OptionSpec.branch.name)
            ?? (otherBranch == nil ? nil : EventDraft.mainBranch)
        let other = arguments.value("--with-session")
        guard arguments.positionals.count > 1 || otherBranch != nil || other != nil else {
            throw UsageError(
                message: "diff needs a point, --with-branch or --with-session", command: spec.name)
        }
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let otherSession = try await reading.session(ifNamed: other) ?? session
        let change = try await reading.tolerant {
            try await reading.journal.difference(
                from: session, at: old, branch: branch, to: otherSession, at: new,
                branch: otherBranch ?? branch, damage: $0)
        }
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(change.json.description.utf8))
            return .done
        }
        for line in DifferenceText(change, columns: context.console.columns).lines() {
            try context.console.line(line)
        }
        return .done
    }
}
