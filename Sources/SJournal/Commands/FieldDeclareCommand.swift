import SessionJournal

/// `sjournal field-declare`: gives a field of metadata a type, a default and limits.
enum FieldDeclareCommand: Command {
    static let spec = CommandSpec(
        name: "field-declare", summary: "Give a field of one's own a type, a default and limits.",
        positionals: [
            PositionalSpec(name: "FIELD", count: .one, help: "The field; none that is built in.")
        ],
        options: [
            OptionSpec(
                name: "--type", value: "TYPE",
                help: "string, integer, number, boolean, set, time, level or any; else any."),
            OptionSpec(
                name: "--default", value: "JSON",
                help: "What sessions have that were given no value, as JSON."),
            OptionSpec(
                name: "--scope", value: "SCOPE",
                help: "Whose values: session (else this) or branch."),
            OptionSpec(name: "--nullable", help: "Null is a value."),
            OptionSpec(name: "--required", help: "Every session must have a value."),
            OptionSpec(name: "--min", value: "N", help: "The smallest number."),
            OptionSpec(name: "--max", value: "N", help: "The largest number."),
            OptionSpec(
                name: "--max-length", value: "N", help: "How many characters a text may have."),
            OptionSpec(
                name: "--allow", value: "VALUE", repeats: true,
                help: "One of the values that there are. May be repeated."),
            OptionSpec(name: "--meaning", value: "TEXT", help: "What it says."),
            .reason, .writer,
        ],
        details: [
            """
            An event in the journal's own session. Declared again, the field takes its new form. \
            What sessions hold already stays: show --json tells what does not fit, and sjournal \
            repair --metadata mends it.
            """
        ],
        examples: [
            .init(
                command: "sjournal field-declare mood --type string --allow calm --allow cross",
                meaning: "A field with two values."),
            .init(
                command: "sjournal field-declare heat --type number --scope branch --max 2",
                meaning: "A number of each branch."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let field = try field(arguments)
        let journal = try await JournalWriting.open(context)
        let receipt = try await context.writer(of: journal, arguments).declareField(
            field, reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        guard let receipt else {
            try context.console.line("\(field.name, .name) is declared so already")
            return .done
        }
        try context.console.line(
            "declared \(field.name, .name) by event \(String(receipt.sequence))")
        return .done
    }

    private static func field(_ arguments: ParsedArguments) throws(UsageError) -> MetadataField {
        let type = try choice("--type", arguments, among: MetadataField.ValueType.allCases) ?? .any
        let scope = try choice("--scope", arguments, among: MetadataField.Scope.allCases)
        var constraints = MetadataField.Constraints()
        constraints.minimum = try integer("--min", arguments)
        constraints.maximum = try integer("--max", arguments)
        constraints.maximumLength = try integer("--max-length", arguments).map { Int($0) }
        let allowed = arguments.all("--allow")
        if !allowed.isEmpty {
            let isText = type == .string || type == .set || type == .time
            constraints.allowed = allowed.map { text in
                isText ? .string(text) : (try? JSONValue(parsing: text)) ?? .string(text)
            }
        }
        var initial: JSONValue = .null
        if let text = arguments.value("--default") {
            guard let value = try? JSONValue(parsing: text) else {
                throw UsageError(
                    message: "the default \"\(text)\" is no JSON; a text stands in quotes",
                    command: spec.name)
            }
            initial = value
        }
        return MetadataField(
            arguments.positionals[0], type: type, initialValue: initial,
            isNullable: arguments.has("--nullable"), isRequired: arguments.has("--required"),
            scope: scope ?? .session, constraints: constraints,
            meaning: arguments.value("--meaning") ?? "")
    }

    private static func choice<Value: RawRepresentable<String>>(
        _ option: String, _ arguments: ParsedArguments, among values: [Value]
    ) throws(UsageError) -> Value? {
        guard let text = arguments.value(option) else { return nil }
        guard let value = Value(rawValue: text) else {
            let names = values.map(\.rawValue).joined(separator: ", ")
            throw UsageError(
                message: "\"\(text)\" is nothing for \(option); give one of \(names)",
                command: spec.name)
        }
        return value
    }

    private static func integer(
        _ option: String, _ arguments: ParsedArguments
    ) throws(UsageError) -> Int64? {
        guard let text = arguments.value(option) else { return nil }
        guard let number = Int64(text) else {
            throw UsageError(
                message: "\"\(text)\" is no whole number for \(option)", command: spec.name)
        }
        return number
    }
}
