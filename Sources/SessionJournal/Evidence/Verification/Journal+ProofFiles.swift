internal import TransparencyLog

extension Journal {
    /// What a file about one event holds beside the proof.
    public enum Disclosure: Sendable, Hashable {
        /// The entry line: when what happened in which session, and a salted digest; nothing that a
        /// person wrote.
        case entry
        /// The event's line, as it was stored.
        case event
    }

    /// A file that proves that an event is in the journal, as of the newest checkpoint that covers it
    /// (C2SP tlog-proof). It is checked without the journal: ``verifyProof(_:_:)``.
    ///
    /// - Parameters:
    ///   - sequence: The event's sequence number.
    ///   - disclosure: What the file tells of the event.
    ///   - unsignedSize: Where no checkpoint covers the event, the proof is about the tree of so many
    ///     events, which nobody has signed; nil where such a proof is not wanted.
    /// - Returns: The text of the file.
    /// - Throws: ``JournalError/Code/eventNotFound``; ``JournalError/Code/invalidArgument`` where no
    ///   checkpoint covers the event, or its line is withheld and was asked for.
    public func proofFile(
        of sequence: UInt64, telling disclosure: Disclosure = .entry,
        orUnsignedOver unsignedSize: UInt64? = nil
    ) async throws -> String {
        guard let event = try await event(at: sequence) else {
            throw JournalError.beyondEnd(sequence, last: try await store.position().lastSequence)
        }
        var checkpoint = try checkpoint(covering: sequence)
        if checkpoint == nil, let unsignedSize {
            checkpoint = try await unsignedCheckpoint(over: unsignedSize)
        }
        guard let checkpoint else {
            throw JournalError(
                .invalidArgument,
                "no checkpoint covers event \(sequence) yet; sign one: sjournal checkpoint")
        }
        let extra: [UInt8]
        switch disclosure {
        case .entry: extra = try EventLine.entryLine(of: event.line.span)
        case .event:
            guard !event.isWithheld else {
                throw JournalError(
                    .invalidArgument,
                    "event \(sequence) is withheld: nothing is left of it to be shown")
            }
            extra = event.line
        }
        let proof = try await inclusionProof(of: sequence, in: checkpoint.head.size)
        let leaf = try EventLine.leafHash(of: event.line.span)
        guard proof.head == checkpoint.head, proof.leaf == leaf else {
            throw JournalError(
                .conflict,
                "the journal does not extend its newest checkpoint; see "
                    + "'sjournal verify --against'")
        }
        return LogProof(
            extra: extra, index: sequence - 1, hashes: proof.hashes.map { Hash($0) },
            note: checkpoint.note
        ).text
    }

    /// The tree of so many events in the form of a checkpoint, without a signature.
    func unsignedCheckpoint(over size: UInt64) async throws -> SignedCheckpoint {
        let head = try await store.treeHead(at: size)
        guard let origin,
            let note = SignedNote(
                text: Checkpoint(origin: origin, size: head.size, root: Hash(head.root)).text)
        else {
            throw JournalError(
                .unsupported, "proofs are about journals in files, which have an id")
        }
        return try SignedCheckpoint(note)
    }

    /// A file that proves that the state of an earlier size is the beginning of one that was signed: what
    /// a witness is asked with (C2SP tlog-witness, "add-checkpoint").
    ///
    /// - Parameters:
    ///   - first: The earlier number of events; 0 for a witness that never saw the journal.
    ///   - second: The number of events of a checkpoint; nil for the newest.
    /// - Returns: The text of the file.
    /// - Throws: ``JournalError/Code/invalidArgument`` where no checkpoint of that size was signed, or
    ///   it is below the first.
    public func consistencyFile(
        from first: UInt64, to second: UInt64? = nil
    ) async throws -> String {
        let files = try checkpointFiles()
        guard let size = try second ?? files.sizes().last,
            let checkpoint = try files.read(size)
        else {
            throw JournalError(
                .invalidArgument,
                second.map { "no checkpoint of \($0) events was signed" }
                    ?? "no checkpoint was signed yet; sign one: sjournal checkpoint")
        }
        let proof = try await consistencyProof(from: first, to: size)
        guard proof.second == checkpoint.head else {
            throw JournalError(
                .conflict,
                "the journal does not extend its checkpoint of \(size) events; see "
                    + "'sjournal verify --against'")
        }
        return WitnessRequest(
            oldSize: first, hashes: proof.hashes.map { Hash($0) }, note: checkpoint.note
        ).text
    }

