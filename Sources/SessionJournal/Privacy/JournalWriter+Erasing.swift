extension JournalWriter {
    /// Erases what a scope covers, for good, and proves it.
    ///
    /// ```
    /// plan ─▶ holds? ─▶ erasure.requested, with an outline for each session, in one commit ─▶ holds?
    ///      ─▶ keys of encrypted sessions ─▶ segment by segment: holds? ─▶ entry lines in place of event
    ///      lines ─▶ snapshots, projections, search index, torn tails ─▶ old files closed? ─▶
    ///      erasure.finished: the certificate
    /// ```
    ///
    /// What is left of each event is its entry line: position, time, session, version, kind and a
    /// digest that nobody can guess a text by. The Merkle tree and every root stay as they were, and
    /// so do all other events. A crash in between is met at the next opening for writing, or by
    /// ``Journal/resumeErasures(progress:)``.
    ///
    /// An encrypted session that goes as a whole goes with its key: its lines stay as ciphertext that
    /// nobody can open, here or in any copy. Without the master key its lines are removed instead.
    ///
    /// Cost: reads the sessions concerned, for a principal the journal; every segment that holds
    /// something of it is read, hashed and written once. An encrypted session as a whole: a writing of
    /// the keyring and some syncs, whatever its size.
    ///
    /// - Parameters:
    ///   - scope: What is to be erased.
    ///   - options: On which basis, and whether only to say what would go.
    ///   - progress: Called now and then with steps done and steps to do.
    /// - Returns: The certificate; of a dry run only its plan.
    /// - Throws: ``JournalError/Code/held`` where a hold covers some of it,
    ///   ``JournalError/Code/sessionLocked`` for a message of a session whose key is not at hand,
    ///   ``JournalError/Code/eventNotFound`` where the scope covers nothing, and
    ///   ``JournalError/Code/invalidArgument`` where it makes no sense or the basis names whom it is
    ///   about; nothing is erased then.
    @discardableResult
    public func erase(
        _ scope: ErasureScope, options: ErasureOptions,
        progress: (@Sendable (OperationProgress) -> Void)? = nil
    ) async throws -> ErasureCertificate {
        try await check(options, scope)
        for _ in 0..<Self.attemptLimit {
            let planned = try await journal.plan(scope)
            try await journal.checkHolds(over: planned.target)
            if options.isDryRun {
                return ErasureCertificate(
                    planned: planned.plan, scope: scope.name, actor: actor, options)
            }
            guard journal.isWritable else {
                throw JournalError(
                    .readOnly, "the journal was opened for reading; open it for writing")
            }
            // A store that cannot do it says so before anything is asked for.
            try await journal.store.withhold([]) { try await $0() }
            // Where there is a key, what is there is signed, to be held against what is left.
            try await journal.checkpointBeforeDestruction()
            do {
                let request = try await ask(for: planned, scope, options)
                let certificate = try await journal.carryOut(
                    request, target: planned.target, progress)
                try await journal.unmarkFinishedDestruction()
                return certificate
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote to one of the sessions: what is to be erased may be more now.
            }
        }
        throw JournalError(
            .conflict, "others write to these sessions all the time; erase when they are quiet")
    }

    /// What stays must not name whom it is about.
    private func check(_ options: ErasureOptions, _ scope: ErasureScope) async throws {
        guard !options.basis.isEmpty else {
            throw JournalError(
                .invalidArgument, "an erasure names its legal basis, such as \"GDPR 17(1)(b)\"")
        }
        var names: [String] = []
        switch scope {
        case .actor(let name): names = [name]
        case .session(let session), .message(_, in: let session), .events(_, in: let session):
            if let key = try await journal.key(of: session) { names = [key] }
        case .query: break
        }
        for text in [options.basis, options.reason ?? ""] {
            for name in names where !name.isEmpty && text.contains(name) {
                throw JournalError(
                    .invalidArgument,
                    "basis and reason stay in the journal: do not name there whom they are about")
            }
        }
    }

    /// Appends the request, which makes the erasure certain, behind the outlines.
    private func ask(
        for planned: PlannedErasure, _ scope: ErasureScope, _ options: ErasureOptions
    ) async throws -> RequestedErasure {
        let id = journal.newSessionID().hexadecimal
        let tree = try await journal.store.treeHead(at: nil)
        var data: JSONObject = [
            "erasure": .string(id), "scope": .string(scope.name), "basis": .string(options.basis),
            "events": ErasurePlan.json(of: planned.plan.events),
            "count": JSONValue(planned.plan.eventCount),
            "sessions": .array(planned.plan.sessions.map { .string($0.hexadecimal) }),
            "tree": tree.json,
        ]
        if !planned.plan.keys.isEmpty {
            data.append("encrypted", .array(planned.plan.keys.map(\.json)))
        }
        if !planned.plan.locked.isEmpty {
            data.append("locked", .array(planned.plan.locked.map { .string($0.hexadecimal) }))
        }
        if !planned.plan.kept.isEmpty {
            data.append("kept", .array(planned.plan.kept.map { JSONValue($0) }))
        }
        if !options.backups.isEmpty {
            data.append("backups", .array(options.backups.map { .string($0) }))
        }
        let request = EventData(data)
        guard request.bytes.count <= EventLimits.maximumDataSize else {
            throw JournalError(
                .tooLarge, "these are too many events for one erasure; erase them in parts")
        }
        let asking = AppendBatch.Item(
            session: .journal,
            draft: EventDraft(
                .erasureRequested, branch: nil, data: request, reason: options.reason))
        // Whoever may not ask, or not yet, is told before anything is appended.
        _ = try await journal.admitted([asking], by: actor)
        // Nobody who has just finished another one takes the mark away in between.
        let receipts = try await journal.destruction.alone {
            try journal.markDestruction()
            return try await journal.ending(planned.plan.keys) {
                try await append(planned, erasure: id, with: asking)
            }
        }
        guard let receipt = receipts.last else {
            throw JournalError(.failed, "the request of the erasure got no receipt")
        }
        return RequestedErasure(
            id: id, sequence: receipt.sequence, time: receipt.time, actor: actor,
            reason: options.reason, data: .object(data))
    }

    /// Appends the outlines, and behind them what makes them mean something: the request.
    private func append(
        _ planned: PlannedErasure, erasure id: String, with asking: AppendBatch.Item
    ) async throws -> [AppendReceipt] {
        let ownSize = asking.draft.data.bytes.count + EventLimits.maximumEnvelopeSize
        var batch: [AppendBatch.Item] = []
        var conditions: [SessionID: AppendCondition] = [:]
        var size = ownSize
        for part in planned.parts {
            conditions[part.session] = .version(part.version)
            for outline in Self.pieces(of: part.outline, erasure: id) {
                let draft = EventDraft(.erasureOutlined, data: EventData(outline))
                // One commit, where that is large enough. Outlines without a request say nothing.
                let room = draft.data.bytes.count + EventLimits.maximumEnvelopeSize
                if size + room > JournalLimits.commitSize {
                    try await append(batch, if: conditions)
                    (batch, conditions, size) = ([], [:], ownSize)
                }
                batch.append(.init(session: part.session, draft: draft))
                size += room
            }
        }
        return try await append(batch + [asking], if: conditions)
    }

    /// Outlines of a size that one event can hold.
    private static func pieces(of outline: [JSONValue], erasure: String) -> [JSONObject] {
        var pieces: [JSONObject] = []
        for start in stride(from: 0, to: outline.count, by: outlineLimit) {
            let part = outline[start..<min(start + outlineLimit, outline.count)]
            pieces.append(["erasure": .string(erasure), "events": .array(Array(part))])
        }
        return pieces
    }

    /// How many events one outline is about at most: a few megabytes.
    private static let outlineLimit = 16_384
}

