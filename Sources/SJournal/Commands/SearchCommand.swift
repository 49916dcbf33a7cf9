import SessionJournal

/// `sjournal search`: messages in which words are found.
enum SearchCommand: Command {
    static let spec = CommandSpec(
        name: "search", summary: "Find words in messages, the best hits first.",
        positionals: [
            PositionalSpec(
                name: "QUERY", count: .many,
                help: "What to look for, such as 'timeout -retry role:assistant'.")
        ],
        options: [
            OptionSpec(
                name: "--session", value: "SESSION", repeats: true,
                help: "Only messages of this session. May be repeated."),
            OptionSpec(
                name: "--limit", short: "-n", value: "N",
                help: "At most so many hits; else 20. The next ones go on with --after."),
            OptionSpec(
                name: "--after", value: "TOKEN",
                help: "The hits behind a page, as that page says at its end."),
            OptionSpec(
                name: "--rebuild", help: "Throw the index away first, and make it anew."),
        ], hasJSON: true,
        details: [
            """
            All words must be there, whatever their case and accents; "quotes" hold words together, \
            word* takes any ending, or is weaker, not and a leading - stronger, parentheses group.
            """,
            """
            Filters stand beside the words: role:, session:, actor:, model:, tool:, branch:, \
            after:, before:, in:text or in:details; a leading - turns one round. What was said is \
            text; details is what was thought, what tools were asked and gave back, and counts less.
            """,
            """
            Messages are searched as they are now; removed ones are not found. The index is a cache \
            in the journal's index/, made at the first search and kept up to date by every one.
            """,
        ],
        examples: [
            .init(command: "sjournal search timeout", meaning: "The best twenty."),
            .init(
                command: "sjournal search '\"connection refused\" -solved role:tool'",
                meaning: "Answers of tools that hold the words together, and not the other."),
            .init(
                command: "sjournal search 'retr* after:2026-11-01' --session chat-1 --json",
                meaning: "For scripts: a line a hit."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SearchFeature.search(arguments, context)
    }
}

/// `sjournal sql`: tables of sessions, messages, events, usage and changes.
enum SQLCommand: Command {
    static let spec = CommandSpec(
        name: "sql", summary: "Ask tables of sessions, messages and events in SQL.",
        positionals: [
            PositionalSpec(
                name: "STATEMENT", count: .optional,
                help: "One statement of SQLite's SQL; else it is read from standard input.")
        ],
        options: [
            OptionSpec(name: "--csv", help: "Answer in CSV."),
            OptionSpec(name: "--tables", help: "List the tables and their columns, and stop."),
        ], hasJSON: true,
        details: [
            """
            The tables are sessions, messages, events, usage, audit and metadata. Only reading is \
            allowed. Times are texts in UTC that order as times do; what a field of metadata holds \
            is JSON, which json_extract and ->> take apart.
            """
        ],
        examples: [
            .init(command: "sjournal sql --tables", meaning: "What there is."),
            .init(
                command: "sjournal sql 'SELECT role, count(*) FROM messages GROUP BY role'",
                meaning: "How many messages of each role."),
            .init(
                command: "sjournal sql --csv 'SELECT day, sum(cost) FROM usage GROUP BY day'",
                meaning: "What each day cost, for a spreadsheet."),
            .init(
                command: "sjournal sql --json \"SELECT data ->> 'name' FROM events\"",
                meaning: "What stands in events."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SearchFeature.sql(arguments, context)
    }
}

#if !Search
/// A build without the trait `Search` knows the words, and says what it is missing.
enum SearchFeature {
    static func search(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus { throw missing }

    static func sql(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus { throw missing }

    /// What maintenance does for the search index: nothing, for there is none.
    static let upkeep: MaintenanceTask? = nil

    private static let missing = Failure(
        .negative,
        """
        this sjournal was built without search; install libsqlite3-dev, and build it with \
        swift build -c release --product sjournal --traits Search
        """)
}
#endif
