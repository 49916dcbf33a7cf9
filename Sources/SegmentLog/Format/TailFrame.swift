/// The skippable frame that ends an active segment, or stands where it once ended.
///
/// Behind the common prefix (`HeaderPrefix`):
/// ```
/// 48 u8   role: 1 tail, 2 closed tail, 3 end, 4 extension
/// 49      7 bytes reserved, zero
/// 56 u64  durable watermark (0 in an extension)
/// 64 u64  last sequence number of the segment, or the one before its first while it has none
/// 72 u64  writer epoch
/// 80 u64  end: the first sequence number of the successor; else 0
/// 88 u32  header CRC of the last block, 0 where there is none
/// 92 u32  CRC-32C of this frame up to here, its eight bytes of frame header included
/// ```
/// Zeros fill the rest of the frame.
///
/// - A **tail** reaches to the end of the file. The next commit is written over it.
/// - A **closed tail** is one page and stays: a clean close left it.
/// - An **end** is one page: the segment is complete, and its successor stands.
/// - An **extension** begins space that was added behind a tail; it reaches to the end of the file.
package struct TailFrame: Equatable, Sendable {
    package enum Role: UInt8, Sendable, CaseIterable {
        case tail = 1
        case closed = 2
        case end = 3
        case `extension` = 4
    }

    package static let magic: UInt32 = 0x3154_4A53  // "SJT1"
    /// Bytes of frame header and header; zeros follow.
    package static let encodedSize = SkippableFrame.headerSize + HeaderPrefix.size + 48

    package var role: Role
    package var journalID: JournalID
    package var offset: UInt64
    package var requiredFlags: UInt32 = RequiredFlags.active
    package var optionalFlags: UInt32 = 0
    package var watermark: UInt64
    package var lastSequence: UInt64
    package var epoch: UInt64
    package var successor: UInt64 = 0
    package var lastBlockChecksum: UInt32
    /// Bytes of the whole frame, its eight bytes of frame header included.
    package var frameSize: Int

    package init(
        role: Role, journalID: JournalID, offset: UInt64, watermark: UInt64, lastSequence: UInt64,
        epoch: UInt64, successor: UInt64 = 0, lastBlockChecksum: UInt32, frameSize: Int
    ) {
        self.role = role
        self.journalID = journalID
        self.offset = offset
        self.watermark = watermark
        self.lastSequence = lastSequence
        self.epoch = epoch
        self.successor = successor
        self.lastBlockChecksum = lastBlockChecksum
        self.frameSize = frameSize
    }

    /// Appends frame header and header, without the zeros behind them.
    package func append(to bytes: inout [UInt8]) {
        let start = bytes.count
        SkippableFrame.appendHeader(.tail, size: 0, to: &bytes)
        HeaderPrefix(
            magic: Self.magic, requiredFlags: requiredFlags, optionalFlags: optionalFlags,
            journalID: journalID, offset: offset
        ).append(to: &bytes)
        bytes.append(role.rawValue)
        bytes.append(zeros: 7)
        bytes.append(u64: watermark)
        bytes.append(u64: lastSequence)
        bytes.append(u64: epoch)
        bytes.append(u64: successor)
        bytes.append(u32: lastBlockChecksum)
        HeaderCoding.finish(
            &bytes, from: start, payloadSize: frameSize - SkippableFrame.headerSize)
    }

    /// One page with the header and zeros, ready to be written.
    package func page() -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(SegmentLogFormat.pageSize)
        append(to: &bytes)
        bytes.append(zeros: SegmentLogFormat.pageSize - bytes.count)
        return bytes
    }

    package static func decode(
        _ bytes: Span<UInt8>, at offset: Int
    ) throws(FormatError) -> TailFrame {
        let (prefix, fields, payloadSize) = try HeaderCoding.open(
            bytes, at: offset, kind: .tail, magic: magic)
        var cursor = fields
        let role = cursor.u8(bytes)
        var reserved: UInt8 = 0
        for _ in 0..<7 { reserved |= cursor.u8(bytes) }
        let watermark = cursor.u64(bytes)
        let lastSequence = cursor.u64(bytes)
        let epoch = cursor.u64(bytes)
        let successor = cursor.u64(bytes)
        let lastBlockChecksum = cursor.u32(bytes)
        guard !cursor.isOverrun, cursor.remaining == 0, reserved == 0,
            let role = Role(rawValue: role), watermark <= lastSequence || role == .extension,
            max(watermark, lastSequence, successor, epoch) < SegmentLogFormat.numberLimit
        else { throw .invalid("tail frame") }
        let size = payloadSize + SkippableFrame.headerSize
        guard size % SegmentLogFormat.pageSize == 0, size <= SegmentLogFormat.tailSizeLimit else {
            throw .invalid("tail frame size")
        }
        var frame = TailFrame(
            role: role, journalID: prefix.journalID, offset: prefix.offset, watermark: watermark,
            lastSequence: lastSequence, epoch: epoch, successor: successor,
            lastBlockChecksum: lastBlockChecksum,
            frameSize: size)
        frame.requiredFlags = prefix.requiredFlags
        frame.optionalFlags = prefix.optionalFlags
        return frame
    }
}

/// The filling between a commit's last block and the next page: a skippable frame of zeros, without
/// a header of ours, for there may be no room for one.
package enum Padding {
    /// How many bytes of padding follow content that ends at `offset`: none at a page's end, else a
    /// frame up to the next page, or the one after where a frame header would not fit.
    package static func size(after offset: Int) -> Int {
        let page = SegmentLogFormat.pageSize
        let missing = (page - offset % page) % page
        if missing == 0 { return 0 }
        return missing < SkippableFrame.headerSize ? missing + page : missing
    }

    package static func append(_ size: Int, to bytes: inout [UInt8]) {
        guard size > 0 else { return }
        let payload = size - SkippableFrame.headerSize
        SkippableFrame.appendHeader(.tail, size: payload, to: &bytes)
        bytes.append(zeros: payload)
    }
}
