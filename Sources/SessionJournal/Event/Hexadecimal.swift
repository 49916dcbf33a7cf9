/// Lower-case hexadecimal, two digits a byte.
package enum Hexadecimal {
    /// The digit of a number below 16.
    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ (value &- 10)
    }

    /// Appends the 16 digits of a number, the highest first.
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        let digits = (
            eightDigits(of: UInt32(truncatingIfNeeded: value &>> 32)).littleEndian,
            eightDigits(of: UInt32(truncatingIfNeeded: value)).littleEndian
        )
        withUnsafeBytes(of: digits) { bytes.append(contentsOf: $0) }
    }

    /// The number that 16 lower-case digits from `offset` on write; nil where they are not there.
    static func number(_ bytes: Span<UInt8>, at offset: Int) -> UInt64? {
        guard offset >= 0, offset <= bytes.count, bytes.count &- offset >= 16,
            let high = number(ofEightDigits: bytes.word(at: offset)),
            let low = number(ofEightDigits: bytes.word(at: offset &+ 8))
        else { return nil }
        return UInt64(high) &<< 32 | UInt64(low)
    }

    private static let ones: UInt64 = 0x0101_0101_0101_0101

    /// The digits of a number, one a byte, the first in the lowest byte: all eight at once.
    @inline(__always)
    private static func eightDigits(of number: UInt32) -> UInt64 {
        var nibbles = UInt64(number)
        nibbles = (nibbles | nibbles &<< 16) & 0x0000_FFFF_0000_FFFF
        nibbles = (nibbles | nibbles &<< 8) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles &<< 4) & 0x0F0F_0F0F_0F0F_0F0F
        // A nibble above nine carries into the high half of its byte when six is added.
        let letters = ((nibbles &+ 6 &* ones) &>> 4) & ones
        return (nibbles &+ 0x30 &* ones &+ letters &* 0x27).byteSwapped
    }

    /// The number that eight digits write; nil where one of them is none.
    @inline(__always)
    private static func number(ofEightDigits digits: UInt64) -> UInt32? {
        let letters = (digits &>> 6) & ones
        var nibbles = ((digits & 0x0F0F_0F0F_0F0F_0F0F) &+ letters &* 9).byteSwapped
        nibbles &= 0x0F0F_0F0F_0F0F_0F0F
        nibbles = (nibbles | nibbles &>> 4) & 0x00FF_00FF_00FF_00FF
        nibbles = (nibbles | nibbles &>> 8) & 0x0000_FFFF_0000_FFFF
        let number = UInt32(truncatingIfNeeded: nibbles | nibbles &>> 16)
        // What writes other digits was none.
        return eightDigits(of: number) == digits ? number : nil
    }
}
