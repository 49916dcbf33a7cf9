/// The report that people read: Markdown whose columns are aligned.
enum Table {
    /// A line for each metric: the median of every system, ours by the best peer's, and where there
    /// is a goal, what it asks, what was measured, and whether that is enough.
    static func text(_ results: Results) -> String {
        let systems = Results.systems.filter { system in
            results.metrics.contains { !results.values($0, system).isEmpty }
        }
        var rows = [
            ["what", "unit"] + systems + ["× best peer", "goal", "measured", "met"]
        ]
        for metric in results.metrics {
            var row = [metric.text, metric.unit]
            for system in systems {
                let values = results.values(metric, system)
                row.append(values.isEmpty ? "" : number(Statistics.median(values)))
            }
            var ratio = ""
            if let best = results.bestPeer(metric),
                let value = results.ratio(metric, Results.ours, by: best)
            {
                ratio = number(value)
            }
            row.append(ratio)
            let outcomes = Goal.all.filter { $0.metric == metric.name }.compactMap {
                $0.outcome(results)
            }
            row.append(outcomes.map(\.text).joined(separator: ", "))
            row.append(outcomes.map { number($0.measured) }.joined(separator: ", "))
            row.append(outcomes.map { $0.isMet ? "yes" : "no" }.joined(separator: ", "))
            rows.append(row)
        }
        return text(rows, leftAligned: 2)
    }

    private static func text(_ rows: [[String]], leftAligned: Int) -> String {
        let widths = rows[0].indices.map { column in
            rows.reduce(0) { max($0, $1[column].count) }
        }
        var lines = rows.map { row in
            let cells = row.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - row[column].count)
                return column < leftAligned ? row[column] + space : space + row[column]
            }
            return "| " + cells.joined(separator: " | ") + " |"
        }
        let rule = widths.indices.map { column in
            String(repeating: "-", count: widths[column] + (column < leftAligned ? 2 : 1))
                + (column < leftAligned ? "" : ":")
        }
        lines.insert("|" + rule.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n") + "\n"
    }

    /// A number with three digits that count, and groups of thousands.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        // A difference may lie below zero.
        guard value >= 0 else { return "-" + number(-value) }
        if value >= 100 {
            var digits = Array(String(Int(value.rounded())))
            var index = digits.count - 3
            while index > 0 {
                digits.insert(",", at: index)
                index -= 3
            }
            return String(digits)
        }
        let decimals = value >= 10 ? 1 : value >= 1 ? 2 : 3
        let scale = [1, 10, 100, 1_000][decimals]
        let scaled = Int((value * Double(scale)).rounded())
        let fraction = String(scaled % scale)
        let zeros = String(repeating: "0", count: decimals - fraction.count)
        return "\(scaled / scale).\(zeros)\(fraction)"
    }
}
