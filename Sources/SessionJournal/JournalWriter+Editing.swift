extension JournalWriter {
    /// Gives a message another text on a branch. Every earlier text stays: ``Message/revisions``.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - message: The message, by its id.
    ///   - parts: Its parts from now on.
    ///   - session: A session that exists.
    ///   - branch: The branch that is to show it; nil for this actor's own, or for the message's
    ///     where the actor's does not run through it. Branches that began before show the old text,
    ///     until a merge brings the new one.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The receipt; nil where the message says this already.
    /// - Throws: ``JournalError/Code/messageNotFound`` where the session has no such message or the
    ///   branch does not run through it, and ``JournalError/Code/branchNotFound``.
    @discardableResult
    public func edit(
        _ message: String, parts: [JSONValue], in session: SessionID, branch: String? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, keepsContent: true, reason: reason, durability: durability) {
            state in
            let shown = try state.shown(message, on: branch, by: actor)
            guard shown.message.isRemoved || shown.message.content() != parts else {
                return ([], ())
            }
            let draft = EventDraft(
                .messageEdited, branch: shown.branch,
                data: ["message": .string(shown.message.id), "parts": .array(parts)])
            return ([draft], ())
        }.receipts.first
    }

    /// Gives a message another text on a branch: one part of text.
    @discardableResult
    public func edit(
        _ message: String, text: String, in session: SessionID, branch: String? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await edit(
            message, parts: [["type": "text", "text": .string(text)]], in: session, branch: branch,
            reason: reason, durability: durability)
    }

    /// Lets a message say again what it said as of an event: the one that appended it, or one that
    /// edited or removed it.
    ///
    /// - Throws: ``JournalError/Code/eventNotFound`` where the event is none of those.
    @discardableResult
    public func restore(
        _ message: String, to sequence: UInt64, in session: SessionID, branch: String? = nil,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            let shown = try state.shown(message, on: branch, by: actor)
            guard shown.message.revisions.contains(where: { $0.sequence == sequence }) else {
                throw JournalError(
                    .eventNotFound,
                    "event \(sequence) neither appended nor changed message \(shown.message.id)")
            }
            let now = shown.message.revision?.sequence ?? shown.message.sequence
            guard now != sequence else { return ([], ()) }
            let draft = EventDraft(
                .messageEdited, branch: shown.branch,
                data: ["message": .string(shown.message.id), "restores": JSONValue(sequence)])
            return ([draft], ())
        }.receipts.first
    }

    /// Takes a message out of a branch's conversation. Its place in the tree stays, and so does
    /// every text it had.
    ///
    /// - Returns: The receipt; nil where it is removed already.
    @discardableResult
    public func remove(
        _ message: String, in session: SessionID, branch: String? = nil, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            let shown = try state.shown(message, on: branch, by: actor)
            guard !shown.message.isRemoved else { return ([], ()) }
            let draft = EventDraft(
                .messageRemoved, branch: shown.branch,
                data: ["message": .string(shown.message.id)])
            return ([draft], ())
        }.receipts.first
    }

    /// Changes what is said about a message itself: `ttl` in seconds, `important`, `category`, or
    /// anything else. It holds on every branch. Stores only what changed.
    @discardableResult
    public func setMessageMetadata(
        _ fields: JSONObject, of message: String, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await act(in: session, reason: reason, durability: durability) { state in
            let message = try state.message(message)
            var set: JSONObject = [:]
            for name in fields.names where set[name] == nil {
                guard let value = fields[name], message.metadata[name] != value else { continue }
                set.append(name, value)
            }
            guard !set.isEmpty else { return ([], ()) }
            let draft = EventDraft(
                .messageEdited, branch: state.tree.branchName(ofMessage: message),
                data: ["message": .string(message.id), "set": .object(set)])
            return ([draft], ())
        }.receipts.first
    }
}

extension SessionState {
    /// A message as a branch shows it that runs through it: the one that is named, or the actor's
    /// own, or the message's.
    package func shown(
        _ id: String, on branch: String?, by actor: String
    ) throws(JournalError) -> (message: Message, branch: String) {
        let message = try message(id)
        let own = tree.currentBranch(of: actor)
        var name = try branchName(branch, by: actor)
        if branch == nil, !tree.runs(branch: own, through: message) {
            name = tree.branchName(ofMessage: message)
        }
        guard let place = tree.branchPlaces[name], tree.runs(branch: name, through: message),
            let at = tree.place(of: message.id)
        else {
            throw JournalError(
                .messageNotFound, "the branch “\(name)” does not run through message \(message.id)")
        }
        return (tree.message(at: at, on: place), name)
    }
}
