/// The LZ4 skippable frames that carry everything of ours that is not event lines: four bytes of
/// magic number, four bytes of payload size, payload (LZ4 frame format 1.6.x, "Skippable frames").
package enum SkippableFrame {
    /// What a skippable frame holds, by its magic number `0x184D2A50` … `5F`. Others are reserved.
    package enum Kind: UInt8, Sendable, CaseIterable {
        case blockHeader = 0x0
        case footer = 0x1
        case ciphertextRun = 0x2
        case sealedFrameHeader = 0x3
        /// Tail, end, extension and padding.
        case tail = 0x4
        case retainedHashes = 0x5
    }

    package static let magicBase: UInt32 = 0x184D_2A50
    /// Magic number and size, in bytes.
    package static let headerSize = 8

    /// The kind and the payload's size of the skippable frame at `offset`; nil where none of ours
    /// begins there. The size is what the bytes say: nobody has bounded it yet.
    package static func parse(_ bytes: Span<UInt8>, at offset: Int) -> (kind: Kind, size: Int)? {
        guard offset >= 0, bytes.count - offset >= headerSize else { return nil }
        var cursor = ByteCursor(offset..<bytes.count)
        let magic = cursor.u32(bytes)
        guard magic & 0xFFFF_FFF0 == magicBase,
            let kind = Kind(rawValue: UInt8(magic & 0xF))
        else { return nil }
        return (kind, Int(cursor.u32(bytes)))
    }

    /// The four bytes with which a frame of a kind begins.
    package static func signature(of kind: Kind) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(u32: magicBase | UInt32(kind.rawValue))
        return bytes
    }

    package static func appendHeader(_ kind: Kind, size: Int, to bytes: inout [UInt8]) {
        bytes.append(u32: magicBase | UInt32(kind.rawValue))
        bytes.append(u32: UInt32(size))
    }
}

/// Why bytes are not the structure that should stand there.
package enum FormatError: Error, Equatable, Sendable {
    /// Fewer bytes than the structure needs.
    case truncated
    /// Not this structure: another magic number.
    case unrecognised
    /// A checksum does not fit.
    case checksum
    /// A field has a value that cannot be.
    case invalid(String)
    /// The disk cannot read it.
    case unreadable(Errno)
    /// A newer program wrote it: format version, or a required flag that this code does not know.
    case newer(String)
}

/// The first 48 bytes of every header of ours, behind the skippable frame's own eight.
///
/// ```
///  0  u32  magic of the structure
///  4  u16  format version
///  6  u16  reserved, zero
///  8  u32  header length: bytes of the payload up to and including the header's CRC
/// 12  u32  required flags
/// 16  u32  optional flags
/// 20  u32  reserved, zero
/// 24  16 B journal id
/// 40  u64  offset of this skippable frame in its file
/// ```
package struct HeaderPrefix: Equatable, Sendable {
    package var magic: UInt32
    package var length: Int
    package var requiredFlags: UInt32
    package var optionalFlags: UInt32
    package var journalID: JournalID
    package var offset: UInt64

    package static let size = 48
    static let lengthOffset = 8

    package init(
        magic: UInt32, requiredFlags: UInt32, optionalFlags: UInt32 = 0, journalID: JournalID,
        offset: UInt64
    ) {
        self.magic = magic
        self.length = 0
        self.requiredFlags = requiredFlags
        self.optionalFlags = optionalFlags
        self.journalID = journalID
        self.offset = offset
    }

    /// Appends the prefix with the length still open; `HeaderCoding.finish` fills it in.
    func append(to bytes: inout [UInt8]) {
        bytes.append(u32: magic)
        bytes.append(u16: SegmentLogFormat.version)
        bytes.append(u16: 0)
        bytes.append(u32: 0)
        bytes.append(u32: requiredFlags)
        bytes.append(u32: optionalFlags)
        bytes.append(u32: 0)
        bytes.append(journalID)
        bytes.append(u64: offset)
    }
}

/// What all headers share: a skippable frame, a prefix, fields, a CRC-32C over all of it.
package enum HeaderCoding {
    /// Closes a header that began at `start` (its skippable frame's first byte): writes the header
    /// length, the frame's payload size (`payloadSize`, or the header alone) and the CRC.
    static func finish(_ bytes: inout [UInt8], from start: Int, payloadSize: Int? = nil) {
        let length = bytes.count - start - SkippableFrame.headerSize + 4
        bytes.replace(u32: UInt32(payloadSize ?? length), at: start + 4)
        let lengthAt = start + SkippableFrame.headerSize + HeaderPrefix.lengthOffset
        bytes.replace(u32: UInt32(length), at: lengthAt)
        bytes.append(u32: CRC32C.checksum(bytes, start..<bytes.count))
    }

    /// Bytes of the header with which `bytes` begin, its skippable frame's own eight included, as it
    /// says itself: enough to read all of it before it is checked.
    static func size(of bytes: Span<UInt8>) throws(FormatError) -> Int {
        let lengthAt = SkippableFrame.headerSize + HeaderPrefix.lengthOffset
        guard bytes.count >= lengthAt + 4 else { throw .truncated }
        var cursor = ByteCursor(lengthAt..<(lengthAt + 4))
        let length = Int(cursor.u32(bytes))
        guard length <= SegmentLogFormat.headerSizeLimit else {
            throw .invalid("header length \(length)")
        }
        return SkippableFrame.headerSize + length
    }

    /// Checks frame, magic, version, length, flags and CRC of the header at `offset`, and returns
    /// its prefix and a cursor on its fields, which end before the CRC.
    static func open(
        _ bytes: Span<UInt8>, at offset: Int, kind: SkippableFrame.Kind, magic: UInt32,
        sizeLimit: Int = SegmentLogFormat.headerSizeLimit
    ) throws(FormatError) -> (prefix: HeaderPrefix, fields: ByteCursor, payloadSize: Int) {
        guard let frame = SkippableFrame.parse(bytes, at: offset), frame.kind == kind else {
            throw .unrecognised
        }
        let start = offset + SkippableFrame.headerSize
        var cursor = ByteCursor(start..<bytes.count)
        guard cursor.u32(bytes) == magic else { throw .unrecognised }
        let version = cursor.u16(bytes)
        let reservedA = cursor.u16(bytes)
        let length = Int(cursor.u32(bytes))
        let required = cursor.u32(bytes)
        let optional = cursor.u32(bytes)
        let reservedB = cursor.u32(bytes)
        let journalID = cursor.identifier(bytes)
        let place = cursor.u64(bytes)
        guard !cursor.isOverrun else { throw .truncated }
        guard length >= HeaderPrefix.size + 4, length <= frame.size, length <= sizeLimit else {
            throw .invalid("header length \(length)")
        }
        guard length <= bytes.count - start else { throw .truncated }
        let crcAt = start + length - 4
        var trailer = ByteCursor(crcAt..<(crcAt + 4))
        let computed = CRC32C.checksum(bytes.extracting(offset..<crcAt))
        guard trailer.u32(bytes) == computed else { throw .checksum }
        guard version <= SegmentLogFormat.version else {
            throw .newer("format version \(version)")
        }
        guard required & ~RequiredFlags.known == 0 else {
            throw .newer("required flags \(String(required, radix: 16))")
        }
        guard version > 0, reservedA == 0, reservedB == 0 else {
            throw .invalid("reserved fields")
        }
        var prefix = HeaderPrefix(
            magic: magic, requiredFlags: required, optionalFlags: optional, journalID: journalID,
            offset: place)
        prefix.length = length
        return (prefix, ByteCursor((start + HeaderPrefix.size)..<crcAt), frame.size)
    }
}
