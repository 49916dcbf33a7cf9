internal import Dispatch
internal import Synchronization

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
            if let failure = state.failure { return Self.refusal(after: failure) }
            if state.isClosed { return LogError(.closed, "the journal is closed") }
            guard first == state.stagedLast + 1, last - first + 1 == UInt64(lines.records.count),
                lines.leafHashes.count == lines.records.count * SegmentLogFormat.hashSize,
                lines.entries.isEmpty || opening.environment.cipher != nil
            else { return LogError(.invalid, "lines do not follow those staged before") }
            state.stagedLast = last
            state.stagedSize += lines.bytes.count
            let index = state.queue.count - 1
            // Through the index: a copy of the newest would make the appending copy its lines.
            if !isBatch, index >= 0, !state.queue[index].isBatch,
                state.queue[index].lines.bytes.count + lines.bytes.count <= Self.gatheringLimit
            {
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

    /// What a writer answers once something has failed.
    static func refusal(after failure: LogError) -> LogError {
        LogError(
            .failed,
            "an earlier write failed (\(failure.message)); close the journal, see to the disk and "
                + "open it again", path: failure.path, errno: failure.errno)
    }

    var readOnlyMessage: String {
        let reason = state.withLock { $0.report.readOnlyReason }
        return reason.map { "the journal is read-only: \($0); see 'sjournal verify'" }
            ?? "the journal was opened for reading"
    }

    /// Plain bytes that are staged and not yet durable: what back-pressure goes by.
    package var stagedSize: Int { state.withLock { $0.stagedSize } }

    /// Commits what is staged. Where nobody is committing, the caller commits the first of it
    /// itself and leaves the rest to the committer's thread; else whoever commits takes it, and the
    /// caller compresses what can be compressed by now.
    package func commitStaged() {
        guard commitNext() else { return compressWaiting() }
        if state.withLock({ !$0.queue.isEmpty }) {
            committer.async { while self.commitNext() {} }
        }
    }

    /// Compresses a batch that waits while another commit is written and synced.
    private func compressWaiting() {
        let waiting: Pending? = state.withLock { state in
            guard
                let index = state.queue.firstIndex(where: { $0.isBatch && !$0.isBeingCompressed })
            else { return nil }
            state.queue[index].isBeingCompressed = true
            return state.queue[index]
        }
        guard let waiting else { return }
        // An error comes again when the batch is committed, and is told then.
        _ = try? waiting.blocks.make(
            of: waiting.lines, opening.environment.cipher, journalID: journalID)
    }

    /// Commits the next of the queue; false where there is none, or somebody else is at it.
    func commitNext() -> Bool {
        let next: (Pending, LogError?)? = state.withLock { state in
            guard !state.isCommitting, !state.queue.isEmpty else { return nil }
            state.isCommitting = true
            return (state.queue.removeFirst(), state.failure)
        }
        guard let (pending, failure) = next else { return false }
        let error =
            failure
            ?? watch.outcome(
                .commit, bytes: pending.lines.bytes.count, events: pending.lines.records.count
            ) { write(pending) }
        let rest: [Pending] = state.withLock { state in
            state.isCommitting = false
            state.stagedSize -= pending.lines.bytes.count
            guard error != nil else { return [] }
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

    /// Why this process may not write: nil in the one that took the lock. A child that was forked
    /// has all of the writer's memory and would write over what its parent writes.
    package var foreignness: LogError? {
        guard let lock, !lock.isHeld else { return nil }
        return LogError(
            .locked,
            "process \(lock.process) writes to this journal, and this one was forked from it; open "
                + "the journal for reading here, or hand what is to be appended to that process",
            path: directory)
    }

    /// What takes the leaf hashes of commits: 32 bytes a line, and the Merkle frontier behind them.
    package typealias LeafSink = @Sendable (_ hashes: [UInt8], _ frontier: FrontierRecord) -> Void

    /// Has the leaf hashes of every commit handed over once it is durable, in order. The taker is
    /// called by whoever commits, under the writer's lock: it must be short and not call back.
    package func sendLeaves(to sink: LeafSink?) { leafSink.withLock { $0.sink = sink } }

    /// A function in a structure: one that stood in a lock by itself would be wrapped once more at each
    /// look at it, and be a longer way to call each time.
    struct HeldSink { var sink: LeafSink? }

    static let closed = LogError(.closed, "the journal is closed")

    /// The first error is final. Called by who holds the writer, so that nobody writes with it before
    /// the error is known.
    func noteFailure(_ error: LogError) {
        state.withLock { if $0.failure == nil { $0.failure = error } }
    }

    private func write(_ pending: Pending) -> LogError? {
        if let foreignness { return foreignness }
        let lines = pending.lines
        return writer.withLock { writer in
            // A rotation that failed in the meantime has left a writer that knows no more where its
            // file ends.
            if let failure = state.withLock({ $0.failure }) { return failure }
            guard writer != nil else { return Self.closed }
            do throws(LogError) {
                if writer?.isFull(for: lines.bytes.count) == true { try rotate(&writer) }
                let watermark = state.withLock { $0.watermark }
                let compressed = try pending.blocks.make(
                    of: lines, opening.environment.cipher, journalID: journalID)
                guard let blocks = try writer?.commit(lines, compressed, watermark: watermark)
                else { return nil }
                writer?.segment.add(blocks)
                let last = blocks[blocks.count - 1].lastSequence
                let leafSink = leafSink.withLock { $0.sink }
                leafSink?(lines.leafHashes, blocks[blocks.count - 1].frontier)
                let isQuiet = state.withLock { state in
                    state.lastSequence = last
                    state.watermark = last
                    return state.queue.isEmpty
                }
                if isQuiet { try writer?.announce(watermark: last) }
                if let writer, writer.isNearlyFull { prepareSuccessor(epoch: writer.epoch) }
                return nil
            } catch {
                noteFailure(error)
                return error
            }
        }
    }

    /// Waits until nothing staged is left, by committing it.
    func drain() {
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
        dropSpare()
        defer {
            // A merge under way ends, since the log is closed; nobody writes beside the next writer.
            waitForSealing()
            rewriter.sync {}
            indexer.sync {}
            lock?.release()
        }
        let error: LogError? = writer.withLock { writer in
            defer { writer = nil }
            guard state.withLock({ $0.failure }) == nil, foreignness == nil, var last = writer,
                !last.isClosed
            else { return nil }
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
