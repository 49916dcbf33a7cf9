/// A merge that was made.
public struct MergeReceipt: Sendable {
    /// The id of the merge, which the next message of the branch answers.
    public let merge: String

    /// What it did.
    public let preview: MergePreview

    /// Where its event stands.
    public let receipt: AppendReceipt
}

extension JournalWriter {
    /// Merges one branch into another, as ``SessionState/mergePreview(_:into:strategy:take:)`` says.
    /// Both parents are kept, and every conflict with its decision.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - source: The branch to merge.
    ///   - target: The branch to merge into; nil for the one that the source came from.
    ///   - session: A session that exists.
    ///   - strategy: What to do where both sides changed something. `.append`, the default, brings
    ///     the messages alone.
    ///   - take: Decisions by name: the field, or the id of the message. They go before the strategy.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: What was merged; nil where nothing was to be merged, and nothing is appended then.
    /// - Throws: ``JournalError/Code/mergeConflict`` where a conflict is not decided,
    ///   ``JournalError/Code/branchNotFound``, ``JournalError/Code/invalidArgument``.
    @discardableResult
    public func merge(
        _ source: String, into target: String? = nil, in session: SessionID,
        strategy: MergeStrategy = .append, take: [String: MergeConflict.Side] = [:],
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> MergeReceipt? {
        let id = journal.newMessageID()
        let (preview, receipts) = try await act(
            in: session, keepsContent: true, reason: reason,
            durability: durability
        ) { state in
            let preview = try state.mergePreview(
                source, into: target, strategy: strategy, take: take)
            return (try state.merging(preview, id: id).map { [$0] } ?? [], preview)
        }
        return receipts.first.map { MergeReceipt(merge: id, preview: preview, receipt: $0) }
    }
}
