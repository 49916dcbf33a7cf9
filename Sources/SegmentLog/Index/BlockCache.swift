internal import Synchronization

/// Tells one segment object of this process from every other one, those included that are gone: an
/// object's address does not, for the next object may get it.
struct SegmentIdentity: Hashable, Sendable {
    private static let count = Atomic<UInt64>(0)

    private let number: UInt64

    /// Another identity than any before it.
    init() { number = Self.count.wrappingAdd(1, ordering: .relaxed).newValue }
}

/// Decompressed content of blocks and frames, and pages of their tables, the least recently read
/// given up first. Bounded by bytes; content larger than a quarter of the bound is not kept.
package final class BlockCache: Sendable {
    struct Key: Hashable {
        enum Kind: Hashable {
            /// The plain content of a block or a frame.
            case content
            /// A page of a footer or an index.
            case page
        }

        var segment: SegmentIdentity
        var kind: Kind
        var index: Int
    }

    /// What a cache has done since it was made, for one kind of its entries.
    package struct Figures: Sendable, Hashable {
        package var hits: UInt64 = 0
        package var misses: UInt64 = 0
        package var evictions: UInt64 = 0
    }

    /// The same for each kind of entry.
    package struct FiguresByKind: Sendable, Hashable {
        /// Decompressed blocks and frames.
        package var content = Figures()
        /// Pages of tables.
        package var page = Figures()
        /// Whole tables of sealed segments.
        package var table = Figures()

        subscript(_ kind: Key.Kind) -> Figures {
            get {
                switch kind {
                case .content: content
                case .page: page
                }
            }
            set {
                switch kind {
                case .content: content = newValue
                case .page: page = newValue
                }
            }
        }
    }

    private struct Entry {
        var content: BlockContent
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var size = 0
        var clock: UInt64 = 0
        /// Whole tables of sealed segments, the newest last.
        var indexes: [(segment: SegmentIdentity, index: SealedIndex)] = []
        var figures = FiguresByKind()
    }

    /// A scan in order of sequence uses the tables of one segment at a time.
    private static let indexLimit = 4

    private let sizeLimit: Int
    private let watch: LogWatch
    private let state = Mutex(State())

    /// `sizeLimit` is in bytes.
    package init(sizeLimit: Int = 64 << 20, watch: LogWatch = .none) {
        self.sizeLimit = sizeLimit
        self.watch = watch
    }

    /// What was found, not found and given up. Cost: none.
    package var figures: FiguresByKind {
        state.withLock { $0.figures }
    }

    func index(of segment: SegmentIdentity) -> SealedIndex? {
        state.withLock { state in
            let known = state.indexes.first { $0.segment == segment }?.index
            if known == nil {
                state.figures.table.misses += 1
            } else {
                state.figures.table.hits += 1
            }
            return known
        }
    }

    func keep(_ index: SealedIndex, of segment: SegmentIdentity) {
        state.withLock { state in
            state.indexes.removeAll { $0.segment == segment }
            if state.indexes.count >= Self.indexLimit {
                state.indexes.removeFirst()
                state.figures.table.evictions += 1
            }
            state.indexes.append((segment, index))
        }
    }

    /// Gives up all that is kept of a segment. Cost: a look at every entry.
    func forget(_ segment: SegmentIdentity) {
        state.withLock { state in
            state.indexes.removeAll { $0.segment == segment }
            for (key, entry) in state.entries where key.segment == segment {
                state.entries[key] = nil
                state.size -= entry.content.size
            }
        }
    }

    func content(_ key: Key) -> [UInt8]? { block(key)?.bytes }

    func block(_ key: Key) -> BlockContent? {
        state.withLock { state in
            state.clock += 1
            let clock = state.clock
            guard let entry = state.entries[key] else {
                state.figures[key.kind].misses += 1
                return nil
            }
            state.figures[key.kind].hits += 1
            state.entries[key]?.lastUse = clock
            return entry.content
        }
    }

    /// Forgets everything that was decompressed: what was opened with a key that is gone, too.
    func forget() {
        state.withLock { state in
            state.entries = [:]
            state.size = 0
        }
    }

    func keep(_ content: [UInt8], _ key: Key) { keep(BlockContent(content), key) }

    func keep(_ content: BlockContent, _ key: Key) {
        guard content.size <= sizeLimit / 4 else { return }
        let givenUp = state.withLock { state -> Int in
            state.clock += 1
            if let old = state.entries.updateValue(
                Entry(content: content, lastUse: state.clock), forKey: key)
            {
                state.size -= old.content.size
            }
            state.size += content.size
            guard state.size > sizeLimit else { return 0 }
            let sizeBefore = state.size
            // Gives up the older half at once, so that the search is paid once for many entries.
            let byUse = state.entries.sorted { $0.value.lastUse < $1.value.lastUse }
            for (key, entry) in byUse where state.size > sizeLimit / 2 {
                state.entries[key] = nil
                state.size -= entry.content.size
                state.figures[key.kind].evictions += 1
            }
            return sizeBefore - state.size
        }
        if givenUp > 0 { watch.note(.evict, bytes: givenUp) }
    }
}
