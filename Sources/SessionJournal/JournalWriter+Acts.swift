extension JournalWriter {
    /// How often a read and conditional append is tried when others write to the same session.
    static let attemptLimit = 64

    /// Works out from a session's state what to append, and appends it if nobody wrote in between;
    /// else works it out anew. Appends nothing where there is nothing to append.
    ///
    /// Cost: as ``Journal/state(of:at:branch:damage:)``.
    func act<Answer>(
        in session: SessionID, keepsContent: Bool = false, reason: String?,
        durability: Durability,
        _ plan: (SessionState) async throws -> (drafts: [EventDraft], answer: Answer)
    ) async throws -> (answer: Answer, receipts: [AppendReceipt]) {
        for _ in 0..<Self.attemptLimit {
            var state = try await journal.foldState(
                of: session, at: .now, keepsContent: keepsContent)
            state.schema = try await journal.schema(of: state, at: .now)
            var (drafts, answer) = try await plan(state)
            guard !drafts.isEmpty else { return (answer, []) }
            for index in drafts.indices where drafts[index].reason == nil {
                drafts[index].reason = reason
            }
            do {
                let receipts = try await append(
                    drafts, to: session, if: .version(state.version), durability: durability)
                return (answer, receipts)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between: what is to be appended may be something else now.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    /// The session as of an event of its own, for acts that go back to one.
    func past(_ session: SessionID, at sequence: UInt64) async throws -> SessionState {
        try await journal.foldState(
            of: session, at: .sequence(sequence), keepsContent: false)
    }
}
