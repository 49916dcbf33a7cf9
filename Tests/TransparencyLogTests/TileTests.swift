import Testing
import TransparencyLog

/// Tiles by C2SP tlog-tiles.
@Suite struct TileTests {
    static let tree = PlainTree(count: 700)

    @Test func pathsAreThoseOfTheStandard() {
        #expect(TileCoordinate(level: 0, index: 1_234_067).path == "0/x001/x234/067")
        #expect(TileCoordinate(level: 3, index: 5).path == "3/005")
        #expect(TileCoordinate(level: 0, index: 273, width: 112).path == "0/273.p/112")
        #expect(TileCoordinate(level: 2, index: 1_000, width: 8).path == "2/x001/000.p/8")
        #expect(TileCoordinate(level: 0, index: 999_999).path == "0/x999/999")
    }

    /// The example of the standard: 70,000 leaves.
    @Test func aTreeHasTheTilesOfTheStandard() {
        #expect(
            TileCoordinate.partial(in: 70_000) == [
                TileCoordinate(level: 0, index: 273, width: 112),
                TileCoordinate(level: 1, index: 1, width: 17),
                TileCoordinate(level: 2, index: 0, width: 1),
            ])
        #expect(TileCoordinate.inTree(of: 70_000, level: 0, index: 272)?.isFull == true)
        #expect(TileCoordinate.inTree(of: 70_000, level: 0, index: 273)?.width == 112)
        #expect(TileCoordinate.inTree(of: 70_000, level: 0, index: 274) == nil)
        #expect(TileCoordinate.inTree(of: 70_000, level: 3, index: 0) == nil)
        #expect(TileCoordinate.inTree(of: 256, level: 1, index: 0)?.width == 1)
        #expect(TileCoordinate.inTree(of: 256, level: 0, index: 1) == nil)
        #expect(TileCoordinate.inTree(of: 1, level: 8, index: 0) == nil)
        #expect(TileCoordinate.inTree(of: 1, level: -1, index: 0) == nil)
        #expect(TileCoordinate(level: 0, index: 1).size == 8_192)
        #expect(TileCoordinate(level: 1, index: 2, width: 3).leaves == 131_072..<131_840)
        #expect(TileCoordinate(level: 0, index: 1_000).parent == (1, 3, 232))
    }

    /// The tiles of a tree, made in one go.
    private func tiles(_ size: Int) -> [TileCoordinate: [UInt8]] {
        var edge = TileEdge()
        var tiles: [TileCoordinate: [UInt8]] = [:]
        for tile in edge.append(Self.tree.bytes(0..<size)) {
            tiles[tile.coordinate] = tile.bytes
        }
        for tile in edge.partial { tiles[tile.coordinate] = tile.bytes }
        return tiles
    }

    @Test(arguments: [1, 2, 255, 256, 257, 511, 512, 513, 700])
    func everyNodeComesFromATile(_ size: Int) throws {
        let tiles = tiles(size)
        let nodes = { (node: TreeNode) in
            let place = node.place(in: UInt64(size))
            let tile = place.flatMap { place in
                tiles[place.tile].flatMap { Tile(place.tile, $0) }
            }
            return place.flatMap { tile?.node(height: $0.height, column: $0.column) } ?? Hash()
        }
        #expect(
            TreeNode.hash(of: 0..<UInt64(size), nodes) == Self.tree.root(0..<size))
        for index in [0, size / 2, size - 1] {
            let plan = try #require(ProofPlan.inclusion(of: UInt64(index), in: UInt64(size)))
            let proof = plan.map { TreeNode.hash(of: $0, nodes) }
            #expect(proof == Self.tree.path(index, 0..<size))
        }
        #expect(TreeNode(height: 0, index: UInt64(size)).place(in: UInt64(size)) == nil)
        #expect(TreeNode(height: 64, index: 0).place(in: UInt64(size)) == nil)
    }

    @Test func anEdgeGoesOnWhereItWas() throws {
        let whole = tiles(700)
        for cut in [0, 1, 200, 256, 300, 512, 699] {
            let before = tiles(cut)
            var edge = try #require(TileEdge(of: UInt64(cut)) { before[$0] })
            var made = before.filter { $0.key.isFull }
            var next = cut
            while next < 700 {
                let end = min(next + 37, 700)
                for tile in edge.append(Self.tree.bytes(next..<end)) {
                    made[tile.coordinate] = tile.bytes
                }
                next = end
            }
            for tile in edge.partial { made[tile.coordinate] = tile.bytes }
            #expect(made == whole)
            #expect(edge.isEdge(of: Self.tree.running))
        }
        #expect(TileEdge(of: 300) { _ in nil } == nil)
        #expect(TileEdge(of: 300) { _ in [0] } == nil)
    }

    /// The frontier knows the partial tiles, and no others.
    @Test func theFrontierKnowsThePartialTiles() throws {
        for size in [1, 100, 255, 257, 600, 700] {
            var running = RunningTree()
            for leaf in Self.tree.leaves[0..<size] { running.append(leaf) }
            let tiles = tiles(size)
            for coordinate in TileCoordinate.partial(in: UInt64(size)) {
                let bytes = try #require(tiles[coordinate])
                let tile = try #require(Tile(coordinate, bytes))
                #expect(tile.isEdge(of: running))
                for index in stride(from: 0, to: bytes.count, by: 97) {
                    var bad = bytes
                    bad[index] ^= 1
                    let tile = try #require(Tile(coordinate, bad))
                    #expect(!tile.isEdge(of: running))
                }
                // A leaf more makes another tile of level 0, and none of those above.
                running.append(Hash())
                #expect(tile.isEdge(of: running) == (coordinate.level > 0 && size % 256 != 255))
                running = RunningTree()
                for leaf in Self.tree.leaves[0..<size] { running.append(leaf) }
            }
            #expect(running.root(ofHeight: 63) == nil)
            #expect(running.root(ofHeight: 64) == nil)
        }
    }

    @Test func bytesOfAnotherCountAreNoTile() {
        let coordinate = TileCoordinate(level: 0, index: 0, width: 2)
        let none = TileCoordinate(level: 0, index: 0, width: 0)
        let bytes = [UInt8](repeating: 1, count: 65)
        let long = Tile(coordinate, bytes)
        let short = Tile(coordinate, Array(bytes[0..<63]))
        let empty = Tile(none, Array(bytes[0..<0]))
        let right = Tile(coordinate, Array(bytes[0..<64]))
        #expect(long == nil && short == nil && empty == nil)
        #expect(right?.root == nil)
        #expect(right?.node(height: 9, column: 0) == nil)
        #expect(right?.node(height: 0, column: 2) == nil)
    }
}
