/// Why some bytes are not JSON, and where.
public struct JSONError: Error, Hashable, Sendable {
    /// What was wrong.
    public enum Reason: String, Hashable, Sendable {
        case unexpectedEnd = "the text ends too early"
        case unexpectedByte = "this byte cannot stand here"
        case invalidLiteral = "neither true, false nor null"
        case invalidNumber = "not a number as JSON writes it"
        case invalidEscape = "not an escape that JSON knows"
        case controlCharacter = "a control character stands unescaped in a string"
        case invalidUTF8 = "not UTF-8"
        case trailingBytes = "something follows the value"
        case tooDeep = "nested too deeply"
        case tooLarge = "larger than 4 GiB"
        case notAnObject = "not an object"
    }

    /// What was wrong.
    public let reason: Reason

    /// The offset in bytes, from the start of what was parsed, of the first byte that is wrong.
    public let offset: Int

    /// Creates an error. Offsets are in bytes.
    public init(_ reason: Reason, offset: Int) {
        self.reason = reason
        self.offset = offset
    }
}

extension JSONError: CustomStringConvertible {
    /// One line for people.
    public var description: String { "not JSON at byte \(offset): \(reason.rawValue)" }
}
