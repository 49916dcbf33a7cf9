/// Reads little-endian integers from bytes that nobody vouches for.
///
/// A read past the end yields zero and marks the cursor as overrun, so that a decoder reads its
/// whole layout straight down and asks once, at the end, whether all of it was there.
package struct ByteCursor: Sendable {
    package private(set) var offset: Int
    package private(set) var isOverrun = false
    private let end: Int

    /// A cursor over `range`, which must lie within the bytes that are then passed to each call.
    package init(_ range: Range<Int>) {
        offset = range.lowerBound
        end = range.upperBound
    }

    /// Bytes that are left.
    package var remaining: Int { end - offset }

    private mutating func take(_ count: Int) -> Int? {
        guard !isOverrun, count >= 0, count <= end - offset else {
            isOverrun = true
            return nil
        }
        defer { offset += count }
        return offset
    }

    package mutating func u8(_ bytes: Span<UInt8>) -> UInt8 {
        guard let at = take(1) else { return 0 }
        return bytes[at]
    }

    package mutating func u16(_ bytes: Span<UInt8>) -> UInt16 {
        UInt16(truncatingIfNeeded: integer(2, bytes))
    }

    package mutating func u32(_ bytes: Span<UInt8>) -> UInt32 {
        UInt32(truncatingIfNeeded: integer(4, bytes))
    }

    package mutating func u64(_ bytes: Span<UInt8>) -> UInt64 { integer(8, bytes) }

    package mutating func i64(_ bytes: Span<UInt8>) -> Int64 {
        Int64(bitPattern: integer(8, bytes))
    }

    private mutating func integer(_ count: Int, _ bytes: Span<UInt8>) -> UInt64 {
        guard let at = take(count) else { return 0 }
        var value: UInt64 = 0
        for index in 0..<count { value |= UInt64(bytes[at + index]) << UInt64(8 * index) }
        return value
    }

    package mutating func identifier(_ bytes: Span<UInt8>) -> Identifier {
        let high = integer(8, bytes).byteSwapped
        return Identifier(high: high, low: integer(8, bytes).byteSwapped)
    }

    /// An unsigned LEB128 number of at most 64 bits.
    package mutating func varint(_ bytes: Span<UInt8>) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard let at = take(1) else { return 0 }
            let byte = bytes[at]
            guard shift < 63 || byte <= 1 else {
                isOverrun = true
                return 0
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
    }

    package mutating func array(_ count: Int, _ bytes: Span<UInt8>) -> [UInt8] {
        guard let at = take(count) else { return [] }
        return [UInt8](copying: bytes.extracting(at..<(at + count)))
    }

    package mutating func skip(_ count: Int) { _ = take(count) }
}

extension [UInt8] {
    /// A copy of a span.
    package init(copying span: Span<UInt8>) {
        self.init(unsafeUninitializedCapacity: span.count) { buffer, count in
            span.withUnsafeBufferPointer { source in
                if let from = source.baseAddress, let to = buffer.baseAddress {
                    to.initialize(from: from, count: source.count)
                }
            }
            count = span.count
        }
    }

    package mutating func append(u16 value: UInt16) { append(integer: UInt64(value), count: 2) }
    package mutating func append(u32 value: UInt32) { append(integer: UInt64(value), count: 4) }
    package mutating func append(u64 value: UInt64) { append(integer: value, count: 8) }

    package mutating func append(i64 value: Int64) {
        append(integer: UInt64(bitPattern: value), count: 8)
    }

    package mutating func append(_ identifier: Identifier) {
        append(integer: identifier.high.byteSwapped, count: 8)
        append(integer: identifier.low.byteSwapped, count: 8)
    }

    package mutating func append(varint value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    package mutating func append(zeros count: Int) {
        // An array of zeros is copied at once; other sequences go element by element in a debug build.
        append(contentsOf: [UInt8](repeating: 0, count: count))
    }

    package mutating func append(span: Span<UInt8>) {
        span.withUnsafeBufferPointer { append(contentsOf: $0) }
    }

    private mutating func append(integer value: UInt64, count: Int) {
        for index in 0..<count { append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }

    /// Overwrites four bytes that were left free for a number known only later.
    package mutating func replace(u32 value: UInt32, at offset: Int) {
        for index in 0..<4 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt32(8 * index))
        }
    }

    package mutating func replace(u64 value: UInt64, at offset: Int) {
        for index in 0..<8 {
            self[offset + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index))
        }
    }
}
