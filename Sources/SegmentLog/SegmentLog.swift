internal import Dispatch
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
    private let sealing: Sealing
    private let lock: (any FileLock)?
    private let cache: BlockCache

    /// What happens to lines between `stage` and the disk.
    struct Pending {
        var lines: StagedLines
        var isBatch: Bool
        var completions: [@Sendable (LogError?) -> Void]
    }

    struct State {
        var segments: [SegmentHandle]
        var missing: [Hole]
        var lastSequence: UInt64
        var watermark: UInt64
        var report: RecoveryReport
        var queue: [Pending] = []
        var stagedSize = 0
        var stagedLast: UInt64
        var isCommitting = false
        var failure: LogError?
        var isClosed = false
    }

    let state: Mutex<State>
    /// Taken by whoever commits, rotates or closes; never under the state's lock.
    private let writer: Mutex<SegmentWriter?>
    private let committer = DispatchQueue(label: "sjournal.commit")
    private let sealer = DispatchQueue(label: "sjournal.seal")

    /// Single lines gather in one commit up to this many plain bytes.
    private static let gatheringLimit = 1 << 20

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
            describe: { _ in nil }, leafHash: { _ in nil }, extend: { _, _ in }, terms: { _ in [] })
        try LogOpening(
            directory: directory, fileSystem: fileSystem, journalID: journalID,
            semantics: semantics
        ).place(
            SegmentWriter.emptySegment(first: 1, journalID: journalID, epoch: 0), as: name)
    }

    /// Opens a log.
    ///
    /// A writer recovers what a crash left: see `LogOpening` for the rows, and `recovery` for what
    /// it did. Where acknowledged events are damaged it opens read-only. A reader changes nothing.
    ///
    /// Cost: the block headers of the unsealed segments, whatever the size of the log.
    package static func open(
        directory: String, fileSystem: any FileSystem, journalID: JournalID, mode: Mode,
        semantics: LineSemantics, sealing: Sealing = .background, cache: BlockCache = BlockCache()
    ) throws(LogError) -> SegmentLog {
        let opening = LogOpening(
            directory: directory, fileSystem: fileSystem, journalID: journalID,
            semantics: semantics)
        guard mode == .writer else {
            return SegmentLog(opening, reading: try opening.lookForReading(), cache, sealing)
        }
        let lockPath = directory + "/LOCK"
        let lock = try LogError.wrap("lock", lockPath) { () throws(Errno) in
            try fileSystem.lock(lockPath)
        }
        guard let lock else {
            throw LogError(
                .locked, "another process is writing to this journal; wait for it, or read only",
                path: lockPath)
        }
        let findings = try opening.look(openMode: .update)
        if let reason = findings.report.readOnlyReason {
            guard findings.unsealed.allSatisfy({ $0.scan.newer == nil }) else {
                throw LogError(
                    .newerFormat, "\(reason); use that version of sjournal", path: directory)
            }
            return SegmentLog(
                opening, reading: .init(findings: findings, isWriterAlive: false), cache, sealing,
                lock: lock)
        }
        var recovery = LogRecovery(opening: opening, findings: findings)
        let log = SegmentLog(opening, recovered: try recovery.run(), lock, cache, sealing)
        log.sealComplete()
        return log
    }

    private init(
        _ opening: LogOpening, recovered: LogRecovery.Outcome, _ lock: any FileLock,
        _ cache: BlockCache, _ sealing: Sealing
    ) {
        directory = opening.directory
        journalID = opening.journalID
        mode = .writer
        fileSystem = opening.fileSystem
        semantics = opening.semantics
        self.opening = opening
        self.sealing = sealing
        self.lock = lock
        self.cache = cache
        let last = recovered.writer.lastSequence
        state = Mutex(
            State(
                segments: recovered.findings.handles, missing: recovered.findings.missing,
                lastSequence: last, watermark: last, report: recovered.findings.report,
                stagedLast: last))
        writer = Mutex(recovered.writer)
    }

    private init(
        _ opening: LogOpening, reading: LogOpening.Reading, _ cache: BlockCache,
        _ sealing: Sealing, lock: (any FileLock)? = nil
    ) {
        directory = opening.directory
        journalID = opening.journalID
        mode = .reader
        fileSystem = opening.fileSystem
        semantics = opening.semantics
        self.opening = opening
        self.sealing = sealing
        self.lock = lock
        self.cache = cache
        state = Mutex(
            State(
                segments: reading.findings.handles, missing: reading.findings.missing,
                lastSequence: reading.lastSequence, watermark: reading.watermark,
                report: reading.findings.report, stagedLast: reading.lastSequence))
        writer = Mutex(nil)
    }

    /// What opening found, and what has been found since.
    package var recovery: RecoveryReport { state.withLock { $0.report } }

    /// The first write or sync error, if there was one.
    package var failure: LogError? { state.withLock { $0.failure } }

    /// The log as it stands now.
    package func view() -> LogView {
        state.withLock { state in
            LogView(
                segments: state.segments, lastSequence: state.lastSequence,
                watermark: state.watermark, missing: state.missing, cache: cache,
                semantics: semantics)
        }
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
                if let footer = try? sealed.load().index.footer { return (frontier, footer.lastTime) }
            }
        }
        return (frontier, nil)
    }

    /// For a reader: takes in what a writer has appended, rotated or sealed since. Returns whether
    /// there is more to read than before.
    package func refresh() throws(LogError) -> Bool {
        guard mode == .reader else { return false }
        let reading = try opening.lookForReading()
        return state.withLock { state in
            let hasMore = reading.lastSequence > state.lastSequence
            state.segments = reading.findings.handles
            state.missing = reading.findings.missing
            state.lastSequence = max(state.lastSequence, reading.lastSequence)
            state.watermark = max(state.watermark, reading.watermark)
            state.report = reading.findings.report
            return hasMore
        }
    }
}

