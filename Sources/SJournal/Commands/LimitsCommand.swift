import SessionJournal

/// Limits as a command line gives them.
enum LimitArguments {
    static let action = OptionSpec(
        name: "--on-limit", value: "ACTION",
        help: "What becomes of a message that goes beyond: reject, as is usual, or mark.")

    /// The limits that the command line says, over those that there are; nil for none.
    static func limits(
        _ arguments: ParsedArguments, option: String, from known: SessionLimits?
    ) throws(UsageError) -> SessionLimits? {
        var limits = known ?? SessionLimits()
        for argument in arguments.all(option) {
            let parts = argument.split(separator: "=", maxSplits: 1)
            let number = parts.count == 2 ? UInt64(parts[1]) : nil
            let isNone = parts.count == 2 && parts[1] == "none"
            guard number != nil || isNone, let name = names.first(where: { $0.name == parts[0] })
            else {
                throw UsageError(
                    message: """
                        "\(argument)" is no limit; give events=N, bytes=N or messages=N, with none \
                        for any amount
                        """, command: arguments.command)
            }
            limits[keyPath: name.place] = number
        }
        if let text = arguments.value(action.name) {
            guard let action = SessionLimits.Action(rawValue: text) else {
                throw UsageError(
                    message: "--on-limit is reject or mark, not \"\(text)\"",
                    command: arguments.command)
            }
            limits.action = action
        }
        return names.contains { limits[keyPath: $0.place] != nil } ? limits : nil
    }

    typealias Place = (name: String, place: any WritableKeyPath<SessionLimits, UInt64?> & Sendable)

    /// The limits that there are, as the command line calls them.
    static let names: [Place] = [
        ("events", \.maximumEvents), ("bytes", \.maximumBytes), ("messages", \.maximumMessages),
    ]
}

/// `sjournal limits`: what a session may hold.
enum LimitsCommand: Command {
    static let spec = CommandSpec(
        name: "limits", summary: "Show what a session may hold and holds, or change that.",
        positionals: [.session],
        options: [
            OptionSpec(
                name: "--set", value: "NAME=N", repeats: true,
                help: "events=N, bytes=N or messages=N; none in place of N for any amount."),
            LimitArguments.action, .at, .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            Limits bind what is said. What the session holds already stays, and what an import \
            brings is kept whatever they say.
            """
        ],
        examples: [
            .init(command: "sjournal limits chat-1", meaning: "What it may hold, and holds."),
            .init(
                command: "sjournal limits chat-1 --set messages=200 --reason 'a long one'",
                meaning: "Another limit; audit has who and why."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let isChange = !arguments.all("--set").isEmpty || arguments.value("--on-limit") != nil
        guard isChange else { return try await show(arguments, context) }
        guard arguments.value("--at") == nil else {
            throw UsageError(message: "--at shows; leave out --set", command: spec.name)
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        let known = try await writing.state().lifecycle.limits
        let limits = try LimitArguments.limits(arguments, option: "--set", from: known)
        let receipt = try await writing.writer.changeLimits(
            limits, in: writing.session, reason: writing.reason)
        return try await writing.close(
            context,
            ["limits": limits.map { .object($0.json) } ?? .null, "seq": JSONValue(receipt)],
            receipt.map { "changed the limits, event \(String($0.sequence))" } ?? "nothing changed")
    }

    private static func show(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let life = try await reading.state(of: session, at: point).lifecycle
        let fill = try await reading.tolerant {
            try await reading.journal.fill(of: session, at: point, damage: $0)
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            let answer: JSONValue = [
                "limits": life.limits.map { .object($0.json) } ?? .null,
                "events": JSONValue(fill.events), "bytes": JSONValue(fill.bytes),
                "messages": JSONValue(fill.messages),
                "reached": .array(life.reachedLimits.map { .string($0) }),
            ]
            try console.json(Array(answer.description.utf8))
            return .done
        }
        var table = Table([
            .init(title: "limit"), .init(title: "at most", isRight: true),
            .init(title: "holds", isRight: true), .init(title: "beyond it"),
        ])
        let held = [fill.events, fill.bytes, fill.messages]
        for (limit, held) in zip(LimitArguments.names, held) {
            let most = life.limits?[keyPath: limit.place]
            let isReached = life.reachedLimits.contains("max_" + limit.name)
            let action = (life.limits?.action).map { $0 == .mark ? "is marked" : "is rejected" }
            table.add([
                "\(limit.name, .name)", Shown(most.map { Numbers.grouped($0) } ?? "any"),
                Shown(Numbers.grouped(held)),
                isReached
                    ? "\("marked", .warning)" : "\(most == nil ? "" : action ?? "", .quiet)",
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        return .done
    }
}
