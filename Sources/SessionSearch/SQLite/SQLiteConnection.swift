#if Search
internal import CSQLite
internal import Synchronization

/// A connection to a file of SQLite. Not for several threads at once.
final class SQLiteConnection {
    /// What a connection may do.
    enum Access {
        /// Reads and writes; makes the file where there is none.
        case making
        /// Reads and writes a file that is there.
        case writing
        /// Reads what others may write meanwhile.
        case reading
        /// Reads a file that nobody writes, in a place where no file can be made beside it.
        case frozen
    }

    let handle: OpaquePointer
    /// Ends the statement that is running.
    let interrupter: SQLiteInterrupter
    private var statements: [String: SQLiteStatement] = [:]

    init(_ path: String, _ access: Access) throws(SQLiteError) {
        var handle: OpaquePointer?
        let flags =
            switch access {
            case .making: SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
            case .writing: SQLITE_OPEN_READWRITE
            case .reading: SQLITE_OPEN_READONLY
            case .frozen: SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
            }
        let name = access == .frozen ? Self.frozenName(path) : path
        let code = sqlite3_open_v2(
            name, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW, nil)
        guard code == SQLITE_OK, let handle else {
            let error = SQLiteError(code, handle)
            sqlite3_close_v2(handle)
            throw error
        }
        self.handle = handle
        interrupter = SQLiteInterrupter(handle)
        sqlite3_busy_timeout(handle, Self.patienceMilliseconds)
        _ = csqlite_set_defensive(handle)
    }

    deinit {
        statements = [:]
        interrupter.end()
        sqlite3_close_v2(handle)
    }

    /// How long another connection may hold the file before that is an error.
    private static let patienceMilliseconds: Int32 = 60_000

    /// The file as a URI that says that nobody writes it.
    private static func frozenName(_ path: String) -> String {
        var name = "file:"
        for byte in path.utf8 {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "/"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "."):
                name.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                let digits = String(byte, radix: 16)
                name += "%" + (digits.utf8.count < 2 ? "0" : "") + digits
            }
        }
        return name + "?immutable=1"
    }

    /// Runs statements that give no rows.
    func run(_ sql: String) throws(SQLiteError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw SQLiteError(code, handle) }
    }

    /// A statement of ours, understood once and kept, with these values.
    func statement(
        _ sql: String, _ values: [SQLValue] = []
    ) throws(SQLiteError) -> SQLiteStatement {
        var statement = statements[sql]
        if statement == nil {
            statement = try SQLiteStatement(sql, handle)
            statements[sql] = statement
        }
        guard let statement else { throw SQLiteError.unexpected }
        try statement.bind(values)
        return statement
    }

    /// Runs one statement to its end; its rows are passed over.
    func run(_ sql: String, _ values: [SQLValue]) throws(SQLiteError) {
        let statement = try statement(sql, values)
        while try statement.step() {}
    }

    /// The first column of the first row; nil where there is no row.
    func first(_ sql: String, _ values: [SQLValue] = []) throws(SQLiteError) -> SQLValue? {
        let statement = try statement(sql, values)
        defer { statement.reset() }
        return try statement.step() ? statement.value(0) : nil
    }

    /// All of it or nothing.
    func transaction<Value>(
        _ body: () throws(SQLiteError) -> Value
    ) throws(SQLiteError) -> Value {
        try run("BEGIN IMMEDIATE")
        do throws(SQLiteError) {
            let value = try body()
            try run("COMMIT")
            return value
        } catch {
            try? run("ROLLBACK")
            throw error
        }
    }

    /// The number of rows that the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }

    /// Whether the file was taken away, or another one stands in its place.
    var hasMoved: Bool {
        var moved: Int32 = 0
        let code = sqlite3_file_control(handle, "main", SQLITE_FCNTL_HAS_MOVED, &moved)
        return code == SQLITE_OK && moved != 0
    }
}

/// Ends what a connection is doing, from another thread.
final class SQLiteInterrupter: Sendable {
    /// The connection's address; 0 when it is closed.
    private let address: Mutex<UInt>

    init(_ handle: OpaquePointer) { address = Mutex(UInt(bitPattern: handle)) }

    func interrupt() {
        address.withLock { address in
            if let handle = OpaquePointer(bitPattern: address) { sqlite3_interrupt(handle) }
        }
    }

    func end() { address.withLock { $0 = 0 } }
}
#endif
