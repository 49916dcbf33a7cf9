/// Lower-case hexadecimal, two digits a byte.
package enum Hexadecimal {
    /// The digit of a number below 16.
    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") &+ value : UInt8(ascii: "a") &+ (value &- 10)
    }

    /// Appends the 16 digits of a number, the highest first.
    static func append(_ value: UInt64, to bytes: inout [UInt8]) {
        var shift: UInt64 = 64
        while shift > 0 {
            shift &-= 4
            bytes.append(digit(UInt8(truncatingIfNeeded: value &>> shift) & 0xF))
        }
    }

    /// The number that 16 lower-case digits from `offset` on write; nil where they are not there.
    static func number(_ bytes: Span<UInt8>, at offset: Int) -> UInt64? {
        guard offset >= 0, offset <= bytes.count, bytes.count &- offset >= 16 else { return nil }
        var value: UInt64 = 0
        for index in offset..<offset &+ 16 {
            let byte = bytes[index]
            guard !(UInt8(ascii: "A")...UInt8(ascii: "F") ~= byte),
                let digit = byte.hexadecimalValue
            else { return nil }
            value = value &<< 4 | UInt64(digit)
        }
        return value
    }
}
