import SessionJournal

/// `sjournal erasures`: what was erased, and the certificates.
enum ErasuresCommand: Command {
    static let spec = CommandSpec(
        name: "erasures", summary: "List what was erased, or print a certificate.",
        positionals: [
            PositionalSpec(
                name: "ERASURE", count: .optional,
                help: "The id of one, or how it begins: its certificate.")
        ], hasJSON: true,
        examples: [
            .init(command: "sjournal erasures", meaning: "All of them, the first first."),
            .init(
                command: "sjournal erasures 0192ab3c --json",
                meaning: "The certificate of one, for somebody else."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        let reading = try await JournalReading.open(context)
        let all = try await reading.journal.erasures()
        let console = context.console
        let isJSON = arguments.has(CommandSpec.json.name)
        if let name = arguments.positionals.first {
            let found = all.filter { $0.id.hasPrefix(name) }
            guard found.count == 1, let one = found.first else {
                throw Failure(
                    .negative,
                    found.isEmpty
                        ? "there is no erasure \"\(name)\"; sjournal erasures lists those there are"
                        : "\"\(name)\" begins \(found.count) erasures; give more of the id")
            }
            try CertificateText.print(one, isWhole: true, isJSON: isJSON, on: console)
            return .done
        }
        if isJSON {
            for one in all { try console.json(Array(one.json.description.utf8)) }
            return .done
        }
        guard !all.isEmpty else {
            try console.line("nothing was erased")
            return .done
        }
        var table = Table([
            .init(title: "erasure"), .init(title: "asked for"), .init(title: "who"),
            .init(title: "scope"), .init(title: "events", isRight: true),
            .init(title: "basis", isFlexible: true), .init(title: ""),
        ])
        for one in all {
            table.add([
                "\(String(one.id.prefix(12)), .name)",
                "\(one.requestedAt.map { TimeText.seconds($0) } ?? "", .quiet)",
                Shown(one.actor), Shown(one.scope), Shown(String(one.plan.eventCount)),
                "\(Wrapping.flattened(one.basis))", one.isFinished ? "" : "\("unfinished", .bad)",
            ])
        }
        for line in table.lines(width: console.columns) {
            try console.line(line.elided(to: console.columns))
        }
        return .done
    }
}

/// What a certificate says, for people.
enum CertificateText {
    static func print(
        _ certificate: ErasureCertificate, isWhole: Bool, isJSON: Bool, on console: Console
    ) throws {
        if isJSON {
            try console.json(Array(certificate.json.description.utf8))
            return
        }
        let events = Numbers.counted(certificate.plan.eventCount, "event")
        let sessions = Numbers.counted(certificate.plan.sessions.count, "session")
        guard !certificate.id.isEmpty else {
            let places: Shown = certificate.plan.events.isEmpty ? "" : ": \(places(certificate))"
            try console.line("\(events) of \(sessions) would be erased\(places)")
            try keys(certificate, console)
            try kept(certificate, console)
            return
        }
        let done: Shown = certificate.isFinished ? "erased" : "to be erased, and not finished"
        try console.line("\(events) of \(sessions) \(done); certificate \(certificate.id, .name)")
        try keys(certificate, console)
        guard isWhole else {
            try kept(certificate, console)
            return try backups(certificate, console)
        }
        if !certificate.plan.events.isEmpty {
            try console.line("  positions: \(places(certificate))")
        }
        try console.line("  asked for by \(certificate.actor, .name) \(moment(certificate))")
        try console.line("  basis: \(Wrapping.flattened(certificate.basis))")
        if let reason = certificate.reason {
            try console.line("  why: \(Wrapping.flattened(reason))")
        }
        if let tree = certificate.tree {
            try console.line(
                "  tree before: \(String(tree.size)) events, root \(tree.root.hexadecimal)")
        }
        let removed = certificate.removed
        try console.line(
            """
              with it: \(Numbers.counted(removed.snapshots, "file")) of snapshots, \
            \(Numbers.counted(removed.projections, "file")) of projections, \
            \(removed.searchIndex ? "the search index" : "no search index"), \
            \(Numbers.counted(removed.quarantine.count, "file")) of quarantine
            """)
        try kept(certificate, console)
        try backups(certificate, console)
        try console.line("  to check it:")
        for text in certificate.check {
            for line in Wrapping.wrapped("- " + text, to: console.columns - 4).lines {
                try console.line("    \(Shown(line))")
            }
        }
    }

    private static let shownRanges = 8

    private static func places(_ certificate: ErasureCertificate) -> Shown {
        let ranges = certificate.plan.events
        let shown = ranges.prefix(shownRanges).map { range in
            range.count == 1
                ? String(range.lowerBound) : "\(range.lowerBound) to \(range.upperBound)"
        }.joined(separator: ", ")
        return ranges.count > shownRanges ? "\(shown), …" : Shown(shown)
    }

    private static func moment(_ certificate: ErasureCertificate) -> Shown {
        let asked = certificate.requestedAt.map { TimeText.seconds($0) } ?? ""
        guard let done = certificate.finishedAt else { return "\(asked)" }
        return "\(asked), done \(TimeText.seconds(done))"
    }

    /// What goes with its key, and what nobody could look into.
    private static func keys(_ certificate: ErasureCertificate, _ console: Console) throws {
        let plan = certificate.plan
        if !plan.keys.isEmpty {
            let what: Shown =
                !certificate.keys.isEmpty
                ? "\("destroyed", .good)" : certificate.id.isEmpty ? "would go" : "to be destroyed"
            try console.line(
                """
                  \(what): \(Numbers.counted(plan.keys.count, "key")) of encrypted sessions; their \
                lines stay as ciphertext
                """)
            for key in plan.keys.prefix(shownRanges) {
                try console.line(
                    """
                      \(key.session.hexadecimal, .name)  \
                    \(Numbers.counted(key.eventCount, "event")), \
                    \(String(key.firstSequence)) to \(String(key.lastSequence))
                    """)
            }
            if plan.keys.count > shownRanges { try console.line("    …") }
        }
        guard let session = plan.locked.first else { return }
        try console.line(
            """
              \("not looked into", .bad): \(Numbers.counted(plan.locked.count, "session")), locked for \
            want of a key, \(session.hexadecimal) among them
            """)
    }

    private static func kept(_ certificate: ErasureCertificate, _ console: Console) throws {
        guard !certificate.plan.kept.isEmpty else { return }
        let numbers = certificate.plan.kept.prefix(shownRanges).map { String($0) }
            .joined(separator: ", ")
        try console.line(
            """
              \("kept", .bad): events of the journal's own session that name the actor: \
            \(numbers)\(certificate.plan.kept.count > shownRanges ? ", …" : "")
            """)
    }

    private static func backups(_ certificate: ErasureCertificate, _ console: Console) throws {
        for backup in certificate.backups {
            if let problem = backup.problem {
                try console.line(
                    "  \("unknown", .bad): backup \(Shown(backup.folder)): \(Shown(problem))")
            } else {
                try console.line(
                    """
                      \("still held", .bad): \(Numbers.counted(backup.events, "event")) in \
                    generation \(String(backup.generation)) of \(Shown(backup.folder)), until it is \
                    removed
                    """)
            }
        }
    }
}