// MARK: - Appending

extension SegmentLog {
    /// Puts lines in the queue. Calls come in the order of the lines' sequence numbers, which follow
    /// each other without a gap; the caller's lock sees to that. `completion` is called once the
    /// lines are durable, or with the error that keeps them from becoming so.
    ///
    /// A batch is a commit of its own. Single lines share commits.
    ///
    /// - Throws: `failed`, `closed`, `readOnly`, `tooLarge` or `invalid`; nothing is staged then.
    package func stage(
        _ lines: StagedLines, isBatch: Bool,
        completion: @escaping @Sendable (LogError?) -> Void
    ) throws(LogError) {
        guard mode == .writer else { throw LogError(.readOnly, readOnlyMessage, path: directory) }
        guard let first = lines.records.first?.header.sequence,
            let last = lines.records.last?.header.sequence
        else { throw LogError(.invalid, "nothing to append") }
        guard lines.bytes.count <= SegmentLogFormat.commitSizeLimit,
            lines.records.allSatisfy({ $0.lineLength <= SegmentLogFormat.lineSizeLimit })
        else {
            throw LogError(.tooLarge, "a line is over 16 MiB, or a batch over 32 MiB; split it")
        }
        let refusal: LogError? = state.withLock { state in
            if let failure = state.failure {
                return LogError(
                    .failed,
                    "an earlier write failed (\(failure.message)); close the journal, see to the "
                        + "disk and open it again", path: failure.path, errno: failure.errno)
            }
            if state.isClosed { return LogError(.closed, "the journal is closed") }
            guard first == state.stagedLast + 1, last - first + 1 == UInt64(lines.records.count),
                lines.leafHashes.count == lines.records.count * SegmentLogFormat.hashSize
            else { return LogError(.invalid, "lines do not follow those staged before") }
            state.stagedLast = last
            state.stagedSize += lines.bytes.count
            if !isBatch, let newest = state.queue.last, !newest.isBatch,
                newest.lines.bytes.count + lines.bytes.count <= Self.gatheringLimit
            {
                let index = state.queue.count - 1
                state.queue[index].lines.append(lines)
                state.queue[index].completions.append(completion)
            } else {
                state.queue.append(
                    Pending(lines: lines, isBatch: isBatch, completions: [completion]))
            }
            return nil
        }
        if let refusal { throw refusal }
    }

    private var readOnlyMessage: String {
        let reason = state.withLock { $0.report.readOnlyReason }
        return reason.map { "the journal is read-only: \($0); see 'sjournal verify'" }
            ?? "the journal was opened for reading"
    }

    /// Plain bytes that are staged and not yet durable: what back-pressure goes by.
    package var stagedSize: Int { state.withLock { $0.stagedSize } }

    /// Commits what is staged. Where nobody is committing, the caller commits the first of it
    /// itself and leaves the rest to the committer's thread; else whoever commits takes it.
    package func commitStaged() {
        guard commitNext() else { return }
        if state.withLock({ !$0.queue.isEmpty }) {
            committer.async { while self.commitNext() {} }
        }
    }

    /// Commits the next of the queue; false where there is none, or somebody else is at it.
    private func commitNext() -> Bool {
        let next: (Pending, LogError?)? = state.withLock { state in
            guard !state.isCommitting, !state.queue.isEmpty else { return nil }
            state.isCommitting = true
            return (state.queue.removeFirst(), state.failure)
        }
        guard let (pending, failure) = next else { return false }
        let error = failure ?? write(pending.lines)
        let rest: [Pending] = state.withLock { state in
            state.isCommitting = false
            state.stagedSize -= pending.lines.bytes.count
            guard let error else { return [] }
            if state.failure == nil { state.failure = error }
            defer {
                state.queue = []
                state.stagedSize = 0
            }
            return state.queue
        }
        for completion in pending.completions { completion(error) }
        for waiting in rest { for completion in waiting.completions { completion(error) } }
        // Lines may have been staged between the last look and now, by one who saw us at work.
        if state.withLock({ !$0.queue.isEmpty && !$0.isCommitting }) {
            committer.async { while self.commitNext() {} }
        }
        return true
    }

