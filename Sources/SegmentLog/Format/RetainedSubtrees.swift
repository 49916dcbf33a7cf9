/// A perfect subtree of the Merkle tree whose leaves are forgotten: where it stands, and its root.
package struct RetainedSubtree: Hashable, Sendable {
    /// The event of its first leaf.
    package var firstSequence: UInt64
    /// It has 2^height leaves.
    package var height: Int
    /// 32 bytes.
    package var root: [UInt8]

    /// The largest: the leaves of one tile (C2SP tlog-tiles), so that every hash of the tiles of level 1
    /// and above is still known.
    package static let heightLimit = 8

    package init(firstSequence: UInt64, height: Int, root: [UInt8]) {
        self.firstSequence = firstSequence
        self.height = height
        self.root = root
    }

    package var lastSequence: UInt64 { firstSequence + (1 << UInt64(height)) - 1 }

    package var events: ClosedRange<UInt64> { firstSequence...lastSequence }
}

/// The roots that stay where leaves are forgotten: truth, not cache, for the tree's root is computed
/// from them.
///
/// Behind the common prefix (`HeaderPrefix`):
/// ```
/// 48 u32  count
/// 52      count × (u64 sequence number of the first event, u32 height, 32 bytes root), in order and
///         apart; a subtree has 2^height leaves and begins at a multiple of that
///    u32  CRC-32C of this frame up to here, its eight bytes of frame header included
/// ```
package struct RetainedSubtrees: Equatable, Sendable {
    package static let magic: UInt32 = 0x3248_4A53  // "SJH2"
    /// Subtrees a frame holds at most; more take several frames.
    package static let countLimit = 65_536
    static let rowSize = 12 + SegmentLogFormat.hashSize

    package var journalID: JournalID
    package var offset: UInt64
    package var subtrees: [RetainedSubtree]

    package init(journalID: JournalID, offset: UInt64, subtrees: [RetainedSubtree]) {
        self.journalID = journalID
        self.offset = offset
        self.subtrees = subtrees
    }

    package func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        SkippableFrame.appendHeader(.retainedHashes, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: RequiredFlags.sealed | RequiredFlags.forgotten,
            journalID: journalID, offset: offset
        ).append(to: &bytes)
        bytes.append(u32: UInt32(subtrees.count))
        for subtree in subtrees {
            bytes.append(u64: subtree.firstSequence)
            bytes.append(u32: UInt32(subtree.height))
            bytes.append(contentsOf: subtree.root)
        }
        HeaderCoding.finish(&bytes, from: start)
    }

    package static func decode(
        _ bytes: Span<UInt8>, at offset: Int
    ) throws(FormatError) -> RetainedSubtrees {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: offset, kind: .retainedHashes, magic: magic)
        var cursor = fields
        let count = Int(cursor.u32(bytes))
        guard payloadSize == prefix.length, count > 0, count <= countLimit,
            cursor.remaining == count * rowSize
        else { throw .invalid("retained subtrees") }
        var subtrees: [RetainedSubtree] = []
        subtrees.reserveCapacity(count)
        for _ in 0..<count {
            let first = cursor.u64(bytes)
            let height = Int(cursor.u32(bytes))
            guard first > (subtrees.last?.lastSequence ?? 0),
                first < SegmentLogFormat.numberLimit, height <= RetainedSubtree.heightLimit,
                (first - 1) & ((1 << UInt64(height)) - 1) == 0
            else { throw .invalid("retained subtree") }
            subtrees.append(
                RetainedSubtree(
                    firstSequence: first, height: height,
                    root: cursor.array(SegmentLogFormat.hashSize, bytes)))
        }
        return RetainedSubtrees(
            journalID: prefix.journalID, offset: prefix.offset, subtrees: subtrees)
    }
}

/// What a sealed segment keeps of lines that are gone: the roots above their leaves.
struct RetainedLeaves: Equatable, Sendable {
    /// In order and apart, where they are sound.
    private(set) var subtrees: [RetainedSubtree] = []

    init(subtrees: [RetainedSubtree] = []) { self.subtrees = subtrees }

    /// Reads the frames of which `bytes` consist; they begin at a place in their file.
    init(
        _ bytes: [UInt8], from place: Int, of journalID: JournalID
    ) throws(FormatError) {
        var offset = 0
        while offset < bytes.count {
            guard let outer = SkippableFrame.parse(bytes.span, at: offset) else {
                throw .unrecognised
            }
            try take(bytes.span, at: offset, place: place + offset, of: journalID)
            offset += SkippableFrame.headerSize + outer.size
        }
        guard offset == bytes.count, isSound else { throw .invalid("retained leaves") }
    }

    /// Takes one frame; `place` is where it stands in its file.
    mutating func take(
        _ bytes: Span<UInt8>, at offset: Int, place: Int, of journalID: JournalID
    ) throws(FormatError) {
        let found = try RetainedSubtrees.decode(bytes, at: offset)
        guard found.journalID == journalID, found.offset == UInt64(place) else {
            throw .invalid("it belongs elsewhere")
        }
        subtrees += found.subtrees
    }

    /// Whether they are in order, and no two of them of the same event.
    var isSound: Bool {
        zip(subtrees, subtrees.dropFirst()).allSatisfy { $0.lastSequence < $1.firstSequence }
    }

    /// The events that they stand for, as a footer has them: in order, and none beside another.
    var gaps: [ClosedRange<UInt64>] {
        var gaps: [ClosedRange<UInt64>] = []
        for subtree in subtrees {
            if let last = gaps.last, last.upperBound + 1 == subtree.firstSequence {
                gaps[gaps.count - 1] = last.lowerBound...subtree.lastSequence
            } else {
                gaps.append(subtree.events)
            }
        }
        return gaps
    }

    /// Appends the frames, at their new places.
    func append(to bytes: inout [UInt8], of journalID: JournalID) {
        for start in stride(from: 0, to: subtrees.count, by: RetainedSubtrees.countLimit) {
            let end = min(start + RetainedSubtrees.countLimit, subtrees.count)
            RetainedSubtrees(
                journalID: journalID, offset: UInt64(bytes.count),
                subtrees: Array(subtrees[start..<end])
            ).append(to: &bytes)
        }
    }
}
