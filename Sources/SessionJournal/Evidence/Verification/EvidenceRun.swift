internal import TransparencyLog

extension Journal {
    /// Reads everything again, and holds it against the checkpoints that were signed of it and against
    /// one that the caller kept. Damage and contradiction are answers, not errors.
    ///
    /// The root at each checkpoint is that of the events as they are read here; no tile and no index
    /// is asked. Cost: that of ``verify(_:)``.
    ///
    /// - Parameter options: What to hold the journal against, and whom to believe.
    /// - Returns: The verdict, what is wrong, and what was not checked.
    /// - Throws: ``JournalError/Code/invalidArgument`` where a key or the policy is none;
    ///   ``JournalError/Code/unsupported`` of a journal that is not in files.
    public func verifyEvidence(
        _ options: EvidenceOptions = EvidenceOptions()
    ) async throws -> EvidenceReport {
        var run = EvidenceRun(
            files: try checkpointFiles(), origin: origin ?? "", judge: try SignatureJudge(options))
        run.readFiles()
        for try await event in events(
            session: .journal, kinds: [.checkpointSigned, .keyRotated], damage: .skip)
        {
            run.read(event)
        }
        run.take(against: options.against)
        var verification = options.verification
        verification.heads = run.sizes
        let report = try await verify(verification)
        let last = try await store.position().lastSequence
        var heads = report.heads
        for size in run.sizes where heads[size] == nil && size <= last {
            // Within a segment that an earlier run has read.
            heads[size] = try? await store.treeHead(at: size).root
        }
        return run.report(report, heads: heads, last: last)
    }
}

/// One look at the checkpoints of a journal.
struct EvidenceRun {
    /// A checkpoint, and where it was found.
    private struct Found {
        var checkpoint: SignedCheckpoint
        var place: String
    }

    private let files: CheckpointFiles
    private let origin: String
    private var judge: SignatureJudge
    private var stored: [UInt64: Found] = [:]
    private var recorded: [(sequence: UInt64, checkpoint: SignedCheckpoint)] = []
    private var rotations: [(sequence: UInt64, statement: String?)] = []
    private var against: Found?
    private var findings: [String] = []
    private var contradictions: [String] = []
    private var unchecked: [String] = []

    init(files: CheckpointFiles, origin: String, judge: SignatureJudge) {
        self.files = files
        self.origin = origin
        self.judge = judge
    }

    // MARK: What there is

    mutating func readFiles() {
        let sizes: [UInt64]
        do throws(JournalError) {
            sizes = try files.sizes()
        } catch {
            findings.append("\(error)")
            return
        }
        for size in sizes {
            do throws(JournalError) {
                guard let checkpoint = try files.read(size) else { continue }
                stored[size] = Found(checkpoint: checkpoint, place: files.place(size))
            } catch {
                findings.append("\(error)")
            }
        }
    }

    /// Takes an event that says that a checkpoint was signed, or a key gave way.
    mutating func read(_ event: Event) {
        guard !event.isWithheld, let data = try? event.data() else { return }
        guard event.kind == .checkpointSigned else {
            judge.hear(of: data["old"]?.string)
            rotations.append((event.sequence, data["statement"]?.string))
            return
        }
        judge.hear(of: data["key"]?.string)
        let note = Array((data["note"]?.string ?? "").utf8)
        guard let checkpoint = try? SignedCheckpoint(note),
            data["size"]?.integer == Int64(exactly: checkpoint.head.size),
            data["root"]?.string == checkpoint.head.root.base64
        else {
            findings.append("event \(event.sequence): what it repeats is no checkpoint")
            return
        }
        recorded.append((event.sequence, checkpoint))
    }

    /// Takes the checkpoint that the caller kept.
    mutating func take(against bytes: [UInt8]?) {
        guard let bytes else { return }
        do throws(JournalError) {
            against = Found(checkpoint: try SignedCheckpoint(bytes), place: Self.given)
        } catch {
            findings.append("\(Self.given): \(error.message)")
        }
    }

    private static let given = "the checkpoint that was given"

    /// The numbers of events at which roots are wanted.
    var sizes: Set<UInt64> {
        var sizes = Set(stored.keys)
        for (_, checkpoint) in recorded { sizes.insert(checkpoint.head.size) }
        if let against { sizes.insert(against.checkpoint.head.size) }
        return sizes
    }

    // MARK: The answer

    mutating func report(
        _ verification: VerificationReport, heads: [UInt64: Digest], last: UInt64
    ) -> EvidenceReport {
        takeVerification(verification)
        for (sequence, statement) in rotations {
            judge.follow(statement, origin: origin, place: "event \(sequence)")
        }
        compareRecords(heads, last: last)
        let newest = stored.keys.sorted().last
        for size in stored.keys.sorted() {
            guard let found = stored[size] else { continue }
            let isAnchor = against == nil && size == newest
            _ = judge.judge(
                found.checkpoint, place: found.place, isNeeded: isAnchor || !judge.isTold)
            hold(found, heads, last: last)
        }
        if let against {
            _ = judge.judge(against.checkpoint, place: against.place, isNeeded: true)
            hold(against, heads, last: last)
        }
        return answer(verification, anchor: against ?? newest.flatMap { stored[$0] }, last: last)
    }

