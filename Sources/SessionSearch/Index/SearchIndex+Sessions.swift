#if Search
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// What is new of one session.
extension SearchIndex {
    /// What the index has to take in of a session; nil where that is nothing. The fold comes with
    /// it where one was needed.
    func news(
        of session: SessionID, known: KnownSession?, through last: UInt64,
        _ schema: MetadataSchema
    ) async throws -> (SessionNews, SessionFold?)? {
        if session.isJournal {
            return try await plainNews(of: session, known: known, through: last).map { ($0, nil) }
        }
        if let known, let fold = shelf.withLock({ $0.take(session, at: known.version) }) {
            return try await foldedNews(of: session, known, fold, through: last, schema)
        }
        if let known, known.isPlain,
            let news = try await plainNews(of: session, known: known, through: last)
        {
            if try await areNew(news.messages, in: known) { return (news, nil) }
        }
        return try await foldedNews(of: session, known, nil, through: last, schema)
    }

    /// The new events of a session, where they leave what is there as it is; nil where one of them
    /// does not, and where there are none.
    private func plainNews(
        of session: SessionID, known: KnownSession?, through last: UInt64
    ) async throws -> SessionNews? {
        var news: SessionNews?
        for try await event in journal.events(
            from: (known?.lastSequence ?? 0) + 1, through: last, session: session, damage: damage)
        {
            guard session.isJournal || event.kind.isPlain else { return nil }
            if news == nil {
                let row = known?.row ?? (session.isJournal ? 0 : event.sequence)
                news = SessionNews(
                    session: session, row: row, known: known, version: 0, lastSequence: 0)
            }
            news?.take(event)
            if event.kind == .messageAppended, !session.isJournal {
                var state = SessionProjection().initialState()
                SessionProjection().apply(event, to: &state)
                news?.messages += state.tree.messages.map { MessageRow($0) }
            }
        }
        return news
    }

    /// Whether no two of these messages, and none that is there, have one id.
    private func areNew(
        _ messages: [MessageRow], in known: KnownSession
    ) async throws -> Bool {
        let ids = messages.map(\.message)
        guard Set(ids).count == ids.count else { return false }
        return try await home.use { connection throws(SQLiteError) in
            for id in ids {
                let found = try connection.first(
                    "SELECT 1 FROM message_row WHERE session_row = ? AND message = ?",
                    [SQLValue(known.row), .text(id)])
                if found != nil { return false }
            }
            return true
        }
    }

    /// The news that a fold gives; one that is there already goes on, else the session is read from
    /// its beginning.
    private func foldedNews(
        of session: SessionID, _ known: KnownSession?, _ earlier: SessionFold?,
        through last: UInt64, _ schema: MetadataSchema
    ) async throws -> (SessionNews, SessionFold?)? {
        var fold = earlier ?? SessionFold()
        var news: SessionNews?
        var changesSession = known == nil
        for try await event in journal.events(
            from: fold.state.lastSequence + 1, through: last, session: session, damage: damage)
        {
            fold.take(event)
            guard event.sequence > known?.lastSequence ?? 0 else { continue }
            if news == nil {
                news = SessionNews(
                    session: session, row: known?.row ?? event.sequence, known: known, version: 0,
                    lastSequence: 0)
            }
            news?.take(event)
            changesSession = changesSession || event.kind.changesSession
        }
        guard var news else { return nil }
        if earlier == nil, let known {
            let marks = try await marks(of: known)
            fold.written = fold.state.tree.messages.map { marks[$0.sequence] ?? 0 }
            news.isAnew = fold.written.count { $0 > 0 } != marks.count
            if news.isAnew { fold.written = [] }
        }
        news.messages = fold.changedMessages()
        news.isPlain = fold.isPlain
        if changesSession { news.rows = fold.rows(schema) }
        return (news, fold)
    }

    /// For each message of a session the event that gave it what its row holds.
    private func marks(of known: KnownSession) async throws -> [UInt64: UInt64] {
        try await home.use { connection throws(SQLiteError) in
            var marks: [UInt64: UInt64] = [:]
            let statement = try connection.statement(
                "SELECT id, text_sequence FROM message_row WHERE session_row = ?",
                [SQLValue(known.row)])
            while try statement.step() {
                marks[UInt64(max(0, statement.integer(0)))] = UInt64(max(1, statement.integer(1)))
            }
            return marks
        }
    }

    // MARK: What nobody searches

    /// Works out the rows of sessions that have had events since these were last worked out: what
    /// SQL shows beside messages and events.
    ///
    /// Cost: reads those sessions from their beginning, unless they are in memory.
    func refreshSessions() async throws {
        guard try await !staleSessions().isEmpty else { return }
        guard let lock = try await home.lock() else {
            throw SQLiteError.readOnly
        }
        defer { lock.release() }
        let state = try await home.use { connection throws(SQLiteError) in
            try IndexState(connection)
        }
        let schema = try await journal.schema(at: .sequence(state.covered))
        for (session, known) in try await staleSessions() {
            try Task.checkCancellation()
            var fold =
                shelf.withLock { $0.take(session, at: known.version) } ?? SessionFold()
            let isFresh = fold.written.isEmpty
            for try await event in journal.events(
                from: fold.state.lastSequence + 1, through: known.lastSequence, session: session,
                damage: damage)
            {
                fold.take(event)
            }
            guard let rows = fold.rows(schema) else { throw SQLiteError.unexpected }
            try await home.use { connection throws(SQLiteError) in
                try connection.transaction { () throws(SQLiteError) in
                    try IndexWriter(connection: connection).write(rows, SQLValue(known.row))
                }
            }
            if !isFresh { shelf.withLock { $0.put(fold, of: session) } }
        }
    }

    private func staleSessions() async throws -> [(SessionID, KnownSession)] {
        try await home.use { connection throws(SQLiteError) in
            var sessions: [(SessionID, KnownSession)] = []
            let statement = try connection.statement(
                """
                SELECT session, id, version, last_sequence FROM session_row
                WHERE derived < version AND id > 0
                """)
            while try statement.step() {
                guard let session = statement.text(0).flatMap({ SessionID($0) }) else {
                    throw SQLiteError.unexpected
                }
                sessions.append(
                    (
                        session,
                        KnownSession(
                            row: UInt64(max(0, statement.integer(1))),
                            version: UInt64(max(0, statement.integer(2))),
                            lastSequence: UInt64(max(0, statement.integer(3))), isPlain: false)
                    ))
            }
            return sessions
        }
    }
}

extension SessionNews {
    /// Takes in what is on record of an event whatever its kind.
    fileprivate mutating func take(_ event: Event) {
        version = event.version
        lastSequence = event.sequence
        events.append((event.sequence, event.row))
        if event.kind == .fieldDeclared { declaresFields = true }
    }
}
#endif
