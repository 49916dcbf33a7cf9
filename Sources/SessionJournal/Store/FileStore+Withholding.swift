internal import SegmentLog
internal import Synchronization

extension FileStore {
    /// How long is waited between two looks whether the old files are closed.
    static let closingInterval = Duration.milliseconds(5)

    package func withhold(
        _ events: [ClosedRange<UInt64>],
        step: @Sendable (_ destroy: @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        try checkWritable()
        try await settle()
        try StoreRules.checkWithholding(events, lastSequence: try openView().lastSequence)
        guard let last = events.last?.upperBound else { return }
        if log.sealedThrough < last { try await seal() }
        let replaced = Mutex<[ReplacedFiles]>([])
        let segmentSize = try await meanSegmentSize()
        for part in log.parts(of: events) {
            // Read and written.
            try await Journal.pace?.spend(2 * segmentSize)
            try await step { [self] in
                let files = try await blocking { [log] () throws(JournalError) in
                    try JournalError.wrap { () throws(LogError) in
                        try log.withholdLines(of: part, with: Self.entry)
                    }
                }
                replaced.withLock { $0.append(files) }
            }
        }
        state.withLock { $0.sequencer.withhold(events) }
        while !replaced.withLock({ $0.allSatisfy(\.areClosed) }) {
            try await Task.sleep(for: Self.closingInterval)
        }
    }

    private static let entry: @Sendable (Span<UInt8>) -> [UInt8]? = { line in
        try? EventLine.entryLine(of: line)
    }

    /// Asks the log as it stands. Where a segment was replaced while it was read, it is asked again:
    /// what is read belongs together, and to the one or the other.
    func reading<Value>(
        _ body: (LogView) throws(JournalError) -> Value
    ) throws(JournalError) -> Value {
        for _ in 0..<Self.readingLimit {
            do throws(JournalError) {
                return try body(try openView())
            } catch {
                guard error.code == .viewExpired else { throw error }
                try JournalError.wrap { () throws(LogError) in try log.renew() }
            }
        }
        return try body(try openView())
    }

    private static let readingLimit = 8
}
