import CShims
import SessionJournal
import Transcripts

/// `sjournal import`: brings transcripts, or another journal's lines, into the journal.
enum ImportCommand: Command {
    private static let events = OptionSpec(
        name: "--events",
        help: """
            Each PATH holds lines that sjournal log --json printed (- is standard input); they are \
            stored byte for byte.
            """)

    private static let redact = OptionSpec(
        name: "--redact-secrets",
        help: "Import [redacted: RULE] in place of what is found; its bytes are never written.")
    private static let refuse = OptionSpec(
        name: "--refuse-secrets", help: "Import no file in which something is found.")
    private static let noScan = OptionSpec(
        name: "--no-scan", help: "Do not look for secrets at all.")

    private static let format = OptionSpec(
        name: "--format", value: "FORMAT",
        help: "The format of all files; else each is recognised by what it holds.")

    private static let zone = OptionSpec(
        name: "--zone", value: "ZONE",
        help: "The zone of times that name none: Europe/Berlin, +05:30; else UTC.")

    private static let dryRun = OptionSpec(
        name: "--dry-run", help: "Say what would be added, and write nothing.")

    /// How many events a session may have whose snapshots are taken at once: with more, they would take
    /// more memory than the import.
    private static let longestSession: UInt64 = 2_000_000

    static let spec = CommandSpec(
        name: "import", summary: "Bring transcripts into the journal; only what is new is added.",
        positionals: [
            PositionalSpec(
                name: "PATH", count: .many,
                help: "Files, gzip and zip files, or folders of such as ~/.claude/projects.")
        ],
        options: [
            events,
            OptionSpec(
                name: "--actor", value: "ACTOR",
                help: "In whose name to import; else user: and the login name."),
            format, zone, redact, refuse, noScan, dryRun,
        ] + RuleOptions.both, hasJSON: true,
        details: [
            """
            Importing the same files again, or longer copies of them, adds only what is new, and \
            an interrupted import is finished by importing again. sjournal export --original \
            gives every file back byte for byte.
            """,
            """
            The format of a file is recognised by what it holds, never by its name, and told. \
            Formats: \(TranscriptImporter.formatNames.joined(separator: ", ")).
            """,
            """
            What is imported is looked through for secrets, or for what --rule and --rules name, \
            and how much was found where is told. With --refuse-secrets the status is 1 where a \
            file was refused. With --redact-secrets the import's own event says what was redacted, \
            and export --original writes the redacted file.
            """,
            """
            With --events a line that is there already is a duplicate; any other that does not \
            carry the next sequence number is refused with status 1, and those before it stay.
            """,
        ],
        examples: [
            .init(
                command: "sjournal import ~/.claude/projects",
                meaning: "All sessions of Claude Code on this machine."),
            .init(
                command: "sjournal import --dry-run export.zip",
                meaning: "What an export of ChatGPT holds, and what it would add."),
            .init(
                command: "sjournal -j old log --json | sjournal -j new import --events -",
                meaning: "A copy of a journal, event for event."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let tally: ImportTally
        if arguments.has(events.name) {
            let others =
                [redact, refuse, noScan, dryRun].filter { arguments.has($0.name) }.map(\.name)
                + [format, zone].filter { arguments.value($0.name) != nil }.map(\.name)
                + RuleOptions.both.filter { arguments.value($0.name) != nil }.map(\.name)
            guard others.isEmpty else {
                throw UsageError(
                    message: """
                        --events stores each line byte for byte; leave out \(Shown(others[0])), and \
                        look with sjournal scan
                        """,
                    command: spec.name)
            }
            guard arguments.value("--actor") == nil else {
                throw UsageError(
                    message: "--events keeps each line's own actor; leave out --actor",
                    command: spec.name)
            }
            tally = try await EventLineImport(context).run(arguments.positionals)
        } else {
            guard !arguments.positionals.contains("-") else {
                throw UsageError(
                    message: "standard input is read for --events only; name files or folders",
                    command: spec.name)
            }
            tally = try await importTranscripts(arguments, in: context)
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(tally.json.description.utf8))
        } else {
            for line in tally.lines(columns: console.columns) { try console.line(line) }
        }
        return tally.refused.isEmpty ? .done : .negative
    }

    private static func importTranscripts(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ImportTally {
        guard [redact, refuse, noScan].filter({ arguments.has($0.name) }).count < 2 else {
            throw UsageError(
                message: "name one of --redact-secrets, --refuse-secrets and --no-scan",
                command: spec.name)
        }
        if let name = arguments.value(format.name),
            !TranscriptImporter.formatNames.contains(name)
        {
            throw UsageError(
                message: """
                    there is no format \(Shown(name)); there are \
                    \(TranscriptImporter.formatNames.joined(separator: ", "))
                    """,
                command: spec.name)
        }
        if let name = arguments.value(zone.name), !TranscriptImporter.isZone(name) {
            throw UsageError(
                message: """
                    there is no zone \(Shown(name)); name a place, as Europe/Berlin, an offset, as \
                    +05:30, or UTC
                    """,
                command: spec.name)
        }
        // The buffers of reading, appending and sealing come and go on several threads.
        sj_share_memory()
        let scanner = try RuleOptions.scanner(arguments, context)
        let isDryRun = arguments.has(dryRun.name)
        let journal =
            try await JournalReading.open(context, forWriting: !isDryRun).journal
        let progress = ProgressLine("importing", on: context.console)
        var importer = TranscriptImporter(
            writer: journal.as(arguments.value("--actor") ?? context.principal))
        importer.options.scanner = arguments.has(noScan.name) ? nil : scanner
        importer.options.isDryRun = isDryRun
        importer.options.formatName = arguments.value(format.name)
        importer.options.zoneName = arguments.value(zone.name)
        if arguments.has(redact.name) { importer.options.secrets = .redact }
        if arguments.has(refuse.name) { importer.options.secrets = .refuse }
        importer.options.progress = { point in
            progress.update(
                .init(
                    files: point.files, totalFiles: point.totalFiles, bytes: point.size,
                    totalBytes: point.totalSize))
        }
        let report: ImportReport
        var tooLong: [SessionID] = []
        do {
            report = try await importer.importPaths(arguments.positionals)
            if !isDryRun {
                tooLong = try await journal.takeSnapshots(longest: Self.longestSession).tooLong
            }
        } catch {
            progress.finish()
            try? await journal.close()
            throw error
        }
        progress.finish()
        try await journal.close()
        var tally = ImportTally(report, importer.options)
        tally.tooLong = tooLong
        if !isDryRun { context.log?.write(tally.logEntry) }
        return tally
    }
}
