internal import SegmentLog

extension FileStore {
    /// Opens a store, and tells whoever watches how that went.
    static func observed(
        _ options: JournalOptions,
        _ open: (Instruments) throws(JournalError) -> FileStore
    ) throws(JournalError) -> FileStore {
        let instruments = Instruments(options)
        let start = instruments.begin()
        do throws(JournalError) {
            let store = try instruments.measure(start, .open) { () throws(JournalError) in
                try open(instruments)
            }
            store.logRecovery()
            return store
        } catch {
            // Nobody will close what was not opened.
            instruments.flush()
            throw error
        }
    }

    /// Writes down what opening has found and done.
    private func logRecovery() {
        let report = log.recovery
        if let torn = report.tornTail {
            instruments.write(
                .found("torn tail", .warning) {
                    [
                        ("file", .string("segments/" + torn.file)),
                        ("offset", JSONValue(torn.offset)), ("bytes", JSONValue(torn.size)),
                        ("first_seq", JSONValue(torn.firstSequence)),
                        ("quarantine", JSONValue(torn.quarantine.map { "quarantine/" + $0 })),
                        ("reason", .string(torn.reason)),
                    ]
                })
        }
        if report.finishedRotation {
            instruments.write(.found("finished a rotation that was cut short", .info))
        }
        if report.rewroteSegment {
            instruments.write(
                .found("wrote a segment anew: the disk held something else", .warning))
        }
        if let reason = report.readOnlyReason {
            instruments.write(.readOnly(reason))
        }
        instruments.writeDamage(report.holes.map { JournalHole($0) })
    }

    package func metrics() async -> JournalMetrics {
        var metrics = instruments.metrics
        let figures = log.figures
        metrics.appendedSequence = figures.stagedSequence
        metrics.lastSequence = figures.lastSequence
        metrics.durableSequence = figures.durableSequence
        metrics.undurableBytes = UInt64(max(0, figures.stagedSize))
        metrics.segments = figures.segmentCount
        metrics.unsealedSegments = figures.unsealedCount
        metrics.sealBacklog = max(0, figures.unsealedCount - 1)
        metrics.caches = [
            .content: .init(figures.cache.content), .page: .init(figures.cache.page),
            .table: .init(figures.cache.table),
        ]
        return metrics
    }
}

extension JournalMetrics.Cache {
    init(_ figures: BlockCache.Figures) {
        self.init(hits: figures.hits, misses: figures.misses, evictions: figures.evictions)
    }
}
