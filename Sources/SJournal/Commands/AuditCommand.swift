import SessionJournal

/// `sjournal audit`: who changed which field, when and why.
enum AuditCommand: Command {
    static let spec = CommandSpec(
        name: "audit", summary: "List who changed which metadata, when, and why.",
        positionals: [
            PositionalSpec(
                name: "SESSION", count: .optional,
                help: "Only this session, by id, key or a beginning of either.")
        ],
        options: [
            OptionSpec(
                name: "--field", value: "FIELD", repeats: true,
                help: "Only this field, such as name. May be repeated."),
            .actor, .at,
        ], hasJSON: true,
        details: [
            """
            The defaults that a session was created with stand in one line; --field and --json \
            show each.
            """
        ],
        examples: [
            .init(command: "sjournal audit chat-1", meaning: "All changes of one session."),
            .init(
                command: "sjournal audit --field status --actor user:ada",
                meaning: "What Ada did to the status of any session."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let fields = Set(arguments.all("--field"))
        let actor = arguments.value("--actor")
        let point = try PointArgument.parse(arguments)
        let reading = try await JournalReading.open(context)
        let session = try await reading.session(ifNamed: arguments.positionals.first)
        let entries = try await reading.trail(of: session, at: point).entries.filter { entry in
            (fields.isEmpty || fields.contains(entry.field ?? ""))
                && (actor == nil || entry.actor == actor)
        }
        let console = context.console
        if arguments.has("--json") {
            for entry in entries { try console.json(Array(entry.json.description.utf8)) }
            return .done
        }
        guard !entries.isEmpty else {
            try console.line("no change of that kind is on record")
            return .done
        }
        var position = 0
        while position < entries.count {
            let session = entries[position].session
            let same = entries[position...].prefix { $0.session == session }
            if position > 0 { try console.line() }
            if arguments.positionals.isEmpty {
                try console.line("\("session", .quiet) \(session.description, .name)")
            }
            let table = AuditTable(same.map { AuditRow($0) }, groupsDefaults: fields.isEmpty)
            for line in table.lines(width: console.columns) { try console.line(line) }
            position += same.count
        }
        return .done
    }
}

extension AuditRow {
    init(_ entry: AuditEntry) {
        self.init(
            time: TimeText.seconds(entry.occurred ?? entry.time), sequence: entry.sequence,
            field: entry.field ?? "(withheld)",
            branch: entry.branch == EventDraft.mainBranch ? nil : entry.branch,
            old: entry.old.isNull ? nil : entry.old.description,
            new: entry.isWithheld ? "(withheld)" : entry.new.description,
            actor: entry.actor ?? "(withheld)",
            reason: UndoneWords.why(entry.undoes, entry.reason))
    }
}
