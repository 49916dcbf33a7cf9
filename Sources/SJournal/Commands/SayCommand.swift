import SessionJournal

/// `sjournal say`: appends a message.
enum SayCommand: Command {
    static let spec = CommandSpec(
        name: "say", summary: "Append a message to a session.",
        positionals: [
            .session,
            PositionalSpec(
                name: "TEXT", count: .one, help: "What is said; - takes it from standard input."),
        ],
        options: [
            OptionSpec(
                name: "--role", value: "ROLE",
                help: "Who speaks: user (the default), assistant, system or tool."),
            .onBranch,
            OptionSpec(name: "--model", value: "MODEL", help: "The model that wrote it."),
            .writer, .reason,
        ], hasJSON: true,
        examples: [
            .init(command: "sjournal say chat-1 'How hot?'", meaning: "A user's turn."),
            .init(
                command: "sjournal say chat-1 - --role assistant --model m-1 <answer.txt",
                meaning: "A model's answer, from a file."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let role = arguments.value("--role") ?? Role.user.rawValue
        guard ["user", "assistant", "system", "tool"].contains(role) else {
            throw UsageError(
                message: "\"\(role)\" is no role; give user, assistant, system or tool",
                command: spec.name)
        }
        let text = try SessionWriting.text(arguments.positionals[1], context)
        let writing = try await SessionWriting.open(arguments, in: context)
        let said = try await writing.writer.say(
            role, parts: [["type": "text", "text": .string(text)]], in: writing.session,
            branch: writing.branch, model: arguments.value("--model"), reason: writing.reason)
        return try await writing.close(
            context, ["message": .string(said.message), "seq": JSONValue(said.receipt.sequence)],
            "message \(said.message, .name), event \(String(said.receipt.sequence))")
    }
}
