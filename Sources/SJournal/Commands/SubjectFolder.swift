import SessionJournal

/// `disclose --subject`: a folder with what a journal holds about somebody.
enum SubjectFolder {
    static let subject = OptionSpec(
        name: "--subject", value: "NAME",
        help: "All that the journal holds about this principal, such as user:ada, in a folder.")
    static let to = OptionSpec(
        name: "--to", value: "DIR", help: "With --subject: the folder, which must not exist yet.")
    static let context = OptionSpec(
        name: "--with-context",
        help: "With --subject: also the messages that they answered, without their authors' names.")
    static let holds = OptionSpec(
        name: "--with-holds", help: "With --subject: also holds over what they did.")
    static let options = [subject, to, context, holds]

    static func run(
        _ name: String, to directory: String, _ arguments: ParsedArguments,
        in context: CommandContext
    ) async throws -> ExitStatus {
        let journal = try await JournalReading.open(context).journal
        var options = SubjectOptions()
        options.includesContext = arguments.has(Self.context.name)
        options.includesHolds = arguments.has(holds.name)
        var folder = try HandedFolder(at: directory, of: journal)
        let record: SubjectRecord
        let proofs: Proofs
        do {
            (record, proofs) = try await write(name, options, of: journal, to: &folder)
        } catch {
            folder.abandon()
            throw error
        }
        let console = context.console
        if arguments.has(CommandSpec.json.name) {
            try console.json(Array(JSONValue.object(record.json).description.utf8))
        } else {
            for line in words(record, proofs, directory) { try console.line(line) }
        }
        return .done
    }

    /// What the events are proved by.
    struct Proofs {
        var signed = 0
        var unsigned = 0
    }

    private static func write(
        _ name: String, _ options: SubjectOptions, of journal: Journal,
        to folder: inout HandedFolder
    ) async throws -> (SubjectRecord, Proofs) {
        var events = try folder.begin("events.jsonl")
        var contexts = try folder.begin("context.jsonl")
        var page = try folder.begin("record.html")
        try page.append(SubjectPage.beginning(name, at: journal.options.clock()))
        var listed: [(sequence: UInt64, isWhole: Bool)] = []
        var hasContext = false
        let record = try await journal.subjectRecord(of: name, options: options) { item in
            switch item {
            case .event(let event):
                try events.append(event.json)
                try page.append(SubjectPage.event(event))
                let isWhole = !event.event.isWithheld && event.redactedBy == nil
                listed.append((event.event.sequence, isWhole))
            case .context(let context):
                if !hasContext { try page.append(SubjectPage.contextHeading) }
                hasContext = true
                try contexts.append(context.json)
                try page.append(SubjectPage.context(context))
            }
        }
        try page.append(SubjectPage.end(record))
        try folder.take(events)
        if options.includesContext { try folder.take(contexts) } else { folder.drop(contexts) }
        try folder.take(page)
        var proofs = Proofs()
        let checkpoint = try await journal.checkpoints().last
        for (sequence, isWhole) in listed {
            let text = try await journal.proofFile(
                of: sequence, telling: isWhole ? .event : .entry,
                orUnsignedOver: record.lastSequence)
            if checkpoint.map({ $0.head.size >= sequence }) ?? false {
                proofs.signed += 1
            } else {
                proofs.unsigned += 1
            }
            try folder.put("proofs/event-\(sequence).tlog-proof", text)
        }
        if let checkpoint { try folder.put("checkpoint.txt", checkpoint.text) }
        try folder.put(
            "record.json", JSONValue.object(json(record, proofs, journal)).description + "\n")
        try folder.put("README.txt", SubjectReadme.text(record, proofs))
        try folder.finish(["what": "subject record", "version": 1])
        return (record, proofs)
    }

    private static func json(
        _ record: SubjectRecord, _ proofs: Proofs, _ journal: Journal
    ) -> JSONObject {
        var object: JSONObject = [
            "format": "sjournal-subject-record", "version": 1, "journal": JSONValue(journal.origin),
            "made": .string(journal.options.clock().description),
        ]
        for member in record.json { object.append(member.name, member.value) }
        object.append(
            "proofs", ["signed": JSONValue(proofs.signed), "unsigned": JSONValue(proofs.unsigned)])
        return object
    }

    private static func words(
        _ record: SubjectRecord, _ proofs: Proofs, _ directory: String
    ) -> [Shown] {
        var lines: [Shown] = [
            """
            wrote \(Numbers.counted(record.events, "event")) of \
            \(record.name, .name) to \(Shown(directory))
            """,
            """
            \(Numbers.counted(record.sessions.count, "session")) of their own, \
            \(Numbers.counted(record.grants.count, "change")) of their roles, \
            \(Numbers.counted(record.contexts, "message")) that they answered
            """,
        ]
        if record.gaps + record.redacted > 0 {
            lines.append(
                """
                gaps: \(Numbers.grouped(record.gaps)) erased or locked, \
                \(Numbers.grouped(record.redacted)) redacted
                """)
        }
        if record.mentions > 0 {
            lines.append(
                """
                not handed over: \(Numbers.counted(record.mentions, "event")) of others that \
                \(record.mentions == 1 ? "names" : "name") them
                """)
        }
        lines.append(
            """
            proved by signed checkpoints: \(Numbers.grouped(proofs.signed)); by a tree that nobody has \
            signed: \(Numbers.grouped(proofs.unsigned))
            """)
        return lines
    }
}
