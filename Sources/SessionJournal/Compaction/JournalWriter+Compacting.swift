extension JournalWriter {
    /// Replaces old events by their compacted lines: who, when, why and the shape of what was said stay,
    /// what was said goes.
    ///
    /// State, tree, audit trail and usage of every session answer as before, at every event, also at one
    /// within what was compacted: ``SessionState/compacted`` says then that content is gone. It is certain
    /// with one event (`compaction.began`), which names everything that its certificate does; a crash
    /// behind it leaves segments of both kinds, and the next opening does the rest. Readers and appends
    /// go on. No leaf of the Merkle tree changes, so that every checkpoint stays consistent, and of every
    /// event that was compacted there is still a proof.
    ///
    /// What stays: messages that are marked important or pinned, one that is being said and all behind it,
    /// content that something refers to which stays, sessions under a hold, events of kinds that say
    /// nothing but their shape (<doc:CompactingAJournal>).
    ///
    /// Cost: the sessions that the rule is about read twice, and the segments concerned read and written
    /// once; one segment of room on the disk, and with an archive those of all segments concerned.
    ///
    /// - Parameters:
    ///   - rule: Which events. One that bounds nothing takes all content of the journal.
    ///   - options: How.
    ///   - progress: Called now and then with steps done and steps to do.
    /// - Throws: ``JournalError/Code/held`` where a session that the rule names is under a hold,
    ///   ``JournalError/Code/sessionNotFound``, ``JournalError/Code/unsupported``,
    ///   ``JournalError/Code/damaged``, what the disk says. What is done is done, and certified.
    @discardableResult
    public func compact(
        _ rule: CompactionRule, options: CompactionOptions = CompactionOptions(),
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> CompactionReport {
        try rule.check()
        if !options.isDryRun {
            guard journal.isWritable else {
                throw JournalError(
                    .readOnly, "the journal was opened for reading; open it for writing")
            }
            // A store that cannot do it says so before anything is certain.
            try await journal.store.compact([], archive: options.archive) { try await $0() }
        }
        guard !options.isDryRun else { return try await carryOut(rule, options, progress) }
        return try await journal.measure(.compact, bytes: \.plainSizeBefore) {
            try await carryOut(rule, options, progress)
        }
    }

    private func carryOut(
        _ rule: CompactionRule, _ options: CompactionOptions,
        _ progress: (@Sendable (OperationProgress) -> Void)?
    ) async throws -> CompactionReport {
        var report = CompactionReport()
        report.sizeBefore = try await journal.store.storage().sizeOnDisk
        var rest = try await journal.sessions(of: rule)[...]
        while !rest.isEmpty {
            let (plan, others) = try await journal.plan(
                rule, of: rest, limit: JournalLimits.compactedSessions)
            rest = others
            guard !plan.parts.isEmpty, !options.isDryRun else {
                report.add(plan)
                continue
            }
            try await journal.checkpointBeforeDestruction()
            guard let begun = try await begin(plan, rule, options) else {
                // What was planned does not hold any more: once more, of the same sessions.
                try await journal.unmarkFinishedDestruction()
                rest = plan.parts.map(\.session) + plan.leftOut.map(\.session) + rest
                continue
            }
            report.add(plan)
            report.certificates.append(
                try await journal.carryOut(begun, plan.events, plan.target, progress))
            try await journal.unmarkFinishedDestruction()
        }
        report.sizeAfter =
            options.isDryRun
            ? report.sizeBefore : try await journal.store.storage().sizeOnDisk
        return report
    }

    /// Appends what makes a compaction certain; nil where something is to stay meanwhile that the plan
    /// replaces.
    private func begin(
        _ plan: CompactionPlan, _ rule: CompactionRule, _ options: CompactionOptions
    ) async throws -> BegunCompaction? {
        let tree = try await journal.store.treeHead(at: nil)
        let draft = EventDraft(
            .compactionBegan, branch: nil,
            data: EventData(
                plan.json(
                    rule, id: journal.newSessionID().hexadecimal, tree: tree,
                    archive: options.archive)), reason: options.reason)
        let item = AppendBatch.Item(session: .journal, draft: draft)
        _ = try await journal.admitted([item], by: actor)
        var recheck = CompactionRecheck(plan, rule)
        let receipts: [AppendReceipt]? = try await journal.destruction.alone {
            try await journal.checkHolds(over: plan.target, includingQuarantine: false)
            try journal.markDestruction()
            for attempt in 1... {
                guard try await recheck.holds(in: journal) else { return nil }
                do {
                    return try await append([item], if: recheck.conditions)
                } catch let error as JournalError
                    where error.code == .conflict && attempt < CompactionRecheck.attempts
                {
                    continue
                }
            }
            return nil
        }
        guard let receipts else { return nil }
        guard let receipt = receipts.first,
            let event = try await journal.event(at: receipt.sequence),
            let begun = BegunCompaction(event)
        else { throw JournalError(.failed, "the compaction got no receipt") }
        return begun
    }
}
