extension JournalWriter {
    /// Makes a new session with the state of another as of a point: its messages as its branches
    /// show them, metadata, limits, attachments and the runs of tools. The other session is not
    /// touched; nothing of the clone points into it but to say where it is from.
    ///
    /// Each message keeps its id and the moment at which it was said; its event is this actor's,
    /// `onbehalf` of whoever said it, with the event that it was cloned from as its cause. What no
    /// branch shows, earlier texts, notes and labels are not brought. A message that was being
    /// written there is abandoned here. What a merge brought stands on its target as messages of its
    /// own.
    ///
    /// All of it is one commit where it is not larger than 8 MiB. A larger one takes several, of
    /// which the last says that the clone is whole: ``SessionState/clone``. One that was interrupted
    /// says that it is not finished.
    ///
    /// Cost: reads the session twice; memory for its messages' places and for one commit.
    ///
    /// - Parameters:
    ///   - source: A session that exists.
    ///   - branch: The one branch to clone, which becomes `main`; nil for all.
    ///   - point: As of when.
    ///   - key: The caller's own name for the new session, unique in the journal.
    ///   - name: What the new session is called; nil for the same.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/sessionExists``, ``JournalError/Code/eventNotFound`` where the session
    ///   had no event yet, ``JournalError/Code/damaged`` where events of it are lost.
    @discardableResult
    public func clone(
        _ source: SessionID, branch: String? = nil, at point: PointInTime = .now,
        key: String? = nil, name: String? = nil, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> CloneReport {
        try await clone(
            source, branch: branch, at: point, key: key, name: name, reason: reason,
            durability: durability, commitSize: CloneRun.commitSize)
    }

    /// The same with commits of a size of the caller's.
    package func clone(
        _ source: SessionID, branch: String?, at point: PointInTime, key: String?, name: String?,
        reason: String?, durability: Durability, commitSize: Int
    ) async throws -> CloneReport {
        let point = try await journal.settled(point, in: source)
        var state = try await journal.fold(
            SessionProjection(keepsContent: false), over: source, at: point)
        guard state.session != nil, !source.isJournal else {
            throw JournalError(
                .eventNotFound, "session \(source) has no event there that could be cloned")
        }
        state.schema = try await journal.schema(of: state, at: point)
        if let branch, state.tree.branch(branch) == nil {
            throw JournalError.branchNotFound(branch, in: state.tree)
        }
        let texts = try await journal.fold(
            TextPlaces(), over: source, at: .sequence(state.lastSequence),
            kinds: TextPlaces.kinds, damage: .fail)
        let plan = ClonePlan(state, branch: branch) { journal.newMessageID() }
        let origin = CloneOrigin(
            session: source.hexadecimal, sequence: state.lastSequence, branch: branch)
        var creation = sessionCreation(
            key: key, metadata: plan.metadata(of: branch ?? EventDraft.mainBranch, name: name),
            schema: state.schema, occurred: state.createdAt, limits: state.life.limits,
            template: state.template)
        if var data = try creation.data.value().object {
            let own = plan.branchFields(among: data["metadata"]?.object?.names ?? [])
            if !own.isEmpty { data["branch_fields"] = .array(own.map { .string($0) }) }
            data["clone"] = .object(origin.data)
            creation.data = EventData(data)
        }
        creation.reason = reason
        creation.cause = .sequence(state.lastSequence)
        // A copy of what is encrypted is encrypted.
        let isPlain = try await journal.protection(of: source) == .plain
        var run = CloneRun(
            plan, texts, origin: origin, by: isPlain ? self : encryptingSessions(),
            durability: durability, commitSize: commitSize)
        return try await run.write(creation)
    }
}
