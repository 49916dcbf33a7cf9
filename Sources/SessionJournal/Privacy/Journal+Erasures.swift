extension Journal {
    /// The erasures that were asked for, those that are finished with their certificates, in order.
    ///
    /// Cost: reads the journal's own events about erasures.
    public func erasures() async throws -> [ErasureCertificate] {
        try await erasures(damage: .skip)
    }

    /// - Parameter damage: What to do where events of the journal's own session are lost.
    func erasures(damage: DamagePolicy) async throws -> [ErasureCertificate] {
        var certificates: [ErasureCertificate] = []
        for try await event in events(
            session: .journal, kinds: [.erasureRequested, .erasureFinished], damage: damage)
        {
            if let request = RequestedErasure(event) {
                certificates.append(ErasureCertificate(request))
            } else if let id = (try? event.data())?["erasure"]?.string,
                let place = certificates.firstIndex(where: { $0.id == id })
            {
                certificates[place].finish(by: event)
            }
        }
        return certificates
    }

    /// Carries out the erasures that were asked for and are not finished, as a crash leaves them.
    ///
    /// ``open(at:options:)`` does this where there is something to do; a hold, or damage, that keeps
    /// one from being finished is no reason not to open. Here it is an error.
    ///
    /// - Parameter progress: Called now and then with steps done and steps to do.
    /// - Returns: The certificates of those that are finished now.
    /// - Throws: ``JournalError/Code/held``, ``JournalError/Code/damaged``, or what the disk says.
    @discardableResult
    public func resumeErasures(
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> [ErasureCertificate] {
        var certificates: [ErasureCertificate] = []
        var held: JournalError?
        let requests = try await openErasures()
        // What is asked for is certain, whatever keeps it from being done now.
        (store as? FileStore)?.beginEnding(requests.flatMap { $0.keys.map(\.session) })
        for request in requests {
            do {
                certificates.append(
                    try await carryOut(request, target: try await target(of: request), progress))
            } catch let error as JournalError where error.code == .held {
                // One that has to wait is no reason for the others to.
                held = held ?? error
            }
        }
        if let held { throw held }
        try await unmarkFinishedDestruction()
        return certificates
    }

    /// Takes the mark away that has the next opening look for unfinished erasures, compactions and
    /// forgettings, where there are none. Whoever asks for one meanwhile waits.
    func unmarkFinishedDestruction() async throws {
        try await destruction.alone {
            guard try await openErasures().isEmpty, try await openCompactions().isEmpty,
                try await openForgettings().isEmpty
            else { return }
            try unmarkDestruction()
        }
    }

    /// What was asked for and is not finished, in order.
    private func openErasures() async throws -> [RequestedErasure] {
        var requests: [RequestedErasure] = []
        for try await event in events(
            session: .journal, kinds: [.erasureRequested, .erasureFinished])
        {
            if let request = RequestedErasure(event) {
                requests.append(request)
            } else if let id = (try? event.data())?["erasure"]?.string {
                requests.removeAll { $0.id == id }
            }
        }
        return requests
    }

    /// What an erasure still has to take: what is withheld already names nobody any more.
    private func target(of request: RequestedErasure) async throws -> DestructionTarget {
        var target = DestructionTarget()
        target.sessions = Set(request.sessions)
        target.unread = Set(request.keys.map(\.session))
        for range in request.events {
            for try await event in events(from: range.lowerBound, through: range.upperBound) {
                guard !event.session.isJournal else {
                    throw JournalError(
                        .invalidArgument,
                        "erasure \(request.id) names event \(event.sequence) of the journal itself, "
                            + "and those stay; nothing of it is carried out")
                }
                target.add(event)
            }
        }
        return target
    }

    /// Destroys what was asked for, and says so. Doing it again does what is left.
    func carryOut(
        _ request: RequestedErasure, target: DestructionTarget,
        _ progress: (@Sendable (OperationProgress) -> Void)?
    ) async throws -> ErasureCertificate {
        let steps = DestructionSteps(progress)
        let keys = try await destroyKeys(request, target)
        if !keys.isEmpty { steps.advance() }
        let target = target.without(keys)
        try await store.withhold(request.events) { [self] destroy in
            // Nobody can place a hold between the question and the answer to it.
            try await destruction.alone {
                try await checkHolds(over: target)
                try await destroy()
            }
            steps.advance()
        }
        var unreached: [BackupHolding] = []
        let removed = try await destruction.alone {
            guard !request.events.isEmpty else {
                // What was encrypted is in no file but as that.
                forgetDerived()
                return ErasureRemovals()
            }
            try await checkHolds(over: target)
            var removed = try await destroyDerived(
                of: Set(request.sessions), events: request.events)
            (removed.archives, unreached) = try await withholdArchived(request)
            return removed
        }
        steps.advance()
        let backups =
            request.backups.flatMap { folder in
                BackupHolding.all(in: folder, request, options.fileSystem)
            } + unreached
        let ids = JSONValue.array(keys.map { .string($0.hexadecimal) })
        var drafts: [EventDraft] = []
        if !keys.isEmpty {
            drafts.append(
                EventDraft(
                    .keyDestroyed, data: ["erasure": .string(request.id), "keys": ids],
                    cause: .sequence(request.sequence)))
        }
        drafts.append(
            EventDraft(
                .erasureFinished, branch: nil,
                data: EventData([
                    "erasure": .string(request.id), "requested": JSONValue(request.sequence),
                    "count": request.data["count"] ?? 0, "removed": removed.json, "keys": ids,
                    "backups": .array(backups.map(\.json)),
                ]), cause: .sequence(request.sequence)))
        // Who asked may have lost the role since: what was begun is finished.
        let receipts = try await note(drafts, by: request.actor)
        var certificate = ErasureCertificate(request)
        if let finished = receipts.last, let event = try await event(at: finished.sequence) {
            certificate.finish(by: event)
        }
        return certificate
    }

    /// Appends a request that names encrypted sessions, to which nothing is appended from then on.
    func ending<Value>(
        _ keys: [KeyErasure], _ append: () async throws -> Value
    ) async throws -> Value {
        let sessions = keys.map(\.session)
        guard !sessions.isEmpty, let store = store as? FileStore else { return try await append() }
        store.beginEnding(sessions)
        do {
            return try await append()
        } catch {
            store.stopEnding(sessions)
            throw error
        }
    }

    /// Destroys the keys that a request names, those that are still there.
    ///
    /// - Returns: The sessions whose keys these were.
    private func destroyKeys(
        _ request: RequestedErasure, _ target: DestructionTarget
    ) async throws -> [SessionID] {
        let sessions = request.keys.map(\.session)
        guard !sessions.isEmpty, let store = store as? FileStore else { return [] }
        store.beginEnding(sessions)
        try await destruction.alone {
            var left: [SessionID] = []
            for session in sessions where try store.protection(of: session) != .destroyed {
                left.append(session)
            }
            guard !left.isEmpty else { return }
            let gone = Set(sessions).subtracting(left)
            try await checkHolds(over: target.without(Array(gone)))
            try await store.destroyKeys(of: left)
        }
        return sessions
    }

    /// The key that a session was created with; nil where it has none, or it was erased.
    func key(of session: SessionID) async throws -> String? {
        for try await event in events(session: session, damage: .skip) {
            return (try? AdoptedLines.key(of: event)) ?? nil
        }
        return nil
    }
}
