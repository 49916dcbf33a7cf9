extension JSONDocument {
    /// Fills the index from the first value at or after `start`; returns the offset after it.
    /// Iterative: nesting costs an entry of `stack`, never of the call stack.
    mutating func scan(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) -> Int {
        var offset = bytes.skippingSpace(from: start)
        let first = offset
        var seen: UInt64 = 0
        values: while true {
            guard offset < bytes.count else {
                throw JSONError(.unexpectedEnd, offset: bytes.count)
            }
            switch bytes[offset] {
            case UInt8(ascii: "{"):
                try open(.object, at: offset)
                offset = bytes.skippingSpace(from: offset &+ 1)
                if offset < bytes.count, bytes[offset] == UInt8(ascii: "}") {
                    offset &+= 1
                    close(at: offset)
                } else {
                    offset = try scanKey(bytes, at: offset, seen: &seen)
                    continue values
                }
            case UInt8(ascii: "["):
                try open(.array, at: offset)
                offset = bytes.skippingSpace(from: offset &+ 1)
                if offset < bytes.count, bytes[offset] == UInt8(ascii: "]") {
                    offset &+= 1
                    close(at: offset)
                } else {
                    continue values
                }
            case UInt8(ascii: "\""):
                offset = try scanString(bytes, at: offset, seen: &seen)
            default:
                offset = try scanScalar(bytes, at: offset)
            }
            guard try closeContainers(bytes, &offset, seen: &seen) else { break values }
        }
        if seen & 0x8080_8080_8080_8080 != 0 {
            try checkUTF8(bytes.extracting(first..<offset), from: first)
        }
        return offset
    }

    /// What follows a value: a comma and the next value (true), or the ends of containers up to
    /// the outermost (false).
    @inline(__always)
    private mutating func closeContainers(
        _ bytes: Span<UInt8>, _ offset: inout Int, seen: inout UInt64
    ) throws(JSONError) -> Bool {
        while let top = stack.last {
            offset = bytes.skippingSpace(from: offset)
            guard offset < bytes.count else {
                throw JSONError(.unexpectedEnd, offset: bytes.count)
            }
            let isObject = entries[Int(top)].kind == .object
            let byte = bytes[offset]
            if byte == UInt8(ascii: ",") {
                offset = bytes.skippingSpace(from: offset &+ 1)
                if isObject { offset = try scanKey(bytes, at: offset, seen: &seen) }
                return true
            }
            guard byte == (isObject ? UInt8(ascii: "}") : UInt8(ascii: "]")) else {
                throw JSONError(.unexpectedByte, offset: offset)
            }
            offset &+= 1
            close(at: offset)
        }
        return false
    }

    @inline(__always)
    private mutating func open(_ kind: Kind, at offset: Int) throws(JSONError) {
        guard stack.count < maximumDepth else { throw JSONError(.tooDeep, offset: offset) }
        stack.append(UInt32(truncatingIfNeeded: entries.count))
        entries.append(
            Entry(
                start: UInt32(truncatingIfNeeded: offset), end: 0, next: 0, kind: kind,
                isEscaped: false))
    }

    @inline(__always)
    private mutating func close(at end: Int) {
        let top = Int(stack.removeLast())
        entries[top].end = UInt32(truncatingIfNeeded: end)
        entries[top].next = UInt32(truncatingIfNeeded: entries.count)
    }

    @inline(__always)
    private mutating func append(_ kind: Kind, _ start: Int, _ end: Int, isEscaped: Bool = false) {
        entries.append(
            Entry(
                start: UInt32(truncatingIfNeeded: start), end: UInt32(truncatingIfNeeded: end),
                next: UInt32(truncatingIfNeeded: entries.count &+ 1), kind: kind,
                isEscaped: isEscaped))
    }

    /// A key, the colon and the white space after it; returns where the member's value starts.
    @inline(__always)
    private mutating func scanKey(
        _ bytes: Span<UInt8>, at start: Int, seen: inout UInt64
    ) throws(JSONError) -> Int {
        guard start < bytes.count else { throw JSONError(.unexpectedEnd, offset: bytes.count) }
        guard bytes[start] == UInt8(ascii: "\"") else {
            throw JSONError(.unexpectedByte, offset: start)
        }
        let offset = bytes.skippingSpace(from: try scanString(bytes, at: start, seen: &seen))
        guard offset < bytes.count else { throw JSONError(.unexpectedEnd, offset: bytes.count) }
        guard bytes[offset] == UInt8(ascii: ":") else {
            throw JSONError(.unexpectedByte, offset: offset)
        }
        return bytes.skippingSpace(from: offset &+ 1)
    }

    /// A string, quotes included. `seen` gathers the high bits of all bytes passed, so that only a
    /// text with something other than ASCII in it is checked for UTF-8, once and at the end.
    private mutating func scanString(
        _ bytes: Span<UInt8>, at start: Int, seen: inout UInt64
    ) throws(JSONError) -> Int {
        var offset = start &+ 1
        var isEscaped = false
        while true {
            offset = bytes.skippingPlainText(from: offset, seen: &seen)
            guard offset < bytes.count else {
                throw JSONError(.unexpectedEnd, offset: bytes.count)
            }
            switch bytes[offset] {
            case UInt8(ascii: "\""):
                append(.string, start, offset &+ 1, isEscaped: isEscaped)
                return offset &+ 1
            case UInt8(ascii: "\\"):
                isEscaped = true
                offset = try bytes.skippingEscape(at: offset)
            default:
                throw JSONError(.controlCharacter, offset: offset)
            }
        }
    }

    private mutating func scanScalar(
        _ bytes: Span<UInt8>, at start: Int
    ) throws(JSONError) -> Int {
        switch bytes[start] {
        case UInt8(ascii: "t"): return try scanLiteral(bytes, at: start, "true", .true)
        case UInt8(ascii: "f"): return try scanLiteral(bytes, at: start, "false", .false)
        case UInt8(ascii: "n"): return try scanLiteral(bytes, at: start, "null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            let end = try bytes.skippingNumber(at: start)
            append(.number, start, end)
            return end
        default:
            throw JSONError(.unexpectedByte, offset: start)
        }
    }

    private mutating func scanLiteral(
        _ bytes: Span<UInt8>, at start: Int, _ literal: String, _ kind: Kind
    ) throws(JSONError) -> Int {
        var offset = start
        for byte in literal.utf8 {
            guard offset < bytes.count else {
                throw JSONError(.unexpectedEnd, offset: bytes.count)
            }
            guard bytes[offset] == byte else { throw JSONError(.invalidLiteral, offset: start) }
            offset &+= 1
        }
        append(kind, start, offset)
        return offset
    }

    private func checkUTF8(_ bytes: Span<UInt8>, from start: Int) throws(JSONError) {
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: bytes)
        } catch {
            throw JSONError(.invalidUTF8, offset: start &+ error.byteOffsets.lowerBound)
        }
    }
}
