import SessionJournal

/// `export --anonymise`: sessions without the names of those who took part.
enum AnonymisedExport {
    static let flag = OptionSpec(
        name: "--anonymise",
        help: "Sessions without names: pseudonyms, and texts in which rules redact.")
    static let shift = OptionSpec(
        name: "--shift-times",
        help: "With --anonymise: move each session's times by a time of its own.")
    static let attachments = OptionSpec(
        name: "--with-attachments",
        help: "With --anonymise: keep pictures and the like, which nobody looks into.")
    static let session = OptionSpec(
        name: "--session", value: "SESSION", repeats: true,
        help: "With --anonymise: only this session. May be repeated.")

    /// What only this form of export has.
    static let options = [flag, session, shift, attachments] + RuleOptions.both

    static func run(
        to directory: String, _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        var options = AnonymisingOptions()
        options.rules = try RuleOptions.scanner(
            arguments, context, usual: TextRule.builtIn
        ).rules
        options.shiftsTimes = arguments.has(shift.name)
        options.keepsAttachments = arguments.has(attachments.name)
        let reading = try await JournalReading.open(context)
        var sessions: [SessionID] = []
        for name in arguments.all(session.name) { sessions.append(try await reading.session(name)) }
        var folder = try HandedFolder(at: directory, of: reading.journal)
        let report: AnonymisingReport
        var rows: [JSONValue] = []
        do {
            report = try await reading.journal.anonymised(
                sessions.isEmpty ? nil : sessions, options: options
            ) { session in
                let name = "sessions/\(session.name).jsonl"
                var file = try folder.begin(name)
                for line in session.lines { try file.append(line) }
                try folder.take(file)
                rows.append(row(session, name))
            }
            let json = json(report, options, rows)
            try folder.put("report.json", json.description + "\n")
            try folder.put("README.txt", readme(options))
            try folder.finish(["what": "anonymised sessions", "version": 1])
        } catch {
            folder.abandon()
            throw error
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(json(report, options, rows).description.utf8))
        } else {
            for line in words(report, options, directory) { try console.line(line) }
        }
        return .done
    }

    private static func row(_ session: AnonymisedSession, _ name: String) -> JSONValue {
        [
            "file": .string(name), "messages": JSONValue(messages(session)),
            "found": RuleOptions.json(session.counts),
            "attachments": JSONValue(session.attachments),
            "withheld": JSONValue(session.withheld),
            "events_without_export": JSONValue(session.otherEvents),
        ]
    }

    private static func messages(_ session: AnonymisedSession) -> Int {
        session.lines.count { $0["type"] == "message" }
    }

    private static func json(
        _ report: AnonymisingReport, _ options: AnonymisingOptions, _ rows: [JSONValue]
    ) -> JSONValue {
        [
            "sessions": JSONValue(report.sessions), "messages": JSONValue(report.messages),
            "known_names": JSONValue(report.names), "found": RuleOptions.json(report.counts),
            "rules": .array(Set(options.rules.map(\.name)).sorted().map { .string($0) }),
            "attachments": [
                "count": JSONValue(report.attachments), "kept": .bool(options.keepsAttachments),
                "looked_into": false,
            ],
            "withheld": JSONValue(report.withheld), "times_shifted": .bool(options.shiftsTimes),
            "events_without_export": JSONValue(report.otherEvents), "files": .array(rows),
        ]
    }

    private static func words(
        _ report: AnonymisingReport, _ options: AnonymisingOptions, _ directory: String
    ) -> [Shown] {
        var lines: [Shown] = [
            """
            wrote \(Numbers.counted(report.sessions, "session")) with \
            \(Numbers.counted(report.messages, "message")) to \(Shown(directory))
            """
        ]
        if report.counts.isEmpty {
            lines.append("in texts nothing was found")
        } else {
            lines.append("redacted in texts: \(RuleOptions.counts(report.counts))")
        }
        if report.attachments > 0 {
            lines.append(
                """
                \(options.keepsAttachments ? "kept, and not looked into" : "left out"): \
                \(Numbers.counted(report.attachments, "attachment")), pictures among them
                """)
        }
        if report.withheld > 0 {
            lines.append("gaps: \(Numbers.counted(report.withheld, "message")) erased or locked")
        }
        lines.append(
            "what has no shape and is no known name is not found; read before you hand it on")
        return lines
    }

    private static let shifted = """
        The times of each session are moved by a time of its own; what lies between them is as it
        was.
        """

    private static func readme(_ options: AnonymisingOptions) -> String {
        """
        Sessions without the names of those who took part
        =================================================

        sessions/*.jsonl  one session a file, one JSON object a line: first the session, then its
                          branches, then its messages in the order in which they were said, as they
                          stand now: edited, redacted and removed as people left them.
        report.json       how much was found by which rule in which file; never what was found.
        manifest.json     the size and the SHA-256 of every other file.

        session-, key-, person-, message-, branch-, call- and name- with 16 digits stand for names.
        The same stands for the same in the whole folder. They were made with a key that was drawn
        for this folder and is written nowhere: nobody can find out by trying names which stands for
        which.
        model:, tool: and client: name programs. [redacted: RULE] stands for what a rule has found.
        \(options.shiftsTimes ? shifted : "Times are as they were.")
        \(options.keepsAttachments
            ? "Pictures and attachments are there as they were: nobody has looked into them."
            : "Pictures, attachments and encoded texts are left out.")
        Not here: lines of files that were imported, and events other than messages and metadata.

        This makes it hard to tell who somebody is, not impossible: what a text says of a person
        without naming them is still there. Such data may still be personal data.

        """
    }
}
