#if Search
internal import SessionJournal

/// What the index knows of a session: how far its rows go.
struct KnownSession: Sendable {
    /// The number of its row.
    let row: UInt64
    let version: UInt64
    let lastSequence: UInt64
    let isPlain: Bool
}

/// What is new of a session.
struct SessionNews: Sendable {
    let session: SessionID
    let row: UInt64
    /// Nil for a session that the index has not.
    let known: KnownSession?
    var version: UInt64
    var lastSequence: UInt64
    var events: [(sequence: UInt64, values: IndexRow)] = []
    var messages: [MessageRow] = []
    /// Whether the rows of its messages do not go together with its events: all are written anew.
    var isAnew = false
    /// Nil where they stay as they are, and are worked out when somebody asks.
    var rows: SessionRows?
    var isPlain = true
    /// Whether fields were declared: the metadata of all sessions has to be looked at again.
    var declaresFields = false

    /// How much there is to write, in bytes.
    var size: Int { messages.reduce(events.count * 150 + 500) { $0 + $1.size } }
}

/// Writes rows, inside a transaction of the caller's.
struct IndexWriter {
    let connection: SQLiteConnection

    func write(_ news: SessionNews) throws(SQLiteError) {
        let row = SQLValue(news.row)
        let place: IndexRow = [
            SQLValue(news.version), SQLValue(news.lastSequence), SQLValue(news.isPlain),
        ]
        if let known = news.known {
            try connection.run(
                """
                UPDATE session_row SET version = ?, last_sequence = ?, is_plain = ?
                WHERE id = ? AND version = ?
                """, place + [row, SQLValue(known.version)])
            guard connection.changes == 1 else { throw SQLiteError.unexpected }
        } else {
            try connection.run(
                """
                INSERT INTO session_row(version, last_sequence, is_plain, id, session, derived)
                VALUES (?, ?, ?, ?, ?, 0)
                """, place + [row, .text(news.session.hexadecimal)])
        }
        if news.declaresFields { try connection.run("UPDATE session_row SET derived = 0", []) }
        for event in news.events {
            try connection.run(
                "INSERT INTO event_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [SQLValue(event.sequence), row] + event.values)
        }
        if news.isAnew { try removeMessages(of: row) }
        for message in news.messages {
            try write(message, row, mayBeThere: news.known != nil)
        }
        if let rows = news.rows { try write(rows, row) }
    }

    private func write(
        _ message: MessageRow, _ row: SQLValue, mayBeThere: Bool
    ) throws(SQLiteError) {
        let id = SQLValue(message.id)
        if mayBeThere { try removeMessage(id) }
        try connection.run(
            """
            INSERT INTO message_row VALUES
            (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, [id, row] + message.values)
        let texts: IndexRow = [id, .text(message.text), .text(message.details)]
        try connection.run("INSERT INTO message_body VALUES (?, ?, ?)", texts)
        try connection.run(
            "INSERT INTO message_index(rowid, text, details) VALUES (?, ?, ?)", texts)
    }

    /// The index of words is told what stood there, which it does not keep.
    private func removeMessage(_ id: SQLValue) throws(SQLiteError) {
        let body = try connection.statement(
            "SELECT text, details FROM message_body WHERE id = ?", [id])
        guard try body.step() else { return }
        let texts: IndexRow = [id, SQLValue(body.text(0)), SQLValue(body.text(1))]
        body.reset()
        try connection.run(
            """
            INSERT INTO message_index(message_index, rowid, text, details)
            VALUES ('delete', ?, ?, ?)
            """, texts)
        try connection.run("DELETE FROM message_body WHERE id = ?", [id])
        try connection.run("DELETE FROM message_row WHERE id = ?", [id])
    }

    private func removeMessages(of row: SQLValue) throws(SQLiteError) {
        var ids: [SQLValue] = []
        let statement = try connection.statement(
            "SELECT id FROM message_row WHERE session_row = ?", [row])
        while try statement.step() { ids.append(statement.value(0)) }
        for id in ids { try removeMessage(id) }
    }

    /// Writes a session's other rows, of the version that its row has.
    func write(_ rows: SessionRows, _ row: SQLValue) throws(SQLiteError) {
        try connection.run(
            """
            UPDATE session_row SET derived = version, session_key = ?, name = ?, title = ?,
            status = ?, owner = ?, type = ?, category = ?, model = ?, agent = ?, tags = ?,
            is_starred = ?, created_at = ?, last_active = ?, last_modified = ?, modified_by = ?,
            events = ?, messages = ?, turns = ?, branches = ?, input_tokens = ?,
            output_tokens = ?, cache_read_tokens = ?, cache_write_tokens = ?, cost = ?,
            currency = ?, unpriced_tokens = ?, errors = ?, tool_calls = ? WHERE id = ?
            """, rows.session + [row])
        for table in ["usage_row", "audit_row", "metadata_row"] {
            try connection.run("DELETE FROM \(table) WHERE session_row = ?", [row])
        }
        for values in rows.usage {
            try connection.run(
                """
                INSERT INTO usage_row VALUES
                (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """, [row] + values)
        }
        for values in rows.audit {
            try connection.run(
                "INSERT INTO audit_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", [row] + values)
        }
        for values in rows.metadata {
            try connection.run(
                "INSERT OR REPLACE INTO metadata_row VALUES (?, ?, ?)", [row] + values)
        }
    }
}
#endif
