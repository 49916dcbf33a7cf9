#if Search
internal import SegmentLog
public import SessionJournal
internal import Synchronization

/// Full-text search over the messages of a journal, and tables of it for SQL.
///
/// ```swift
/// let index = try SearchIndex(journal)
/// let page = try await index.search("timeout -retry role:assistant", limit: 10)
/// for hit in page.hits { print(hit.session, hit.snippet.text) }
/// ```
///
/// The index is a file of SQLite in the journal's `index/`, a cache: deleted, damaged, of another
/// journal or of earlier rules, it is made again. Every search first takes in what was appended
/// since. Any number of processes may use it at once; one at a time brings it up to date. Where
/// nothing can be written beside the journal, it is made in a temporary file, once for each handle;
/// where encrypted sessions are opened, it is made in memory.
public final class SearchIndex: Sendable {
    /// The journal.
    public let journal: Journal

    let damage: Journal.DamagePolicy
    let home: IndexHome
    let shelf = Mutex(FoldShelf())
    /// By which the journal knows this handle.
    private let hearing: UInt64
    /// What is written in one transaction, in bytes, about.
    let batchSize: Int

    static let standardBatchSize = 8 << 20

    /// An index of a journal. Cost: none before the first search.
    ///
    /// - Parameters:
    ///   - journal: The journal, open for writing or reading.
    ///   - damage: What to do where events are lost. An index that skips them is made in a temporary
    ///     file, for a repair may bring them back.
    /// - Throws: ``JournalError`` where not even a temporary folder can be made.
    public convenience init(_ journal: Journal, damage: Journal.DamagePolicy = .fail) throws {
        try self.init(journal, damage: damage, batchSize: Self.standardBatchSize)
    }

    /// The same where nothing may be written beside the journal, or with other transactions.
    init(
        _ journal: Journal, damage: Journal.DamagePolicy, batchSize: Int, isReadOnly: Bool = false
    ) throws {
        self.journal = journal
        self.damage = damage
        self.batchSize = batchSize
        let home = try IndexHome(journal, isApart: damage == .skip, isReadOnly: isReadOnly)
        self.home = home
        hearing = journal.hearErasures { [weak home] in home?.forgetErased() }
    }

    deinit { journal.stopHearing(hearing) }

    /// Gives the file back; a temporary one is removed. Using the index again opens it anew.
    public func close() { home.close() }

    /// Takes in what was appended since the last time, or everything where the index is not there
    /// or of no use.
    ///
    /// Cost: the new events; the sessions that were edited, merged or changed are read from their
    /// beginning, unless this handle has them in memory. At first a reading of the whole journal,
    /// with memory for one session at a time. Safe to break off: what is done stays done.
    ///
    /// - Parameter progress: Called now and then with events taken in and events to take in.
    /// - Throws: ``JournalError/Code/damaged`` where events are lost and damage is not skipped, and
    ///   what the disk says.
    public func catchUp(progress: ((OperationProgress) -> Void)? = nil) async throws {
        try await mending { try await self.bringUp(progress) }
    }

    /// Takes in what there is and what comes, until the task is cancelled or the journal closed, so
    /// that no search has to wait for it.
    public func follow() async throws {
        while true {
            // Asked for before: what comes while it catches up is growth past that.
            let last = try await journal.lastSequence()
            try await catchUp()
            _ = try await journal.store.growth(past: last)
        }
    }

    /// Throws the index away and makes it anew.
    ///
    /// - Parameter progress: Called now and then with events taken in and events to take in.
    public func rebuild(progress: ((OperationProgress) -> Void)? = nil) async throws {
        shelf.withLock { $0.clear() }
        let lock = try await home.lock()
        try await home.discard()
        lock?.release()
        try await catchUp(progress: progress)
    }

    /// Does something with the index. A file that turns out to be none, or to hold what it should
    /// not, is made anew, and what cannot be written to is made elsewhere.
    func mending<Value>(_ body: () async throws -> Value) async throws -> Value {
        var attempt = 0
        while true {
            attempt += 1
            do {
                return try await body()
            } catch let error as SQLiteError {
                guard attempt <= Self.attemptLimit, error.isDamage || error.isDenial else {
                    throw error.journalError(at: home.place.path)
                }
                shelf.withLock { $0.clear() }
                if error.isDenial || home.place.kind == .frozen {
                    try home.move(to: journal.opensEncrypted ? .memory : .temporary)
                } else {
                    let lock = try await home.lock()
                    try await home.discard()
                    lock?.release()
                }
            }
        }
    }

    private static let attemptLimit = 3
}

extension SQLiteError {
    /// The error as the library words it.
    func journalError(at place: String) -> JournalError {
        let code: JournalError.Code =
            isFull ? .noSpace : isInterrupt ? .closed : isBusy ? .locked : .inputOutput
        return JournalError(code, "the search index fails: \(message)", place: place)
    }
}
#endif
