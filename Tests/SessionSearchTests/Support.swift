#if Search
import Glibc
import JournalTestKit
import SegmentLog
import SessionJournal

@testable import SessionSearch

/// Who may do what with a file.
func permissions(of path: String) -> UInt32 {
    var status = stat()
    return stat(path, &status) == 0 ? UInt32(status.st_mode) & 0o777 : 0
}

/// A journal of its own on disk, and ways to compare what indexes of it hold.
final class SearchFixture {
    let directory: TemporaryDirectory
    let path: String
    let journal: Journal

    init() async throws {
        directory = try TemporaryDirectory()
        path = directory.path("journal")
        journal = try await Journal.create(at: path)
    }

    var file: String { path + "/index/search.sqlite" }

    /// An index that has nothing in memory.
    func index(batchSize: Int = SearchIndex.standardBatchSize) throws -> SearchIndex {
        try SearchIndex(journal, damage: .fail, batchSize: batchSize)
    }

    /// Stores lines as they are.
    func adopt(_ events: ArraySlice<Event>) async throws {
        try await journal.store.adopt(events.map(\.line), durability: .buffered)
    }
}

extension SearchIndex {
    /// All rows of an answer.
    func all(_ statement: String) async throws -> [[SQLValue]] {
        var rows: [[SQLValue]] = []
        for try await row in try await sql(statement) { rows.append(row) }
        return rows
    }

    /// Everything that it shows.
    func tables() async throws -> [String: [[SQLValue]]] {
        var contents: [String: [[SQLValue]]] = [:]
        for table in SearchTable.all {
            let order = table.columns.indices.map { "\($0 + 1)" }.joined(separator: ", ")
            contents[table.name] = try await all("SELECT * FROM \(table.name) ORDER BY \(order)")
        }
        return contents
    }

    /// Everything that it shows, and a check that its words are those of its texts.
    func contents() async throws -> [String: [[SQLValue]]] {
        let tables = try await tables()
        try await home.use { connection throws(SQLiteError) in
            try connection.run(
                "INSERT INTO message_index(message_index, rank) VALUES ('integrity-check', 1)")
        }
        return tables
    }

    /// The ids of the messages in which something is found.
    func found(_ query: String, in sessions: [SessionID]? = nil) async throws -> [String] {
        try await search(query, limit: 1_000, in: sessions).hits.map(\.message)
    }
}

extension FileSystem {
    /// Puts other bytes in the place of a file.
    func replace(_ path: String, with bytes: [UInt8]) throws {
        if try status(of: path) != nil { try remove(path) }
        try open(path, .create).write(bytes.span, at: 0)
    }

    func bytes(of path: String) throws -> [UInt8] {
        let file = try open(path, .read)
        return try file.read(try file.size(), at: 0)
    }
}
#endif
