/// The Merkle tree's frontier as blocks and footers carry it: the number of leaves and the roots of
/// the perfect subtrees they form, the largest first (RFC 6962, section 2.1: one subtree for each
/// one bit of the size). The log keeps it and gives it back; it computes no hash of it.
package struct FrontierRecord: Hashable, Sendable {
    /// Leaves in the tree.
    package var size: UInt64
    /// 32 bytes a subtree.
    package var roots: [UInt8]

    package init(size: UInt64 = 0, roots: [UInt8] = []) {
        self.size = size
        self.roots = roots
    }

    package static let empty = FrontierRecord()

    /// Whether there are as many roots as a tree of this size has perfect subtrees.
    package var isWellFormed: Bool {
        roots.count == size.nonzeroBitCount * SegmentLogFormat.hashSize
    }

    func append(to bytes: inout [UInt8]) {
        bytes.append(u64: size)
        bytes.append(u32: UInt32(roots.count / SegmentLogFormat.hashSize))
        bytes.append(contentsOf: roots)
    }

    static func decode(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>
    ) throws(FormatError) -> FrontierRecord {
        let size = cursor.u64(bytes)
        let count = Int(cursor.u32(bytes))
        guard count == size.nonzeroBitCount else { throw .invalid("frontier") }
        return FrontierRecord(
            size: size, roots: cursor.array(count * SegmentLogFormat.hashSize, bytes))
    }
}
