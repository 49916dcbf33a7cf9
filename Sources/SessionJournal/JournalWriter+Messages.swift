internal import Synchronization

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
    ///   - branch: The branch that it is said on.
    ///   - model: The model that wrote it.
    ///   - id: Makes the call idempotent: a message that was stored under it already is not stored
    ///     again.
    ///   - durability: What the answer promises.
    /// - Returns: The id of the message, and where its event stands.
    /// - Throws: ``JournalError/Code/limitReached`` where the session's limits reject it.
    @discardableResult
    public func say(
        _ role: String, _ text: String, in session: SessionID,
        branch: String = EventDraft.mainBranch,
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
    ///   - branch: The branch that it is said on.
    ///   - model: The model that wrote it.
    ///   - id: Makes the call idempotent: a message that was stored under it already is not stored
    ///     again.
    ///   - durability: What the answer promises.
    /// - Returns: The id of the message, and where its event stands.
    @discardableResult
    public func say(
        _ role: String, parts: [JSONValue], in session: SessionID,
        branch: String = EventDraft.mainBranch,
        model: String? = nil, id: String? = nil, durability: Durability = .durable
    ) async throws -> MessageReceipt {
        // A message that is sent again under its id must be the same message.
        let message = id ?? journal.newMessageID()
        for attempt in 0..<Self.attemptLimit {
            let head = try await journal.conversation(
                session, branch: branch, isFresh: attempt > 0)
            var data: JSONObject = [
                "message": .string(message),
                "parent": head.message.map { .string($0) } ?? .null,
                "role": .string(role), "parts": .array(parts),
            ]
            if let model { data.append("model", .string(model)) }
            var draft = EventDraft(.messageAppended, data: EventData(data))
            draft.branch = branch
            draft.id = id
            do {
                let marks = try await limitMarks(for: draft, in: session)
                let receipt = try await append(
                    [draft] + marks, to: session, if: .version(head.version),
                    durability: durability)[0]
                if !receipt.isDuplicate {
                    journal.conversations.note(
                        .init(version: receipt.version, message: message), session: session,
                        branch: branch)
                }
                return MessageReceipt(message: message, receipt: receipt)
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

    /// Where a conversation stands: from memory, or from the session's events.
    func conversation(
        _ session: SessionID, branch: String, isFresh: Bool
    ) async throws -> ConversationHeads.Head {
        if !isFresh, let known = conversations.head(session, branch: branch) { return known }
        // The last message, or where the branch begins when it has none.
        var last: Event?
        var version: UInt64 = 0
        for try await event in events(session: session) {
            version = event.version
            if event.kind == .messageAppended, event.branch == branch {
                last = event
            } else if event.kind == .branchCreated,
                try event.data()["branch"]?.string == branch
            {
                last = event
            }
        }
        let data = try last?.data()
        let message = last?.kind == .messageAppended ? data?["message"] : data?["from"]
        let head = ConversationHeads.Head(version: version, message: message?.string)
        conversations.note(head, session: session, branch: branch)
        return head
    }
}

extension JournalWriter {
    /// How often a read and conditional append is tried when others write to the same session.
    static let attemptLimit = 64
}

/// The last message of the branches that were written to lately: a hint, checked by the version of
/// the session when it is used.
final class ConversationHeads: Sendable {
    struct Head: Sendable {
        /// The version of the session at which `message` was the last message.
        var version: UInt64
        var message: String?
    }

    private struct Key: Hashable {
        var session: SessionID
        var branch: String
    }

    /// The largest number of branches that are remembered.
    private static let limit = 4_096
    private let heads = Mutex<[Key: Head]>([:])

    func head(_ session: SessionID, branch: String) -> Head? {
        heads.withLock { $0[Key(session: session, branch: branch)] }
    }

    func note(_ head: Head, session: SessionID, branch: String) {
        heads.withLock { heads in
            if heads.count >= Self.limit { heads.removeAll() }
            heads[Key(session: session, branch: branch)] = head
        }
    }
}
