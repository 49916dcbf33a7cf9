extension JournalWriter {
    /// Appends a message of text behind the last message of a branch.
    ///
    /// Cost: as an append. The first message that this journal appends to a session reads the
    /// session once, to know which message came last.
    ///
    /// - Parameters:
    ///   - role: `system`, `user`, `assistant` or `tool`.
    ///   - text: The message.
    ///   - session: A session that exists.
    ///   - branch: The branch that it is said on; nil for this actor's own, which is `main` until it
    ///     switches.
    ///   - model: The model that wrote it.
    ///   - id: Makes the call idempotent: a message that was stored under it already is not stored
    ///     again.
    ///   - durability: What the answer promises.
    /// - Returns: The id of the message, and where its event stands.
    /// - Throws: ``JournalError/Code/branchNotFound``, ``JournalError/Code/sessionNotFound``;
    ///   ``JournalError/Code/limitReached`` where the session's limits reject it.
    @discardableResult
    public func say(
        _ role: String, _ text: String, in session: SessionID, branch: String? = nil,
        model: String? = nil, id: String? = nil, durability: Durability = .durable
    ) async throws -> MessageReceipt {
        try await say(
            role, parts: [["type": "text", "text": .string(text)]], in: session, branch: branch,
            model: model, id: id, durability: durability)
    }

    /// Appends a message of any parts behind the last message of a branch.
    ///
    /// - Parameters:
    ///   - role: `system`, `user`, `assistant` or `tool`.
    ///   - parts: Its parts, as the catalogue of kinds describes them under `message.appended`.
    ///   - session: A session that exists.
    ///   - branch: The branch that it is said on; nil for this actor's own, which is `main` until it
    ///     switches.
    ///   - model: The model that wrote it.
    ///   - metadata: What is said about the message itself: `ttl` in seconds, `important`,
    ///     `category`, or anything else.
    ///   - references: Messages, of this session or others, that it refers to.
    ///   - id: Makes the call idempotent: a message that was stored under it already is not stored
    ///     again.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: The id of the message, and where its event stands.
    @discardableResult
    public func say(
        _ role: String, parts: [JSONValue], in session: SessionID, branch: String? = nil,
        model: String? = nil, metadata: JSONObject = [:], references: [MessageReference] = [],
        id: String? = nil, reason: String? = nil, durability: Durability = .durable
    ) async throws -> MessageReceipt {
        var more: JSONObject = ["role": .string(role), "parts": .array(parts)]
        if let model { more.append("model", .string(model)) }
        if !metadata.isEmpty { more.append("metadata", .object(metadata)) }
        if !references.isEmpty { more.append("references", .array(references.map(\.json))) }
        return try await say(
            more, in: session, branch: branch, id: id, reason: reason, durability: durability
        ).receipt
    }

    /// Appends a message behind the last one of a branch, and says which branch that is.
    ///
    /// - Parameter content: All of the event's data but the ids of message and parent.
    func say(
        _ content: JSONObject, in session: SessionID, branch: String?, id: String?,
        reason: String? = nil, durability: Durability
    ) async throws -> (receipt: MessageReceipt, branch: String) {
        // A message that is sent again under its id must be the same message.
        let message = id ?? journal.newMessageID()
        for attempt in 0..<Self.attemptLimit {
            let head = try await journal.conversationHead(
                session, branch: branch, actor: actor, isFresh: attempt > 0)
            var data: JSONObject = [
                "message": .string(message), "parent": head.message?.json ?? .null,
            ]
            for member in content { data.append(member.name, member.value) }
            var draft = EventDraft(.messageAppended, data: EventData(data))
            draft.branch = head.branch
            draft.id = id
            draft.reason = reason
            do {
                let marks = try await limitMarks(
                    for: [draft], in: session, at: head.version)
                let receipt = try await append(
                    [draft] + marks, to: session, if: .version(head.version),
                    durability: durability)[0]
                if !receipt.isDuplicate {
                    journal.meters.advance(session, to: receipt)
                    journal.conversations.advance(
                        session, branch: head.branch, to: message, version: receipt.version)
                }
                return (MessageReceipt(message: message, receipt: receipt), head.branch)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between: the last message may be another one now.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }
}

/// A message that was appended.
public struct MessageReceipt: Sendable, Hashable {
    /// The id of the message.
    public var message: String

    /// Where its event stands.
    public var receipt: AppendReceipt
}

extension Journal {
    /// A new id for a message: 32 hexadecimal digits that sort by time.
    func newMessageID() -> String { newSessionID().hexadecimal }

    /// A new id in the layout of UUID version 7.
    func newSessionID() -> SessionID {
        SessionID.make(at: options.clock(), noise: options.random(16))
    }
}
