extension Journal {
    /// The verifications that were recorded, the oldest first.
    ///
    /// Cost: reads the journal's own session.
    public func verifications() async throws -> [RecordedVerification] {
        var found: [RecordedVerification] = []
        for try await event in events(
            session: .journal, kinds: [.verificationFinished], damage: .skip)
        {
            if let verification = RecordedVerification(event) { found.append(verification) }
        }
        return found
    }

    /// The last verification that was recorded; nil where none was.
    ///
    /// Cost: reads the journal's own session from its end, as far back as that.
    public func lastVerification() async throws -> RecordedVerification? {
        for try await event in events(
            session: .journal, kinds: [.verificationFinished], order: .backwards, damage: .skip)
        {
            if let verification = RecordedVerification(event) { return verification }
        }
        return nil
    }
}

extension JournalWriter {
    /// Verifies the journal, or the next part of it, and records what that came to as
    /// `verification.finished`: what was read, whether anything is wrong, the root of the tree, how it
    /// stands to what was signed, and how long it took. A failure is recorded too.
    ///
    /// With a limit of size each call reads a part, in segments, and the next one goes on behind it,
    /// so that a schedule covers everything in turn; after the end it begins anew. The part is joined
    /// to what is before it by footers, and compared with the root that the call before recorded.
    ///
    /// Cost: that of ``Journal/verifyEvidence(_:)``, or so much of it; an event.
    ///
    /// - Parameters:
    ///   - options: What to hold the journal against, and whom to believe.
    ///   - sizeLimit: How much is read, in bytes of segments: one segment at least. Nil: everything.
    ///   - reason: Why; it stands in the event.
    /// - Returns: What it came to. Damage and contradiction are answers. Its receipt is nil where the
    ///   journal is open for reading, or so damaged that it cannot be written to.
    /// - Throws: ``JournalError/Code/accessDenied``; what ``Journal/verifyEvidence(_:)`` throws; what
    ///   an append throws.
    @discardableResult
    public func verifyAndRecord(
        _ options: EvidenceOptions = EvidenceOptions(), sizeLimit: UInt64? = nil,
        reason: String? = nil
    ) async throws -> SelfVerification {
        try await journal.require(
            .operate, as: actor, for: EventKind.verificationFinished.rawValue)
        var options = options
        options.verification.sizeLimit = sizeLimit
        let last = try await journal.lastSequence()
        let before = sizeLimit == nil ? nil : try await journal.lastVerification()
        if let before, before.nextSequence <= last {
            options.verification.firstSequence = before.nextSequence
        }
        let clock = ContinuousClock()
        let start = clock.now
        var evidence: EvidenceReport?
        let report: VerificationReport
        let isAsked =
            options.against != nil || options.policy != nil || !options.keys.isEmpty
        if try isAsked || journal.hasCheckpoints {
            evidence = try await journal.verifyEvidence(options)
        }
        if let known = evidence?.verification {
            report = known
        } else {
            report = try await journal.verify(options.verification)
        }
        var verification = SelfVerification(
            report: report, evidence: evidence,
            contradictions: try await contradictions(to: before, report.part),
            duration: clock.now - start)
        guard journal.isWritable else { return verification }
        var draft = EventDraft(
            .verificationFinished, data: EventData(verification.data(last: last)))
        draft.reason = reason
        verification.receipt = try await journal.note(draft, by: actor)
        return verification
    }

    /// What the events before a part are, against what an earlier verification read there.
    private func contradictions(
        to before: RecordedVerification?, _ part: ClosedRange<UInt64>?
    ) async throws -> [String] {
        guard let before, let head = before.head, let part, part.lowerBound > 1,
            head.size == part.lowerBound - 1
        else { return [] }
        do {
            guard try await journal.store.treeHead(at: head.size) != head else { return [] }
        } catch let error as JournalError where error.code == .damaged {
            // What is damaged there is found where it is read.
            return []
        }
        return [
            "the first \(head.size) events are not those that were read for event "
                + "\(before.sequence)"
        ]
    }
}
