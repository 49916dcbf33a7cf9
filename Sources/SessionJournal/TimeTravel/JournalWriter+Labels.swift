extension JournalWriter {
    /// Gives an event of a session a name, by which every reading act finds it:
    /// ``PointInTime/label(_:)``.
    ///
    /// A name is at one event of a session. One that is at another already moves only when that is
    /// asked for; the event that is appended then says from where.
    ///
    /// Cost: looks at the session's events, for the names that there are.
    ///
    /// - Parameters:
    ///   - name: Any text of 1 to ``JournalLimits/labelSize`` bytes without control characters.
    ///   - sequence: The event that gets the name, one of the session's.
    ///   - session: A session that exists.
    ///   - moving: Whether a name that is at another event moves.
    ///   - reason: Why.
    ///   - durability: What the answer promises.
    /// - Returns: Where the event stands that was appended; nil where the name was there already.
    /// - Throws: ``JournalError/Code/invalidArgument`` for a name that can be none,
    ///   ``JournalError/Code/eventNotFound`` where the event is none of the session's, and
    ///   ``JournalError/Code/conflict`` where the name is at another event.
    @discardableResult
    public func label(
        _ name: String, at sequence: UInt64, in session: SessionID, moving: Bool = false,
        reason: String? = nil, durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try Self.check(label: name)
        guard let event = try await journal.event(at: sequence), event.session == session else {
            throw JournalError(
                .eventNotFound,
                "event \(sequence) is none of session \(session); a label names one of its own")
        }
        return try await changeLabel(name, in: session, reason, durability) { known in
            guard known?.sequence != sequence else { return nil }
            var data: JSONObject = ["label": .string(name), "seq": JSONValue(sequence)]
            if let known {
                guard moving else { throw JournalError.labelTaken(known) }
                data.append("was", JSONValue(known.sequence))
            }
            return EventDraft(.labelAdded, data: EventData(data))
        }
    }

    /// Gives up a name. What it named stays as it is.
    ///
    /// Cost: looks at the session's events, for the names that there are.
    ///
    /// - Returns: Where the event stands that was appended.
    /// - Throws: ``JournalError/Code/labelNotFound``.
    @discardableResult
    public func removeLabel(
        _ name: String, in session: SessionID, reason: String? = nil,
        durability: Durability = .durable
    ) async throws -> AppendReceipt? {
        try await changeLabel(name, in: session, reason, durability) { known in
            guard let known else {
                throw JournalError.labelNotFound(
                    name, in: session,
                    known: try await journal.labels(of: session).labels.map(\.name))
            }
            return EventDraft(
                .labelRemoved,
                data: ["label": .string(name), "seq": JSONValue(known.sequence)])
        }
    }

    /// Appends what `draft` makes of the label as it is; again, where somebody wrote in between.
    private func changeLabel(
        _ name: String, in session: SessionID, _ reason: String?, _ durability: Durability,
        _ draft: (SessionLabel?) async throws -> EventDraft?
    ) async throws -> AppendReceipt? {
        for _ in 0..<Self.attemptLimit {
            guard let head = try await journal.store.head(of: session) else {
                throw JournalError.sessionNotFound("\(session)")
            }
            let known = try await journal.labels(of: session)[name]
            guard var draft = try await draft(known) else { return nil }
            draft.reason = reason
            do {
                return try await append(
                    draft, to: session, if: .version(head.version), durability: durability)
            } catch let error as JournalError where error.code == .conflict {
                // Somebody wrote in between: the name may be taken by now.
            }
        }
        throw JournalError.contention(session, attempts: Self.attemptLimit)
    }

    private static func check(label name: String) throws(JournalError) {
        guard !name.isEmpty, name.utf8.count <= JournalLimits.labelSize,
            name.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7F })
        else {
            throw JournalError(
                .invalidArgument,
                "a label is 1 to \(JournalLimits.labelSize) bytes of text without control "
                    + "characters; give another name")
        }
    }
}

extension JournalError {
    fileprivate static func labelTaken(_ label: SessionLabel) -> JournalError {
        JournalError(
            .conflict,
            "“\(label.name)” is at event \(label.sequence) already; move it on purpose, or give "
                + "another name")
    }
}
