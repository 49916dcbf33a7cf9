/// The header before each LZ4 frame of a sealed segment. With it alone, and the lines themselves,
/// every event is found again when the footer is lost.
///
/// Behind the common prefix (`HeaderPrefix`):
/// ```
/// 48 u64  lowest and
/// 56 u64  highest sequence number in the frame
/// 64 u32  events
/// 68 u32  stored length: bytes of all that follows up to the next frame header
/// 72 u32  plain length
/// 76 u32  CRC-32C of all that follows up to the next frame header
/// 80 u32  CRC-32C of this frame up to here, its eight bytes of frame header included
/// ```
package struct SealedFrameHeader: Equatable, Sendable {
    package static let magic: UInt32 = 0x3146_4A53  // "SJF1"
    package static let encodedSize = SkippableFrame.headerSize + HeaderPrefix.size + 36

    package var journalID: JournalID
    package var offset: UInt64
    package var requiredFlags: UInt32 = RequiredFlags.sealed
    package var optionalFlags: UInt32 = 0
    package var lowestSequence: UInt64
    package var highestSequence: UInt64
    package var eventCount: Int
    package var storedLength: Int
    package var plainLength: Int
    package var contentChecksum: UInt32

    package init(
        journalID: JournalID, offset: UInt64, lowestSequence: UInt64, highestSequence: UInt64,
        eventCount: Int, storedLength: Int, plainLength: Int, contentChecksum: UInt32
    ) {
        self.journalID = journalID
        self.offset = offset
        self.lowestSequence = lowestSequence
        self.highestSequence = highestSequence
        self.eventCount = eventCount
        self.storedLength = storedLength
        self.plainLength = plainLength
        self.contentChecksum = contentChecksum
    }

    package func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        SkippableFrame.appendHeader(.sealedFrameHeader, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: requiredFlags, optionalFlags: optionalFlags,
            journalID: journalID, offset: offset
        ).append(to: &bytes)
        bytes.append(u64: lowestSequence)
        bytes.append(u64: highestSequence)
        bytes.append(u32: UInt32(eventCount))
        bytes.append(u32: UInt32(storedLength))
        bytes.append(u32: UInt32(plainLength))
        bytes.append(u32: contentChecksum)
        HeaderCoding.finish(&bytes, from: start)
    }

    package static func decode(
        _ bytes: Span<UInt8>, at offset: Int
    ) throws(FormatError) -> SealedFrameHeader {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: offset, kind: .sealedFrameHeader, magic: magic)
        var cursor = fields
        var header = SealedFrameHeader(
            journalID: prefix.journalID, offset: prefix.offset, lowestSequence: cursor.u64(bytes),
            highestSequence: cursor.u64(bytes), eventCount: Int(cursor.u32(bytes)),
            storedLength: Int(cursor.u32(bytes)), plainLength: Int(cursor.u32(bytes)),
            contentChecksum: cursor.u32(bytes))
        header.requiredFlags = prefix.requiredFlags
        header.optionalFlags = prefix.optionalFlags
        guard !cursor.isOverrun, cursor.remaining == 0, payloadSize == prefix.length,
            header.eventCount > 0, header.storedLength > 0, header.lowestSequence > 0,
            header.lowestSequence <= header.highestSequence,
            header.highestSequence < SegmentLogFormat.numberLimit,
            header.plainLength <= SegmentLogFormat.ownFrameSize + SegmentLogFormat.lineSizeLimit
        else { throw .invalid("sealed frame header") }
        return header
    }
}
