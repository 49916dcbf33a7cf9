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

    static let spec = CommandSpec(
        name: "import", summary: "Bring transcripts into the journal; only what is new is added.",
        positionals: [
            PositionalSpec(
                name: "PATH", count: .many,
                help: "Files, or folders of *.jsonl files such as ~/.claude/projects.")
        ],
        options: [
            events,
            OptionSpec(
                name: "--actor", value: "ACTOR",
                help: "In whose name to import; else user: and the login name."),
        ], hasJSON: true,
        details: [
            """
            Importing the same files again, or longer copies of them, adds only what is new, and \
            an interrupted import is finished by importing again. sjournal export --original \
            gives every file back byte for byte.
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
                command: "sjournal -j old log --json | sjournal -j new import --events -",
                meaning: "A copy of a journal, event for event."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let tally: ImportTally
        if arguments.has(events.name) {
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
        return .done
    }

    private static func importTranscripts(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ImportTally {
        let journal = try await JournalWriting.open(context)
        let progress = ProgressLine("importing", on: context.console)
        var importer = TranscriptImporter(
            writer: journal.as(arguments.value("--actor") ?? context.principal))
        importer.options.progress = { point in
            progress.update(
                .init(
                    files: point.files, totalFiles: point.totalFiles, bytes: point.size,
                    totalBytes: point.totalSize))
        }
        let report: ImportReport
        do {
            report = try await importer.importPaths(arguments.positionals)
            try await journal.takeSnapshots()
        } catch {
            progress.finish()
            try? await journal.close()
            throw error
        }
        progress.finish()
        try await journal.close()
        let tally = ImportTally(report)
        context.log?.write(tally.logEntry)
        return tally
    }
}
