/// A batch whose every name, size and byte has been looked at, before any lock is taken.
package struct PreparedBatch: Sendable {
    /// A draft ready to be given a position.
    package struct Item: Sendable {
        package var session: SessionID
        package var draft: EventDraft
        package var id: IDFingerprint?

        /// The caller's key, in the event that creates a session with one.
        package var key: String?
    }

    package let actor: String
    package let items: [Item]
    package let conditions: [SessionID: AppendCondition]
    /// Sessions that are to be encrypted, if the batch creates them.
    package let encrypted: Set<SessionID>

    /// Bytes that the batch's lines will not exceed.
    let size: Int

    /// Checks a batch. The error names the item and what is wrong with it.
    package init(_ batch: AppendBatch) throws(JournalError) {
        try EventDraft.check(actor: batch.actor)
        try EventRules.check(name: batch.actor, what: "the actor")
        var items: [Item] = []
        items.reserveCapacity(batch.items.count)
        var size = 0
        for (index, item) in batch.items.enumerated() {
            do throws(JournalError) {
                let prepared = try Self.prepare(item, index: index)
                size += try EventRules.lineSize(of: prepared.draft, actor: batch.actor) + 1
                items.append(prepared)
            } catch {
                guard batch.items.count > 1 else { throw error }
                throw error.inItem(index)
            }
        }
        guard size <= JournalLimits.commitSize else {
            throw JournalError.tooLarge(
                "the batch", size: size, limit: JournalLimits.commitSize,
                advice: "Append it in smaller batches.")
        }
        for case .head(let branch, _) in batch.conditions.values {
            try EventRules.check(name: branch, what: "the branch of the condition")
        }
        actor = batch.actor
        self.items = items
        self.size = size
        conditions = batch.conditions.filter { $0.value != .any }
        encrypted = batch.encrypted
    }

    /// For a store that keeps everything as it is.
    ///
    /// - Throws: `unsupported` where a session is to be encrypted.
    func refuseEncryption() throws(JournalError) {
        guard encrypted.isEmpty else {
            throw JournalError(
                .unsupported,
                "this store does not encrypt; keep what is confidential in a journal in files")
        }
    }

    private static func prepare(
        _ item: AppendBatch.Item, index: Int
    ) throws(JournalError) -> Item {
        var draft = item.draft
        if item.session == .journal {
            draft.branch = nil
        } else if draft.branch == nil {
            draft.branch = EventDraft.mainBranch
        }
        try draft.check(position: index)
        try EventRules.checkNames(of: draft)
        var key: String?
        if draft.kind == .sessionCreated {
            key = try EventRules.key(ofCreation: try draft.data.value())
        }
        return Item(
            session: item.session, draft: draft, id: draft.id.map(IDFingerprint.init), key: key)
    }
}
