import SessionJournal

/// `sjournal verify`: reads every byte again.
enum VerifyCommand: Command {
    static let spec = CommandSpec(
        name: "verify", summary: "Read everything again and say whether it is what was written.",
        options: [
            OptionSpec(
                name: "--resume", value: "FILE",
                help: """
                    Note in FILE what was found whole, segment by segment. What FILE names already \
                    is not read again, unless it was replaced or written to since.
                    """),
            OptionSpec(
                name: "--deep",
                help: "Also fold the sessions that have snapshots, and compare them."),
            OptionSpec(
                name: "--against", value: "FILE",
                help: "A checkpoint that you kept: the journal must be a continuation of it."),
            OptionSpec(
                name: "--key", value: "VKEY", repeats: true,
                help: "A verifier key whose signatures count as the journal's. May be repeated."),
            OptionSpec(
                name: "--policy", value: "FILE",
                help: "Which journals and witnesses are believed, and how many of these are needed."
            ),
            OptionSpec(
                name: "--record",
                help: "Append an event that says what was read and what that came to."),
            OptionSpec(
                name: "--at-most", value: "MIB",
                help: """
                    With --record: read so many mebibytes, one segment at least; the next time goes \
                    on behind them.
                    """),
            OptionSpec(
                name: "--if-older-than", value: "SECONDS",
                help: "With --record: do nothing where the last one is not older than that."),
            .writer, .reason,
            OptionSpec(
                name: "--proof", value: "FILE",
                help: """
                    Check a file of sjournal prove or disclose, and read no journal. One about \
                    growth needs the earlier checkpoint too: --against.
                    """),
        ], hasJSON: true,
        details: [
            """
            Checks frames, checksums, the order of the events, each session's versions and the \
            Merkle tree over all events. Changes nothing, and may run while another process \
            writes: a place that looks bad is read again before it is called damaged.
            """,
            """
            With --resume an interrupted run goes on where it was, and a later one reads only what \
            is new. Bytes that change on the disk by themselves are found by reading: remove FILE \
            to read everything again.
            """,
            """
            A snapshot that does not say what the events say is no damage of the journal: delete \
            the folder snapshots/, and sjournal snapshot makes it anew.
            """,
            """
            Where checkpoints were signed, or one of --against, --key and --policy is given, the \
            journal is held against them too. INVALID: something is damaged, or a signature is \
            wrong. DIVERGED: whole in itself, and not the history that was signed. \
            VALID-UNANCHORED: everything fits, and nobody but the journal's own key vouches for it. \
            VALID-WITNESSED(n of m): n of the m witnesses of the policy do. What was not checked is \
            said.
            """,
            """
            With --record the journal verifies itself: verification.finished says what was read, \
            the root, how long it took and whether anything is wrong; a failure is recorded too. A \
            timer that runs it often with --at-most covers everything in turn. What two verifications \
            leave between them, sjournal report shows.
            """,
            """
            Exit status 0: whole, apart from a tail at most that was never acknowledged. 1: whole \
            but for events that a repair recorded as lost, or a snapshot is wrong; or diverged, a \
            wrong signature, or fewer witnesses than the policy asks for. \
            3: something that was acknowledged is damaged.
            """,
        ],
        examples: [
            .init(command: "sjournal verify", meaning: "The verdict in words."),
            .init(
                command: "sjournal verify --json",
                meaning: "Verdict, root and holes, for a script."),
            .init(
                command: "sjournal verify --resume checked.txt",
                meaning: "A large journal, in as many runs as it takes."),
            .init(
                command: "sjournal verify --record --at-most 256 --if-older-than 3600",
                meaning: "What a timer runs: part by part, on record."),
            .init(
                command: "sjournal verify --against kept.checkpoint --policy trusted.txt",
                meaning: "Whether it is still the journal that was signed."),
            .init(
                command: "sjournal verify --proof event-41.tlog-proof --key VKEY",
                meaning: "Whether what somebody shows you was recorded so."),
        ])