    private func write(_ lines: StagedLines) -> LogError? {
        writer.withLock { writer in
            guard writer != nil else { return LogError(.closed, "the journal is closed") }
            do throws(LogError) {
                if writer?.isFull(for: lines.bytes.count) == true { try rotate(&writer) }
                let watermark = state.withLock { $0.watermark }
                guard let blocks = try writer?.commit(lines, watermark: watermark) else { return nil }
                writer?.segment.add(blocks)
                let last = blocks[blocks.count - 1].lastSequence
                let isQuiet = state.withLock { state in
                    state.lastSequence = last
                    state.watermark = last
                    return state.queue.isEmpty
                }
                if isQuiet { try writer?.announce(watermark: last) }
                return nil
            } catch {
                return error
            }
        }
    }

    // MARK: Rotation and sealing

    /// Completes the active segment and begins the next. The order matters, see the design:
    /// successor whole and durable, then the end frame that names it.
    private func rotate(_ writer: inout SegmentWriter?) throws(LogError) {
        guard let old = writer, old.blockCount > 0 else { return }
        // At most two segments are unsealed: an append waits here for the one before.
        waitForSealing()
        let first = old.lastSequence + 1
        let next = SegmentName.file(first: first)
        let epoch = old.epoch
        try opening.place(
            SegmentWriter.emptySegment(first: first, journalID: journalID, epoch: epoch), as: next)
        let file = try LogError.wrap("open", opening.path(next)) { () throws(Errno) in
            try fileSystem.open(opening.path(next), .update)
        }
        var finished = old
        try finished.finish(successor: first)
        let segment = ActiveSegment(
            name: next, path: opening.path(next), firstSequence: first, file: file)
        writer = finished.successor(in: segment)
        state.withLock { $0.segments.append(.active(segment)) }
        sealComplete()
    }

    private func waitForSealing() {
        if sealing == .background { sealer.sync {} }
    }

    /// Seals every complete segment, in the background where that was asked for.
    func sealComplete() {
        switch sealing {
        case .background: sealer.async { self.sealPending() }
        case .inline: sealPending()
        }
    }

    private func sealPending() {
        while true {
            let segments = state.withLock { $0.isClosed || $0.failure != nil ? [] : $0.segments }
            guard
                let index = segments.indices.dropLast().first(where: { !segments[$0].isSealed }),
                case .active(let segment) = segments[index]
            else { return }
            do throws(LogError) {
                let before = index > 0 ? segments[index - 1] : nil
                let sealed = try seal(segment, behind: before)
                state.withLock { $0.segments[index] = .sealed(sealed) }
            } catch {
                state.withLock { state in
                    state.report.sealingError = error
                    if error.code == .damaged {
                        state.report.readOnlyReason = error.description
                        if state.failure == nil { state.failure = error }
                    }
                }
                return
            }
        }
    }

    private func seal(
        _ segment: ActiveSegment, behind previous: SegmentHandle?
    ) throws(LogError) -> SealedSegment {
        var frontier = FrontierRecord.empty
        switch previous {
        case .sealed(let sealed)?:
            let all = state.withLock { $0.segments }.compactMap { handle -> SealedSegment? in
                if case .sealed(let sealed) = handle { sealed } else { nil }
            }
            frontier = try opening.frontier(after: sealed, among: all)
        case .active(let active)?: frontier = active.summary.frontier ?? .empty
        case nil: break
        }
        var sealer = Sealer(journalID: journalID, semantics: semantics, level: .sealed)
        let bytes = try sealer.seal(
            segment, predecessor: previous?.firstSequence ?? 0, frontierBefore: frontier)
        try opening.place(bytes, as: segment.name)
        return SealedSegment(
            name: segment.name, path: segment.path, firstSequence: segment.firstSequence,
            lastSequence: segment.summary.lastSequence, journalID: journalID,
            fileSystem: fileSystem, semantics: semantics)
    }

    /// Completes the active segment and seals it, and all before it. Waits until that is done.
    ///
    /// - Throws: what kept a segment from being sealed.
    package func rotateAndSeal() throws(LogError) {
        guard mode == .writer else { throw LogError(.readOnly, readOnlyMessage, path: directory) }
        drain()
        let error: LogError? = writer.withLock { writer in
            do throws(LogError) {
                try rotate(&writer)
                return nil
            } catch {
                return error
            }
        }
        if let error {
            state.withLock { if $0.failure == nil { $0.failure = error } }
            throw error
        }
        state.withLock { $0.report.sealingError = nil }
        sealComplete()
        waitForSealing()
        if let error = state.withLock({ $0.failure ?? $0.report.sealingError }) { throw error }
    }

    /// Waits until nothing staged is left, by committing it.
    private func drain() {
        while state.withLock({ !$0.queue.isEmpty || $0.isCommitting }) {
            if !commitNext() { committer.sync {} }
        }
    }

    /// Writes what is staged, ends the active segment cleanly and gives the lock back. A second call
    /// does nothing.
    package func close() throws(LogError) {
        drain()
        waitForSealing()
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        defer { lock?.release() }
        let failure = state.withLock { $0.failure }
        let error: LogError? = writer.withLock { writer in
            defer { writer = nil }
            guard failure == nil, var last = writer, !last.isClosed else { return nil }
            do throws(LogError) {
                try last.finish()
                return nil
            } catch {
                return error
            }
        }
        if let error { throw error }
    }
}
