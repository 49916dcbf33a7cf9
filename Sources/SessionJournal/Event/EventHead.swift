/// What the first five keys of a line say, which an event line and its entry line share.
package struct EventHead: Sendable, Hashable {
    /// The event's number in the journal, from 1.
    package let sequence: UInt64
    /// When the journal took it.
    package let time: Timestamp
    /// Whose event it is.
    package let session: SessionID
    /// The event's number in its session, from 1.
    package let version: UInt64
    /// What happened.
    package let kind: EventKind
    /// The offset in bytes after the kind's closing quote.
    package let size: Int

    /// Reads the head of a line. Cost: about 100 bytes looked at, nothing allocated for a listed
    /// kind.
    ///
    /// - Throws: ``JournalError`` `invalidEvent`, with the offset at which the line leaves the form.
    package init(_ line: Span<UInt8>) throws(JournalError) {
        var scanner = LineScanner()
        try scanner.expect("{\"seq\":", in: line)
        sequence = try scanner.number("seq", in: line)
        try scanner.expect(",\"time\":\"", in: line)
        time = try scanner.timestamp("time", in: line)
        try scanner.expect("\",\"session\":\"", in: line)
        let digits = scanner.range(of: 32, in: line)
        guard let session = SessionID(hexadecimal: line.extracting(digits)) else {
            throw scanner.error("\"session\" is not 32 lower-case hexadecimal digits")
        }
        self.session = session
        scanner.offset = digits.upperBound
        try scanner.expect("\",\"version\":", in: line)
        version = try scanner.number("version", in: line)
        try scanner.expect(",\"kind\":\"", in: line)
        let name = try scanner.plainString("kind", in: line)
        guard EventKind.isWellFormed(line.extracting(name)) else {
            throw scanner.error("\"kind\" is not a dotted name")
        }
        kind = EventKind(name: line.extracting(name))
        size = scanner.offset
    }
}

/// A position in a line, and the steps that move it on. Every step checks its bounds; none
/// allocates.
struct LineScanner {
    var offset = 0

    /// Passes a text that must stand here.
    @inline(__always)
    mutating func expect(_ text: String, in line: Span<UInt8>) throws(JournalError) {
        guard passes(text, in: line) else { throw error("\(text) was expected") }
    }

    /// Passes a text if it stands here.
    @inline(__always)
    mutating func passes(_ text: String, in line: Span<UInt8>) -> Bool {
        let text = text.utf8.span
        guard line.count &- offset >= text.count,
            line.extracting(offset..<offset &+ text.count).isEqual(to: text)
        else { return false }
        offset &+= text.count
        return true
    }

    /// Passes a positive decimal number of at most 63 bits, without leading zeros.
    mutating func number(
        _ key: StaticString, in line: Span<UInt8>
    ) throws(JournalError) -> UInt64 {
        var value: UInt64 = 0
        let start = offset
        while offset < line.count {
            let digit = line[offset] &- 0x30
            guard digit < 10 else { break }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            guard !overflow, !carry, sum > 0, sum <= UInt64(Int64.max) else {
                throw error("\"\(key)\" is not a number from 1")
            }
            value = sum
            offset &+= 1
        }
        guard offset > start else { throw error("\"\(key)\" is not a number from 1") }
        return value
    }

    /// Passes a time in the one form that a line writes, without quotes.
    mutating func timestamp(
        _ key: StaticString, in line: Span<UInt8>
    ) throws(JournalError) -> Timestamp {
        let text = range(of: Timestamp.textSize, in: line)
        guard let time = Timestamp(canonical: line.extracting(text)) else {
            throw error("\"\(key)\" is not a time like 2026-11-21T01:02:03.123456Z")
        }
        offset = text.upperBound
        return time
    }

    /// Passes the rest of a string whose opening quote is behind, its closing quote included;
    /// returns where its text stands. Escapes are allowed.
    mutating func string(
        _ key: StaticString, in line: Span<UInt8>
    ) throws(JournalError) -> Range<Int> {
        let start = offset
        var end = start
        var seen: UInt64 = 0
        while true {
            end = line.skippingPlainText(from: end, seen: &seen)
            guard end < line.count else { throw error("\"\(key)\" does not end") }
            if line[end] == UInt8(ascii: "\"") { break }
            do throws(JSONError) {
                guard line[end] == UInt8(ascii: "\\") else {
                    throw JSONError(.controlCharacter, offset: end)
                }
                end = try line.skippingEscape(at: end)
            } catch {
                throw self.error("\"\(key)\" is not a string", cause: error)
            }
        }
        offset = end &+ 1
        return start..<end
    }

    /// The same for a string that may hold no escapes.
    mutating func plainString(
        _ key: StaticString, in line: Span<UInt8>
    ) throws(JournalError) -> Range<Int> {
        let start = offset
        var seen: UInt64 = 0
        let end = line.skippingPlainText(from: start, seen: &seen)
        guard end < line.count, line[end] == UInt8(ascii: "\"") else {
            throw error("\"\(key)\" is not a plain string")
        }
        offset = end &+ 1
        return start..<end
    }

    /// The next `count` bytes, or fewer where the line ends; the position stays.
    func range(of count: Int, in line: Span<UInt8>) -> Range<Int> {
        offset..<min(line.count, offset &+ count)
    }

    func error(_ what: String, cause: (any Error)? = nil) -> JournalError {
        JournalError(
            .invalidEvent, "not a line of a journal: \(what)", place: "byte \(offset)",
            cause: cause)
    }
}
