extension UsageReport {
    /// What `usage --json` prints of a row, on one line.
    public func json(_ row: Row) -> JSONValue {
        var object: JSONObject = [:]
        for (grouping, value) in zip(groupings, row.group) {
            object.append(grouping.name, JSONValue(value))
        }
        let counts = row.counts
        object.append("sessions", JSONValue(row.sessions))
        object.append("messages", JSONValue(counts.messages))
        object.append("turns", JSONValue(counts.turns))
        object.append("answers", JSONValue(counts.answers))
        object.append("tokens", counts.tokens.json)
        object.append(
            "cost",
            [
                "amount": .string(row.cost.amount()), "currency": .string(currency),
                "unpriced_tokens": JSONValue(row.cost.unpricedTokens),
                "unpriced_models": .array(row.cost.unpricedModels.map { .string($0) }),
            ])
        object.append(
            "latency_ms",
            ["total": JSONValue(counts.milliseconds), "answers": JSONValue(counts.timed)])
        object.append("errors", JSONValue(counts.errors))
        var tools: JSONObject = [:]
        for (name, tool) in counts.tools.sorted(by: { $0.key < $1.key }) {
            tools.append(
                name,
                [
                    "calls": JSONValue(tool.calls), "errors": JSONValue(tool.errors),
                    "timed": JSONValue(tool.timed), "total_ms": JSONValue(tool.milliseconds),
                ])
        }
        object.append("tools", .object(tools))
        return .object(object)
    }

    /// The names of the columns of ``csv(_:)``.
    public var csvTitles: [String] {
        groupings.map(\.name) + [
            "sessions", "messages", "turns", "answers", "input_tokens", "output_tokens",
            "cache_read_tokens", "cache_write_tokens", "cost", "currency", "unpriced_tokens",
            "latency_ms", "timed_answers", "tool_calls", "tool_errors", "errors",
        ]
    }

    /// A row's cells as `usage --csv` prints them.
    public func csv(_ row: Row) -> [String] {
        let counts = row.counts
        let tools = counts.tools.values
        var cells = row.group.map { $0 ?? "" }
        cells += [row.sessions, counts.messages, counts.turns, counts.answers].map { "\($0)" }
        cells += [
            counts.tokens.input, counts.tokens.output, counts.tokens.cacheRead,
            counts.tokens.cacheWrite.adding(counts.tokens.cacheWriteLong),
        ].map { "\($0)" }
        cells += [row.cost.amount(), currency, "\(row.cost.unpricedTokens)"]
        cells += ["\(counts.milliseconds)", "\(counts.timed)"]
        cells += [
            tools.reduce(0) { $0 + $1.calls }, tools.reduce(0) { $0 + $1.errors }, counts.errors,
        ].map { "\($0)" }
        return cells
    }

    /// A line of CSV by RFC 4180, without its end. A cell that a spreadsheet would take for a formula
    /// begins with an apostrophe.
    public static func csvLine(_ cells: [String]) -> String {
        cells.map { cell in
            var cell = cell
            if let first = cell.utf8.first, "=+-@\t\r".utf8.contains(first), Double(cell) == nil {
                cell = "'" + cell
            }
            guard cell.utf8.contains(where: { ",\"\n\r".utf8.contains($0) }) else { return cell }
            var quoted = "\""
            for character in cell.unicodeScalars {
                if character == "\"" { quoted += "\"" }
                quoted.unicodeScalars.append(character)
            }
            return quoted + "\""
        }.joined(separator: ",")
    }
}
