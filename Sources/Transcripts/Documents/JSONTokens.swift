internal import SessionJournal

/// The tokens of JSON text, each a range of bytes, without the white space between them.
///
/// The text must have been parsed: anything else ends the tokens where it goes wrong.
struct JSONTokens {
    private(set) var ranges: [Range<Int>] = []

    /// Cost: one pass.
    init(_ bytes: Span<UInt8>) {
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            if byte.isJSONSpace {
                index &+= 1
                continue
            }
            let start = index
            switch byte {
            case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
                UInt8(ascii: ","), UInt8(ascii: ":"):
                index &+= 1
            case UInt8(ascii: "\""): index = Self.endOfString(bytes, start)
            default:
                while index < bytes.count, !Self.endsAtom(bytes[index]) { index &+= 1 }
            }
            ranges.append(start..<index)
        }
    }

    private static func endOfString(_ bytes: Span<UInt8>, _ start: Int) -> Int {
        var index = start + 1
        while index < bytes.count, bytes[index] != UInt8(ascii: "\"") {
            index += bytes[index] == UInt8(ascii: "\\") ? 2 : 1
        }
        return min(index + 1, bytes.count)
    }

    private static func endsAtom(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "["), UInt8(ascii: "]"),
            UInt8(ascii: ","), UInt8(ascii: ":"), UInt8(ascii: "\""):
            true
        default: byte.isJSONSpace
        }
    }
}
