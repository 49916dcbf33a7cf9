import FoundationEssentials
import SessionJournal

/// `sjournal templates`: what sessions can be made from.
enum TemplatesCommand: Command {
    static let spec = CommandSpec(
        name: "templates", summary: "List the templates of sessions, show one, or declare one.",
        positionals: [
            PositionalSpec(
                name: "ACTION", count: .optional, help: "show or declare; without it, a list."),
            PositionalSpec(
                name: "NAME|FILE", count: .optional,
                help: """
                    Of show a template, with @VERSION an older one; of declare a file of JSON, - is \
                    standard input.
                    """),
        ],
        options: [.at, .writer, .reason], hasJSON: true,
        details: [
            """
            A template has parameters, provider, model, system_prompt, middleware, functions, \
            max_messages, metadata and limits; {{NAME}} in a text is the place of a parameter. What \
            show --json prints is what declare reads.
            """,
            """
            A version never changes: what is declared again under its name is the next one.
            """,
        ],
        examples: [
            .init(
                command: "sjournal templates", meaning: "Those there are, and how they are asked."),
            .init(
                command: "sjournal new --template customer_support --param company=Acme",
                meaning: "A session made from one."),
            .init(
                command: "sjournal templates show code_assistant --json > mine.json",
                meaning: "A beginning for one of your own."),
            .init(
                command: "sjournal templates declare mine.json --reason 'shorter answers'",
                meaning: "Its next version, or another template."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let words = arguments.positionals
        switch (words.first, words.count) {
        case (nil, _): return try await list(arguments, context)
        case ("show"?, 2): return try await show(words[1], arguments, context)
        case ("declare"?, 2): return try await declare(words[1], arguments, context)
        default:
            throw UsageError(
                message: "templates takes nothing, show NAME or declare FILE", command: spec.name)
        }
    }

    private static func list(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let templates = try await JournalReading.open(context).journal.templates(at: point)
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for template in templates {
                try console.json(Array(template.json.description.utf8))
            }
            return .done
        }
        var table = Table([
            .init(title: "template"), .init(title: "parameters"),
            .init(title: "description", isFlexible: true),
        ])
        for template in templates {
            let names = template.parameters.map { $0.isRequired ? $0.name : "[\($0.name)]" }
            table.add([
                "\(template.reference, .name)",
                Shown(names.joined(separator: " ")).elided(to: longestParameters),
                Shown(Wrapping.flattened(template.text, limit: 200)),
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        return .done
    }

    private static let longestParameters = 32

    private static func show(
        _ name: String, _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let template = try await JournalReading.open(context).journal.template(name, at: point)
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(template.json.description.utf8))
            return .done
        }
        try console.line("\(template.reference, .title)  \(Wrapping.flattened(template.text))")
        var table = Table([
            .init(title: "parameter"), .init(title: "type"), .init(title: "default"),
            .init(title: "rules"), .init(title: "meaning", isFlexible: true),
        ])
        for field in template.parameters {
            table.add([
                "\(field.name, .name)", "\(field.type.rawValue)",
                Shown(field.initialValue.isNull ? "" : field.initialValue.description)
                    .elided(to: 24), Shown(FieldsCommand.rules(field)),
                Shown(Wrapping.flattened(field.meaning)),
            ])
        }
        if !template.parameters.isEmpty {
            try console.line()
            for line in table.lines(width: console.columns) { try console.line(line) }
        }
        try console.line()
        for member in template.content {
            let text = member.value.string ?? member.value.description
            for (index, line) in Wrapping.wrapped(
                text, to: console.columns - contentIndent
            ).lines.enumerated() {
                let label: Shown = index == 0 ? "\(member.name, .quiet)" : ""
                try console.line(label.padded(to: contentIndent) + Shown(line))
            }
        }
        return .done
    }

    private static let contentIndent = 15

    private static func declare(
        _ path: String, _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let text: String
        if path == "-" {
            text = try SessionWriting.text(path, context)
        } else {
            guard let data = FileManager.default.contents(atPath: path),
                let read = String(validating: data, as: UTF8.self)
            else {
                throw Failure(
                    .negative, "\(path) cannot be read as text; templates show --json has the form")
            }
            text = read
        }
        guard let json = try? JSONValue(parsing: text) else {
            throw Failure(
                .negative, "\(path) is no JSON; sjournal templates show --json has the form")
        }
        let template = try SessionTemplate(json)
        let journal = try await JournalWriting.open(context)
        let (declared, receipt) = try await context.writer(of: journal, arguments)
            .declareTemplate(template, reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            let answer: JSONValue = [
                "template": .string(declared.name),
                "version": declared.version.map { .integer($0) } ?? .null,
                "seq": JSONValue(receipt),
            ]
            try context.console.json(Array(answer.description.utf8))
        } else {
            let words: Shown = receipt.map { ", event \($0.sequence)" } ?? " already"
            try context.console.line("declared \(declared.reference, .title)" + words)
        }
        return .done
    }
}
