internal import Dispatch
internal import SegmentLog
internal import Synchronization

/// A store in a directory: segment files of JSON Lines in LZ4 frames.
///
/// An append takes one lock to get its positions, and does no input or output under it:
///
/// ```
/// check the batch ─▶ lock: sequencer, then the log's queue ─▶ unlock ─▶ commit ─▶ answer
///                      │ cold session?                         (this task, or whoever commits)
///                      └─▶ unlock, read its history, again
/// ```
package final class FileStore: JournalStore {
    struct State {
        var sequencer: Sequencer
        var isClosed = false

        /// The last sequence number that a buffered append was answered with: readers wait until it
        /// can be read.
        var bufferedSequence: UInt64 = 0

        /// Why nothing can be appended any more.
        var failure: JournalError?

        /// Encrypted sessions whose keys are to be destroyed: nothing is appended to them.
        var ending: Set<SessionID> = []
    }

    let log: SegmentLog
    let fileSystem: any FileSystem
    let state: Mutex<State>
    let signal: GrowthSignal
    let index = FileIndex()
    let tiles: TileCache
    /// The keys of encrypted sessions; nil where the journal was opened without.
    let keys: SessionKeys?
    let protections: Mutex<Protections>
    /// Segments as they were before compactions; nil where none are attached.
    let archives: AttachedArchives?
    let clock: @Sendable () -> Timestamp
    let random: @Sendable (_ count: Int) -> [UInt8]
    let rememberedEvents: UInt64
    let followInterval: Duration
    let instruments: Instruments

    /// Commits what buffered appends have staged.
    let committer = DispatchQueue(label: "sjournal.buffered")

    /// Long reading and sealing, which must not hold up the tasks of others.
    private let worker = DispatchQueue(label: "sjournal.store", attributes: .concurrent)

    package var isWritable: Bool { log.mode == .writer }

    /// Makes a journal in a directory, and opens it for writing.
    static func create(at path: String, options: JournalOptions) throws(JournalError) -> FileStore {
        let bytes = options.random(16)
        let id = SessionID.make(at: options.clock(), noise: bytes).streamKey
        try JournalFile.create(in: path, journalID: id, options.fileSystem)
        try JournalError.wrap { () throws(LogError) in
            try SegmentLog.create(
                directory: path, fileSystem: options.fileSystem, journalID: id)
        }
        let store = try open(at: path, options: options)
        guard options.encryptsSessions else { return store }
        do throws(JournalError) {
            try store.encryptAll()
        } catch {
            try? store.log.close()
            throw error
        }
        return store
    }

    /// Opens a journal for writing, and records what opening it has cut, unless told not to.
    static func open(
        at path: String, options: JournalOptions, recordingCuts: Bool = true
    ) throws(JournalError) -> FileStore {
        try observed(options) { instruments throws(JournalError) in
            let store = try FileStore(path, .writer, options, instruments)
            do throws(JournalError) {
                if store.isWritable, recordingCuts {
                    try store.recordCuts()
                    try store.recordRepairs()
                }
            } catch {
                try? store.log.close()
                throw error
            }
            return store
        }
    }

    /// Opens a journal for reading.
    static func open(
        readingAt path: String, options: JournalOptions
    ) throws(JournalError) -> FileStore {
        try observed(options) { instruments throws(JournalError) in
            try FileStore(path, .reader, options, instruments)
        }
    }

    private init(
        _ path: String, _ mode: SegmentLog.Mode, _ options: JournalOptions,
        _ instruments: Instruments
    ) throws(JournalError) {
        let file = try JournalFile.read(in: path, options.fileSystem)
        if mode == .writer, file.format > JournalFile.format {
            throw JournalError(
                .newerFormat,
                "the journal is of format \(file.format), this version writes "
                    + "\(JournalFile.format); open it for reading, or use a newer sjournal",
                place: path)
        }
        keys = try options.keys?(
            SessionKeys.Place(
                directory: path, fileSystem: options.fileSystem, journalID: file.journalID,
                clock: options.clock))
        // A wrong key is told before anything is touched.
        try keys?.load(false)
        let cipher = keys?.cipher
        let watch = LogWatch { [instruments] in instruments.take($0) }
        let cache = BlockCache(sizeLimit: options.cacheSize, watch: watch)
        log = try JournalError.wrap { () throws(LogError) in
            try SegmentLog.open(
                directory: path, fileSystem: options.fileSystem, journalID: file.journalID,
                mode: mode, semantics: .events, sealing: options.sealing,
                cache: cache, watch: watch, cipher: cipher)
        }
        archives =
            options.archives.isEmpty
            ? nil
            : try AttachedArchives(
                options.archives, options.fileSystem, file.journalID, cache, cipher)
        tiles = TileCache(log, options.fileSystem, isInline: options.sealing == .inline)
        protections = Mutex(Protections(isMarked: file.isEncrypting))
        self.instruments = instruments
        fileSystem = options.fileSystem
        clock = options.clock
        random = options.random
        rememberedEvents = options.rememberedEvents
        followInterval = options.followInterval
        let end = log.end()
        state = Mutex(
            State(
                sequencer: Sequencer(
                    lastSequence: end?.frontier.size ?? 0,
                    lastTime: end?.lastTime.map { Timestamp(microseconds: $0) })))
        signal = GrowthSignal(position: log.view().lastSequence)
        guard mode == .writer, let keys else { return }
        do throws(JournalError) {
            // Another writer may have changed them until we had its lock.
            try keys.load(true)
            try JournalFile.removeAside(in: path, fileSystem)
        } catch {
            try? log.close()
            throw error
        }
    }

    // MARK: Closing

    package func close() async throws {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        let start = instruments.begin()
        defer { signal.end(.journalClosed()) }
        try await blocking { [log, tiles, instruments, keys] () throws(JournalError) in
            // Whoever observes hears of the end.
            defer { instruments.flush() }
            tiles.close()
            // What is not ended well is whole all the same.
            if log.mode == .writer, log.foreignness == nil { try? keys?.end() }
            try instruments.measure(start, .close) { () throws(JournalError) in
                try JournalError.wrap { () throws(LogError) in try log.close() }
            }
        }
        let buffered = state.withLock { $0.bufferedSequence }
        if let failure = log.failure, buffered > log.view().lastSequence {
            throw JournalError(
                .failed,
                "events \(log.view().lastSequence + 1) to \(buffered), which were appended without "
                    + "waiting for the disk, are lost: \(failure.message)", place: failure.path)
        }
    }

    /// The log as it stands, unless the store was closed.
    func openView() throws(JournalError) -> LogView {
        guard !state.withLock({ $0.isClosed }) else { throw JournalError.journalClosed() }
        // Where another process has destroyed a key, what was decrypted with it is forgotten here too.
        if !isWritable, keys?.refresh() == true { log.forgetContent() }
        return log.view()
    }

    /// Runs something long on a thread that may block.
    func blocking<Value: Sendable>(
        _ body: @escaping @Sendable () throws(JournalError) -> Value
    ) async throws -> Value {
        try await Self.offload(to: worker, body)
    }

    /// Runs something long, which belongs to no open store, on a thread that may block.
    static func offload<Value: Sendable>(
        to queue: DispatchQueue = DispatchQueue(label: "sjournal.files"),
        _ body: @escaping @Sendable () throws(JournalError) -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async {
                do throws(JournalError) {
                    continuation.resume(returning: try body())
                } catch {
                    continuation.resume(throwing: error)
                }
            }
        }
    }
}

extension SessionID {
    /// An id in the layout of UUID version 7.
    ///
    /// - Parameter noise: 16 random bytes.
    static func make(at time: Timestamp, noise: [UInt8]) -> SessionID {
        let milliseconds = UInt64(max(0, time.microseconds / 1_000))
        let high = noise.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let low = noise.dropFirst(8).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return SessionID(
            high: (milliseconds & 0xFFFF_FFFF_FFFF) << 16 | 0x7000 | high & 0xFFF,
            low: 1 << 63 | low >> 2)
    }
}
