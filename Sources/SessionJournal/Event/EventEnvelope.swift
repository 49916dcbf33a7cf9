internal import TransparencyLog

/// Where the parts of an event line stand: all that comes before `data`, parsed in one pass.
///
/// The keys have a fixed order:
///
/// ```
/// {"seq":41,"time":"…","session":"…","version":7,"kind":"…",            the head
///  "branch":"main",                       in every session but @journal
///  "actor":"user:ada",
///  "onbehalf":…,"origin":…,"trace":…,"id":…,"occurred":…,"cause":…,"reason":…,   each optional
///  …,                                     keys this version does not know, kept
///  "salt":"…","data":{…}}
/// ```
/// An entry line has `digest` behind its head and ends there. A compacted line has it, too, and then
/// goes on as an event line does, without keys that this version does not know and without `salt`.
struct EventEnvelope: Sendable {
    /// A string's bytes in the line, without quotes; empty at 0 for a string that is not there.
    struct Field: Sendable {
        var start: UInt32 = 0
        var end: UInt32 = 0

        init() {}

        init(_ range: Range<Int>) {
            start = UInt32(truncatingIfNeeded: range.lowerBound)
            end = UInt32(truncatingIfNeeded: range.upperBound)
        }

        /// Where the bytes stand; nil for a string that is not there.
        var range: Range<Int>? { start == 0 ? nil : Int(start)..<Int(end) }
    }

    let head: EventHead
    var branch = Field()
    var actor = Field()
    var onBehalf = Field()
    var origin = Field()
    var trace = Field()
    var id = Field()
    var reason = Field()
    var occurred: Timestamp?
    var cause: UInt64?
    /// The members that this version does not know, from the first one's comma on.
    var unknown = Field()
    /// Where `data` stands; nil in an entry line.
    var data = Field()
    /// The digest that an entry line or a compacted line names.
    var digest: Digest?

    /// Parses a line: event, entry or compacted. The content of `data` is not looked at, but for the braces
    /// around it.
    init(_ line: Span<UInt8>) throws(JournalError) {
        guard line.count <= EventLimits.maximumLineSize else {
            throw JournalError(
                .tooLarge, "a line of \(line.count) bytes is above the limit of 16 MiB")
        }
        head = try EventHead(line)
        var scanner = LineScanner(offset: head.size)
        if scanner.passes(",\"digest\":\"", in: line) {
            try parseDigest(&scanner, line)
            if scanner.passes("}", in: line) {
                guard scanner.offset == line.count else {
                    throw scanner.error("something follows the entry")
                }
                return
            }
        }
        var last = Key.kind
        while true {
            let start = scanner.offset
            try scanner.expect(",\"", in: line)
            let name = try scanner.plainString("key", in: line)
            try scanner.expect(":", in: line)
            let key = Key(line.extracting(name))
            // What carries the digest of an event line in place of its salt is no event line.
            let isHere = digest == nil ? key != .data : key != .salt && key != .unknown
            guard isHere, key > last || (key == .unknown && last == .unknown) else {
                throw scanner.error(
                    "\"\(String(repairing: line.extracting(name)))\" stands in the wrong place")
            }
            last = key
            if key == .unknown {
                try parseUnknown(&scanner, line, from: start)
            } else if key == .salt || key == .data {
                break
            } else {
                try parse(key, &scanner, line)
            }
        }
        if digest == nil {
            try parseSalt(&scanner, line)
            try scanner.expect(",\"data\":", in: line)
        }
        guard actor.range != nil else { throw scanner.error("\"actor\" is missing") }
        guard (branch.range == nil) == head.session.isJournal else {
            throw scanner.error(
                head.session.isJournal
                    ? "an event of @journal has no branch" : "\"branch\" is missing")
        }
        try parseData(&scanner, line)
    }

    /// The keys after the head, in the order in which they may stand.
    private enum Key: Int, Comparable {
        case kind, branch, actor, onBehalf, origin, trace, id, occurred, cause, reason, unknown,
            salt, data

