import SessionJournal

/// `sjournal verify --record`: verifies the journal, or its next part, and says so in it.
extension VerifyCommand {
    static func record(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> ExitStatus {
        for option in ["--resume", "--deep"]
        where arguments.has(option) || arguments.value(option) != nil {
            throw UsageError(
                message: "\(option) does not go with --record", command: spec.name)
        }
        if let seconds = try arguments.number("--if-older-than"),
            let last = try await isFresh(seconds, context)
        {
            if arguments.has("--json") {
                let answer: JSONValue = ["event": .null, "last": JSONValue(last)]
                try context.console.json(Array(answer.description.utf8))
            } else {
                try context.console.line(
                    "event \(String(last)) is of a verification that is new enough")
            }
            return .done
        }
        var options = context.journalOptions
        options.signer = try EvidenceFiles.signer(context)
        // One that is too damaged to be written to is verified all the same.
        let journal = try await Journal.open(at: context.journalPath, options: options)
        context.closeAtEnd(journal)
        try await CommandAccess.check(journal, context)
        let verification = try await verify(journal, arguments, context)
        try await journal.close()
        try print(verification, arguments, context)
        let status = status(of: verification.report.verdict)
        guard status == .done else { return status }
        guard verification.contradictions.isEmpty else { return .negative }
        return verification.evidence.map { EvidenceText.status($0) } ?? .done
    }

    /// The event of the last verification, where it is younger than so many seconds.
    private static func isFresh(
        _ seconds: UInt64, _ context: CommandContext
    ) async throws -> UInt64? {
        let journal = try await Journal.open(
            readingAt: context.journalPath, options: context.journalOptions)
        context.closeAtEnd(journal)
        let last = try await journal.lastVerification()
        try await journal.close()
        guard let last else { return nil }
        let age = context.journalOptions.clock().microseconds - last.time.microseconds
        return age / 1_000_000 < Int64(clamping: seconds) ? last.sequence : nil
    }

    /// More than any journal has.
    private static let mostMebibytes: UInt64 = 1 << 40

    private static func verify(
        _ journal: Journal, _ arguments: ParsedArguments, _ context: CommandContext
    ) async throws -> SelfVerification {
        let line = ProgressLine("verifying", on: context.console)
        defer { line.finish() }
        var options = try EvidenceText.options(arguments, context)
        options.verification.progress = { line.update($0) }
        let limit = try arguments.number("--at-most").map { min($0, mostMebibytes) << 20 }
        return try await context.writer(of: journal, arguments).verifyAndRecord(
            options, sizeLimit: limit, reason: arguments.value(OptionSpec.reason.name))
    }

    private static func print(
        _ verification: SelfVerification, _ arguments: ParsedArguments, _ context: CommandContext
    ) throws {
        let console = context.console
        if arguments.has("--json") {
            var json = json(verification.report, verification.evidence)
            json["passed"] = .bool(verification.isPassed)
            json["contradictions"] = .array(verification.contradictions.map { .string($0) })
            json["event"] = verification.receipt.map { JSONValue($0.sequence) } ?? .null
            try console.json(Array(json.description.utf8))
            return
        }
        for line in text(verification.report, columns: console.columns) { try console.line(line) }
        for sentence in verification.contradictions {
            for line in Wrapping.wrapped("- " + sentence, to: console.columns).lines {
                try console.line(Shown(line))
            }
        }
        if let evidence = verification.evidence {
            try console.line()
            for line in EvidenceText.lines(evidence, columns: console.columns) {
                try console.line(line)
            }
        }
        try console.line()
        if let receipt = verification.receipt {
            try console.line("recorded as event \(String(receipt.sequence))")
        } else {
            try console.line("\("not recorded", .warning): the journal cannot be written to")
        }
    }
}