    static func run(
        _ arguments: ParsedArguments, in context: CommandContext
    ) async throws -> ExitStatus {
        if let proof = arguments.value("--proof") {
            return try verifyProof(proof, arguments, context)
        }
        if arguments.has("--record") { return try await record(arguments, context) }
        for option in ["--at-most", "--if-older-than", "--actor", "--reason"]
        where arguments.value(option) != nil {
            throw UsageError(message: "\(option) goes with --record", command: spec.name)
        }
        let journal = try await Journal.open(
            readingAt: context.journalPath, options: context.journalOptions)
        context.closeAtEnd(journal)
        var options = VerificationOptions()
        options.ledger = arguments.value("--resume")
        let line = ProgressLine("verifying", on: context.console)
        options.progress = { line.update($0) }
        let report: VerificationReport
        var evidence: EvidenceReport?
        var snapshots: SnapshotVerification?
        do {
            evidence = try await self.evidence(of: journal, options, arguments, context)
            if let known = evidence?.verification {
                report = known
            } else {
                report = try await journal.verify(options)
            }
            if arguments.has("--deep"), report.verdict != .damaged {
                snapshots = try await journal.verifySnapshots { line.update($0) }
            }
        } catch {
            line.finish()
            throw error
        }
        line.finish()
        try await journal.close()
        if arguments.has("--json") {
            var json = json(report, evidence)
            json["snapshots"] = snapshots?.json
            try context.console.json(Array(json.description.utf8))
        } else {
            let columns = context.console.columns
            var lines = text(report, columns: columns) + text(snapshots)
            if let evidence { lines += [""] + EvidenceText.lines(evidence, columns: columns) }
            for line in lines { try context.console.line(line) }
        }
        let status = status(of: report.verdict)
        guard status == .done else { return status }
        guard snapshots?.differences.isEmpty != false else { return .negative }
        return evidence.map { EvidenceText.status($0) } ?? .done
    }

    /// What signatures say of the journal; nil where none was given and none was made.
    private static func evidence(
        of journal: Journal, _ options: VerificationOptions, _ arguments: ParsedArguments,
        _ context: CommandContext
    ) async throws -> EvidenceReport? {
        let isAsked = ["--against", "--key", "--policy"].contains { !arguments.all($0).isEmpty }
        guard try isAsked || journal.hasCheckpoints else { return nil }
        var evidence = try EvidenceText.options(arguments, context)
        evidence.verification = options
        return try await journal.verifyEvidence(evidence)
    }

    /// A proof in a file, without the journal.
    private static func verifyProof(
        _ path: String, _ arguments: ParsedArguments, _ context: CommandContext
    ) throws -> ExitStatus {
        let console = context.console
        let report = try Journal.verifyProof(
            InputFile.read(path, context), EvidenceText.options(arguments, context))
        if arguments.has("--json") {
            var json = report.json
            json["line"] = JSONValue(report.line.map { String(decoding: $0, as: UTF8.self) })
            try console.json(Array(json.description.utf8))
        } else {
            for line in EvidenceText.lines(report, columns: console.columns) {
                try console.line(line)
            }
            if let line = report.line, report.verdict != .invalid {
                try console.line()
                try console.line(Shown(String(decoding: line, as: UTF8.self)))
            }
        }
        return EvidenceText.status(report)
    }

    /// Of which events only the entry line was read, and why, as far as that can be told.
    private static func text(_ withheld: WithheldEvents) -> [Shown] {
        var lines: [Shown] = []
        if withheld.compacted > 0 { lines.append("compacted \(withheld.compacted)") }
        if withheld.count > 0 { lines.append("withheld \(withheld.count)") }
        if withheld.removed > 0 { lines.append("         \(withheld.removed) removed") }
        if withheld.unplaced > 0 {
            lines.append(
                "         \(withheld.unplaced) removed; which ones, only the key can tell")
        }
        if withheld.locked > withheld.destroyed {
            lines.append(
                """
                         \(withheld.locked - withheld.destroyed) encrypted, the key not at hand: what \
                they say was not checked
                """)
        }
        if withheld.destroyed > 0 {
            lines.append(
                "         \(withheld.destroyed) encrypted, the key destroyed: nobody can check them"
            )
        }
        if withheld.forgotten > 0 {
            lines.append("forgotten \(withheld.forgotten): erased long ago; the tree was checked")
        }
        guard !withheld.unexplained.isEmpty else { return lines }
        let shown = withheld.unexplained.prefix(8).map { range in
            range.count == 1
                ? String(range.lowerBound) : "\(range.lowerBound) to \(range.upperBound)"
        }.joined(separator: ", ")
        let more = withheld.unexplained.count > 8 ? ", …" : ""
        return lines + ["         \("nothing says why", .bad) \(shown)\(more)"]
    }

