import SessionJournal

/// `sjournal touch`: says that sessions are alive.
enum TouchCommand: Command {
    static let spec = CommandSpec(
        name: "touch", summary: "Say that a session is alive.",
        positionals: [.session], options: [.writer],
        details: [
            """
            Where anything happened in it within the last minute nothing is stored, so that a \
            heartbeat does not fill the journal.
            """
        ],
        examples: [.init(command: "sjournal touch chat-1", meaning: "Its ttl begins anew.")])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        let session = try await JournalReading.over(journal, context)
            .session(arguments.positionals[0])
        let receipt = try await context.writer(of: journal, arguments)
            .touch(session, durability: .durable)
        try await journal.close()
        try context.console.line(
            receipt.map { "touched by event \(String($0.sequence))" }
                ?? "alive already; nothing is stored")
        return .done
    }
}

/// `sjournal extend`: lets a session live longer.
enum ExtendCommand: Command {
    static let spec = CommandSpec(
        name: "extend", summary: "Let a session live longer.",
        positionals: [SessionActs.sessions],
        options: [
            OptionSpec(
                name: "--by", value: "SECONDS",
                help: "So much after its deadline, or after now where that has passed."),
            OptionSpec(
                name: "--until", value: "TIME", help: "Until then at least: 2026-11-21T01:02:03Z."),
        ] + SessionActs.options, hasJSON: true,
        examples: [
            .init(command: "sjournal extend chat-1 --by 3600", meaning: "An hour more."),
            .init(
                command: "sjournal extend --query 'owner=ada ttl>0' --by 86400",
                meaning: "A day more for all of hers that can expire."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let seconds = try arguments.number("--by").map { Int64(clamping: $0) }
        let time = try arguments.value("--until").map { text throws(UsageError) in
            guard let time = Timestamp(text) else {
                throw UsageError(
                    message: "\"\(text)\" is no time; give one such as 2026-11-21T01:02:03Z",
                    command: spec.name)
            }
            return time
        }
        guard (seconds == nil) != (time == nil) else {
            throw UsageError(message: "give --by or --until", command: spec.name)
        }
        let now = context.journalOptions.clock()
        let act: SessionAct =
            time.map { .extend(until: $0) }
            ?? .prolong(seconds: seconds ?? 0, from: now)
        guard arguments.positionals.count == 1, !SessionActs.isBulk(arguments),
            !arguments.has("--dry-run")
        else {
            return try await SessionActs.run(act, done: "extended", arguments, in: context)
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        let receipt = try await writing.writer.perform(
            act, in: writing.session, reason: writing.reason)
        let until = try await writing.state().lifecycle.extendedUntil?.description ?? ""
        return try await writing.close(
            context, ["until": .string(until), "seq": JSONValue(receipt)],
            "lives until \(until) at least")
    }
}

/// `sjournal expire`: ends sessions whose deadline has passed.
enum ExpireCommand: Command {
    static let spec = CommandSpec(
        name: "expire", summary: "End the sessions whose deadline has passed.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .any,
                help: "These, overdue or not; without one, and without --query, all overdue ones.")
        ],
        options: SessionActs.options, hasJSON: true,
        details: [
            """
            A session with a ttl is overdue that many seconds after anything last happened in it, \
            or at the moment it was extended to. It shows as overdue from then on, and is expired \
            once somebody runs this.
            """
        ],
        examples: [
            .init(command: "sjournal expire --dry-run", meaning: "Which are overdue."),
            .init(command: "sjournal expire", meaning: "End them."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard arguments.positionals.isEmpty, !SessionActs.isBulk(arguments) else {
            return try await SessionActs.run(.expire, done: "expired", arguments, in: context)
        }
        let isDryRun = arguments.has("--dry-run")
        let reading = try await JournalReading.open(context, forWriting: !isDryRun)
        let journal = reading.journal
        let now = context.journalOptions.clock()
        let sessions: [SessionID]
        if isDryRun {
            sessions = try await journal.overdueSessions(at: now)
        } else {
            sessions = try await context.writer(of: journal, arguments).expireOverdue(
                at: now, reason: arguments.value(OptionSpec.reason.name))
        }
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            for session in sessions {
                let json: JSONValue = [
                    "session": .string(session.hexadecimal), "outcome": "done",
                ]
                try context.console.json(Array(json.description.utf8))
            }
            return .done
        }
        if sessions.isEmpty { try context.console.line("no session is overdue") }
        for session in sessions {
            let would: Shown = isDryRun ? "would be expired" : "expired"
            try context.console.line("\(session.hexadecimal, .name)  " + would)
        }
        return .done
    }
}
