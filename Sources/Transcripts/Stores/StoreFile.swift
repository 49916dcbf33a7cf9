#if Stores
internal import CSQLite
internal import Foundation
internal import SessionJournal
internal import TransparencyLog

/// A file of SQLite that others write, opened for reading alone; or a dump of PostgreSQL, read into
/// a store of our own that goes when it is closed.
///
/// Nothing is written beside it. Where its last changes stand in a log beside it, a copy of both is
/// read, so that these count.
final class StoreFile {
    let handle: OpaquePointer
    private let path: String
    private let source: FileWalk.File
    private let state: [Stamp]
    private let copy: String?

    /// How many rows were left out already, by table.
    var left: [String: Int] = [:]

    /// What tells whether a file was changed.
    private struct Stamp: Equatable {
        var size: UInt64?
        var modified: Date?

        init(_ path: String) {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            size = (attributes?[.size] as? NSNumber)?.uint64Value
            modified = attributes?[.modificationDate] as? Date
        }
    }

    private static let logs = ["-wal", "-journal"]

    /// The largest value that is read, in bytes.
    private static let valueLimit: Int32 = 64 << 20

    /// How often a copy is tried of a file that is written meanwhile.
    private static let attemptLimit = 5

    init(_ file: FileWalk.File) throws(TranscriptError) {
        source = file
        path = file.path
        let full = file.fullPath
        let hasLog = Self.logs.contains { (Stamp(full + $0).size ?? 0) > 0 }
        (copy, state) = hasLog ? try Self.copy(file) : (nil, Self.stamps(full))
        var handle: OpaquePointer?
        let name = copy ?? "file:\(Self.escaped(full))?immutable=1"
        let flags = copy == nil ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI : SQLITE_OPEN_READWRITE
        let code = sqlite3_open_v2(name, &handle, flags | SQLITE_OPEN_NOMUTEX, nil)
        guard code == SQLITE_OK, let handle else {
            let words = handle.flatMap { sqlite3_errmsg($0) }.map { String(cString: $0) } ?? ""
            sqlite3_close_v2(handle)
            Self.remove(copy)
            throw Self.error(file.path, words)
        }
        self.handle = handle
        guardAgainstContent()
    }

    /// Opens a dump: what of it belongs to sessions becomes tables, in memory or below `TMPDIR`.
    init(dump file: FileWalk.File) throws(TranscriptError) {
        source = file
        path = file.path
        copy = nil
        state = Self.stamps(file.fullPath)
        var handle: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2("", &handle, flags, nil)
        guard code == SQLITE_OK, let handle else {
            sqlite3_close_v2(handle)
            throw Self.error(file.path, "no room for what it holds")
        }
        self.handle = handle
        guardAgainstContent()
        try load(file)
    }

    private func guardAgainstContent() {
        sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Self.valueLimit)
        _ = csqlite_set_defensive(handle)
        sqlite3_exec(handle, "PRAGMA trusted_schema=OFF", nil, nil, nil)
    }

    deinit {
        sqlite3_close_v2(handle)
        Self.remove(copy)
    }

    private static func stamps(_ path: String) -> [Stamp] { ([""] + logs).map { Stamp(path + $0) } }

    private static func escaped(_ path: String) -> String {
        path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
    }

    // MARK: Copies

    private static func copy(
        _ file: FileWalk.File
    ) throws(TranscriptError) -> (String, [Stamp]) {
        let folder =
            FileManager.default.temporaryDirectory.path + "/sjournal-store-\(UUID().uuidString)"
        for _ in 0..<attemptLimit {
            let before = stamps(file.fullPath)
            do {
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                for suffix in [""] + logs
                where FileManager.default.fileExists(atPath: file.fullPath + suffix) {
                    try FileManager.default.copyItem(
                        atPath: file.fullPath + suffix, toPath: folder + "/store" + suffix)
                }
            } catch {
                try? FileManager.default.removeItem(atPath: folder)
                throw TranscriptError(
                    .inaccessible,
                    "\(file.path) cannot be copied to be read; let TMPDIR name a place with room.",
                    path: file.path, cause: error)
            }
            if stamps(file.fullPath) == before { return (folder + "/store", before) }
            try? FileManager.default.removeItem(atPath: folder)
        }
        throw TranscriptError(
            .changedWhileRead, "\(file.path) changes while it is read. Import it again.",
            path: file.path)
    }

    private static func remove(_ copy: String?) {
        guard let copy else { return }
        try? FileManager.default.removeItem(
            atPath: (copy as NSString).deletingLastPathComponent)
    }

    /// Throws where the file was changed since it was opened.
    func checkUnchanged() throws(TranscriptError) {
        guard copy == nil, Self.stamps(source.fullPath) != state else { return }
        throw TranscriptError(
            .changedWhileRead, "\(path) changed while it was read. Import it again.", path: path)
    }

    // MARK: Reading

    private static func error(_ path: String, _ words: String) -> TranscriptError {
        TranscriptError(
            .archive, "\(path) cannot be read: SQLite says “\(words)”. Check it with sqlite3.",
            path: path)
    }

    var error: TranscriptError {
        Self.error(path, sqlite3_errmsg(handle).map { String(cString: $0) } ?? "an error")
    }

    /// The tables, and the names of their columns.
    func tables() throws(TranscriptError) -> [String: [String]] {
        var names: [String] = []
        try rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite@_%' "
                + "ESCAPE '@' AND sql NOT LIKE 'CREATE VIRTUAL%' ORDER BY name LIMIT 10000"
        ) { row in names.append(row.text(0)) }
        var tables: [String: [String]] = [:]
        for name in names {
            var columns: [String] = []
            try rows("SELECT name FROM pragma_table_info(?)", [name]) { row in
                columns.append(row.text(0))
            }
            tables[name] = columns
        }
        return tables
    }

    /// Runs a query.
    func rows(
        _ sql: String, _ values: [String] = [],
        _ body: (StoreRow) throws(TranscriptError) -> Void
    ) throws(TranscriptError) {
        var statement: OpaquePointer?
        guard sqlite3_prepare_v2(handle, sql, -1, &statement, nil) == SQLITE_OK, let statement
        else { throw error }
        defer { sqlite3_finalize(statement) }
        for (index, value) in values.enumerated() {
            _ = csqlite_bind_text(
                statement, Int32(index + 1), value, Int32(value.utf8.count))
        }
        while true {
            switch sqlite3_step(statement) {
            case SQLITE_ROW: try body(StoreRow(statement: statement))
            case SQLITE_DONE: return
            default: throw error
            }
        }
    }
}

