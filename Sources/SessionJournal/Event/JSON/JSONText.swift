/// Writing JSON: everything appends to a byte buffer, without spaces.
///
/// Strings escape `"`, `\`, and control characters (`\n \r \t \b \f`, others as `\u00xx`), and
/// nothing else.
package enum JSONText {
    /// Appends a string with its quotes. Cost: one pass, and a copy of the runs between escapes.
    package static func append(_ string: String, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        appendEscaped(string.utf8.span, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// Appends an integer.
    package static func append(_ integer: some BinaryInteger, to bytes: inout [UInt8]) {
        bytes.append(contentsOf: String(integer).utf8)
    }

    /// Appends text that is JSON already.
    package static func append(raw text: StaticString, to bytes: inout [UInt8]) {
        text.withUTF8Buffer { bytes.append(contentsOf: $0) }
    }

    /// Appends UTF-8 text as the inside of a string, without quotes.
    package static func appendEscaped(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        var offset = 0
        var seen: UInt64 = 0
        while true {
            let end = text.skippingPlainText(from: offset, seen: &seen)
            bytes.append(copying: text.extracting(offset..<end))
            guard end < text.count else { return }
            appendEscape(of: text[end], to: &bytes)
            offset = end &+ 1
        }
    }

    private static func appendEscape(of byte: UInt8, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\\"))
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
        case 0x0A: bytes.append(UInt8(ascii: "n"))
        case 0x0D: bytes.append(UInt8(ascii: "r"))
        case 0x09: bytes.append(UInt8(ascii: "t"))
        case 0x08: bytes.append(UInt8(ascii: "b"))
        case 0x0C: bytes.append(UInt8(ascii: "f"))
        default:
            append(raw: "u00", to: &bytes)
            bytes.append(Hexadecimal.digit(byte >> 4))
            bytes.append(Hexadecimal.digit(byte & 0xF))
        }
    }

    /// The text inside a string's quotes, whether it has escapes or not; see `unescaped(_:)`.
    static func text(of content: Span<UInt8>) -> String {
        for index in content.indices where content[index] == UInt8(ascii: "\\") {
            return unescaped(content)
        }
        return String(repairing: content)
    }

    /// The text inside a string's quotes with its escapes resolved. The bytes have been validated;
    /// a lone surrogate, like anything else that spells no character, becomes U+FFFD.
    static func unescaped(_ text: Span<UInt8>) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        unescape(text, to: &bytes)
        return String(repairing: bytes.span)
    }

    /// Appends the text inside a string's quotes with its escapes resolved.
    static func unescape(_ text: Span<UInt8>, to bytes: inout [UInt8]) {
        var offset = 0
        var seen: UInt64 = 0
        while offset < text.count {
            let end = text.skippingPlainText(from: offset, seen: &seen)
            bytes.append(copying: text.extracting(offset..<end))
            offset = end
            guard offset < text.count else { break }
            offset = appendUnescaped(text, at: offset, to: &bytes)
        }
    }

    /// Resolves the escape at `offset`; returns the offset after it.
    private static func appendUnescaped(
        _ text: Span<UInt8>, at offset: Int, to bytes: inout [UInt8]
    ) -> Int {
        guard offset &+ 1 < text.count else { return text.count }
        switch text[offset &+ 1] {
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "u"):
            return appendUnicode(text, at: offset, to: &bytes)
        case let byte: bytes.append(byte)
        }
        return offset &+ 2
    }

    private static func appendUnicode(
        _ text: Span<UInt8>, at offset: Int, to bytes: inout [UInt8]
    ) -> Int {
        guard let unit = codeUnit(text, at: offset) else { return text.count }
        var end = offset &+ 6
        var scalar = Unicode.Scalar(unit)
        if scalar == nil, unit < 0xDC00, let low = codeUnit(text, at: end),
            0xDC00...0xDFFF ~= low
        {
            scalar = Unicode.Scalar(
                0x10000 + (UInt32(unit - 0xD800) << 10) + UInt32(low - 0xDC00))
            end &+= 6
        }
        bytes.append(contentsOf: (scalar ?? "\u{FFFD}").utf8)
        return end
    }

    /// The UTF-16 code unit of a `\uXXXX` at `offset`; nil where none stands.
    private static func codeUnit(_ text: Span<UInt8>, at offset: Int) -> UInt16? {
        guard offset &+ 6 <= text.count, text[offset] == UInt8(ascii: "\\"),
            text[offset &+ 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt16 = 0
        for index in offset &+ 2..<offset &+ 6 {
            guard let digit = text[index].hexadecimalValue else { return nil }
            unit = unit << 4 | UInt16(digit)
        }
        return unit
    }
}
