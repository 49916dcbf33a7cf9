extension Journal {
    /// The compactions that are certain, those that are finished with all that their certificates say,
    /// in order.
    ///
    /// Cost: reads the journal's own events about compactions.
    public func compactions() async throws -> [CompactionCertificate] {
        var certificates: [CompactionCertificate] = []
        for try await event in events(
            session: .journal, kinds: [.compactionBegan, .compactionFinished], damage: .skip)
        {
            if let begun = BegunCompaction(event) {
                certificates.append(CompactionCertificate(begun))
            } else if let id = (try? event.data())?["compaction"]?.string,
                let place = certificates.firstIndex(where: { $0.id == id })
            {
                certificates[place].finish(by: event)
            }
        }
        return certificates
    }

    /// Carries out the compactions that are certain and not finished, as a crash leaves them.
    ///
    /// ``open(at:options:)`` does this where there is something to do; a hold, or damage, that keeps
    /// one from being finished is no reason not to open. Here it is an error.
    ///
    /// - Parameter progress: Called now and then with steps done and steps to do.
    /// - Returns: The certificates of those that are finished now.
    @discardableResult
    public func resumeCompactions(
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> [CompactionCertificate] {
        var certificates: [CompactionCertificate] = []
        var held: JournalError?
        for begun in try await openCompactions() {
            let (events, target) = try await rest(of: begun)
            do {
                certificates.append(try await carryOut(begun, events, target, progress))
            } catch let error as JournalError where error.code == .held {
                // One that has to wait is no reason for the others to.
                held = held ?? error
            }
        }
        if let held { throw held }
        try await unmarkFinishedDestruction()
        return certificates
    }

    /// What is certain and not finished, in order.
    func openCompactions() async throws -> [BegunCompaction] {
        var open: [BegunCompaction] = []
        for try await event in events(
            session: .journal, kinds: [.compactionBegan, .compactionFinished])
        {
            if let begun = BegunCompaction(event) {
                open.append(begun)
            } else if let id = (try? event.data())?["compaction"]?.string {
                open.removeAll { $0.id == id }
            }
        }
        return open
    }

    /// The events that a compaction has still to replace. What was erased meanwhile is gone already.
    private func rest(
        of begun: BegunCompaction
    ) async throws -> (events: [ClosedRange<UInt64>], target: DestructionTarget) {
        var events: [ClosedRange<UInt64>] = []
        var target = DestructionTarget()
        for part in begun.parts {
            var sequences: [UInt64] = []
            try await eachCompactable(part) { event in
                guard !event.isCompacted, !event.isWithheld else { return }
                sequences.append(event.sequence)
                target.add(event)
            }
            events += ErasurePlan.ranges(of: sequences)
        }
        return (ErasurePlan.joined(events), target)
    }

    /// Hands on the events that a part of a compaction replaces, or has replaced, in order.
    func eachCompactable(
        _ part: CompactionCertificate.Part, damage: DamagePolicy = .fail,
        _ body: (Event) throws -> Void
    ) async throws {
        let last = part.versions.last?.upperBound ?? 0
        for try await event in events(session: part.session, damage: damage) {
            guard event.version <= last else { break }
            if part.covers(event) { try body(event) }
        }
    }

    /// Replaces the lines, and says so. Doing it again does what is left.
    func carryOut(
        _ begun: BegunCompaction, _ events: [ClosedRange<UInt64>], _ target: DestructionTarget,
        _ progress: (@Sendable (OperationProgress) -> Void)?
    ) async throws -> CompactionCertificate {
        let before = try await store.storage().sizeOnDisk
        let steps = DestructionSteps(progress)
        try await store.compact(events, archive: begun.archive.map { $0 + "/" + begun.id }) {
            [self] replace in
            // Nobody can place a hold between the question and the answer to it.
            try await destruction.alone {
                try await checkHolds(over: target, includingQuarantine: false)
                try await replace()
            }
            steps.advance()
        }
        forgetDerived()
        // It would go on finding what nobody can read any more.
        _ = try await (store as? FileStore)?.destroySearchIndex()
        let after = try await store.storage().sizeOnDisk
        let draft = EventDraft(
            .compactionFinished, branch: nil,
            data: [
                "compaction": .string(begun.id), "began": JSONValue(begun.sequence),
                "size": [JSONValue(before), JSONValue(after)],
            ], cause: .sequence(begun.sequence))
        // Who asked may have lost the role since: what was begun is finished.
        let receipt = try await note(draft, by: begun.actor)
        var certificate = CompactionCertificate(begun)
        if let finished = try await event(at: receipt.sequence) { certificate.finish(by: finished) }
        return certificate
    }

    /// Takes what an erasure takes out of the archives of compactions, where they stand at the places
    /// that certificates name.
    ///
    /// - Returns: The folders in which something was replaced, and those that could not be looked into.
    func withholdArchived(
        _ request: RequestedErasure
    ) async throws -> (done: [String], unreached: [BackupHolding]) {
        guard let store = store as? FileStore else { return ([], []) }
        var done: [String] = []
        var unreached: [BackupHolding] = []
        for certificate in try await compactions() {
            guard let archive = certificate.archive else { continue }
            let folder = archive + "/" + certificate.id
            do {
                let count = try await store.withhold(request.events, inArchive: folder)
                if count > 0 { done.append(folder) }
            } catch let error as JournalError {
                unreached.append(BackupHolding(folder, problem: error.message))
            }
        }
        return (done, unreached)
    }
}
