import Testing
import TransparencyLog

/// The tree against the definition, and against the constants that every implementation shares.
@Suite struct RunningTreeTests {
    /// The eight leaves of the reference implementations' tests.
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43],
        [0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
        [
            0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6A, 0x6B, 0x6C, 0x6D,
            0x6E, 0x6F,
        ],
    ]

    /// The roots of the trees over the first 0, 1, … 8 of them.
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test func rootsAreThoseOfTheReference() {
        var tree = RunningTree()
        #expect("\(tree.root)" == Self.roots[0])
        for (index, leaf) in Self.leaves.enumerated() {
            tree.append(.leaf(leaf.span))
            #expect("\(tree.root)" == Self.roots[index + 1])
        }
    }

    /// RFC 6962, section 2.1, to the letter.
    private func definition(_ leaves: ArraySlice<Hash>) -> Hash {
        if leaves.isEmpty { return Hash(of: [UInt8]().span) }
        if leaves.count == 1 { return leaves[leaves.startIndex] }
        var split = 1
        while split * 2 < leaves.count { split *= 2 }
        return Hash(
            left: definition(leaves.prefix(split)), right: definition(leaves.dropFirst(split)))
    }

    @Test func rootIsThatOfTheDefinition() {
        var tree = RunningTree()
        var leaves: [Hash] = []
        for size in 0..<300 {
            #expect(tree.size == UInt64(size))
            #expect(tree.root == definition(leaves[...]))
            let leaf = Hash.leaf([UInt8](String(size).utf8).span)
            leaves.append(leaf)
            tree.append(leaf)
        }
    }

    @Test func aTreeContinuesFromItsFrontier() throws {
        var whole = RunningTree()
        for size in 0..<200 {
            var continued = try #require(RunningTree(size: whole.size, frontier: whole.frontier))
            let leaf = Hash.leaf([UInt8(size % 251)].span)
            whole.append(leaf)
            continued.append(leaf)
            #expect(continued == whole && continued.root == whole.root)
        }
        #expect(RunningTree(size: 3, frontier: [Hash()]) == nil)
        #expect(RunningTree(size: 0, frontier: [Hash()]) == nil)
        let tooMany = [Hash](repeating: Hash(), count: 64)
        #expect(RunningTree(size: .max, frontier: tooMany) == nil, "the next leaf would overflow")
        var largest = RunningTree(
            size: RunningTree.maximumSize, frontier: [Hash](repeating: Hash(), count: 63))
        largest?.append(Hash())
        #expect(largest?.size == 1 << 63)
        #expect(largest?.frontier.count == 1)
    }

    @Test func hashesComeFromAndGoToBytes() throws {
        let bytes = (0..<32).map { UInt8($0 * 7) }
        let whole = Hash(bytes.span)
        let short = Hash(bytes.span.extracting(0..<31))
        let hash = try #require(whole)
        #expect(hash.bytes == bytes)
        #expect(short == nil)
        #expect("\(hash)".hasPrefix("00070e151c"))
        #expect(Set([hash, hash, Hash()]).count == 2)
    }
}
