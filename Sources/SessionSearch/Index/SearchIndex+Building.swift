#if Search
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// How the index is brought up to date.
extension SearchIndex {
    private static let batchSessions = 2_000
    private static let visibilityAttempts = 20
    private static let visibilityInterval = Duration.milliseconds(25)
    /// Up to so many new events say themselves which sessions they belong to; above, the heads do.
    private static let readAhead: UInt64 = 20_000

    /// Takes in all events up to the last there is now.
    func bringUp(_ progress: ((OperationProgress) -> Void)?) async throws {
        let last = try await journal.latestSequence()
        if journal.opensEncrypted, home.place.kind != .memory { try home.move(to: .memory) }
        if home.place.kind == .journal, !home.canWrite { try home.move(to: .frozen) }
        try await forgetErased(through: last)
        if try await isCurrent(through: last) { return }
        if let lock = try await home.lock() {
            defer { lock.release() }
            let state = try await home.use(makes: true) { connection throws(SQLiteError) in
                try IndexState(connection)
            }
            guard try await fits(state) else { throw SQLiteError.unexpected }
            if state.covered < last { try await take(through: last, behind: state, progress) }
        } else {
            // What is there lacks something, and cannot be written.
            try home.move(to: .temporary)
            try await bringUp(progress)
        }
    }

    /// Throws a file of one's own away where another process has erased something since it was made.
    private func forgetErased(through last: UInt64) async throws {
        let kind = home.place.kind
        guard kind == .temporary || kind == .memory,
            let covered = try? await home.use({ connection throws(SQLiteError) in
                try IndexState(connection).covered
            }), covered < last
        else { return }
        for try await _ in journal.events(
            from: covered + 1, through: last, session: .journal, kinds: [.erasureFinished],
            damage: .skip)
        {
            shelf.withLock { $0.clear() }
            return home.forgetErased()
        }
    }

    /// Whether there is nothing to take in. Not being able to tell means no.
    private func isCurrent(through last: UInt64) async throws -> Bool {
        do {
            let state = try await home.use { connection throws(SQLiteError) in
                try IndexState(connection)
            }
            guard state.covered >= last, try await fits(state) else { return false }
            if home.place.kind == .frozen { return try await hasNoStale() }
            return true
        } catch is SQLiteError {
            return false
        }
    }

    /// Whether the index is of this journal and holds all up to an event.
    func holds(_ covered: UInt64) async throws -> Bool { try await isCurrent(through: covered) }

    /// Whether there are no sessions whose counts have to be worked out.
    private func hasNoStale() async throws -> Bool {
        try await home.use { connection throws(SQLiteError) in
            try connection.first("SELECT 1 FROM session_row WHERE derived < version AND id > 0")
                == nil
        }
    }

    /// Whether an index is one of this journal's past, by the rules of today.
    private func fits(_ state: IndexState) async throws -> Bool {
        guard state.rules == IndexSchema.rules, state.journal == home.journalID else {
            return false
        }
        guard state.target > 0 else { return true }
        // Who made the index may have seen an event that becomes visible here in a moment.
        var attempts = journal.isWritable ? 0 : Self.visibilityAttempts
        while try await journal.latestSequence() < state.target {
            guard attempts > 0 else { return false }
            attempts -= 1
            try await Task.sleep(for: Self.visibilityInterval)
        }
        return try await digest(at: state.target) == state.digest
    }

    /// Of an event; "" for one that is lost, where damage is skipped.
    private func digest(at sequence: UInt64) async throws -> String {
        do {
            return try await journal.event(at: sequence)?.digest.base64 ?? ""
        } catch let error as JournalError where error.code == .damaged && damage == .skip {
            return ""
        }
    }

    private func take(
        through last: UInt64, behind state: IndexState,
        _ progress: ((OperationProgress) -> Void)?
    ) async throws {
        let digest = try await digest(at: last)
        try await home.use { connection throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                try IndexState.set("target", to: SQLValue(last), connection)
                try IndexState.set("digest", to: .text(digest), connection)
            }
        }
        let sessions = try await changedSessions(behind: state.covered, through: last)
        let schema = try await journal.schema(at: .sequence(last))
        var known = try await knownSessions(sessions)
        var batch: [(SessionNews, SessionFold?)] = []
        var size = 0
        var done: UInt64 = 0
        for (index, session) in sessions.enumerated() {
            try Task.checkCancellation()
            let place = known.removeValue(forKey: session)
            if let news = try await news(of: session, known: place, through: last, schema) {
                batch.append(news)
                size += news.0.size
                done += UInt64(news.0.events.count)
            }
            let isLast = index == sessions.count - 1
            if size >= batchSize || batch.count >= Self.batchSessions || isLast {
                try await write(batch)
                batch = []
                size = 0
                progress?(
                    OperationProgress(bytesDone: done, bytesTotal: last - state.covered))
            }
        }
        try await home.use { connection throws(SQLiteError) in
            try IndexState.set("covered", to: SQLValue(last), connection)
            // After a long making, one piece is faster to search than several.
            if state.covered == 0 {
                try connection.run(
                    "INSERT INTO message_index(message_index) VALUES ('optimize')")
                try connection.run("PRAGMA wal_checkpoint(TRUNCATE)", [])
            }
        }
    }

    /// The sessions that have events behind one, `@journal` first, then by their ids.
    private func changedSessions(
        behind covered: UInt64, through last: UInt64
    ) async throws -> [SessionID] {
        if covered > 0, last - covered <= Self.readAhead {
            var found: Set<SessionID> = []
            for try await event in journal.events(
                from: covered + 1, through: last, damage: damage)
            {
                found.insert(event.session)
            }
            return found.sorted()
        }
        let heads = try await journal.sessionHeads().filter { $0.lastSequence > covered }
        return [.journal] + heads.map(\.session)
    }

    private func knownSessions(
        _ sessions: [SessionID]
    ) async throws -> [SessionID: KnownSession] {
        try await home.use { connection throws(SQLiteError) in
            var known: [SessionID: KnownSession] = [:]
            for session in sessions {
                let statement = try connection.statement(
                    """
                    SELECT id, version, last_sequence, is_plain FROM session_row WHERE session = ?
                    """, [.text(session.hexadecimal)])
                guard try statement.step() else { continue }
                known[session] = KnownSession(
                    row: UInt64(max(0, statement.integer(0))),
                    version: UInt64(max(0, statement.integer(1))),
                    lastSequence: UInt64(max(0, statement.integer(2))),
                    isPlain: statement.integer(3) != 0)
                statement.reset()
            }
            return known
        }
    }

    private func write(_ batch: [(SessionNews, SessionFold?)]) async throws {
        let news = batch.map(\.0)
        try await home.use { connection throws(SQLiteError) in
            try connection.transaction { () throws(SQLiteError) in
                let writer = IndexWriter(connection: connection)
                for one in news { try writer.write(one) }
            }
        }
        // Only now is it there.
        for (news, fold) in batch {
            guard var fold else { continue }
            fold.noteWritten()
            shelf.withLock { $0.put(fold, of: news.session) }
        }
    }
}
#endif
