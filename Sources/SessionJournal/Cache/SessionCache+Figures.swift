internal import Synchronization

extension SessionCache {
    /// What a cache has done since it was made, and what it holds.
    public struct Statistics: Sendable, Hashable {
        /// How often a state was served.
        public internal(set) var hits: UInt64 = 0
        /// How often there was none to serve, or one that had expired or was out of date.
        public internal(set) var misses: UInt64 = 0
        /// Entries that made room for others, or were pruned.
        public internal(set) var evictions: UInt64 = 0
        /// Entries whose time was over.
        public internal(set) var expirations: UInt64 = 0
        /// Entries whose session had got an event since.
        public internal(set) var invalidations: UInt64 = 0
        /// The sessions that are kept.
        public internal(set) var entries = 0
        /// The memory that they take, estimated: see ``SessionCache/estimateBytes``.
        public internal(set) var bytes = 0

        /// Hits in a hundred that were asked for; 0 where nobody asked.
        public var hitRate: Double {
            hits + misses == 0 ? 0 : 100 * Double(hits) / Double(hits + misses)
        }
    }

    /// The figures now. Cost: that of ``estimateBytes``.
    public var statistics: Statistics {
        let (counts, slots) = content.withLock { ($0.counts, $0.shelf.oldestFirst) }
        var statistics = counts
        statistics.entries = slots.count
        statistics.bytes = slots.reduce(0) { $0 + $1.value.box.estimatedBytes }
        return statistics
    }

    /// Hits in a hundred that were asked for; 0 where nobody asked. Cost: none.
    public var hitRate: Double { content.withLock { $0.counts.hitRate } }

    /// The memory that the entries take, in bytes, estimated from what they hold now: pages of
    /// messages that were read from the journal count, those that were not do not. What two states
    /// share counts twice.
    ///
    /// Cost: a look at each message in memory.
    public var estimateBytes: Int {
        let slots = content.withLock { $0.shelf.oldestFirst }
        return slots.reduce(0) { $0 + $1.value.box.estimatedBytes }
    }

    /// Takes out the entries whose last use is longest ago, until the rest takes no more than so much.
    ///
    /// - Parameter bytes: Of memory, estimated.
    /// - Returns: How many were taken out.
    @discardableResult
    public func pruneBySize(_ bytes: Int) -> Int {
        let slots = content.withLock { $0.shelf.oldestFirst }
        let sizes = slots.map(\.value.box.estimatedBytes)
        var total = sizes.reduce(0, +)
        var gone: [RecencyShelf<SessionID, Entry>.Slot] = []
        for (slot, size) in zip(slots, sizes) where total > max(0, bytes) {
            gone.append(slot)
            total -= size
        }
        return evict(gone)
    }

    /// Takes out the entries that were read fewer times than so many, since they were put in.
    ///
    /// - Parameter count: The number of reads that keeps an entry.
    /// - Returns: How many were taken out.
    @discardableResult
    public func pruneByAccessCount(_ count: Int) -> Int {
        let slots = content.withLock { $0.shelf.oldestFirst }
        return evict(slots.filter { $0.readCount < UInt64(clamping: count) })
    }

    /// Takes out entries, where nobody has put others in their place.
    private func evict(_ slots: [RecencyShelf<SessionID, Entry>.Slot]) -> Int {
        content.withLock { content in
            var count = 0
            for slot in slots where content.shelf[slot.key]?.value.box === slot.value.box {
                content.shelf.remove(slot.key)
                count += 1
            }
            content.counts.evictions += UInt64(count)
            return count
        }
    }
}

extension SessionCache.Box {
    /// See ``SessionCache/estimateBytes``.
    var estimatedBytes: Int { MemoryLayout<SessionState>.size + state.estimatedBytes }
}
