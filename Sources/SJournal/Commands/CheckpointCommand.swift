import SessionJournal

/// `sjournal checkpoint`: signs the journal as it stands.
enum CheckpointCommand: Command {
    static let spec = CommandSpec(
        name: "checkpoint", summary: "Sign the journal as it stands, or list what was signed.",
        options: [
            OptionSpec(name: "--list", help: "List the checkpoints; sign nothing."),
            OptionSpec(
                name: "--add-cosignature", value: "FILE",
                help: """
                    Put the signatures in FILE, or in standard input for -, under the checkpoint \
                    that they belong to: what a witness answered. Sign nothing.
                    """),
            .key, .writer, .reason,
        ], hasJSON: true,
        details: [
            """
            A checkpoint is a few lines of text: the journal's name, the number of its events, the \
            root of their Merkle tree, and signatures. Whoever keeps one can tell later whether the \
            journal still holds what it held: sjournal verify --against FILE. It lies in \
            checkpoints/ and is printed.
            """,
            """
            A journal with a key of its own (sjournal key new) is also signed by every command that \
            writes to it, when it is done.
            """,
            """
            Exit status 0: done. 1: the journal does not extend its last checkpoint, or there is no \
            key.
            """,
        ],
        examples: [
            .init(command: "sjournal checkpoint", meaning: "Sign, and print what was signed."),
            .init(
                command: "sjournal checkpoint --add-cosignature answer.txt",
                meaning: "Keep what a witness answered."),
            .init(command: "sjournal checkpoint --list", meaning: "What was signed when."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if arguments.has("--list") { return try await list(arguments, context) }
        if let path = arguments.value("--add-cosignature") {
            let bytes = try InputFile.read(path, context)
            let journal = try await JournalWriting.open(context)
            let checkpoint = try await journal.addCosignatures(bytes)
            try await journal.close()
            return try show(checkpoint, arguments, context)
        }
        let journal = try await EvidenceFiles.openForSigning(arguments, context)
        let checkpoint = try await context.writer(of: journal, arguments)
            .signCheckpoint(reason: arguments.value(OptionSpec.reason.name))
        try await journal.close()
        return try show(checkpoint, arguments, context)
    }

    private static func show(
        _ checkpoint: SignedCheckpoint, _ arguments: ParsedArguments, _ context: CommandContext
    ) throws -> ExitStatus {
        if arguments.has("--json") {
            try context.console.json(Array(json(checkpoint).description.utf8))
        } else {
            // As it stands: it goes into a file, or to a witness.
            try context.console.output.write(checkpoint.text.utf8)
        }
        return .done
    }

    private static func json(_ checkpoint: SignedCheckpoint) -> JSONValue {
        [
            "origin": .string(checkpoint.origin), "size": JSONValue(checkpoint.head.size),
            "root": .string(checkpoint.head.root.hexadecimal),
            "signers": .array(checkpoint.signers.map { .string($0) }),
            "note": .string(checkpoint.text),
        ]
    }

    private static func list(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let checkpoints = try await reading.journal.checkpoints()
        let console = context.console
        if arguments.has("--json") {
            for checkpoint in checkpoints {
                try console.json(Array(json(checkpoint).description.utf8))
            }
            return .done
        }
        guard !checkpoints.isEmpty else {
            try console.line("no checkpoint was signed yet; sjournal checkpoint signs one")
            return .done
        }
        var table = Table([
            .init(title: "events", isRight: true), .init(title: "root"),
            .init(title: "signatures", isRight: true),
        ])
        for checkpoint in checkpoints {
            table.add([
                "\(String(checkpoint.head.size))",
                Shown(String(checkpoint.head.root.hexadecimal.prefix(16))),
                "\(checkpoint.signers.count)",
            ])
        }
        for line in table.lines(width: console.columns) { try console.line(line) }
        return .done
    }
}
