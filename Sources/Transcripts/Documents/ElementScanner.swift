/// The elements of a file that is one JSON array, one after the other, so that a file of any size
/// is read with one of them in memory at a time.
///
/// All items, one behind the other, are the file again, byte for byte. Memory: the longest element,
/// up to ``elementLimit``.
struct ElementScanner {
    /// What comes next in the file. Ranges are of the window, valid until the next call.
    enum Item {
        /// What stands between elements: brackets, commas and white space.
        case gap(Range<Int>)
        /// An object or an array, with its own brackets. Only these are looked at.
        case element(Range<Int>)
        /// From here on, by its place in the file, there are no elements as they were looked for.
        case rest(UInt64)
    }

    /// The longest element, in bytes.
    static let elementLimit = 48 << 20

    /// The longest stretch between two elements, in bytes.
    private static let gapLimit = 64 << 10

    private(set) var window: FileWindow

    /// The index behind what has been returned.
    private var cursor = 0

    /// The last bracket or comma; zero before the first.
    private var separator: UInt8 = 0

    /// Whether an element was returned last.
    private var isBehindElement = false

    private var isAtRest = false

    init(window: FileWindow) { self.window = window }

    /// How far in the file the scanner is, in bytes.
    var offset: UInt64 { window.base + UInt64(cursor) }

    /// The next item; nil at the end of the file.
    mutating func next() throws(TranscriptError) -> Item? {
        guard !isAtRest else { return nil }
        if window.isMoving, cursor >= FileWindow.chunkSize || cursor == window.bytes.count {
            window.discard(before: cursor)
            cursor = 0
        }
        let start = cursor
        guard let end = try endOfGap(from: start) else { return rest() }
        if end > start {
            cursor = end
            return .gap(start..<end)
        }
        guard start < window.bytes.count else { return nil }
        guard separator == UInt8(ascii: "[") || separator == UInt8(ascii: ","), !isBehindElement,
            let end = try endOfElement(from: start)
        else { return rest() }
        isBehindElement = true
        cursor = end
        return .element(start..<end)
    }

    private mutating func rest() -> Item {
        isAtRest = true
        return .rest(offset)
    }

    /// The index behind what stands at an index between elements; nil where that is out of order.
    private mutating func endOfGap(from start: Int) throws(TranscriptError) -> Int? {
        var index = start
        if offset == 0 {
            while window.bytes.count < 3, !window.isAtEnd { try window.fill() }
            index += window.bytes.span.startOfText
        }
        while true {
            while index < window.bytes.count {
                let byte = window.bytes[index]
                guard !byte.isJSONSpace else {
                    index += 1
                    continue
                }
                guard "[],".utf8.contains(byte), byte != UInt8(ascii: "[") || separator == 0
                else { return index }
                switch (separator, isBehindElement, byte) {
                case (0, _, UInt8(ascii: "[")), (_, true, UInt8(ascii: ",")),
                    (_, true, UInt8(ascii: "]")), (UInt8(ascii: "["), false, UInt8(ascii: "]")):
                    separator = byte
                    isBehindElement = false
                    index += 1
                default: return nil
                }
            }
            guard index - start <= Self.gapLimit else { return nil }
            guard !window.isAtEnd else { return index }
            try window.fill()
        }
    }

    /// The index behind the object or array at an index; nil where there is none, or none that ends
    /// within the limit.
    private mutating func endOfElement(from start: Int) throws(TranscriptError) -> Int? {
        guard window.bytes[start] == UInt8(ascii: "{") || window.bytes[start] == UInt8(ascii: "[")
        else { return nil }
        var nesting = Nesting(index: start)
        while true {
            if nesting.isClosed(in: window.bytes.span) { return nesting.index }
            guard !window.isAtEnd, nesting.index - start <= Self.elementLimit else { return nil }
            try window.fill()
        }
    }
}

/// How deep in brackets a byte stands, kept from one stretch of bytes to the next.
private struct Nesting {
    var index: Int
    private var depth = 0
    private var isInString = false

    init(index: Int) { self.index = index }

    /// Goes on to behind the bracket that closes the first, or to the end of the bytes.
    mutating func isClosed(in bytes: Span<UInt8>) -> Bool {
        while index < bytes.count {
            let byte = bytes[index]
            index &+= 1
            if isInString {
                if byte == UInt8(ascii: "\\") {
                    guard index < bytes.count else {
                        index &-= 1
                        return false
                    }
                    index &+= 1
                } else if byte == UInt8(ascii: "\"") {
                    isInString = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInString = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth &+= 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                depth &-= 1
                if depth <= 0 { return true }
            default: break
            }
        }
        return false
    }
}
