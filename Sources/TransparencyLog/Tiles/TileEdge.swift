/// The right edge of a tree in tiles: what it takes to go on making tiles while leaves come, at most
/// 255 hashes a level.
///
/// Taking a leaf costs one node hash on average, for the tiles' roots.
package struct TileEdge: Sendable {
    /// A tile that has just become full.
    package struct Finished: Sendable {
        package var coordinate: TileCoordinate
        package var bytes: [UInt8]
    }

    /// The number of leaves.
    package private(set) var size: UInt64

    /// The hashes of the partial tile of each level, as bytes.
    private var levels: [[UInt8]]

    /// The tree without leaves.
    package init() {
        size = 0
        levels = []
    }

    /// The edge of a tree, of its partial tiles, whose bytes `bytes` gives; nil where it cannot, or
    /// gives another count.
    package init?(of size: UInt64, _ bytes: (TileCoordinate) -> [UInt8]?) {
        self.size = size
        levels = []
        for tile in TileCoordinate.partial(in: size) {
            guard let content = bytes(tile), content.count == tile.size else { return nil }
            while levels.count < tile.level { levels.append([]) }
            levels.append(content)
        }
    }

    /// Takes leaves, 32 bytes each, and gives the tiles that have become full by them.
    package mutating func append(_ leaves: [UInt8]) -> [Finished] {
        var finished: [Finished] = []
        let tileSize = TileCoordinate(level: 0, index: 0).size
        var offset = 0
        while offset + Hash.size <= leaves.count {
            if levels.isEmpty { levels.append([]) }
            let room = min(tileSize - levels[0].count, leaves.count - offset)
            let count = room / Hash.size * Hash.size
            levels[0].reserveCapacity(tileSize)
            levels[0] += leaves[offset..<(offset + count)]
            offset += count
            size += UInt64(count / Hash.size)
            finish(tileSize, &finished)
        }
        return finished
    }

    /// Moves full tiles out, from the leaves up.
    private mutating func finish(_ tileSize: Int, _ finished: inout [Finished]) {
        var level = 0
        while level < levels.count, levels[level].count == tileSize {
            let index =
                (size >> UInt64(level * TileCoordinate.height))
                / UInt64(TileCoordinate.fullWidth)
            let coordinate = TileCoordinate(level: level, index: index - 1)
            let bytes = levels[level]
            levels[level] = []
            if level + 1 == levels.count { levels.append([]) }
            if let root = Tile(coordinate, bytes)?.root {
                root.append(to: &levels[level + 1])
            }
            finished.append(Finished(coordinate: coordinate, bytes: bytes))
            level += 1
        }
    }

    /// The partial tiles, the lowest level first.
    package var partial: [Finished] {
        TileCoordinate.partial(in: size).map { tile in
            Finished(coordinate: tile, bytes: levels[tile.level])
        }
    }

    /// Whether this is the edge of a tree: its partial tiles are those of the tree's frontier.
    package func isEdge(of tree: RunningTree) -> Bool {
        size == tree.size
            && partial.allSatisfy { part in
                Tile(part.coordinate, part.bytes)?.isEdge(of: tree) == true
            }
    }
}
