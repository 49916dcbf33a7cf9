internal import Synchronization

/// What the segments of one log share.
final class LogEnvironment: Sendable {
    let fileSystem: any FileSystem
    let journalID: JournalID
    let semantics: LineSemantics
    let cache: BlockCache
    let open: OpenSegments
    let watch: LogWatch
    /// Opens what is encrypted; nil where no key is at hand.
    let cipher: (any RunCipher)?
    let shelves = FrameShelves()
    /// Whether other processes replace files, so that each look at one asks whether it still stands.
    let isReplacedByOthers: Bool

    init(
        fileSystem: any FileSystem, journalID: JournalID, semantics: LineSemantics,
        cache: BlockCache, watch: LogWatch = .none, cipher: (any RunCipher)? = nil,
        openLimit: Int = OpenSegments.standardLimit,
        isReplacedByOthers: Bool = false
    ) {
        self.isReplacedByOthers = isReplacedByOthers
        self.watch = watch
        self.cipher = cipher
        self.fileSystem = fileSystem
        self.journalID = journalID
        self.semantics = semantics
        self.cache = cache
        open = OpenSegments(limit: openLimit)
    }
}

/// The sealed segments whose files are open. Bounded, so that a log of any number of segments can be
/// read with few file handles: the one opened first is closed first.
final class OpenSegments: Sendable {
    /// Well below the 1,024 files that a process may have open unless it asks for more.
    static let standardLimit = 256

    private struct Entry {
        weak var segment: SealedSegment?
    }

    private struct State {
        var ring: [Entry] = []
        var next = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) { self.limit = max(1, limit) }

    func add(_ segment: SealedSegment) {
        let surplus: SealedSegment? = state.withLock { state in
            guard state.ring.count >= limit else {
                state.ring.append(Entry(segment: segment))
                return nil
            }
            let old = state.ring[state.next].segment
            state.ring[state.next] = Entry(segment: segment)
            state.next = (state.next + 1) % limit
            return old
        }
        if let surplus, surplus !== segment { surplus.unload() }
    }
}
