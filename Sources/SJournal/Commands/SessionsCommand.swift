import SessionJournal

/// `sjournal sessions`: what sessions there are.
enum SessionsCommand: Command {
    static let spec = CommandSpec(
        name: "sessions", summary: "List the sessions, the latest active first.",
        positionals: [
            PositionalSpec(
                name: "QUERY", count: .any,
                help: "Only those that match, such as 'status:active tag:work messages>10'.")
        ],
        options: [
            OptionSpec(
                name: "--sort", value: "ORDER",
                help:
                    "By began, active, created, name or messages; else active, or began with --json."
            ),
            OptionSpec(name: "--reverse", short: "-r", help: "The other way round."),
            OptionSpec(
                name: "--limit", short: "-n", value: "N",
                help: "At most so many; the next ones go on with --after."),
            OptionSpec(
                name: "--after", value: "SESSION", help: "Those behind this one in the list."),
            OptionSpec(
                name: "--pruned", help: "Also those that were put out of sight."),
            .at,
        ], hasJSON: true,
        details: [
            """
            Terms of a query must all hold; or, not, a leading - and parentheses combine them. \
            FIELD:VALUE ignores case and takes *; = and != compare exactly, ~ looks inside, and \
            < <= > >= order numbers, days and times. Fields are those of the metadata and key, \
            created, active, events, messages, branches, tag, starred; text, tool, model and actor \
            ask what was said, with what and by whom. A word alone is looked for in the names.
            """,
            """
            The first column names the session in every other command. A session without a name \
            is listed by its title, or by the first words that a person said in it. Pinned ones \
            stand first.
            """,
        ],
        examples: [
            .init(command: "sjournal sessions", meaning: "A table."),
            .init(
                command: "sjournal sessions 'status:active active>=2026-11-01 tool:Bash'",
                meaning: "Those at work this month in which a shell was used."),
            .init(
                command: "sjournal sessions 'text~timeout not tag:done' --sort created --limit 20",
                meaning: "The twenty newest in which a timeout came up."),
            .init(
                command: "sjournal sessions --json | jq -r 'select(.messages > 100).key'",
                meaning: "The keys of the long ones."),
        ])

    private static let textLimit = 200

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let summaries = try await sessions(arguments, reading)
        if arguments.has("--json") {
            for summary in summaries {
                try context.console.json(Array(summary.json.description.utf8))
            }
            return .done
        }
        guard !summaries.isEmpty else {
            let isAsked = !arguments.positionals.isEmpty || arguments.value("--after") != nil
            try context.console.line(
                isAsked
                    ? "no session matches"
                    : "no sessions yet; sjournal import PATH brings some in")
            return .done
        }
        let table = try await table(summaries, reading, isWhole: isWhole(arguments))
        for line in table.lines(width: context.console.columns) {
            try context.console.line(line)
        }
        return .done
    }

    private static func sessions(
        _ arguments: ParsedArguments, _ reading: JournalReading
    ) async throws -> [SessionSummary] {
        let query = try SessionQuery(parsing: arguments.positionals.joined(separator: " "))
        // Scripts have always got them in the order in which they began.
        var order: SessionOrder = arguments.has("--json") ? .began : .active
        if let name = arguments.value("--sort") {
            guard let known = SessionOrder(rawValue: name) else {
                throw UsageError(
                    message: "--sort goes by began, active, created, name or messages; not \(name)",
                    command: "sessions")
            }
            order = known
        }
        let limit = try arguments.sequence("--limit").map { Int(clamping: $0) } ?? .max
        let previous = try await reading.session(ifNamed: arguments.value("--after"))
        return try await reading.sessions(
            matching: query, order: order, isReversed: arguments.has("--reverse"),
            after: previous, limit: limit, includingPruned: arguments.has("--pruned"),
            at: try PointArgument.parse(arguments)
        ).sessions
    }

    /// Whether all sessions are listed.
    private static func isWhole(_ arguments: ParsedArguments) -> Bool {
        arguments.positionals.isEmpty
            && ["--limit", "--after", "--at"].allSatisfy { arguments.value($0) == nil }
    }

    /// - Parameters:
    ///   - summaries: The sessions that are listed.
    ///   - reading: The journal.
    ///   - isWhole: Whether there are no others: only then the beginning of a key is known to name
    ///     one of them alone.
    private static func table(
        _ summaries: [SessionSummary], _ reading: JournalReading, isWhole: Bool
    ) async throws -> Table {
        var table = Table([
            .init(title: "session"), .init(title: "name", isFlexible: true),
            .init(title: "msgs", isRight: true), .init(title: "branches", isRight: true),
            .init(title: "last active"), .init(title: ""),
        ])
        let keys = ShortNames(summaries.compactMap(\.key))
        let ids = ShortNames(
            try await reading.journal.sessionHeads().map(\.session.hexadecimal))
        for summary in summaries {
            let id = ids.short(summary.session.hexadecimal)
            let key = summary.key.map { isWhole ? keys.short($0) : $0 }
            let name = key.map { $0.count <= max(id.count, longestKey) ? $0 : id } ?? id
            table.add([
                Shown(name, .name), try await title(summary, reading),
                "\(summary.messageCount)", "\(summary.branchCount)",
                "\(summary.lastActive.map { TimeText.seconds($0) } ?? "", .quiet)",
                summary.isPruned ? "\("pruned", .quiet)" : "",
            ])
        }
        return table
    }

    /// A key that needs more letters than this to be told from the others gives way to the id.
    private static let longestKey = 12

    /// The session's name, else its title, else its first words.
    private static func title(
        _ summary: SessionSummary, _ reading: JournalReading
    ) async throws -> Shown {
        if let name = summary.metadata["name"]?.string, !name.isEmpty {
            return Shown(Wrapping.flattened(name, limit: textLimit))
        }
        if let title = summary.metadata["title"]?.string, !title.isEmpty {
            return Shown(Wrapping.flattened(title, limit: textLimit), .quiet)
        }
        let words = try await firstWords(of: summary.session, reading)
        return words.isEmpty
            ? "\("—", .quiet)" : Shown(Wrapping.flattened(words, limit: textLimit), .quiet)
    }

    /// What a person said first; looked for in the session's first events only.
    private static func firstWords(
        of session: SessionID, _ reading: JournalReading
    ) async throws -> String {
        let query = ReadQuery(session: session, maximumCount: searchedEvents)
        let page = try await reading.journal.store.read(query)
        var tree = TreeProjection().initialState()
        for event in page.events { TreeProjection().apply(event, to: &tree) }
        let spoken = tree.messages.lazy.filter { $0.role == .user && $0.synthetic == nil }
        return spoken.map { $0.preview(textLimit) }.first { !$0.isEmpty } ?? ""
    }

    private static let searchedEvents = 100
}
