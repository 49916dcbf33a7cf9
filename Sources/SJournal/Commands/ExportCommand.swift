import SessionJournal
import Transcripts

/// `sjournal export`: sessions in many shapes, what was imported, or sessions without names.
enum ExportCommand: Command {
    static let spec = CommandSpec(
        name: "export",
        summary: "Write sessions in some shape, or the files that were imported.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .any,
                help: "With --format: only these, by id, key or a beginning; else all.")
        ],
        options: SessionExport.options + [
            OptionSpec(
                name: "--original", help: "The files as they were imported, byte for byte."),
            OptionSpec(
                name: "--to", value: "DIR",
                help: "The folder to write to; with --format, else standard output."),
        ] + AnonymisedExport.options, hasJSON: true,
        details: [
            """
            With --format, each session becomes a file that is named after its key. A shape that shows             no tree has one branch: that of --branch, else the current one. What a shape has no place             for is counted on standard error. A file that stands there with other content stays, and             the status is 1 then.
            """,
            """
            With --original, each file is held against its recorded SHA-256 before it gets its \
            name. A file that stands there already with other content is left alone and named; the \
            status is 1 then. \
            So is one in which a line was redacted or erased since.
            """,
            """
            With --anonymise, each session becomes a file of JSON lines in a folder that must not exist \
            yet, with a report of how much was found by which rule. Names of actors, sessions, keys, \
            branches and ids become pseudonyms under a key that is forgotten; known names in texts \
            become the same, and what the rules find (--rule, --rules; else secrets and personal data) \
            is redacted. What has no shape and is no known name is not found.
            """,
        ],
        examples: [
            .init(
                command: "sjournal export chat-1 --format markdown",
                meaning: "A conversation to read, or to hand on."),
            .init(
                command: "sjournal export --format html --query tag:work --to pages",
                meaning: "A page for each session with a tag."),
            .init(
                command: "sjournal export --original --to restored",
                meaning: "Everything that was ever imported, in the folder restored."),
            .init(
                command: "sjournal export --anonymise --to shared --rules names.txt",
                meaning: "All sessions, without names, and without what a file lists."),
        ])

    private static let shownProblems = 10

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let isAnonymised = arguments.has(AnonymisedExport.flag.name)
        let format = arguments.value(SessionExport.format.name)
        let ways = [arguments.has("--original"), isAnonymised, format != nil]
        guard ways.count(where: { $0 }) == 1 else {
            throw UsageError(
                message: "export needs --format FORMAT, --original or --anonymise",
                command: spec.name)
        }
        if let format {
            try refuse(
                AnonymisedExport.options.filter { $0.name != AnonymisedExport.session.name },
                "--anonymise", in: arguments)
            return try await SessionExport.run(format, arguments, in: context)
        }
        try refuse(SessionExport.options, "--format", in: arguments)
        guard arguments.positionals.isEmpty else {
            throw UsageError(
                message: "sessions are named with --format; with --anonymise by --session",
                command: spec.name)
        }
        guard let directory = arguments.value("--to"), !directory.isEmpty else {
            throw UsageError(message: "export needs --to DIR", command: spec.name)
        }
        if isAnonymised {
            return try await AnonymisedExport.run(to: directory, arguments, in: context)
        }
        try refuse(AnonymisedExport.options, "--anonymise", in: arguments)
        let reading = try await JournalReading.open(context)
        let progress = ProgressLine("exporting", on: context.console)
        progress.update(.init())
        let report: ExportReport
        do { report = try await OriginalExporter(reading.journal).export(to: directory) } catch {
            progress.finish()
            throw error
        }
        progress.finish()
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(json(report).description.utf8))
        } else {
            for line in text(report, directory) { try console.line(line) }
        }
        return report.mismatches.isEmpty ? .done : .negative
    }

    /// Refuses options that go with another way to export.
    private static func refuse(
        _ options: [OptionSpec], _ way: String, in arguments: ParsedArguments
    ) throws(UsageError) {
        for option in options
        where arguments.has(option.name) || arguments.value(option.name) != nil {
            throw UsageError(
                message: "\(Shown(option.name)) goes with \(Shown(way))", command: spec.name)
        }
    }

    private static func json(_ report: ExportReport) -> JSONValue {
        [
            "files": JSONValue(report.files),
            "bytes": JSONValue(report.size),
            "lines": JSONValue(report.counts.lines),
            "malformed": JSONValue(report.counts.malformed),
            "glued": JSONValue(report.counts.glued),
            "documents": JSONValue(report.counts.documents),
            "mismatches": .array(
                report.mismatches.map { ["path": .string($0.path), "why": .string($0.why)] }),
            "moved": .array(
                report.moved.map { ["path": .string($0.path), "to": .string($0.target)] }),
        ]
    }

    private static func text(_ report: ExportReport, _ directory: String) -> [Shown] {
        var lines: [Shown] = [
            """
            wrote \(Numbers.counted(report.files, "file")) (\(Numbers.bytes(report.size))) to \
            \(directory), each the same as it was imported
            """,
            """
            among \(Numbers.counted(report.counts.lines, "line")): \
            \(Numbers.counted(report.counts.documents, "document")) over several lines, \
            \(Numbers.counted(report.counts.glued, "glued line")), \
            \(Numbers.counted(report.counts.malformed, "line")) that are not one JSON object each
            """,
        ]
        for (path, target) in report.moved.prefix(shownProblems) {
            lines.append("\(path) stands as \(target), since another file has its place")
        }
        for (path, why) in report.mismatches.prefix(shownProblems) {
            lines.append("\("not written", .bad): \(path): \(why)")
        }
        return lines
    }
}