/// The row that a statement stands at.
struct StoreRow {
    let statement: OpaquePointer

    var count: Int { Int(sqlite3_column_count(statement)) }

    func name(_ index: Int) -> String {
        sqlite3_column_name(statement, Int32(index)).map { String(cString: $0) } ?? ""
    }

    func bytes(_ index: Int) -> [UInt8] {
        guard let start = sqlite3_column_blob(statement, Int32(index)) else { return [] }
        let count = Int(sqlite3_column_bytes(statement, Int32(index)))
        return [UInt8](UnsafeRawBufferPointer(start: start, count: count))
    }

    func text(_ index: Int) -> String { String(decoding: bytes(index), as: UTF8.self) }
    func integer(_ index: Int) -> Int64 { sqlite3_column_int64(statement, Int32(index)) }

    /// The row as a line: the table, which columns are JSON or bytes, and the values.
    ///
    /// - Parameter isPacked: Whether bytes may be JSON or MessagePack, and stand in the line as JSON
    ///   then.
    func line(of table: String, isPacked: Bool = false) -> [UInt8] {
        var values: [UInt8] = []
        var documents: [JSONValue] = []
        var blobs: [JSONValue] = []
        for index in 0..<count {
            let name = name(index)
            if index > 0 { values.append(UInt8(ascii: ",")) }
            JSONValue.string(name).write(to: &values)
            values.append(UInt8(ascii: ":"))
            switch sqlite3_column_type(statement, Int32(index)) {
            case SQLITE_INTEGER: JSONValue.integer(integer(index)).write(to: &values)
            case SQLITE_FLOAT:
                let number = sqlite3_column_double(statement, Int32(index))
                let text = number.isFinite ? "\(number)" : number < 0 ? "-9e999" : "9e999"
                values.append(contentsOf: text.utf8)
            case SQLITE_TEXT:
                let text = bytes(index)
                if Self.isDocument(text) {
                    documents.append(.string(name))
                    values += text
                } else if let text = String(validating: text, as: UTF8.self) {
                    JSONValue.string(text).write(to: &values)
                } else {
                    // Bytes that SQLite was told to be text.
                    blobs.append(["text": .string(name)])
                    JSONValue.string(Base64.string(text.span)).write(to: &values)
                }
            case SQLITE_BLOB:
                let bytes = bytes(index)
                if isPacked, Self.isDocument(bytes) {
                    blobs.append(["json": .string(name)])
                    values += bytes
                } else if isPacked, let text = MessagePackText.json(bytes) {
                    blobs.append(["msgpack": .string(name)])
                    values += text
                } else {
                    blobs.append(.string(name))
                    JSONValue.string(Base64.string(bytes.span)).write(to: &values)
                }
            default: JSONValue.null.write(to: &values)
            }
        }
        var line = Array("{\"table\":".utf8)
        JSONValue.string(table).write(to: &line)
        if !documents.isEmpty { line += Array(",\"json\":\(JSONValue.array(documents))".utf8) }
        if !blobs.isEmpty { line += Array(",\"blob\":\(JSONValue.array(blobs))".utf8) }
        return line + Array(",\"row\":{".utf8) + values + Array("}}\n".utf8)
    }

    /// Whether a text is JSON that can stand in a line as it is.
    private static func isDocument(_ text: [UInt8]) -> Bool {
        guard let first = text.first, first == UInt8(ascii: "{") || first == UInt8(ascii: "["),
            !text.contains(UInt8(ascii: "\n")), !text.contains(UInt8(ascii: "\r"))
        else { return false }
        var document = JSONDocument()
        return (try? document.parse(text.span)) != nil
    }
}

extension StoreFile {
    /// Writes the rows of a store that is known, a line a row.
    ///
    /// - Returns: The lines, and what was left out; nil where no format knows the tables.
    func dump() throws(TranscriptError) -> (FileContent, left: [String: Int])? {
        let tables = try tables()
        guard let shape = StoreShape.of(tables) else { return nil }
        var spool = Spool()
        var places: [(table: String, row: Int64)] = []
        try rows(shape.order) { row in places.append((row.text(0), row.integer(1))) }
        for place in places {
            let name = StoreShape.quoted(place.table)
            try rows("SELECT * FROM \(name) WHERE rowid = \(place.row)") {
                (row: StoreRow) throws(TranscriptError) in
                try spool.append(row.line(of: place.table, isPacked: shape.isPacked).span)
            }
        }
        for table in tables.keys where !shape.tables.contains(table) {
            try rows("SELECT count(*) FROM \(StoreShape.quoted(table))") { row in
                left[table, default: 0] += Int(row.integer(0))
            }
        }
        try checkUnchanged()
        return (spool.finish(), left)
    }
}
#endif
