import SessionJournal

/// `sjournal backup DIR`: copies what is new of the journal to a folder.
enum BackupCommand: Command {
    static let spec = CommandSpec(
        name: "backup", summary: "Copy the journal to a folder, beside whoever writes to it.",
        positionals: [
            PositionalSpec(
                name: "DIR", count: .one,
                help: "The folder of the backups: new, empty, or one that backup made.")
        ],
        options: [
            OptionSpec(
                name: "--keep", value: "N",
                help: "Keep the newest N generations, this one included, and remove older ones."),
            OptionSpec(
                name: "--verify",
                help: "Copy nothing: read every file in DIR and compare it with its hash."),
        ], hasJSON: true,
        details: [
            """
            The first backup copies everything, a later one to the same folder only what is new. \
            Each is a generation of its own that sjournal restore can bring back. One that is \
            interrupted does not count and harms no other.
            """,
            """
            A folder holds the backups of one journal. A journal that was rolled back, or a copy \
            that went its own way, is refused: name another folder for it.
            """,
            """
            Exit status 0: done, and all that was copied is whole. 1: refused. 3: something was \
            damaged already when it was copied, or with --verify: something in DIR is damaged.
            """,
        ],
        examples: [
            .init(command: "sjournal backup /mnt/disk/chats", meaning: "Copy what is new."),
            .init(
                command: "sjournal backup /mnt/disk/chats --keep 7",
                meaning: "Every night: a week of generations."),
            .init(
                command: "sjournal backup --verify /mnt/disk/chats",
                meaning: "Whether the copies are still what was copied."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let folder = arguments.positionals[0]
        if arguments.has("--verify") { return try await verify(folder, arguments, in: context) }
        var options = BackupOptions()
        options.keep = try arguments.number("--keep").map { Int(clamping: $0) }
        let line = ProgressLine("copying", on: context.console)
        options.progress = { line.update($0) }
        let journal = try await Journal.open(
            readingAt: context.journalPath, options: context.journalOptions)
        context.closeAtEnd(journal)
        let report: BackupReport
        do { report = try await journal.backup(to: folder, options: options) } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await journal.close()
        let console = context.console
        if arguments.has("--json") {
            try console.json(Array(report.json.description.utf8))
        } else {
            try console.line(
                """
                generation \(report.generation) holds the events up to \(String(report.lastSequence)): \
                \(Numbers.bytes(report.bytesCopied)) copied, \
                \(Numbers.bytes(report.bytesKnown)) known
                """)
            try console.line(
                "root \(report.root?.hexadecimal ?? "unknown: events are lost")")
            for finding in report.findings { try console.line("- \(Shown(finding))") }
        }
        return report.findings.isEmpty ? .done : .damaged
    }

    private static func verify(
        _ folder: String, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let console = context.console
        let line = ProgressLine("verifying", on: console)
        let found: BackupVerification
        do {
            found = try await Journal.verifyBackup(at: folder, progress: { line.update($0) })
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        if arguments.has("--json") {
            try console.json(Array(found.json.description.utf8))
        } else {
            try console.line(
                found.isWhole
                    ? "\("whole", .good): every file is what was copied"
                    : "\("damaged", .bad): not every file is what was written")
            try console.line()
            var table = Table([
                .init(title: "generation", isRight: true), .init(title: "made"),
                .init(title: "last event", isRight: true), .init(title: "size", isRight: true),
                .init(title: ""),
            ])
            for generation in found.generations {
                table.add([
                    "\(String(generation.number))", Shown(generation.time.description),
                    "\(String(generation.lastSequence))", "\(Numbers.bytes(generation.bytes))",
                    generation.isWhole ? "whole" : "\("damaged", .bad)",
                ])
            }
            for row in table.lines(width: console.columns) { try console.line(row) }
            for finding in found.findings { try console.line("- \(Shown(finding))") }
        }
        return found.isWhole ? .done : .damaged
    }
}
