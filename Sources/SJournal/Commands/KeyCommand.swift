import SessionJournal

/// `sjournal key new|show|rotate`: the keys that sign.
enum KeyCommand: Command {
    static let spec = CommandSpec(
        name: "key", summary: "Make, show or change the key that signs checkpoints.",
        positionals: [
            PositionalSpec(
                name: "ACTION", count: .one,
                help: "new: make one. show: print its verifier key. rotate: have a new one sign.")
        ],
        options: [
            .key,
            OptionSpec(
                name: "--witness", value: "NAME",
                help: "With new: a key for a witness of that name, in the file of --key."),
            OptionSpec(
                name: "--to", value: "NEWFILE",
                help: "With rotate: the file of the new key, which is made if it is not there."),
            .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            The key is one of Ed25519, in a file that nobody else may read. Where the journal keeps \
            it, whoever has the directory can sign; keep it elsewhere, and name it with --key or \
            $SJOURNAL_KEY, if that matters. Its verifier key is what others need.
            """,
            """
            rotate signs the journal with the old key and has the old key name the new one, in an \
            event of the journal. Put the new file in the place of the old one afterwards.
            """,
        ],
        examples: [
            .init(command: "sjournal key new", meaning: "A key of the journal, in keys/."),
            .init(
                command: "sjournal key new --key /media/stick/chats.key",
                meaning: "The same, kept elsewhere."),
            .init(command: "sjournal key show", meaning: "What those need who verify."),
            .init(
                command: "sjournal key new --witness example.com/w1 --key w1.key",
                meaning: "A key for a witness."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        switch arguments.positionals[0] {
        case "new": try await make(arguments, context)
        case "show": try show(arguments, context)
        case "rotate": try await rotate(arguments, context)
        case let other:
            throw UsageError(
                message: "\"\(other)\" is no action; give new, show or rotate", command: "key")
        }
    }

    private static func make(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let path = EvidenceFiles.keyPath(context, arguments)
        let name: String
        if let witness = arguments.value("--witness") {
            guard arguments.value(OptionSpec.key.name) != nil else {
                throw UsageError(
                    message: "a witness's key belongs to no journal; name its file with --key",
                    command: "key")
            }
            name = witness
        } else {
            name = try await origin(context)
        }
        let key = try EvidenceFeature.makeKey(
            at: path, name: name, isWitness: arguments.value("--witness") != nil)
        return try answer(key, at: path, arguments, context)
    }

    private static func show(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws -> ExitStatus {
        let path = EvidenceFiles.keyPath(context, arguments)
        return try answer(try EvidenceFeature.readKey(at: path), at: path, arguments, context)
    }

    private static func rotate(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        guard let path = arguments.value("--to") else {
            throw UsageError(message: "name the file of the new key with --to", command: "key")
        }
        let journal = try await EvidenceFiles.openForSigning(arguments, context)
        let isThere = InputFile.exists(path)
        let key =
            isThere
            ? try EvidenceFeature.readKey(at: path)
            : try EvidenceFeature.makeKey(
                at: path, name: journal.origin ?? "", isWitness: false)
        guard !key.isWitness else {
            throw Failure(.usage, "\(Shown(path)) is a witness's key; a journal has one of its own")
        }
        try await context.writer(of: journal, arguments)
            .rotateKey(to: key.signer, reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        return try answer(key, at: path, arguments, context)
    }

    private static func origin(_ context: CommandContext) async throws -> String {
        let journal = try await Journal.open(
            readingAt: context.journalPath, options: context.journalOptions)
        context.closeAtEnd(journal)
        return journal.origin ?? ""
    }

    private static func answer(
        _ key: EvidenceFeature.Key, at path: String, _ arguments: ParsedArguments,
        _ context: CommandContext
    ) throws -> ExitStatus {
        if arguments.has("--json") {
            let json: JSONValue = [
                "file": .string(path), "name": .string(key.name),
                "verifier_key": .string(key.verifierKey), "witness": .bool(key.isWitness),
            ]
            try context.console.json(Array(json.description.utf8))
        } else {
            try context.console.line(Shown(key.verifierKey))
        }
        return .done
    }
}
