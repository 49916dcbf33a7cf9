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

    /// What the log's files take. Cost: a look at each file's size.
    package func sizes() throws(LogError) -> LogSizes {
        let unsealed = Set(
            state.withLock { state in
                state.segments.filter { !$0.isSealed }.map(\.name)
            })
        var sizes = LogSizes()
        for (name, size) in try files(in: opening.segmentsPath)
        where SegmentName.first(in: name) != nil {
            if unsealed.contains(name) {
                sizes.unsealedCount += 1
                sizes.unsealed += size
            } else {
                sizes.sealedCount += 1
                sizes.sealed += size
            }
        }
        sizes.indexes = try files(in: directory + "/index").reduce(0) { $0 + $1.size }
        sizes.quarantine = try files(in: directory + "/quarantine").reduce(0) { $0 + $1.size }
        return sizes
    }

    private func files(in path: String) throws(LogError) -> [(name: String, size: UInt64)] {
        try LogError.wrap("list", path) { () throws(Errno) in
            guard try fileSystem.status(of: path)?.kind == .directory else { return [] }
            var files: [(name: String, size: UInt64)] = []
            for name in try fileSystem.names(in: path) {
                // A writer may have taken it away since.
                guard let status = try fileSystem.status(of: path + "/" + name),
                    status.kind == .file
                else { continue }
                files.append((name, UInt64(max(0, status.size))))
            }
            return files
        }
    }
}

/// What a log's files take, in bytes.
package struct LogSizes: Sendable {
    package var sealedCount = 0
    package var sealed: UInt64 = 0
    package var unsealedCount = 0
    package var unsealed: UInt64 = 0
    package var indexes: UInt64 = 0
    package var quarantine: UInt64 = 0
}
