import SessionJournal

/// `sjournal bisect`: the first event at which something became true.
enum BisectCommand: Command {
    static let spec = CommandSpec(
        name: "bisect", summary: "Find the first event at which something became true.",
        positionals: [.session],
        options: [
            OptionSpec(
                name: "--run", value: "CMD",
                help: "A shell command that gets the state and says: 0 not yet, 1 to 124 true."),
            OptionSpec(
                name: "--field", value: "NAME=VALUE", help: "The metadata field has this value."),
            OptionSpec(name: "--contains", value: "TEXT", help: "A message holds this text."),
            OptionSpec(name: "--messages", value: "N", help: "There are at least N messages."),
            OptionSpec(name: "--tool-error", help: "A tool call has failed."),
            OptionSpec(
                name: "--from", value: "POINT",
                help: "The first state of the range; else that of the first event."),
            OptionSpec(
                name: "--to", value: "POINT", help: "The last state of the range; else now."),
            OptionSpec(
                name: "--branch", value: "BRANCH",
                help: "Ask about this branch; while it is not there, the answer is not yet."),
        ], hasJSON: true,
        details: [
            """
            Few states are asked about: ⌈log₂(n + 1)⌉ of n. What is true is taken to stay true.
            """,
            """
            CMD runs in a shell once a state, gets the state on standard input as show --json \
            prints it, and SJOURNAL_SEQ and SJOURNAL_SESSION in its environment. Status 125 means \
            that it cannot say, so that a neighbour is asked; 126 and above end the search. What it \
            prints goes to standard error.
            """,
            """
            The status is 0 where the event was found, and 1 where the ends do not differ or it \
            cannot be told.
            """,
        ],
        examples: [
            .init(
                command: "sjournal bisect chat-1 --tool-error",
                meaning: "The event at which the first tool call failed."),
            .init(
                command: "sjournal bisect chat-1 --field status=archived --from ~100",
                meaning: "Who archived it, among the last hundred events."),
            .init(
                command:
                    #"sjournal bisect chat-1 --run '! jq -e ".messages[] | .usage" >/dev/null'"#,
                meaning: "A question of your own, asked by a script."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let question = try BisectQuestion(arguments)
        let from = try PointArgument.parse(option: "--from", of: arguments)
        let to = try PointArgument.parse(option: "--to", of: arguments) ?? .now
        let branch = arguments.value(OptionSpec.branch.name)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let found = try await reading.tolerant { damage in
            try await reading.journal.bisect(
                session, from: from, through: to, damage: damage
            ) { state in try question.verdict(of: state, branch: branch) }
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(json(found).description.utf8))
        } else {
            for line in text(found) { try console.line(line.elided(to: console.columns)) }
            if case .turned(let sequence) = found.outcome,
                let event = try? await reading.journal.event(at: sequence)
            {
                try EventPrinter(console: console, isJSON: false).print(event)
            }
        }
        if case .turned = found.outcome { return .done }
        return .negative
    }

    private static func text(_ found: Bisection) -> [Shown] {
        var lines: [Shown] = found.evaluations.map { evaluation in
            let words: Shown =
                switch evaluation.verdict {
                case .good: "\("not yet", .good)"
                case .bad: "\("true", .bad)"
                case .unknown: "\("cannot say", .warning)"
                }
            return "event \(String(evaluation.sequence)): " + words
        }
        let asked = "\(Numbers.counted(found.evaluations.count, "state")) of \(found.count)"
        switch found.outcome {
        case .turned(let sequence):
            lines.append(
                "it became true with event \(String(sequence)), found by asking about \(asked):")
        case .alreadyTrue(let sequence):
            lines.append(
                """
                the ends do not differ: it is true with event \(String(sequence)) already, the \
                first of the range
                """)
        case .neverTrue:
            lines.append("the ends do not differ: it is not true anywhere in the range")
        case .unclear(let sequences, let mayBeNever):
            let names = sequences.prefix(shownEvents).map(String.init).joined(separator: ", ")
            let rest = sequences.count > shownEvents ? ", …" : ""
            let end: Shown = mayBeNever ? ", or not at all" : ""
            lines.append("it became true with one of the events \(names)\(rest)" + end)
        case .nothing: lines.append("the range holds no event")
        }
        return lines
    }

    private static let shownEvents = 8

    private static func json(_ found: Bisection) -> JSONValue {
        var object: JSONObject = ["outcome": .null, "seq": .null]
        switch found.outcome {
        case .turned(let sequence):
            object["outcome"] = "turned"
            object["seq"] = JSONValue(sequence)
        case .alreadyTrue(let sequence):
            object["outcome"] = "already_true"
            object["seq"] = JSONValue(sequence)
        case .neverTrue: object["outcome"] = "never_true"
        case .unclear(let sequences, let mayBeNever):
            object["outcome"] = "unclear"
            object["candidates"] = .array(sequences.map { JSONValue($0) })
            object["may_be_never"] = .bool(mayBeNever)
        case .nothing: object["outcome"] = "no_events"
        }
        object["states"] = JSONValue(found.count)
        object["evaluations"] = .array(
            found.evaluations.map { evaluation in
                let verdict: JSONValue =
                    switch evaluation.verdict {
                    case .good: "good"
                    case .bad: "bad"
                    case .unknown: "unknown"
                    }
                return ["seq": JSONValue(evaluation.sequence), "verdict": verdict]
            })
        return .object(object)
    }
}
