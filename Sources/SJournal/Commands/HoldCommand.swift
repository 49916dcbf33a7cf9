import SessionJournal

/// `sjournal hold place|lift|list`: keeps something from being destroyed.
enum HoldCommand: Command {
    static let spec = CommandSpec(
        name: "hold", summary: "Keep events from being destroyed, or let go of them.",
        positionals: [
            PositionalSpec(name: "ACT", count: .one, help: "place, lift or list."),
            PositionalSpec(
                name: "HOLD", count: .optional,
                help: "To lift: the id of the hold, or how it begins."),
        ],
        options: [
            OptionSpec(name: "--session", value: "SESSION", help: "Place it on a session."),
            OptionSpec(
                name: "--actor", value: "ACTOR", help: "Place it on what this principal did."),
            OptionSpec(
                name: "--query", value: "QUERY",
                help: "Place it on the sessions that match, now or later."),
            OptionSpec(
                name: "--all", help: "Place it on the whole journal; with list: lifted ones too."),
            OptionSpec(name: "--matter", value: "TEXT", help: "What it is for: a case number."),
            .reason, .by,
        ], hasJSON: true,
        details: [
            """
            What a hold covers is not erased, and nothing else destroys it, until the hold is \
            lifted. An erasure under way stops before its next step. Placing and lifting are events \
            of the journal's own session.
            """
        ],
        examples: [
            .init(
                command: "sjournal hold place --session chat-1 --matter \"case 7\"",
                meaning: "Nobody erases it."),
            .init(command: "sjournal hold list", meaning: "The holds that stand."),
            .init(
                command: "sjournal hold lift 0192ab3c --reason \"case closed\"",
                meaning: "Let go of it."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        switch arguments.positionals[0] {
        case "place": return try await place(arguments, in: context)
        case "lift": return try await lift(arguments, in: context)
        case "list": return try await list(arguments, in: context)
        default:
            throw UsageError(
                message: "\"\(arguments.positionals[0])\" is none of place, lift and list",
                command: spec.name)
        }
    }

    private static func place(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let given = ["--session", "--actor", "--query"].filter { arguments.value($0) != nil }
        guard given.count + (arguments.has("--all") ? 1 : 0) == 1,
            arguments.positionals.count == 1
        else {
            throw UsageError(
                message: "hold place needs one of --session, --actor, --query and --all",
                command: spec.name)
        }
        guard let matter = arguments.value("--matter") else {
            throw UsageError(message: "hold place needs --matter TEXT", command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let scope: HoldScope
        if let name = arguments.value("--session") {
            scope = .session(try await JournalReading.over(journal, context).session(name))
        } else if let actor = arguments.value("--actor") {
            scope = .actor(actor)
        } else {
            scope = arguments.value("--query").map { .query($0) } ?? .journal
        }
        let hold = try await writer(journal, arguments, context).placeHold(
            on: scope, matter: matter, reason: arguments.value(OptionSpec.reason.name))
        return try await close(journal, hold, "hold \(hold.id, .name) stands", arguments, context)
    }

    private static func lift(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard arguments.positionals.count == 2 else {
            throw UsageError(
                message: "hold lift needs HOLD; sjournal hold list names them", command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let hold = try await writer(journal, arguments, context).liftHold(
            arguments.positionals[1], reason: arguments.value(OptionSpec.reason.name))
        return try await close(
            journal, hold, "hold \(hold.id, .name) is lifted", arguments, context)
    }

    private static func writer(
        _ journal: Journal, _ arguments: ParsedArguments, _ context: CommandContext
    ) -> JournalWriter {
        journal.as(arguments.value(OptionSpec.by.name) ?? context.principal)
    }

    private static func close(
        _ journal: Journal, _ hold: Hold, _ words: Shown, _ arguments: ParsedArguments,
        _ context: CommandContext
    ) async throws -> ExitStatus {
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(hold.json.description.utf8))
        } else {
            try context.console.line(words)
        }
        return .done
    }

    private static func list(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let holds = try await reading.journal.holds(includingLifted: arguments.has("--all"))
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for hold in holds { try console.json(Array(hold.json.description.utf8)) }
            return .done
        }
        guard !holds.isEmpty else {
            try console.line("no hold stands")
            return .done
        }
        var table = Table([
            .init(title: "hold"), .init(title: "on"), .init(title: "what"),
            .init(title: "matter", isFlexible: true), .init(title: "since"),
            .init(title: "who"), .init(title: ""),
        ])
        for hold in holds {
            table.add([
                "\(String(hold.id.prefix(12)), .name)", Shown(hold.scope.name),
                "\(Wrapping.flattened(hold.scope.subject ?? ""))",
                "\(Wrapping.flattened(hold.matter))", "\(TimeText.seconds(hold.time), .quiet)",
                Shown(hold.actor), hold.isActive ? "" : "lifted",
            ])
        }
        for line in table.lines(width: console.columns) {
            try console.line(line.elided(to: console.columns))
        }
        return .done
    }
}
