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

/// `sjournal disclose EVENT`: one event with its proof, and nothing else. With `--subject`, all that
/// the journal holds about somebody.
enum DiscloseCommand: Command {
    static let spec = CommandSpec(
        name: "disclose", summary: "Hand over one event, or a person's, with proofs of it.",
        positionals: [
            PositionalSpec(
                name: "EVENT", count: .optional, help: "The sequence number of the event.")
        ],
        options: [.output] + SubjectFolder.options, hasJSON: true,
        details: [
            """
            Of one event, the file holds the event's line as it was stored, its proof and the \
            newest checkpoint, and nothing of any other event: the hashes of the proof tell nothing of what they are \
            hashes of. It is checked without the journal: sjournal verify --proof FILE.
            """,
            """
            With --subject, the folder holds the events that the principal appended, or somebody on \
            their behalf, as JSON lines and as a page, their sessions and roles, a proof of each \
            event, and words on how to check it. What others said is not handed over; with \
            --with-context the messages are that they answered, without their authors' names. What \
            was erased is a gap, what was redacted stays so. Purposes, recipients and the like are \
            not in a journal, and the folder says so. It needs the permission audit.
            """,
        ],
        examples: [
            .init(
                command: "sjournal disclose 41 --output event-41.tlog-proof",
                meaning: "Show event 41 to somebody."),
            .init(
                command: "sjournal disclose --subject user:ada --to ada-record",
                meaning: "What the journal holds about Ada."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if let name = arguments.value(SubjectFolder.subject.name) {
            guard arguments.positionals.isEmpty, arguments.value(OptionSpec.output.name) == nil,
                let directory = arguments.value(SubjectFolder.to.name), !directory.isEmpty,
                !name.isEmpty
            else {
                throw UsageError(
                    message: "--subject needs a name and --to DIR, and goes without EVENT",
                    command: spec.name)
            }
            return try await SubjectFolder.run(name, to: directory, arguments, in: context)
        }
        let others = SubjectFolder.options.map(\.name) + [CommandSpec.json.name]
        guard !others.contains(where: { arguments.has($0) || arguments.value($0) != nil }),
            let sequence = arguments.positionals.first.flatMap({ UInt64($0) })
        else {
            throw UsageError(
                message: "give the sequence number of an event, or --subject and --to",
                command: "disclose")
        }
        let text = try await JournalReading.open(context).journal
            .proofFile(of: sequence, telling: .event)
        try EvidenceFiles.deliver(text, arguments, context)
        return .done
    }
}
