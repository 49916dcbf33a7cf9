import SessionJournal

/// `sjournal new`: begins a session.
enum NewCommand: Command {
    static let spec = CommandSpec(
        name: "new", summary: "Begin a session.",
        positionals: [FieldArgument.positional],
        options: [
            OptionSpec(
                name: "--key", value: "KEY",
                help: "A name of yours for the session, which every command takes."),
            OptionSpec(
                name: "--limit", value: "NAME=N", repeats: true,
                help: "What it may hold at most: events=N, bytes=N or messages=N."),
            LimitArguments.action,
            OptionSpec(
                name: "--template", value: "NAME",
                help: "Make it from a template, with @VERSION from an older version of it."),
            OptionSpec(
                name: "--param", value: "NAME=VALUE", repeats: true,
                help: "What fills the template's places; sjournal templates show NAME lists them."),
            OptionSpec(
                name: "--encrypt",
                help: "Encrypt the session; the master key is given as with every command."),
            .writer,
        ], hasJSON: true,
        details: [
            """
            Prints the session's id. A field that is not given has its default; sjournal fields \
            lists them.
            """
        ],
        examples: [
            .init(
                command: "sjournal new --key chat-7 name='Green tea' tags=tea,work",
                meaning: "A session with a key, a name and two tags."),
            .init(
                command: "sjournal new --limit messages=100 --on-limit mark",
                meaning: "A session that is marked when the 101st message is said."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        try context.requireKey(for: arguments)
        let journal = try await JournalWriting.open(context)
        let metadata = try FieldArgument.values(
            arguments.positionals, schema: try await journal.schema(), command: spec.name)
        let limits = try LimitArguments.limits(arguments, option: "--limit", from: nil)
        var writer = context.writer(of: journal, arguments)
        if arguments.has("--encrypt") { writer = writer.encryptingSessions() }
        let key = arguments.value("--key")
        let session: SessionID
        if let name = arguments.value("--template") {
            let template = try await journal.template(name)
            let parameters = try FieldArgument.values(
                arguments.all("--param"), command: spec.name
            ) { name in template.parameters.first { $0.name == name } }
            session = try await writer.createSession(
                template: template.reference, parameters: parameters, key: key,
                metadata: metadata, limits: limits)
        } else {
            guard arguments.all("--param").isEmpty else {
                throw UsageError(message: "--param goes with --template", command: spec.name)
            }
            session = try await writer.createSession(
                key: key, metadata: metadata, limits: limits)
        }
        try await journal.close()
        if arguments.has(CommandSpec.json.name) {
            let object: JSONValue = [
                "session": .string(session.hexadecimal), "key": JSONValue(arguments.value("--key")),
            ]
            try context.console.json(Array(object.description.utf8))
        } else {
            try context.console.line("\(session.hexadecimal, .name)")
        }
        return .done
    }
}
