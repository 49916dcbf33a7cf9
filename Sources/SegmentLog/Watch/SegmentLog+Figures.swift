internal import Synchronization

/// Where a log stands, for those who watch it.
package struct LogFigures: Sendable {
    /// The last event that can be read.
    package var lastSequence: UInt64
    /// The last event known to be durable.
    package var durableSequence: UInt64
    /// The last event that was staged, and the plain bytes that are staged and not yet durable.
    package var stagedSequence: UInt64
    package var stagedSize: Int
    package var segmentCount: Int
    /// Segments of active layout; one of them takes the appends, the others wait for sealing.
    package var unsealedCount: Int
    package var cache: BlockCache.FiguresByKind
}

extension SegmentLog {
    /// Where the log stands now. Cost: a look at each segment in memory.
    package var figures: LogFigures {
        let cache = opening.environment.cache.figures
        return state.withLock { state in
            LogFigures(
                lastSequence: state.lastSequence, durableSequence: state.watermark,
                stagedSequence: max(state.stagedLast, state.lastSequence),
                stagedSize: state.stagedSize, segmentCount: state.segments.count,
                unsealedCount: state.segments.reduce(0) { $0 + ($1.isSealed ? 0 : 1) },
                cache: cache)
        }
    }
}
