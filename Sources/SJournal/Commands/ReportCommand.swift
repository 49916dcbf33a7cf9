import SessionJournal

/// `sjournal report DIR`: what the journal shows of what rules ask for.
enum ReportCommand: Command {
    static let spec = CommandSpec(
        name: "report",
        summary: "Make a compliance pack: what the journal shows of what rules ask.",
        positionals: [
            PositionalSpec(
                name: "DIR", count: .one, help: "A folder that does not exist yet, or is empty.")
        ],
        options: [
            OptionSpec(
                name: "--regime", value: "RULES", repeats: true,
                help: """
                    21cfr11, sec17a4, hipaa, gdpr, ai-act or soc2; else all. May be repeated.
                    """),
            OptionSpec(name: "--from", value: "N", help: "From this sequence number on."),
            OptionSpec(name: "--to", value: "N", help: "Up to this sequence number."),
            OptionSpec(
                name: "--since", value: "TIME",
                help: "Only what the journal took from this time or day on, by its own clock."),
            OptionSpec(
                name: "--until", value: "TIME",
                help: "Only what the journal took up to this time, or the end of this day."),
            OptionSpec(
                name: "--session", value: "SESSION", repeats: true,
                help: "Only this session, and the journal's own events. May be repeated."),
            OptionSpec(
                name: "--query", value: "QUERY",
                help: "Only sessions that match, as for sjournal sessions."),
            .key,
        ], hasJSON: true,
        details: [
            """
            The folder lists, control by control, what the rules ask in plain words, the query that \
            was asked, how many events answer it, and which: as JSON Lines, CSV and HTML, with a \
            manifest, the checkpoint, proofs, and a verifier that needs nothing else: python3 \
            verify.py DIR. What lies outside of what the journal shows is said to.
            """,
            """
            Where the journal has a key (sjournal key new) it is signed first. Without one the pack \
            says that nothing signs it. Note the SHA-256 of the manifest that is printed: it fixes \
            the whole pack.
            """,
            """
            The pack shows who did what to the record and why, names and values of metadata among \
            it, and no text of a message. It is not encrypted.
            """,
            """
            Exit status 0: made. 1: made, and events are missing that were lost to damage; or the \
            journal does not extend its checkpoint. 3: damaged.
            """,
        ],
        examples: [
            .init(command: "sjournal report pack", meaning: "For all rules, over everything."),
            .init(
                command: "sjournal report pack --regime gdpr --session chat-1",
                meaning: "One set of rules, one session."),
            .init(
                command: "python3 pack/verify.py pack",
                meaning: "Check it, on any computer with Python."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        var options = try self.options(arguments)
        let journal = try await open(arguments, context)
        let reading = JournalReading.over(journal, context)
        options.sessions = try await sessions(arguments, reading)
        let line = ProgressLine("reporting", on: context.console)
        options.progress = { line.update($0) }
        let report: ComplianceReport
        do {
            report = try await journal.writeCompliancePack(
                to: arguments.positionals[0], options)
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await journal.close()
        try print(report, arguments, context)
        return report.lost == 0 ? .done : .negative
    }

    private static func options(
        _ arguments: ParsedArguments
    ) throws(UsageError) -> ComplianceOptions {
        var options = ComplianceOptions()
        if !arguments.all("--regime").isEmpty {
            options.regimes = []
            for name in arguments.all("--regime") {
                guard let regime = ComplianceRegime(rawValue: name) else {
                    let known = ComplianceRegime.allCases.map(\.rawValue).joined(separator: ", ")
                    throw UsageError(
                        message: "\"\(name)\" is no set of rules; there are \(known)",
                        command: spec.name)
                }
                if !options.regimes.contains(regime) { options.regimes.append(regime) }
            }
        }
        options.from = try arguments.sequence("--from") ?? 1
        options.through = try arguments.sequence("--to")
        options.since = try arguments.time("--since", isEndOfDay: false)
        options.until = try arguments.time("--until", isEndOfDay: true)
        if let through = options.through, through < options.from {
            throw UsageError(message: "--to comes before --from", command: spec.name)
        }
        if let since = options.since, let until = options.until, until < since {
            throw UsageError(message: "--until comes before --since", command: spec.name)
        }
        options.query = arguments.value("--query")
        options.tool = "sjournal \(Tool.version)"
        return options
    }

    /// Opens the journal: for writing where there is a key that can sign, else for reading.
    private static func open(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> Journal {
        guard let signer = try EvidenceFiles.signer(context, arguments) else {
            return try await JournalReading.open(context).journal
        }
        var options = context.journalOptions
        options.signer = signer
        let journal: Journal
        do {
            journal = try await Journal.open(at: context.journalPath, options: options)
        } catch let error as JournalError where error.code == .locked {
            context.console.note(
                """
                sjournal: another process writes to the journal, so that nothing is signed now; the \
                newest checkpoint goes into the pack
                """)
            return try await JournalReading.open(context).journal
        }
        context.closeAtEnd(journal)
        try await CommandAccess.check(journal, context)
        return journal
    }

    /// The sessions that the command line names; nil for all.
    private static func sessions(
        _ arguments: ParsedArguments, _ reading: JournalReading
    ) async throws -> Set<SessionID>? {
        let names = arguments.all("--session")
        guard !names.isEmpty || arguments.value("--query") != nil else { return nil }
        var found: Set<SessionID> = []
        for name in names { found.insert(try await reading.session(name)) }
        if let text = arguments.value("--query") {
            let query = try SessionQuery(parsing: text)
            for session in try await reading.sessions(
                matching: query, order: .began, isReversed: false, after: nil, limit: .max, at: .now
            ).sessions {
                found.insert(session.session)
            }
        }
        return found
    }

    private static func print(
        _ report: ComplianceReport, _ arguments: ParsedArguments, _ context: CommandContext
    ) throws {
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            return try console.json(Array(report.json.description.utf8))
        }
        try console.line(
            "\(report.path, .name): \(Numbers.counted(report.files, "file")), "
                + "\(Numbers.bytes(report.bytes))")
        try console.line()
        try console.line(
            "reported on  \(Numbers.grouped(Int64(clamping: report.events))) of "
                + "\(Numbers.counted(report.head.size, "event"))")
        if report.lost > 0 {
            try console.line(
                "\("lost", .bad)         \(Numbers.counted(report.lost, "event")) to damage: the "
                    + "tree cannot be computed through them")
        }
        try console.line("root         \(report.head.root.hexadecimal)")
        if let checkpoint = report.checkpoint {
            try console.line(
                "signed       the first \(String(checkpoint.head.size)), by "
                    + Shown(checkpoint.signers.joined(separator: ", ")))
        } else {
            try console.line(
                "signed       \("by nobody", .warning): the journal has no key, see sjournal key new"
            )
        }
        try console.line("manifest     \(report.manifest.hexadecimal)")
        try console.line()
        try console.line("begin with \(report.path)/index.html; python3 verify.py checks it all")
    }
}
