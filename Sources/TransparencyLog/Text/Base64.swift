/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
package enum Base64 {
    private static let alphabet: [UInt8] = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// The value of each byte as a digit, 0xFF where it is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, byte) in alphabet.enumerated() { values[Int(byte)] = UInt8(value) }
        return values
    }()

    /// Appends the text of `bytes`: four characters for every three bytes begun.
    package static func append(_ bytes: Span<UInt8>, to text: inout [UInt8]) {
        let alphabet = alphabet
        var offset = 0
        while offset &+ 3 <= bytes.count {
            let group =
                UInt32(bytes[offset]) &<< 16 | UInt32(bytes[offset &+ 1]) &<< 8
                | UInt32(bytes[offset &+ 2])
            text.append(alphabet[Int(group &>> 18)])
            text.append(alphabet[Int(group &>> 12 & 63)])
            text.append(alphabet[Int(group &>> 6 & 63)])
            text.append(alphabet[Int(group & 63)])
            offset &+= 3
        }
        let left = bytes.count &- offset
        guard left > 0 else { return }
        let second = left == 2 ? UInt32(bytes[offset &+ 1]) : 0
        let group = UInt32(bytes[offset]) &<< 16 | second &<< 8
        text.append(alphabet[Int(group &>> 18)])
        text.append(alphabet[Int(group &>> 12 & 63)])
        text.append(left == 2 ? alphabet[Int(group &>> 6 & 63)] : UInt8(ascii: "="))
        text.append(UInt8(ascii: "="))
    }

    /// The text of `bytes`.
    package static func string(_ bytes: Span<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count &+ 2) / 3 &* 4)
        append(bytes, to: &text)
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes that a text spells. Strict: nil for a foreign character, missing padding, or bits
    /// left over that are not zero, so that every text has one reading and every reading one text.
    package static func decode(_ text: Span<UInt8>) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count / 4 &* 3)
        let isText = forEachGroup(of: text) { group, kept in
            bytes.append(UInt8(truncatingIfNeeded: group &>> 16))
            if kept > 1 { bytes.append(UInt8(truncatingIfNeeded: group &>> 8)) }
            if kept > 2 { bytes.append(UInt8(truncatingIfNeeded: group)) }
        }
        return isText ? bytes : nil
    }

    /// How many bytes a text spells; nil where ``decode(_:)`` gives nil. Nothing is allocated.
    package static func decodedSize(of text: Span<UInt8>) -> Int? {
        var size = 0
        return forEachGroup(of: text) { _, kept in size &+= kept } ? size : nil
    }

    /// Passes each group of four characters as a number of 24 bits, with the count of its bytes that
    /// belong to the text. False where the text is none.
    @inline(__always)
    private static func forEachGroup(
        of text: Span<UInt8>, _ body: (UInt32, Int) -> Void
    ) -> Bool {
        let count = text.count
        guard count.isMultiple(of: 4) else { return false }
        guard count > 0 else { return true }
        let equals = UInt8(ascii: "=")
        let padding = text[count &- 1] != equals ? 0 : text[count &- 2] != equals ? 1 : 2
        let values = values
        var offset = 0
        while offset < count {
            let isLast = offset &+ 4 == count
            var group: UInt32 = 0
            for index in offset..<offset &+ 4 {
                let isPadding = isLast && index >= count &- padding
                let value = isPadding ? 0 : values[Int(text[index])]
                guard value < 64 else { return false }
                group = group &<< 6 | UInt32(value)
            }
            let kept = isLast ? 3 &- padding : 3
            if kept < 3, group & (kept == 2 ? 0xFF : 0xFFFF) != 0 { return false }
            body(group, kept)
            offset &+= 4
        }
        return true
    }
}
