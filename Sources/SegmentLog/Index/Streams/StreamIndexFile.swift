/// A file of `index/`: which streams have events in which segments, over a run of sealed segments,
/// and which stream each name belongs to. A cache: what it says, the segments' footers say.
///
/// It names every segment it covers, with the size of the file and the checksum of its footer: where
/// one of them is another file by now, the index proves nothing and is not used.
///
/// A frame with the common prefix (`HeaderPrefix`, magic "SJX1"), then:
/// ```
///  48 u32       segments covered, one behind the other without a gap
///     u32 × 5   bytes of each section of the body, in its order
///     segments × (u64 first, u64 last sequence number, u64 file size, u32 footer's checksum)
///     u32 …     CRC-32C of each 4,096 bytes of the body, of what is left for the last
///     u32       CRC-32C of all before it
/// ```
/// The body:
/// ```
/// streams    sorted rows (`SortedRows`, fences first): (16 bytes key, u64 first, u64 last sequence
///                number, u64 first, u64 last version, u64 events, u32 offset, u32 length of the list)
/// lists      one a stream: varints, the first segment's number in this file, then the differences
/// names      sorted rows, fences first: (first 16 bytes of SHA-256(name), 16 bytes stream key)
/// ```
struct StreamIndexFile: Sendable {
    static let magic: UInt32 = 0x3158_4A53  // "SJX1"
    static let streamRowSize = 64
    static let nameRowSize = 32
    private static let sectionCount = 5
    private static let frontGuess = 64 << 10

    /// A segment as it was when the index was made.
    struct Covered: Hashable, Sendable {
        static let encodedSize = 28

        var firstSequence: UInt64
        var lastSequence: UInt64
        var fileSize: UInt64
        var footerChecksum: UInt32
    }

    /// A stream's events in the segments covered.
    struct Row: Hashable, Sendable {
        var extent: StreamExtent
        /// The segments that hold some, by their numbers in this file, rising.
        var segments: [Int]
    }

    let name: String
    let covered: [Covered]
    private let body: PagedRegion
    private let lists: Range<Int>
    private let streamRows: SortedRows
    private let nameRows: SortedRows

    var firstSequence: UInt64 { covered[0].firstSequence }
    var lastSequence: UInt64 { covered[covered.count - 1].lastSequence }

    // MARK: Making

    /// The bytes of an index file.
    static func encode(
        _ rows: [Row], names: [(fingerprint: Identifier, owner: StreamKey)], covered: [Covered],
        journalID: JournalID
    ) -> [UInt8] {
        var streamRows: [UInt8] = []
        var lists: [UInt8] = []
        for row in rows {
            let start = lists.count
            var before = 0
            for number in row.segments {
                lists.append(varint: UInt64(number - before))
                before = number
            }
            let extent = row.extent
            streamRows.append(extent.key)
            for number in [
                extent.firstSequence, extent.lastSequence, extent.firstVersion,
                extent.lastVersion, UInt64(extent.eventCount),
            ] { streamRows.append(u64: number) }
            streamRows.append(u32: UInt32(start))
            streamRows.append(u32: UInt32(lists.count - start))
        }
        var nameRows: [UInt8] = []
        for name in names {
            nameRows.append(name.fingerprint)
            nameRows.append(name.owner)
        }
        let sections = [
            SortedRows.fences(of: streamRows, rowSize: streamRowSize), streamRows, lists,
            SortedRows.fences(of: nameRows, rowSize: nameRowSize), nameRows,
        ]
        let body = Array(sections.joined())
        var bytes: [UInt8] = []
        SkippableFrame.appendHeader(.footer, size: 0, to: &bytes)
        HeaderPrefix(
            magic: magic, requiredFlags: RequiredFlags.sealed, journalID: journalID, offset: 0
        ).append(to: &bytes)
        bytes.append(u32: UInt32(covered.count))
        for section in sections { bytes.append(u32: UInt32(section.count)) }
        for segment in covered {
            for number in [segment.firstSequence, segment.lastSequence, segment.fileSize] {
                bytes.append(u64: number)
            }
            bytes.append(u32: segment.footerChecksum)
        }
        for checksum in PagedRegion.checksums(of: body) { bytes.append(u32: checksum) }
        HeaderCoding.finish(&bytes, from: 0)
        bytes.append(contentsOf: body)
        return bytes
    }

    // MARK: Opening

    /// Opens a file and checks its front. Cost: one read.
    init(
        _ file: any File, name: String, journalID: JournalID, cache: BlockCache
    ) throws(FormatError) {
        let size: Int
        do throws(Errno) { size = try file.size() } catch { throw .unreadable(error) }
        var bytes = try file.part(min(Self.frontGuess, size), at: 0)
        let needed = try HeaderCoding.size(of: bytes.span)
        if needed > bytes.count { bytes = try file.part(min(needed, size), at: 0) }
        let (prefix, fields, _) = try HeaderCoding.open(
            bytes.span, at: 0, kind: .footer, magic: Self.magic)
        guard prefix.journalID == journalID else { throw .invalid("journal") }
        var cursor = fields
        let count = Int(cursor.u32(bytes.span))
        var sections: [Range<Int>] = []
        for _ in 0..<Self.sectionCount {
            let start = sections.last?.upperBound ?? 0
            sections.append(start..<(start + Int(cursor.u32(bytes.span))))
        }
        let bodySize = sections[Self.sectionCount - 1].upperBound
        let start = SkippableFrame.headerSize + prefix.length
        guard count > 0, start + bodySize == size,
            cursor.remaining == count * Covered.encodedSize
                + PagedRegion.pageCount(of: bodySize) * 4
        else { throw .invalid("size") }
        covered = try Self.covered(count, &cursor, bytes.span)
        var checksums: [UInt32] = []
        while cursor.remaining > 0 { checksums.append(cursor.u32(bytes.span)) }
        body = PagedRegion(
            file: file, offset: start, size: bodySize, checksums: checksums, cache: cache,
            identity: SegmentIdentity())
        streamRows = try SortedRows(
            fences: sections[0], rows: sections[1], rowSize: Self.streamRowSize)
        lists = sections[2]
        nameRows = try SortedRows(
            fences: sections[3], rows: sections[4], rowSize: Self.nameRowSize)
        self.name = name
    }

