extension Journal {
    /// What was forgotten so far, in order, with what is not finished.
    ///
    /// Cost: reads the journal's own events about it.
    public func forgettings() async throws -> [ForgettingReport] {
        var reports: [ForgettingReport] = []
        for try await event in events(
            session: .journal, kinds: [.forgettingRequested, .forgettingFinished], damage: .skip)
        {
            if let request = RequestedForgetting(event) {
                reports.append(ForgettingReport(request))
            } else if let id = (try? event.data())?["forgetting"]?.string,
                let place = reports.firstIndex(where: { $0.id == id })
            {
                reports[place].finish(by: event)
            }
        }
        return reports
    }

    /// Forgets what is certain to be forgotten and is not yet, as a crash leaves it.
    ///
    /// ``open(at:options:)`` does this where there is something to do.
    ///
    /// - Parameter progress: Called now and then with steps done and steps to do.
    /// - Returns: What is finished now.
    /// - Throws: ``JournalError/Code/held``, ``JournalError/Code/damaged``, or what the disk says.
    @discardableResult
    public func resumeForgetting(
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> [ForgettingReport] {
        var reports: [ForgettingReport] = []
        var held: JournalError?
        for request in try await openForgettings() {
            do {
                reports.append(try await carryOut(request, progress))
            } catch let error as JournalError where error.code == .held {
                // One that has to wait is no reason for the others to.
                held = held ?? error
            }
        }
        if let held { throw held }
        try await unmarkFinishedDestruction()
        return reports
    }

    /// What is certain and not finished, in order.
    func openForgettings() async throws -> [RequestedForgetting] {
        var open: [RequestedForgetting] = []
        for try await event in events(
            session: .journal, kinds: [.forgettingRequested, .forgettingFinished])
        {
            if let request = RequestedForgetting(event) {
                open.append(request)
            } else if let id = (try? event.data())?["forgetting"]?.string {
                open.removeAll { $0.id == id }
            }
        }
        return open
    }

    /// Takes the lines out, and says so. Doing it again does what is left.
    func carryOut(
        _ request: RequestedForgetting, _ progress: (@Sendable (OperationProgress) -> Void)?
    ) async throws -> ForgettingReport {
        guard let store = store as? FileStore else { throw Self.forgetsNothing }
        try await checkStillErased(request)
        let before = try await store.storage().sizeOnDisk
        let steps = DestructionSteps(progress)
        let target = DestructionTarget(sessions: Set(request.sessions))
        try await store.forget(request.events, cuts: try await sizesOfKnownTrees()) {
            [self] destroy in
            // Nobody can place a hold between the question and the answer to it.
            try await destruction.alone {
                try await checkHolds(over: target, includingQuarantine: false)
                try await destroy()
            }
            steps.advance()
        }
        forgetDerived()
        if let snapshots { _ = try snapshots.destroy(of: Set(request.sessions)) }
        let after = try await store.storage().sizeOnDisk
        let draft = EventDraft(
            .forgettingFinished, branch: nil,
            data: [
                "forgetting": .string(request.id), "requested": JSONValue(request.sequence),
                "count": request.data["count"] ?? 0,
                "size": [JSONValue(before), JSONValue(after)],
            ], cause: .sequence(request.sequence))
        // Who asked may have lost the role since: what was begun is finished.
        let receipt = try await note(draft, by: request.actor)
        var report = ForgettingReport(request)
        if let finished = try await event(at: receipt.sequence) { report.finish(by: finished) }
        return report
    }

    /// Nothing goes that says something still, whatever an event asks for.
    private func checkStillErased(_ request: RequestedForgetting) async throws {
        for range in request.events {
            for try await event in events(from: range.lowerBound, through: range.upperBound) {
                guard event.isWithheld, !event.session.isJournal else {
                    throw JournalError(
                        .invalidArgument,
                        "forgetting \(request.id) names event \(event.sequence), which is not "
                            + "erased; nothing of it is carried out")
                }
            }
        }
    }

    static let forgetsNothing = JournalError(
        .unsupported, "only a journal in files forgets leaves")
}
