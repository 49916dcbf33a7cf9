import SessionJournal

/// `sjournal erase`: destroys what a session, a principal or a message said, and proves it.
enum EraseCommand: Command {
    static let spec = CommandSpec(
        name: "erase", summary: "Erase a session, a principal's events or a message, for good.",
        options: [
            OptionSpec(
                name: "--session", value: "SESSION",
                help: "All that this session says; with --message, where the message is."),
            OptionSpec(
                name: "--actor", value: "ACTOR",
                help: "What this principal appended, or somebody for it, in every session."),
            OptionSpec(
                name: "--message", value: "MESSAGE",
                help: "This message: its text, its edits, and what was said about it."),
            OptionSpec(
                name: "--query", value: "QUERY",
                help: "All that the sessions say which match; sjournal help sessions has more."),
            OptionSpec(
                name: "--basis", value: "TEXT",
                help: "The legal basis, such as \"GDPR 17(1)(b)\". It stays: name nobody."),
            .reason,
            OptionSpec(
                name: "--backups", value: "DIR", repeats: true,
                help: "Look into these backups, and say in the certificate what they still hold."),
            OptionSpec(name: "--dry-run", help: "Say what would go, and change nothing."),
            OptionSpec(name: "--resume", help: "Finish the erasures that a crash has stopped."),
            OptionSpec(name: "--certificate", help: "Print the whole certificate."),
            .by,
        ], hasJSON: true,
        details: [
            """
            What is left of each event is an entry line: its position, time, session, kind and a \
            digest that no text can be guessed by. Nothing can bring the rest back but a backup: \
            --backups says which ones. The Merkle tree, every other event and every checkpoint \
            stay as they are.
            """,
            """
            An encrypted session as a whole goes with its key: at once, whatever its size, and in \
            every copy of the segments. That needs the master key; without it the session's lines \
            are removed here, and --actor and --query say which locked sessions they could not \
            look into.
            """,
            """
            Snapshots, projections and the search index go too, and come back without what was \
            erased; so does everything in quarantine/. What a hold covers is not erased.
            """,
            """
            The request, the basis and the reason are events and stay, with the name of who asked. \
            The name of whom it is about stands in none of them.
            """,
            """
            Exit status 0: done. 1: there is nothing to be erased. 4: a hold covers it.
            """,
        ],
        examples: [
            .init(
                command: "sjournal erase --session chat-1 --dry-run --basis \"GDPR 17(1)(b)\"",
                meaning: "What would go."),
            .init(
                command: "sjournal erase --actor user:ada --basis \"GDPR 17(1)(b)\"",
                meaning: "All that Ada ever said."),
            .init(
                command: "sjournal erase --session chat-1 --message 0192ab --basis \"GDPR 17\"",
                meaning: "One message."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if arguments.has("--resume") { return try await resume(arguments, in: context) }
        guard let basis = arguments.value("--basis") else {
            throw UsageError(
                message: "erase needs --basis TEXT, the legal basis", command: spec.name)
        }
        var options = ErasureOptions(basis: basis)
        options.reason = arguments.value(OptionSpec.reason.name)
        options.backups = arguments.all("--backups")
        options.isDryRun = arguments.has("--dry-run")
        try checkScope(arguments)
        let reading = try await JournalReading.open(context, forWriting: !options.isDryRun)
        let scope = try await scope(arguments, reading)
        let who = arguments.value(OptionSpec.by.name) ?? context.principal
        let line = ProgressLine("erasing", on: context.console)
        let certificate: ErasureCertificate
        do {
            certificate = try await reading.journal.as(who).erase(scope, options: options) {
                line.update($0)
            }
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await reading.journal.close()
        try CertificateText.print(
            certificate, isWhole: arguments.has("--certificate"),
            isJSON: arguments.has(CommandSpec.json.name), on: context.console)
        return .done
    }

    private static func checkScope(_ arguments: ParsedArguments) throws(UsageError) {
        let given = ["--session", "--actor", "--message", "--query"].filter {
            arguments.value($0) != nil
        }
        guard given.count == 1 && given != ["--message"] || given == ["--session", "--message"]
        else {
            throw UsageError(
                message: "name one of --session, --actor and --query, or --message and --session",
                command: spec.name)
        }
    }

    private static func scope(
        _ arguments: ParsedArguments, _ reading: JournalReading
    ) async throws -> ErasureScope {
        if let actor = arguments.value("--actor") { return .actor(actor) }
        if let query = arguments.value("--query") {
            return .query(try SessionQuery(parsing: query))
        }
        let session = try await reading.session(arguments.value("--session") ?? "")
        guard let name = arguments.value("--message") else { return .session(session) }
        let tree = try await reading.state(of: session, at: .now).tree
        return .message(try PlaceArgument.message(name, in: tree).id, in: session)
    }

    private static func resume(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalWriting.open(context)
        let certificates = try await journal.resumeErasures()
        try await journal.close()
        let isJSON = arguments.has(CommandSpec.json.name)
        for certificate in certificates {
            try CertificateText.print(
                certificate, isWhole: arguments.has("--certificate"), isJSON: isJSON,
                on: context.console)
        }
        if certificates.isEmpty, !isJSON {
            try context.console.line("no erasure is unfinished")
        }
        return .done
    }
}

extension OptionSpec {
    /// In whose name, where `--actor` means whom it is about.
    static let by = OptionSpec(
        name: "--by", value: "ACTOR",
        help: "In whose name, such as user:ada; else user: and the login name.")
}
