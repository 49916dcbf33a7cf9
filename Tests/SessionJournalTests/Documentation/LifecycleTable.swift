import SessionJournal

/// The table of rules on the page "The life of a session", made from `LifecycleRule.all`.
enum LifecycleTable {
    static let header =
        "| call | event | for status | status afterwards | for phase | phase afterwards |"

    static var lines: [String] {
        [header, "|---|---|---|---|---|---|"]
            + LifecycleRule.all.map { rule in
                let cells = [
                    "`\(rule.call)`", "`\(rule.kind)`",
                    list(rule.from.map(\.rawValue), all: SessionStatus.allCases.count),
                    outcome(rule.outcome),
                    list(
                        rule.phases.map(\.rawValue), all: SessionLifecycle.Phase.allCases.count),
                    rule.phase.map { "`\($0.rawValue)`" } ?? "the same",
                ]
                return "| " + cells.joined(separator: " | ") + " |"
            }
    }

    private static func list(_ names: [String], all: Int) -> String {
        names.count == all ? "any" : names.map { "`\($0)`" }.joined(separator: ", ")
    }

    private static func outcome(_ outcome: LifecycleRule.Outcome) -> String {
        switch outcome {
        case .status(let status): "`\(status.rawValue)`"
        case .given: "as given"
        case .beforeDeletion: "what it was before"
        case .same: "the same"
        }
    }
}
