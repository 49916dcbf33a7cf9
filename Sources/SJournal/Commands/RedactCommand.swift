import SessionJournal

/// `sjournal redact`: takes secrets out of messages.
enum RedactCommand: Command {
    private static let session = OptionSpec(
        name: "--session", value: "SESSION", help: "All events of this session.")
    private static let erase = OptionSpec(
        name: "--erase",
        help: """
            Erase the events themselves, once what redacts them is there; needs --basis. Without \
            it the log still has every byte.
            """)
    private static let basis = OptionSpec(
        name: "--basis", value: "TEXT",
        help: "With --erase: the legal basis, such as \"GDPR 17(1)(b)\". It stays: name nobody.")
    private static let dryRun = OptionSpec(
        name: "--dry-run", help: "Say what would be redacted, and change nothing.")

    static let spec = CommandSpec(
        name: "redact", summary: "Let messages say [redacted: RULE] in place of what a rule finds.",
        positionals: [
            PositionalSpec(
                name: "EVENT", count: .optional, help: "The sequence number of an event.")
        ],
        options: [session] + RuleOptions.both + [erase, basis, dryRun, .reason, .by],
        hasJSON: true,
        details: [
            """
            What redacts an event is an event: it says which one, which rule, and where. From then \
            on show, tree, search, exports and clones have the redacted text, also as of an earlier \
            event; sjournal log and replay print the record as it stands.
            """,
            """
            The bytes stay in the log until they are erased: with --erase that is done at once, as \
            sjournal erase does it, and what redacts them stays. Erased are then also events that no \
            message shows, such as lines of an import. A hold stands in the way of that. The \
            original of an imported file cannot be written again when something in it was redacted.
            """,
            """
            Metadata stays as it is, and is named: set the field to something else, and erase the \
            session if the old value has to go.
            """,
            """
            Without --rule it is secrets that are redacted, or what --rules names. Exit status 0: \
            done, or there was nothing to redact. 4: a hold covers what was to be erased.
            """,
        ],
        examples: [
            .init(
                command: "sjournal redact --session chat-1 --dry-run",
                meaning: "What would be redacted."),
            .init(
                command: "sjournal redact 41 --rule email --erase --basis \"GDPR 17(1)(b)\"",
                meaning: "Addresses in one event, for good."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let name = arguments.value(session.name)
        guard (arguments.positionals.count == 1) != (name != nil) else {
            throw UsageError(message: "redact needs EVENT or --session", command: spec.name)
        }
        guard arguments.has(erase.name) == (arguments.value(basis.name) != nil) else {
            throw UsageError(message: "--erase and --basis go together", command: spec.name)
        }
        let scanner = try RuleOptions.scanner(arguments, context)
        var options = RedactionOptions()
        options.reason = arguments.value(OptionSpec.reason.name)
        options.isDryRun = arguments.has(dryRun.name)
        options.erasureBasis = arguments.value(basis.name)
        let reading = try await JournalReading.open(context, forWriting: !options.isDryRun)
        let scope: RedactionScope
        if let name {
            scope = .session(try await reading.session(name))
        } else {
            let text = arguments.positionals[0]
            guard let sequence = UInt64(text.hasPrefix("#") ? text.dropFirst() : text[...]) else {
                throw UsageError(
                    message: "give the sequence number of an event", command: spec.name)
            }
            scope = .event(sequence)
        }
        let who = arguments.value(OptionSpec.by.name) ?? context.principal
        let report = try await reading.journal.as(who).redact(
            scope, for: scanner, options: options)
        try await reading.journal.close()
        if arguments.has(CommandSpec.json.name) {
            try context.console.json(Array(json(report, options).description.utf8))
        } else {
            try print(report, options, on: context.console)
        }
        return .done
    }

    private static func print(
        _ report: RedactionReport, _ options: RedactionOptions, on console: Console
    ) throws {
        let would: Shown = options.isDryRun ? "would be " : ""
        if report.redacted.isEmpty {
            try console.line(
                "nothing that a message shows \(options.isDryRun ? "would be" : "was") redacted")
        }
        for item in report.redacted {
            try console.line(
                "event \(String(item.sequence), .name) \(would)redacted: \(rules(item))")
        }
        if !report.known.isEmpty, options.erasureBasis == nil {
            try console.line(
                """
                redacted before, and still in the log: \
                \(Numbers.counted(report.known.count, "event")); --erase destroys them
                """)
        }
        for item in report.others where options.erasureBasis == nil {
            try console.line(
                """
                \("left", .bad): event \(String(item.sequence)) (\(item.kind.rawValue)), which no \
                message shows: \(rules(item)); --erase destroys it
                """)
        }
        for item in report.left {
            try console.line(
                """
                \("left", .bad): event \(String(item.sequence)) (\(item.kind.rawValue)), on which the \
                session stands: \(rules(item))
                """)
        }
        if let certificate = report.certificate {
            try CertificateText.print(certificate, isWhole: false, isJSON: false, on: console)
        } else if options.erasureBasis != nil, options.isDryRun {
            let count = report.redacted.count + report.known.count + report.others.count
            try console.line("\(Numbers.counted(count, "event")) would be erased")
        } else if !report.redacted.isEmpty, !options.isDryRun {
            try console.line("the log still has the bytes; --erase --basis TEXT destroys them")
        }
    }

    private static func rules(_ item: RedactionReport.Item) -> Shown {
        RuleOptions.counts(counts(item))
    }

    private static func counts(_ item: RedactionReport.Item) -> [String: Int] {
        item.findings.reduce(into: [:]) { $0[$1.rule, default: 0] += 1 }
    }

    private static func json(
        _ report: RedactionReport, _ options: RedactionOptions
    ) -> JSONValue {
        let items = { (items: [RedactionReport.Item]) -> JSONValue in
            .array(
                items.map { item in
                    [
                        "seq": JSONValue(item.sequence), "kind": .string(item.kind.rawValue),
                        "rules": RuleOptions.json(counts(item)),
                    ]
                })
        }
        return [
            "session": .string(report.session.hexadecimal), "dry_run": .bool(options.isDryRun),
            "redacted": items(report.redacted), "redacted_before": items(report.known),
            "not_shown": items(report.others), "left": items(report.left),
            "certificate": report.certificate?.json ?? .null,
        ]
    }
}