    private static func covered(
        _ count: Int, _ cursor: inout ByteCursor, _ bytes: Span<UInt8>
    ) throws(FormatError) -> [Covered] {
        var covered: [Covered] = []
        for _ in 0..<count {
            let segment = Covered(
                firstSequence: cursor.u64(bytes), lastSequence: cursor.u64(bytes),
                fileSize: cursor.u64(bytes), footerChecksum: cursor.u32(bytes))
            guard segment.firstSequence > 0, segment.firstSequence <= segment.lastSequence,
                segment.lastSequence < SegmentLogFormat.numberLimit,
                covered.last.map({ $0.lastSequence + 1 == segment.firstSequence }) ?? true
            else { throw .invalid("segments") }
            covered.append(segment)
        }
        return covered
    }

    private func fetch(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
        try body.bytes(range)
    }

    // MARK: Asking

    /// A stream's row; nil where none of the segments has an event of it.
    func row(of key: StreamKey) throws(FormatError) -> Row? {
        let found = try streamRows.row(of: key) { range throws(FormatError) in try fetch(range) }
        guard let bytes = found?.bytes else { return nil }
        return try row(bytes, at: 0)
    }

    /// Rows in order of their keys, from `key` on, at most `limit`.
    func rows(from key: StreamKey, limit: Int) throws(FormatError) -> [Row] {
        let first = try streamRows.lowerBound(of: key) { range throws(FormatError) in
            try fetch(range)
        }
        let bytes = try streamRows.bytes(from: first, limit: limit) { range throws(FormatError) in
            try fetch(range)
        }
        var rows: [Row] = []
        for start in stride(from: 0, to: bytes.count, by: Self.streamRowSize) {
            rows.append(try row(bytes, at: start))
        }
        return rows
    }

    private func row(_ bytes: [UInt8], at offset: Int) throws(FormatError) -> Row {
        var cursor = ByteCursor(offset..<bytes.count)
        let key = cursor.identifier(bytes.span)
        var extent = StreamExtent(
            key: key, firstSequence: cursor.u64(bytes.span), lastSequence: cursor.u64(bytes.span),
            firstVersion: cursor.u64(bytes.span), lastVersion: cursor.u64(bytes.span),
            eventCount: 0)
        let events = cursor.u64(bytes.span)
        let start = Int(cursor.u32(bytes.span))
        let length = Int(cursor.u32(bytes.span))
        guard extent.firstSequence >= firstSequence, extent.firstSequence <= extent.lastSequence,
            extent.lastSequence <= lastSequence, extent.firstVersion > 0,
            extent.firstVersion <= extent.lastVersion,
            extent.lastVersion < SegmentLogFormat.numberLimit, events > 0,
            events <= lastSequence - firstSequence + 1, start + length <= lists.count
        else { throw .invalid("stream") }
        extent.eventCount = Int(events)
        let list = try fetch(
            (lists.lowerBound + start)..<(lists.lowerBound + start + length))
        var numbers: [Int] = []
        var varints = ByteCursor(0..<list.count)
        while varints.remaining > 0 {
            let next = UInt64(numbers.last ?? 0).addingReportingOverflow(varints.varint(list.span))
            guard !varints.isOverrun, !next.overflow, next.partialValue < UInt64(covered.count),
                numbers.last.map({ UInt64($0) < next.partialValue }) ?? true
            else { throw .invalid("list") }
            numbers.append(Int(next.partialValue))
        }
        guard !numbers.isEmpty else { throw .invalid("list") }
        return Row(extent: extent, segments: numbers)
    }

    /// The stream that a name belongs to; nil where none in these segments has it.
    func owner(of fingerprint: Identifier) throws(FormatError) -> StreamKey? {
        let found = try nameRows.row(of: fingerprint) { range throws(FormatError) in
            try fetch(range)
        }
        return found.map { SortedRows.key($0.bytes, at: SortedRows.keySize) }
    }

    /// Names in order of their fingerprints, from `fingerprint` on, at most `limit`.
    func names(
        from fingerprint: Identifier, limit: Int
    ) throws(FormatError) -> [(fingerprint: Identifier, owner: StreamKey)] {
        let first = try nameRows.lowerBound(of: fingerprint) { range throws(FormatError) in
            try fetch(range)
        }
        let bytes = try nameRows.bytes(from: first, limit: limit) { range throws(FormatError) in
            try fetch(range)
        }
        return stride(from: 0, to: bytes.count, by: Self.nameRowSize).map { start in
            (
                SortedRows.key(bytes, at: start),
                SortedRows.key(bytes, at: start + SortedRows.keySize)
            )
        }
    }
}
