import SessionJournal

/// `sjournal blame`: who made a field, or a message, what it is.
enum BlameCommand: Command {
    static let spec = CommandSpec(
        name: "blame", summary: "Say who made a field or a message what it is, and what led to it.",
        positionals: [
            .session,
            PositionalSpec(
                name: "FIELD|MESSAGE", count: .optional,
                help: """
                    A metadata field, or a message by its id or #N for the one that event N added; \
                    else all fields.
                    """),
        ], options: [.at, .fieldsBranch], hasJSON: true,
        details: [
            """
            What led to a change is the message and the tool call that its cause names, or that its \
            causes lead to. Where the writer named no cause, it is what came last before the change \
            on its branch, no further back than a person's last message, and is said to be.
            """
        ],
        examples: [
            .init(command: "sjournal blame chat-1", meaning: "Every field: value, event, who."),
            .init(
                command: "sjournal blame chat-1 status --at before-upgrade",
                meaning: "Who had set one field by then, what led to it, and what it was before."),
            .init(
                command: "sjournal blame chat-1 '#12'",
                meaning: "The events that made the message of event 12 what it is."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let name = arguments.positionals.count > 1 ? arguments.positionals[1] : nil
        let branch = try await reading.branch(arguments, of: session, at: point)
        let blames = try await reading.tolerant {
            try await reading.journal.blame(
                name, in: session, at: point, branch: branch, damage: $0)
        }
        let text = BlameText(columns: context.console.columns)
        let isJSON = arguments.has(CommandSpec.json.name)
        if let name, blames.isEmpty {
            let blame = try await message(name, in: session, at: point, reading)
            if isJSON {
                try context.console.json(Array(blame.json.description.utf8))
            } else {
                for line in text.lines(blame) { try context.console.line(line) }
            }
            return .done
        }
        if isJSON {
            for blame in blames { try context.console.json(Array(blame.json.description.utf8)) }
        } else if name != nil, let blame = blames.first {
            for line in text.lines(blame) { try context.console.line(line) }
        } else if blames.isEmpty {
            try context.console.line("no field was set yet")
        } else {
            for line in text.table(blames) { try context.console.line(line) }
        }
        return .done
    }

    /// The blame of a message by its id, or by `#` and its event's number.
    private static func message(
        _ name: String, in session: SessionID, at point: PointInTime, _ reading: JournalReading
    ) async throws -> MessageBlame {
        var id = name
        if name.hasPrefix("#"), let sequence = UInt64(name.dropFirst()) {
            let event = try await reading.journal.event(at: sequence)
            if let event, event.session == session {
                id = (try? event.data())?["message"]?.string ?? "@\(sequence)"
            }
        }
        let blame = try await reading.tolerant {
            try await reading.journal.blame(message: id, in: session, at: point, damage: $0)
        }
        guard let blame else {
            throw Failure(
                .negative,
                """
                the session has neither a field that was set nor a message "\(name)"; sjournal \
                blame SESSION lists the fields, sjournal show --json the messages
                """)
        }
        return blame
    }
}

extension OptionSpec {
    /// Of commands that ask about metadata.
    static let fieldsBranch = OptionSpec(
        name: "--branch", value: "BRANCH",
        help: "The branch, for fields that each branch has of its own; else main.")
}

extension JournalReading {
    /// The branch of `--branch`, which must be there at that point; else `main`.
    func branch(
        _ arguments: ParsedArguments, of session: SessionID, at point: PointInTime
    ) async throws -> String {
        guard let branch = arguments.value(OptionSpec.branch.name) else {
            return EventDraft.mainBranch
        }
        let tree = try await tolerant {
            try await self.journal.tree(of: session, at: point, damage: $0)
        }
        guard tree.branch(branch) != nil else {
            let names = tree.branches.map(\.name).joined(separator: ", ")
            throw Failure(.negative, "the session has no branch \"\(branch)\"; it has \(names)")
        }
        return branch
    }
}
