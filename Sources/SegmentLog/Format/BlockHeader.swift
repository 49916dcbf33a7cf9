/// One event in a block's stream table.
package struct BlockEntry: Hashable, Sendable {
    /// Which of the block's streams it belongs to.
    package var stream: UInt32
    /// Its line's length in the content, newline included, in bytes.
    package var lineLength: UInt32

    package init(stream: UInt32, lineLength: UInt32) {
        self.stream = stream
        self.lineLength = lineLength
    }
}

/// One stream of a block. Its events in the block have versions `firstVersion`, and one more each.
package struct BlockStream: Hashable, Sendable {
    package var key: StreamKey
    package var firstVersion: UInt64

    package init(key: StreamKey, firstVersion: UInt64) {
        self.key = key
        self.firstVersion = firstVersion
    }
}

/// The header of a block in a segment of active layout.
///
/// Behind the common prefix (`HeaderPrefix`):
/// ```
///  48 u64  first sequence number of the block
///  56 u64  first and
///  64 u64  last sequence number of the commit
///  72 u64  durable watermark: the last sequence number whose sync had returned
///  80 u64  writer epoch
///  88 i64  first and
///  96 i64  last time, microseconds since 1970
/// 104 u32  events
/// 108 u32  streams
/// 112 u32  stored length: bytes of all that follows this header in the block
/// 116 u32  plain length of the content
/// 120 u32  header CRC of the previous block in the segment, 0 for the first
/// 124 u32  CRC-32C of all that follows in the block
/// 128      frontier after the block: u64 size, u32 count, count × 32 bytes
///          stream table: streams × (16 bytes key, u64 first version),
///          events × (varint stream, varint line length)
///     u32  CRC-32C of this frame up to here, its eight bytes of frame header included
/// ```
package struct BlockHeader: Equatable, Sendable {
    package static let magic: UInt32 = 0x3142_4A53  // "SJB1"

    package var journalID: JournalID
    package var offset: UInt64
    package var requiredFlags: UInt32 = RequiredFlags.active
    package var optionalFlags: UInt32 = 0
    package var firstSequence: UInt64
    package var commitFirst: UInt64
    package var commitLast: UInt64
    package var watermark: UInt64
    package var epoch: UInt64
    package var firstTime: Int64
    package var lastTime: Int64
    package var storedLength: Int
    package var plainLength: Int
    package var previousChecksum: UInt32
    package var contentChecksum: UInt32
    package var frontier: FrontierRecord
    package var streams: [BlockStream]
    package var entries: [BlockEntry]

    /// The header's own checksum, as encoded or decoded: the next block names it.
    package private(set) var checksum: UInt32 = 0
    /// Bytes of the header's skippable frame.
    package private(set) var encodedSize = 0

    package init(
        journalID: JournalID, offset: UInt64, firstSequence: UInt64, commitFirst: UInt64,
        commitLast: UInt64, watermark: UInt64, epoch: UInt64, firstTime: Int64, lastTime: Int64,
        storedLength: Int, plainLength: Int, previousChecksum: UInt32, contentChecksum: UInt32,
        frontier: FrontierRecord, streams: [BlockStream], entries: [BlockEntry]
    ) {
        self.journalID = journalID
        self.offset = offset
        self.firstSequence = firstSequence
        self.commitFirst = commitFirst
        self.commitLast = commitLast
        self.watermark = watermark
        self.epoch = epoch
        self.firstTime = firstTime
        self.lastTime = lastTime
        self.storedLength = storedLength
        self.plainLength = plainLength
        self.previousChecksum = previousChecksum
        self.contentChecksum = contentChecksum
        self.frontier = frontier
        self.streams = streams
        self.entries = entries
    }

    /// Whether runs stand behind the content.
    package var isEncrypted: Bool { requiredFlags & RequiredFlags.encrypted != 0 }

    /// The last sequence number of the block.
    package var lastSequence: UInt64 { firstSequence + UInt64(entries.count) - 1 }

    /// Bytes of the whole block: header and all that follows.
    package var blockSize: Int { encodedSize + storedLength }
}

