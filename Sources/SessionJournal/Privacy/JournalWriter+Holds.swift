extension JournalWriter {
    /// Puts what a scope covers under a hold: nothing of it is destroyed until the hold is lifted. An
    /// erasure that is under way stops before its next step.
    ///
    /// Cost: an append; for a query, that query.
    ///
    /// - Parameters:
    ///   - scope: What is held.
    ///   - matter: What it is for: the number of a case, say.
    ///   - reason: Why.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/invalidArgument``.
    @discardableResult
    public func placeHold(
        on scope: HoldScope, matter: String, reason: String? = nil
    ) async throws -> Hold {
        guard !matter.isEmpty else {
            throw JournalError(.invalidArgument, "a hold names the matter that it is for")
        }
        var sessions: [SessionID] = []
        switch scope {
        case .session(let session):
            guard !session.isJournal, try await journal.store.head(of: session) != nil else {
                throw JournalError.sessionNotFound("\(session)")
            }
        case .query(let text):
            sessions = try await journal.sessions(matching: try SessionQuery(parsing: text))
                .sessions.map(\.session)
        case .journal, .actor: break
        }
        let id = journal.newSessionID().hexadecimal
        var data: JSONObject = ["hold": .string(id), "scope": .string(scope.name)]
        if let subject = scope.subject { data.append("subject", .string(subject)) }
        data.append("matter", .string(matter))
        if !sessions.isEmpty {
            data.append("sessions", .array(sessions.map { .string($0.hexadecimal) }))
        }
        let draft = EventDraft(
            .holdPlaced, branch: nil, data: EventData(data), reason: reason)
        // A step that has asked already is over before the hold stands.
        let receipt = try await journal.destruction.alone {
            try await append(draft, to: .journal)
        }
        return Hold(
            id: id, scope: scope, matter: matter, sessions: sessions, sequence: receipt.sequence,
            time: receipt.time, actor: actor, reason: reason)
    }

    /// Lifts a hold.
    ///
    /// - Parameters:
    ///   - name: The hold's id, or how it begins if no other that stands begins so.
    ///   - reason: Why.
    /// - Returns: The hold as it is now.
    /// - Throws: ``JournalError/Code/invalidArgument`` where no hold that stands has that id.
    @discardableResult
    public func liftHold(_ name: String, reason: String? = nil) async throws -> Hold {
        let found = try await journal.holds().filter { !name.isEmpty && $0.id.hasPrefix(name) }
        guard found.count == 1, var hold = found.first else {
            throw JournalError(
                .invalidArgument,
                found.isEmpty
                    ? "no hold that stands has the id \"\(name)\""
                    : "\"\(name)\" begins \(found.count) holds; give more of the id")
        }
        let data: JSONObject = ["hold": .string(hold.id), "matter": .string(hold.matter)]
        let receipt = try await append(
            EventDraft(.holdLifted, branch: nil, data: EventData(data), reason: reason),
            to: .journal)
        hold.lifting = Hold.Lifting(
            sequence: receipt.sequence, time: receipt.time, actor: actor, reason: reason)
        return hold
    }
}
