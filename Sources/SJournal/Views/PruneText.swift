import SessionJournal

/// What was pruned, for people.
enum PruneText {
    /// How many entries are shown one by one.
    private static let shownCount = 20

    /// What a pruning did, or would do.
    static func lines(_ report: PruneReport, columns: Int) -> [Shown] {
        guard !report.entries.isEmpty else { return ["nothing is due"] }
        let isOfMessages = report.entries[0].message != nil
        var table = Table([
            .init(title: isOfMessages ? "message" : "session"),
            .init(title: "why", isFlexible: true), .init(title: "tokens", isRight: true),
            .init(title: ""),
        ])
        for entry in report.entries.prefix(shownCount) {
            // As much of an id as is enough to name it.
            let name = entry.message.map { String($0.prefix(12)) } ?? entry.session.hexadecimal
            table.add([
                Shown(Wrapping.flattened(name), .name),
                Shown(Wrapping.flattened(why(entry.values))),
                entry.safeguard == nil ? "\(Numbers.grouped(entry.tokens))" : "",
                entry.safeguard.map { Shown("stays: " + Wrapping.flattened($0.words), .quiet) }
                    ?? "",
            ])
        }
        var lines = table.lines(width: columns).map { $0.elided(to: columns) }
        let more = report.entries.count - shownCount
        if more > 0 {
            lines.append("… and \(Numbers.grouped(more)) more; --json lists them all")
        }
        let gone = report.gone
        guard !gone.isEmpty else {
            return lines + ["nothing goes; \(Numbers.grouped(report.kept.count)) stay"]
        }
        let things = Numbers.counted(gone.count, isOfMessages ? "message" : "session")
        let verb =
            report.isDryRun
            ? "would be put out of sight" : gone.count == 1 ? "is out of sight" : "are out of sight"
        lines.append(
            "\(things) \(verb): \(Numbers.counted(report.tokens, "token")), "
                + "\(Numbers.bytes(UInt64(clamping: report.bytes)))"
                + (report.kept.isEmpty ? "" : "; \(Numbers.grouped(report.kept.count)) stay"))
        return lines
    }

    /// What decided, in words.
    private static func why(_ values: JSONObject) -> String {
        func text(_ name: String) -> String? {
            values[name].flatMap { $0.isNull ? nil : $0.string ?? $0.description }
        }
        if let original = text("duplicates"), let similarity = text("similarity") {
            return "\(similarity) like \(original.prefix(12))"
        }
        var words: [String] = []
        if let rank = text("rank") { words.append("rank \(rank)") }
        if let count = text("accesses") { words.append("read \(count) times") }
        if let last = text("last_access").flatMap({ Timestamp($0) }) {
            words.append("last \(TimeText.seconds(last))")
        }
        if let age = values["age"]?.integer, let ttl = values["ttl"]?.integer {
            words.append("\(AgeArgument.words(age)) old, ttl \(AgeArgument.words(ttl))")
        }
        if let deadline = text("deadline").flatMap({ Timestamp($0) }) {
            words.append("since \(TimeText.seconds(deadline))")
        }
        if let bytes = values["bytes"]?.integer.flatMap({ UInt64(exactly: $0) }) {
            words.append(Numbers.bytes(bytes))
        }
        return words.joined(separator: ", ")
    }

    /// What was put out of sight so far.
    static func lines(_ statistics: PruneStatistics, columns: Int) -> [Shown] {
        guard !statistics.strategies.isEmpty else { return ["nothing was put out of sight"] }
        var table = Table([
            .init(title: "strategy", isFlexible: true), .init(title: "prunes", isRight: true),
            .init(title: "sessions", isRight: true), .init(title: "messages", isRight: true),
            .init(title: "tokens", isRight: true), .init(title: "bytes", isRight: true),
        ])
        for (name, count) in statistics.strategies.sorted(by: { $0.key < $1.key }) {
            table.add([
                Shown(Wrapping.flattened(name)), "\(Numbers.grouped(count.pruneCount))",
                "\(Numbers.grouped(count.sessionCount))",
                "\(Numbers.grouped(count.messageCount))", "\(Numbers.grouped(count.tokens))",
                "\(Numbers.bytes(UInt64(clamping: count.bytes)))",
            ])
        }
        var lines = table.lines(width: columns)
        if statistics.restoreCount > 0 {
            lines.append(
                "brought back by \(Numbers.counted(statistics.restoreCount, "event")) since")
        }
        return lines
    }
}
