/// Makes keys of the bytes that a terminal sends.
///
/// Escape is a key, and the beginning of what other keys send: only a pause tells them apart, so that
/// whoever reads says when nothing more came (`pause`). Text that is pasted between the marks of a
/// bracketed paste is dropped: it was not typed, and its letters would be commands. What makes no
/// sense is dropped too.
struct KeyDecoder {
    private var pending: [UInt8] = []
    private var isPasting = false

    /// No sequence of a key is longer; what is longer is something else.
    private static let longestSequence = 32
    private static let pasteEnd = Array("\u{1B}[201~".utf8)

    /// Whether a key may have been begun and not ended.
    var isWaiting: Bool { !pending.isEmpty && !isPasting }

    /// The keys that are complete with these bytes.
    mutating func take(_ bytes: some Sequence<UInt8>) -> [Key] {
        pending += bytes
        var keys: [Key] = []
        while !pending.isEmpty {
            if isPasting {
                guard endPaste() else { break }
                continue
            }
            guard let (key, count) = next() else { break }
            pending.removeFirst(count)
            if let key { keys.append(key) }
        }
        return keys
    }

    /// The keys that are complete because nothing more came: Escape, above all.
    mutating func pause() -> [Key] {
        guard isWaiting else { return [] }
        let isEscape = pending[0] == 0x1B
        let rest = pending.dropFirst()
        pending = []
        // Half of a letter is nothing.
        return isEscape ? [.escape] + take(rest) : take(rest)
    }

    /// Drops what was pasted; false where its end is still to come.
    private mutating func endPaste() -> Bool {
        let end = Self.pasteEnd
        for start in pending.indices.dropLast(end.count - 1)
        where pending[start..<start + end.count].elementsEqual(end) {
            pending.removeFirst(start + end.count)
            isPasting = false
            return true
        }
        // The end mark may be cut anywhere.
        pending = Array(pending.suffix(end.count - 1))
        return false
    }

    /// The first key and the bytes that it takes; no key for bytes that mean nothing here; nil where
    /// more bytes are needed.
    private mutating func next() -> (key: Key?, count: Int)? {
        let first = pending[0]
        switch first {
        case 0x1B: return sequence()
        case 0x0A, 0x0D: return (.enter, 1)
        case 0x09: return (.tab, 1)
        case 0x08, 0x7F: return (.backspace, 1)
        case 0x01...0x1A:
            return (.control(Character(Unicode.Scalar(first + 0x60))), 1)
        case 0x00..<0x20: return (nil, 1)
        default: return letter()
        }
    }

    private func letter() -> (key: Key?, count: Int)? {
        let first = pending[0]
        let count =
            switch first {
            case 0x00..<0x80: 1
            case 0xC2...0xDF: 2
            case 0xE0...0xEF: 3
            case 0xF0...0xF4: 4
            default: 0
            }
        guard count > 0 else { return (nil, 1) }
        let bytes = pending.prefix(count)
        if let wrong = bytes.dropFirst().firstIndex(where: { $0 & 0xC0 != 0x80 }) {
            return (nil, wrong)
        }
        guard bytes.count == count else { return nil }
        guard let text = String(validating: bytes, as: UTF8.self), let letter = text.first else {
            return (nil, count)
        }
        return (.character(letter), count)
    }

    /// A sequence that begins with Escape.
    private mutating func sequence() -> (key: Key?, count: Int)? {
        guard pending.count > 1 else { return nil }
        switch pending[1] {
        case UInt8(ascii: "["):
            guard let end = pending.dropFirst(2).firstIndex(where: { $0 >= 0x40 || $0 < 0x20 })
            else { return pending.count > Self.longestSequence ? (nil, pending.count) : nil }
            // A control character ends what it interrupts, and stands for itself.
            guard pending[end] >= 0x40 else { return (nil, end) }
            let key = Self.key(final: pending[end], parameters: pending[2..<end])
            if key == nil, pending[end] == UInt8(ascii: "~"),
                pending[2..<end].elementsEqual("200".utf8)
            {
                isPasting = true
            }
            return (key, end + 1)
        case UInt8(ascii: "O"):
            guard pending.count > 2 else { return nil }
            return (Self.key(final: pending[2], parameters: []), 3)
        default: return (.escape, 1)
        }
    }

    /// The key of a sequence; its modifiers make no difference.
    private static func key(final: UInt8, parameters: ArraySlice<UInt8>) -> Key? {
        switch final {
        case UInt8(ascii: "A"): return .up
        case UInt8(ascii: "B"): return .down
        case UInt8(ascii: "C"): return .right
        case UInt8(ascii: "D"): return .left
        case UInt8(ascii: "H"): return .home
        case UInt8(ascii: "F"): return .end
        case UInt8(ascii: "M"): return .enter  // on the pad of numbers
        case UInt8(ascii: "Z"): return .backTab
        case UInt8(ascii: "~"):
            switch String(decoding: parameters.prefix { $0 != UInt8(ascii: ";") }, as: UTF8.self) {
            case "1", "7": return .home
            case "3": return .delete
            case "4", "8": return .end
            case "5": return .pageUp
            case "6": return .pageDown
            default: return nil
            }
        default: return nil
        }
    }
}
