/// A JSON value as a tree.
///
/// Numbers lose nothing: one that fits 64 bits and is written without fraction and exponent is an
/// integer, any other keeps the text it was written with, so that `1.0` stays `1.0` and a number of
/// a hundred digits stays what it was. For reading many lines where few values matter, the tree is
/// not the cheap way; an ``Event`` hands out its bytes.
public enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// A number that ``integer(_:)`` does not hold, as it is written.
    case number(String)
    case string(String)
    case array([JSONValue])
    case object(JSONObject)
}

extension JSONValue {
    /// Parses JSON text in UTF-8, strictly by RFC 8259, nested at most 512 deep. White space
    /// around it is skipped.
    ///
    /// - Throws: ``JSONError`` with the byte offset of what is wrong.
    public init(parsing text: Span<UInt8>) throws(JSONError) {
        var document = JSONDocument()
        try document.parse(text)
        self = document.root.map { document.value(of: $0, in: text) } ?? .null
    }

    /// Parses JSON text that holds the data of events some levels further down.
    init(parsingSnapshot text: Span<UInt8>) throws(JSONError) {
        var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth + 32)
        try document.parse(text)
        self = document.root.map { document.value(of: $0, in: text) } ?? .null
    }

    /// Parses JSON text, as ``init(parsing:)-(Span<UInt8>)``.
    public init(parsing text: String) throws(JSONError) {
        try self.init(parsing: text.utf8.span)
    }

    /// A number; one that is not finite, which JSON cannot write, becomes null.
    public init(_ number: Double) {
        self = number.isFinite ? .number("\(number)") : .null
    }

    /// A number; one above 64 signed bits keeps its text.
    public init(_ number: some BinaryInteger) {
        self = Int64(exactly: number).map { .integer($0) } ?? .number(String(number))
    }

    /// A string, or null for nil.
    public init(_ string: String?) {
        self = string.map { .string($0) } ?? .null
    }

    /// The text of a string; nil for any other value.
    public var string: String? {
        if case .string(let string) = self { string } else { nil }
    }

    /// The value of `true` or `false`; nil for any other value.
    public var bool: Bool? {
        if case .bool(let bool) = self { bool } else { nil }
    }

    /// The value of a number that fits 64 bits and is written as an integer; nil for any other.
    public var integer: Int64? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    /// The nearest double of a number, infinite where it is too large; nil for any other value.
    public var double: Double? {
        switch self {
        case .integer(let integer): Double(integer)
        case .number(let text): Double(text)
        default: nil
        }
    }

    /// The elements of an array; nil for any other value.
    public var array: [JSONValue]? {
        if case .array(let array) = self { array } else { nil }
    }

    /// The members of an object; nil for any other value.
    public var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }

    /// Whether this is null.
    public var isNull: Bool { self == .null }

    /// The member of an object; nil where there is none, or where this is no object.
    public subscript(name: String) -> JSONValue? { object?[name] }

    /// The element of an array, counted from 0; nil where there is none, or where this is no array.
    public subscript(position: Int) -> JSONValue? {
        guard let array, array.indices.contains(position) else { return nil }
        return array[position]
    }
}

extension JSONValue: CustomStringConvertible {
    /// Appends the value as JSON, without spaces. Escapes are the shortest; everything that need
    /// not be escaped stands as it is.
    public func write(to bytes: inout [UInt8]) {
        switch self {
        case .null: JSONText.append(raw: "null", to: &bytes)
        case .bool(true): JSONText.append(raw: "true", to: &bytes)
        case .bool(false): JSONText.append(raw: "false", to: &bytes)
        case .integer(let integer): JSONText.append(integer, to: &bytes)
        case .number(let text): bytes.append(contentsOf: text.utf8)
        case .string(let string): JSONText.append(string, to: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (position, element) in elements.enumerated() {
                if position > 0 { bytes.append(UInt8(ascii: ",")) }
                element.write(to: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object): object.write(to: &bytes)
        }
    }

    /// The value as JSON, without spaces.
    public var description: String {
        var bytes: [UInt8] = []
        write(to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByStringLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    /// From a literal.
    public init(nilLiteral: ()) { self = .null }

    /// From a literal.
    public init(booleanLiteral value: Bool) { self = .bool(value) }

    /// From a literal.
    public init(integerLiteral value: Int64) { self = .integer(value) }

    /// From a literal.
    public init(floatLiteral value: Double) { self.init(value) }

    /// From a literal.
    public init(stringLiteral value: String) { self = .string(value) }

    /// From a literal.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }

    /// From a literal.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(JSONObject(elements))
    }
}

extension JSONDocument {
    /// A value as a tree. Cost: all that it contains; the recursion is no deeper than the document
    /// was allowed to nest.
    package func value(of node: Node, in bytes: Span<UInt8>) -> JSONValue {
        switch node.kind {
        case .null: return .null
        case .true: return .bool(true)
        case .false: return .bool(false)
        case .string: return .string(text(of: node, in: bytes))
        case .number:
            let digits = bytes.extracting(range(of: node))
            return digits.decimalInteger.map { .integer($0) }
                ?? .number(String(repairing: digits))
        case .array:
            return .array(elements(of: node).map { value(of: $0, in: bytes) })
        case .object:
            var object = JSONObject()
            for (key, member) in members(of: node) {
                object.append(text(of: key, in: bytes), value(of: member, in: bytes))
            }
            return .object(object)
        }
    }
}
