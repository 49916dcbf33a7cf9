internal import CSQLitePeer
internal import Glibc
internal import Synchronization

/// SQLite with a write-ahead log that is synced at every commit.
///
/// One table in order of sequence, and an index by session and version over names that sort by time,
/// so that new sessions are written at the index's end. Every statement is prepared once.
final class SQLiteSystem: BlockingSystem {
    let name = "SQLite"
    let abilities = Abilities.all
    let path: String

    private static let schema = """
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = FULL;
        PRAGMA cache_size = -\(cacheSize >> 10);
        CREATE TABLE IF NOT EXISTS events (
            sequence INTEGER PRIMARY KEY, session BLOB NOT NULL, version INTEGER NOT NULL,
            time INTEGER NOT NULL, kind TEXT NOT NULL, branch TEXT NOT NULL, actor TEXT NOT NULL,
            data TEXT NOT NULL);
        CREATE UNIQUE INDEX IF NOT EXISTS by_session ON events (session, version);
        """

    private static let columns = "sequence, session, version, time, kind, data"

    private struct Connection {
        var database: OpaquePointer?
        var insert: OpaquePointer?
        var begin: OpaquePointer?
        var commit: OpaquePointer?
        var scan: OpaquePointer?
        var session: OpaquePointer?
        var point: OpaquePointer?
    }

    /// One connection and its lock: SQLite has one writer at a time.
    private let connection = Mutex<SendablePointers>(SendablePointers())

    private struct SendablePointers: @unchecked Sendable {
        var value = Connection()
    }

    init(path: String) { self.path = path }

    func open() async throws { try connection.withLock { try open(&$0.value) } }

    private func open(_ connection: inout Connection) throws {
        try Disk.makeDirectory(path)
        var database: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        guard sqlite3_open_v2(path + "/events.db", &database, flags, nil) == SQLITE_OK else {
            throw BenchError("SQLite cannot open \(path)")
        }
        connection.database = database
        try run(Self.schema, connection)
        connection.insert = try prepare(
            """
            INSERT INTO events (session, version, time, kind, branch, actor, data)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """, connection)
        connection.begin = try prepare("BEGIN IMMEDIATE", connection)
        connection.commit = try prepare("COMMIT", connection)
        connection.scan = try prepare(
            "SELECT \(Self.columns) FROM events ORDER BY sequence", connection)
        connection.session = try prepare(
            "SELECT \(Self.columns) FROM events WHERE session = ?1 ORDER BY version", connection)
        connection.point = try prepare(
            "SELECT \(Self.columns) FROM events WHERE sequence = ?1", connection)
    }

    func write(_ messages: ArraySlice<Message>) throws {
        try connection.withLock { pointers in
            let connection = pointers.value
            // A single insert is a transaction of its own.
            if messages.count > 1 { try step(connection.begin, connection) }
            for message in messages { try insert(message, connection) }
            if messages.count > 1 { try step(connection.commit, connection) }
        }
    }

    private func insert(_ message: Message, _ connection: Connection) throws {
        let insert = connection.insert
        var name = (message.session.high.bigEndian, message.session.low.bigEndian)
        try withUnsafeBytes(of: &name) { name in
            try message.data.withUnsafeBytes { data in
                let kind = message.kind.bytes
                sqlite3_bind_blob(insert, 1, name.baseAddress, 16, nil)
                sqlite3_bind_int64(insert, 2, Int64(message.version))
                sqlite3_bind_int64(insert, 3, timeOfDay())
                bindText(insert, 4, kind)
                bindText(insert, 5, StaticText.branch)
                bindText(insert, 6, StaticText.actor)
                bindText(insert, 7, data)
                try step(insert, connection)
            }
        }
    }

    private func bindText(
        _ statement: OpaquePointer?, _ index: Int32, _ text: UnsafeRawBufferPointer
    ) {
        // The bytes stay where they are until the statement was run, so that none are copied.
        sqlite3_bind_text(
            statement, index, text.baseAddress?.assumingMemoryBound(to: CChar.self),
            Int32(text.count), nil)
    }

    func settle() async throws {
        try connection.withLock { try run("PRAGMA wal_checkpoint(TRUNCATE)", $0.value) }
    }

    func shrink() async throws {
        try connection.withLock {
            try run("PRAGMA wal_checkpoint(TRUNCATE)", $0.value)
            try run("VACUUM", $0.value)
            try run("PRAGMA wal_checkpoint(TRUNCATE)", $0.value)
        }
    }

    func scan(_ tally: inout Tally) async throws {
        try connection.withLock { try rows($0.value.scan, $0.value, &tally) }
    }

    func read(sessions: [SessionName], _ tally: inout Tally) async throws {
        try connection.withLock { pointers in
            let connection = pointers.value
            for session in sessions {
                var name = (session.high.bigEndian, session.low.bigEndian)
                try withUnsafeBytes(of: &name) { name in
                    sqlite3_bind_blob(connection.session, 1, name.baseAddress, 16, nil)
                    try rows(connection.session, connection, &tally)
                }
            }
        }
    }

    func read(sequences: [UInt64], _ tally: inout Tally) async throws {
        try connection.withLock { pointers in
            let connection = pointers.value
            for sequence in sequences {
                sqlite3_bind_int64(connection.point, 1, Int64(sequence))
                try rows(connection.point, connection, &tally)
            }
        }
    }

    private func rows(
        _ statement: OpaquePointer?, _ connection: Connection, _ tally: inout Tally
    ) throws {
        var result = sqlite3_step(statement)
        while result == SQLITE_ROW {
            let name = blob(statement, 1)
            tally.take(
                sequence: UInt64(sqlite3_column_int64(statement, 0)),
                high: UInt64(bigEndian: name.loadUnaligned(as: UInt64.self)),
                low: UInt64(bigEndian: name.loadUnaligned(fromByteOffset: 8, as: UInt64.self)),
                version: UInt64(sqlite3_column_int64(statement, 2)),
                time: sqlite3_column_int64(statement, 3), kind: blob(statement, 4),
                data: blob(statement, 5))
            result = sqlite3_step(statement)
        }
        sqlite3_reset(statement)
        guard result == SQLITE_DONE else { throw failure(connection) }
    }

    private func blob(_ statement: OpaquePointer?, _ column: Int32) -> UnsafeRawBufferPointer {
        let start = sqlite3_column_blob(statement, column)
        return UnsafeRawBufferPointer(
            start: start, count: Int(sqlite3_column_bytes(statement, column)))
    }

    func close() async throws {
        connection.withLock { pointers in
            let connection = pointers.value
            for statement in [
                connection.insert, connection.begin, connection.commit, connection.scan,
                connection.session, connection.point,
            ] { sqlite3_finalize(statement) }
            sqlite3_close(connection.database)
            pointers.value = Connection()
        }
    }

    private func prepare(_ text: String, _ connection: Connection) throws -> OpaquePointer? {
        var statement: OpaquePointer?
        guard
            sqlite3_prepare_v3(
                connection.database, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil)
                == SQLITE_OK
        else { throw failure(connection) }
        return statement
    }

    private func step(_ statement: OpaquePointer?, _ connection: Connection) throws {
        let result = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard result == SQLITE_DONE else { throw failure(connection) }
    }

    private func run(_ text: String, _ connection: Connection) throws {
        guard sqlite3_exec(connection.database, text, nil, nil, nil) == SQLITE_OK else {
            throw failure(connection)
        }
    }

    private func failure(_ connection: Connection) -> BenchError {
        BenchError("SQLite: \(String(cString: sqlite3_errmsg(connection.database)))")
    }
}
