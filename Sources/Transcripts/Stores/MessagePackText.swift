#if Stores
internal import CMsgPack
internal import SessionJournal
internal import TransparencyLog

/// MessagePack as JSON, from which the same bytes can be made again.
///
/// What JSON has no word for is an object with one of these members:
///
/// ```
/// {"$ext":5,"value":[…]}     an extension that holds MessagePack; else with "base64"
/// {"$bin":"AP8="}            bytes
/// {"$float":"inf"}           a number that is none; "-inf", or its bits, hexadecimal
/// {"$float32":1.5}           a number of four bytes
/// {"$map":[[1,"a"]]}         a map whose keys are no texts, or begin with "$"
/// ```
struct MessagePackText {
    /// The largest text that is made, in bytes: a line above it would not be looked into.
    static let sizeLimit = PieceScanner.lineLimit

    /// How many arrays, maps and extensions may stand in one another.
    private static let depthLimit = 128

    private var text: [UInt8] = []
    private var rest: UnsafeRawBufferPointer
    private let sizeLimit: Int

    private init(_ rest: UnsafeRawBufferPointer, sizeLimit: Int) {
        self.rest = rest
        self.sizeLimit = sizeLimit
    }

    /// The JSON of MessagePack; nil for bytes that are none, that nest more than 128 deep, whose
    /// text would be above ``sizeLimit``, or that another writer than the shortest would have made.
    ///
    /// Cost: one pass; extensions that turn out to hold something else are passed over once more
    /// for each that they stand in.
    static func json(_ bytes: [UInt8], sizeLimit: Int = sizeLimit) -> [UInt8]? {
        bytes.withUnsafeBytes { buffer in
            var reader = MessagePackText(buffer, sizeLimit: sizeLimit)
            guard reader.value(depth: 0), reader.rest.isEmpty else { return nil }
            return reader.text
        }
    }

    // MARK: Tokens

