package import SessionJournal

/// Drafts for tests.
package enum Drafts {
    /// The event that creates a session.
    package static func created(key: String? = nil) -> EventDraft {
        var data: JSONObject = [:]
        if let key { data.append("key", .string(key)) }
        data.append("schema", 1)
        data.append("metadata", [:])
        return EventDraft(.sessionCreated, data: EventData(data))
    }

    /// An event of the test's own kind.
    package static func note(
        _ text: String, id: String? = nil, branch: String = "main", cause: Cause? = nil
    ) -> EventDraft {
        var draft = EventDraft("x.note", data: ["text": .string(text)])
        draft.id = id
        draft.branch = branch
        draft.cause = cause
        return draft
    }

    /// An id for a session, the same for the same number.
    package static func session(_ number: UInt64) -> SessionID {
        SessionID(high: 0x0198_0000_0000_7000, low: 1 << 63 | number)
    }
}

extension JournalStore {
    /// Appends drafts to one session as `user:test`.
    @discardableResult
    package func append(
        _ drafts: [EventDraft], to session: SessionID, if condition: AppendCondition = .any,
        durability: Durability = .durable
    ) async throws -> [AppendReceipt] {
        try await append(
            AppendBatch(
                actor: "user:test", items: drafts.map { .init(session: session, draft: $0) },
                conditions: [session: condition], durability: durability))
    }

    /// Creates a session and answers with its id.
    @discardableResult
    package func create(_ number: UInt64, key: String? = nil) async throws -> SessionID {
        let session = Drafts.session(number)
        try await append([Drafts.created(key: key)], to: session)
        return session
    }

    /// All events of a query, page by page.
    package func all(_ query: ReadQuery = ReadQuery()) async throws -> [Event] {
        var events: [Event] = []
        var next: ReadQuery? = query
        while let query = next {
            let page = try await read(query)
            events += page.events
            next = page.next
        }
        return events
    }

    package func lastSequence() async throws -> UInt64 { try await position().lastSequence }
}
