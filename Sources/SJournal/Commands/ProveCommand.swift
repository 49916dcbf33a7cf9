import SessionJournal

/// `sjournal prove EVENT`, `sjournal prove --from A`: proofs in files.
enum ProveCommand: Command {
    static let spec = CommandSpec(
        name: "prove", summary: "Prove that an event is in the journal, or that it only grew.",
        positionals: [
            PositionalSpec(
                name: "EVENT", count: .optional, help: "The sequence number of the event.")
        ],
        options: [
            OptionSpec(
                name: "--from", value: "N",
                help: "Prove that the first N events are the beginning of what was signed."),
            OptionSpec(
                name: "--to", value: "N",
                help: "With --from: of the checkpoint of N events; else of the newest."),
            .output,
        ],
        details: [
            """
            The proof of an event is a text file (c2sp.org/tlog-proof) of a few hundred bytes: the \
            event's entry, which holds nothing that a person wrote, the hashes up to the root, and \
            the newest checkpoint with its signatures. It is checked without the journal: sjournal \
            verify --proof FILE. sjournal disclose shows the event as well.
            """,
            """
            With --from, the file is what a witness is asked with: sjournal witness.
            """,
        ],
        examples: [
            .init(
                command: "sjournal prove 41 --output event-41.tlog-proof",
                meaning: "That event 41 is what it is."),
            .init(
                command:
                    "sjournal prove --from 0 | sjournal witness --key w1.key --state w1 --log VKEY",
                meaning: "Have a witness sign for the first time."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let text: String
        if let first = arguments.value("--from") {
            guard arguments.positionals.isEmpty, let first = UInt64(first) else {
                throw UsageError(
                    message: "give an event, or --from and a number of events from 0 on",
                    command: "prove")
            }
            let second = try arguments.sequence("--to")
            text = try await JournalReading.open(context).journal
                .consistencyFile(from: first, to: second)
        } else {
            guard let sequence = arguments.positionals.first.flatMap({ UInt64($0) }) else {
                throw UsageError(
                    message: "give the sequence number of an event, or --from", command: "prove")
            }
            text = try await JournalReading.open(context).journal.proofFile(of: sequence)
        }
        try EvidenceFiles.deliver(text, arguments, context)
        return .done
    }
}

/// `sjournal disclose EVENT`: one event with its proof, and nothing else.
enum DiscloseCommand: Command {
    static let spec = CommandSpec(
        name: "disclose", summary: "Hand over one event with the proof that it was recorded so.",
        positionals: [
            PositionalSpec(name: "EVENT", count: .one, help: "The sequence number of the event.")
        ],
        options: [.output],
        details: [
            """
            The file holds the event's line as it was stored, its proof and the newest checkpoint, \
            and nothing of any other event: the hashes of the proof tell nothing of what they are \
            hashes of. It is checked without the journal: sjournal verify --proof FILE.
            """
        ],
        examples: [
            .init(
                command: "sjournal disclose 41 --output event-41.tlog-proof",
                meaning: "Show event 41 to somebody.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let sequence = UInt64(arguments.positionals[0]) else {
            throw UsageError(
                message: "give the sequence number of an event", command: "disclose")
        }
        let text = try await JournalReading.open(context).journal
            .proofFile(of: sequence, telling: .event)
        try EvidenceFiles.deliver(text, arguments, context)
        return .done
    }
}
