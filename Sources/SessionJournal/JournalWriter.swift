/// Writes to a journal in the name of a principal. Got from ``Journal/as(_:)``; as cheap as a
/// reference, and usable by any number of tasks at once.
public struct JournalWriter: Sendable {
    /// The journal.
    public let journal: Journal

    /// The principal, as it stands in every event.
    public let actor: String

    /// Whether sessions that are created through this handle are encrypted: ``encryptingSessions()``.
    public private(set) var encryptsSessions = false

    init(journal: Journal, actor: String) {
        self.journal = journal
        self.actor = actor
    }

    /// The same handle, through which new sessions are created encrypted, each with a key of its own.
    /// The journal must be open with its master key, else creating one throws
    /// ``JournalError/Code/unsupported``. Cost: none.
    public func encryptingSessions() -> JournalWriter {
        var writer = self
        writer.encryptsSessions = true
        return writer
    }

    /// Appends events to a session, all of them or none, in one commit.
    ///
    /// ```swift
    /// let draft = EventDraft(.annotationAdded, data: ["name": "topic", "value": "greetings"])
    /// try await ada.append([draft], to: session, if: .version(7))
    /// ```
    ///
    /// A draft whose `id` is known in the session (of its last ``JournalLimits/rememberedIDs``) is
    /// not stored again: its receipt is that of the first time. So whoever got no answer appends
    /// the same drafts again.
    ///
    /// Cost: one write and, when durable, one sync. Concurrent appends share them.
    ///
    /// - Parameters:
    ///   - drafts: What happened, in order.
    ///   - session: A session that exists, `@journal`, or a new one where the first draft is its
    ///     `session.created`.
    ///   - condition: What must be true of the session.
    ///   - durability: What the answer promises.
    /// - Returns: A receipt for each draft.
    /// - Throws: ``JournalError/Code/conflict`` where the condition does not hold,
    ///   ``JournalError/Code/sessionNotFound``, ``JournalError/Code/unknownKind``,
    ///   ``JournalError/Code/invalidEvent``, ``JournalError/Code/tooLarge``; nothing is stored then.
    @discardableResult
    public func append(
        _ drafts: [EventDraft], to session: SessionID, if condition: AppendCondition = .any,
        durability: Durability = .durable
    ) async throws -> [AppendReceipt] {
        try await append(
            drafts.map { .init(session: session, draft: $0) }, if: [session: condition],
            durability: durability)
    }

    /// Appends one event to a session.
    @discardableResult
    public func append(
        _ draft: EventDraft, to session: SessionID, if condition: AppendCondition = .any,
        durability: Durability = .durable
    ) async throws -> AppendReceipt {
        try await append([draft], to: session, if: condition, durability: durability)[0]
    }

    /// Appends events to any number of sessions, all of them or none, in one commit.
    ///
    /// - Parameters:
    ///   - items: What happened, in order, and in which session.
    ///   - conditions: What must be true of each session that is named.
    ///   - durability: What the answer promises.
    /// - Returns: A receipt for each item.
    /// - Throws: What the first form throws, and in a journal that has
    ///   rules of access ``JournalError/Code/accessDenied`` and ``JournalError/Code/approvalNeeded``.
    @discardableResult
    public func append(
        _ items: [AppendBatch.Item], if conditions: [SessionID: AppendCondition] = [:],
        durability: Durability = .durable
    ) async throws -> [AppendReceipt] {
        var items = items
        if let traceID = Journal.traceID {
            for index in items.indices where items[index].draft.trace == nil {
                items[index].draft.trace = traceID
            }
        }
        items = try await journal.admitted(items, by: actor)
        var batch = AppendBatch(
            actor: actor, items: items, conditions: conditions, durability: durability)
        if encryptsSessions {
            batch.encrypted = Set(
                items.lazy.filter { $0.draft.kind == .sessionCreated }.map(\.session))
        }
        let receipts = try await journal.store.append(batch)
        await journal.checkpointIfDue()
        return receipts
    }
}
