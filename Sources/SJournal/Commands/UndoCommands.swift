import SessionJournal

/// `sjournal undo`: takes an act back.
enum UndoCommand: Command {
    static let spec = CommandSpec(
        name: "undo", summary: "Undo the last act in a session by a new event.",
        positionals: [.session],
        options: [
            OptionSpec(name: "--any", help: "The last act of anybody; else your own last one."),
            OptionSpec(
                name: "--event", value: "N", help: "The act of this event, whosever it was."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            Every act has an inverse where one makes sense: fields take their earlier values, a \
            head goes back, a text holds again, a branch is put away or is there again. What was \
            undone stays in the journal, and an undo is an act too: undone itself, it is the first \
            act again.
            """,
            """
            Exit status 1: something was built upon the act since, or there is nothing to undo.
            """,
        ],
        examples: [
            .init(command: "sjournal undo chat-1", meaning: "What you did last in it."),
            .init(
                command: "sjournal undo chat-1 --event 41 --reason 'wrong field'",
                meaning: "The act of event 41, if nothing was built upon it."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        var target: UndoTarget = arguments.has("--any") ? .lastOfAnybody : .last
        if let sequence = try arguments.sequence("--event") {
            guard target == .last else {
                throw UsageError(message: "give --any or --event", command: spec.name)
            }
            target = .event(sequence)
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        let receipt = try await writing.writer.undo(
            target, in: writing.session, reason: writing.reason)
        return try await writing.close(context, undone: receipt)
    }
}

/// `sjournal revert`: undoes one change of metadata.
enum RevertCommand: Command {
    static let spec = CommandSpec(
        name: "revert", summary: "Undo one change of metadata by a new event.",
        positionals: [
            PositionalSpec(
                name: "EVENT", count: .one,
                help: "The event that made the change, by its number, with or without #.")
        ],
        options: [.writer, .reason], hasJSON: true,
        details: [
            """
            Each field takes the value that it had before. Of a set, such as tags, what was added \
            goes and what was removed comes back. The new event names the one that it undoes.
            """,
            """
            Exit status 1: a field changed since, or the event changed no metadata.
            """,
        ],
        examples: [
            .init(
                command: "sjournal revert 41 --reason 'that was another session'",
                meaning: "What event 41 changed is as it was.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let text = arguments.positionals[0]
        guard let sequence = UInt64(text.hasPrefix("#") ? text.dropFirst() : text[...]),
            sequence > 0
        else {
            throw UsageError(
                message: "\"\(text)\" is no event; give its number, as log and blame print it",
                command: spec.name)
        }
        let journal = try await JournalWriting.open(context)
        guard let event = try await journal.event(at: sequence) else {
            throw Failure(.negative, "there is no event \(text); sjournal log lists them")
        }
        let writing = SessionWriting(
            journal: journal, session: event.session,
            writer: context.writer(of: journal, arguments), arguments: arguments)
        let receipt = try await writing.writer.revert(
            sequence, in: event.session, reason: writing.reason)
        return try await writing.close(context, undone: receipt)
    }
}

/// `sjournal clear`: begins a conversation anew.
enum ClearCommand: Command {
    static let spec = CommandSpec(
        name: "clear", summary: "Clear a conversation; what was said stays reachable.",
        positionals: [.session], options: [.onBranch, .writer, .reason], hasJSON: true,
        details: [
            """
            One event takes the branch's head before its first message. The messages stay in the \
            tree and in the counts; sjournal undo brings the conversation back, and sjournal show \
            --at shows it as it was.
            """
        ],
        examples: [
            .init(
                command: "sjournal clear chat-1 --reason 'another subject'",
                meaning: "What is said next begins anew.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let writing = try await SessionWriting.open(arguments, in: context)
        let receipt = try await writing.writer.clearConversation(
            writing.branch, in: writing.session, reason: writing.reason)
        return try await writing.close(
            context, ["seq": JSONValue(receipt)],
            receipt.map { "cleared, event \(String($0.sequence))" } ?? "there is nothing to clear")
    }
}

extension SessionWriting {
    /// Closes the journal and says what was undone.
    fileprivate func close(
        _ context: CommandContext, undone receipt: UndoReceipt
    ) async throws -> ExitStatus {
        let undone = receipt.undone.map { "\($0.sequence) (\($0.kind))" }.joined(separator: ", ")
        let events = zip(receipt.receipts, receipt.kinds)
            .map { "\($0.sequence) (\($1))" }.joined(separator: ", ")
        return try await close(
            context, receipt.json.object ?? [:], "undid event \(undone) by event \(events)")
    }
}
