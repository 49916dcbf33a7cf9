import SessionJournal

/// `sjournal health`: a fast verdict.
enum HealthCommand: Command {
    static let spec = CommandSpec(
        name: "health", summary: "Say at once whether the journal is well, and for how long.",
        hasJSON: true,
        details: [
            """
            Who may write, whether the structure is whole, how full the disk is and in how many days \
            it will be, what is not sealed, and how old the last event is. Reads headers and \
            footers, no content: sjournal verify reads every byte.
            """,
            """
            Exit status 0: healthy. 1: something asks for attention. 3: the structure is damaged.
            """,
        ],
        examples: [
            .init(command: "sjournal health", meaning: "For people."),
            .init(
                command: "sjournal health --json | jq .days_until_full",
                meaning: "For a script that watches the disk."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let report = try await Journal.health(
            at: context.journalPath, opening: context.journalOptions)
        if arguments.has("--json") {
            try context.console.json(Array(report.json.description.utf8))
        } else {
            for line in text(report, columns: context.console.columns) {
                try context.console.line(line)
            }
        }
        switch report.verdict {
        case .healthy: return .done
        case .warning: return .negative
        case .damaged: return .damaged
        }
    }

    private static let labelColumns = 13

    /// The report in words.
    static func text(_ report: HealthReport, columns: Int) -> [Shown] {
        var lines: [Shown] = []
        switch report.verdict {
        case .healthy: lines.append("\("healthy", .good)")
        case .warning: lines.append("\("asks for attention", .warning)")
        case .damaged: lines.append("\("damaged", .bad): sjournal verify names all damage")
        }
        for finding in report.damage + report.warnings {
            let parts = Wrapping.wrapped(finding, to: columns - 2).lines
            lines += parts.enumerated().map {
                ($0.offset == 0 ? "- " : "  ") + Shown($0.element)
            }
        }
        lines.append("")
        func add(_ label: Shown, _ value: Shown) {
            lines.append(label.styled(.quiet).padded(to: labelColumns) + value)
        }
        add("writing", access(report))
        if let time = report.lastTime {
            let age = report.lastAgeSeconds.map {
                Numbers.duration(milliseconds: max(0, $0).multipliedClamping(by: 1_000)) + " ago"
            }
            add(
                "last event",
                """
                \(String(report.lastSequence)), \(time.description)\
                \(age.map { ", \($0)" } ?? "")
                """)
        } else {
            add("last event", "none yet")
        }
        add(
            "segments",
            """
            \(Numbers.grouped(report.segments)), of which \(Numbers.grouped(report.unsealed)) \
            not sealed, \(Numbers.bytes(report.bytesOnDisk))
            """)
        if let free = report.bytesFree, let total = report.bytesTotal {
            add("disk", "\(Numbers.bytes(free)) free of \(Numbers.bytes(total))")
        }
        if let rate = report.bytesPerDay {
            let full = report.daysUntilFull.map { "; full in \(Numbers.counted($0, "day"))" } ?? ""
            add("growth", "\(Numbers.bytes(rate)) a day\(Shown(full))")
        } else {
            add("growth", "not known yet")
        }
        return lines
    }

    private static func access(_ report: HealthReport) -> Shown {
        switch report.access {
        case .free: "free: nobody writes now"
        case .locked:
            report.writer.map { "process \(String($0)) writes" } ?? "another process writes"
        case .denied: "not allowed"
        case .damaged: "not before sjournal repair"
        }
    }
}

extension Int64 {
    fileprivate func multipliedClamping(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
