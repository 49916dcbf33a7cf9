/// The front of a footer, which stands in for the whole segment until more is asked: what it covers,
/// and where in the footer's *body* each table is.
///
/// Behind the common prefix (`HeaderPrefix`):
/// ```
///  48 u64  first and
///  56 u64  last sequence number that the segment stands for
///  64 u64  the predecessor's first sequence number, 0 for the first segment
///  72 i64  first and
///  80 i64  last time, microseconds since 1970
///  88 u64  highest writer epoch in it
///  96 u32  events present
/// 100 u32  LZ4 level
/// 104 u32  bits of a frame number in the permutation
/// 108 u64  plain bytes of all content
/// 116 32 B SHA-256 of the file before this frame
/// 148      frontier before, frontier after: u64 size, u32 count, count × 32 bytes each
///      u32 × 9  bytes of each section of the body, in its order
///      u32 …   CRC-32C of each 4,096 bytes of the body, of what is left for the last
///      u32     CRC-32C of this frame up to here, its eight bytes of frame header included
/// ```
/// The body follows; see `Footer` for its sections.
package struct FooterSummary: Equatable, Sendable {
    /// The tables of the body, in the order in which they stand.
    enum Section: Int, CaseIterable, Sendable {
        case frames, directories, streamFences, streams, nameFences, names, gaps, permutation,
            filter
    }

    static let magic: UInt32 = 0x3145_4A53  // "SJE1"

    package var journalID: JournalID
    /// Of the footer's frame in the file.
    package var offset: UInt64
    package var requiredFlags: UInt32 = RequiredFlags.sealed
    package var optionalFlags: UInt32 = 0
    package var firstSequence: UInt64
    package var lastSequence: UInt64
    package var predecessor: UInt64
    package var firstTime: Int64
    package var lastTime: Int64
    package var epoch: UInt64
    /// Events present.
    package var eventCount: Int
    package var level: Int32
    /// Bits of a frame's number in the permutation.
    package internal(set) var frameBits = 0
    package var plainSize: UInt64
    package var fileHash: [UInt8]
    package var frontierBefore: FrontierRecord
    package var frontierAfter: FrontierRecord
    /// Bytes of each section of the body.
    private(set) var sectionSizes = [Int](repeating: 0, count: Section.allCases.count)
    /// CRC-32C of each page of the body.
    private(set) var checksums: [UInt32] = []
    /// CRC-32C of this front: two footers that have the same are the same.
    package private(set) var checksum: UInt32 = 0
    /// Bytes from the footer's start to its body.
    private(set) var size = 0

    package init(
        journalID: JournalID, offset: UInt64, firstSequence: UInt64, lastSequence: UInt64,
        predecessor: UInt64, firstTime: Int64, lastTime: Int64, epoch: UInt64, eventCount: Int,
        level: Int32, plainSize: UInt64, fileHash: [UInt8], frontierBefore: FrontierRecord,
        frontierAfter: FrontierRecord
    ) {
        self.journalID = journalID
        self.offset = offset
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.predecessor = predecessor
        self.firstTime = firstTime
        self.lastTime = lastTime
        self.epoch = epoch
        self.eventCount = eventCount
        self.level = level
        self.plainSize = plainSize
        self.fileHash = fileHash
        self.frontierBefore = frontierBefore
        self.frontierAfter = frontierAfter
    }

    /// Whether a repair rebuilt the segment without some of its events.
    var isRepaired: Bool { optionalFlags & OptionalFlags.repaired != 0 }

    /// Whether runs stand behind the content of a frame.
    var isEncrypted: Bool { requiredFlags & RequiredFlags.encrypted != 0 }

    /// Bytes of the body.
    var bodySize: Int { sectionSizes.reduce(0, +) }

    /// Bytes of the footer's frame, trailer included.
    var footerSize: Int { size + bodySize + Footer.trailerSize }

    /// Where a section stands in the body.
    func range(of section: Section) -> Range<Int> {
        let start = sectionSizes[..<section.rawValue].reduce(0, +)
        return start..<(start + sectionSizes[section.rawValue])
    }

    // MARK: Coding

    /// Appends the front of a footer with this body.
    mutating func append(
        sections: [[UInt8]], body: [UInt8], to bytes: inout [UInt8]
    ) {
        let start = bytes.count
        sectionSizes = sections.map(\.count)
        checksums = PagedRegion.checksums(of: body)
        SkippableFrame.appendHeader(.footer, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: requiredFlags, optionalFlags: optionalFlags,
            journalID: journalID, offset: offset
        ).append(to: &bytes)
        for number in [firstSequence, lastSequence, predecessor] { bytes.append(u64: number) }
        bytes.append(i64: firstTime)
        bytes.append(i64: lastTime)
        bytes.append(u64: epoch)
        for count in [eventCount, Int(level), frameBits] { bytes.append(u32: UInt32(count)) }
        bytes.append(u64: plainSize)
        bytes.append(contentsOf: fileHash)
        frontierBefore.append(to: &bytes)
        frontierAfter.append(to: &bytes)
        for size in sectionSizes { bytes.append(u32: UInt32(size)) }
        for checksum in checksums { bytes.append(u32: checksum) }
        let length = bytes.count - start - SkippableFrame.headerSize + 4
        HeaderCoding.finish(
            &bytes, from: start, payloadSize: length + body.count + Footer.trailerSize)
        size = bytes.count - start
        checksum = Self.lastChecksum(of: bytes)
    }

    private static func lastChecksum(of bytes: [UInt8]) -> UInt32 {
        var cursor = ByteCursor((bytes.count - 4)..<bytes.count)
        return cursor.u32(bytes.span)
    }

    /// Decodes and checks the front of a footer of `footerSize` bytes; `bytes` begin with it.
    package static func decode(
        _ bytes: Span<UInt8>, footerSize: Int
    ) throws(FormatError) -> FooterSummary {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: 0, kind: .footer, magic: magic)
        var cursor = fields
        var summary = FooterSummary(
            journalID: prefix.journalID, offset: prefix.offset, firstSequence: cursor.u64(bytes),
            lastSequence: cursor.u64(bytes), predecessor: cursor.u64(bytes),
            firstTime: cursor.i64(bytes), lastTime: cursor.i64(bytes), epoch: cursor.u64(bytes),
            eventCount: Int(cursor.u32(bytes)),
            level: Int32(truncatingIfNeeded: cursor.u32(bytes)), plainSize: 0, fileHash: [],
            frontierBefore: .empty, frontierAfter: .empty)
        summary.requiredFlags = prefix.requiredFlags
        summary.optionalFlags = prefix.optionalFlags
        summary.frameBits = Int(cursor.u32(bytes))
        summary.plainSize = cursor.u64(bytes)
        summary.fileHash = cursor.array(SegmentLogFormat.hashSize, bytes)
        summary.frontierBefore = try FrontierRecord.decode(&cursor, bytes)
        summary.frontierAfter = try FrontierRecord.decode(&cursor, bytes)
        summary.sectionSizes = Section.allCases.map { _ in Int(cursor.u32(bytes)) }
        summary.size = SkippableFrame.headerSize + prefix.length
        guard summary.footerSize == footerSize,
            payloadSize == footerSize - SkippableFrame.headerSize,
            cursor.remaining == PagedRegion.pageCount(of: summary.bodySize) * 4,
            summary.frameBits <= UInt32.bitWidth
        else { throw .invalid("footer size") }
        for _ in 0..<PagedRegion.pageCount(of: summary.bodySize) {
            summary.checksums.append(cursor.u32(bytes))
        }
        var last = ByteCursor((summary.size - 4)..<summary.size)
        summary.checksum = last.u32(bytes)
        guard !cursor.isOverrun else { throw .truncated }
        try summary.checkRange()
        return summary
    }

    /// Refuses numbers before anything is allocated for them.
    func checkRange() throws(FormatError) {
        guard firstSequence > 0, firstSequence <= lastSequence,
            lastSequence < SegmentLogFormat.numberLimit, offset < SegmentLogFormat.numberLimit,
            lastSequence - firstSequence < SegmentLogFormat.segmentEventLimit,
            eventCount <= Int(lastSequence - firstSequence) + 1, predecessor < firstSequence,
            epoch < SegmentLogFormat.numberLimit,
            frontierBefore.size == firstSequence - 1, frontierAfter.size == lastSequence
        else { throw .invalid("sequence numbers") }
        let numbers = Int(lastSequence - firstSequence) + 1
        guard range(of: .permutation).count == (numbers * frameBits + 7) / 8,
            TermFilter.isWellFormed(size: range(of: .filter).count)
        else { throw .invalid("section size") }
    }
}