    /// Checks a file that ``proofFile(of:telling:orUnsignedOver:)`` or ``consistencyFile(from:to:)``
    /// made, without the journal.
    ///
    /// - Parameters:
    ///   - bytes: The file.
    ///   - options: Whom to believe. A proof of consistency needs the earlier checkpoint in
    ///     ``EvidenceOptions/against``.
    /// - Returns: The verdict; of a proof of an event, its line.
    /// - Throws: ``JournalError/Code/invalidArgument`` where a key or the policy is none.
    public static func verifyProof(
        _ bytes: [UInt8], _ options: EvidenceOptions
    ) throws -> EvidenceReport {
        var run = ProofFileRun(judge: try SignatureJudge(options))
        if let proof = LogProof(bytes) {
            run.check(proof)
        } else if let request = WitnessRequest(bytes) {
            run.check(request, from: try options.against.map { try SignedCheckpoint($0) })
        } else {
            run.findings.append("the file is no proof: it is not whole, or something else")
        }
        return run.report()
    }
}

/// One look at a proof in a file.
private struct ProofFileRun {
    var judge: SignatureJudge
    var findings: [String] = []
    private var contradictions: [String] = []
    private var unchecked: [String] = []
    private var line: [UInt8]?
    private var checkpoint: SignedCheckpoint?

    init(judge: SignatureJudge) { self.judge = judge }

    mutating func check(_ proof: LogProof) {
        guard let line = proof.extra else {
            findings.append("the file does not say which event it is about")
            return
        }
        guard let event = try? Event(line: line), (try? event.check()) != nil,
            let leaf = try? EventLine.leafHash(of: line.span)
        else {
            findings.append("what the file shows is no line of a journal")
            return
        }
        self.line = line
        guard event.sequence == proof.index &+ 1 else {
            findings.append(
                "the line is event \(event.sequence), the proof that of event \(proof.index &+ 1)")
            return
        }
        guard proof.includes(Hash(leaf)) else {
            findings.append("the line is not the one that was signed: the proof does not fit it")
            return
        }
        if proof.note.signatures.isEmpty {
            unchecked.append(
                "who vouches for the tree: nobody has signed it, and who holds the journal can make "
                    + "another")
        }
        take(proof.note)
    }

    mutating func check(_ request: WitnessRequest, from first: SignedCheckpoint?) {
        guard let first else {
            unchecked.append("the proof: give the earlier checkpoint that it begins with")
            take(request.note)
            return
        }
        guard let second = try? SignedCheckpoint(request.note) else {
            return take(request.note)
        }
        _ = judge.judge(first, place: "the earlier checkpoint", isNeeded: true)
        guard first.origin == second.origin, first.head.size == request.oldSize else {
            findings.append("the proof begins with another checkpoint than the earlier one")
            return
        }
        let holds = TreeProof.verifyConsistency(
            from: request.oldSize, to: second.head.size, firstRoot: Hash(first.head.root),
            secondRoot: Hash(second.head.root), proof: request.hashes)
        if !holds {
            contradictions.append(
                "the earlier checkpoint is not proved to be the beginning of the later one")
        }
        take(request.note)
    }

    private mutating func take(_ note: SignedNote) {
        do throws(JournalError) {
            let checkpoint = try SignedCheckpoint(note)
            _ = judge.judge(checkpoint, place: "the checkpoint", isNeeded: true)
            self.checkpoint = checkpoint
        } catch {
            findings.append(error.message)
        }
    }

    mutating func report() -> EvidenceReport {
        let signed = checkpoint.map { judge.witnesses(of: $0, place: "the checkpoint") }
        findings += judge.findings
        var report = EvidenceReport(.answer(findings, contradictions, signed, judge.policy))
        report.findings = findings + contradictions
        report.unchecked = unchecked + judge.unchecked
        report.anchor = checkpoint?.head
        report.checkpoints = checkpoint == nil ? 0 : 1
        report.isQuorumMet = judge.policy.map { $0.isSatisfied(by: signed ?? []) && signed != nil }
        report.line = line
        if case .unanchored = report.verdict {
            report.unchecked.append(
                "whether another history was shown to others: no witness vouches for this one")
        }
        return report
    }
}
