import SessionJournal

/// `sjournal label`: gives events names.
enum LabelCommand: Command {
    static let spec = CommandSpec(
        name: "label", summary: "Name an event of a session, or list the names.",
        positionals: [
            .session,
            PositionalSpec(name: "NAME", count: .optional, help: "The name; else all are listed."),
        ],
        options: [
            OptionSpec(
                name: "--at", value: "POINT",
                help: "The event that gets the name; else the session's last."),
            OptionSpec(name: "--move", help: "Move a name that is at another event."),
            OptionSpec(name: "--remove", help: "Give the name up."), .reason, .writer,
        ], hasJSON: true,
        details: [
            """
            Every command that takes a POINT takes a label: label:NAME, or the bare NAME where it \
            begins with a letter. A name is at one event of a session; moving and removing it are \
            events too.
            """
        ],
        examples: [
            .init(
                command: "sjournal label chat-1 before-upgrade --at 120",
                meaning: "Event 120 is called before-upgrade in this session."),
            .init(
                command: "sjournal show chat-1 --at before-upgrade",
                meaning: "The session as it was then."),
            .init(command: "sjournal label chat-1", meaning: "All labels of the session."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(option: "--at", of: arguments)
        guard arguments.positionals.count > 1 else { return try await list(arguments, context) }
        let name = arguments.positionals[1]
        let reason = arguments.value(OptionSpec.reason.name)
        let isRemoval = arguments.has("--remove")
        if isRemoval, point != nil || arguments.has("--move") {
            throw UsageError(
                message: "--remove gives the name up; leave out --at and --move",
                command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        let reading = JournalReading.over(journal, context)
        let session = try await reading.session(arguments.positionals[0])
        let writer = context.writer(of: journal, arguments)
        let receipt: AppendReceipt?
        var sequence: UInt64?
        if isRemoval {
            receipt = try await writer.removeLabel(name, in: session, reason: reason)
        } else {
            let event = try await reading.state(of: session, at: point ?? .now).lastSequence
            receipt = try await writer.label(
                name, at: event, in: session, moving: arguments.has("--move"), reason: reason)
            sequence = event
        }
        try await journal.close()
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            let answer: JSONValue = [
                "label": .string(name), "seq": sequence.map { JSONValue($0) } ?? .null,
                "event": receipt.map { JSONValue($0.sequence) } ?? .null,
            ]
            try console.json(Array(answer.description.utf8))
        } else if let sequence {
            let already: Shown = receipt == nil ? ", as before" : ""
            try console.line("\(name, .name) is event \(String(sequence))" + already)
        } else {
            try console.line("\(name, .name) is no label any more")
        }
        return .done
    }

    private static func list(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        for option in ["--remove", "--move"] where arguments.has(option) {
            throw UsageError(message: "\(option) needs NAME", command: spec.name)
        }
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let labels = try await reading.tolerant {
            try await reading.journal.labels(of: session, at: point, damage: $0)
        }.labels
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for label in labels { try console.json(Array(label.json.description.utf8)) }
            return .done
        }
        guard !labels.isEmpty else {
            try console.line("no labels; sjournal label SESSION NAME --at POINT gives one")
            return .done
        }
        var table = Table([
            .init(title: "event", isRight: true), .init(title: "label", isFlexible: true),
            .init(title: "since"), .init(title: "who"), .init(title: "why"),
        ])
        for label in labels {
            table.add([
                Shown(String(label.sequence)), "\(label.name, .name)",
                "\(TimeText.seconds(label.time), .quiet)", "\(label.actor ?? "")",
                "\(Wrapping.flattened(label.reason ?? ""))",
            ])
        }
        for line in table.lines(width: console.columns) {
            try console.line(line.elided(to: console.columns))
        }
        return .done
    }
}
