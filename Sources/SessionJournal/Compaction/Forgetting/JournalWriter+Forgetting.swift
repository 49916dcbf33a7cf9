extension JournalWriter {
    /// Forgets the leaves of what was erased long ago: the entry lines go, and of the Merkle tree there
    /// only the roots of the largest subtrees stay, as when a tiled log is pruned (C2SP tlog-tiles).
    ///
    /// What goes are the events of sessions that were erased as a whole, by erasures that were finished
    /// before a moment. What the erasures kept of them stays, and so do the erasures themselves. Nobody
    /// can tell afterwards when something happened in these sessions, of what kind it was, or prove a
    /// single event of them. Every other event, every checkpoint that the journal has recorded, and
    /// every tree that a certificate names stay provable; a tree of a size within a forgotten subtree
    /// does not (``JournalError/Code/leavesForgotten``). The root stays what it was.
    ///
    /// It is certain with one event (`forgetting.requested`); a crash behind it leaves segments of both
    /// kinds, and the next opening does the rest. Sessions that a hold covers are left out. Archives of
    /// compactions and backups keep what they hold.
    ///
    /// Cost: reads what is left of the sessions concerned; segments concerned are read and written once,
    /// for a dry run only read.
    ///
    /// - Parameters:
    ///   - before: Only erasures that were finished before this moment: the retention period's end.
    ///   - reason: Why; it stays.
    ///   - isDryRun: Whether only to say what would go.
    ///   - progress: Called now and then with steps done and steps to do.
    /// - Throws: ``JournalError/Code/held``, ``JournalError/Code/damaged``,
    ///   ``JournalError/Code/unsupported`` where the journal is not in files, what the disk says.
    @discardableResult
    public func forgetLeaves(
        erasedBefore before: Timestamp, reason: String? = nil, isDryRun: Bool = false,
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> ForgettingReport {
        guard let store = journal.store as? FileStore else { throw Journal.forgetsNothing }
        guard isDryRun || journal.isWritable else {
            throw JournalError(
                .readOnly, "the journal was opened for reading; open it for writing")
        }
        let plan = try await journal.planForgetting(erasedBefore: before)
        guard !isDryRun, !plan.events.isEmpty else {
            var report = ForgettingReport()
            report.events = plan.events
            report.sessions = plan.sessions
            report.erasures = plan.erasures.sorted()
            report.before = before
            report.held = plan.held
            (report.sizeBefore, report.sizeAfter, report.roots) =
                try await store.measureForgetting(
                    plan.events, cuts: try await journal.sizesOfKnownTrees())
            return report
        }
        // Where there is a key, what is there is signed, to be held against what is left.
        try await journal.checkpointBeforeDestruction()
        let request = try await ask(for: plan, before: before, reason)
        var report = try await journal.carryOut(request, progress)
        report.held = plan.held
        try await journal.unmarkFinishedDestruction()
        return report
    }

    /// Appends what makes it certain.
    private func ask(
        for plan: ForgettingPlan, before: Timestamp, _ reason: String?
    ) async throws -> RequestedForgetting {
        let tree = try await journal.store.treeHead(at: nil)
        let data = EventData([
            "forgetting": .string(journal.newSessionID().hexadecimal),
            "before": .string(before.description),
            "erasures": .array(plan.erasures.sorted().map { .string($0) }),
            "sessions": .array(plan.sessions.map { .string($0.hexadecimal) }),
            "events": ErasurePlan.json(of: plan.events),
            "count": JSONValue(plan.events.reduce(0) { $0 + $1.count }), "tree": tree.json,
        ])
        guard data.bytes.count <= EventLimits.maximumDataSize else {
            throw JournalError(
                .tooLarge,
                "these are too many events at once; forget those of older erasures first")
        }
        let item = AppendBatch.Item(
            session: .journal,
            draft: EventDraft(.forgettingRequested, branch: nil, data: data, reason: reason))
        _ = try await journal.admitted([item], by: actor)
        let receipts = try await journal.destruction.alone {
            try await journal.checkHolds(over: plan.target, includingQuarantine: false)
            try journal.markDestruction()
            return try await append([item])
        }
        guard let receipt = receipts.first,
            let event = try await journal.event(at: receipt.sequence),
            let request = RequestedForgetting(event)
        else { throw JournalError(.failed, "the forgetting got no receipt") }
        return request
    }
}