    /// The next token; nil where none is whole, or another spelling of it is the shortest.
    private mutating func token() -> mpack_token_t? {
        guard !rest.isEmpty else { return nil }
        var buffer = mpack_tokbuf_t()
        mpack_tokbuf_init(&buffer)
        var token = mpack_token_t()
        var start = rest.baseAddress?.assumingMemoryBound(to: CChar.self)
        // A token has nine bytes at most; what is behind it is no business of the reader.
        var count = min(rest.count, Int(MPACK_MAX_TOKEN_LEN))
        let given = count
        guard mpack_read(&buffer, &start, &count, &token) == MPACK_OK else { return nil }
        let size = given - count
        guard Self.isShortest(rest.prefix(size), token) else { return nil }
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(size))
        return token
    }

    /// Whether some bytes are the shortest spelling of a token.
    private static func isShortest(_ bytes: Slice<UnsafeRawBufferPointer>, _ given: mpack_token_t)
        -> Bool
    {
        // A number below zero is read with as many bytes as it had, and written with all it needs.
        var token =
            given.type == MPACK_TOKEN_SINT ? mpack_pack_sint(mpack_unpack_sint(given)) : given
        var buffer = mpack_tokbuf_t()
        mpack_tokbuf_init(&buffer)
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 16) { room in
            var next = room.baseAddress
            var count = room.count
            guard mpack_write(&buffer, &next, &count, &token) == MPACK_OK else { return false }
            return room.prefix(room.count - count).lazy.map { UInt8(bitPattern: $0) }
                .elementsEqual(bytes)
        }
    }

    /// The bytes behind a token that has some.
    private mutating func bytes(_ count: UInt32) -> UnsafeRawBufferPointer? {
        guard Int(count) <= rest.count else { return nil }
        let taken = UnsafeRawBufferPointer(rebasing: rest.prefix(Int(count)))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(Int(count)))
        return taken
    }

    // MARK: Values

    private mutating func append(_ more: String) { text += Array(more.utf8) }

    private mutating func appendBase64(_ bytes: UnsafeRawBufferPointer) {
        append("\"" + Base64.string(Array(bytes).span) + "\"")
    }

    /// Writes the next value; false where there is none that can be written.
    private mutating func value(depth: Int) -> Bool {
        guard depth < Self.depthLimit, text.count <= sizeLimit, let token = token() else {
            return false
        }
        switch token.type {
        case MPACK_TOKEN_NIL: append("null")
        case MPACK_TOKEN_BOOLEAN: append(token.data.value.lo != 0 ? "true" : "false")
        case MPACK_TOKEN_UINT: append(String(token.bits))
        case MPACK_TOKEN_SINT: append(String(mpack_unpack_sint(token)))
        case MPACK_TOKEN_FLOAT: appendNumber(token)
        case MPACK_TOKEN_STR: return string(token.length)
        case MPACK_TOKEN_BIN:
            guard let bytes = bytes(token.length) else { return false }
            append("{\"$bin\":")
            appendBase64(bytes)
            append("}")
        case MPACK_TOKEN_ARRAY:
            append("[")
            for index in 0..<token.length {
                if index > 0 { append(",") }
                guard value(depth: depth + 1) else { return false }
            }
            append("]")
        case MPACK_TOKEN_MAP: return map(token.length, depth: depth)
        case MPACK_TOKEN_EXT: return ext(token.data.ext_type, token.length, depth: depth)
        default: return false
        }
        return text.count <= sizeLimit
    }

    private mutating func appendNumber(_ token: mpack_token_t) {
        let isShort = token.length == 4
        let number =
            isShort
            ? Double(Float(bitPattern: token.data.value.lo)) : Double(bitPattern: token.bits)
        guard number.isFinite else {
            // Which of the many that are no number it is stands in its bits.
            let bits = isShort ? UInt64(token.data.value.lo) : token.bits
            append(isShort ? "{\"$float32\":\"" : "{\"$float\":\"")
            append(number.isInfinite ? (number < 0 ? "-inf" : "inf") : String(bits, radix: 16))
            append("\"}")
            return
        }
        append(
            isShort
                ? "{\"$float32\":\(Float(bitPattern: token.data.value.lo))}" : "\(number)")
    }

    private mutating func string(_ count: UInt32) -> Bool {
        guard let bytes = bytes(count) else { return false }
        guard let string = String(validating: bytes, as: UTF8.self) else { return false }
        JSONValue.string(string).write(to: &text)
        return text.count <= sizeLimit
    }

    /// Writes a map: an object, where its keys are texts that do not look like ours.
    private mutating func map(_ count: UInt32, depth: Int) -> Bool {
        let start = text.count
        // Where each key, and each value, ends.
        var ends: [Int] = []
        var isObject = true
        append("{")
        for index in 0..<count {
            if index > 0 { append(",") }
            let key = text.count
            guard value(depth: depth + 1) else { return false }
            // A text has its two quotation marks at least.
            isObject =
                isObject && text[key] == UInt8(ascii: "\"")
                && text[key + 1] != UInt8(ascii: "$")
            ends.append(text.count)
            append(":")
            guard value(depth: depth + 1) else { return false }
            ends.append(text.count)
        }
        append("}")
        if !isObject { replaceByPairs(from: start, ends) }
        return text.count <= sizeLimit
    }

    /// Makes a list of pairs of the members of an object, each of which stands behind one byte.
    private mutating func replaceByPairs(from start: Int, _ ends: [Int]) {
        let members = Array(text[start...])
        text.removeSubrange(start...)
        append("{\"$map\":[")
        var next = 1
        for (index, end) in ends.enumerated() {
            if index.isMultiple(of: 2) { append(index > 0 ? ",[" : "[") } else { append(",") }
            text += members[next..<end - start]
            next = end - start + 1
            if !index.isMultiple(of: 2) { append("]") }
        }
        append("]}")
    }

    /// Writes an extension: as what it holds, where that is MessagePack.
    private mutating func ext(_ type: Int32, _ count: UInt32, depth: Int) -> Bool {
        guard let bytes = bytes(count) else { return false }
        append("{\"$ext\":\(Int8(truncatingIfNeeded: type)),")
        let start = text.count
        let behind = rest
        append("\"value\":")
        rest = bytes
        let isValue = value(depth: depth + 1) && rest.isEmpty
        rest = behind
        if !isValue {
            text.removeSubrange(start...)
            append("\"base64\":")
            appendBase64(bytes)
        }
        append("}")
        return text.count <= sizeLimit
    }
}

extension mpack_token_t {
    /// The bits of a number.
    fileprivate var bits: UInt64 { UInt64(data.value.hi) << 32 | UInt64(data.value.lo) }
}
#endif