    private mutating func takeVerification(_ verification: VerificationReport) {
        switch verification.verdict {
        case .ok, .tornTailCut: break
        case .tornTail:
            unchecked.append("a torn tail, which nobody was promised")
        case .lossRecorded:
            unchecked.append("events that a repair has recorded as lost")
        case .contentMissing:
            findings.append(
                "the content of events is missing that no erasure of this journal has taken")
        case .damaged: findings += verification.findings
        }
        let withheld = verification.withheld
        if withheld.locked > withheld.destroyed {
            unchecked.append(
                "what \(withheld.locked - withheld.destroyed) encrypted events say: their keys are not "
                    + "at hand")
        }
        if withheld.destroyed > 0 {
            unchecked.append(
                "what \(withheld.destroyed) events said whose keys were destroyed; and whether copies "
                    + "of the keys are left")
        }
        if verification.segmentsKnown > 0 {
            unchecked.append(
                "the bytes of \(verification.segmentsKnown) segments, which an earlier run has read"
            )
        }
    }

    /// The records of checkpoints in the journal: each must be true, and its file what it repeats.
    private mutating func compareRecords(_ heads: [UInt64: Digest], last: UInt64) {
        for (sequence, checkpoint) in recorded {
            let size = checkpoint.head.size
            let found = Found(checkpoint: checkpoint, place: "event \(sequence)")
            guard let file = stored[size] else {
                unchecked.append(
                    "\(files.place(size)), which is missing; event \(sequence) repeats it")
                stored[size] = found
                continue
            }
            let signatures = Set(file.checkpoint.note.signatures)
            if file.checkpoint.note.text != checkpoint.note.text {
                contradictions.append(
                    "event \(sequence) repeats another checkpoint than \(file.place) holds")
                hold(found, heads, last: last)
            } else if !signatures.isSuperset(of: checkpoint.note.signatures) {
                findings.append(
                    "\(file.place): it is not what was written: event \(sequence) repeats a "
                        + "signature that it lacks")
            }
        }
    }

    /// Holds a checkpoint against the events.
    private mutating func hold(_ found: Found, _ heads: [UInt64: Digest], last: UInt64) {
        let head = found.checkpoint.head
        guard found.checkpoint.origin == origin else {
            contradictions.append(
                "\(found.place): it is of another journal, \(found.checkpoint.origin)")
            return
        }
        guard head.size <= last else {
            contradictions.append(
                "\(found.place): \(head.size) events were signed, and the journal ends with "
                    + "\(last): it was cut or set back")
            return
        }
        guard let root = heads[head.size] else {
            unchecked.append("\(found.place): events before it are lost")
            return
        }
        guard root == head.root else {
            contradictions.append(
                "\(found.place): the first \(head.size) events are not those that were signed")
            return
        }
    }

    private mutating func answer(
        _ verification: VerificationReport, anchor: Found?, last: UInt64
    ) -> EvidenceReport {
        var signed: Set<Int> = []
        if let anchor {
            signed = judge.witnesses(of: anchor.checkpoint, place: anchor.place)
            if anchor.checkpoint.head.size < last {
                unchecked.append(
                    "events \(anchor.checkpoint.head.size + 1) to \(last) against a signature: "
                        + "they came after that checkpoint")
            }
        } else {
            unchecked.append("anything against a signature: no checkpoint was signed or given")
        }
        findings += judge.findings
        var report = EvidenceReport(
            .answer(findings, contradictions, anchor == nil ? nil : signed, judge.policy))
        report.findings = findings + contradictions
        report.unchecked = unchecked + judge.unchecked
        report.anchor = anchor?.checkpoint.head
        report.checkpoints = stored.count + (against == nil ? 0 : 1)
        report.isQuorumMet = judge.policy.map { anchor != nil && $0.isSatisfied(by: signed) }
        report.verification = verification
        if case .unanchored = report.verdict {
            report.unchecked.append(
                "whether another history was shown to others: no witness vouches for this one")
        }
        return report
    }
}

extension EvidenceReport.Verdict {
    /// The worst that was found. `signed`: the witnesses of the policy that have; nil where there was
    /// nothing to sign.
    static func answer(
        _ findings: [String], _ contradictions: [String], _ signed: Set<Int>?,
        _ policy: TrustPolicy?
    ) -> Self {
        guard findings.isEmpty else { return .invalid }
        guard contradictions.isEmpty else { return .diverged }
        guard let policy, let signed, !signed.isEmpty, policy.isSatisfied(by: signed) else {
            return .unanchored
        }
        return .witnessed(signed.count, of: policy.witnesses.count)
    }
}
