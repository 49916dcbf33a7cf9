internal import Synchronization

/// A message that is being written: opened, continued in chunks, and then finished or abandoned.
///
/// Chunks are readable as soon as they are appended, and become durable with the next durable append
/// of the journal, at the latest when the message is finished. A writer that is gone in between
/// leaves what came until then, and the message says that it is a part: ``Message/State/partial``.
///
/// ```swift
/// let answer = try await agent.openMessage("assistant", in: session)
/// try await answer.append("Let me ")
/// try await answer.append("think.")
/// try await answer.finish()
/// ```
///
/// One task writes to it at a time.
public final class MessageStream: Sendable {
    /// The id of the message.
    public let message: String

    /// Where the event stands that opened it.
    public let receipt: AppendReceipt

    private let writer: JournalWriter
    private let session: SessionID
    private let branch: String

    private struct Progress {
        var lastType: String?
        var isEnded = false
    }

    private let progress = Mutex(Progress())

    init(_ opened: MessageReceipt, writer: JournalWriter, session: SessionID, branch: String) {
        message = opened.message
        receipt = opened.receipt
        self.writer = writer
        self.session = session
        self.branch = branch
    }

    /// Appends a piece of text, which goes on where the last one ends.
    ///
    /// - Parameters:
    ///   - text: The piece.
    ///   - type: `text`, or `thinking` for what a model thinks.
    ///   - durability: What the answer promises. By default the piece is readable at once and durable
    ///     later.
    /// - Throws: ``JournalError/Code/invalidArgument`` after the message has ended.
    @discardableResult
    public func append(
        _ text: String, type: String = "text", durability: Durability = .buffered
    ) async throws -> AppendReceipt {
        var part: JSONObject = ["type": .string(type), "text": .string(text)]
        if progress.withLock({ $0.lastType == type }) { part.append("continues", true) }
        return try await append(parts: [.object(part)], durability: durability)
    }

    /// Appends whole parts.
    @discardableResult
    public func append(
        parts: [JSONValue], durability: Durability = .buffered
    ) async throws -> AppendReceipt {
        try progress.withLock { progress in
            guard !progress.isEnded else {
                throw JournalError(
                    .invalidArgument, "message \(message) has ended; open another one")
            }
            if let type = parts.last?["type"]?.string { progress.lastType = type }
        }
        let draft = EventDraft(
            .messageExtended, branch: branch,
            data: ["message": .string(message), "parts": .array(parts)])
        return try await writer.append(draft, to: session, durability: durability)
    }

    /// Ends the message: it is all there.
    ///
    /// - Parameters:
    ///   - usage: What it cost in tokens.
    ///   - durability: What the answer promises.
    @discardableResult
    public func finish(
        usage: JSONValue? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        progress.withLock { $0.isEnded = true }
        return try await writer.finishMessage(
            message, in: session, as: .complete, usage: usage, durability: durability)
    }

    /// Gives the message up; what is there stays.
    @discardableResult
    public func abandon(
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        progress.withLock { $0.isEnded = true }
        return try await writer.finishMessage(
            message, in: session, as: .abandoned, reason: reason, durability: durability)
    }
}

extension JournalWriter {
    /// Opens a message that will come in chunks, behind the last message of a branch.
    ///
    /// - Parameters:
    ///   - role: `system`, `user`, `assistant` or `tool`.
    ///   - session: A session that exists.
    ///   - branch: The branch that it is said on; nil for this actor's own.
    ///   - model: The model that writes it.
    ///   - metadata: What is said about the message itself.
    ///   - durability: What the answer promises.
    public func openMessage(
        _ role: String, in session: SessionID, branch: String? = nil, model: String? = nil,
        metadata: JSONObject = [:], durability: Durability = .durable
    ) async throws -> MessageStream {
        var content: JSONObject = ["role": .string(role), "parts": [], "streaming": true]
        if let model { content.append("model", .string(model)) }
        if !metadata.isEmpty { content.append("metadata", .object(metadata)) }
        let opened = try await say(
            content, in: session, branch: branch, id: nil, durability: durability)
        return MessageStream(
            opened.receipt, writer: self, session: session, branch: opened.branch)
    }

    /// Ends a message that was opened and not finished, by whomever: a writer that comes back after
    /// a crash settles with it what it finds in the state ``Message/State/partial``.
    ///
    /// Cost: reads the session.
    ///
    /// - Returns: The receipt; nil where the message has ended already.
    /// - Throws: ``JournalError/Code/messageNotFound``, and ``JournalError/Code/invalidArgument`` for
    ///   the state `partial`.
    @discardableResult
    public func finishMessage(
        _ message: String, in session: SessionID, as state: Message.State,
        usage: JSONValue? = nil, reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        guard state != .partial else {
            throw JournalError(.invalidArgument, "a message ends as complete or as abandoned")
        }
        return try await act(in: session, reason: reason, durability: durability) { session in
            let message = try session.message(message)
            guard message.state == .partial else { return ([], ()) }
            var data: JSONObject = [
                "message": .string(message.id), "status": .string(state.rawValue),
            ]
            data["usage"] = usage
            let draft = EventDraft(
                .messageFinished, branch: session.tree.branchName(ofMessage: message),
                data: EventData(data))
            return ([draft], ())
        }.receipts.first
    }
}
