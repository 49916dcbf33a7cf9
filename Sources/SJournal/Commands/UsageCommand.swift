import SessionJournal

/// `sjournal usage`: tokens, cost, turns, tools and errors, and how often metadata changed.
enum UsageCommand: Command {
    static let spec = CommandSpec(
        name: "usage", summary: "Add up tokens, cost, turns, tools and errors.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional,
                help: "Only this session, by id, key or a beginning of either.")
        ],
        options: [
            OptionSpec(
                name: "--by", value: "WHAT", repeats: true,
                help: """
                    A row for each session, model, day, month, actor or tag, or for each value of a \
                    metadata field such as category. May be repeated; else model.
                    """),
            OptionSpec(name: "--tools", help: "A row for each tool."),
            OptionSpec(
                name: "--changes",
                help: "Count changes of metadata; --by field, actor, day, month, value, session."),
            OptionSpec(
                name: "--field", value: "FIELD", help: "With --changes: only those of this field."),
            OptionSpec(
                name: "--since", value: "DAY", help: "From this day on, by the sessions' own time."),
            OptionSpec(name: "--until", value: "DAY", help: "Up to this day."),
            .at,
            .prices,
            OptionSpec(name: "--print-prices", help: "Print the table of prices, and stop."),
            OptionSpec(name: "--csv", help: "Answer in CSV."),
        ], hasJSON: true,
        details: [
            """
            Costs are estimates from list prices. Tokens of a model that the table does not name \
            have no price, and the answer says which models those are.
            """,
            """
            Latency is what a model's answer states, else the time from the message before, by \
            their own clocks. A session with several tags counts in the row of each.
            """,
        ],
        examples: [
            .init(command: "sjournal usage", meaning: "What each model took, and the sum."),
            .init(
                command: "sjournal usage --by day --by model --since 2026-11-01 --csv",
                meaning: "For a spreadsheet."),
            .init(command: "sjournal usage --tools", meaning: "Which tools fail, and how slow."),
            .init(
                command: "sjournal usage --changes --by actor --by month --field status",
                meaning: "Who changed the status how often."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let prices = try PriceArgument.parse(arguments)
        if arguments.has("--print-prices") {
            try context.console.json(Array(prices.json.description.utf8))
            return .done
        }
        if arguments.has("--json"), arguments.has("--csv") {
            throw UsageError(message: "--json and --csv exclude each other", command: "usage")
        }
        let since = try arguments.time("--since", isEndOfDay: false)
        let until = try arguments.time("--until", isEndOfDay: true)
        if let since, let until, until < since {
            throw UsageError(message: "--until comes before --since", command: "usage")
        }
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(ifNamed: arguments.positionals.first)
        if arguments.has("--changes") {
            let trail = try await reading.trail(of: session, at: point)
            try printChanges(
                ChangeReport(
                    of: trail, by: try changeGroupings(arguments),
                    field: arguments.value("--field"), since: since, until: until),
                arguments, context.console)
            return .done
        }
        if arguments.value("--field") != nil {
            throw UsageError(message: "--field goes with --changes", command: "usage")
        }
        let names = arguments.all("--by")
        let groupings = (names.isEmpty ? ["model"] : names).map { UsageReport.Grouping($0) }
        let usages = try await reading.usage(of: session, at: point)
        let report = UsageReport(
            of: usages, by: groupings, prices: prices, since: since, until: until)
        let output = UsageOutput(report: report, console: context.console)
        if arguments.has("--json") {
            for row in report.rows { try context.console.json(row: report.json(row)) }
        } else if arguments.has("--csv") {
            try output.printCSV()
        } else if arguments.has("--tools") {
            try output.printTools()
        } else {
            try output.printTable()
        }
        return .done
    }

    private static func changeGroupings(
        _ arguments: ParsedArguments
    ) throws -> [ChangeReport.Grouping] {
        let names = arguments.all("--by")
        return try (names.isEmpty ? ["field"] : names).map { name in
            guard let grouping = ChangeReport.Grouping(rawValue: name) else {
                let known = ChangeReport.Grouping.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError(
                    message: "--changes goes --by \(known); not \(name)", command: "usage")
            }
            return grouping
        }
    }

    private static func printChanges(
        _ report: ChangeReport, _ arguments: ParsedArguments, _ console: Console
    ) throws {
        if arguments.has("--json") {
            for row in report.rows { try console.json(row: report.json(row)) }
            return
        }
        let titles = report.groupings.map(\.rawValue) + ["changes", "sessions"]
        if arguments.has("--csv") {
            try console.line(csv: titles)
            for row in report.rows {
                try console.line(
                    csv: row.group.map { $0 ?? "" } + ["\(row.changes)", "\(row.sessionCount)"])
            }
            return
        }
        guard !report.rows.isEmpty else {
            try console.line("no change of that kind is on record")
            return
        }
        var table = Table(
            report.groupings.map {
                .init(title: "\($0.rawValue)", isFlexible: $0 == .value)
            } + [.init(title: "changes", isRight: true), .init(title: "sessions", isRight: true)])
        for row in report.rows {
            table.add(
                row.group.map { "\($0 ?? "(withheld)")" } + [
                    "\(Numbers.grouped(row.changes))", "\(Numbers.grouped(row.sessionCount))",
                ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
    }
}
