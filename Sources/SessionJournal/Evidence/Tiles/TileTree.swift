internal import SegmentLog
internal import TransparencyLog

/// The nodes of a journal's tree by way of tiles, none of which is believed: each is held against the
/// tile above it, and the topmost against the frontier that the segments record.
///
/// ```
/// frontier ─▶ partial tile of the top level ─▶ … ─▶ tile of level 1 ─▶ tile of level 0
///               its perfect subtrees                 its root is a hash of the tile above
/// ```
///
/// What is absent or wrong is made anew: from the tiles below, and where these are wrong too, from the
/// events. A value, used by one thread at a time.
struct TileTree {
    /// Where a tile comes from, each slower than the one before.
    private enum Source: CaseIterable {
        /// Its file, or the kept edge.
        case file
        /// The files of the tiles below it, or the events where these are absent.
        case below
        /// The events.
        case events
    }

    /// The tree that is trusted.
    let tree: RunningTree
    /// Nil where there are none, and every tile is made.
    private let files: TileFiles?
    /// Whether tiles that were made are written.
    private let mayWrite: Bool
    /// Gives the leaf hashes of a range of leaves, counted from 0.
    private let readLeaves: (Range<UInt64>) throws(JournalError) -> LogView.Leaves
    /// Tiles that were held against the tree, or against a later one of the same journal.
    private(set) var shelf: TileShelf

    private var edge: [TileCoordinate: [UInt8]]?
    /// Leaf hashes that were read ahead, and how many at a time.
    private var ahead = (first: UInt64(0), leaves: LogView.Leaves())
    private var stride = UInt64(TileCoordinate.fullWidth)
    private static let strideLimit: UInt64 = 65_536

    init(
        _ tree: RunningTree, _ files: TileFiles, _ shelf: TileShelf, mayWrite: Bool,
        readLeaves: @escaping (Range<UInt64>) throws(JournalError) -> LogView.Leaves
    ) {
        self.tree = tree
        self.files = files
        self.shelf = shelf
        self.mayWrite = mayWrite
        self.readLeaves = readLeaves
    }

    /// A tree all of whose leaves are at hand, 32 bytes each.
    init(_ tree: RunningTree, leaves: [UInt8]) {
        self.tree = tree
        files = nil
        mayWrite = false
        shelf = TileShelf()
        readLeaves = { range throws(JournalError) in
            let bytes = (Int(range.lowerBound) * Hash.size)..<(Int(range.upperBound) * Hash.size)
            return LogView.Leaves(hashes: Array(leaves[bytes]))
        }
    }

    // MARK: Nodes

    /// The hashes that a proof consists of.
    ///
    /// - Throws: `damaged` where the events do not come to the tree that was recorded.
    mutating func hashes(of plan: [Range<UInt64>]) throws(JournalError) -> [Hash] {
        var hashes: [Hash] = []
        for range in plan { hashes.append(try hash(of: range)) }
        return hashes
    }

    /// The root of a range of leaves.
    mutating func hash(of range: Range<UInt64>) throws(JournalError) -> Hash {
        try TreeNode.hash(of: range) { node throws(JournalError) in try hash(of: node) }
    }

    /// A node of the tree.
    ///
    /// - Throws: `leavesForgotten` where only one above it is kept.
    mutating func hash(of node: TreeNode) throws(JournalError) -> Hash {
        guard let place = node.place(in: tree.size) else {
            throw JournalError.beyondEnd(node.index, last: tree.size)
        }
        let tile = try tile(place.tile)
        if let hash = tile.node(height: place.height, column: place.column) { return hash }
        guard tile.isForgotten(height: place.height, column: place.column) else {
            throw JournalError.beyondEnd(node.index, last: tree.size)
        }
        let first = node.index << UInt64(node.height)
        throw JournalError.forgotten((first + 1)...(first + 1 << UInt64(node.height)))
    }

    /// A tile that was held against the tree.
    mutating func tile(_ coordinate: TileCoordinate) throws(JournalError) -> Tile {
        if let known = shelf[coordinate] { return known }
        var root: Hash?
        if coordinate.isFull {
            let parent = coordinate.parent
            guard
                let above = TileCoordinate.inTree(
                    of: tree.size, level: parent.level, index: parent.index)
            else { throw JournalError.beyondEnd(coordinate.leaves.upperBound, last: tree.size) }
            root = try tile(above).node(height: 0, column: parent.column)
        }
        for source in Source.allCases {
            guard let content = try content(of: coordinate, from: source),
                let tile = Tile(coordinate, content.bytes, roots: content.roots),
                root.map({ tile.root == $0 }) ?? tile.isEdge(of: tree)
            else { continue }
            if source != .file, coordinate.isFull { keep(coordinate, content) }
            shelf.put(tile)
            return tile
        }
        throw JournalError(
            .damaged,
            "events \(coordinate.leaves.lowerBound + 1) to \(coordinate.leaves.upperBound) do not "
                + "come to the Merkle tree that the segments record; see 'sjournal verify'")
    }

