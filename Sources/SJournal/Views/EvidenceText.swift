import SessionJournal

/// A verdict over evidence: as words, and for the shell.
enum EvidenceText {
    /// The report in words.
    static func lines(_ report: EvidenceReport, columns: Int) -> [Shown] {
        var lines = [verdict(report)]
        if let anchor = report.anchor {
            lines.append(
                "signed   \(String(anchor.size)) events, root \(Shown(anchor.root.hexadecimal))")
        }
        if let isMet = report.isQuorumMet {
            lines.append(
                isMet
                    ? "policy   as many witnesses as it asks for"
                    : "policy   fewer witnesses than it asks for")
        }
        lines += list(report.findings, "wrong:", columns)
        lines += list(report.unchecked, "not checked:", columns)
        return lines
    }

    private static func verdict(_ report: EvidenceReport) -> Shown {
        let words = report.verdict.words
        return switch report.verdict {
        case .invalid: "\(words, .bad): something is damaged, or a signature is wrong"
        case .diverged: "\(words, .bad): this is not the history that was signed"
        case .unanchored:
            "\(words, .warning): everything fits, and nobody but the journal vouches for it"
        case .witnessed: "\(words, .good): everything fits, and witnesses vouch for it"
        }
    }

    private static func list(_ sentences: [String], _ title: Shown, _ columns: Int) -> [Shown] {
        guard !sentences.isEmpty else { return [] }
        var lines = [title]
        for sentence in sentences {
            let parts = Wrapping.wrapped(sentence, to: columns - 2).lines
            lines += parts.enumerated().map { ($0.offset == 0 ? "- " : "  ") + Shown($0.element) }
        }
        return lines
    }

    /// What the shell is told.
    static func status(_ report: EvidenceReport) -> ExitStatus {
        switch report.verdict {
        case .invalid: report.verification?.verdict == .damaged ? .damaged : .negative
        case .diverged: .negative
        case .unanchored: report.isQuorumMet == false ? .negative : .done
        case .witnessed: .done
        }
    }

    /// What the command line says to hold the journal against.
    static func options(
        _ arguments: ParsedArguments, _ context: CommandContext
    ) throws -> EvidenceOptions {
        var options = EvidenceOptions()
        options.signatures = EvidenceFeature.signatures
        options.keys = arguments.all("--key")
        options.against = try arguments.value("--against").map { try InputFile.read($0, context) }
        options.policy = try arguments.value("--policy").map { try InputFile.read($0, context) }
        return options
    }
}
