import SessionJournal

/// `sjournal annotate`: notes about a session, a message or an event.
enum AnnotateCommand: Command {
    static let spec = CommandSpec(
        name: "annotate", summary: "Add a note to a session, a message or an event; or list them.",
        positionals: [
            .session,
            PositionalSpec(
                name: "NAME", count: .optional, help: "What is noted; without it, notes are listed."
            ),
            PositionalSpec(
                name: "VALUE", count: .optional, help: "A value in JSON, or any other text."),
        ],
        options: [
            OptionSpec(
                name: "--on", value: "PLACE",
                help: """
                    What it is about: a message's id, or an event's number; else the session. Listing, \
                    only notes about it.
                    """),
            OptionSpec(
                name: "--confidence", value: "NUMBER", help: "How sure the source is, 0 to 1."),
            OptionSpec(name: "--source", value: "TEXT", help: "What it comes from."),
            .writer, .reason,
        ], hasJSON: true,
        examples: [
            .init(
                command: "sjournal annotate chat-1 quality 0.8 --on '#4' --source review",
                meaning: "A score for event 4."),
            .init(command: "sjournal annotate chat-1", meaning: "All notes of the session."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard arguments.positionals.count > 1 else { return try await list(arguments, context) }
        guard arguments.positionals.count > 2 else {
            throw UsageError(message: "annotate needs a VALUE", command: spec.name)
        }
        var confidence: Double?
        if let text = arguments.value("--confidence") {
            guard let number = Double(text), (0...1).contains(number) else {
                throw UsageError(
                    message: "\"\(text)\" is no confidence; give a number from 0 to 1",
                    command: spec.name)
            }
            confidence = number
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        var target: AnnotationTarget?
        if let place = arguments.value("--on") {
            target = try Self.target(place, in: try await writing.state().tree)
        }
        let text = arguments.positionals[2]
        let receipt = try await writing.writer.annotate(
            arguments.positionals[1], (try? JSONValue(parsing: text)) ?? .string(text),
            on: target ?? .session, in: writing.session, confidence: confidence,
            source: arguments.value("--source"), reason: writing.reason)
        return try await writing.close(
            context, ["seq": JSONValue(receipt.sequence)],
            "noted \(arguments.positionals[1], .name), event \(String(receipt.sequence))")
    }

    private static func target(
        _ text: String, in tree: ConversationTree
    ) throws(Failure) -> AnnotationTarget {
        switch try PlaceArgument(text, in: tree) {
        case .message(let id): .message(id)
        case .event(let sequence): .event(sequence)
        }
    }

    private static func list(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        var notes = try await reading.journal.annotations(of: session, damage: .skip)
        if let place = arguments.value("--on") {
            let tree = try await reading.state(of: session, at: .now).tree
            let target = try Self.target(place, in: tree)
            notes.removeAll { $0.target != target }
        }
        return try show(notes, isJSON: arguments.has(CommandSpec.json.name), context.console)
    }

    private static func show(
        _ notes: [Annotation], isJSON: Bool, _ console: Console
    ) throws -> ExitStatus {
        if isJSON {
            for note in notes { try console.json(Array(note.json.description.utf8)) }
            return .done
        }
        guard !notes.isEmpty else {
            try console.line("no notes are on record")
            return .done
        }
        var table = Table([
            .init(title: "when"), .init(title: "about"), .init(title: "name"),
            .init(title: "value", isFlexible: true), .init(title: "who"),
        ])
        for note in notes {
            table.add([
                "\(TimeText.seconds(note.time))", about(note.target), "\(note.name, .name)",
                Shown(Wrapping.flattened(note.value.string ?? note.value.description, limit: 200)),
                "\(note.source ?? note.actor ?? "", .quiet)",
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        return .done
    }

    private static func about(_ target: AnnotationTarget) -> Shown {
        switch target {
        case .session: "the session"
        case .message(let id): "\(String(id.prefix(8)))"
        case .event(let sequence): "\("#" + String(sequence))"
        }
    }
}
