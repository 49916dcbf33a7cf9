import SessionJournal

/// `sjournal edit`: gives a message another text.
enum EditCommand: Command {
    static let spec = CommandSpec(
        name: "edit", summary: "Give a message another text; every earlier one stays.",
        positionals: [
            .session, .message,
            PositionalSpec(
                name: "TEXT", count: .optional,
                help: "What it says from now on; - takes it from standard input."),
        ],
        options: [
            OptionSpec(
                name: "--restore", value: "EVENT",
                help: "Let it say again what it said as of this event, instead of a TEXT."),
            .onBranch, .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            The text changes on one branch; the others show what they showed, until a merge brings \
            the change.
            """
        ],
        examples: [
            .init(
                command: "sjournal edit chat-1 '#2' 'How hot, in °C?' --reason units",
                meaning: "The message of event 2."),
            .init(command: "sjournal edit chat-1 '#2' --restore 2", meaning: "As it was at first."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let restored = try arguments.sequence("--restore")
        guard (arguments.positionals.count > 2) != (restored != nil) else {
            throw UsageError(message: "edit needs a TEXT or --restore EVENT", command: spec.name)
        }
        let text =
            try restored == nil
            ? SessionWriting.text(arguments.positionals[2], context) : ""
        let writing = try await SessionWriting.open(arguments, in: context)
        let message = try PlaceArgument.message(
            arguments.positionals[1], in: try await writing.state().tree
        ).id
        let receipt: AppendReceipt?
        if let restored {
            receipt = try await writing.writer.restore(
                message, to: restored, in: writing.session, branch: writing.branch,
                reason: writing.reason)
        } else {
            receipt = try await writing.writer.edit(
                message, text: text, in: writing.session, branch: writing.branch,
                reason: writing.reason)
        }
        return try await writing.close(
            context, ["message": .string(message), "seq": JSONValue(receipt)],
            receipt.map { "edited message \(message, .name), event \(String($0.sequence))" }
                ?? "message \(message, .name) says this already")
    }
}

/// `sjournal remove`: takes a message out of the conversation.
enum RemoveCommand: Command {
    static let spec = CommandSpec(
        name: "remove",
        summary: "Take a message out of the conversation; its place and its texts stay.",
        positionals: [.session, .message], options: [.onBranch, .writer, .reason],
        hasJSON: true,
        details: [
            """
            Nothing is erased: sjournal show --at has the message as it was, and sjournal edit \
            --restore brings it back.
            """
        ],
        examples: [
            .init(
                command: "sjournal remove chat-1 '#4' --reason duplicate",
                meaning: "The message of event 4.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let writing = try await SessionWriting.open(arguments, in: context)
        let message = try PlaceArgument.message(
            arguments.positionals[1], in: try await writing.state().tree
        ).id
        let receipt = try await writing.writer.remove(
            message, in: writing.session, branch: writing.branch, reason: writing.reason)
        return try await writing.close(
            context, ["message": .string(message), "seq": JSONValue(receipt)],
            receipt.map { "removed message \(message, .name), event \(String($0.sequence))" }
                ?? "message \(message, .name) is removed already")
    }
}

extension PositionalSpec {
    static let message = PositionalSpec(
        name: "MESSAGE", count: .one,
        help: "A message: its id, the beginning of it, or the number of its event.")
}

extension JSONValue {
    /// The sequence number of a receipt; null where nothing was appended.
    init(_ receipt: AppendReceipt?) { self = receipt.map { JSONValue($0.sequence) } ?? .null }
}
