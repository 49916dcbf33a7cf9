import SessionJournal

/// `sjournal prune`: puts sessions and messages out of sight, and brings them back.
enum PruneCommand: Command {
    static let spec = CommandSpec(
        name: "prune", summary: "Put messages or sessions out of sight; nothing is erased.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional,
                help: "Whose messages; without one, and with --by, whole sessions are meant.")
        ],
        options: [
            OptionSpec(
                name: "--by", value: "STRATEGY",
                help: """
                    Of messages: count (which is meant where nothing is said), ttl, type or \
                    semantic. Of sessions: lru, lfu, ttl or size.
                    """),
            OptionSpec(
                name: "--keep", value: "N",
                help: """
                    By count: so many of the last messages of each branch stay; else 100 of a \
                    session of type dm, 50 of group, 10000 of any other. By type: the last so many \
                    of them stay; else none.
                    """),
            OptionSpec(
                name: "--age", value: "AGE",
                help: """
                    By ttl: what has no ttl of its own goes after so long, such as 24h; messages \
                    after 24 hours where nothing is said, sessions never.
                    """),
            OptionSpec(
                name: "--type", value: "TERM", repeats: true,
                help: """
                    By type: role:ROLE, kind:KIND (text, image, tool_use, meta, …) or \
                    category:NAME; all that are given must hold.
                    """),
            OptionSpec(
                name: "--method", value: "METHOD",
                help: "By semantic: minhash, or tfidf for the same words in any order."),
            OptionSpec(
                name: "--threshold", value: "X",
                help: "By semantic: how alike is the same, up to 1; else 0.85, of tfidf 0.9."),
            OptionSpec(
                name: "--max", value: "N",
                help: "By lru and lfu: so many sessions stay in sight; else 1000."),
            OptionSpec(
                name: "--bytes", value: "N",
                help: "By size: so many bytes of sessions stay in sight; else a gibibyte."),
            OptionSpec(name: "--dry-run", help: "Say what would go, and change nothing."),
            OptionSpec(
                name: "--restore", help: "Bring back what was put out of sight in the session."),
            OptionSpec(
                name: "--event", value: "SEQ", help: "With --restore: only what that event took."),
            OptionSpec(name: "--stats", help: "What was put out of sight so far, by strategy."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            What is out of sight is not in show, window and sessions unless --pruned asks for it, \
            and is in all else: log, tree, audit, search, export. A session that is used again is \
            in sight again.
            """,
            """
            What a hold covers stays, and what is pinned, starred or important, what something \
            refers to (a message, a merge, a summary, a label, the end or beginning of a branch), \
            and a call of a tool with its results. A policy of sjournal retain that is more \
            specific governs a session instead of a strategy for all.
            """,
            "Exit status 1: with --restore, nothing was out of sight.",
        ],
        examples: [
            .init(
                command: "sjournal prune chat-1 --keep 50 --dry-run",
                meaning: "Which messages would go."),
            .init(
                command: "sjournal prune chat-1 --by type --type role:tool --keep 10",
                meaning: "Results of tools, but for the last ten."),
            .init(
                command: "sjournal prune chat-1 --by semantic --threshold 0.9",
                meaning: "What says again what an earlier message said."),
            .init(
                command: "sjournal prune --by lru --max 200",
                meaning: "All sessions but the 200 that were read last."),
            .init(command: "sjournal prune chat-1 --restore", meaning: "All of it back."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if arguments.has("--stats") { return try await statistics(arguments, in: context) }
        guard !arguments.has("--restore") else { return try await restore(arguments, in: context) }
        let isOfMessages = !arguments.positionals.isEmpty
        let name = arguments.value("--by") ?? (isOfMessages ? "count" : nil)
        guard let name else {
            throw UsageError(
                message: "prune needs SESSION, or --by lru, lfu, ttl or size for sessions",
                command: spec.name)
        }
        var configuration = Pruner.Configuration()
        let messages =
            isOfMessages ? try messageStrategy(name, arguments, &configuration) : nil
        let sessions = isOfMessages ? nil : try sessionStrategy(name, arguments, &configuration)
        let isDryRun = arguments.has("--dry-run")
        let reading = try await JournalReading.open(context, forWriting: !isDryRun)
        let pruner = Pruner(
            context.writer(of: reading.journal, arguments), configuration: configuration)
        let reason = arguments.value(OptionSpec.reason.name)
        let report: PruneReport
        if let messages {
            report = try await pruner.pruneMessages(
                of: try await reading.session(arguments.positionals[0]), by: messages,
                isDryRun: isDryRun, reason: reason)
        } else {
            report = try await pruner.pruneSessions(
                by: sessions, isDryRun: isDryRun, reason: reason)
        }
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            for entry in report.entries {
                try context.console.json(Array(entry.json.description.utf8))
            }
        } else {
            for line in PruneText.lines(report, columns: context.console.columns) {
                try context.console.line(line)
            }
        }
        return .done
    }

    // MARK: What is asked for

    private static func messageStrategy(
        _ name: String, _ arguments: ParsedArguments, _ configuration: inout Pruner.Configuration
    ) throws -> Pruner.MessageStrategy {
        let count = try arguments.number("--keep").map { Int(clamping: $0) }
        switch name {
        case "count":
            try check(arguments, takes: ["--keep"])
            return .count(keeping: count)
        case "ttl":
            try check(arguments, takes: ["--age"])
            if let age = try AgeArgument.seconds("--age", arguments) {
                configuration.messageTimeToLive = age
            }
            return .ttl
        case "type":
            try check(arguments, takes: ["--keep", "--type"])
            return .type(try type(arguments), keeping: count ?? 0)
        case "semantic":
            try check(arguments, takes: ["--method", "--threshold"])
            return .semantic(try similarity(arguments))
        default:
            throw UsageError(
                message: "messages are pruned by count, ttl, type or semantic; not by \(name)",
                command: spec.name)
        }
    }

    private static func sessionStrategy(
        _ name: String, _ arguments: ParsedArguments, _ configuration: inout Pruner.Configuration
    ) throws -> Pruner.SessionStrategy {
        let strategy = try Pruner.SessionStrategy(argument: name, of: spec.name)
        switch strategy {
        case .lru, .lfu: try check(arguments, takes: ["--max"])
        case .ttl: try check(arguments, takes: ["--age"])
        case .size: try check(arguments, takes: ["--bytes"])
        }
        if let count = try arguments.number("--max") {
            configuration.sessionLimit = Int(clamping: count)
        }
        if let bytes = try arguments.number("--bytes") { configuration.sessionByteLimit = bytes }
        configuration.sessionTimeToLive = try AgeArgument.seconds("--age", arguments)
        return strategy
    }

    /// An option that the strategy does not look at would do nothing.
    private static func check(
        _ arguments: ParsedArguments, takes names: [String]
    ) throws(UsageError) {
        let all = [
            "--keep", "--age", "--type", "--method", "--threshold", "--max", "--bytes", "--event",
        ]
        for name in all where !names.contains(name) && arguments.value(name) != nil {
            throw UsageError(
                message: "\(name) says nothing of this; sjournal help prune says of what it does",
                command: spec.name)
        }
    }

    private static func type(_ arguments: ParsedArguments) throws(UsageError) -> MessageType {
        var type = MessageType()
        for term in arguments.all("--type") {
            let parts = term.split(separator: ":", maxSplits: 1).map(String.init)
            switch (parts.first, parts.count) {
            case ("role", 2): type.role = parts[1]
            case ("kind", 2): type.kind = parts[1]
            case ("category", 2): type.category = parts[1]
            default:
                throw UsageError(
                    message: "\"\(term)\" is no type; give role:…, kind:… or category:…",
                    command: spec.name)
            }
        }
        guard type != MessageType() else {
            throw UsageError(message: "by type, prune needs --type", command: spec.name)
        }
        return type
    }

    private static func similarity(_ arguments: ParsedArguments) throws(UsageError) -> Similarity {
        var similarity: Similarity
        switch arguments.value("--method") ?? "minhash" {
        case "minhash": similarity = .minHash()
        case "tfidf": similarity = .tfidf()
        default:
            throw UsageError(
                message: "--method is minhash or tfidf; vectors of your own are for programs",
                command: spec.name)
        }
        if let text = arguments.value("--threshold") {
            guard let threshold = Double(text), threshold.isFinite else {
                throw UsageError(
                    message: "\"\(text)\" is no threshold; give one such as 0.9",
                    command: spec.name)
            }
            similarity.threshold = threshold
        }
        return similarity
    }

    // MARK: Other answers

    private static func restore(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard !arguments.positionals.isEmpty, arguments.value("--by") == nil,
            !arguments.has("--dry-run")
        else {
            throw UsageError(
                message: "prune --restore needs SESSION, and takes --event alone",
                command: spec.name)
        }
        try check(arguments, takes: ["--event"])
        let event = try arguments.sequence("--event")
        let writing = try await SessionWriting.open(arguments, in: context)
        let back = try await Pruner(writing.writer).restore(
            writing.session, event: event, reason: writing.reason)
        let status: ExitStatus = back.isSession || back.messageCount > 0 ? .done : .negative
        let words = [
            back.isSession ? "the session" : nil,
            back.messageCount > 0 ? Numbers.counted(back.messageCount, "message") : nil,
        ].compactMap { $0 }.joined(separator: " and ")
        _ = try await writing.close(
            context,
            ["messages": JSONValue(back.messageCount), "session": .bool(back.isSession)],
            words.isEmpty ? "nothing is out of sight" : "in sight again: \(words)")
        return status
    }

    private static func statistics(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(ifNamed: arguments.positionals.first)
        let statistics = try await reading.journal.pruneStatistics(of: session)
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(statistics.json.description.utf8))
            return .done
        }
        for line in PruneText.lines(statistics, columns: context.console.columns) {
            try context.console.line(line)
        }
        return .done
    }
}

extension Pruner.SessionStrategy {
    /// The strategy that the command line names.
    init(argument name: String, of command: String) throws(UsageError) {
        guard let strategy = Self(rawValue: name) else {
            throw UsageError(
                message: "sessions are pruned by lru, lfu, ttl or size; not by \(name)",
                command: command)
        }
        self = strategy
    }
}