        /// The key of a name. Names that may stand nowhere behind the head count as `kind`, which
        /// is never in its place.
        init(_ name: Span<UInt8>) {
            func has(_ text: String) -> Bool { name.isEqual(to: text.utf8.span) }
            switch name.count {
            case 2 where has("id"): self = .id
            case 3 where has("seq"): self = .kind
            case 4 where has("salt"): self = .salt
            case 4 where has("data"): self = .data
            case 4 where has("time") || has("kind"): self = .kind
            case 5 where has("actor"): self = .actor
            case 5 where has("trace"): self = .trace
            case 5 where has("cause"): self = .cause
            case 6 where has("branch"): self = .branch
            case 6 where has("origin"): self = .origin
            case 6 where has("reason"): self = .reason
            case 6 where has("digest"): self = .kind
            case 7 where has("session") || has("version"): self = .kind
            case 8 where has("onbehalf"): self = .onBehalf
            case 8 where has("occurred"): self = .occurred
            default: self = .unknown
            }
        }

        static func < (left: Key, right: Key) -> Bool { left.rawValue < right.rawValue }
    }

    private mutating func parse(
        _ key: Key, _ scanner: inout LineScanner, _ line: Span<UInt8>
    ) throws(JournalError) {
        if key == .cause {
            cause = try scanner.number("cause", in: line)
            return
        }
        try scanner.expect("\"", in: line)
        switch key {
        case .branch: branch = Field(try scanner.string("branch", in: line))
        case .actor: actor = Field(try scanner.string("actor", in: line))
        case .onBehalf: onBehalf = Field(try scanner.string("onbehalf", in: line))
        case .origin: origin = Field(try scanner.string("origin", in: line))
        case .trace: trace = Field(try scanner.string("trace", in: line))
        case .id: id = Field(try scanner.string("id", in: line))
        case .reason: reason = Field(try scanner.string("reason", in: line))
        case .occurred:
            occurred = try scanner.timestamp("occurred", in: line)
            try scanner.expect("\"", in: line)
        default: break
        }
    }

    private mutating func parseUnknown(
        _ scanner: inout LineScanner, _ line: Span<UInt8>, from start: Int
    ) throws(JournalError) {
        var document = JSONDocument()
        do throws(JSONError) {
            scanner.offset = try document.parsePrefix(line, from: scanner.offset)
        } catch {
            throw scanner.error("an unknown key's value cannot be read", cause: error)
        }
        unknown = Field((unknown.range?.lowerBound ?? start)..<scanner.offset)
    }

    private mutating func parseSalt(
        _ scanner: inout LineScanner, _ line: Span<UInt8>
    ) throws(JournalError) {
        try scanner.expect("\"", in: line)
        let salt = scanner.range(of: Salt.base64Size, in: line)
        guard Base64.decodedSize(of: line.extracting(salt)) == 16 else {
            throw scanner.error("\"salt\" is not 16 bytes in base64")
        }
        scanner.offset = salt.upperBound
        try scanner.expect("\"", in: line)
    }

    private mutating func parseData(
        _ scanner: inout LineScanner, _ line: Span<UInt8>
    ) throws(JournalError) {
        let brace = UInt8(ascii: "}")
        guard line.count &- scanner.offset >= 3, line[scanner.offset] == UInt8(ascii: "{"),
            line[line.count &- 1] == brace, line[line.count &- 2] == brace
        else { throw scanner.error("\"data\" is not an object at the line's end") }
        data = Field(scanner.offset..<line.count &- 1)
    }

    private mutating func parseDigest(
        _ scanner: inout LineScanner, _ line: Span<UInt8>
    ) throws(JournalError) {
        let text = scanner.range(of: Digest.base64Size, in: line)
        guard let digest = Digest(base64: line.extracting(text)) else {
            throw scanner.error("\"digest\" is not 32 bytes in base64")
        }
        self.digest = digest
        scanner.offset = text.upperBound
        try scanner.expect("\"", in: line)
    }
}
