import SessionJournal

/// `sjournal snapshot`: makes every event of long sessions quick to come back to.
enum SnapshotCommand: Command {
    static let spec = CommandSpec(
        name: "snapshot", summary: "Put the states of long sessions away, for quick time travel.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional, help: "Only this session. Else all.")
        ], hasJSON: true,
        details: [
            """
            A session of more than a thousand events gets a snapshot every thousand: the state at \
            any of its events is then found without reading it from the start. An import takes \
            them at its end, and so does every command that writes to such a session.
            """,
            """
            Snapshots stand in the folder snapshots/ of the journal. They hold no message, only \
            where the journal has it. Delete them, and they come back; sjournal verify --deep \
            compares them with the events.
            """,
        ],
        examples: [
            .init(command: "sjournal snapshot", meaning: "All sessions that are long enough."),
            .init(command: "sjournal snapshot chat-1 --json", meaning: "One, for a script."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        var session: SessionID?
        if let name = arguments.positionals.first {
            session = try await JournalReading.over(journal, context).session(name)
        }
        let line = ProgressLine("taking snapshots", on: context.console)
        let report: SnapshotReport
        do {
            report = try await journal.takeSnapshots(of: session) { line.update($0) }
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(report.json.description.utf8))
        } else if report.sessions == 0 {
            try context.console.line("no session is long enough to need snapshots")
        } else {
            try context.console.line(
                """
                \(Numbers.counted(report.snapshots, "new snapshot")) of \
                \(Numbers.counted(report.sessions, "long session")), \
                \(Numbers.bytes(report.bytes))
                """)
        }
        return .done
    }
}
