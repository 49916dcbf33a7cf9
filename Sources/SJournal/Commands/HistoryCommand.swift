import SessionJournal

/// `sjournal history`: every value that a field has had.
enum HistoryCommand: Command {
    static let spec = CommandSpec(
        name: "history", summary: "List every value that a metadata field has had.",
        positionals: [
            .session,
            PositionalSpec(name: "FIELD", count: .one, help: "The field, such as name."),
        ], options: [.at, .fieldsBranch], hasJSON: true,
        details: [
            """
            A change whose content was erased or is locked stands in the list too, since it may \
            have set the field.
            """
        ],
        examples: [
            .init(command: "sjournal history chat-1 status", meaning: "Each value, when and why."),
            .init(
                command: "sjournal history chat-1 model --branch fork-1 --json",
                meaning: "Those of a branch, from what it began with, for a script."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let branch = try await reading.branch(arguments, of: session, at: point)
        let field = arguments.positionals[1]
        let values = try await reading.tolerant {
            try await reading.journal.history(
                of: field, in: session, at: point, branch: branch, damage: $0)
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for value in values { try console.json(Array(value.json.description.utf8)) }
            return .done
        }
        guard !values.isEmpty else {
            try console.line("\(field, .name) was never set")
            return .done
        }
        for line in BlameText(columns: console.columns).history(values) { try console.line(line) }
        return .done
    }
}
