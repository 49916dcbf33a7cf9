/// Checking Merkle proofs over the tree of RFC 6962: that a leaf is in a tree, and that one tree, or
/// a part of one, is the beginning or a part of another.
///
/// Indices count leaves from 0, ranges are half-open, and hashes of a proof come from the leaf's end
/// to the root's. Every function bounds its work by the sizes alone: at most 128 node hashes,
/// whatever a proof holds.
package enum TreeProof {
    /// What a proof of consistency from the tree of no leaves is worth. The standards differ.
    package enum EmptyTreeRule: Sendable {
        /// None: nothing can be proved from it (RFC 9162, section 2.1.4; how most verifiers read it).
        case refused
        /// The empty tree is the beginning of every tree, and its proof is empty (C2SP
        /// tlog-witness: a witness that sees a log for the first time).
        case emptyProof
    }

    /// The largest number of hashes that any proof holds.
    package static let maximumCount = 2 * UInt64.bitWidth

    /// Whether a leaf is at an index of the tree of that size and root (RFC 6962, section 2.1.1).
    package static func verifyInclusion(
        of leaf: Hash, at index: UInt64, in size: UInt64, root: Hash, proof: [Hash]
    ) -> Bool {
        impliedRoot(of: leaf, at: index, in: size, proof: proof) == root
    }

    /// Whether a leaf is at an index of the tree's part over `range` (C2SP tlog-cosignature and
    /// mtc-tlog: subtrees). `index` counts from the tree's first leaf.
    package static func verifySubtreeInclusion(
        of leaf: Hash, at index: UInt64, in range: Range<UInt64>, root: Hash, proof: [Hash]
    ) -> Bool {
        guard Subtree.isValid(range), range.contains(index) else { return false }
        return verifyInclusion(
            of: leaf, at: index - range.lowerBound, in: range.upperBound - range.lowerBound,
            root: root, proof: proof)
    }

    /// Whether the tree of the first size and root is the beginning of the second (RFC 6962, section
    /// 2.1.2).
    package static func verifyConsistency(
        from first: UInt64, to second: UInt64, firstRoot: Hash, secondRoot: Hash, proof: [Hash],
        emptyTree: EmptyTreeRule = .refused
    ) -> Bool {
        guard first <= second else { return false }
        guard first > 0 else {
            switch emptyTree {
            case .refused: return false
            case .emptyProof:
                let empty = RunningTree().root
                return proof.isEmpty && firstRoot == empty
                    && (second > 0 || secondRoot == empty)
            }
        }
        return impliedRoot(of: 0..<first, firstRoot, in: second, proof: proof) == secondRoot
    }

    /// Whether a part of a tree is what its root says, in the tree of that size and root (Merkle Tree
    /// Certificates, "Subtree Consistency Proofs"). A part without leaves is in every tree that
    /// reaches that far, and its proof is empty.
    package static func verifySubtreeConsistency(
        of range: Range<UInt64>, in size: UInt64, subtreeRoot: Hash, root: Hash, proof: [Hash]
    ) -> Bool {
        guard range.upperBound <= size else { return false }
        guard !range.isEmpty else { return proof.isEmpty && subtreeRoot == RunningTree().root }
        return impliedRoot(of: range, subtreeRoot, in: size, proof: proof) == root
    }

    /// The root that an inclusion proof comes to; nil where it has another length than it must.
    private static func impliedRoot(
        of leaf: Hash, at index: UInt64, in size: UInt64, proof: [Hash]
    ) -> Hash? {
        guard index < size, size <= RunningTree.maximumSize else { return nil }
        var node = leaf
        var position = index
        // The last node of the current level; a node there has no right sibling if it is even.
        var last = size - 1
        for sibling in proof {
            guard last > 0 else { return nil }
            // A node without a sibling goes up as it is.
            if position == last, position & 1 == 0 {
                let levels = position.trailingZeroBitCount
                position &>>= UInt64(levels)
                last &>>= UInt64(levels)
            }
            node =
                position & 1 == 1
                ? Hash(left: sibling, right: node) : Hash(left: node, right: sibling)
            position &>>= 1
            last &>>= 1
        }
        // What is left must be a node that goes up alone: the first of its level.
        guard position == last, last == 0 else { return nil }
        return node
    }

    /// The root of the tree of `size` leaves that a proof comes to, which must at the same time come
    /// to `subtreeRoot` for `range`; nil where it does not, or has another length than it must.
    private static func impliedRoot(
        of range: Range<UInt64>, _ subtreeRoot: Hash, in size: UInt64, proof: [Hash]
    ) -> Hash? {
        guard Subtree.isValid(range), range.upperBound <= size, size <= RunningTree.maximumSize
        else { return nil }
        // The first and last node of the part and the last of the tree, level by level.
        var first = range.lowerBound
        var end = range.upperBound - 1
        var last = size - 1
        func rise(_ levels: Int) {
            first &>>= UInt64(levels)
            end &>>= UInt64(levels)
            last &>>= UInt64(levels)
        }
        // Up to the largest perfect subtree at the part's right end, at whose height the proof
        // begins; all the way where the part ends with the tree.
        while first != end, end == last || end & 1 == 1 { rise(1) }
        var rest = proof[...]
        let seed: Hash
        if first == end {
            seed = subtreeRoot
        } else {
            guard let head = rest.popFirst() else { return nil }
            seed = head
        }
        var part = seed
        var whole = seed
        for node in rest {
            guard last > 0 else { return nil }
            if end & 1 == 1 || end == last {
                // A node without a sibling goes up as it is.
                if end & 1 == 0 { rise(end.trailingZeroBitCount) }
                if first < end { part = Hash(left: node, right: part) }
                whole = Hash(left: node, right: whole)
            } else {
                whole = Hash(left: whole, right: node)
            }
            rise(1)
        }
        guard last == 0, part == subtreeRoot else { return nil }
        return whole
    }
}

/// Parts of a tree that have a root of their own.
package enum Subtree {
    /// Whether a range of leaves is one: it begins at a multiple of the smallest power of two that
    /// is at least its length (Merkle Tree Certificates, "Subtrees").
    package static func isValid(_ range: Range<UInt64>) -> Bool {
        let count = range.upperBound - range.lowerBound
        guard count > 0, range.upperBound <= RunningTree.maximumSize else { return false }
        let height = UInt64.bitWidth - (count - 1).leadingZeroBitCount
        return range.lowerBound & (1 &<< UInt64(height) &- 1) == 0
    }
}
