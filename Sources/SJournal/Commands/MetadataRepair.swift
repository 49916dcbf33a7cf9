import SessionJournal

/// `sjournal repair --metadata`: mends values that the schema does not take.
enum MetadataRepair {
    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let isDryRun = arguments.has("--dry-run")
        let reading = try await JournalReading.open(context, forWriting: !isDryRun)
        let session = try await reading.session(ifNamed: arguments.positionals.first)
        let report = try await context.writer(of: reading.journal, arguments).repairMetadata(
            of: session, isDryRun: isDryRun, reason: arguments.value(OptionSpec.reason.name))
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(report.json.description.utf8))
        } else {
            try print(report, on: context.console)
        }
        return report.isWhole ? .done : .negative
    }

    private static func print(
        _ report: MetadataRepairReport, on console: Console
    ) throws {
        if report.sessions.isEmpty { try console.line("no metadata is to be repaired") }
        let would: Shown = report.isDryRun ? "would be " : ""
        for session in report.sessions {
            try console.line("session \(session.key ?? session.session.description, .name)")
            for mend in session.mends {
                let old = mend.problem.value?.description ?? "nothing"
                let change: Shown =
                    "  \(mend.problem.field): \(would)\(old) → \(mend.value.description)"
                try console.line(change.elided(to: console.columns))
                let why: Shown = "    \(mend.problem.words, .quiet)"
                try console.line(why.elided(to: console.columns))
            }
            for problem in session.left {
                try console.line("  \("not repaired", .bad): \(problem.words)")
            }
        }
    }
}
