/// Finds the one bit by which bytes differ from those that their CRC-32C was made of.
///
/// The CRC is linear: a flipped bit changes it by a number that depends on the bit's distance from
/// the end alone, and no two bits of the lengths here share that number. So a checksum that is off by
/// such a number names the bit. Two flipped bits give another number, or, rarely, name a wrong third
/// bit: what was mended is believed only when all other checks of the structure fit it too.
enum BitMending {
    /// The polynomial of CRC-32C, the lowest bit standing for the highest power.
    private static let polynomial: UInt32 = 0x82F6_3B78
    /// The longest part that is mended, in bytes: the search takes time in its bits.
    static let sizeLimit = 4 << 20

    /// Puts the one bit of a part right that was flipped. Returns its byte's offset, or nil where no
    /// single bit explains the difference.
    static func mend(
        _ bytes: inout [UInt8], _ range: Range<Int>, checksum: UInt32
    ) -> Int? {
        guard range.upperBound <= bytes.count, !range.isEmpty, range.count <= sizeLimit else {
            return nil
        }
        let difference = CRC32C.checksum(bytes, range) ^ checksum
        guard difference != 0 else { return nil }
        let bits = range.count * 8
        var state: UInt32 = 1
        for distance in 1...bits {
            state = state >> 1 ^ (state & 1 == 0 ? 0 : polynomial)
            guard state == difference else { continue }
            let bit = bits - distance
            let offset = range.lowerBound + bit / 8
            bytes[offset] ^= 1 << UInt8(bit % 8)
            return offset
        }
        return nil
    }

    /// Puts a header right in which one bit was flipped. Returns the byte's offset.
    static func mendHeader(_ bytes: inout [UInt8], at offset: Int) -> Int? {
        mendFields(&bytes, at: offset) ?? mendStart(&bytes, at: offset)
    }

    /// A flip in what says that a header begins there, and how far it reaches: every bit is tried, and
    /// the checksum says which.
    private static func mendStart(_ bytes: inout [UInt8], at offset: Int) -> Int? {
        let end = min(offset + SkippableFrame.headerSize + HeaderPrefix.size, bytes.count)
        guard offset >= 0, offset < end else { return nil }
        for bit in 0..<((end - offset) * 8) {
            let place = offset + bit / 8
            bytes[place] ^= 1 << UInt8(bit % 8)
            if isWhole(bytes, at: offset) { return place }
            bytes[place] ^= 1 << UInt8(bit % 8)
        }
        return nil
    }

    private static func isWhole(_ bytes: [UInt8], at offset: Int) -> Bool {
        switch SkippableFrame.parse(bytes.span, at: offset)?.kind {
        case .blockHeader:
            (try? BlockHeader.decode(bytes.span, at: offset))?.offset == UInt64(offset)
        case .tail: (try? TailFrame.decode(bytes.span, at: offset))?.offset == UInt64(offset)
        case .sealedFrameHeader:
            (try? SealedFrameHeader.decode(bytes.span, at: offset))?.offset == UInt64(offset)
        case .retainedHashes:
            (try? RetainedSubtrees.decode(bytes.span, at: offset))?.offset == UInt64(offset)
        default: false
        }
    }

    /// A flip in a header whose frame header and length are whole, so that it is known how far it
    /// reaches.
    private static func mendFields(_ bytes: inout [UInt8], at offset: Int) -> Int? {
        guard offset >= 0, offset < bytes.count,
            SkippableFrame.parse(bytes.span, at: offset) != nil,
            let size = try? HeaderCoding.size(of: bytes.span.extracting(offset...)),
            offset + size <= bytes.count, size > SkippableFrame.headerSize + 4
        else { return nil }
        let end = offset + size - 4
        var cursor = ByteCursor(end..<(end + 4))
        let stored = cursor.u32(bytes.span)
        let difference = CRC32C.checksum(bytes, offset..<end) ^ stored
        if difference.nonzeroBitCount == 1 {
            // The flip is in the checksum itself.
            let bit = difference.trailingZeroBitCount
            bytes[end + bit / 8] ^= 1 << UInt8(bit % 8)
            return end + bit / 8
        }
        return mend(&bytes, offset..<end, checksum: stored)
    }
}
