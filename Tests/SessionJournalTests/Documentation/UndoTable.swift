import SessionJournal

/// The table of inverses on the page "The life of a session", made from `UndoRule.all`.
enum UndoTable {
    static let header = "| act | undone by | comes to | refused where |"

    static var lines: [String] {
        [header, "|---|---|---|---|"]
            + UndoRule.all.map { rule in
                let isStanding = rule.inverse == .earlierStanding
                let by =
                    isStanding
                    ? "the calls of the table above that lead back"
                    : rule.by.map { "`\($0)`" }.joined(separator: ", ")
                return "| `\(rule.kind)` | \(by) | \(rule.meaning) | \(rule.refusal) |"
            }
    }
}
