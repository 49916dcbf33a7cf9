import SessionJournal

/// What maintenance did, for people.
enum MaintenanceText {
    /// A line a step, and what is wrong behind them.
    static func lines(_ report: MaintenanceReport, columns: Int) -> [Shown] {
        guard !report.entries.isEmpty else { return ["nothing is to be done"] }
        var table = Table([
            .init(title: "step"), .init(title: "", isFlexible: true),
            .init(title: "time", isRight: true),
        ])
        for entry in report.entries {
            let words: Shown =
                switch entry.outcome {
                case .done: Shown(Wrapping.flattened(self.words(entry)))
                case .notDue: Shown("not due yet", .quiet)
                case .failed(let error): Shown(Wrapping.flattened("failed: \(error)"), .bad)
                }
            table.add([
                Shown(Wrapping.flattened(entry.name), .name), words,
                Shown(seconds(entry.duration)),
            ])
        }
        var lines = table.lines(width: columns).map { $0.elided(to: columns) }
        for entry in report.entries {
            for finding in entry.findings {
                lines.append("- \(Shown(entry.name)): \(Shown(finding))")
            }
        }
        return lines
    }

    private static func seconds(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        return "\(seconds).\(attoseconds / 100_000_000_000_000_000) s"
    }

    private static func bytes(_ count: Int64) -> String { Numbers.bytes(UInt64(clamping: count)) }

    private static func words(_ entry: MaintenanceReport.Entry) -> String {
        let figures = entry.figures
        func number(_ name: String) -> Int64 { figures[name]?.integer ?? 0 }
        func counted(_ name: String, _ noun: String) -> String? {
            number(name) > 0 ? Numbers.counted(number(name), noun) : nil
        }
        func joined(_ parts: [String?], else nothing: String) -> String {
            let known = parts.compactMap { $0 }
            return known.isEmpty ? nothing : known.joined(separator: ", ")
        }
        let sizes = figures["size"]?.array?.compactMap(\.integer) ?? []
        let change =
            sizes.count == 2 && sizes[0] != sizes[1]
            ? "\(bytes(sizes[0])) became \(bytes(sizes[1]))" : nil
        switch entry.step {
        case .expire: return joined([counted("sessions", "session")], else: "nothing is overdue")
        case .retain:
            return joined(
                [
                    counted("done", "act"),
                    counted("refused", "refusal").map { "\($0): sjournal retain --dry-run" },
                    counted("waiting", "act").map { "\($0) for the next run" },
                    counted("resumed", "earlier run").map { "\($0) finished" },
                ], else: "nothing is due")
        case .prune:
            return joined(
                [counted("sessions", "session"), counted("messages", "message")],
                else: "nothing is due")
        case .compact:
            return joined(
                [
                    counted("events", "event"), change,
                    counted("left_out", "session").map { "\($0) left out" },
                ],
                else: "nothing is due")
        case .seal:
            return joined(
                [
                    counted("sealed", "segment").map { "\($0) sealed" },
                    counted("compressed", "segment").map { "\($0) compressed" }, change,
                ], else: "nothing has cooled")
        case .snapshot:
            return joined([counted("snapshots", "snapshot")], else: "none is due")
        case .task:
            return joined(
                figures.map { "\($0.name) \($0.value)" }, else: "nothing to do")
        case .backup:
            return "generation \(number("generation")): \(bytes(number("copied"))) copied"
        case .verify:
            let events = figures["events"]?.array?.compactMap(\.integer) ?? []
            let part =
                events.count == 2
                ? "events \(Numbers.grouped(events[0])) to \(Numbers.grouped(events[1]))"
                : "everything"
            return "\(part): " + (entry.findings.isEmpty ? "whole" : "not what was written")
        }
    }
}
