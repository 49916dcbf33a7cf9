import SessionJournal

/// `sjournal branch`: lists, makes, renames and deletes branches.
enum BranchCommand: Command {
    static let spec = CommandSpec(
        name: "branch", summary: "List the branches of a session, or make, rename or delete one.",
        positionals: [
            .session,
            PositionalSpec(
                name: "NAME", count: .optional,
                help: "The branch to make, rename or delete; without it, branches are listed."),
        ],
        options: [
            OptionSpec(
                name: "--from", value: "PLACE",
                help: """
                    Where it begins: a message's id, or an event's number, as of which it begins. Else \
                    at the end of the branch that you are on.
                    """),
            OptionSpec(
                name: "--of", value: "BRANCH", help: "The branch that it comes from."),
            OptionSpec(name: "--description", value: "TEXT", help: "What it is for."),
            OptionSpec(name: "--rename", value: "NEW", help: "Give the branch this name."),
            OptionSpec(name: "--delete", help: "Put the branch away; its messages stay."),
            OptionSpec(name: "--restore", help: "Bring back a branch that was deleted."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            A new branch copies nothing. One that begins as of an event has the messages, the \
            branch's metadata and the edits of then.
            """
        ],
        examples: [
            .init(command: "sjournal branch chat-1", meaning: "The branches, and who is where."),
            .init(
                command: "sjournal branch chat-1 idea --from 41",
                meaning: "Another way on from event 41."),
            .init(
                command: "sjournal branch chat-1 idea --rename rust", meaning: "Another name."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard arguments.positionals.count > 1 else { return try await list(arguments, context) }
        let name = arguments.positionals[1]
        let acts =
            ["--delete", "--restore"].filter { arguments.has($0) }.count
            + (arguments.value("--rename") == nil ? 0 : 1)
        let makes = ["--from", "--of", "--description"].filter { arguments.value($0) != nil }.count
        guard acts == 0 || (acts == 1 && makes == 0) else {
            throw UsageError(
                message: "branch does one thing at a time; make, rename, delete or restore",
                command: spec.name)
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        let (session, reason) = (writing.session, writing.reason)
        let receipt: AppendReceipt?
        let words: Shown
        var result = name
        if let new = arguments.value("--rename") {
            receipt = try await writing.writer.renameBranch(
                name, to: new, in: session, reason: reason)
            words = "branch \(name, .title) is now \(new, .title)"
            result = new
        } else if arguments.has("--delete") {
            receipt = try await writing.writer.deleteBranch(name, in: session, reason: reason)
            words = "deleted branch \(name, .title); --restore brings it back"
        } else if arguments.has("--restore") {
            receipt = try await writing.writer.restoreBranch(name, in: session, reason: reason)
            words = "branch \(name, .title) is there again"
        } else {
            receipt = try await make(name, writing)
            words = "made branch \(name, .title)"
        }
        let event: Shown = receipt.map { ", event \(String($0.sequence))" } ?? ""
        return try await writing.close(
            context, ["branch": .string(result), "seq": JSONValue(receipt)], words + event)
    }

    private static func make(
        _ name: String, _ writing: SessionWriting
    ) async throws -> AppendReceipt? {
        var start = BranchStart.head
        if let from = writing.arguments.value("--from") {
            switch try PlaceArgument(from, in: try await writing.state().tree) {
            case .message(let id): start = .message(id)
            case .event(let sequence): start = .event(sequence)
            }
        }
        return try await writing.writer.createBranch(
            name, in: writing.session, from: start, of: writing.arguments.value("--of"),
            description: writing.arguments.value("--description"), reason: writing.reason
        ).receipts.first
    }

    private static func list(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(arguments.positionals[0])
        let tree = try await reading.state(of: session, at: .now).tree
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            for branch in tree.branches {
                try console.json(Array(branch.json.description.utf8))
            }
            return .done
        }
        var table = Table([
            .init(title: "branch"), .init(title: "msgs", isRight: true), .init(title: "from"),
            .init(title: "last event", isRight: true), .init(title: "who is here"),
            .init(title: "description", isFlexible: true),
        ])
        for branch in tree.branches {
            let here = tree.participants(on: branch.name).joined(separator: ", ")
            let count = tree.path(ofBranch: branch.name)?.messages.count ?? 0
            table.add([
                "\(branch.name, .title)", "\(count)", "\(branch.parent ?? "", .quiet)",
                "\(String(branch.headSequence))", "\(here, .quiet)",
                Shown(Wrapping.flattened(branch.text ?? "", limit: 200)),
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        return .done
    }
}

/// `sjournal switch`: makes a branch one's own.
enum SwitchCommand: Command {
    static let spec = CommandSpec(
        name: "switch", summary: "Make a branch yours: what you say goes there.",
        positionals: [
            .session,
            PositionalSpec(name: "BRANCH", count: .one, help: "The branch."),
        ], options: [.writer, .reason], hasJSON: true,
        details: [
            """
            Each participant has a branch; one who never switched is on main. What is shown without \
            --branch is the branch that anybody switched to last.
            """
        ],
        examples: [.init(command: "sjournal switch chat-1 idea", meaning: "Go on with idea.")])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let name = arguments.positionals[1]
        let writing = try await SessionWriting.open(arguments, in: context)
        let receipt = try await writing.writer.switchBranch(
            to: name, in: writing.session, reason: writing.reason)
        return try await writing.close(
            context, ["branch": .string(name), "seq": JSONValue(receipt)],
            receipt.map {
                "\(writing.writer.actor) is on \(name, .title), event \(String($0.sequence))"
            }
                ?? "\(writing.writer.actor) is on \(name, .title) already")
    }
}

/// `sjournal rewind`: takes a branch back.
enum RewindCommand: Command {
    static let spec = CommandSpec(
        name: "rewind", summary: "Take a branch back to an earlier message or event.",
        positionals: [.session],
        options: [
            OptionSpec(
                name: "--to", value: "PLACE",
                help: "A message that the branch runs through, or an event's number."),
            .onBranch, .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            The head moves, and nothing is lost: what stood behind it stays in the tree, and a \
            rewind to a later event brings it back. Metadata and edits stay as they are.
            """
        ],
        examples: [
            .init(
                command: "sjournal rewind chat-1 --to 41 --reason 'wrong turn'",
                meaning: "Where the branch stood at event 41.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let place = arguments.value("--to") else {
            throw UsageError(message: "rewind needs --to PLACE", command: spec.name)
        }
        let writing = try await SessionWriting.open(arguments, in: context)
        let target: RewindTarget
        switch try PlaceArgument(place, in: try await writing.state().tree) {
        case .message(let id): target = .message(id)
        case .event(let sequence): target = .event(sequence)
        }
        let receipt = try await writing.writer.rewind(
            writing.branch, to: target, in: writing.session, reason: writing.reason)
        return try await writing.close(
            context, ["seq": JSONValue(receipt)],
            receipt.map { "rewound to \(place), event \(String($0.sequence))" }
                ?? "the branch stands there already")
    }
}
