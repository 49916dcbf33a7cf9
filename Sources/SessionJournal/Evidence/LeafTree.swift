package import SegmentLog
internal import TransparencyLog

/// The Merkle tree over a journal's events, as far as a leaf can be added and the root be told:
/// ``RunningTree`` in the words of events on one side and of the log's records on the other.
package struct LeafTree: Sendable, Hashable {
    private(set) var tree = RunningTree()

    package init() {}

    /// The tree that a block or footer recorded; nil for one that is none.
    package init?(_ record: FrontierRecord) {
        guard record.isWellFormed else { return nil }
        var frontier: [Hash] = []
        frontier.reserveCapacity(record.roots.count / Hash.size)
        for start in stride(from: 0, to: record.roots.count, by: Hash.size) {
            guard let hash = Hash(record.roots.span.extracting(start..<(start + Hash.size))) else {
                return nil
            }
            frontier.append(hash)
        }
        guard let tree = RunningTree(size: record.size, frontier: frontier) else { return nil }
        self.tree = tree
    }

    /// The tree as blocks and footers record it.
    package var record: FrontierRecord {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(tree.frontier.count * Hash.size)
        for hash in tree.frontier { hash.append(to: &bytes) }
        return FrontierRecord(size: tree.size, roots: bytes)
    }

    /// The number of leaves.
    package var size: UInt64 { tree.size }

    /// Adds a leaf by its hash.
    package mutating func append(_ leaf: Digest) {
        let bytes = leaf.bytes
        append(bytes.span)
    }

    /// Adds a leaf by the 32 bytes of its hash; any other count adds nothing.
    package mutating func append(_ leaf: Span<UInt8>) {
        if let hash = Hash(leaf) { tree.append(hash) }
    }

    /// Adds a perfect subtree of 2^height leaves by the 32 bytes of its root; false, and nothing is
    /// added, where it does not join on.
    package mutating func graft(_ root: Span<UInt8>, height: Int) -> Bool {
        guard let hash = Hash(root) else { return false }
        return tree.graft(hash, height: height)
    }

    /// The root (RFC 6962, section 2.1).
    package var root: Digest {
        let bytes = tree.root.bytes
        return Digest(bytes: bytes.span) ?? Digest(hashing: bytes.span)
    }
}
