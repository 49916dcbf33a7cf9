internal import SegmentLog

/// A shape of text that a rule looks for: literals and runs of bytes of a class, one behind the
/// other. Matching takes the longest run that the rest of the pattern allows it, and never looks at a
/// byte more than twice.
struct TextPattern: Sendable {
    /// Bytes that go together.
    struct ByteClass: Sendable {
        private var bits: (UInt64, UInt64) = (0, 0)

        /// The characters of an ASCII text.
        init(_ characters: String) {
            for byte in characters.utf8 { insert(byte) }
        }

        static let digits = ByteClass("0123456789")
        static let upper = ByteClass("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        static let lower = ByteClass("abcdefghijklmnopqrstuvwxyz")
        static let letters = upper.union(lower)
        static let alphanumerics = letters.union(digits)
        /// Those of base64 in URLs.
        static let token = alphanumerics.union(ByteClass("_-"))
        static let base64 = alphanumerics.union(ByteClass("+/="))

        private mutating func insert(_ byte: UInt8) {
            guard byte < 128 else { return }
            if byte < 64 { bits.0 |= 1 << byte } else { bits.1 |= 1 << (byte - 64) }
        }

        func union(_ other: ByteClass) -> ByteClass {
            var union = self
            union.bits.0 |= other.bits.0
            union.bits.1 |= other.bits.1
            return union
        }

        func contains(_ byte: UInt8) -> Bool {
            guard byte < 128 else { return false }
            return byte < 64
                ? bits.0 & (1 << byte) != 0 : bits.1 & (1 << (byte - 64)) != 0
        }
    }

    enum Element: Sendable {
        /// Exactly these bytes.
        case literal([UInt8])
        /// So many bytes of a class, with single bytes of another between them, which are not counted.
        case grouped(ByteClass, by: ByteClass, ClosedRange<Int>)
        /// All up to and with these bytes, which stand so far away at most.
        case through([UInt8], Int)
        /// One of these texts, the first that fits.
        case anyOf([[UInt8]])
        /// So many bytes of a class. What comes behind a run must not begin with a byte of it.
        case run(ByteClass, ClosedRange<Int>)
    }

    let elements: [Element]

    /// The bytes that a match may begin with.
    let first: ByteClass

    /// Bytes that must not stand directly before a match.
    private let before: ByteClass

    /// Bytes that must not stand directly behind a match.
    private let after: ByteClass

    init(_ elements: [Element], boundary: ByteClass = .alphanumerics, after: ByteClass? = nil) {
        self.elements = elements
        before = boundary
        self.after = after ?? boundary
        first =
            switch elements.first {
            case .literal(let bytes)?:
                ByteClass(String(decoding: bytes.prefix(1), as: UTF8.self))
            case .anyOf(let texts)?:
                ByteClass(String(decoding: texts.compactMap(\.first), as: UTF8.self))
            case .run(let bytes, _)?, .grouped(let bytes, by: _, _)?: bytes
            case .through?, nil: ByteClass("")
            }
    }

    /// The end of the match that begins at a place; nil where none does.
    func end(in text: Span<UInt8>, from start: Int) -> Int? {
        if start > 0, before.contains(text[start - 1]) { return nil }
        var place = start
        for element in elements {
            switch element {
            case .literal(let bytes):
                guard Self.stands(bytes, in: text, at: place) else { return nil }
                place += bytes.count
            case .anyOf(let texts):
                guard let found = texts.first(where: { Self.stands($0, in: text, at: place) })
                else { return nil }
                place += found.count
            case .run(let bytes, let counts):
                var count = 0
                while place + count < text.count, count < counts.upperBound,
                    bytes.contains(text[place + count])
                {
                    count += 1
                }
                guard count >= counts.lowerBound else { return nil }
                place += count
            case .grouped(let bytes, by: let separators, let counts):
                guard
                    let end = Self.endOfGroups(bytes, separators, counts, in: text, from: place)
                else { return nil }
                place = end
            case .through(let bytes, let limit):
                let last = min(text.count, place + limit)
                guard let found = text.extracting(place..<last).firstIndex(of: bytes, from: 0)
                else { return nil }
                place += found + bytes.count
            }
        }
        if place < text.count, after.contains(text[place]) { return nil }
        return place
    }

    private static func endOfGroups(
        _ bytes: ByteClass, _ separators: ByteClass, _ counts: ClosedRange<Int>,
        in text: Span<UInt8>, from start: Int
    ) -> Int? {
        var count = 0
        var place = start
        while place < text.count, count < counts.upperBound {
            if bytes.contains(text[place]) {
                count += 1
                place += 1
            } else if count > 0, separators.contains(text[place]), place + 1 < text.count,
                bytes.contains(text[place + 1])
            {
                place += 1
            } else {
                break
            }
        }
        return count >= counts.lowerBound ? place : nil
    }

    private static func stands(_ bytes: [UInt8], in text: Span<UInt8>, at place: Int) -> Bool {
        guard text.count - place >= bytes.count else { return false }
        for index in bytes.indices where text[place + index] != bytes[index] { return false }
        return true
    }
}
