// The only unsafe calls of the JSON codec and of the event line: eight bytes at once, and a copy of
// a span. Both check their bounds before they touch memory.

extension Span<UInt8> {
    /// The eight bytes from `offset` on, the first in the lowest bits. The caller has checked that
    /// `offset + 8 <= count`; a wrong offset traps rather than reads.
    @inline(__always)
    func word(at offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Whether the bytes are those of `other`.
    func isEqual(to other: Span<UInt8>) -> Bool {
        let count = self.count
        guard count == other.count else { return false }
        var offset = 0
        while offset &+ 8 <= count {
            guard word(at: offset) == other.word(at: offset) else { return false }
            offset &+= 8
        }
        while offset < count {
            guard self[offset] == other[offset] else { return false }
            offset &+= 1
        }
        return true
    }
}

extension [UInt8] {
    /// A copy of a span's bytes.
    package init(copying bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { Array($0) }
    }

    /// Appends a copy of a span's bytes.
    package mutating func append(copying bytes: Span<UInt8>) {
        bytes.withUnsafeBufferPointer { append(contentsOf: $0) }
    }
}

extension String {
    /// The text that UTF-8 bytes spell; what is not UTF-8 becomes U+FFFD.
    package init(repairing bytes: Span<UInt8>) {
        self = bytes.withUnsafeBufferPointer { String(decoding: $0, as: UTF8.self) }
    }
}