    // MARK: Bytes

    /// The hashes of a tile.
    private struct Content {
        var bytes: [UInt8]
        /// Of leaves that are forgotten: their bytes are zeros.
        var roots: [Tile.Root] = []
    }

    private mutating func content(
        of tile: TileCoordinate, from source: Source
    ) throws(JournalError) -> Content? {
        switch source {
        case .file:
            if let bytes = files?.read(tile.level, tile.index) {
                return Content(bytes: Array(bytes.prefix(tile.size)))
            }
            guard !tile.isFull, let begun = beginning(of: tile) else { return nil }
            let first = tile.firstHash + UInt64(begun.count / Hash.size)
            var rest = try hashes(
                tile.level, first, through: tile.firstHash + UInt64(tile.width), believing: true)
            rest.bytes = begun + rest.bytes
            return rest
        case .below, .events:
            // The leaves' tile has nothing below it but events.
            guard tile.level > 0 || source == .below else { return nil }
            return try hashes(
                tile.level, tile.firstHash, through: tile.firstHash + UInt64(tile.width),
                believing: source == .below)
        }
    }

    /// What the kept edge has of a partial tile.
    private mutating func beginning(of tile: TileCoordinate) -> [UInt8]? {
        let kept = edge ?? files?.readEdge() ?? [:]
        edge = kept
        return kept.first { entry in
            entry.key.level == tile.level && entry.key.index == tile.index
                && entry.key.width <= tile.width
        }?.value
    }

    /// The hashes of a level from one to before another, within one tile: leaves, or the roots of the
    /// tiles below.
    private mutating func hashes(
        _ level: Int, _ first: UInt64, through end: UInt64, believing: Bool
    ) throws(JournalError) -> Content {
        guard level > 0 else { return try leaves(first..<end) }
        var bytes: [UInt8] = []
        for index in first..<end {
            let below = TileCoordinate(level: level - 1, index: index)
            let known = shelf[below] == nil && believing ? files?.read(below.level, index) : nil
            let content: Content
            if let root = shelf[below]?.root {
                root.append(to: &bytes)
                continue
            } else if let known {
                content = Content(bytes: known)
            } else {
                content = try hashes(
                    below.level, below.firstHash,
                    through: below.firstHash + UInt64(TileCoordinate.fullWidth),
                    believing: believing)
                keep(below, content)
            }
            Tile(below, content.bytes, roots: content.roots)?.root?.append(to: &bytes)
        }
        return Content(bytes: bytes)
    }

    /// The hashes of leaves, which are read in ever larger steps while one asks for the next.
    private mutating func leaves(_ range: Range<UInt64>) throws(JournalError) -> Content {
        let aheadEnd = ahead.first + UInt64(ahead.leaves.hashes.count / Hash.size)
        if range.lowerBound < ahead.first || range.upperBound > aheadEnd {
            stride =
                range.lowerBound == aheadEnd && aheadEnd > 0
                ? min(stride * 2, Self.strideLimit) : UInt64(TileCoordinate.fullWidth)
            let end = max(range.upperBound, min(tree.size, range.lowerBound + stride))
            ahead = (range.lowerBound, try readLeaves(range.lowerBound..<end))
        }
        let start = Int(range.lowerBound - ahead.first) * Hash.size
        let bytes = Array(ahead.leaves.hashes[start..<(start + range.count * Hash.size)])
        let mask = UInt64(TileCoordinate.fullWidth - 1)
        return Content(
            bytes: bytes,
            roots: ahead.leaves.subtrees.compactMap { subtree in
                let first = subtree.firstSequence - 1
                guard range.contains(first), let hash = Hash(subtree.root.span) else { return nil }
                return Tile.Root(
                    height: subtree.height, column: Int(first & mask) >> subtree.height, hash: hash)
            })
    }

    /// Writes a tile that was made; a disk that will not have it keeps us from nothing. One with
    /// forgotten leaves is none that anybody could read.
    private func keep(_ tile: TileCoordinate, _ content: Content) {
        if mayWrite, content.roots.isEmpty { try? files?.write(tile, content.bytes) }
    }
}

/// Tiles that were held against the tree, the ones used last.
struct TileShelf {
    private var tiles: [TileCoordinate: (tile: Tile, use: UInt64)] = [:]
    private var clock: UInt64 = 0

    /// How many are kept: each takes about 16 KiB.
    private static let limit = 512

    subscript(coordinate: TileCoordinate) -> Tile? {
        mutating get {
            guard let found = tiles[coordinate]?.tile else { return nil }
            clock += 1
            tiles[coordinate]?.use = clock
            return found
        }
    }

    mutating func put(_ tile: Tile) {
        clock += 1
        tiles[tile.coordinate] = (tile, clock)
        guard tiles.count > Self.limit else { return }
        // Half at once, so that this is seldom.
        let uses = tiles.values.map(\.use).sorted()
        let bound = uses[uses.count / 2]
        tiles = tiles.filter { $0.value.use >= bound }
    }
}
