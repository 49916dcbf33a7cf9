/// Which hashes a proof consists of: ranges of leaves, each of whose root is one hash, in the proof's
/// order. Who has the tree's nodes turns them into the proof with ``TreeNode/hash(of:_:)``.
package enum ProofPlan {
    /// The proof that the leaf at `index` is in the tree of `size` leaves (RFC 6962, section 2.1.1);
    /// nil where there is no such leaf.
    package static func inclusion(of index: UInt64, in size: UInt64) -> [Range<UInt64>]? {
        guard index < size, size <= RunningTree.maximumSize else { return nil }
        var ranges: [Range<UInt64>] = []
        var range = 0..<size
        // From the root down, each time into the half that holds the leaf; the other half's root is
        // a hash of the proof.
        while range.upperBound - range.lowerBound > 1 {
            let (left, right) = halves(of: range)
            if left.contains(index) {
                ranges.append(right)
                range = left
            } else {
                ranges.append(left)
                range = right
            }
        }
        return ranges.reversed()
    }

    /// The proof that the tree of `first` leaves is the beginning of that of `second` (RFC 6962,
    /// section 2.1.2); nil where there is none. That from the empty tree has no hash.
    package static func consistency(
        from first: UInt64, to second: UInt64
    ) -> [Range<UInt64>]? {
        guard first <= second, second <= RunningTree.maximumSize else { return nil }
        return first == 0 ? [] : subtreeConsistency(of: 0..<first, in: second)
    }

    /// The proof that a part of the tree of `size` leaves is what its root says (Merkle Tree
    /// Certificates, "Subtree Consistency Proofs"); nil for a range that is no subtree, or that the
    /// tree does not hold.
    package static func subtreeConsistency(
        of part: Range<UInt64>, in size: UInt64
    ) -> [Range<UInt64>]? {
        guard Subtree.isValid(part), part.upperBound <= size, size <= RunningTree.maximumSize
        else { return nil }
        var ranges: [Range<UInt64>] = []
        var range = 0..<size
        var part = part
        // Whether the verifier knows the root of what is left: true until the part was split.
        var isKnown = true
        while part != range {
            let (left, right) = halves(of: range)
            if part.upperBound <= left.upperBound {
                ranges.append(right)
                range = left
            } else {
                ranges.append(left)
                range = right
                if part.lowerBound < right.lowerBound {
                    isKnown = false
                    part = right.lowerBound..<part.upperBound
                }
            }
        }
        if !isKnown { ranges.append(part) }
        return ranges.reversed()
    }

    /// A range of at least two leaves, cut where RFC 6962 cuts: the left half is the largest power of
    /// two below the length.
    private static func halves(of range: Range<UInt64>) -> (Range<UInt64>, Range<UInt64>) {
        let count = range.upperBound - range.lowerBound
        let height = UInt64.bitWidth - 1 - (count - 1).leadingZeroBitCount
        let middle = range.lowerBound + 1 << UInt64(height)
        return (range.lowerBound..<middle, middle..<range.upperBound)
    }
}

/// A node of the tree over a perfect subtree: 2^height leaves, the `index`-th of that height.
package struct TreeNode: Hashable, Sendable {
    package var height: Int
    package var index: UInt64

    package init(height: Int, index: UInt64) {
        self.height = height
        self.index = index
    }

    /// The root of a range that a ``ProofPlan`` names, or of a whole tree, from the roots of the
    /// perfect subtrees that it consists of: at most 64 calls of `node`.
    package static func hash<Failure: Error>(
        of range: Range<UInt64>, _ node: (TreeNode) throws(Failure) -> Hash
    ) throws(Failure) -> Hash {
        var nodes: [Hash] = []
        var start = range.lowerBound
        while start < range.upperBound {
            let count = range.upperBound - start
            let height = UInt64.bitWidth - 1 - count.leadingZeroBitCount
            nodes.append(
                try node(TreeNode(height: height, index: start &>> UInt64(height))))
            start += 1 << UInt64(height)
        }
        guard var hash = nodes.popLast() else { return RunningTree().root }
        while let left = nodes.popLast() { hash = Hash(left: left, right: hash) }
        return hash
    }
}
