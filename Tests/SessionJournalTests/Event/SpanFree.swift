@testable import SessionJournal
import TransparencyLog

// The test macros cannot hold a span: the same calls, taking what owns the bytes.

extension Base64 {
    static func text(_ bytes: [UInt8]) -> String { string(bytes.span) }

    static func bytes(_ text: String) -> [UInt8]? { decode(text.utf8.span) }
}

extension Timestamp {
    init?(canonicalText text: String) { self.init(canonical: text.utf8.span) }
}

extension Digest {
    init(hashing bytes: [UInt8]) { self.init(hashing: bytes.span) }

    init?(base64 text: String) { self.init(base64: text.utf8.span) }

    init?(bytes: [UInt8]) { self.init(bytes: bytes.span) }
}

extension EventKind {
    static func isWellFormed(_ name: String) -> Bool { isWellFormed(name.utf8.span) }
}

extension EventLine {
    static func entry(of line: [UInt8]) throws -> [UInt8] { try entryLine(of: line.span) }

    static func leaf(of line: [UInt8]) throws -> String { try leafHash(of: line.span).hexadecimal }
}

extension JSONValue {
    init(parsing bytes: [UInt8]) throws(JSONError) { try self.init(parsing: bytes.span) }
}
