extension JournalWriter {
    /// Sets fields of a session's metadata. Stores only what changed, and nothing when nothing did.
    ///
    /// Cost: reads the session, to know what changes.
    ///
    /// - Parameters:
    ///   - fields: The new values.
    ///   - session: A session that exists.
    ///   - branch: The branch that `model`, `context_window` and `max_tokens` are set on. Other
    ///     fields belong to the session.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipts of the events that were appended: one for the session's fields, one
    ///   for the branch's.
    @discardableResult
    public func setMetadata(
        _ fields: JSONObject, in session: SessionID, branch: String = EventDraft.mainBranch,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> [AppendReceipt] {
        for _ in 0..<Self.attemptLimit {
            let state = try await journal.state(of: session, at: .now, branch: branch)
            let drafts = changes(
                fields, from: state.metadata(on: branch), branch: branch, reason: reason)
            guard !drafts.isEmpty else { return [] }
            do {
                return try await append(
                    drafts, to: session, if: .version(state.version), durability: durability)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between: what changes must be found anew.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    private func changes(
        _ fields: JSONObject, from metadata: JSONObject, branch: String, reason: String?
    ) -> [EventDraft] {
        var ofSession: JSONObject = [:]
        var ofBranch: JSONObject = [:]
        var seen: Set<String> = []
        for name in fields.names where seen.insert(name).inserted {
            guard let value = fields[name], metadata[name] != value else { continue }
            if MetadataField.scope(of: name) == .branch {
                ofBranch.append(name, value)
            } else {
                ofSession.append(name, value)
            }
        }
        if branch == EventDraft.mainBranch {
            for member in ofBranch.members { ofSession.append(member.name, member.value) }
            ofBranch = [:]
        }
        return [(EventDraft.mainBranch, ofSession), (branch, ofBranch)].compactMap { branch, set in
            guard !set.isEmpty else { return nil }
            var draft = EventDraft(
                .sessionMetadataChanged, data: ["set": .object(set)])
            draft.branch = branch
            draft.reason = reason
            return draft
        }
    }
}
