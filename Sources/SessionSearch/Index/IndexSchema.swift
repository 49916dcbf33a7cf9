#if Search
internal import SessionJournal

/// What stands in the file of an index.
///
/// ```
/// state          journal, rules, how far it holds, the digest of the last event
/// session_row    one a session; its number is the sequence number of its first event, 0 @journal
/// message_row    one a message; its number is the sequence number of its event
/// message_body   its texts, apart, so that rows are small
/// message_index  FTS5 over message_body
/// event_row  usage_row  audit_row  metadata_row
/// ```
///
/// Over them stand the views of ``SearchTable``.
enum IndexSchema {
    /// Of the tables. Another one means that the file is made anew.
    static let version = 1

    /// Everything that decides what the rows hold: a file of other rules is of no use.
    static var rules: String {
        [
            "\(version)", "\(SessionProjection.version)", "\(UsageProjection.version)",
            "\(AuditProjection.version)", PriceTable.builtIn.asOf ?? "",
        ].joined(separator: "/")
    }

    /// Before anything is written. Rows of a kilobyte would leave a quarter of a small page empty.
    static let settings = """
        PRAGMA page_size = 16384;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA cache_size = -65536;
        PRAGMA temp_store = MEMORY;
        """

    static let tables = """
        CREATE TABLE state(name TEXT PRIMARY KEY, value) WITHOUT ROWID;
        CREATE TABLE session_row(
            id INTEGER PRIMARY KEY, session TEXT NOT NULL UNIQUE, session_key TEXT,
            version INTEGER NOT NULL, last_sequence INTEGER NOT NULL,
            derived INTEGER NOT NULL, is_plain INTEGER NOT NULL,
            name TEXT, title TEXT, status TEXT, owner TEXT, type TEXT, category TEXT, model TEXT,
            agent TEXT, tags TEXT, is_starred INTEGER, created_at TEXT, last_active TEXT,
            last_modified TEXT, modified_by TEXT, events INTEGER, messages INTEGER, turns INTEGER,
            branches INTEGER, input_tokens INTEGER, output_tokens INTEGER,
            cache_read_tokens INTEGER, cache_write_tokens INTEGER, cost REAL, currency TEXT,
            unpriced_tokens INTEGER, errors INTEGER, tool_calls INTEGER);
        CREATE INDEX session_stale ON session_row(id) WHERE derived < version;
        CREATE TABLE message_row(
            id INTEGER PRIMARY KEY, session_row INTEGER NOT NULL, message TEXT NOT NULL,
            branch TEXT, role TEXT, actor TEXT, time TEXT, occurred TEXT, text_sequence INTEGER,
            model TEXT, state TEXT, is_removed INTEGER, is_edited INTEGER, is_withheld INTEGER,
            synthetic TEXT, tool_names TEXT, input_tokens INTEGER, output_tokens INTEGER,
            cache_read_tokens INTEGER, cache_write_tokens INTEGER);
        CREATE INDEX message_of_session ON message_row(session_row, message);
        CREATE TABLE message_body(id INTEGER PRIMARY KEY, text TEXT, details TEXT);
        CREATE TABLE event_row(
            id INTEGER PRIMARY KEY, session_row INTEGER NOT NULL, version INTEGER, time TEXT,
            occurred TEXT, kind TEXT, branch TEXT, actor TEXT, on_behalf TEXT, cause INTEGER,
            reason TEXT);
        CREATE TABLE usage_row(
            session_row INTEGER NOT NULL, model TEXT, day TEXT, actor TEXT, messages INTEGER,
            turns INTEGER, answers INTEGER, input_tokens INTEGER, output_tokens INTEGER,
            cache_read_tokens INTEGER, cache_write_tokens INTEGER, cost REAL, currency TEXT,
            unpriced_tokens INTEGER, latency_ms INTEGER, timed_answers INTEGER,
            tool_calls INTEGER, tool_errors INTEGER, errors INTEGER);
        CREATE INDEX usage_of_session ON usage_row(session_row);
        CREATE TABLE audit_row(
            session_row INTEGER NOT NULL, sequence INTEGER, time TEXT, occurred TEXT, branch TEXT,
            field TEXT, old TEXT, new TEXT, actor TEXT, on_behalf TEXT, reason TEXT);
        CREATE INDEX audit_of_session ON audit_row(session_row);
        CREATE TABLE metadata_row(
            session_row INTEGER NOT NULL, field TEXT, value TEXT,
            PRIMARY KEY (session_row, field)) WITHOUT ROWID;
        CREATE VIRTUAL TABLE message_index USING fts5(
            text, details, content = 'message_body', content_rowid = 'id',
            tokenize = 'unicode61 remove_diacritics 2');
        INSERT INTO message_index(message_index, rank) VALUES ('hashsize', 33554432);
        """

    /// Makes everything in an empty file.
    static func make(
        in connection: SQLiteConnection, of journal: String
    ) throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
            try connection.run(tables)
            for table in SearchTable.all { try connection.run(table.definition) }
            for (name, value) in [
                ("journal", SQLValue.text(journal)), ("rules", .text(rules)),
                ("covered", .integer(0)), ("target", .integer(0)), ("digest", .text("")),
            ] {
                try connection.run("INSERT INTO state VALUES (?, ?)", [.text(name), value])
            }
        }
    }
}

/// How far an index is, and of what.
struct IndexState {
    let journal: String
    let rules: String
    /// The last event of the stretch that it holds whole; 0 while it is made.
    let covered: UInt64
    /// No row comes from a later event than this.
    let target: UInt64
    /// Of that event.
    let digest: String

    init(_ connection: SQLiteConnection) throws(SQLiteError) {
        var values: [String: SQLValue] = [:]
        do throws(SQLiteError) {
            let statement = try connection.statement("SELECT name, value FROM state")
            while try statement.step() {
                if let name = statement.text(0) { values[name] = statement.value(1) }
            }
        } catch {
            // A file of somebody else has no such table.
            throw error.isOfStatement ? SQLiteError.unexpected : error
        }
        guard case .text(let journal)? = values["journal"],
            case .text(let rules)? = values["rules"],
            case .integer(let covered)? = values["covered"], covered >= 0,
            case .integer(let target)? = values["target"], target >= covered,
            case .text(let digest)? = values["digest"]
        else { throw SQLiteError.unexpected }
        self.journal = journal
        self.rules = rules
        self.covered = UInt64(covered)
        self.target = UInt64(target)
        self.digest = digest
    }

    static func set(
        _ name: String, to value: SQLValue, _ connection: SQLiteConnection
    ) throws(SQLiteError) {
        try connection.run("UPDATE state SET value = ? WHERE name = ?", [value, .text(name)])
    }
}
#endif
