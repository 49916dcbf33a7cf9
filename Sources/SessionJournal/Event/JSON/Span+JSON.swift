// Steps of a JSON scan. Each takes an offset in bytes and returns the offset after what it passed.

extension Span<UInt8> {
    /// The first byte at or after `offset` that is not white space, or the end.
    @inline(__always)
    func skippingSpace(from offset: Int) -> Int {
        var offset = offset
        while offset < count {
            let byte = self[offset]
            guard byte <= 0x20 else { break }
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { break }
            offset &+= 1
        }
        return offset
    }

    /// The first quote, backslash or control character at or after `offset`, or the end. `seen`
    /// gathers the bits of all bytes passed (and may hold those of a few behind).
    @inline(__always)
    func skippingPlainText(from offset: Int, seen: inout UInt64) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var offset = offset
        while offset &+ 8 <= count {
            let word = word(at: offset)
            seen |= word
            // A byte's high bit is set where the byte matches; a borrow can set one above the
            // first match only, so that the lowest is exact.
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let matches =
                ((quotes &- ones) & ~quotes) | ((slashes &- ones) & ~slashes)
                | ((word &- ones &* 0x20) & ~word)
            let found = matches & highs
            if found != 0 { return offset &+ found.trailingZeroBitCount &>> 3 }
            offset &+= 8
        }
        while offset < count {
            let byte = self[offset]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
            seen |= UInt64(byte)
            offset &+= 1
        }
        return offset
    }

    /// The offset after the escape whose backslash stands at `offset`.
    func skippingEscape(at offset: Int) throws(JSONError) -> Int {
        guard offset &+ 1 < count else { throw JSONError(.unexpectedEnd, offset: count) }
        switch self[offset &+ 1] {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"),
            UInt8(ascii: "f"), UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            return offset &+ 2
        case UInt8(ascii: "u"):
            for digit in offset &+ 2..<offset &+ 6 {
                guard digit < count else { throw JSONError(.unexpectedEnd, offset: count) }
                guard self[digit].hexadecimalValue != nil else {
                    throw JSONError(.invalidEscape, offset: offset)
                }
            }
            return offset &+ 6
        default:
            throw JSONError(.invalidEscape, offset: offset)
        }
    }

    /// The offset after the number that starts at `start`.
    func skippingNumber(at start: Int) throws(JSONError) -> Int {
        var offset = start
        if self[offset] == UInt8(ascii: "-") { offset &+= 1 }
        let whole = skippingDigits(from: offset)
        guard whole > offset else { throw numberError(at: whole) }
        if self[offset] == UInt8(ascii: "0"), whole > offset &+ 1 {
            throw JSONError(.invalidNumber, offset: start)
        }
        offset = whole
        if offset < count, self[offset] == UInt8(ascii: ".") {
            let end = skippingDigits(from: offset &+ 1)
            guard end > offset &+ 1 else { throw numberError(at: end) }
            offset = end
        }
        if offset < count, self[offset] | 0x20 == UInt8(ascii: "e") {
            offset &+= 1
            if offset < count,
                self[offset] == UInt8(ascii: "+") || self[offset] == UInt8(ascii: "-")
            {
                offset &+= 1
            }
            let end = skippingDigits(from: offset)
            guard end > offset else { throw numberError(at: end) }
            offset = end
        }
        return offset
    }

    private func numberError(at offset: Int) -> JSONError {
        JSONError(offset < count ? .invalidNumber : .unexpectedEnd, offset: offset)
    }

    private func skippingDigits(from offset: Int) -> Int {
        var offset = offset
        while offset < count, self[offset] &- 0x30 < 10 { offset &+= 1 }
        return offset
    }
}

extension UInt8 {
    /// The value of a hexadecimal digit of either case; nil for any other byte.
    var hexadecimalValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
