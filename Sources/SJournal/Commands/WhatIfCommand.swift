import SessionJournal

/// `sjournal what-if`: the session as it would be, had events been others.
enum WhatIfCommand: Command {
    static let spec = CommandSpec(
        name: "what-if", summary: "Leave out or change events, and show what would be different.",
        positionals: [.session],
        options: [
            OptionSpec(
                name: "--drop", value: "SEQ", repeats: true,
                help: "Leave this event out; several between commas. May be repeated."),
            OptionSpec(
                name: "--set", value: "SEQ=JSON", repeats: true,
                help: """
                    The event says this instead: each member of the object takes the place of the \
                    one in the event's data. May be repeated.
                    """),
            .at, .fieldsBranch,
            OptionSpec(
                name: "--keep", value: "NAME",
                help: "Write the result as a new branch of that name."), .reason, .writer,
        ], hasJSON: true,
        details: [
            """
            The events are folded again in memory; the journal is not touched. What answered a \
            message that is left out answers the one before it. No model is asked: what came later \
            stays what it was, even where it could not have been said.
            """,
            """
            --keep writes the messages behind the first difference again, as new messages of a new \
            branch, and the fields that branches have of their own. Fields of the session are left \
            as they are, and are named. Nothing that was there changes.
            """,
        ],
        examples: [
            .init(
                command: "sjournal what-if chat-1 --drop 12",
                meaning: "What the session would be without event 12."),
            .init(
                command: #"sjournal what-if chat-1 --set '9={"set":{"model":"m-2"}}' --keep retry"#,
                meaning: "With another model from event 9 on, kept as the branch retry."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let alteration = try alteration(arguments)
        let point = try PointArgument.parse(arguments)
        let name = arguments.value("--keep")
        if name == nil {
            for option in [OptionSpec.reason.name, OptionSpec.writer.name]
            where arguments.value(option) != nil {
                throw UsageError(
                    message: "\(option) goes with --keep: nothing else is written",
                    command: spec.name)
            }
        }
        let reading = try await JournalReading.open(context, forWriting: name != nil)
        let session = try await reading.session(arguments.positionals[0])
        let branch = try await reading.branch(arguments, of: session, at: point)
        let answer = try await reading.tolerant {
            try await reading.journal.whatIf(
                alteration, in: session, branch: branch, at: point, damage: $0)
        }
        var kept: KeptWhatIf?
        if let name {
            kept = try await context.writer(of: reading.journal, arguments).keep(
                answer, as: name, reason: arguments.value(OptionSpec.reason.name))
            try await reading.journal.close()
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            let json: JSONValue = [
                "difference": answer.difference.json, "kept": kept.map { Self.json($0) } ?? .null,
            ]
            try console.json(Array(json.description.utf8))
            return .done
        }
        try console.line("\("from what is to what would be", .quiet)")
        for line in DifferenceText(answer.difference, columns: console.columns).lines() {
            try console.line(line)
        }
        if let kept { try write(kept, to: console) }
        return .done
    }

    private static func alteration(_ arguments: ParsedArguments) throws(UsageError) -> Alteration {
        var alteration = Alteration()
        for text in arguments.all("--drop") {
            for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                alteration.dropped.insert(try sequence(part, "--drop"))
            }
        }
        for text in arguments.all("--set") {
            guard let equals = text.firstIndex(of: "=") else {
                throw UsageError(
                    message: "\"\(text)\" is no SEQ=JSON for --set", command: spec.name)
            }
            let number = try sequence(text[..<equals], "--set")
            let json = String(text[text.index(after: equals)...])
            guard let object = (try? JSONValue(parsing: json))?.object else {
                throw UsageError(
                    message: "what event \(String(number)) is to say is no JSON object",
                    command: spec.name)
            }
            alteration.changed[number] = object
        }
        guard !alteration.dropped.isEmpty || !alteration.changed.isEmpty else {
            throw UsageError(message: "what-if needs --drop or --set", command: spec.name)
        }
        return alteration
    }

    private static func sequence(
        _ text: some StringProtocol, _ option: String
    ) throws(UsageError) -> UInt64 {
        guard let number = UInt64(text), number > 0 else {
            throw UsageError(
                message: "\"\(text)\" is no sequence number for \(option)", command: spec.name)
        }
        return number
    }

    private static func write(_ kept: KeptWhatIf, to console: Console) throws {
        try console.line()
        try console.line(
            """
            kept as the branch \(kept.branch, .name), with \
            \(Numbers.counted(kept.messageCount, "new message"))
            """)
        guard !kept.fieldsNotKept.isEmpty else { return }
        let names = kept.fieldsNotKept.joined(separator: ", ")
        let line: Shown = "not kept, since it belongs to the whole session: \(names)"
        try console.line(line.elided(to: console.columns))
    }

    private static func json(_ kept: KeptWhatIf) -> JSONValue {
        [
            "branch": .string(kept.branch), "messages": JSONValue(kept.messageCount),
            "events": .array(kept.receipts.map { JSONValue($0.sequence) }),
            "fields_not_kept": .array(kept.fieldsNotKept.map { .string($0) }),
        ]
    }
}
