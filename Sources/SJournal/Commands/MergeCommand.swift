import SessionJournal

/// `sjournal merge`: brings one branch into another.
enum MergeCommand: Command {
    static let spec = CommandSpec(
        name: "merge", summary: "Merge a branch into the one it came from, or into another.",
        positionals: [
            .session,
            PositionalSpec(name: "SOURCE", count: .one, help: "The branch to merge."),
        ],
        options: [
            OptionSpec(
                name: "--into", value: "TARGET",
                help: "The branch to merge into; else the one that SOURCE came from."),
            OptionSpec(
                name: "--strategy", value: "STRATEGY",
                help: """
                    append (the default) brings messages alone; ours, theirs and ask merge metadata \
                    and edits too, and decide so where both sides changed something.
                    """),
            OptionSpec(
                name: "--take", value: "NAME=SIDE", repeats: true,
                help: "Decide a conflict: a field or a message's id, and ours or theirs."),
            OptionSpec(name: "--preview", help: "Say what would be merged, and write nothing."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            Nothing is copied: the merge names the messages that it brings. A second merge brings \
            what is new since; with nothing new, nothing is written.
            """,
            """
            Exit status 1 where --strategy ask leaves a conflict undecided; nothing is written then.
            """,
        ],
        examples: [
            .init(command: "sjournal merge chat-1 idea", meaning: "The messages of idea."),
            .init(
                command: "sjournal merge chat-1 idea --strategy ask --preview",
                meaning: "What would be merged, and what is in conflict."),
            .init(
                command: "sjournal merge chat-1 idea --strategy ask --take model=theirs",
                meaning: "With a decision."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let source = arguments.positionals[1]
        let target = arguments.value("--into")
        let strategy = try strategy(arguments)
        let take = try decisions(arguments)
        if arguments.has("--preview") {
            let reading = try await JournalReading.open(context)
            let session = try await reading.session(arguments.positionals[0])
            let state = try await reading.state(of: session, at: .now)
            let preview = try state.mergePreview(
                source, into: target, strategy: strategy, take: take)
            return try print(preview, of: state, arguments, context)
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        let merged: MergeReceipt?
        do {
            merged = try await writing.writer.merge(
                source, into: target, in: writing.session, strategy: strategy, take: take,
                reason: writing.reason)
        } catch let error as JournalError where error.code == .mergeConflict {
            throw Failure(
                .negative, "\(error.message); --take NAME=ours or NAME=theirs decides one")
        }
        guard let merged else {
            return try await writing.close(
                context, ["merge": nil, "seq": nil], "nothing is to be merged")
        }
        var json: JSONObject = [
            "merge": .string(merged.merge), "seq": JSONValue(merged.receipt.sequence),
        ]
        for member in merged.preview.json.object ?? [:] { json.append(member.name, member.value) }
        let words = MergeText.summary(merged.preview)
        return try await writing.close(
            context, json,
            """
            merged \(source, .title) into \(merged.preview.target, .title): \(words), event \
            \(String(merged.receipt.sequence))
            """)
    }

    private static func strategy(
        _ arguments: ParsedArguments
    ) throws(UsageError) -> MergeStrategy {
        guard let text = arguments.value("--strategy") else { return .append }
        guard let strategy = MergeStrategy(rawValue: text) else {
            throw UsageError(
                message: "\"\(text)\" is no strategy; give append, ours, theirs or ask",
                command: spec.name)
        }
        return strategy
    }

    private static func decisions(
        _ arguments: ParsedArguments
    ) throws(UsageError) -> [String: MergeConflict.Side] {
        var take: [String: MergeConflict.Side] = [:]
        for text in arguments.all("--take") {
            guard let sign = text.lastIndex(of: "="), sign > text.startIndex,
                let side = MergeConflict.Side(rawValue: String(text[text.index(after: sign)...]))
            else {
                throw UsageError(
                    message: "\"\(text)\" decides nothing; give NAME=ours or NAME=theirs",
                    command: spec.name)
            }
            take[String(text[..<sign])] = side
        }
        return take
    }

    private static func print(
        _ preview: MergePreview, of state: SessionState, _ arguments: ParsedArguments,
        _ context: CommandContext
    ) throws -> ExitStatus {
        let console = context.console
        let status: ExitStatus = preview.undecided.isEmpty ? .done : .negative
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(preview.json.description.utf8))
            return status
        }
        for line in MergeText.lines(preview, columns: console.columns) { try console.line(line) }
        return status
    }
}
