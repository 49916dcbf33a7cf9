import SessionJournal

/// `sjournal scan`: looks for secrets and personal data.
enum ScanCommand: Command {
    private static let open = OptionSpec(
        name: "--not-redacted", help: "Only what messages still show.")

    static let spec = CommandSpec(
        name: "scan", summary: "Look for secrets, or personal data, in what sessions say.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .any,
                help: "Only these, by id, key or a beginning of either; else the whole journal.")
        ],
        options: RuleOptions.both + [open], hasJSON: true,
        details: [
            """
            Without --rule it looks for secrets: keys, tokens and passwords that have a shape. What \
            has none, such as a name or a street, is not found: a scan says what is there, never \
            that nothing is. Attachments and pictures are not looked into.
            """,
            """
            Each finding is an event, a rule, a place in the event's line (a JSON pointer), and a \
            few characters, a third of what was found at most.
            """,
            """
            Exit status 0: nothing was found. 1: something was. So a script can insist that a \
            journal is clean. sjournal redact takes it out.
            """,
        ],
        examples: [
            .init(command: "sjournal scan", meaning: "Secrets in the whole journal."),
            .init(
                command: "sjournal scan chat-1 --rule personal --rules names.txt",
                meaning: "Personal data in one session, and what a file names."),
        ])

    private static let shownRows = 1_000

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let scanner = try RuleOptions.scanner(arguments, context)
        let reading = try await JournalReading.open(context)
        var sessions: [SessionID] = []
        for name in arguments.positionals { sessions.append(try await reading.session(name)) }
        let isJSON = arguments.has(CommandSpec.json.name)
        let isOpen = arguments.has(open.name)
        let console = context.console
        var tables: [(session: SessionID, table: Table)] = []
        var count = 0
        var counts: [String: Int] = [:]
        let report = try await reading.tolerant { damage in
            try await reading.journal.scan(
                sessions.isEmpty ? nil : sessions, for: scanner, damage: damage
            ) { finding in
                guard !isOpen || !finding.isRedacted else { return }
                count += 1
                counts[finding.rule, default: 0] += 1
                if isJSON {
                    try console.json(Array(finding.json.description.utf8))
                } else if count <= shownRows {
                    var place = tables.firstIndex { $0.session == finding.session }
                    if place == nil {
                        tables.append((finding.session, Table(columns)))
                        place = tables.count - 1
                    }
                    tables[place ?? 0].table.add(row(finding))
                }
            }
        }
        guard !isJSON else { return count > 0 ? .negative : .done }
        if count > 0 {
            for (session, table) in tables {
                let name = session.isJournal ? SessionID.journalName : "\(session)"
                try console.line("\("session", .quiet) \(name, .name)")
                for line in table.lines(width: console.columns) { try console.line(line) }
                try console.line()
            }
            if count > shownRows {
                try console.line("and \(Numbers.grouped(count - shownRows)) more; --json has all")
            }
        }
        try console.line(
            """
            \(count == 0 ? "nothing found" : "\(Numbers.counted(count, "finding"))") in \
            \(Numbers.counted(report.events, "event")) (\(Numbers.bytes(UInt64(report.bytes))))
            """)
        if count > 0 { try console.line("by rule: \(RuleOptions.counts(counts))") }
        if report.redacted > 0 {
            try console.line(
                """
                \(Numbers.grouped(report.redacted)) of all are redacted already: the log still has \
                them until they are erased
                """)
        }
        for (number, what) in [
            (report.withheld, "of which only an entry line is left"),
            (report.unseen, "with pieces of attachments"),
        ] as [(Int, StaticString)] where number > 0 {
            try console.line(
                "not looked into: \(Numbers.counted(number, "event")) \(what.description)")
        }
        return count > 0 ? .negative : .done
    }

    private static let columns: [Table.Column] = [
        .init(title: "event", isRight: true), .init(title: "rule"),
        .init(title: "place", isFlexible: true), .init(title: "what"), .init(title: ""),
    ]

    private static func row(_ finding: ScanFinding) -> [Shown] {
        [
            "\(String(finding.sequence))", Shown(finding.rule),
            "\(Wrapping.flattened(finding.place)) \(range(finding.range))",
            "\(Wrapping.flattened(finding.excerpt), .quiet)", finding.isRedacted ? "redacted" : "",
        ]
    }

    private static func range(_ range: Range<Int>) -> String {
        "\(range.lowerBound)-\(range.upperBound)"
    }
}
