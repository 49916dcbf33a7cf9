internal import Dispatch
internal import Glibc
internal import Synchronization

/// A durable, append-only log of lines in segment files.
///
/// One writer, by a lock of the kernel; any number of readers. The writer's owner stages lines under
/// a lock of its own, which gives them their order; the log then writes them, one commit at a time:
///
/// ```
/// stage ─▶ queue ─▶ commit (compress, check, one write, one sync) ─▶ publish ─▶ completions
///                      │ segment full                                    ▲
///                      └─▶ rotate ─▶ seal behind the appends ────────────┘
/// ```
///
/// Invariants:
/// 1. A completion that succeeds comes after the sync that made its lines durable.
/// 2. After an error in a write or a sync nothing is written any more: `failure` is set, and every
///    waiter gets it.
/// 3. What a view can see never changes.
package final class SegmentLog: Sendable {
    package enum Mode: Sendable {
        case writer
        case reader
    }

    /// When complete segments are sealed.
    package enum Sealing: Sendable {
        /// On a thread of its own, behind the appends.
        case background
        /// In the rotation that completed them: for tests that count calls.
        case inline
    }

    package let directory: String
    package let journalID: JournalID
    package let mode: Mode
    let fileSystem: any FileSystem
    let semantics: LineSemantics
    let opening: LogOpening
    let sealing: Sealing
    let lock: (any FileLock)?
    let indexes: StreamIndexes
    /// Is told what the log does.
    let watch: LogWatch

    /// What happens to lines between `stage` and the disk.
    struct Pending {
        var lines: StagedLines
        var isBatch: Bool
        var completions: [@Sendable (LogError?) -> Void]
        /// What its lines come to, whoever compresses them first.
        let blocks = CompressedBlocks()
        var isBeingCompressed = false
    }

    struct State {
        var segments: [SegmentHandle] { didSet { plan = nil } }
        /// That of `segments`, once a view was asked for.
        var plan: ReadPlan?
        var missing: [Hole]
        var lastSequence: UInt64
        var watermark: UInt64
        var report: RecoveryReport
        var queue: [Pending] = []
        var stagedSize = 0
        var stagedLast: UInt64
        var isCommitting = false
        /// The file of the next segment, made before it is needed.
        var spare: SpareSegment?
        var isPreparing = false
        /// Segments whose files were replaced, as long as a view may hold them.
        var retired: [RetiredSegment] = []
        /// Segments that were sealed at the fast level and wait to be compressed better.
        var hasty: [UInt64] = []
        var failure: LogError?
        var isClosed = false
    }

    let state: Mutex<State>
    /// Taken by whoever commits, rotates or closes; never under the state's lock.
    let writer: Mutex<SegmentWriter?>
    /// Taken by a reader that refreshes; never under the state's lock.
    let readerPlace: Mutex<ReaderPlace?>
    let committer = DispatchQueue(label: "sjournal.commit")
    let sealer = DispatchQueue(label: "sjournal.seal")
    /// Sealed segments are written anew here, one after the other. Not where others are sealed: an
    /// append may wait for that.
    let rewriter = DispatchQueue(label: "sjournal.rewrite")
    let preparer = DispatchQueue(label: "sjournal.prepare")
    let indexer = DispatchQueue(label: "sjournal.index", qos: .utility)
    let sealedEnd = Atomic<UInt64>(0)
    /// Is handed the leaf hashes of each commit; see ``sendLeaves(to:)``.
    let leafSink = Mutex(HeldSink())

    /// Single lines gather in one commit up to this many plain bytes.
    static let gatheringLimit = 1 << 20

    // MARK: Opening

    /// Makes an empty log in a directory that exists.
    ///
    /// - Throws: `invalid` where one stands already.
    package static func create(
        directory: String, fileSystem: any FileSystem, journalID: JournalID
    ) throws(LogError) {
        let path = directory + "/segments"
        try LogError.wrap("create", path) { () throws(Errno) in
            if try fileSystem.status(of: path) == nil { try fileSystem.makeDirectory(path) }
            try fileSystem.syncDirectory(directory)
        }
        let name = SegmentName.file(first: 1)
        let names = try LogError.wrap("list", path) { () throws(Errno) in
            try fileSystem.names(in: path)
        }
        guard !names.contains(where: { SegmentName.first(in: $0) != nil }) else {
            throw LogError(.invalid, "there is a log already", path: path)
        }
        let semantics = LineSemantics(
            describe: { _ in nil }, leafHashes: { _, _ in nil }, extend: { _, _ in },
            graft: { _, _, _ in }, terms: { _ in LineTerms() })
        let environment = LogEnvironment(
            fileSystem: fileSystem, journalID: journalID, semantics: semantics,
            cache: BlockCache(), watch: .none)
        try LogOpening(directory: directory, environment: environment).place(
            SegmentWriter.emptySegment(first: 1, journalID: journalID, epoch: 0), as: name)
    }

    /// Opens a log.
    ///
    /// A writer recovers what a crash left: see `LogOpening` for the rows, and `recovery` for what
    /// it did. Where acknowledged events are damaged it opens read-only. A reader changes nothing.
    ///
    /// Cost: the block headers of the unsealed segments, whatever the size of the log.
    ///
    /// - Parameters:
    ///   - indexFanout: How many sealed segments, or index files, one index file stands for.
    ///   - watch: Is told what the log does.
    ///   - cipher: Encrypts and opens what is encrypted; nil where no key is at hand.
    package static func open(
        directory: String, fileSystem: any FileSystem, journalID: JournalID, mode: Mode,
        semantics: LineSemantics, sealing: Sealing = .background,
        cache: BlockCache? = nil, indexFanout: Int = StreamIndexes.standardFanout,
        watch: LogWatch = .none, cipher: (any RunCipher)? = nil
    ) throws(LogError) -> SegmentLog {
        let environment = LogEnvironment(
            fileSystem: WatchedFileSystem(fileSystem, watch), journalID: journalID,
            semantics: semantics, cache: cache ?? BlockCache(watch: watch), watch: watch,
            cipher: cipher, isReplacedByOthers: mode == .reader)
        let fileSystem = environment.fileSystem
        let opening = LogOpening(directory: directory, environment: environment)
        let indexes = StreamIndexes(
            directory: directory + "/index", environment: environment, fanout: indexFanout)
        guard mode == .writer else {
            return SegmentLog(opening, reading: try opening.lookForReading(), indexes, sealing)
        }
        let lockPath = directory + "/LOCK"
        let lock = try LogError.wrap("lock", lockPath) { () throws(Errno) in
            try fileSystem.lock(lockPath)
        }
        guard let lock else {
            let holder = fileSystem.lockHolder(lockPath)
            let who =
                switch holder {
                case getpid()?: "this process"
                case let process? where process > 0: "process \(process)"
                // One of another container has no number here.
                default: "another process"
                }
            throw LogError(
                .locked, "\(who) is writing to this journal; wait for it, or read only",
                path: lockPath)
        }
        let findings = try opening.look(openMode: .update)
        if let reason = findings.report.readOnlyReason {
            guard findings.unsealed.allSatisfy({ $0.scan.newer == nil }) else {
                throw LogError(
                    .newerFormat, "\(reason); use that version of sjournal", path: directory)
            }
            return SegmentLog(
                opening, reading: .init(findings: findings, isWriterAlive: false), indexes, sealing,
                lock: lock)
        }
        var recovery = LogRecovery(opening: opening, findings: findings)
        let recovered: LogRecovery.Outcome
        do throws(LogError) {
            recovered =
                findings.report.isClean
                ? try recovery.run()
                : try watch.measure(.recover) { () throws(LogError) in try recovery.run() }
        } catch {
            // The tree that the next event would be added to lies in a damaged segment.
            guard error.code == .damaged else { throw error }
            var findings = try opening.look(openMode: .read)
            findings.report.readOnlyReason = error.description
            return SegmentLog(
                opening, reading: .init(findings: findings, isWriterAlive: false), indexes, sealing,
                lock: lock)
        }
        let log = SegmentLog(opening, recovered: recovered, lock, indexes, sealing)
        log.sealComplete()
        return log
    }

    private init(
        _ opening: LogOpening, _ mode: Mode, _ findings: LogOpening.Findings, last: UInt64,
        watermark: UInt64, writer: SegmentWriter?, place: ReaderPlace? = nil,
        lock: (any FileLock)?, _ indexes: StreamIndexes,
        _ sealing: Sealing
    ) {
        directory = opening.directory
        journalID = opening.environment.journalID
        self.mode = mode
        fileSystem = opening.environment.fileSystem
        semantics = opening.environment.semantics
        self.opening = opening
        self.sealing = sealing
        self.lock = lock
        self.indexes = indexes
        watch = opening.environment.watch
        state = Mutex(
            State(
                segments: findings.handles, missing: findings.missing, lastSequence: last,
                watermark: watermark, report: findings.report, stagedLast: last))
        self.writer = Mutex(writer)
        readerPlace = Mutex(place)
        noteSealed()
    }

    private convenience init(
        _ opening: LogOpening, recovered: LogRecovery.Outcome, _ lock: any FileLock,
        _ indexes: StreamIndexes, _ sealing: Sealing
    ) {
        let last = recovered.writer.lastSequence
        self.init(
            opening, .writer, recovered.findings, last: last, watermark: last,
            writer: recovered.writer, lock: lock, indexes, sealing)
    }

    private convenience init(
        _ opening: LogOpening, reading: LogOpening.Reading, _ indexes: StreamIndexes,
        _ sealing: Sealing, lock: (any FileLock)? = nil
    ) {
        self.init(
            opening, .reader, reading.findings, last: reading.lastSequence,
            watermark: reading.watermark, writer: nil, place: try? ReaderPlace(reading), lock: lock,
            indexes, sealing)
    }

    /// What opening found, and what has been found since.
    package var recovery: RecoveryReport { state.withLock { $0.report } }

    /// The first write or sync error, if there was one.
    package var failure: LogError? { state.withLock { $0.failure } }

    /// The log as it stands now.
    package func view() -> LogView {
        state.withLock { state in
            let plan = state.plan ?? ReadPlan(segments: state.segments, indexes: indexes)
            state.plan = plan
            return LogView(
                lastSequence: state.lastSequence, watermark: state.watermark,
                missing: state.missing, plan: plan, environment: opening.environment)
        }
    }

    /// Forgets what was decompressed and opened: it may have been opened with a key that is gone.
    package func forgetContent() {
        opening.environment.cache.forget()
        opening.environment.shelves.forget()
    }

    /// The frontier and the time of the last event: where a writer's owner goes on counting.
    package func end() -> (frontier: FrontierRecord, lastTime: Int64?)? {
        guard let frontier = writer.withLock({ $0?.frontier }) else { return nil }
        let segments = state.withLock { $0.segments }
        for segment in segments.reversed() {
            switch segment {
            case .active(let active):
                if let time = active.summary.lastTime { return (frontier, time) }
            case .sealed(let sealed):
                if let front = try? sealed.load().tables.summary {
                    return (frontier, front.lastTime)
                }
            }
        }
        return (frontier, nil)
    }
}
