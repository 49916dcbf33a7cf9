#if Search
internal import Dispatch
internal import SegmentLog
internal import SessionJournal
internal import Synchronization

/// Where the file of an index is, and the connection to it.
///
/// The file is `index/search.sqlite` in the journal's directory. Where nothing can be written there,
/// a file that holds all of the journal is read as it is; else, and for a journal in another store,
/// the index is made in a folder of its own below `TMPDIR`, and goes with the last handle. Where
/// encrypted sessions are opened, that folder is in memory.
final class IndexHome: Sendable {
    static let fileName = "search.sqlite"

    /// How a file is used.
    enum Kind: Sendable { case journal, frozen, temporary, memory }

    struct Place: Sendable {
        var kind: Kind
        /// The folder that the file stands in.
        var directory: String

        var path: String { directory + "/" + IndexHome.fileName }
        var lockPath: String { directory + "/search.lock" }
    }

    /// The disk that SQLite uses, whatever the journal's own is.
    private let fileSystem = PosixFileSystem()
    private let isReadOnly: Bool
    /// The journal's id; "" for one in a store that has none.
    let journalID: String
    private let current: Mutex<Place>
    /// Whoever has it has the file for as long, which may be seconds.
    private let connection = Mutex<SQLiteConnection?>(nil)
    private let queue = DispatchQueue(label: "sjournal.search")

    /// - Parameters:
    ///   - journal: The journal.
    ///   - isApart: Whether the journal's directory is left alone.
    ///   - isReadOnly: Whether it is to be taken for one that cannot be written to.
    init(_ journal: Journal, isApart: Bool, isReadOnly: Bool) throws {
        self.isReadOnly = isReadOnly
        journalID = journal.place?.id ?? ""
        var place: Place
        if !isApart, journal.options.fileSystem is PosixFileSystem,
            let own = journal.place?.directory
        {
            let directory = try PosixFileSystem.canonicalPath(own) + "/index"
            place = Place(kind: .journal, directory: directory)
        } else {
            place = Place(kind: .temporary, directory: try TemporaryFolder.make())
        }
        current = Mutex(place)
    }

    deinit { close() }

    /// Gives the file back; a temporary one goes.
    func close() {
        connection.withLock { $0 = nil }
        let place = place
        if place.kind == .temporary || place.kind == .memory {
            TemporaryFolder.remove(place.directory)
        }
    }

    var place: Place { current.withLock { $0 } }

    /// Throws a file of one's own away, for something was erased that may stand in it; the next
    /// search makes another. The one beside the journal goes with the erasure itself.
    func forgetErased() {
        let place = place
        guard place.kind == .temporary || place.kind == .memory else { return }
        // Where no other folder can be made, the next search says why.
        try? move(to: place.kind)
    }

    private func fileExists(_ place: Place) -> Bool {
        (try? fileSystem.status(of: place.path)) != nil
    }

    /// Whether something can be written where the file is, or is to be.
    var canWrite: Bool {
        guard !isReadOnly else { return false }
        let directory = place.directory
        do throws(Errno) {
            let isThere = try fileSystem.status(of: directory) != nil
            return try fileSystem.allowsWriting(
                to: isThere ? directory : String(directory.dropLast("/index".utf8.count)))
        } catch {
            return false
        }
    }

    // MARK: Places

    /// Waits until nobody else makes or changes the file; nil where nothing can be written there.
    func lock() async throws -> (any FileLock)? {
        let place = place
        guard place.kind != .frozen else { return nil }
        while true {
            try Task.checkCancellation()
            do throws(Errno) {
                if try fileSystem.status(of: place.directory) == nil {
                    try? fileSystem.makeDirectory(place.directory)
                }
                if let lock = try fileSystem.lock(place.lockPath) { return lock }
            } catch {
                guard place.kind == .journal, Self.denials.contains(error) else {
                    throw JournalError(
                        error == .noSpace ? .noSpace : .inputOutput,
                        "the search index cannot be made", place: place.lockPath, cause: error)
                }
                return nil
            }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    private static let denials: [Errno] = [
        .accessDenied, .notPermitted, .readOnly, .notDirectory, .noSuchFile, .tooManyLinks,
        .invalid,
    ]

    /// Goes to a place of its own, since nothing can be written beside the journal.
    func move(to kind: Kind) throws {
        let directory =
            switch kind {
            case .journal, .frozen: place.directory
            case .temporary: try TemporaryFolder.make()
            case .memory: try TemporaryFolder.make(inMemory: true)
            }
        close()
        current.withLock { $0 = Place(kind: kind, directory: directory) }
    }

    // MARK: The file

    /// Uses the file, on a thread that may block; opens it first where need be.
    ///
    /// - Parameters:
    ///   - makes: Whether a file is made where there is none: the caller holds the lock.
    ///   - body: What is done with it, alone.
    func use<Value: Sendable>(
        makes: Bool = false,
        _ body: @escaping @Sendable (SQLiteConnection) throws(SQLiteError) -> Value
    ) async throws -> Value {
        try await queue.perform { () throws(SQLiteError) in
            let place = self.place
            return try self.connection.withLock { connection throws(SQLiteError) in
                if let known = connection, place.kind == .frozen || !known.hasMoved {
                    return try body(known)
                }
                connection = nil
                let opened = try self.open(place, makes: makes)
                connection = opened
                return try body(opened)
            }
        }
    }

    private func open(_ place: Place, makes: Bool) throws(SQLiteError) -> SQLiteConnection {
        guard place.kind != .frozen else {
            return try SQLiteConnection(place.path, .frozen)
        }
        // SQLite would let others read a file that it makes itself.
        if makes {
            _ = try? fileSystem.open(place.path, .create)
        } else if !fileExists(place) {
            throw SQLiteError.unexpected
        }
        let connection = try SQLiteConnection(place.path, makes ? .making : .writing)
        let count = try connection.first("SELECT count(*) FROM sqlite_schema")
        guard makes || count != .integer(0) else { throw SQLiteError.unexpected }
        try connection.run(IndexSchema.settings)
        if count == .integer(0) { try IndexSchema.make(in: connection, of: journalID) }
        return connection
    }

    /// Throws the file away; the next use makes another.
    func discard() async throws {
        try await queue.perform { () throws(SQLiteError) in
            let place = self.place
            self.connection.withLock { connection in
                connection = nil
                guard place.kind != .frozen else { return }
                for suffix in ["-wal", "-shm", "-journal", ""] {
                    try? self.fileSystem.remove(place.path + suffix)
                }
            }
        }
    }
}

extension DispatchQueue {
    /// Runs something long away from the tasks of others.
    func perform<Value: Sendable>(
        _ body: @escaping @Sendable () throws(SQLiteError) -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            self.async {
                do throws(SQLiteError) {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}
#endif
