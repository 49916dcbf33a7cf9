#if Search
internal import CSQLite

/// What SQLite says went wrong.
struct SQLiteError: Error {
    /// SQLite's result code, without its extension.
    let code: Int32
    /// Its words.
    let message: String
    /// Where in the statement, in bytes; nil where it does not say.
    let offset: Int?

    /// Whether the file is not what it should be: it is made anew then.
    var isDamage: Bool {
        [SQLITE_CORRUPT, SQLITE_NOTADB, SQLITE_FORMAT, SQLITE_CONSTRAINT]
            .contains(code)
    }

    /// Whether the place can be read at best, or cannot be had at all.
    var isDenial: Bool {
        [SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM, SQLITE_AUTH].contains(code)
    }

    /// Whether the disk is full.
    var isFull: Bool { code == SQLITE_FULL }

    /// Whether somebody else held the file for too long.
    var isBusy: Bool { code == SQLITE_BUSY }

    /// Whether the statement was told to end.
    var isInterrupt: Bool { code == SQLITE_INTERRUPT }
}

extension SQLiteError {
    /// What the connection says of its last call.
    init(_ code: Int32, _ connection: OpaquePointer?) {
        self.code = code & 0xFF
        let text = connection.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
        message = text.map { String(cString: $0) } ?? "error \(code)"
        let offset = connection.map { Int(sqlite3_error_offset($0)) } ?? -1
        self.offset = offset < 0 ? nil : offset
    }

    /// Something has to be written where nothing can be.
    static let readOnly = SQLiteError(
        code: SQLITE_READONLY, message: "the index cannot be written", offset: nil)

    /// What has to be there is missing, or is not what it should be.
    static let unexpected = SQLiteError(
        code: SQLITE_CORRUPT, message: "what has to be there is missing", offset: nil)
}
#endif
