import SessionJournal

/// `sjournal repair`: saves what can be saved of a damaged journal.
enum RepairCommand: Command {
    static let spec = CommandSpec(
        name: "repair",
        summary: "Save what can be saved of a damaged journal; record what is lost.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional, help: "With --metadata: only this session.")
        ],
        options: [
            OptionSpec(
                name: "--dry-run", help: "Say what would be done, and change nothing."),
            OptionSpec(
                name: "--metadata",
                help: "Mend metadata that its schema does not take, and nothing else."),
            .reason, .writer,
        ], hasJSON: true,
        details: [
            """
            Puts single flipped bits right where checksums prove which they were, rebuilds footers, \
            and writes what is whole of a damaged segment anew. A copy of every file it changes \
            stays in quarantine/, and a recovery.repaired event says what was saved and which \
            events are lost. Where a backup is whole, restoring it loses less.
            """,
            """
            Nobody else may write meanwhile. A second run finds nothing to do. The journal is \
            verified at the end.
            """,
            """
            With --metadata no file is repaired, but values: one that is only spelled wrongly is \
            spelled right, any other gives way to its field's default. Each is an event that says \
            what was wrong; the value before stays in the history. sjournal fields lists what the \
            fields may hold.
            """,
            """
            Exit status 0: nothing is lost. 1: events are lost, and recorded as such. 3: there is \
            damage that could not be repaired.
            """,
        ],
        examples: [
            .init(command: "sjournal repair --dry-run", meaning: "What would be saved and lost."),
            .init(command: "sjournal repair", meaning: "Do it, and verify."),
            .init(
                command: "sjournal repair --metadata --dry-run",
                meaning: "Which values of which sessions would be mended."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if arguments.has("--metadata") {
            return try await MetadataRepair.run(arguments, in: context)
        }
        for option in [OptionSpec.reason.name, OptionSpec.writer.name]
        where arguments.value(option) != nil {
            throw UsageError(message: "\(option) goes with --metadata", command: spec.name)
        }
        guard arguments.positionals.isEmpty else {
            throw UsageError(
                message: "SESSION goes with --metadata; segments are repaired for all sessions",
                command: spec.name)
        }
        var options = RepairOptions()
        options.isDryRun = arguments.has("--dry-run")
        let line = ProgressLine("looking", on: context.console)
        options.progress = { line.update($0) }
        let report: RepairReport
        do {
            report = try await Journal.repair(
                at: context.journalPath, options: options, opening: context.journalOptions)
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        if arguments.has("--json") {
            try context.console.json(Array(report.json.description.utf8))
        } else {
            try print(report, on: context.console)
        }
        return status(report)
    }

    private static func print(_ report: RepairReport, on console: Console) throws {
        if report.segments.isEmpty { try console.line("nothing is to be repaired") }
        for segment in report.segments {
            try console.line("\(Shown(segment.file)): \(words(segment, report.isDryRun))")
            for text in Wrapping.wrapped("was: " + segment.why, to: console.columns - 2).lines {
                try console.line("  \(Shown(text))")
            }
            if let copy = segment.copy { try console.line("  copy: \(Shown(copy))") }
            for range in segment.lost {
                let (first, last) = (String(range.lowerBound), String(range.upperBound))
                try console.line("  \("lost", .bad): events \(first) to \(last)")
            }
            if let first = segment.reusedFrom {
                try console.line("  the journal goes on with event \(String(first))")
            }
        }
        guard let verification = report.verification else { return }
        try console.line()
        for line in VerifyCommand.text(verification, columns: console.columns) {
            try console.line(line)
        }
    }

    private static func words(_ segment: RepairReport.Segment, _ isDryRun: Bool) -> Shown {
        let would: Shown = isDryRun ? "would be " : ""
        switch segment.action {
        case .mended:
            return """
                \(would)put right in \(Numbers.counted(segment.mended.count, "place")), nothing is \
                lost
                """
        case .rebuilt:
            return "\(would)written anew with \(Numbers.counted(segment.saved, "event"))"
        case .removed:
            return segment.copy == nil
                ? "is missing, and \(would)recorded as lost" : "\(would)taken away"
        case .begun: return "\(would)begun anew, empty"
        case .left: return "\("not repaired", .bad)"
        }
    }

    private static func status(_ report: RepairReport) -> ExitStatus {
        if report.verification?.verdict == .damaged
            || report.segments.contains(where: { $0.action == .left })
        {
            return .damaged
        }
        let isLossy =
            report.verification?.verdict == .lossRecorded
            || report.segments.contains { !$0.lost.isEmpty || $0.action == .begun }
        return isLossy ? .negative : .done
    }
}
