internal import SegmentLog

/// A shape of text that a rule looks for: literals and runs of bytes of a class, one behind the
/// other. Matching takes the longest run that there is, and never goes back.
struct TextPattern: Sendable {
    /// Bytes that go together.
    struct ByteClass: Sendable {
        /// A bit a byte.
        private(set) var bits: SIMD4<UInt64> = .zero

        /// The characters of an ASCII text.
        init(_ characters: String) { self.init(characters.utf8) }

        init(_ bytes: some Sequence<UInt8>) {
            for byte in bytes { bits[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }
        }

        /// Every byte.
        static let all = ByteClass(UInt8.min...UInt8.max)
        static let digits = ByteClass("0123456789")
        static let upper = ByteClass("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
        static let lower = ByteClass("abcdefghijklmnopqrstuvwxyz")
        static let letters = upper.union(lower)
        static let alphanumerics = letters.union(digits)
        /// Those of words: also the bytes of every letter that is not ASCII.
        static let words = alphanumerics.union(ByteClass(UInt8(0x80)...UInt8.max))
        /// Those of base64 in URLs.
        static let token = alphanumerics.union(ByteClass("_-"))
        static let base64 = alphanumerics.union(ByteClass("+/="))

        func union(_ other: ByteClass) -> ByteClass {
            var union = self
            union.bits |= other.bits
            return union
        }

        func contains(_ byte: UInt8) -> Bool {
            bits[Int(byte >> 6)] & (1 << UInt64(byte & 63)) != 0
        }
    }

    enum Element: Sendable {
        /// Exactly these bytes.
        case literal([UInt8])
        /// These bytes, which are lower-case, or the same in capitals of ASCII.
        case folded([UInt8])
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

    /// The first byte that a match may have.
    let first: ByteClass

    /// The second byte that a match may have.
    let second: ByteClass

    /// Bytes that belong to a match and stand before what the elements describe, so many of them: what
    /// is looked for is then the rarer byte behind them.
    let lead: (bytes: ByteClass, counts: ClosedRange<Int>)?

    /// Bytes that must not stand directly before a match.
    private let before: ByteClass

    /// Bytes that must not stand directly behind a match.
    private let after: ByteClass

    init(
        _ elements: [Element], boundary: ByteClass = .alphanumerics, after: ByteClass? = nil,
        lead: (bytes: ByteClass, counts: ClosedRange<Int>)? = nil
    ) {
        self.elements = elements
        self.lead = lead
        before = boundary
        self.after = after ?? boundary
        first = Self.beginning(of: elements[...], at: 0)
        second = Self.beginning(of: elements[...], at: 1)
    }

    /// The bytes that may stand at one of the first two places of elements.
    private static func beginning(of elements: ArraySlice<Element>, at place: Int) -> ByteClass {
        switch elements.first {
        case .literal(let bytes)?:
            return bytes.count > place
                ? ByteClass([bytes[place]]) : beginning(of: elements.dropFirst(), at: 0)
        case .folded(let bytes)?:
            guard bytes.count > place else { return beginning(of: elements.dropFirst(), at: 0) }
            return ByteClass([bytes[place], Self.capital(of: bytes[place])])
        case .anyOf(let texts)?: return ByteClass(texts.compactMap { $0.dropFirst(place).first })
        case .run(let bytes, let counts)?:
            return counts.lowerBound > place
                ? bytes : bytes.union(beginning(of: elements.dropFirst(), at: 0))
        case .grouped(let bytes, by: let separators, _)?:
            return place == 0 ? bytes : bytes.union(separators)
        case .through?: return .all
        case nil: return .all
        }
    }

    /// The match at a place where ``first`` and ``second`` stand; nil where there is none.
    ///
    /// - Parameters:
    ///   - text: The text.
    ///   - place: Where its elements begin.
    ///   - floor: Where its lead may begin at the earliest.
    func match(in text: Span<UInt8>, at place: Int, after floor: Int) -> Range<Int>? {
        var start = place
        if let lead {
            let lowest = max(floor, place - lead.counts.upperBound)
            while start > lowest, lead.bytes.contains(text[start - 1]) { start -= 1 }
            guard place - start >= lead.counts.lowerBound else { return nil }
        }
        if start > floor, before.contains(text[start - 1]) { return nil }
        return end(in: text, from: place).map { start..<$0 }
    }

    /// The end of the elements that begin at a place; nil where they do not stand there.
    private func end(in text: Span<UInt8>, from start: Int) -> Int? {
        var place = start
        for element in elements {
            switch element {
            case .literal(let bytes):
                guard Self.stands(bytes, in: text, at: place) else { return nil }
                place += bytes.count
            case .folded(let bytes):
                guard Self.stands(folded: bytes, in: text, at: place) else { return nil }
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

    private static func stands(
        folded bytes: [UInt8], in text: Span<UInt8>, at place: Int
    ) -> Bool {
        guard text.count - place >= bytes.count else { return false }
        for index in bytes.indices {
            let byte = text[place + index]
            guard byte == bytes[index] || byte == capital(of: bytes[index]) else { return false }
        }
        return true
    }

    private static func capital(of byte: UInt8) -> UInt8 {
        ByteClass.lower.contains(byte) ? byte & ~0x20 : byte
    }
}
