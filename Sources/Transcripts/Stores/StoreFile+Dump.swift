#if Stores
internal import CSQLite
internal import SessionJournal

// Dumps of PostgreSQL.
extension StoreFile {
    /// Reads the rows of a dump into tables of the same names, where they belong to sessions; of
    /// others, only how many there are.
    func load(_ file: FileWalk.File) throws(TranscriptError) {
        let wanted = try makeTables(file)
        guard !wanted.isEmpty else { return }
        try run("BEGIN")
        var dump = try PostgresDump(file)
        var insert: OpaquePointer?
        var name = ""
        defer { sqlite3_finalize(insert) }
        while let item = try dump.next() {
            switch item {
            case .table: break
            case .statement(let table):
                guard !wanted.contains(table) else {
                    throw TranscriptError(
                        .archive,
                        "\(file.path) holds its rows as statements. Dump it again without "
                            + "--inserts.", path: file.path)
                }
                left[table, default: 0] += 1
            case .rows(let table, let columns):
                sqlite3_finalize(insert)
                insert = wanted.contains(table) ? try prepare(table, columns) : nil
                name = table
            case .row(let values):
                guard let insert else {
                    left[name, default: 0] += 1
                    continue
                }
                try add(values, insert)
            }
        }
        try run("COMMIT")
    }

    /// Makes the tables that belong to sessions.
    ///
    /// - Returns: Their names.
    private func makeTables(_ file: FileWalk.File) throws(TranscriptError) -> Set<String> {
        var tables: [String: [(name: String, kind: PostgresDump.Kind)]] = [:]
        var dump = try PostgresDump(file)
        while let item = try dump.next() {
            guard case .table(let name, let columns) = item, tables[name] == nil else { continue }
            tables[name] = columns
        }
        guard let shape = StoreShape.of(tables.mapValues { $0.map(\.name) }) else { return [] }
        for (name, columns) in tables where shape.tables.contains(name) {
            let list = columns.map { "\(StoreShape.quoted($0.name)) \($0.kind.affinity)" }
            try run("CREATE TABLE \(StoreShape.quoted(name)) (\(list.joined(separator: ", ")))")
        }
        return shape.tables
    }

    private func run(_ sql: String) throws(TranscriptError) {
        guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw error }
    }

    private func prepare(
        _ table: String, _ columns: [String]
    ) throws(TranscriptError) -> OpaquePointer? {
        var statement: OpaquePointer?
        let names = columns.map { StoreShape.quoted($0) }.joined(separator: ", ")
        let places = columns.map { _ in "?" }.joined(separator: ", ")
        let sql = "INSERT INTO \(StoreShape.quoted(table)) (\(names)) VALUES (\(places))"
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK else {
            throw error
        }
        return statement
    }

    private func add(
        _ values: [PostgresDump.Value], _ insert: OpaquePointer
    ) throws(TranscriptError) {
        sqlite3_reset(insert)
        for (index, value) in values.enumerated() {
            let place = Int32(index + 1)
            let code =
                switch value {
                case .null: sqlite3_bind_null(insert, place)
                case .text(let text):
                    text.withUnsafeBytes { bytes in
                        csqlite_bind_text(
                            insert, place, bytes.baseAddress?.assumingMemoryBound(to: CChar.self),
                            Int32(clamping: bytes.count))
                    }
                case .bytes(let blob):
                    blob.withUnsafeBytes { bytes in
                        bytes.isEmpty
                            ? sqlite3_bind_zeroblob(insert, place, 0)
                            : csqlite_bind_blob(
                                insert, place, bytes.baseAddress, Int32(clamping: bytes.count))
                    }
                }
            guard code == SQLITE_OK else { throw error }
        }
        guard sqlite3_step(insert) == SQLITE_DONE else { throw error }
    }
}
#endif
