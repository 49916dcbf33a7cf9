#if Search
internal import CSQLite

/// A value of SQL.
public enum SQLValue: Sendable, Hashable {
    /// No value.
    case null
    /// A whole number.
    case integer(Int64)
    /// A number with a fraction.
    case real(Double)
    /// A text.
    case text(String)
    /// Bytes.
    case blob([UInt8])
}

/// A statement that SQLite has understood. Not for several threads at once.
final class SQLiteStatement {
    private let handle: OpaquePointer
    private let connection: OpaquePointer

    /// The names of the columns of its rows.
    let columns: [String]

    /// Nil where the text holds no statement.
    init?(_ sql: String, _ connection: OpaquePointer) throws(SQLiteError) {
        var statement: OpaquePointer?
        var used = 0
        let code = sql.withCString { text in
            var tail: UnsafePointer<CChar>?
            let code = sqlite3_prepare_v3(
                connection, text, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, &tail)
            used = tail.map { $0 - text } ?? 0
            return code
        }
        guard code == SQLITE_OK else { throw SQLiteError(code, connection) }
        guard let statement else { return nil }
        handle = statement
        self.connection = connection
        columns = (0..<sqlite3_column_count(statement)).map { index in
            sqlite3_column_name(statement, index).map { String(cString: $0) } ?? ""
        }
        rest = String(decoding: sql.utf8.dropFirst(used), as: UTF8.self)
    }

    /// What stands behind the statement.
    let rest: String

    deinit { sqlite3_finalize(handle) }

    /// Whether it reads and changes nothing, as far as SQLite knows.
    var isReadOnly: Bool { sqlite3_stmt_readonly(handle) != 0 }

    /// Begins anew with these values.
    func bind(_ values: [SQLValue]) throws(SQLiteError) {
        sqlite3_reset(handle)
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(handle, place)
                case .integer(let number): sqlite3_bind_int64(handle, place, number)
                case .real(let number): sqlite3_bind_double(handle, place, number)
                case .text(let text): bind(text, at: place)
                case .blob(let bytes):
                    csqlite_bind_blob(handle, place, bytes, Int32(clamping: bytes.count))
                }
            guard code == SQLITE_OK else { throw SQLiteError(code, connection) }
        }
    }

    private func bind(_ text: String, at place: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { characters in
                // An empty buffer has no address, which SQLite would take for NULL.
                guard let start = characters.baseAddress else {
                    return csqlite_bind_text(handle, place, "", 0)
                }
                return csqlite_bind_text(handle, place, start, Int32(clamping: bytes.count))
            }
        }
    }

    /// Goes on to the next row; false behind the last.
    func step() throws(SQLiteError) -> Bool {
        let code = sqlite3_step(handle)
        switch code {
        case SQLITE_ROW: return true
        case SQLITE_DONE:
            sqlite3_reset(handle)
            return false
        default:
            let error = SQLiteError(code, connection)
            sqlite3_reset(handle)
            throw error
        }
    }

    /// Gives back what it holds of the file.
    func reset() { sqlite3_reset(handle) }

    func integer(_ column: Int) -> Int64 { sqlite3_column_int64(handle, Int32(column)) }

    func double(_ column: Int) -> Double { sqlite3_column_double(handle, Int32(column)) }

    /// Nil for NULL.
    func text(_ column: Int) -> String? {
        guard let start = sqlite3_column_text(handle, Int32(column)) else { return nil }
        let count = Int(sqlite3_column_bytes(handle, Int32(column)))
        return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }

    /// The value of a column, as it is stored.
    func value(_ column: Int) -> SQLValue {
        switch sqlite3_column_type(handle, Int32(column)) {
        case SQLITE_INTEGER: return .integer(integer(column))
        case SQLITE_FLOAT: return .real(double(column))
        case SQLITE_TEXT: return .text(text(column) ?? "")
        case SQLITE_BLOB:
            guard let start = sqlite3_column_blob(handle, Int32(column)) else { return .blob([]) }
            let count = Int(sqlite3_column_bytes(handle, Int32(column)))
            return .blob(Array(UnsafeRawBufferPointer(start: start, count: count)))
        default: return .null
        }
    }
}
#endif
