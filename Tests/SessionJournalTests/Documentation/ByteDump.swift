import SegmentLog

/// Takes bytes apart and says of each range what it is, one line or more for each.
struct ByteDump {
    private let bytes: [UInt8]
    private(set) var offset = 0
    private(set) var lines: [String] = []

    private static let columns = 16

    init(_ bytes: [UInt8], title: String) {
        self.bytes = bytes
        lines.append(title)
    }

    var isAtEnd: Bool { offset == bytes.count }

    /// A blank line and a heading.
    mutating func heading(_ text: String) { lines += ["", text] }

    /// Prints the next bytes, all of them or the first and last line of them.
    mutating func take(_ count: Int, _ meaning: String, isShort: Bool = false) {
        var rows = stride(from: 0, to: count, by: Self.columns).map { start in
            row(
                at: offset + start, count: min(Self.columns, count - start),
                start == 0 ? meaning : "")
        }
        if isShort, rows.count > 3 {
            rows = [rows[0], "        … \(rows.count - 2) lines of it …", rows[rows.count - 1]]
        }
        lines += rows
        offset += count
    }

    private func row(at start: Int, count: Int, _ meaning: String) -> String {
        let digits = String(start, radix: 16)
        let place = String(repeating: "0", count: 4 - digits.count) + digits
        let hex = bytes[start..<(start + count)].map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }.joined(separator: " ")
        let row = "\(place)  \(hex)"
        guard !meaning.isEmpty else { return row }
        return row + String(repeating: " ", count: max(2, 55 - row.count)) + meaning
    }

    mutating func u8(_ meaning: (UInt8) -> String) { take(1, meaning(bytes[offset])) }

    @discardableResult
    mutating func number(_ size: Int, _ meaning: String, radix: Int = 10) -> UInt64 {
        var value: UInt64 = 0
        for index in 0..<size { value |= UInt64(bytes[offset + index]) << UInt64(8 * index) }
        let text = radix == 10 ? "\(value)" : "0x" + String(value, radix: radix)
        take(size, "\(meaning): \(text)")
        return value
    }

    mutating func varint(_ meaning: String) {
        var cursor = ByteCursor(offset..<bytes.count)
        let value = cursor.varint(bytes.span)
        take(cursor.offset - offset, "\(meaning): \(value)")
    }

    /// Zeros up to an offset; false where one of them is none.
    mutating func zeros(upTo end: Int, _ meaning: String) -> Bool {
        let isBlank = bytes[offset..<end].allSatisfy { $0 == 0 }
        let digits = String(offset, radix: 16)
        let place = String(repeating: "0", count: 4 - digits.count) + digits
        lines.append("\(place)  00 … 00   \(end - offset) bytes: \(meaning)")
        offset = end
        return isBlank
    }
}

extension ByteDump {
    /// The frame header of a skippable frame and the prefix of one of our headers.
    mutating func prefix(_ name: String, magic: String) {
        number(4, "skippable frame: \(name)", radix: 16)
        number(4, "bytes of the frame behind these eight")
        take(4, "magic “\(magic)”")
        number(2, "format version")
        number(2, "reserved")
        number(4, "header length")
        number(4, "required flags")
        number(4, "optional flags")
        number(4, "reserved")
        take(16, "journal id")
        number(8, "offset of this frame in the file")
    }

    mutating func frontier(_ name: String) {
        number(8, "\(name): leaves")
        let count = number(4, "roots of perfect subtrees")
        for _ in 0..<count { take(32, "root") }
    }

    /// An LZ4 frame of one block, as short frames are.
    mutating func lz4Frame() {
        number(4, "LZ4 frame", radix: 16)
        take(1, "FLG: version 1, linked blocks, no checksums")
        take(1, "BD: blocks of up to 64 KiB")
        take(1, "header checksum")
        let size = number(4, "size of the one block")
        take(Int(size & 0x7FFF_FFFF), "the event lines, compressed", isShort: true)
        number(4, "end mark")
    }
}
