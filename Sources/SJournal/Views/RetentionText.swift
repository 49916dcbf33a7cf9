import SessionJournal

/// Rules of retention, for people.
enum RetentionText {
    /// The policies that stand.
    static func lines(_ policies: [RetentionPolicy], columns: Int) -> [Shown] {
        var table = Table([
            .init(title: "policy"), .init(title: "about", isFlexible: true),
            .init(title: "when"), .init(title: "action"),
        ])
        for policy in policies {
            let about = [
                policy.tag.map { "tag \($0)" }, policy.type.map { "type \($0)" },
                policy.status.map { "status \($0)" },
            ].compactMap { $0 }.joined(separator: ", ")
            let when = [
                policy.ageSeconds.map { "after " + AgeArgument.words($0) },
                policy.count.map { "beyond \(Numbers.grouped($0))" },
            ].compactMap { $0 }.joined(separator: ", ")
            table.add([
                Shown(Wrapping.flattened(policy.name), .name),
                Shown(Wrapping.flattened(about.isEmpty ? "all sessions" : about)),
                Shown(when.isEmpty ? "always" : when), Shown(policy.action.words),
            ])
        }
        table.add(["\("(own)", .quiet)", "its own deadline", "when it has passed", "expire"])
        table.add([
            "\("(own)", .quiet)", "messages with a ttl", "when it has passed", "prune messages",
        ])
        return table.lines(width: columns).map { $0.elided(to: columns) }
    }

    /// What is due.
    static func lines(_ plan: RetentionPlan, columns: Int) -> [Shown] {
        guard !plan.decisions.isEmpty else { return ["nothing is due"] }
        var table = Table([
            .init(title: "session"), .init(title: "action"),
            .init(title: "rule", isFlexible: true), .init(title: "messages", isRight: true),
            .init(title: ""),
        ])
        for decision in plan.decisions {
            let gone = decision.messages.count { $0.safeguard == nil }
            table.add([
                Shown(String(decision.session.hexadecimal.prefix(12)), .name),
                Shown(decision.action.words), Shown(Wrapping.flattened(decision.rule)),
                decision.action == .pruneMessages ? "\(Numbers.grouped(gone))" : "",
                stays(decision),
            ])
        }
        var lines = table.lines(width: columns).map { $0.elided(to: columns) }
        let due = plan.due.count
        lines.append(
            "\(Numbers.counted(due, "act")) due, "
                + "\(Numbers.counted(plan.decisions.count - due, "act")) held back")
        return lines
    }

    private static func stays(_ decision: RetentionDecision) -> Shown {
        if let safeguard = decision.safeguard {
            return Shown("stays: " + Wrapping.flattened(safeguard.words), .quiet)
        }
        return decision.isDue ? "" : Shown("stays: all are protected", .quiet)
    }

    /// What was done.
    static func lines(_ report: RetentionReport, columns: Int) -> [Shown] {
        var lines: [Shown] = report.resumed.map {
            "the run that event \(String($0.sequence)) announced is finished"
        }
        guard let sequence = report.sequence else { return lines + ["nothing is due"] }
        var table = Table([
            .init(title: "session"), .init(title: "action"),
            .init(title: "rule", isFlexible: true), .init(title: "messages", isRight: true),
            .init(title: "events", isRight: true), .init(title: "by", isRight: true),
            .init(title: ""),
        ])
        for outcome in report.outcomes {
            let isDone = outcome.refusal == nil
            table.add([
                Shown(String(outcome.session.hexadecimal.prefix(12)), .name),
                Shown(outcome.action.words), Shown(Wrapping.flattened(outcome.rule)),
                isDone && outcome.messageCount > 0
                    ? "\(Numbers.grouped(outcome.messageCount))" : "",
                isDone && outcome.eventCount > 0 ? "\(Numbers.grouped(outcome.eventCount))" : "",
                outcome.sequence.map { Shown("#\($0)", .quiet) } ?? "",
                outcome.refusal.map { Shown("refused: " + Wrapping.flattened($0), .bad) } ?? "",
            ])
        }
        lines += table.lines(width: columns).map { $0.elided(to: columns) }
        for outcome in report.outcomes {
            guard let refusal = outcome.refusal else { continue }
            let name = outcome.session.hexadecimal.prefix(12)
            lines.append("\(String(name), .name): \(Wrapping.flattened(refusal))")
        }
        let refused = report.outcomes.count { $0.refusal != nil }
        lines.append(
            "\(Numbers.counted(report.outcomes.count - refused, "act")) done, "
                + "\(Numbers.grouped(refused)) refused; recorded by event \(String(sequence))"
                + (report.waiting > 0
                    ? "; \(Numbers.grouped(report.waiting)) wait for the next run" : ""))
        return lines
    }
}
