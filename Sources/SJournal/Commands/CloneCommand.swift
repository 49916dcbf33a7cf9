import SessionJournal

/// `sjournal clone`: makes a session of another.
enum CloneCommand: Command {
    static let spec = CommandSpec(
        name: "clone", summary: "Make a new session of another, or of one of its branches.",
        positionals: [.session],
        options: [
            OptionSpec(
                name: "--branch", value: "BRANCH",
                help: "This branch alone, which becomes main; else all."), .at,
            OptionSpec(name: "--name", value: "NAME", help: "What it is called; else the same."),
            OptionSpec(
                name: "--key", value: "KEY",
                help: "A name of yours for the new session, which every command takes."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            The new session has the messages as they were shown at that point, metadata, limits, \
            attachments and tool calls, and says where it is from. Earlier texts, notes and labels \
            stay with the other one, which is not touched.
            """
        ],
        examples: [
            .init(
                command: "sjournal clone chat-1 --key chat-1-again", meaning: "All its branches."),
            .init(
                command: "sjournal clone chat-1 --branch idea --at 120 --name 'The idea'",
                meaning: "One branch, as it was at event 120."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let writing = try await SessionWriting.open(arguments, in: context)
        let key = arguments.value("--key")
        let report = try await writing.writer.clone(
            writing.session, branch: writing.branch, at: point, key: key,
            name: arguments.value("--name"), reason: writing.reason)
        return try await writing.close(
            context,
            [
                "session": .string(report.session.hexadecimal), "key": JSONValue(key),
                "clone": report.origin.json, "messages": JSONValue(report.messages),
                "events": JSONValue(report.events),
            ], "\(report.session.hexadecimal, .name)")
    }
}
