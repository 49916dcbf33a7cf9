/// 16 bytes that name a stream (in SessionJournal's words: a session) or a journal.
package struct Identifier: Hashable, Comparable, Sendable {
    /// The first eight bytes, big-endian, so that the order of identifiers is that of their bytes.
    package let high: UInt64
    /// The last eight bytes, big-endian.
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    package static func < (left: Identifier, right: Identifier) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    /// All zeros: the stream of the journal's own events.
    package static let zero = Identifier(high: 0, low: 0)

    package static let size = 16
}

/// Names a stream of events.
package typealias StreamKey = Identifier
/// Names a journal: every block carries it, so that a block of another journal is never believed.
package typealias JournalID = Identifier

extension Identifier: CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    package var description: String {
        Self.hex(high) + Self.hex(low)
    }

    private static func hex(_ word: UInt64) -> String {
        let digits = String(word, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

extension Identifier {
    /// The 16 bytes.
    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.append(self)
        return bytes
    }

    /// From exactly 16 bytes; nil from any other number of them.
    package init?(bytes: Span<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        var cursor = ByteCursor(0..<Self.size)
        self = cursor.identifier(bytes)
    }
}

extension Identifier {
    /// The next one in order; nil behind the last.
    var successor: Identifier? {
        if low < .max { return Identifier(high: high, low: low + 1) }
        return high < .max ? Identifier(high: high + 1, low: 0) : nil
    }
}
