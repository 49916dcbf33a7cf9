extension JournalWriter {
    /// Sets fields of a session's metadata: ``change(_:in:branch:if:since:reason:durability:)`` with
    /// values alone.
    ///
    /// - Parameters:
    ///   - fields: The new values.
    ///   - session: A session that exists.
    ///   - branch: The branch that fields of branches are set on. Other fields belong to the
    ///     session.
    ///   - condition: What must be true of the session.
    ///   - since: The version of the session that the caller has read.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipts of the events that were appended: one for the session's fields, one
    ///   for the branch's.
    @discardableResult
    public func setMetadata(
        _ fields: JSONObject, in session: SessionID, branch: String = EventDraft.mainBranch,
        if condition: AppendCondition = .any, since: UInt64? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> [AppendReceipt] {
        try await change(
            MetadataUpdate(set: fields), in: session, branch: branch, if: condition, since: since,
            reason: reason, durability: durability)
    }

    /// Changes a session's metadata. Stores only what changed, and nothing when nothing did.
    ///
    /// What others write meanwhile is read again, and both changes count where they touch different
    /// fields, or are elements that are added to a set or removed from it. Where both set the same
    /// field, the later one counts, unless the caller says what it has read: with `since`, a field
    /// that somebody changed after that version is a conflict. A set that is given whole is merged
    /// with it: what the caller added is added, what it left out is removed.
    ///
    /// The merged result is checked against the journal's ``Journal/schema(at:)``, so that also a
    /// value that an import brought stands in the way until ``repairMetadata(of:isDryRun:reason:)``
    /// has mended it.
    ///
    /// Cost: reads the session, to know what changes.
    ///
    /// - Parameters:
    ///   - update: What is to change.
    ///   - session: A session that exists.
    ///   - branch: The branch that fields of branches are changed on. Other fields belong to the
    ///     session.
    ///   - condition: What must be true of the session; where it is not, nothing is tried again.
    ///   - since: The version of the session that the caller has read; nil where it has read none.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipts of the events that were appended.
    /// - Throws: ``JournalError/Code/invalidMetadata``, which names every field that is wrong, and
    ///   ``JournalError/Code/conflict``, which names the fields that somebody else changed.
    @discardableResult
    public func change(
        _ update: MetadataUpdate, in session: SessionID, branch: String = EventDraft.mainBranch,
        if condition: AppendCondition = .any, since: UInt64? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> [AppendReceipt] {
        for _ in 0..<Self.attemptLimit {
            let state = try await journal.readState(of: session, branch: branch)
            if case .version(let expected) = condition, expected != state.version {
                throw JournalError.versionConflict(
                    session, expected: expected, actual: state.version)
            }
            let plan = MetadataPlan(
                update, on: state, branch: branch,
                since: try await base(of: state, since: since))
            guard plan.problems.isEmpty else { throw JournalError.invalidMetadata(plan.problems) }
            guard plan.clashes.isEmpty else {
                throw JournalError.metadataConflict(session, plan.clashes)
            }
            let drafts = plan.drafts(reason: reason)
            guard !drafts.isEmpty else { return [] }
            do {
                let condition = condition == .any ? .version(state.version) : condition
                return try await append(
                    drafts, to: session, if: condition, durability: durability)
            } catch let error as JournalError where error.code == .conflict && condition == .any {
                // Somebody wrote in between: what changes must be found anew.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    /// The state that a caller has read.
    private func base(of state: SessionState, since: UInt64?) async throws -> SessionState? {
        guard let since, let session = state.session else { return nil }
        guard since <= state.version else {
            throw JournalError(
                .invalidArgument,
                "session \(session) is at version \(state.version): nobody has read \(since) of it")
        }
        guard since < state.version else { return state }
        var base = SessionProjection(keepsContent: false).initialState()
        for try await event in journal.events(through: state.lastSequence, session: session) {
            guard event.version <= since else { break }
            SessionProjection(keepsContent: false).apply(event, to: &base)
        }
        return base
    }
}

extension JournalError {
    /// Fields that somebody changed after the caller had read them.
    static func metadataConflict(
        _ session: SessionID, _ clashes: [MetadataPlan.Clash]
    ) -> JournalError {
        let fields = clashes.map { "“\($0.field)” (event \($0.sequence))" }
            .joined(separator: ", ")
        return JournalError(
            .conflict,
            "others changed \(fields) of session \(session) since it was read; nothing was "
                + "appended: read what is new and try again")
    }
}
