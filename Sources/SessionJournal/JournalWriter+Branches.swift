extension JournalWriter {
    /// Creates a branch. Its beginning, first metadata and first message are one commit; nothing is
    /// copied.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - name: Its name, at most ``EventLimits/maximumBranchSize`` bytes, new in the session.
    ///   - session: A session that exists.
    ///   - start: Where it begins.
    ///   - parent: The branch that it comes from. Nil for this actor's own, or for the branch of the
    ///     message that it begins at where the actor's does not run through it.
    ///   - type: Why it is there: `.fork`, `.sidechain`, `.thread`.
    ///   - description: What it is for.
    ///   - metadata: First values of the fields that a branch has of its own.
    ///   - message: What is said first on it: a role and a text.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipts, that of the branch first, and the id of the first message.
    /// - Throws: ``JournalError/Code/branchExists``, ``JournalError/Code/branchNotFound``,
    ///   ``JournalError/Code/messageNotFound``, ``JournalError/Code/eventNotFound``, and
    ///   ``JournalError/Code/tooLarge`` where it would be nested deeper than
    ///   ``JournalOptions/branchDepth``; ``JournalError/Code/limitReached`` where the session's limits
    ///   reject the first message.
    @discardableResult
    public func createBranch(
        _ name: String, in session: SessionID, from start: BranchStart = .head,
        of parent: String? = nil, type: Branch.Kind = .fork, description: String? = nil,
        metadata: JSONObject = [:], firstMessage message: (role: String, text: String)? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> (receipts: [AppendReceipt], message: String?) {
        let id = message.map { _ in journal.newMessageID() }
        let depthLimit = journal.options.branchDepth
        let (_, receipts) = try await act(in: session, reason: reason, durability: durability) {
            state in
            var past: SessionState?
            if case .event(let sequence) = start {
                past = try await self.past(session, at: sequence)
            }
            let new = SessionState.NewBranch(
                name, start: start, parent: parent, type: type, text: description,
                metadata: metadata, past: past, depthLimit: depthLimit)
            var (drafts, head) = try state.creation(of: new, by: actor)
            if let message, let id {
                drafts.append(
                    EventDraft(
                        .messageAppended, branch: name,
                        data: [
                            "message": .string(id), "parent": head?.json ?? .null,
                            "role": .string(message.role),
                            "parts": [["type": "text", "text": .string(message.text)]],
                        ]))
            }
            // One act, which is undone as one.
            for index in drafts.indices.dropFirst() { drafts[index].cause = .inBatch(0) }
            drafts += try await limitMarks(for: drafts, in: session, at: state.version)
            return (drafts, ())
        }
        return (receipts, id)
    }

    /// Makes a branch this actor's own: what it says without naming a branch goes there. Others stay
    /// where they are. The session's current branch, which is shown where none is named, is the one
    /// that anybody switched to last.
    ///
    /// - Returns: The receipt; nil where nothing changes.
    @discardableResult
    public func switchBranch(
        to name: String, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            (try state.switching(to: name, by: actor), ())
        }.receipts.first
    }

    /// Gives a branch another name. Earlier events keep the old one.
    ///
    /// - Returns: The receipt; nil where the name is the same.
    /// - Throws: ``JournalError/Code/branchExists``, ``JournalError/Code/branchNotFound``, and
    ///   ``JournalError/Code/invalidArgument`` for `main`.
    @discardableResult
    public func renameBranch(
        _ name: String, to new: String, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            (try state.renaming(name, to: new, by: actor), ())
        }.receipts.first
    }

    /// Puts a branch away: it is no longer listed, its name is free, and whose own it was is on
    /// `main` again. Its messages stay in the tree, and earlier points in time have it as it was.
    ///
    /// - Throws: ``JournalError/Code/branchNotFound``, and ``JournalError/Code/invalidArgument`` for
    ///   `main`.
    @discardableResult
    public func deleteBranch(
        _ name: String, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            (try state.deletion(of: name, by: actor), ())
        }.receipts.first
    }

    /// Brings back the branch of a name that was deleted last.
    ///
    /// - Throws: ``JournalError/Code/branchNotFound`` where none was, and
    ///   ``JournalError/Code/branchExists`` where another one has the name now.
    @discardableResult
    public func restoreBranch(
        _ name: String, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            (try state.restoration(of: name), ())
        }.receipts.first
    }

    /// Moves a branch's head to a message that it runs through, or to where it stood at an event.
    /// What stood behind stays in the tree, and a rewind to a later event brings it back. Metadata
    /// and edits stay as they are.
    ///
    /// - Parameters:
    ///   - branch: The branch; nil for this actor's own.
    ///   - target: Where to.
    ///   - session: A session that exists.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipt; nil where the head is there.
    /// - Throws: ``JournalError/Code/messageNotFound`` where the branch does not run through the
    ///   message, ``JournalError/Code/eventNotFound`` where it was not there at the event.
    @discardableResult
    public func rewind(
        _ branch: String? = nil, to target: RewindTarget, in session: SessionID,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            var past: SessionState?
            if case .event(let sequence) = target {
                past = try await self.past(session, at: sequence)
            }
            return (
                try state.rewinding(
                    branch, to: target, past: past, id: journal.newMessageID(), by: actor), ()
            )
        }.receipts.first
    }

    /// Clears the conversation of a branch: one event moves its head before the first message, and
    /// what is said next begins anew. What was said before stays in the tree and in the counts, and
    /// `undo`, or a rewind to an earlier event, brings it back.
    ///
    /// - Parameters:
    ///   - branch: The branch; nil for this actor's own.
    ///   - session: A session that exists.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipt; nil where the branch has no messages.
    @discardableResult
    public func clearConversation(
        _ branch: String? = nil, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await rewind(
            branch, to: .start, in: session, reason: reason, durability: durability)
    }
}
