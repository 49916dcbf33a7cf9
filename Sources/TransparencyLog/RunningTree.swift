/// An RFC 6962 Merkle tree that only grows: its size, and the roots of the perfect subtrees that its
/// leaves form, the largest first. That is all it takes to append a leaf and to state the root.
///
/// Appending costs one node hash on average; a tree of any size takes at most 64 hashes of memory.
package struct RunningTree: Hashable, Sendable {
    /// The number of leaves.
    package private(set) var size: UInt64 = 0
    /// One root for each one bit of `size`, the largest subtree first.
    package private(set) var frontier: [Hash] = []

    /// The tree without leaves.
    package init() { frontier.reserveCapacity(UInt64.bitWidth) }

    /// The largest size that can be continued: no tree comes near it, and counting goes on.
    package static let maximumSize = UInt64(Int64.max)

    /// Continues a tree; nil where a tree of that size has another number of perfect subtrees, or
    /// where it is above ``maximumSize``.
    package init?(size: UInt64, frontier: [Hash]) {
        guard size <= Self.maximumSize, frontier.count == size.nonzeroBitCount else { return nil }
        self.init()
        self.size = size
        self.frontier.append(contentsOf: frontier)
    }

    /// Appends a leaf by its hash.
    package mutating func append(_ leaf: Hash) {
        var node = leaf
        // Each one bit at the low end of the size is a perfect subtree as large as the one that has
        // just come to be on its right.
        for _ in 0..<size.trailingOneBitCount {
            node = Hash(left: frontier.removeLast(), right: node)
        }
        frontier.append(node)
        size += 1
    }

    /// Appends a perfect subtree of 2^height leaves by its root: what the tree is with all of them.
    /// Returns false, and appends nothing, where the size is no multiple of so many.
    package mutating func graft(_ root: Hash, height: Int) -> Bool {
        guard (0..<UInt64.bitWidth - 1).contains(height),
            size & ((1 << UInt64(height)) - 1) == 0,
            size <= Self.maximumSize - (1 << UInt64(height))
        else { return false }
        var node = root
        for _ in 0..<(size >> UInt64(height)).trailingOneBitCount {
            node = Hash(left: frontier.removeLast(), right: node)
        }
        frontier.append(node)
        size += 1 << UInt64(height)
        return true
    }

    /// The root over all leaves (RFC 6962, section 2.1). That of no leaves is the hash of nothing.
    package var root: Hash {
        guard var root = frontier.last else { return Hash(of: [UInt8]().span) }
        for left in frontier.dropLast().reversed() { root = Hash(left: left, right: root) }
        return root
    }
}

extension UInt64 {
    fileprivate var trailingOneBitCount: Int { (~self).trailingZeroBitCount }
}
