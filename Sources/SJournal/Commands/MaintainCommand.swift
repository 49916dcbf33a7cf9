import SessionJournal

/// `sjournal maintain`: does everything that keeps a journal well, once or again and again.
enum MaintainCommand: Command {
    static let spec = CommandSpec(
        name: "maintain", summary: "Keep the journal well: retention, seals, snapshots, backups.",
        options: [
            OptionSpec(
                name: "--only", value: "STEP", repeats: true,
                help: """
                    Only this step: retain, prune, compact, seal, snapshot, index, backup or \
                    verify. May be repeated.
                    """),
            OptionSpec(
                name: "--skip", value: "STEP", repeats: true,
                help: "All but this step. May be repeated."),
            OptionSpec(
                name: "--prune-sessions", value: "STRATEGY", repeats: true,
                help: "Put sessions out of sight by lru, lfu, ttl or size. May be repeated."),
            OptionSpec(
                name: "--prune-messages", value: "STRATEGY", repeats: true,
                help: """
                    Put messages of all sessions out of sight by count, ttl or semantic. May be \
                    repeated.
                    """),
            OptionSpec(
                name: "--max-sessions", value: "N",
                help: "By lru and lfu: so many sessions stay in sight; else 1000."),
            OptionSpec(
                name: "--max-bytes", value: "N",
                help: "By size: so many bytes of sessions stay in sight; else a gibibyte."),
            OptionSpec(
                name: "--session-age", value: "AGE",
                help: "Sessions by ttl: so long a session without one stays; else for ever."),
            OptionSpec(
                name: "--max-messages", value: "N",
                help: "By count: so many messages of a branch stay; else 10000, fewer by type."),
            OptionSpec(
                name: "--message-age", value: "AGE",
                help: "Messages by ttl: so long a message without one stays; else a day."),
            OptionSpec(
                name: "--compact-older-than", value: "AGE",
                help: "Compact, once a day: events that are so old, such as 90d."),
            OptionSpec(
                name: "--compact-keep-messages", value: "N",
                help: "Compact, once a day: all but the last N messages of each branch."),
            OptionSpec(
                name: "--archive", value: "DIR",
                help: "What is compacted is copied there first; --attach DIR reads it."),
            OptionSpec(
                name: "--seal-after", value: "AGE",
                help: "Seal what was written last when nothing came for so long; else 1h."),
            OptionSpec(
                name: "--compress-after", value: "AGE",
                help: "Compress segments as well as LZ4 can when they are so old; else 7d."),
            OptionSpec(
                name: "--backup", value: "DIR", help: "Copy the journal there, once a day."),
            OptionSpec(
                name: "--keep", value: "N", help: "With --backup: keep the newest N generations."),
            OptionSpec(
                name: "--backup-every", value: "AGE",
                help: "With --backup: so long after one the next is due; else 24h."),
            OptionSpec(
                name: "--verify-every", value: "AGE",
                help: "So long after a verification the next is due; else 1h."),
            OptionSpec(
                name: "--verify-at-most", value: "MIB",
                help: "Verify so many mebibytes each time; else 256."),
            OptionSpec(
                name: "--rate", value: "MIB",
                help: "Read and write so many mebibytes a second at most; else 64, 0 for no limit."
            ),
            OptionSpec(
                name: "--every", value: "AGE",
                help: "Do it again and again, so long after each time, until it is stopped."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            What goes away goes first, so that what is sealed, copied and verified is what stays: \
            retain, prune, compact, seal, snapshot, index, backup, verify. A step that fails keeps \
            no other from being done.
            """,
            """
            Without options it does what loses nothing, and what was declared: sessions whose \
            deadline has passed are ended, the policies of sjournal retain are applied, what has \
            cooled is sealed and compressed, snapshots are taken, the search index is brought up to \
            date, and a slice is verified. Nothing is pruned, compacted or copied unless it is \
            asked for.
            """,
            """
            While another process writes to the journal it ends with status 1; a program that \
            keeps a journal open maintains it itself: JournalWriter.keepMaintaining.
            """,
            """
            Exit status 0: everything was done. 1: a step could not be, and why stands beside it. \
            3: a verification or a backup found damage.
            """,
        ],
        examples: [
            .init(command: "sjournal maintain", meaning: "What a timer runs every hour."),
            .init(
                command: "sjournal maintain --backup /mnt/disk/chats --keep 7",
                meaning: "And a backup a day, a week of them."),
            .init(
                command: "sjournal maintain --compact-older-than 90d --archive ~/old",
                meaning: "And let go of what was said three months ago."),
            .init(
                command: "sjournal maintain --only seal --only verify --rate 0",
                meaning: "These two, as fast as they go."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let plan = try plan(arguments)
        let interval = try AgeArgument.seconds("--every", arguments)
        if interval == 0 {
            throw UsageError(message: "--every needs a time, such as 1h", command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let writer = context.writer(of: journal, arguments)
        let reason = arguments.value(OptionSpec.reason.name)
        var status = ExitStatus.done
        while true {
            let report = try await writer.maintain(plan, reason: reason)
            if arguments.has(CommandSpec.json.name) {
                for entry in report.entries {
                    try context.console.json(Array(entry.json.description.utf8))
                }
            } else {
                for line in MaintenanceText.lines(report, columns: context.console.columns) {
                    try context.console.line(line)
                }
            }
            status = self.status(of: report)
            guard let interval else { break }
            // A clock cannot be asked for a moment that no number holds.
            try await Task.sleep(for: .seconds(min(interval, longestInterval)))
        }
        try await journal.close()
        return status
    }

    /// A century, in seconds.
    private static let longestInterval: Int64 = 3_155_760_000

    private static func status(of report: MaintenanceReport) -> ExitStatus {
        if report.entries.contains(where: { !$0.findings.isEmpty }) { return .damaged }
        return report.isWell ? .done : .negative
    }

    // MARK: The plan

    /// The steps as they are named here.
    private static let names = [
        "retain", "prune", "compact", "seal", "snapshot", "index", "backup", "verify",
    ]

    private static func plan(_ arguments: ParsedArguments) throws -> MaintenancePlan {
        let steps = try steps(arguments)
        var plan = MaintenancePlan()
        plan.pruning = try pruning(arguments)
        plan.compaction = try compaction(arguments)
        plan.backup = try backup(arguments)
        if let age = try AgeArgument.seconds("--seal-after", arguments) {
            plan.sealsAfter = .seconds(age)
        }
        if let age = try AgeArgument.seconds("--compress-after", arguments) {
            plan.compressesAfter = .seconds(age)
        }
        if let age = try AgeArgument.seconds("--verify-every", arguments) {
            plan.verification?.interval = .seconds(age)
        }
        if let size = try arguments.number("--verify-at-most") {
            plan.verification?.sizeLimit = mebibytes(size)
        }
        if arguments.value("--rate") == "0" {
            plan.bytesPerSecond = nil
        } else if let rate = try arguments.number("--rate") {
            plan.bytesPerSecond = mebibytes(rate)
        }
        plan.tasks = [SearchFeature.upkeep].compactMap { $0 }
        // What is not wanted.
        if !steps.contains("retain") { (plan.expires, plan.appliesRetention) = (false, false) }
        if !steps.contains("prune") { plan.pruning = nil }
        if !steps.contains("compact") { plan.compaction = nil }
        if !steps.contains("seal") { (plan.sealsAfter, plan.compressesAfter) = (nil, nil) }
        if !steps.contains("snapshot") { plan.takesSnapshots = false }
        if !steps.contains("index") { plan.tasks = [] }
        if !steps.contains("backup") { plan.backup = nil }
        if !steps.contains("verify") { plan.verification = nil }
        return plan
    }

    private static func mebibytes(_ count: UInt64) -> UInt64 {
        let (bytes, overflows) = count.multipliedReportingOverflow(by: 1 << 20)
        return overflows ? .max : bytes
    }

    private static func steps(_ arguments: ParsedArguments) throws(UsageError) -> Set<String> {
        let (only, skipped) = (arguments.all("--only"), arguments.all("--skip"))
        for name in only + skipped where !names.contains(name) {
            throw UsageError(
                message: "\"\(name)\" is no step; they are \(names.joined(separator: ", "))",
                command: spec.name)
        }
        // A step that has nothing to do without an option would be asked for in vain.
        let needs = [
            ("prune", ["--prune-sessions", "--prune-messages"]),
            ("compact", ["--compact-older-than", "--compact-keep-messages"]),
            ("backup", ["--backup"]),
        ]
        for (step, options) in needs where only.contains(step) {
            guard options.allSatisfy({ arguments.all($0).isEmpty }) else { continue }
            throw UsageError(
                message: "--only \(step) needs \(options.joined(separator: " or "))",
                command: spec.name)
        }
        return Set(only.isEmpty ? names : only).subtracting(skipped)
    }

    private static func pruning(
        _ arguments: ParsedArguments
    ) throws -> MaintenancePlan.Pruning? {
        var pruning = MaintenancePlan.Pruning()
        for name in arguments.all("--prune-sessions") {
            pruning.sessions.append(
                try Pruner.SessionStrategy(argument: name, of: spec.name))
        }
        for name in arguments.all("--prune-messages") {
            switch name {
            case "count": pruning.messages.append(.count(keeping: nil))
            case "ttl": pruning.messages.append(.ttl)
            case "semantic": pruning.messages.append(.semantic(.minHash()))
            default:
                throw UsageError(
                    message: "messages are pruned by count, ttl or semantic here; not by \(name)",
                    command: spec.name)
            }
        }
        try check(
            arguments, ["--max-sessions"], of: "--prune-sessions", ["lru", "lfu"])
        try check(arguments, ["--max-bytes"], of: "--prune-sessions", ["size"])
        try check(arguments, ["--session-age"], of: "--prune-sessions", ["ttl"])
        try check(arguments, ["--max-messages"], of: "--prune-messages", ["count"])
        try check(arguments, ["--message-age"], of: "--prune-messages", ["ttl"])
        if let count = try arguments.number("--max-sessions") {
            pruning.configuration.sessionLimit = Int(clamping: count)
        }
        if let bytes = try arguments.number("--max-bytes") {
            pruning.configuration.sessionByteLimit = bytes
        }
        if let count = try arguments.number("--max-messages") {
            pruning.configuration.messageLimit = Int(clamping: count)
        }
        pruning.configuration.sessionTimeToLive = try AgeArgument.seconds(
            "--session-age", arguments)
        if let age = try AgeArgument.seconds("--message-age", arguments) {
            pruning.configuration.messageTimeToLive = age
        }
        return pruning.sessions.isEmpty && pruning.messages.isEmpty ? nil : pruning
    }

    /// An option that would do nothing without another one.
    private static func check(
        _ arguments: ParsedArguments, _ options: [String], of owner: String,
        _ values: [String] = []
    ) throws(UsageError) {
        let given = arguments.all(owner)
        guard values.isEmpty ? given.isEmpty : !given.contains(where: values.contains) else {
            return
        }
        let needed = values.isEmpty ? owner : "\(owner) \(values.joined(separator: " or "))"
        for option in options where !arguments.all(option).isEmpty {
            throw UsageError(message: "\(option) goes with \(needed)", command: spec.name)
        }
    }

    private static func compaction(
        _ arguments: ParsedArguments
    ) throws -> MaintenancePlan.Compaction? {
        var rule = CompactionRule()
        rule.keptMessages = try arguments.number("--compact-keep-messages").map {
            Int(clamping: $0)
        }
        let age = try AgeArgument.seconds("--compact-older-than", arguments)
        guard age != nil || rule.keptMessages != nil else {
            guard arguments.value("--archive") == nil else {
                throw UsageError(
                    message: "--archive goes with --compact-older-than or --compact-keep-messages",
                    command: spec.name)
            }
            return nil
        }
        var compaction = MaintenancePlan.Compaction(rule)
        compaction.age = age.map { .seconds($0) }
        compaction.options.archive = arguments.value("--archive").map(CompactCommand.absolute)
        return compaction
    }

    private static func backup(_ arguments: ParsedArguments) throws -> MaintenancePlan.Backup? {
        try check(arguments, ["--keep", "--backup-every"], of: "--backup")
        guard let path = arguments.value("--backup") else { return nil }
        var backup = MaintenancePlan.Backup(
            to: path, keep: try arguments.number("--keep").map { Int(clamping: $0) })
        if let age = try AgeArgument.seconds("--backup-every", arguments) {
            backup.interval = .seconds(age)
        }
        return backup
    }
}
