/// The report that people read: Markdown whose columns are aligned.
enum Table {
    /// All metrics, a line each: the median of every system, and ours by the best peer's.
    static func metrics(_ results: Results) -> String {
        let systems = Results.systems.filter { system in
            results.metrics.contains { !results.values($0, system).isEmpty }
        }
        var rows = [["what", "unit"] + systems + ["× best peer"]]
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
            rows.append(row + [ratio])
        }
        return text(rows, leftAligned: 2)
    }

    /// The goals, a line each; those whose case was not run are left out.
    static func goals(_ results: Results) -> String {
        var rows = [["goal for", "goal", "measured", "met"]]
        for goal in Goal.all {
            guard let outcome = goal.outcome(results), let metric = results.metric(goal.metric)
            else { continue }
            rows.append([
                metric.text, outcome.text, number(outcome.measured), outcome.isMet ? "yes" : "no",
            ])
        }
        return rows.count > 1 ? text(rows, leftAligned: 2) : ""
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
