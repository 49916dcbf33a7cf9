import SessionJournal

/// `sjournal witness`: signs that somebody's journal only grows.
enum WitnessCommand: Command {
    static let spec = CommandSpec(
        name: "witness", summary: "Sign a checkpoint of a journal that only grew, and no other.",
        positionals: [
            PositionalSpec(
                name: "REQUEST", count: .optional,
                help: "The request: what sjournal prove --from prints; else standard input.")
        ],
        options: [
            OptionSpec(
                name: "--key", value: "FILE", help: "The witness's key: sjournal key new --witness."
            ),
            OptionSpec(
                name: "--state", value: "FILE",
                help: "The file in which the witness remembers what it has signed."),
            OptionSpec(
                name: "--log", value: "VKEY", repeats: true,
                help: "The verifier key of a journal that it knows. May be repeated."),
        ],
        details: [
            """
            A witness remembers, for each journal, the newest checkpoint that it has signed, and \
            signs another only where a proof shows that it is a continuation. So a journal cannot \
            show one history to one and another to somebody else: the same witness would have to \
            sign both. Run it on another machine, by somebody else.
            """,
            """
            It prints the signature line (sjournal checkpoint --add-cosignature). Exit status 0: \
            signed. 1: the request begins at another size than the newest that was signed, which is \
            printed (409); or the proof does not hold, the journal was forked or set back (422); or \
            the journal is not known (404). 2: the request is none (400). 4: the checkpoint is not \
            signed by the journal's key (403).
            """,
        ],
        examples: [
            .init(
                command: "sjournal witness --key w1.key --state w1.state --log VKEY request.txt",
                meaning: "Sign, or say why not.")
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        guard let keyPath = arguments.value("--key"), let state = arguments.value("--state") else {
            throw UsageError(
                message: "a witness needs its key and its memory: --key and --state",
                command: "witness")
        }
        let key = try EvidenceFeature.readKey(at: keyPath)
        guard key.isWitness, let signatures = EvidenceFeature.signatures else {
            throw Failure(
                .usage,
                "\(Shown(keyPath)) is a journal's key; sjournal key new --witness makes another")
        }
        let witness = try Witness(
            name: key.name, signer: key.signer, logs: arguments.all("--log"),
            signatures: signatures, rememberingAt: state)
        let request = try InputFile.read(arguments.positionals.first ?? "-", context)
        let console = context.console
        switch try witness.answer(request, at: .systemClock()) {
        case .signed(let line):
            try console.output.write(line.utf8)
            return .done
        case .conflict(let size):
            try console.line("\(String(size))")
            throw Failure(
                .negative,
                """
                409: the newest checkpoint that was signed is of \(String(size)) events; prove from \
                there: sjournal prove --from \(String(size))
                """)
        case .inconsistent:
            throw Failure(
                .negative,
                """
                422: not signed: the checkpoint is not proved to continue the one that was signed \
                before; the journal was changed, forked or set back, or the proof is wrong
                """)
        case .unknownLog(let origin):
            throw Failure(.negative, "404: \(Shown(origin)) is not known; name its key with --log")
        case .unsigned:
            throw Failure(.denied, "403: the checkpoint is not signed by the key of its journal")
        case .malformed:
            throw Failure(
                .usage, "400: this is no request; sjournal prove --from prints one")
        }
    }
}
