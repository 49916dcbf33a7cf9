import SessionJournal

/// `sjournal compact --forget-leaves`: lets go of the leaves of what was erased long ago.
enum ForgetLeaves {
    static let option = OptionSpec(
        name: "--forget-leaves",
        help: "Let go of the leaves of sessions that were erased, --older-than AGE ago.")

    /// The options that say something beside it.
    private static let companions: Set<String> = [
        option.name, "--older-than", "--dry-run", "--list", "--resume", OptionSpec.reason.name,
        OptionSpec.writer.name, CommandSpec.json.name,
    ]

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let strangers = CompactCommand.spec.options.map(\.name).filter {
            (arguments.has($0) || arguments.value($0) != nil) && !companions.contains($0)
        }
        guard strangers.isEmpty, arguments.positionals.isEmpty else {
            throw usage(
                "--forget-leaves takes all sessions that were erased long enough ago; leave out "
                    + (strangers.first ?? "the sessions"))
        }
        if arguments.has("--list") { return try await list(arguments, in: context) }
        if arguments.has("--resume") { return try await resume(arguments, in: context) }
        guard let age = arguments.value("--older-than") else {
            throw usage(
                "--forget-leaves needs --older-than AGE, the retention period: what goes can be proved "
                    + "no more")
        }
        let isDryRun = arguments.has("--dry-run")
        let reading = try await JournalReading.open(context, forWriting: !isDryRun)
        let before =
            try CompactCommand.time(age, before: reading.journal.options.clock())
            ?? arguments.time("--older-than", isEndOfDay: false)
        guard let before else { throw usage("\(age) is no age; say 365d, 52w or a time") }
        let who = arguments.value(OptionSpec.writer.name) ?? context.principal
        let line = ProgressLine("forgetting", on: context.console)
        let report: ForgettingReport
        do {
            report = try await reading.journal.as(who).forgetLeaves(
                erasedBefore: before, reason: arguments.value(OptionSpec.reason.name),
                isDryRun: isDryRun
            ) { line.update($0) }
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(report.json.description.utf8))
        } else {
            for line in words(report, isDryRun: isDryRun) { try context.console.line(line) }
        }
        return .done
    }

    private static func usage(_ message: String) -> UsageError {
        UsageError(message: "\(message)", command: CompactCommand.spec.name)
    }

    private static func words(_ report: ForgettingReport, isDryRun: Bool) -> [Shown] {
        var lines: [Shown] = []
        if report.eventCount == 0 {
            lines.append("nothing to forget: no session was erased as a whole so long ago")
        } else {
            lines.append(
                """
                \(isDryRun ? "would forget" : "forgot") the leaves of \
                \(Numbers.counted(report.eventCount, "event")) of \
                \(Numbers.counted(report.sessions.count, "session"))
                """)
            if isDryRun {
                lines.append("roots     \(Numbers.grouped(report.roots)) would stay in their place")
            }
            lines.append(
                """
                segments  \(Numbers.bytes(report.sizeBefore)) \
                \(isDryRun ? "would be written anew as" : "before, now") \
                \(Numbers.bytes(report.sizeAfter))
                """)
            for range in report.events.prefix(8) {
                lines.append("events    \(range.lowerBound) to \(range.upperBound)")
            }
            if report.events.count > 8 {
                lines.append("          and \(Numbers.grouped(report.events.count - 8)) more runs")
            }
        }
        for session in report.held.prefix(8) {
            lines.append("left out  \(session.hexadecimal): a hold covers it")
        }
        return lines
    }

    // MARK: What was forgotten

    private static func list(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalReading.open(context).journal
        return try show(
            try await journal.forgettings(), "no leaf was forgotten", arguments, context)
    }

    private static func resume(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        let reports = try await journal.resumeForgetting()
        try await journal.close()
        return try show(reports, "nothing is left to be forgotten", arguments, context)
    }

    private static func show(
        _ reports: [ForgettingReport], _ none: Shown, _ arguments: ParsedArguments,
        _ context: CommandContext
    ) throws -> ExitStatus {
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(
                Array(JSONValue.array(reports.map(\.json)).description.utf8))
            return .done
        }
        for report in reports {
            let time = report.requestedAt.map { TimeText.seconds($0) } ?? ""
            try context.console.line(
                """
                \(report.id, .name)  \(time)  \(Numbers.counted(report.eventCount, "event")) of \
                \(Numbers.counted(report.sessions.count, "session")), by \
                \(Shown(report.actor ?? ""))\(report.isFinished ? "" : ", unfinished")
                """)
            if let reason = report.reason {
                try context.console.line("  reason  \(Shown(reason))")
            }
        }
        if reports.isEmpty { try context.console.line(none) }
        return .done
    }
}
