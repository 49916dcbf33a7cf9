import SessionJournal

/// `sjournal copy`: all events into another journal, byte for byte.
enum CopyCommand: Command {
    static let spec = CommandSpec(
        name: "copy", summary: "Copy all events into another journal, byte for byte.",
        options: [
            OptionSpec(
                name: "--to", value: "DIR",
                help: "The other journal; it is made if nothing stands there.")
        ], hasJSON: true,
        details: [
            """
            Sequence numbers, times, salts and ids stay the same, and so does the root over all \
            events, which is compared at the end. The journal may be written to meanwhile: what \
            stood in it at the start is copied.
            """,
            """
            A copy that was interrupted, or is older, goes on where it ends. A target that holds \
            anything else is refused with status 1 and left alone; so is a copy that was written \
            to by itself.
            """,
        ],
        examples: [
            .init(
                command: "sjournal copy --to /mnt/other/journal",
                meaning: "A second journal with the same events; again, to bring it up to date.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let path = arguments.value("--to"), !path.isEmpty else {
            throw UsageError(message: "copy needs --to DIR", command: spec.name)
        }
        let reading = try await JournalReading.open(context)
        try InitCommand.makeParent(of: path, option: "--to")
        let target = try await Journal.open(copyAt: path, options: context.journalOptions)
        let report: CopyReport
        do {
            guard target.isWritable else {
                throw Failure(
                    .damaged,
                    """
                    \(path) is damaged where new events would go and is read-only; \
                    sjournal -j DIR verify names the damage
                    """)
            }
            report = try await copy(reading.journal, to: target, in: context)
        } catch {
            try? await target.close()
            throw error
        }
        try await target.close()
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(report.json.description.utf8))
        } else {
            for line in text(report, path) { try console.line(line) }
        }
        return .done
    }

    private static func copy(
        _ source: Journal, to target: Journal, in context: CommandContext
    ) async throws -> CopyReport {
        let progress = ProgressLine("copying", on: context.console)
        defer { progress.finish() }
        return try await source.copy(to: target) { point in
            progress.update(
                .init(bytes: point.bytes, events: point.event, totalEvents: point.lastEvent))
        }
    }

    private static func text(_ report: CopyReport, _ path: String) -> [Shown] {
        let held = report.present > 0 ? " (\(Numbers.grouped(report.present)) were there)" : ""
        return [
            "copied \(Numbers.counted(report.events, "event"))\(held), \(Numbers.bytes(report.bytes))",
            "to     \(Shown(path))",
            "root   \(report.head.root.hexadecimal)",
        ]
    }
}