/// An erasure that was asked for, as its event says it.
struct RequestedErasure: Sendable {
    var id: String
    var sequence: UInt64
    var time: Timestamp
    var actor: String
    var reason: String?
    var data: JSONValue

    init(
        id: String, sequence: UInt64, time: Timestamp, actor: String, reason: String?,
        data: JSONValue
    ) {
        self.id = id
        self.sequence = sequence
        self.time = time
        self.actor = actor
        self.reason = reason
        self.data = data
    }

    init?(_ event: Event) {
        guard event.kind == .erasureRequested, let data = try? event.data(),
            let id = data["erasure"]?.string
        else { return nil }
        self.init(
            id: id, sequence: event.sequence, time: event.time, actor: event.actor ?? "",
            reason: event.reason, data: data)
    }

    var events: [ClosedRange<UInt64>] { ErasurePlan.events(data["events"]) }

    var sessions: [SessionID] {
        data["sessions"]?.array?.compactMap { $0.string.flatMap { SessionID($0) } } ?? []
    }

    /// The encrypted sessions whose keys are to be destroyed.
    var keys: [KeyErasure] { KeyErasure.all(in: data["encrypted"]) }

    /// Folders of backups that are to be looked into.
    var backups: [String] { data["backups"]?.array?.compactMap(\.string) ?? [] }
}
