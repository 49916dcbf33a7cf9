internal import Dispatch
internal import SegmentLog
internal import Synchronization
internal import TransparencyLog

/// The tiles of a journal in files: made behind the commits from the leaf hashes that these have
/// computed anyway, and read for proofs.
///
/// ```
/// commit ─▶ take ─▶ pending ─▶ (1,024 leaves) queue ─▶ edge ─▶ full tiles ─▶ tiles/
/// proof  ─▶ use  ─▶ TileTree over tiles/ and, where they lack, the events
/// ```
///
/// Nothing waits for it, and no error of it is anybody's: a cache that is behind, torn or gone costs
/// time.
final class TileCache: Sendable {
    private struct State {
        /// Leaf hashes of commits that no tile holds yet, and the tree behind them.
        var pending: [UInt8] = []
        var tree = FrontierRecord.empty
        var isQueued = false
        var isClosed = false
    }

    /// What the thread at work holds.
    private struct Work {
        /// The right end of the tiles; nil before the first tile was made, and after an error.
        var edge: TileEdge?
        var shelf = TileShelf()
    }

    private let log: SegmentLog
    private let files: TileFiles
    private let isInline: Bool
    private let state = Mutex(State())
    private let work = Mutex(Work())
    private let queue = DispatchQueue(label: "sjournal.tiles", qos: .utility)

    /// From how many leaves on tiles are made: four tiles at once.
    private static let batch = 1_024
    /// Above so many bytes that wait, they are given up, and read from the events later.
    private static let pendingLimit = 8 << 20

    init(_ log: SegmentLog, _ fileSystem: any FileSystem, isInline: Bool) {
        self.log = log
        self.isInline = isInline
        files = TileFiles(directory: log.directory, fileSystem: fileSystem)
        guard log.mode == .writer else { return }
        log.sendLeaves { [weak self] hashes, frontier in self?.take(hashes, frontier) }
    }

    private var mayWrite: Bool { log.mode == .writer && log.foreignness == nil }

    // MARK: Behind the commits

    /// Takes note of a commit's leaves. Called by whoever commits: no input or output here, but in
    /// tests that count calls.
    private func take(_ hashes: [UInt8], _ frontier: FrontierRecord) {
        let isDue = state.withLock { state in
            guard !state.isClosed else { return false }
            state.pending += hashes
            state.tree = frontier
            if state.pending.count > Self.pendingLimit { state.pending = [] }
            guard state.pending.count >= Self.batch * Hash.size, !state.isQueued else {
                return false
            }
            state.isQueued = true
            return true
        }
        guard isDue else { return }
        if isInline {
            work.withLock { extend(&$0) }
        } else {
            queue.async { self.work.withLock { self.extend(&$0) } }
        }
    }

    /// Makes the tiles that pending leaves fill.
    private func extend(_ work: inout Work) {
        let (leaves, record) = state.withLock { state in
            defer {
                state.pending = []
                state.isQueued = false
            }
            return (state.pending, state.tree)
        }
        guard mayWrite, !leaves.isEmpty, let tree = LeafTree(record)?.tree else { return }
        let first = tree.size - UInt64(leaves.count / Hash.size)
        do throws(JournalError) {
            var edge = try edge(of: first, &work)
            work.edge = nil
            for tile in edge.append(leaves) {
                try JournalError.wrap("write", files.folder) { () throws(Errno) in
                    try files.write(tile.coordinate, tile.bytes)
                }
            }
            if edge.isEdge(of: tree) { work.edge = edge }
        } catch {
            // Whoever needs the tiles makes them.
        }
    }

    /// The tiles' right end in the tree of so many leaves. Makes all tiles that lack before it.
    private func edge(of size: UInt64, _ work: inout Work) throws(JournalError) -> TileEdge {
        if let edge = work.edge, edge.size == size { return edge }
        guard size > 0 else { return TileEdge() }
        let view = log.view()
        var tree = try tree(of: size, view, work.shelf)
        var tiles: [TileCoordinate: [UInt8]] = [:]
        for partial in TileCoordinate.partial(in: size) {
            tiles[partial] = try tree.tile(partial).bytes
        }
        work.shelf = tree.shelf
        guard let edge = TileEdge(of: size, { tiles[$0] }) else {
            throw JournalError(.internalError, "the edge of the tiles is not whole")
        }
        return edge
    }

    private func tree(
        of size: UInt64, _ view: LogView, _ shelf: TileShelf
    ) throws(JournalError) -> TileTree {
        let frontier = try JournalError.wrap { () throws(LogError) in try view.frontier(at: size) }
        guard let tree = LeafTree(frontier)?.tree else {
            throw JournalError(.damaged, "the Merkle tree over \(size) events is not stored whole")
        }
        return TileTree(tree, files, shelf, mayWrite: mayWrite) { range throws(JournalError) in
            if self.state.withLock({ $0.isClosed }) { throw JournalError.journalClosed() }
            return try JournalError.wrap { () throws(LogError) in
                try view.leaves(from: range.lowerBound + 1, through: range.upperBound)
            }
        }
    }

    // MARK: Proofs

    /// Runs something over the tree of all events of a view.
    func use<Value>(
        _ view: LogView, _ body: (inout TileTree) throws(JournalError) -> Value
    ) throws(JournalError) -> Value {
        try work.withLock { work throws(JournalError) in
            var tree = try tree(of: view.lastSequence, view, work.shelf)
            let value = try body(&tree)
            work.shelf = tree.shelf
            return value
        }
    }

    /// Gives up the tiles that are held in memory: what they were held against may be another
    /// journal's tree.
    func forget() { work.withLock { $0 = Work() } }

    /// Gives up what is held of leaves that are forgotten: in memory, and in the files of the tiles that
    /// hold some of them, durably.
    ///
    /// - Throws: what the disk says.
    func forget(leavesOf events: [ClosedRange<UInt64>]) throws(Errno) {
        try work.withLock { work throws(Errno) in
            work = Work()
            state.withLock { $0.pending = [] }
            var tiles: Set<UInt64> = []
            let width = UInt64(TileCoordinate.fullWidth)
            for range in events {
                for tile in (range.lowerBound - 1) / width...(range.upperBound - 1) / width {
                    tiles.insert(tile)
                }
            }
            try files.remove(leafTiles: tiles.sorted())
        }
    }

    /// Takes tiles as held against the tree, for tests of what becomes of wrong ones.
    func adopt(_ shelf: TileShelf) { work.withLock { $0.shelf = shelf } }

    // MARK: The edge

    /// Keeps the partial tiles at the right end of the tree, so that the next process need not make
    /// them: at a checkpoint, and when a journal is closed whose tiles were made meanwhile.
    func keepEdge(isNeeded: Bool) {
        work.withLock { work in
            let size = log.view().lastSequence
            guard mayWrite, work.edge != nil || (isNeeded && isNear(size)) else { return }
            extend(&work)
            guard let edge = try? edge(of: size, &work), edge.size > 0 else { return }
            work.edge = edge
            try? files.writeEdge(edge)
        }
    }

    /// Whether the tiles of a tree are nearly all there, so that no journal has to be read for them.
    private func isNear(_ size: UInt64) -> Bool {
        let near: UInt64 = 65_536
        guard size > near else { return true }
        return files.read(0, (size - near) / UInt64(TileCoordinate.fullWidth)) != nil
    }

    /// Ends the work behind the commits. What is being made from the events is not finished.
    func close() {
        log.sendLeaves(to: nil)
        state.withLock { $0.isClosed = true }
        keepEdge(isNeeded: false)
        queue.sync {}
    }
}
