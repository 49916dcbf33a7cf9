import SessionJournal

/// Commands that do one thing to sessions as a whole.
enum SessionActs {
    static let sessions = PositionalSpec(
        name: "SESSION", count: .many,
        help: "Sessions, by id, key or the beginning of either if no other begins so.")

    static let options: [OptionSpec] = [
        OptionSpec(name: "--dry-run", help: "Say what would be done, and change nothing."),
        .reason, .writer,
    ]

    /// Does it to the sessions that the command line names, says what became of each, and answers
    /// with status 1 where it did not go in one.
    ///
    /// - Parameter done: What to say of a session in which it was done: `archived`.
    static func run(
        _ act: SessionAct, done: Shown, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let isDryRun = arguments.has("--dry-run")
        let reading: JournalReading
        if isDryRun {
            reading = try await JournalReading.open(context)
        } else {
            reading = .over(try await JournalWriting.open(context), context)
        }
        var sessions: [SessionID] = []
        for name in arguments.positionals { sessions.append(try await reading.session(name)) }
        let report = try await context.writer(of: reading.journal, arguments).performAll(
            act, on: sessions, isDryRun: isDryRun,
            reason: arguments.value(OptionSpec.reason.name))
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            for json in report.json { try context.console.json(Array(json.description.utf8)) }
            return report.isWhole ? .done : .negative
        }
        for (name, entry) in zip(arguments.positionals, report.entries) {
            switch entry.outcome {
            case .done:
                try context.console.line("\(name, .name)  \(isDryRun ? "would be " : "")" + done)
            case .unchanged: try context.console.line("\(name, .name)  nothing to do")
            case .refused(let why): context.console.note("sjournal: \(why)")
            }
        }
        return report.isWhole ? .done : .negative
    }
}

/// `sjournal archive`: puts sessions away.
enum ArchiveCommand: Command {
    static let spec = CommandSpec(
        name: "archive", summary: "Put sessions away: status archived.",
        positionals: [SessionActs.sessions], options: SessionActs.options, hasJSON: true,
        examples: [.init(command: "sjournal archive chat-1 chat-2", meaning: "Two of them.")])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(.archive, done: "archived", arguments, in: context)
    }
}

/// `sjournal unarchive`: takes sessions out again.
enum UnarchiveCommand: Command {
    static let spec = CommandSpec(
        name: "unarchive", summary: "Take sessions out again: status active.",
        positionals: [SessionActs.sessions], options: SessionActs.options, hasJSON: true,
        examples: [.init(command: "sjournal unarchive chat-1", meaning: "It is in use again.")])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(.unarchive, done: "active again", arguments, in: context)
    }
}

/// `sjournal delete`: deletes sessions.
enum DeleteCommand: Command {
    static let spec = CommandSpec(
        name: "delete", summary: "Delete sessions: status deleted. Nothing is erased.",
        positionals: [SessionActs.sessions], options: SessionActs.options, hasJSON: true,
        details: ["Every event stays where it is, and sjournal undelete brings the session back."],
        examples: [.init(command: "sjournal delete chat-1", meaning: "All of it is still there.")])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(.delete, done: "deleted", arguments, in: context)
    }
}

/// `sjournal undelete`: brings deleted sessions back.
enum UndeleteCommand: Command {
    static let spec = CommandSpec(
        name: "undelete", summary: "Bring deleted sessions back as they were before.",
        positionals: [SessionActs.sessions], options: SessionActs.options, hasJSON: true,
        examples: [
            .init(command: "sjournal undelete chat-1", meaning: "Active or archived, as it was.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(.undelete, done: "back", arguments, in: context)
    }
}

/// `sjournal resume`: opens sessions again.
enum ResumeCommand: Command {
    static let spec = CommandSpec(
        name: "resume", summary: "Open sessions again that had ended or were put away.",
        positionals: [SessionActs.sessions], options: SessionActs.options, hasJSON: true,
        examples: [.init(command: "sjournal resume chat-1", meaning: "It goes on.")])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(.resume, done: "open", arguments, in: context)
    }
}

/// `sjournal terminate`: ends sessions.
enum TerminateCommand: Command {
    static let spec = CommandSpec(
        name: "terminate", summary: "End sessions, with nothing under way or by force.",
        positionals: [SessionActs.sessions],
        options: [
            OptionSpec(
                name: "--force",
                help: "Also where tool calls, model calls or approvals are under way.")
        ] + SessionActs.options, hasJSON: true,
        details: [
            """
            Where something is under way that is refused with status 1. By force the event names \
            what was left open.
            """
        ],
        examples: [
            .init(command: "sjournal terminate chat-1 --force --reason stuck", meaning: "At once.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try await SessionActs.run(
            .terminate(force: arguments.has("--force")), done: "terminated", arguments, in: context)
    }
}
