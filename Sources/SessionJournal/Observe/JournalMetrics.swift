/// What a journal has done since it was opened, and where it stands.
public struct JournalMetrics: Sendable, Hashable {
    /// One kind of operation.
    public struct Operation: Sendable, Hashable {
        /// How often it was done, failures included.
        public var count: UInt64 = 0

        /// How often it failed. A failed condition is a failure, too; a cancelled task is none.
        public var failures: UInt64 = 0

        /// The bytes it was about, as in ``ObservedOperation/bytes``.
        public var bytes: UInt64 = 0

        /// The events it was about.
        public var events: UInt64 = 0

        /// How long it took.
        public var latency = LatencyHistogram()

        /// Creates one with zeros.
        public init() {}
    }

    /// One kind of content in the cache.
    public struct Cache: Sendable, Hashable {
        /// What was there when it was asked for.
        public var hits: UInt64

        /// What had to be read.
        public var misses: UInt64

        /// What was given up for something newer.
        public var evictions: UInt64

        /// Creates one.
        public init(hits: UInt64 = 0, misses: UInt64 = 0, evictions: UInt64 = 0) {
            self.hits = hits
            self.misses = misses
            self.evictions = evictions
        }
    }

    /// The kinds of content in the cache.
    public enum CacheKind: String, Sendable, Hashable, CaseIterable {
        /// Decompressed blocks and frames.
        case content

        /// Pages of tables.
        case page

        /// Whole tables of sealed segments, for scans.
        case table
    }

    /// What was done, by kind. What was never done is not there.
    public var operations: [JournalOperation: Operation] = [:]

    /// The cache; empty for a store that has none.
    public var caches: [CacheKind: Cache] = [:]

    /// The last sequence number that was given to an event.
    public var appendedSequence: UInt64 = 0

    /// The last sequence number that can be read.
    public var lastSequence: UInt64 = 0

    /// The last sequence number that is known to be durable: the watermark.
    public var durableSequence: UInt64 = 0

    /// The size of the event lines that were appended and are not yet durable.
    public var undurableBytes: UInt64 = 0

    /// The number of segments.
    public var segments = 0

    /// The segments that are not sealed: the one that takes the appends, and at most one more.
    public var unsealedSegments = 0

    /// The segments that are complete and wait for being sealed.
    public var sealBacklog = 0

    /// Who follows the journal through this handle (``Journal/follow(after:session:kinds:actors:damage:)``).
    public var followers = 0

    /// How many events the slowest of them is behind.
    public var followerLag: UInt64 = 0

    /// Operations and log entries that an observer or a log was too slow for.
    public var unobserved: UInt64 = 0

    /// Creates metrics with zeros.
    public init() {}

    /// One kind of operation; zeros where it was never done.
    public subscript(_ operation: JournalOperation) -> Operation {
        operations[operation] ?? Operation()
    }

    /// How many events the watermark is behind: appended and not yet durable.
    public var undurableEvents: UInt64 {
        appendedSequence > durableSequence ? appendedSequence - durableSequence : 0
    }

    /// How many events one commit, with its one sync, was for; 0 without commits.
    public var eventsPerCommit: Double {
        let commits = self[.commit]
        return commits.count > 0 ? Double(commits.events) / Double(commits.count) : 0
    }
}

extension Journal {
    /// What the journal has done since it was opened, and where it stands. Cost: a copy of some
    /// kilobytes; disturbs nobody.
    public func metrics() async -> JournalMetrics {
        var metrics = await store.metrics()
        let lags = followers.positions.map { position in
            metrics.lastSequence > position ? metrics.lastSequence - position : 0
        }
        metrics.followers = lags.count
        metrics.followerLag = lags.max() ?? 0
        return metrics
    }
}
