import SessionJournal

/// `sjournal restore DIR --to NEWDIR`: writes a backup into a directory of its own and verifies it.
enum RestoreCommand: Command {
    static let spec = CommandSpec(
        name: "restore", summary: "Bring a backup back into a directory of its own, and verify it.",
        positionals: [
            PositionalSpec(
                name: "DIR", count: .one, help: "The folder that sjournal backup made.")
        ],
        options: [
            OptionSpec(
                name: "--to", value: "NEWDIR",
                help: "Where the journal is to stand. Nothing must stand there yet."),
            OptionSpec(
                name: "--generation", value: "N",
                help: "Which backup; else the newest. backup --verify lists them."),
            OptionSpec(
                name: "--damaged",
                help: "Take what there is of a backup that is damaged, and name what is not."),
        ], hasJSON: true,
        details: [
            """
            Every file is compared with its hash, and the whole is verified, down to the Merkle \
            root. Only then the directory becomes a journal. An interrupted restoration is begun \
            again by the same command.
            """,
            """
            The copy keeps the journal's id, and its writer epochs begin far ahead, so that it can \
            be told from the original once both were written to. Use one of the two.
            """,
            """
            Exit status 0: the journal is back and whole. 1: refused. 3: the backup is damaged; \
            with --damaged, what was not so is back.
            """,
        ],
        examples: [
            .init(
                command: "sjournal restore /mnt/disk/chats --to ./chats.journal",
                meaning: "The newest generation."),
            .init(
                command: "sjournal restore /mnt/disk/chats --generation 3 --to ./old.journal",
                meaning: "An older one, to look at."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let target = arguments.value("--to") else {
            throw UsageError(message: "restore needs --to NEWDIR", command: "restore")
        }
        var options = RestoreOptions()
        options.generation = try arguments.number("--generation")
        options.acceptsDamage = arguments.has("--damaged")
        let line = ProgressLine("restoring", on: context.console)
        options.progress = { line.update($0) }
        let report: RestoreReport
        do {
            report = try await Journal.restore(
                from: arguments.positionals[0], to: target, options: options,
                opening: context.journalOptions)
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        let console = context.console
        if arguments.has("--json") {
            try console.json(Array(report.json.description.utf8))
        } else {
            try console.line(
                """
                generation \(report.generation) of \(report.time.description) is a journal in \
                \(Shown(target)): \(Numbers.counted(report.verification.events, "event")), \
                \(Numbers.bytes(report.bytes))
                """)
            try console.line(
                "root \(report.verification.root?.hexadecimal ?? "unknown: events are lost")")
            for finding in report.findings { try console.line("- \(Shown(finding))") }
        }
        if !report.laterErasures.isEmpty {
            console.note(
                """
                sjournal: this backup is older than \
                \(Numbers.counted(report.laterErasures.count, "erasure")): what was erased then is \
                back in \(Shown(target)); erase it again, or restore a later generation
                """)
        }
        return report.findings.isEmpty ? .done : .damaged
    }
}
