import SessionJournal

/// `sjournal summarize`: puts a summary in the place of older messages.
enum SummarizeCommand: Command {
    static let spec = CommandSpec(
        name: "summarize",
        summary: "Put a summary in the place of older messages, for models; the messages stay.",
        positionals: [.session],
        options: [
            .onBranch,
            OptionSpec(
                name: "--keep", value: "N",
                help: """
                    How many of the last messages stay as they are; else 100 of a session of type \
                    dm, and 50 of any other.
                    """),
            OptionSpec(
                name: "--with", value: "CMD",
                help: """
                    A command of the shell that makes the text: it reads the messages and writes \
                    their summary. Else it is put together from extracts, without a model.
                    """),
            OptionSpec(name: "--dry-run", help: "Print the text, and record nothing."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            `sjournal window` shows the summary instead of the messages that it stands for; all \
            other commands show the messages. A summary holds on the branches that have those \
            messages. A call of a tool stays with its results.
            """,
            "Exit status 1: nothing was left to be summarized, or the command failed.",
        ],
        examples: [
            .init(
                command: "sjournal summarize chat-1 --keep 20",
                meaning: "Extracts of all but the last 20 messages."),
            .init(
                command: "sjournal summarize chat-1 --keep 20 --with 'head -c 400' --dry-run",
                meaning: "What a command of your own makes of them."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        var options = SummaryOptions()
        options.isDryRun = arguments.has("--dry-run")
        if let command = arguments.value("--with") {
            options.summariser = Summariser("command") { request in
                let output = try ShellCommand(command).output(input: Array(request.text().utf8))
                guard let text = String(validating: output, as: UTF8.self) else {
                    throw Failure(.negative, "what the command writes is not UTF-8")
                }
                return text
            }
        }
        let count = try arguments.number("--keep")
        let writing = try await SessionWriting.open(arguments, in: context)
        options.branch = writing.branch
        options.reason = writing.reason
        let outcome =
            if let count {
                try await writing.writer.summarize(
                    writing.session, keeping: Int(clamping: count), options: options)
            } else {
                try await writing.writer.compactSession(writing.session, options: options)
            }
        guard let outcome else {
            try await writing.journal.close()
            throw Failure(.negative, "no message is left to be summarized")
        }
        if options.isDryRun, !arguments.has(CommandSpec.json.name) {
            for line in outcome.text.split(separator: "\n", omittingEmptySubsequences: false) {
                try context.console.line(Shown(line))
            }
            try await writing.journal.close()
            return .done
        }
        let json: JSONObject = [
            "sequence": outcome.receipt.map { JSONValue($0.sequence) } ?? .null,
            "branch": .string(outcome.branch), "messages": JSONValue(outcome.messageCount),
            "tokens_before": JSONValue(outcome.tokensBefore),
            "tokens_after": JSONValue(outcome.tokensAfter), "text": .string(outcome.text),
        ]
        return try await writing.close(
            context, json,
            """
            \(String(outcome.messageCount)) messages of \(outcome.branch), about \
            \(String(outcome.tokensBefore)) tokens, have a summary of \(String(outcome.tokensAfter))
            """)
    }
}
