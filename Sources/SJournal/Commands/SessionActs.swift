import SessionJournal

/// A command that does one thing to sessions as a whole: to those that it names, or to all that
/// match a query.
protocol SessionActCommand: Command {
    /// What to say of a session in which it was done: `archived`.
    static var done: Shown { get }

    static func act(_ arguments: ParsedArguments) throws -> SessionAct
}

extension SessionActCommand {
    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(try act(arguments), done: done, arguments, in: context)
    }
}

/// What the commands share that do one thing to sessions as a whole.
enum SessionActs {
    static let sessions = PositionalSpec(
        name: "SESSION", count: .any,
        help: """
            Sessions, by id, key or the beginning of either if no other begins so; or --query.
            """)

    static let selection: [OptionSpec] = [
        OptionSpec(
            name: "--query", value: "QUERY",
            help: "All sessions that match, such as 'status:active active<2026-01-01'."),
        OptionSpec(name: "--all", help: "Every session there is; else an empty query is refused."),
        OptionSpec(name: "--dry-run", help: "Say what would be done, and change nothing."),
    ]

    static let options = selection + [.reason, .writer]

    private static let selectionWords = """
        With --query it is done to every session that matches, one after the other, each by an \
        event of its own; sjournal help sessions describes queries. --dry-run shows first what \
        would be done. Exit status 1: it does not go in one of them, and why stands beside it.
        """

    static func spec(
        _ name: String, _ summary: String, options: [OptionSpec] = [], details: [String] = [],
        examples: [CommandSpec.Example]
    ) -> CommandSpec {
        CommandSpec(
            name: name, summary: summary, positionals: [sessions],
            options: options + Self.options, hasJSON: true, details: details + [selectionWords],
            examples: examples)
    }

    /// Whether the command line means sessions by a query.
    static func isBulk(_ arguments: ParsedArguments) -> Bool {
        arguments.value("--query") != nil || arguments.has("--all")
    }

    /// Does it to the sessions that the command line means, says what became of each, and answers
    /// with status 1 where it did not go in one.
    ///
    /// - Parameters:
    ///   - act: What to do.
    ///   - done: What to say of a session in which it was done: `archived`.
    static func run(
        _ act: SessionAct, done: Shown, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await run(done: done, arguments, names: arguments.positionals, in: context) { _ in act }
    }

    /// The same for an act that has to know the journal.
    static func run(
        done: Shown, _ arguments: ParsedArguments, names: [String], in context: CommandContext,
        act: (Journal) async throws -> SessionAct
    ) async throws -> ExitStatus {
        let query = try query(arguments, names: names)
        let isDryRun = arguments.has("--dry-run")
        let reading = try await JournalReading.open(context, forWriting: !isDryRun)
        var sessions: [SessionID] = []
        var shown = names
        for name in names { sessions.append(try await reading.session(name)) }
        if let query {
            let found = try await reading.sessions(
                matching: query, order: .began, isReversed: false, after: nil, limit: .max,
                at: .now
            ).sessions
            sessions = found.map(\.session)
            shown = found.map { $0.key ?? $0.session.hexadecimal }
        }
        let report = try await context.writer(of: reading.journal, arguments).performAll(
            try await act(reading.journal), on: sessions, isDryRun: isDryRun,
            reason: arguments.value(OptionSpec.reason.name))
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            for json in report.json { try context.console.json(Array(json.description.utf8)) }
        } else {
            try print(report, shown, done: done, isQuery: query != nil, context.console)
        }
        return report.isWhole ? .done : .negative
    }

    /// The query of the command line; nil where it names sessions. An act on everything has to be
    /// asked for in so many words.
    private static func query(
        _ arguments: ParsedArguments, names: [String]
    ) throws -> SessionQuery? {
        let command = arguments.command
        let text = arguments.value("--query")
        guard isBulk(arguments) else {
            guard !names.isEmpty else {
                throw UsageError(
                    message: "\(command) needs SESSION, or --query QUERY", command: command)
            }
            return nil
        }
        guard names.isEmpty else {
            throw UsageError(message: "give sessions or --query, not both", command: command)
        }
        let query = try text.map { text throws(JournalError) in try SessionQuery(parsing: text) }
        let isEverything = query.map { $0 == .everything } ?? true
        guard arguments.has("--all") == isEverything else {
            throw UsageError(
                message: isEverything
                    ? "an empty query means every session; if that is meant, say --all"
                    : "--all means every session; leave out the query, or --all",
                command: command)
        }
        return query ?? .everything
    }

    private static func print(
        _ report: BulkReport, _ names: [String], done: Shown, isQuery: Bool, _ console: Console
    ) throws {
        let would: Shown = report.isDryRun ? "would be " : ""
        for (name, entry) in zip(names, report.entries) {
            switch entry.outcome {
            case .done: try console.line("\(name, .name)  " + would + done)
            case .unchanged: try console.line("\(name, .name)  nothing to do")
            case .refused(let why):
                if isQuery {
                    try console.line("\(name, .name)  passed over: \(why)")
                } else {
                    console.note("sjournal: \(why)")
                }
            }
        }
        guard isQuery else { return }
        guard !report.entries.isEmpty else { return try console.line("no session matches") }
        let count = { (isMeant: (BulkReport.Outcome) -> Bool) in
            report.entries.count { isMeant($0.outcome) }
        }
        let changed = count { if case .done = $0 { true } else { false } }
        let same = count { $0 == .unchanged }
        let refused = report.entries.count - changed - same
        try console.line(
            "\(Numbers.counted(report.entries.count, "session")): \(changed) " + would + done
                + ", \(same) with nothing to do, \(refused) passed over")
    }
}
