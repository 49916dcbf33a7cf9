/// A tile's hashes, and every node of the tree above them that the tile reaches.
///
/// Making one costs a hash for each node: 255 for a full tile.
package struct Tile: Sendable {
    package let coordinate: TileCoordinate

    /// The nodes by their height in the tile: its own hashes, the perfect pairs of them, and so on.
    private let rows: [[Hash]]

    /// Nodes of which nothing below is known, by their height in the tile and their column there.
    private let forgotten: [(height: Int, column: Int)]

    /// A node of a tile below which nothing is known.
    package struct Root: Sendable {
        /// In the tile: above its own hashes.
        package var height: Int
        package var column: Int
        package var hash: Hash

        package init(height: Int, column: Int, hash: Hash) {
            self.height = height
            self.column = column
            self.hash = hash
        }
    }

    /// Reads a tile's bytes; nil where they are not 32 for each hash.
    ///
    /// - Parameter roots: What is known of hashes that are not: the bytes of those say nothing.
    package init?(_ coordinate: TileCoordinate, _ bytes: [UInt8], roots: [Root] = []) {
        guard bytes.count == coordinate.size, coordinate.width > 0,
            coordinate.width <= TileCoordinate.fullWidth
        else { return nil }
        var row: [Hash] = []
        row.reserveCapacity(coordinate.width)
        for start in stride(from: 0, to: bytes.count, by: Hash.size) {
            guard let hash = Hash(bytes.span.extracting(start..<(start + Hash.size))) else {
                return nil
            }
            row.append(hash)
        }
        guard
            roots.allSatisfy({
                (0...TileCoordinate.height).contains($0.height) && $0.column >= 0
                    && $0.column < coordinate.width >> $0.height
            })
        else { return nil }
        for root in roots where root.height == 0 { row[root.column] = root.hash }
        forgotten = roots.filter { $0.height > 0 }.map { ($0.height, $0.column) }
        var rows = [row]
        while row.count > 1 {
            var next: [Hash] = []
            next.reserveCapacity(row.count / 2)
            var index = 0
            while index + 1 < row.count {
                next.append(Hash(left: row[index], right: row[index + 1]))
                index += 2
            }
            for root in roots where root.height == rows.count { next[root.column] = root.hash }
            rows.append(next)
            row = next
        }
        self.coordinate = coordinate
        self.rows = rows
    }

    /// Whether all of its own hashes are known.
    package var isWhole: Bool { forgotten.isEmpty }

    /// Whether the tile reaches a node and does not know it: only one above it is known.
    package func isForgotten(height: Int, column: Int) -> Bool {
        forgotten.contains { root in
            height < root.height && column >> (root.height - height) == root.column
        }
    }

    /// The tile's own hashes, one behind the other; those that are not known say nothing.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(coordinate.size)
        for hash in rows[0] { hash.append(to: &bytes) }
        return bytes
    }

    /// The node of a height above the tile's own hashes; nil where the tile does not reach it,
    /// or does not know it.
    package func node(height: Int, column: Int) -> Hash? {
        guard rows.indices.contains(height), rows[height].indices.contains(column),
            !isForgotten(height: height, column: column)
        else { return nil }
        return rows[height][column]
    }

    /// The root of a full tile, which stands in the tile above; nil of a partial one.
    package var root: Hash? { node(height: TileCoordinate.height, column: 0) }

    /// Whether the tile is the last of its level in the tree that this is the frontier of: a partial
    /// tile has no tile above that holds its root, and its perfect subtrees are in the frontier.
    package func isEdge(of tree: RunningTree) -> Bool {
        let unit = coordinate.level * TileCoordinate.height
        let hashes = tree.size >> UInt64(unit)
        guard hashes & UInt64(TileCoordinate.fullWidth - 1) == UInt64(coordinate.width),
            hashes >> UInt64(TileCoordinate.height) == coordinate.index
        else { return false }
        var column = 0
        for height in (0..<TileCoordinate.height).reversed()
        where coordinate.width & (1 << height) != 0 {
            guard let root = tree.root(ofHeight: unit + height),
                node(height: height, column: column >> height) == root
            else { return false }
            column += 1 << height
        }
        return true
    }
}

extension RunningTree {
    /// The root of the perfect subtree of 2^height leaves at the tree's right end; nil where its
    /// size has no one bit there.
    package func root(ofHeight height: Int) -> Hash? {
        guard (0..<UInt64.bitWidth).contains(height), size >> UInt64(height) & 1 == 1 else {
            return nil
        }
        // One root for each one bit, the highest bit's first.
        let above = height == UInt64.bitWidth - 1 ? 0 : size >> UInt64(height + 1)
        return frontier[above.nonzeroBitCount]
    }
}

extension TreeNode {
    /// The tile of the tree of `size` leaves that reaches a node, and where the node stands in it;
    /// nil where the tree does not hold the node.
    package func place(
        in size: UInt64
    ) -> (tile: TileCoordinate, height: Int, column: Int)? {
        guard (0..<UInt64.bitWidth).contains(height),
            index < size >> UInt64(height)
        else { return nil }
        let level = height / TileCoordinate.height
        let inTile = height % TileCoordinate.height
        let first = index << UInt64(inTile)
        guard
            let tile = TileCoordinate.inTree(
                of: size, level: level, index: first >> UInt64(TileCoordinate.height))
        else { return nil }
        return (tile, inTile, Int(first & UInt64(TileCoordinate.fullWidth - 1)) >> inTile)
    }
}
