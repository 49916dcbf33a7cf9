import SessionJournal
import Transcripts

/// `sjournal export`: gives back what was imported.
enum ExportCommand: Command {
    static let spec = CommandSpec(
        name: "export", summary: "Write the imported files again, byte for byte.",
        options: [
            OptionSpec(
                name: "--original", help: "The files as they were imported. (Has to be given.)"),
            OptionSpec(name: "--to", value: "DIR", help: "The folder to write them to."),
        ], hasJSON: true,
        details: [
            """
            Each file is held against its recorded SHA-256 before it gets its name. A file that \
            stands there already with other content is left alone and named; the status is 1 then.
            """
        ],
        examples: [
            .init(
                command: "sjournal export --original --to restored",
                meaning: "Everything that was ever imported, in the folder restored.")
        ])

    private static let shownProblems = 10

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard arguments.has("--original") else {
            throw UsageError(
                message: "export needs --original, the one form there is", command: spec.name)
        }
        guard let directory = arguments.value("--to"), !directory.isEmpty else {
            throw UsageError(message: "export needs --to DIR", command: spec.name)
        }
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
