internal import Dispatch
internal import SegmentLog
internal import Synchronization

/// A store that keeps its events in memory, for tests and for sessions that nobody wants to keep.
///
/// It owes and does what every ``JournalStore`` does but outlive its process: durable means in
/// memory here.
package final class MemoryStore: JournalStore {
    private struct State {
        var sequencer = Sequencer(lastSequence: 0, lastTime: nil)
        var table = LineTable()
        var isClosed = false
    }

    private let state = Mutex(State())
    private let signal = GrowthSignal(position: 0)
    private let clock: @Sendable () -> Timestamp
    private let random: @Sendable (_ count: Int) -> [UInt8]
    let instruments: Instruments

    /// Creates an empty store.
    ///
    /// - Parameter options: Whose clock and random source are used.
    package init(options: JournalOptions = JournalOptions()) {
        clock = options.clock
        random = options.random
        instruments = Instruments(options)
        instruments.end(instruments.begin(), .open)
    }

    package var isWritable: Bool { true }

    // MARK: Writing

    @discardableResult
    package func append(_ batch: AppendBatch) async throws -> [AppendReceipt] {
        let start = instruments.begin()
        do throws(JournalError) {
            let prepared = try PreparedBatch(batch)
            try prepared.refuseEncryption()
            let salts = Salt.make(batch.items.count + 1, from: random)
            let staged = try withState { state throws(JournalError) in
                try Self.sequence(&state) { sequencer, answers throws(JournalError) in
                    try sequencer.append(
                        prepared, answers: answers, reading: clock(), salts: salts)
                }
            }
            signal.advance(to: staged.lastSequence)
            instruments.appended(start, batch, staged)
            return staged.receipts
        } catch {
            instruments.failed(start, batch, error)
            throw error
        }
    }

    @discardableResult
    package func adopt(
        _ lines: [[UInt8]], durability: Durability
    ) async throws -> AdoptReceipt {
        let start = instruments.begin()
        do {
            let receipt = try adopted(try AdoptedLines(lines))
            signal.advance(to: receipt.lastSequence)
            instruments.adopted(
                start, receipt, bytes: lines.suffix(receipt.adopted).reduce(0) { $0 + $1.count + 1 }
            )
            return receipt
        } catch {
            instruments.end(start, .append, error: error)
            throw error
        }
    }

    private func adopted(_ batch: AdoptedLines) throws(JournalError) -> AdoptReceipt {
        try withState { state throws(JournalError) -> AdoptReceipt in
            let known = try batch.duplicates { sequence throws(JournalError) in
                state.table.line(at: sequence)
            }
            let fresh = batch.dropFirst(known)
            guard !fresh.events.isEmpty else {
                return AdoptReceipt(
                    adopted: 0, duplicates: known, lastSequence: state.table.lastSequence)
            }
            let staged = try Self.sequence(&state) { sequencer, answers throws(JournalError) in
                try sequencer.adopt(fresh.events, keys: fresh.keys, answers: answers)
            }
            return AdoptReceipt(
                adopted: fresh.events.count, duplicates: known, lastSequence: staged.lastSequence)
        }
    }

    package func withhold(
        _ events: [ClosedRange<UInt64>],
        step: @Sendable (_ destroy: @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        try await step { [self] in
            try withState { state throws(JournalError) in
                try StoreRules.checkWithholding(events, lastSequence: state.table.lastSequence)
                try state.table.withhold(events)
                state.sequencer.withhold(events)
            }
        }
    }

    package func compact(
        _ events: [ClosedRange<UInt64>], archive: String?,
        step: @Sendable (_ replace: @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        guard archive == nil else {
            throw JournalError(.unsupported, "a journal in memory has no files to be archived")
        }
        try await step { [self] in
            try withState { state throws(JournalError) in
                try StoreRules.checkWithholding(events, lastSequence: state.table.lastSequence)
                state.table.compact(events)
            }
        }
    }

    private static func sequence(
        _ state: inout State,
        _ body: (inout Sequencer, HistoryAnswers) throws(JournalError) -> Sequencer.Outcome
    ) throws(JournalError) -> StagedBatch {
        // The sequencer has seen every event of this store, so that it has nothing to ask.
        guard case .staged(let staged) = try body(&state.sequencer, HistoryAnswers()) else {
            preconditionFailure("a sequencer that remembers everything asks nothing")
        }
        state.table.append(staged.lines)
        return staged
    }

    private func withState<Value>(
        _ body: (inout State) throws(JournalError) -> Value
    ) throws(JournalError) -> Value {
        try state.withLock { state throws(JournalError) in
            guard !state.isClosed else { throw JournalError.journalClosed() }
            return try body(&state)
        }
    }

    // MARK: Reading

    package func read(_ query: ReadQuery) async throws -> EventPage {
        let start = instruments.begin()
        do {
            let (lines, next) = try withState { state in
                let page = state.table.page(query)
                return (page.lines, page.next)
            }
            let page = EventPage(events: try lines.map { try Event(line: $0) }, next: next)
            instruments.read(start, query, page)
            return page
        } catch {
            instruments.failed(start, query, error)
            throw error
        }
    }

    package func position() async throws -> StorePosition {
        try withState { state in
            let last = state.table.lastSequence
            return StorePosition(lastSequence: last, durableSequence: last)
        }
    }

    package func growth(past sequence: UInt64) async throws -> UInt64 {
        try await signal.wait(past: sequence)
    }

    package func head(of session: SessionID) async throws -> SessionHead? {
        try withState { state in state.table.head(of: session) }
    }

    package func heads(from first: SessionID, limit: Int) async throws -> [SessionHead] {
        try withState { state in state.table.heads(from: first, limit: limit) }
    }

    package func session(forKey key: String) async throws -> SessionID? {
        try withState { state in state.sequencer.session(claiming: key) }
    }

    package func treeHead(at size: UInt64?) async throws -> TreeHead {
        let leaves = try withState { state throws(JournalError) in
            let last = state.table.lastSequence
            let size = size ?? last
            guard size <= last else { throw JournalError.beyondEnd(size, last: last) }
            return state.table.leaves.prefix(Int(size))
        }
        var tree = LeafTree()
        for leaf in leaves { tree.append(leaf) }
        return TreeHead(size: tree.size, root: tree.root)
    }

    package func verify(_ options: VerificationOptions) async throws -> VerificationReport {
        let start = instruments.begin()
        let (lines, leaves) = try withState { state in (state.table.lines, state.table.leaves) }
        var verifier = LineVerifier()
        for line in lines { verifier.check(line) }
        var recorded = LeafTree()
        for leaf in leaves { recorded.append(leaf) }
        verifier.compare(recorded.record, place: "in memory")
        options.progress?(
            OperationProgress(bytesDone: verifier.size, bytesTotal: verifier.size))
        let report = VerificationReport(
            verdict: verifier.findings.isEmpty ? .ok : .damaged, events: verifier.events,
            bytesChecked: verifier.size, root: verifier.knownTree.map(\.root),
            findings: verifier.findings)
        instruments.verified(start, report)
        return report
    }

    package func seal() async throws {
        try withState { _ in }
    }

    package func storage() async throws -> StorageFigures {
        try withState { _ in StorageFigures(segmentCount: 0, sizeOnDisk: 0) }
    }

    package func metrics() async -> JournalMetrics {
        var metrics = instruments.metrics
        let last = state.withLock { $0.table.lastSequence }
        metrics.appendedSequence = last
        metrics.lastSequence = last
        metrics.durableSequence = last
        return metrics
    }

    package func close() async throws {
        let isFirst = state.withLock { state in
            defer { state.isClosed = true }
            return !state.isClosed
        }
        guard isFirst else { return }
        signal.end(.journalClosed())
        instruments.end(instruments.begin(), .close)
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [instruments] in
                instruments.flush()
                continuation.resume()
            }
        }
    }
}