    /// What comparing the snapshots came to, in words.
    static func text(_ snapshots: SnapshotVerification?) -> [Shown] {
        guard let snapshots else { return [] }
        let counted: Shown =
            """
            \(Numbers.counted(snapshots.snapshots, "snapshot")) of \
            \(Numbers.counted(snapshots.sessions, "session"))
            """
        guard let first = snapshots.differences.first else {
            return ["", "deep     \(counted) say what the events say"]
        }
        return [
            "",
            "\("wrong", .bad): \(snapshots.differences.count) of \(counted), the first at event "
                + "\(first.sequence) of session \(first.session.hexadecimal);",
            "delete the folder snapshots/, and sjournal snapshot makes them anew",
        ]
    }

    /// The report as scripts read it.
    static func json(_ report: VerificationReport, _ evidence: EvidenceReport?) -> JSONObject {
        var json = report.json.object ?? [:]
        json["snapshots"] = .null
        for member in evidence?.json.members ?? [] { json[member.name] = member.value }
        return json
    }

    static func status(of verdict: VerificationReport.Verdict) -> ExitStatus {
        switch verdict {
        case .ok, .tornTail, .tornTailCut: .done
        case .lossRecorded, .contentMissing: .negative
        case .damaged: .damaged
        }
    }

    /// The report in words.
    static func text(_ report: VerificationReport, columns: Int) -> [Shown] {
        var lines: [Shown] = []
        switch report.verdict {
        case .ok:
            lines.append("\("whole", .good): every byte is what was written")
        case .tornTail:
            lines += [
                "\("whole, with a torn tail", .warning): the last write was cut off before it was",
                "acknowledged; nothing acknowledged is missing. The next command that writes sets",
                "the tail aside.",
            ]
        case .tornTailCut:
            lines += [
                "\("whole", .good): every byte is what was written. A tail that was never",
                "acknowledged lies in quarantine/.",
            ]
        case .lossRecorded:
            lines += [
                "\("repaired", .warning): every byte is what was written. Events that a repair could",
                "not save are missing, as it recorded: sjournal log @journal",
            ]
        case .contentMissing:
            lines += [
                "\("content missing", .bad): every byte that is there is what was written, and the",
                "content of events is missing that no erasure of this journal has taken",
            ]
        case .damaged:
            lines.append("\("damaged", .bad): something that was acknowledged cannot be read")
        }
        lines += ["", "events   \(report.events)"]
        if let part = report.part {
            lines.append(
                "read     \(String(part.lowerBound)) to \(String(part.upperBound)), a part of them")
        }
        lines += text(report.withheld)
        lines.append("checked  \(Numbers.bytes(report.bytesChecked))")
        if let oldest = report.oldestCheck {
            lines.append(
                """
                known    \(Numbers.counted(report.segmentsKnown, "segment")) from an earlier run, \
                the first checked at \(oldest.description)
                """)
        }
        lines.append("root     \(report.root.map { $0.hexadecimal } ?? "unknown: events are lost")")
        if !report.holes.isEmpty {
            lines.append("")
            var table = Table([
                .init(title: "lost events", isRight: true), .init(title: "at byte", isRight: true),
                .init(title: "of file", isFlexible: true),
            ])
            for hole in report.holes {
                let lost: Shown =
                    hole.lastSequence < hole.firstSequence
                    ? "none" : "\(String(hole.firstSequence)) to \(String(hole.lastSequence))"
                table.add([lost, "\(hole.offset)", Shown(hole.file)])
            }
            lines += table.lines(width: columns)
        }
        if !report.findings.isEmpty {
            lines.append("")
            for finding in report.findings {
                let parts = Wrapping.wrapped(finding, to: columns - 2).lines
                lines += parts.enumerated().map {
                    ($0.offset == 0 ? "- " : "  ") + Shown($0.element)
                }
            }
        }
        return lines
    }
}
