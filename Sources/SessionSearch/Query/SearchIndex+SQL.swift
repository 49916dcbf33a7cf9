#if Search
internal import Dispatch
public import SessionJournal
internal import Synchronization

extension SearchIndex {
    /// The rows that a statement gives over the tables of ``SearchTable/all``.
    ///
    /// ```swift
    /// let rows = try await index.sql("SELECT role, count(*) FROM messages GROUP BY role")
    /// for try await row in rows { print(row) }
    /// ```
    ///
    /// Only reading is allowed, and only these tables: SQLite refuses everything else, whatever the
    /// statement is. The rows come as they are asked for; what is appended meanwhile is not among
    /// them.
    ///
    /// Cost: ``catchUp(progress:)``; the sessions that had events since SQL was last asked are read
    /// from their beginning. Then what SQLite does; `events.data` reads the journal.
    ///
    /// - Parameters:
    ///   - statement: One statement of SQL.
    ///   - progress: Called now and then while the index takes in what is new.
    /// - Throws: ``JournalError/Code/invalidArgument`` where SQLite does not understand the statement
    ///   or it is not allowed, and what ``catchUp(progress:)`` throws.
    public func sql(
        _ statement: String, progress: ((OperationProgress) -> Void)? = nil
    ) async throws -> SQLRows {
        try await mending {
            try await self.bringUp(progress)
            try await self.refreshSessions()
            let reader = SQLReader(self.home, self.journal)
            try await reader.perform { () throws(SQLiteError) in try reader.open() }
            do {
                let columns = try await reader.perform { () throws(SQLiteError) in
                    try reader.prepare(statement)
                }
                // The first rows show whether the file can be read.
                let rows = try await reader.page()
                return SQLRows(columns: columns, first: rows, reader: reader)
            } catch let error as SQLiteError where error.isOfStatement {
                throw error.ofStatement(statement)
            }
        }
    }
}

/// Rows of an answer to SQL, read as they are asked for.
///
/// Can be iterated once.
public struct SQLRows: AsyncSequence, Sendable {
    /// A row: a value a column.
    public typealias Element = [SQLValue]
    /// ``JournalError``, or `CancellationError`.
    public typealias Failure = any Error

    /// The names of the columns.
    public let columns: [String]

    fileprivate let first: [[SQLValue]]
    fileprivate let reader: SQLReader

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator { Iterator(rows: first[...], reader: reader) }

    /// Reads row after row.
    public struct Iterator: AsyncIteratorProtocol {
        private var rows: ArraySlice<[SQLValue]>
        private let reader: SQLReader

        fileprivate init(rows: ArraySlice<[SQLValue]>, reader: SQLReader) {
            self.rows = rows
            self.reader = reader
        }

        /// The next row; nil at the end.
        public mutating func next() async throws -> [SQLValue]? {
            if rows.isEmpty {
                do {
                    rows = try await reader.page()[...]
                } catch let error as SQLiteError {
                    throw error.ofStatement("")
                }
            }
            return rows.popFirst()
        }
    }
}

/// A connection of its own for one statement, which can do nothing but read.
final class SQLReader: Sendable {
    private struct State {
        var connection: SQLiteConnection?
        var statement: SQLiteStatement?
    }

    private let state = Mutex(State())
    private let interrupter = Mutex<SQLiteInterrupter?>(nil)
    private let queue = DispatchQueue(label: "sjournal.sql")
    private let place: IndexHome.Place
    private let lines: EventDataReader
    /// A temporary file is there for as long as its handle.
    private let home: IndexHome

    /// How many rows are fetched at once, and how many bytes of them at most.
    private static let pageCount = 256
    private static let pageSize = 1 << 20

    init(_ home: IndexHome, _ journal: Journal) {
        self.home = home
        place = home.place
        lines = EventDataReader(journal)
    }

    func open() throws(SQLiteError) {
        let interrupter = try state.withLock { state throws(SQLiteError) in
            let connection = try SQLiteConnection(
                place.path, place.kind == .frozen ? .frozen : .reading)
            try connection.run("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")
            try connection.add(lines)
            connection.allowReadingOnly()
            state.connection = connection
            return connection.interrupter
        }
        self.interrupter.withLock { $0 = interrupter }
    }

    /// Understands a statement, and answers with the names of its columns.
    func prepare(_ sql: String) throws(SQLiteError) -> [String] {
        try state.withLock { state throws(SQLiteError) in
            guard let connection = state.connection else { throw SQLiteError.unexpected }
            guard let statement = try SQLiteStatement(sql, connection.handle) else {
                throw SQLiteError.words("there is no statement")
            }
            guard statement.isReadOnly else { throw SQLiteError.words("only reading is allowed") }
            if let more = try SQLiteStatement(statement.rest, connection.handle) {
                _ = more
                throw SQLiteError.words("one statement at a time")
            }
            state.statement = statement
            return statement.columns
        }
    }

    /// The next rows; none at the end.
    func page() async throws -> [[SQLValue]] {
        try Task.checkCancellation()
        do {
            return try await withTaskCancellationHandler {
                try await perform { () throws(SQLiteError) in try self.nextRows() }
            } onCancel: {
                interrupter.withLock { $0 }?.interrupt()
            }
        } catch let error as SQLiteError where error.isInterrupt {
            throw CancellationError()
        }
    }

    /// Does something on a thread of its own that may block.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SQLiteError) -> Value
    ) async throws -> Value { try await queue.perform(body) }

    private func nextRows() throws(SQLiteError) -> [[SQLValue]] {
        try state.withLock { state throws(SQLiteError) in
            guard let statement = state.statement else { return [] }
            var rows: [[SQLValue]] = []
            var size = 0
            while rows.count < Self.pageCount, size < Self.pageSize {
                guard try statement.step() else {
                    state.statement = nil
                    state.connection = nil
                    break
                }
                let row = statement.columns.indices.map { statement.value($0) }
                size += row.reduce(0) { $0 + $1.size }
                rows.append(row)
            }
            return rows
        }
    }
}

extension SQLValue {
    fileprivate var size: Int {
        switch self {
        case .text(let text): text.utf8.count
        case .blob(let bytes): bytes.count
        default: 8
        }
    }
}

extension SQLiteError {
    /// The error as one of the statement that somebody gave.
    fileprivate func ofStatement(_ statement: String) -> JournalError {
        guard isOfStatement else { return journalError(at: "sql") }
        var place = ""
        if let offset, offset <= statement.utf8.count {
            let before = String(decoding: statement.utf8.prefix(offset), as: UTF8.self)
            place = " at character \(before.count + 1)"
        }
        return JournalError(
            .invalidArgument,
            "the statement makes no sense\(place): \(message); sjournal sql --tables lists the "
                + "tables and their columns")
    }
}
#endif
