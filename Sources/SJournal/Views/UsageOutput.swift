import SessionJournal

/// A usage report as people and spreadsheets read it.
struct UsageOutput {
    let report: UsageReport
    let console: Console

    func printCSV() throws {
        try console.line(csv: report.csvTitles)
        for row in report.rows { try console.line(csv: report.csv(row)) }
    }

    func printTable() throws {
        guard report.total.sessions > 0 else {
            try console.line("nothing was said in that time")
            return
        }
        let names = report.groupings.enumerated().map { index, grouping in
            Table.Column(title: Shown(grouping.name), isFlexible: index == 0)
        }
        let titles: [Shown] = [
            "turns", "answers", "input", "cached", "output", Shown(report.currency), "errors",
            "answer in",
        ]
        var table = Table(names + titles.map { .init(title: $0, isRight: true) })
        for row in report.rows { table.add(row.group.map { Self.name($0) } + cells(row)) }
        if report.rows.count > 1 {
            let names = report.groupings.indices.map { $0 == 0 ? Shown("all") : Shown() }
            table.add(names + cells(report.total))
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        let cost = report.total.cost
        if !cost.unpricedModels.isEmpty {
            let models = cost.unpricedModels.map { Shown("\($0)") }
            var line = Shown("no price for ")
            for (index, model) in models.enumerated() { line += (index > 0 ? ", " : "") + model }
            line += Shown(": \(Numbers.grouped(cost.unpricedTokens)) tokens are not in the cost")
            try console.line()
            try console.line(line.styled(.quiet))
        }
    }

    private static func name(_ value: String?) -> Shown {
        value.map { Shown("\($0)") } ?? Shown("-").styled(.quiet)
    }

    private func cells(_ row: UsageReport.Row) -> [Shown] {
        let counts = row.counts
        let failed = counts.tools.values.reduce(0) { $0 + $1.errors }
        let isPriced = row.cost.unpricedTokens == 0 || row.cost.picounits > 0
        return [
            "\(Numbers.grouped(counts.turns))", "\(Numbers.grouped(counts.answers))",
            Self.tokens(counts.tokens.inputAnew), Self.tokens(counts.tokens.cacheRead),
            Self.tokens(counts.tokens.output),
            isPriced ? Shown(row.cost.amount(decimals: 2)) : "?",
            "\(Numbers.grouped(counts.errors + failed))",
            Self.mean(counts.milliseconds, counts.timed),
        ]
    }

    /// `999`, `12 k`, `5.4 M`: a table has no room for all digits; --json and --csv have.
    private static func tokens(_ count: UInt64) -> Shown {
        if count < 10_000 { return Shown(Numbers.grouped(count)) }
        let thousands = Double(count) / 1_000
        if thousands < 999.5 { return Shown("\(Int(thousands.rounded())) k") }
        return Shown(Numbers.oneDecimal(thousands / 1_000) + " M")
    }

    private static func mean(_ milliseconds: Int64, _ count: Int) -> Shown {
        guard count > 0 else { return Shown() }
        return Shown(Numbers.duration(milliseconds: milliseconds / Int64(count)))
    }

    func printTools() throws {
        let tools = report.total.counts.tools.sorted {
            ($1.value.calls, $0.key) < ($0.value.calls, $1.key)
        }
        guard !tools.isEmpty else {
            try console.line("no tool was called in that time")
            return
        }
        var table = Table([
            .init(title: "tool", isFlexible: true), .init(title: "calls", isRight: true),
            .init(title: "errors", isRight: true), .init(title: "mean", isRight: true),
        ])
        for (name, counts) in tools {
            table.add([
                "\(name.isEmpty ? "(no name)" : name)", "\(Numbers.grouped(counts.calls))",
                "\(Numbers.grouped(counts.errors))",
                Self.mean(counts.milliseconds, counts.timed),
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
    }
}

extension Console {
    /// A JSON value on one line.
    func json(row: JSONValue) throws { try json(Array(row.description.utf8)) }

    /// A line of CSV. Control characters stay: a program reads it.
    func line(csv cells: [String]) throws { try json(Array(UsageReport.csvLine(cells).utf8)) }
}
