import SessionJournal

/// `sjournal retain`: the rules by which things go away by themselves, once somebody applies them.
enum RetainCommand: Command {
    static let spec = CommandSpec(
        name: "retain", summary: "Declare how long things are kept, and apply that.",
        positionals: [
            PositionalSpec(
                name: "ACT", count: .optional,
                help: "set, remove or list; list where neither it nor an option is given."),
            PositionalSpec(
                name: "NAME", count: .optional, help: "To set and to remove: the policy's name."),
        ],
        options: [
            OptionSpec(
                name: "--action", value: "ACTION",
                help: """
                    What is done: keep, expire, archive, prune (the session), prune-messages, or \
                    erase.
                    """),
            OptionSpec(
                name: "--type", value: "TYPE",
                help: "Of sessions of this type, or category where they have no type."),
            OptionSpec(name: "--tag", value: "TAG", help: "Of sessions with this tag."),
            OptionSpec(
                name: "--status", value: "STATUS", help: "Of sessions of this status."),
            OptionSpec(
                name: "--age", value: "AGE",
                help: """
                    So long after the last activity, such as 90d; of messages after they were \
                    said, unless they have a ttl of their own.
                    """),
            OptionSpec(
                name: "--count", value: "N",
                help: "All but the N sessions that were active last, or the last N messages."),
            OptionSpec(
                name: "--basis", value: "TEXT", help: "To erase: the legal basis; it stays."),
            OptionSpec(name: "--dry-run", help: "Say what is due, and change nothing."),
            OptionSpec(name: "--apply", help: "Do what is due."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            For each act the most specific rule about a session governs, and no other: its own \
            deadline, then a policy that names a tag, then a type, then a status; of two that are \
            alike the one that keeps, then the later one. A policy that keeps speaks of every act.
            """,
            """
            Before all rules comes a hold, and then that something is pinned, starred, important or \
            referred to. Without any policy --apply ends sessions whose deadline has passed, and \
            puts messages whose own ttl has passed out of sight.
            """,
            """
            --apply says what is due in an event before it begins, and records what went in another \
            one, with counts and hashes. A run that was cut short is finished by the next one.
            """,
            "Exit status 1: something that was due was refused, and why stands beside it.",
        ],
        examples: [
            .init(
                command: "sjournal retain set old-chats --type dm --age 90d --action archive",
                meaning: "Sessions of type dm are archived after 90 days."),
            .init(
                command: "sjournal retain set legal --tag legal --action keep",
                meaning: "Whatever has that tag is left alone."),
            .init(command: "sjournal retain --dry-run", meaning: "What is due."),
            .init(command: "sjournal retain --apply", meaning: "Do it."),
            .init(command: "sjournal retain remove legal", meaning: "Take the policy back."),
        ])

    /// The options that describe a policy.
    private static let policyOptions = [
        "--action", "--type", "--tag", "--status", "--age", "--count", "--basis",
    ]

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let isRun = arguments.has("--dry-run") || arguments.has("--apply")
        let act = arguments.positionals.first ?? (isRun ? "run" : "list")
        let takesName = act == "set" || act == "remove"
        let isPolicy = policyOptions.contains { arguments.value($0) != nil }
        guard isRun == (act == "run"), !(arguments.has("--dry-run") && arguments.has("--apply")),
            arguments.positionals.count == (act == "run" ? 0 : takesName ? 2 : 1)
                || arguments.positionals.isEmpty && act == "list",
            !isPolicy || act == "set"
        else {
            throw UsageError(
                message: """
                    retain takes set NAME with --action, remove NAME, list, --dry-run or --apply
                    """,
                command: spec.name)
        }
        switch act {
        case "set": return try await set(arguments, in: context)
        case "remove": return try await remove(arguments, in: context)
        case "list": return try await list(arguments, in: context)
        case "run":
            return arguments.has("--apply")
                ? try await apply(arguments, in: context) : try await plan(arguments, in: context)
        default:
            throw UsageError(
                message: "\"\(act)\" is none of set, remove and list", command: spec.name)
        }
    }

    // MARK: Policies

    private static func set(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard
            let action = arguments.value("--action").flatMap({
                RetentionAction(rawValue: $0 == "prune-messages" ? "prune_messages" : $0)
            })
        else {
            throw UsageError(
                message: """
                    retain set needs --action keep, expire, archive, prune, prune-messages or erase
                    """,
                command: spec.name)
        }
        var policy = RetentionPolicy(arguments.positionals[1], action)
        policy.type = arguments.value("--type")
        policy.tag = arguments.value("--tag")
        policy.status = arguments.value("--status")
        policy.ageSeconds = try AgeArgument.seconds("--age", arguments)
        policy.count = try arguments.number("--count").map { Int(clamping: $0) }
        policy.basis = arguments.value("--basis")
        let journal = try await JournalWriting.open(context)
        let receipt = try await context.writer(of: journal, arguments).setRetention(
            policy, reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            var json = policy.json.object ?? [:]
            json.append("seq", receipt.map { JSONValue($0.sequence) } ?? .null)
            try context.console.json(Array(JSONValue.object(json).description.utf8))
        } else {
            try context.console.line(
                receipt.map {
                    "policy \(policy.name, .name) stands by event \(String($0.sequence))"
                } ?? "policy \(policy.name, .name) stands already; nothing is stored")
        }
        return .done
    }

    private static func remove(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let name = arguments.positionals[1]
        let journal = try await JournalWriting.open(context)
        let receipt = try await context.writer(of: journal, arguments).removeRetention(
            name, reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            let json: JSONValue = [
                "policy": .string(name), "removed": true, "seq": JSONValue(receipt.sequence),
            ]
            try context.console.json(Array(json.description.utf8))
        } else {
            try context.console.line("policy \(name, .name) is removed")
        }
        return .done
    }

    private static func list(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let policies = try await reading.journal.retentionPolicies()
        let open = try await reading.journal.retentionRuns().filter { $0.recordedSequence == nil }
        let console = context.console
        for run in open {
            console.note(
                """
                sjournal: a run that event \(String(run.sequence)) announces was cut short; \
                sjournal retain --apply finishes it
                """)
        }
        if arguments.has(CommandSpec.json.name) {
            for policy in policies { try console.json(Array(policy.json.description.utf8)) }
            return .done
        }
        for line in RetentionText.lines(policies, columns: console.columns) {
            try console.line(line)
        }
        return .done
    }

    // MARK: Applying

    private static func plan(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let plan = try await reading.journal.retentionPlan(at: context.journalOptions.clock())
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(plan.json.description.utf8))
            return .done
        }
        for line in RetentionText.lines(plan, columns: context.console.columns) {
            try context.console.line(line)
        }
        return .done
    }

    private static func apply(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        let report = try await context.writer(of: journal, arguments).applyRetention(
            reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(report.json.description.utf8))
        } else {
            for line in RetentionText.lines(report, columns: context.console.columns) {
                try context.console.line(line)
            }
        }
        return report.isWhole ? .done : .negative
    }
}
