import SessionJournal
import Transcripts

/// `export --format`: sessions in some shape, to a folder or to standard output.
enum SessionExport {
    static let format = OptionSpec(
        name: "--format", value: "FORMAT",
        help: "Sessions in this shape: "
            + ExportFormat.all.map(\.name).joined(separator: ", ") + ".")
    static let query = OptionSpec(
        name: "--query", value: "QUERY",
        help: "With --format: the sessions that match, as sjournal sessions has them.")
    static let range = OptionSpec(
        name: "--range", value: "A-B",
        help: "With --format: only messages that the events A to B added; either may be left out.")
    static let whole = OptionSpec(
        name: "--whole",
        help: """
            With --format: to a model, send the messages that summaries stand for, and not the \
            summaries.
            """)
    static let pruned = OptionSpec(
        name: "--pruned", help: "With --format: also the messages that were put out of sight.")

    /// What only this form of export has.
    static let options = [format, query, .at, .branch, range, whole, pruned]

    static func run(
        _ name: String, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let format = ExportFormat.named(name) else {
            let names = ExportFormat.all.map(\.name).joined(separator: ", ")
            throw UsageError(
                message: "\"\(name)\" is no format to export in; there are \(Shown(names))",
                command: arguments.command)
        }
        var options = ExportOptions()
        options.point = try PointArgument.parse(arguments)
        options.branch = arguments.value(OptionSpec.branch.name)
        options.range = try range(arguments)
        options.includesSummarized = arguments.has(whole.name)
        options.includesPruned = arguments.has(pruned.name)
        let reading = try await JournalReading.open(context)
        let sessions = try await sessions(arguments, options, reading)
        let exporter = SessionExporter(reading.journal, format: format, options: options)
        if let directory = arguments.value("--to"), directory != "-" {
            return try await write(sessions, exporter, to: directory, arguments, reading, context)
        }
        guard !arguments.has(CommandSpec.json.name) else {
            throw UsageError(
                message: "with --format, --json reports what was written; it goes with --to",
                command: arguments.command)
        }
        guard sessions.count == 1 || format.isLines else {
            throw UsageError(
                message: """
                    \(Numbers.counted(sessions.count, "session")) of this format do not fit into one \
                    answer; name one, or a folder with --to
                    """,
                command: arguments.command)
        }
        for session in sessions {
            let file = try await reading.tolerant { damage in
                var exporter = exporter
                exporter.options.damage = damage
                return try await exporter.file(of: session)
            }
            try context.console.output.write(
                context.console.isTerminal
                    ? Array(terminalText(file.content).utf8) : Array(file.content.utf8))
            note(file.setAside, context)
        }
        return .done
    }

    /// What a terminal would obey is spelled out, also where the shape has it as it is.
    private static func terminalText(_ text: String) -> String {
        text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
            .map { Escaping.escaped(String(Substring($0))) }.joined(separator: "\n")
    }

    // MARK: What is selected

    private static func range(
        _ arguments: ParsedArguments
    ) throws(UsageError) -> ClosedRange<UInt64>? {
        guard let text = arguments.value(range.name) else { return nil }
        let ends = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let first = ends[0].isEmpty ? 1 : UInt64(ends[0])
        let last = ends.count < 2 ? first : ends[1].isEmpty ? .max : UInt64(ends[1])
        guard let first, let last, first > 0, first <= last, text != "-" else {
            throw UsageError(
                message: "\"\(text)\" is no range of events; give one such as 41-97, 41- or -97",
                command: arguments.command)
        }
        return first...last
    }

    private static func sessions(
        _ arguments: ParsedArguments, _ options: ExportOptions, _ reading: JournalReading
    ) async throws -> [SessionID] {
        var sessions: [SessionID] = []
        for name in arguments.positionals + arguments.all(AnonymisedExport.session.name) {
            let session = try await reading.session(name)
            if !sessions.contains(session) { sessions.append(session) }
        }
        if let text = arguments.value(query.name) {
            let query = try SessionQuery(parsing: text)
            let found = try await reading.sessions(
                matching: query, order: .began, isReversed: false, after: nil, limit: .max,
                includingPruned: options.includesPruned, at: options.point
            ).sessions.map(\.session)
            sessions = sessions.isEmpty ? found : sessions.filter { found.contains($0) }
        } else if sessions.isEmpty {
            sessions = try await reading.sessions(
                matching: try SessionQuery(parsing: ""), order: .began, isReversed: false,
                after: nil, limit: .max, includingPruned: options.includesPruned, at: options.point
            ).sessions.map(\.session)
        }
        guard !sessions.isEmpty else { throw Failure(.negative, "no session matches") }
        return sessions
    }

    // MARK: A folder

    private static func write(
        _ sessions: [SessionID], _ exporter: SessionExporter, to directory: String,
        _ arguments: ParsedArguments, _ reading: JournalReading, _ context: CommandContext
    ) async throws -> ExitStatus {
        let progress = ProgressLine("exporting", on: context.console)
        progress.update(.init())
        defer { progress.finish() }
        let report = try await reading.tolerant { damage in
            var exporter = exporter
            exporter.options.damage = damage
            return try await exporter.export(sessions, to: directory)
        }
        progress.finish()
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(json(report).description.utf8))
        } else {
            let size = report.files.reduce(0) { $0 + UInt64($1.size) }
            try console.line(
                """
                wrote \(Numbers.counted(report.files.count, "file")) (\(Numbers.bytes(size))) to \
                \(Shown(directory))
                """)
            for (name, why) in report.problems {
                try console.line("\("not written", .bad): \(Shown(name)): \(Shown(why))")
            }
        }
        note(report.setAside, context)
        return report.problems.isEmpty ? .done : .negative
    }

    /// Says on standard error what had no place in the shape.
    private static func note(_ setAside: [String: Int], _ context: CommandContext) {
        for (what, count) in setAside.sorted(by: { $0.key < $1.key }) {
            context.console.note("sjournal: \(String(count)) × \(Shown(what))")
        }
    }

    private static func json(_ report: SessionExportReport) -> JSONValue {
        func counts(_ counts: [String: Int]) -> JSONValue {
            .object(
                JSONObject(
                    counts.sorted { $0.key < $1.key }.map { ($0.key, JSONValue($0.value)) }))
        }
        return [
            "files": .array(
                report.files.map { file in
                    [
                        "session": .string(file.session.hexadecimal), "file": .string(file.name),
                        "bytes": JSONValue(file.size), "messages": JSONValue(file.messageCount),
                        "set_aside": counts(file.setAside),
                    ]
                }),
            "set_aside": counts(report.setAside),
            "problems": .array(
                report.problems.map { ["file": .string($0.name), "why": .string($0.why)] }),
        ]
    }
}