extension BlockHeader {
    /// Appends the header's skippable frame.
    package mutating func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        SkippableFrame.appendHeader(.blockHeader, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: requiredFlags, optionalFlags: optionalFlags,
            journalID: journalID, offset: offset
        ).append(to: &bytes)
        bytes.append(u64: firstSequence)
        bytes.append(u64: commitFirst)
        bytes.append(u64: commitLast)
        bytes.append(u64: watermark)
        bytes.append(u64: epoch)
        bytes.append(i64: firstTime)
        bytes.append(i64: lastTime)
        bytes.append(u32: UInt32(entries.count))
        bytes.append(u32: UInt32(streams.count))
        bytes.append(u32: UInt32(storedLength))
        bytes.append(u32: UInt32(plainLength))
        bytes.append(u32: previousChecksum)
        bytes.append(u32: contentChecksum)
        frontier.append(to: &bytes)
        for stream in streams {
            bytes.append(stream.key)
            bytes.append(u64: stream.firstVersion)
        }
        for entry in entries {
            bytes.append(varint: UInt64(entry.stream))
            bytes.append(varint: UInt64(entry.lineLength))
        }
        HeaderCoding.finish(&bytes, from: start)
        var trailer = ByteCursor((bytes.count - 4)..<bytes.count)
        checksum = trailer.u32(bytes.span)
        encodedSize = bytes.count - start
    }

    /// Decodes and checks the header whose frame begins at `offset` of `bytes`. What it says of its
    /// place and journal is the caller's to compare.
    package static func decode(
        _ bytes: Span<UInt8>, at offset: Int
    ) throws(FormatError) -> BlockHeader {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: offset, kind: .blockHeader, magic: magic)
        guard payloadSize == prefix.length else { throw .invalid("payload size") }
        var cursor = fields
        var header = BlockHeader(
            journalID: prefix.journalID, offset: prefix.offset, firstSequence: cursor.u64(bytes),
            commitFirst: cursor.u64(bytes), commitLast: cursor.u64(bytes),
            watermark: cursor.u64(bytes), epoch: cursor.u64(bytes), firstTime: cursor.i64(bytes),
            lastTime: cursor.i64(bytes), storedLength: 0, plainLength: 0, previousChecksum: 0,
            contentChecksum: 0, frontier: .empty, streams: [], entries: [])
        header.requiredFlags = prefix.requiredFlags
        header.optionalFlags = prefix.optionalFlags
        let eventCount = Int(cursor.u32(bytes))
        let streamCount = Int(cursor.u32(bytes))
        header.storedLength = Int(cursor.u32(bytes))
        header.plainLength = Int(cursor.u32(bytes))
        header.previousChecksum = cursor.u32(bytes)
        header.contentChecksum = cursor.u32(bytes)
        header.frontier = try FrontierRecord.decode(&cursor, bytes)
        guard eventCount > 0, eventCount <= SegmentLogFormat.blockEventLimit,
            streamCount > 0, streamCount <= eventCount
        else { throw .invalid("event or stream count") }
        try header.decodeTable(&cursor, bytes, streamCount: streamCount, eventCount: eventCount)
        guard !cursor.isOverrun, cursor.remaining == 0 else { throw .invalid("table length") }
        try header.checkRanges(eventCount: eventCount)
        header.encodedSize = SkippableFrame.headerSize + payloadSize
        var trailer = ByteCursor((offset + header.encodedSize - 4)..<bytes.count)
        header.checksum = trailer.u32(bytes)
        return header
    }

    private mutating func decodeTable(
        _ cursor: inout ByteCursor, _ bytes: Span<UInt8>, streamCount: Int, eventCount: Int
    ) throws(FormatError) {
        guard cursor.remaining >= streamCount * 24 + eventCount * 2 else {
            throw .invalid("table length")
        }
        streams.reserveCapacity(streamCount)
        for _ in 0..<streamCount {
            streams.append(
                BlockStream(key: cursor.identifier(bytes), firstVersion: cursor.u64(bytes)))
        }
        entries.reserveCapacity(eventCount)
        var total = 0
        for _ in 0..<eventCount {
            let stream = cursor.varint(bytes)
            let length = cursor.varint(bytes)
            guard stream < UInt64(streamCount), length > 1,
                length <= UInt64(SegmentLogFormat.lineSizeLimit)
            else { throw .invalid("table entry") }
            total += Int(length)
            entries.append(
                BlockEntry(stream: UInt32(stream), lineLength: UInt32(length)))
        }
        guard total == plainLength, total <= SegmentLogFormat.blockSizeLimit else {
            throw .invalid("plain length")
        }
    }

    private func checkRanges(eventCount: Int) throws(FormatError) {
        let (next, overflow) = firstSequence.addingReportingOverflow(UInt64(eventCount))
        guard !overflow, next < SegmentLogFormat.numberLimit,
            commitLast < SegmentLogFormat.numberLimit,
            firstSequence > 0, commitFirst > 0, commitFirst <= firstSequence,
            next - 1 <= commitLast, watermark < commitFirst, frontier.size == next - 1,
            storedLength > 0, epoch < SegmentLogFormat.numberLimit
        else { throw .invalid("sequence numbers") }
        for stream in streams
        where stream.firstVersion == 0
            || stream.firstVersion >= SegmentLogFormat.numberLimit - UInt64(eventCount)
        { throw .invalid("version") }
    }
}
