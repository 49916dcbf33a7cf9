internal import SegmentLog
internal import Synchronization

extension FileStore {
    /// Takes the entry lines of events out of the segments, for good, and keeps of the tree there the
    /// roots of the largest perfect subtrees. As ``withhold(_:step:)``; tiles that hold such leaves go
    /// too.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - cuts: Sizes of trees whose roots stay known, in order.
    ///   - step: Is handed each step: it decides whether to, and does it by calling what it is handed.
    func forget(
        _ events: [ClosedRange<UInt64>], cuts: [UInt64],
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
            try await Journal.pace?.spend(2 * segmentSize)
            try await step { [self] in
                let files = try await blocking { [log] () throws(JournalError) in
                    try JournalError.wrap { () throws(LogError) in
                        try log.forgetLeaves(of: part, cuts: cuts)
                    }
                }
                replaced.withLock { $0.append(files) }
            }
        }
        state.withLock { $0.sequencer.withhold(events) }
        try await blocking { [tiles] () throws(JournalError) in
            try JournalError.wrap("clear", TileFiles.folderName) { () throws(Errno) in
                try tiles.forget(leavesOf: events)
            }
        }
        while !replaced.withLock({ $0.allSatisfy(\.areClosed) }) {
            try await Task.sleep(for: Self.closingInterval)
        }
    }

    /// What ``forget(_:cuts:step:)`` would come to.
    func measureForgetting(
        _ events: [ClosedRange<UInt64>], cuts: [UInt64]
    ) async throws -> (before: UInt64, after: UInt64, roots: Int) {
        try await blocking { [log] () throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in
                try log.measureForgetting(of: events, cuts: cuts)
            }
        }
    }

    /// Throws where a line is no more, and only a root above its leaf is kept.
    func checkNothingIsForgotten(through last: UInt64) throws(JournalError) {
        let subtree = try reading { view throws(JournalError) in
            try JournalError.wrap { () throws(LogError) in
                try view.retainedLeaves(from: 1, through: view.lastSequence).first
            }
        }
        guard let subtree, subtree.firstSequence <= last else { return }
        throw JournalError(
            .leavesForgotten,
            "the leaves of erased events are forgotten, the first of them event "
                + "\(subtree.firstSequence): a copy of the lines would be another tree; back the journal "
                + "up and restore the backup")
    }
}
