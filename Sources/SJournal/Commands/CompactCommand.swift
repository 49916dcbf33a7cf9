import FoundationEssentials
import SessionJournal

/// `sjournal compact`: replaces what old events said by their shape, and certifies it.
enum CompactCommand: Command {
    static let spec = CommandSpec(
        name: "compact", summary: "Let go of what old events said, and keep who, when and why.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .any, help: "Only these sessions; else all of the journal.")
        ],
        options: [
            OptionSpec(
                name: "--query", value: "QUERY",
                help: "Only sessions that match; sjournal help sessions has more."),
            OptionSpec(name: "--archived", help: "Only sessions that were put away."),
            OptionSpec(
                name: "--older-than", value: "AGE",
                help: "Only events that happened before: 30d, 12h, or a time."),
            OptionSpec(
                name: "--keep-events", value: "N", help: "The last N events of each session stay."),
            OptionSpec(
                name: "--keep-messages", value: "N",
                help: "The last N messages of each branch stay, with the calls of their results."),
            OptionSpec(
                name: "--ancestors-of", value: "BRANCH",
                help: "Only the beginning of a session that this branch comes from."),
            OptionSpec(name: "--all", help: "All content of all sessions, where no rule is given."),
            OptionSpec(
                name: "--archive", value: "DIR",
                help: "Copy the segments there first; --attach DIR reads them again."),
            OptionSpec(name: "--dry-run", help: "Say what would go, and change nothing."),
            .reason,
            .writer,
            OptionSpec(
                name: "--check", help: "Derive the certificates again, and compare."),
            OptionSpec(
                name: "--compaction", value: "ID", help: "With --check and --list: only this one."),
            OptionSpec(name: "--list", help: "The compactions so far, with their certificates."),
            OptionSpec(
                name: "--resume", help: "Finish the compactions that a crash has stopped."),
            ForgetLeaves.option,
        ], hasJSON: true,
        details: [
            """
            What goes is the text of messages, what tools were given and gave back, attachments, \
            and the lines that an import kept. What stays is every event's position, time, kind, \
            author and reason, the tree of messages and branches, every change of metadata, and \
            what was used: state, tree, audit and usage answer as before, at every event.
            """,
            """
            Messages that are marked important or pinned stay, and what is being said; sessions \
            under a hold, and locked ones, are left out. The Merkle tree and every checkpoint stay \
            as they are.
            """,
            """
            What a rule says twice holds twice. A compaction can be stopped at any moment; the next \
            command that writes finishes it. It needs room for one segment more, and for those that \
            it archives.
            """,
            """
            --forget-leaves is something else: of sessions that were erased as wholes it takes what \
            the erasures left, the entry lines and the leaves of the Merkle tree, and keeps the \
            roots above them. Nothing of these events can be proved by itself any more; everything \
            else can, and every checkpoint that the journal has recorded. It needs --older-than, \
            counted from the end of the erasures, and whoever may erase.
            """,
            "Exit status 0: done, or every certificate holds. 1: one does not. 4: a hold covers it.",
        ],
        examples: [
            .init(
                command: "sjournal compact --keep-messages 50 --dry-run",
                meaning: "What would go of all but the last 50 messages of each session."),
            .init(
                command: "sjournal compact --archived --older-than 90d --archive ~/old",
                meaning: "Let go of what old sessions said, and keep it elsewhere."),
            .init(
                command: "sjournal --attach ~/old show chat-1",
                meaning: "Read it as it was."),
            .init(command: "sjournal compact --check", meaning: "Hold every certificate."),
            .init(
                command: "sjournal compact --forget-leaves --older-than 365d --dry-run",
                meaning: "What could be proved no more, and the room it takes."),
        ])

    /// The options that read certificates and compact nothing.
    static let readings = ["--check", "--list"]

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if arguments.has(ForgetLeaves.option.name) {
            return try await ForgetLeaves.run(arguments, in: context)
        }
        if arguments.has("--check") { return try await check(arguments, in: context) }
        if arguments.has("--list") { return try await list(arguments, in: context) }
        if arguments.has("--resume") { return try await resume(arguments, in: context) }
        var options = CompactionOptions()
        options.isDryRun = arguments.has("--dry-run")
        options.reason = arguments.value(OptionSpec.reason.name)
        options.archive = arguments.value("--archive").map(absolute)
        let reading = try await JournalReading.open(context, forWriting: !options.isDryRun)
        let rule = try await rule(arguments, reading)
        let who = arguments.value(OptionSpec.writer.name) ?? context.principal
        let line = ProgressLine("compacting", on: context.console)
        let report: CompactionReport
        do {
            report = try await reading.journal.as(who).compact(rule, options: options) {
                line.update($0)
            }
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(report.json.description.utf8))
        } else {
            for line in words(report, isDryRun: options.isDryRun) { try context.console.line(line) }
        }
        return .done
    }

    /// The path as certificates name it: whoever reads them stands elsewhere.
    static func absolute(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    private static func rule(
        _ arguments: ParsedArguments, _ reading: JournalReading
    ) async throws -> CompactionRule {
        var rule = CompactionRule()
        if !arguments.positionals.isEmpty {
            rule.sessions = []
            for name in arguments.positionals {
                rule.sessions?.append(try await reading.session(name))
            }
        }
        rule.query = arguments.value("--query")
        rule.archivedOnly = arguments.has("--archived")
        rule.keptEvents = try arguments.number("--keep-events").map { Int(clamping: $0) }
        rule.keptMessages = try arguments.number("--keep-messages").map { Int(clamping: $0) }
        rule.ancestorsOf = arguments.value("--ancestors-of")
        if let age = arguments.value("--older-than") {
            rule.before =
                try Self.time(age, before: reading.journal.options.clock())
                ?? arguments.time("--older-than", isEndOfDay: false)
        }
        guard rule.isBounded || arguments.has("--all") else {
            throw UsageError(
                message:
                    "name what to compact, such as --keep-messages 50 or --older-than 90d; --all "
                    + "takes the content of every session", command: spec.name)
        }
        return rule
    }

    /// The moment that is an age like `30d` before another; nil for what is no age.
    static func time(_ age: String, before now: Timestamp) throws(UsageError) -> Timestamp? {
        let units: [Character: Int64] = ["h": 3_600, "d": 86_400, "w": 7 * 86_400]
        guard let unit = age.last.flatMap({ units[$0] }), let count = Int64(age.dropLast()) else {
            return nil
        }
        let (seconds, isLong) = unit.multipliedReportingOverflow(by: count)
        let (microseconds, isLonger) = seconds.multipliedReportingOverflow(by: 1_000_000)
        let (moment, isTooLong) = now.microseconds.subtractingReportingOverflow(microseconds)
        guard count >= 0, !isLong, !isLonger, !isTooLong else {
            throw UsageError(message: "\(age) is no age; say 30d, 12h or 4w", command: spec.name)
        }
        return Timestamp(microseconds: moment)
    }

    // MARK: What was done

    private static func words(_ report: CompactionReport, isDryRun: Bool) -> [Shown] {
        guard report.eventCount > 0 else {
            return ["nothing to compact"] + leftOut(report)
        }
        var lines: [Shown] = [
            """
            \(isDryRun ? "would compact" : "compacted") \
            \(Numbers.counted(Int(report.eventCount), "event")) of \
            \(Numbers.counted(report.sessionCount, "session"))
            """,
            """
            lines     \(Numbers.bytes(report.plainSizeBefore)), of which \
            \(Numbers.bytes(report.plainSizeAfter)) \(isDryRun ? "would stay" : "stay")
            """,
        ]
        if !isDryRun {
            lines.append(
                """
                segments  \(Numbers.bytes(report.sizeBefore)) before, \
                \(Numbers.bytes(report.sizeAfter)) now
                """)
        }
        for (kind, count) in report.kinds.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
            lines.append("          \(Numbers.grouped(count)) \(kind, .name)")
        }
        lines += leftOut(report)
        for certificate in report.certificates {
            lines.append("certified by \(certificate.id, .name): sjournal compact --check")
        }
        return lines
    }

    private static func leftOut(_ report: CompactionReport) -> [Shown] {
        report.leftOut.prefix(8).map { item in
            let why =
                switch item.reason {
                case .held: "a hold covers it"
                case .locked: "it is encrypted, and its key is not at hand"
                case .differs: "it would not come to the same"
                }
            return "left out  \(item.session.hexadecimal): \(why)"
        } + (report.leftOut.count > 8 ? ["          and \(report.leftOut.count - 8) more"] : [])
    }

    // MARK: Certificates

    private static func check(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalReading.open(context).journal
        let checks = try await journal.checkCompactions(arguments.value("--compaction"))
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(
                Array(JSONValue.array(checks.map(\.json)).description.utf8))
        } else {
            for check in checks {
                for line in words(check) { try context.console.line(line) }
            }
            if checks.isEmpty { try context.console.line("nothing was compacted") }
        }
        return checks.allSatisfy(\.isValid) ? .done : .negative
    }

    private static func words(_ check: CompactionCheck) -> [Shown] {
        let certificate = check.certificate
        var lines: [Shown] = [
            """
            \(check.isValid ? "\("valid", .good)" : "\("INVALID", .bad)") \(certificate.id, .name): \
            \(Numbers.counted(Int(certificate.eventCount), "event")) of \
            \(Numbers.counted(certificate.parts.count, "session"))\
            \(certificate.isFinished ? "" : ", unfinished")
            """
        ]
        for (session, finding) in check.findings.prefix(8) {
            lines.append("  \(finding.rawValue, .bad) in session \(session.hexadecimal)")
        }
        if check.archivedCount > 0 {
            lines.append(
                "  \(Numbers.grouped(check.archivedCount)) derived again from the archive")
        } else if let archive = certificate.archive {
            lines.append("  not derived again from the archive: --attach \(Shown(archive))")
        }
        if !check.erasedSince.isEmpty {
            lines.append(
                """
                  of \(Numbers.counted(check.erasedSince.count, "session")) only the tree and the \
                counts: something was erased there
                """)
        }
        if !check.forgottenSince.isEmpty {
            lines.append(
                """
                  nothing of \(Numbers.counted(check.forgottenSince.count, "session")): erased since, \
                and the leaves forgotten
                """)
        }
        if !check.locked.isEmpty {
            lines.append(
                "  of \(Numbers.counted(check.locked.count, "session")) only the tree: locked here")
        }
        return lines
    }

    private static func list(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalReading.open(context).journal
        var certificates = try await journal.compactions()
        if let id = arguments.value("--compaction") {
            certificates.removeAll { !$0.id.hasPrefix(id) }
        }
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(
                Array(JSONValue.array(certificates.map(\.json)).description.utf8))
            return .done
        }
        for certificate in certificates {
            let time = certificate.beganAt.map { TimeText.seconds($0) } ?? ""
            try context.console.line(
                """
                \(certificate.id, .name)  \(time)  \
                \(Numbers.counted(Int(certificate.eventCount), "event")) of \
                \(Numbers.counted(certificate.parts.count, "session")), by \
                \(Shown(certificate.actor))\(certificate.isFinished ? "" : ", unfinished")
                """)
            try context.console.line("  rule    \(Shown(certificate.rule.description))")
            if let reason = certificate.reason {
                try context.console.line("  reason  \(Shown(reason))")
            }
            if let archive = certificate.archive {
                try context.console.line("  archive \(Shown(archive))")
            }
        }
        if certificates.isEmpty { try context.console.line("nothing was compacted") }
        return .done
    }

    private static func resume(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        let certificates = try await journal.resumeCompactions()
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(
                Array(JSONValue.array(certificates.map(\.json)).description.utf8))
            return .done
        }
        for certificate in certificates {
            try context.console.line("finished \(certificate.id, .name)")
        }
        if certificates.isEmpty { try context.console.line("no compaction is unfinished") }
        return .done
    }
}
