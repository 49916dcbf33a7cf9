import SessionJournal
import Transcripts

/// `sjournal watch`: follows the folders where agents write, and imports what they write as they do.
enum WatchCommand: Command {
    private static let once = OptionSpec(
        name: "--once", help: "Take in what is there and is not in the journal yet, and end.")
    private static let format = OptionSpec(
        name: "--format", value: "FORMAT",
        help: "The format of all files; else each is recognised by what it holds.")
    private static let redact = OptionSpec(
        name: "--redact-secrets",
        help: "Import [redacted: RULE] in place of what is found; its bytes are never written.")

    static let spec = CommandSpec(
        name: "watch", summary: "Follow where agents write, and import what they write as they do.",
        positionals: [
            PositionalSpec(
                name: "PATH", count: .any,
                help: "Folders or files to follow; else where the agents that are found here write."
            )
        ],
        options: [once, .writer, format, redact] + RuleOptions.both, hasJSON: true,
        details: [
            """
            What an agent deletes, cuts short, rewrites or renames stays in the journal as it was \
            imported, and that it was is an event of its sessions: source.deleted, \
            source.rewritten, source.renamed.
            """,
            """
            It goes on where it last was, which follows from the journal itself, and may be stopped \
            or killed at any moment: SIGTERM and SIGINT have it take in what was written until then. \
            While nothing happens it sleeps, and nothing is polled.
            """,
            """
            The journal is open only while something is imported, so that other commands can write \
            in between. While another process writes, it waits, and keeps what it sees in memory.
            """,
            """
            Without PATH it follows, of the folders of \
            \(AgentFolder.formats.joined(separator: ", ")), those that there are, and says which.
            """,
            """
            With --json it prints a document a line for everything that happens; "event" says what: \
            following, taken, changed, skipped, waiting, resumed, caught_up, stopped.
            """,
        ],
        examples: [
            .init(command: "sjournal watch", meaning: "All agents of this machine."),
            .init(
                command: "sjournal watch ~/.claude/projects --redact-secrets",
                meaning: "One folder, without its secrets."),
            .init(command: "sjournal watch --once", meaning: "What a timer runs."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let paths = try paths(arguments, context)
        var options = TranscriptWatcher.Options()
        options.isOnce = arguments.has(once.name)
        try importing(arguments, context, &options.importing)
        // Whether this may be done at all is asked once; the library asks again for each event.
        let reading = try await JournalReading.open(context)
        try await CommandAccess.check(reading.journal, context)
        try await reading.journal.close()
        var journalOptions = context.journalOptions
        journalOptions.signer = try EvidenceFiles.signer(context)
        let (path, opening) = (context.journalPath, journalOptions)
        let actor = arguments.value(OptionSpec.writer.name) ?? context.principal
        let output = WatchOutput(
            context.console, isJSON: arguments.has(CommandSpec.json.name),
            tellsEachFile: !options.isOnce)
        options.notify = { output.tell($0) }
        let watcher = TranscriptWatcher(paths: paths, options: options) {
            try await JournalWriting.open(at: path, opening).as(actor)
        }
        output.stop = { watcher.stop() }
        // What a timer runs may end at once: the next one takes the rest.
        let stops = options.isOnce ? nil : StopSignals { watcher.stop() }
        defer { stops?.restore() }
        output.begin(paths)
        let report = try await watcher.run()
        try output.end(report)
        return .done
    }

    private static func paths(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws -> [String] {
        guard arguments.positionals.isEmpty else { return arguments.positionals }
        let found = AgentFolder.found(in: context.environment).map(\.path)
        guard !found.isEmpty else {
            throw Failure(
                .negative,
                """
                no folder of an agent that is known is here; name what to follow: \
                sjournal watch PATH…
                """)
        }
        return found
    }

    private static func importing(
        _ arguments: ParsedArguments, _ context: CommandContext,
        _ options: inout TranscriptImporter.Options
    ) throws {
        let isRedacting = arguments.has(redact.name)
        if !isRedacting,
            let rule = RuleOptions.both.first(where: { !arguments.all($0.name).isEmpty })
        {
            throw UsageError(
                message: "\(rule.name) goes with \(redact.name)", command: spec.name)
        }
        if let name = arguments.value(format.name), !TranscriptImporter.formatNames.contains(name) {
            throw UsageError(
                message: """
                    there is no format \(Shown(name)); there are \
                    \(TranscriptImporter.formatNames.joined(separator: ", "))
                    """,
                command: spec.name)
        }
        if isRedacting {
            options.scanner = try RuleOptions.scanner(arguments, context)
            options.secrets = .redact
        }
        options.formatName = arguments.value(format.name)
    }
}
