import SessionJournal

/// `sjournal fields`: what metadata may hold.
enum FieldsCommand: Command {
    static let spec = CommandSpec(
        name: "fields", summary: "List the fields of metadata: types, defaults, limits.",
        options: [
            OptionSpec(
                name: "--built-in", help: "The built-in fields alone; needs no journal.")
        ], hasJSON: true,
        details: [
            """
            Those that sjournal field-declare has added stand at the end. A field that is not \
            listed may be set to any JSON, and belongs to the session.
            """
        ],
        examples: [
            .init(command: "sjournal fields", meaning: "A table."),
            .init(
                command: "sjournal fields --json | jq -r 'select(.required).name'",
                meaning: "The names of those that every session has."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        var schema = MetadataSchema.builtIn
        if !arguments.has("--built-in") {
            schema = try await JournalReading.open(context).journal.schema()
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for field in schema.fields { try console.json(Array(field.json.description.utf8)) }
            return .done
        }
        var table = Table([
            .init(title: "field"), .init(title: "type"), .init(title: "default"),
            .init(title: "of"), .init(title: "rules", isFlexible: true),
        ])
        for field in schema.fields {
            table.add([
                "\(field.name, .name)", "\(field.type.rawValue)",
                Shown(field.initialValue.description).elided(to: longestDefault),
                "\(field.scope.rawValue)", Shown(rules(field)),
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        return .done
    }

    private static let longestDefault = 16

    /// What a value must keep to, in a few words.
    static func rules(_ field: MetadataField) -> String {
        var rules: [String] = []
        if field.isDerived { rules.append("derived") }
        if field.isRequired { rules.append("required") }
        if field.isNullable { rules.append("or null") }
        let constraints = field.constraints
        if let allowed = constraints.allowed {
            rules.append(allowed.map { $0.string ?? $0.description }.joined(separator: " | "))
        }
        if let minimum = constraints.minimum { rules.append("≥ \(minimum)") }
        if let maximum = constraints.maximum { rules.append("≤ \(maximum)") }
        if let length = constraints.maximumLength { rules.append("at most \(length) characters") }
        return rules.joined(separator: ", ")
    }
}
