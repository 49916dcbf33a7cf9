internal import TransparencyLog

/// Writing event lines, entry lines and compacted lines, and what follows from a line's bytes.
package enum EventLine {
    /// Appends the event line of a checked draft, without a newline. `cause` is the sequence number
    /// that the draft's cause comes to. Returns the length of the line's head, up to the end of the
    /// kind.
    @discardableResult
    package static func encode(
        _ draft: EventDraft, sequence: UInt64, time: Timestamp, session: SessionID,
        version: UInt64, actor: String, cause: UInt64?, salt: Salt, into line: inout [UInt8]
    ) -> Int {
        let start = line.count
        appendHead(sequence, time, session, version, draft.kind, to: &line)
        let head = line.count - start
        if !session.isJournal {
            append("branch", draft.branch ?? EventDraft.mainBranch, to: &line)
        }
        append("actor", actor, to: &line)
        append("onbehalf", draft.onBehalf, to: &line)
        append("origin", draft.origin, to: &line)
        append("trace", draft.trace, to: &line)
        append("id", draft.id, to: &line)
        append(draft.occurred, cause, to: &line)
        append("reason", draft.reason, to: &line)
        JSONText.append(raw: ",\"salt\":\"", to: &line)
        salt.appendBase64(to: &line)
        JSONText.append(raw: "\",\"data\":", to: &line)
        line.append(contentsOf: draft.data.bytes)
        line.append(UInt8(ascii: "}"))
        return head
    }

    private static func appendHead(
        _ sequence: UInt64, _ time: Timestamp, _ session: SessionID, _ version: UInt64,
        _ kind: EventKind, to line: inout [UInt8]
    ) {
        JSONText.append(raw: "{\"seq\":", to: &line)
        JSONText.append(sequence, to: &line)
        JSONText.append(raw: ",\"time\":\"", to: &line)
        time.appendText(to: &line)
        JSONText.append(raw: "\",\"session\":\"", to: &line)
        session.appendHexadecimal(to: &line)
        JSONText.append(raw: "\",\"version\":", to: &line)
        JSONText.append(version, to: &line)
        append("kind", kind.rawValue, to: &line)
    }

    private static func append(_ key: StaticString, _ value: String?, to line: inout [UInt8]) {
        guard let value else { return }
        JSONText.append(raw: ",\"", to: &line)
        JSONText.append(raw: key, to: &line)
        JSONText.append(raw: "\":", to: &line)
        JSONText.append(value, to: &line)
    }

    /// The compacted line of an event: its entry line, then the envelope of the event line, then data
    /// in the place of the event's own. Keys that this version does not know go.
    ///
    /// - Complexity: one pass over the line, for the digest.
    static func compacted(_ event: Event, data: [UInt8]) throws(JournalError) -> [UInt8] {
        var line: [UInt8] = []
        try appendEntry(of: event.line.span, to: &line)
        line.removeLast()
        append("branch", event.branch, to: &line)
        append("actor", event.actor, to: &line)
        append("onbehalf", event.onBehalf, to: &line)
        append("origin", event.origin, to: &line)
        append("trace", event.trace, to: &line)
        append("id", event.id, to: &line)
        append(event.occurred, event.cause, to: &line)
        append("reason", event.reason, to: &line)
        JSONText.append(raw: ",\"data\":", to: &line)
        line += data
        line.append(UInt8(ascii: "}"))
        return line
    }

    private static func append(_ occurred: Timestamp?, _ cause: UInt64?, to line: inout [UInt8]) {
        if let occurred {
            JSONText.append(raw: ",\"occurred\":\"", to: &line)
            occurred.appendText(to: &line)
            line.append(UInt8(ascii: "\""))
        }
        if let cause {
            JSONText.append(raw: ",\"cause\":", to: &line)
            JSONText.append(cause, to: &line)
        }
    }

    /// The entry line of an event line: its bytes up to the end of the kind, and its digest. An
    /// entry line is its own, and what a compacted line begins with.
    ///
    /// - Throws: ``JournalError`` `invalidEvent` where the line's head has not the form.
    /// - Complexity: one pass over the line, for the digest.
    package static func entryLine(of line: Span<UInt8>) throws(JournalError) -> [UInt8] {
        var entry: [UInt8] = []
        try appendEntry(of: line, to: &entry)
        return entry
    }

    /// The Merkle leaf hash of a line, event or entry: SHA-256 of a zero byte and the entry line.
    ///
    /// - Throws: ``JournalError`` `invalidEvent` where the line's head has not the form.
    package static func leafHash(of line: Span<UInt8>) throws(JournalError) -> Digest {
        var entry: [UInt8] = [0]
        try appendEntry(of: line, to: &entry)
        return Digest(hashing: entry.span)
    }

    /// The leaf hashes of lines that stand in `content`, 32 bytes each.
    ///
    /// Cost: that of ``leafHash(of:)`` for each, less where the machine hashes two at once.
    ///
    /// - Throws: ``JournalError`` `invalidEvent` where a line's head has not the form.
    package static func leafHashes(
        of content: Span<UInt8>, _ lines: [Range<Int>]
    ) throws(JournalError) -> [UInt8] {
        leafHashes(of: content, lines, heads: try heads(of: content, lines))
    }

    /// The same where the lengths of the lines' heads are known; lines that name a digest have their
    /// own.
    package static func leafHashes(
        of content: Span<UInt8>, _ lines: [Range<Int>], heads: [Int]
    ) -> [UInt8] {
        leaves(of: content, lines, heads: heads).hashes
    }

    /// Leaf hashes, and the entry lines that they are of.
    struct Leaves {
        /// 32 bytes each.
        var hashes: [UInt8]
        /// Each behind a byte of zero, which is hashed with it.
        var entries: [UInt8]
        /// Where the entry lines stand, that byte included.
        var ranges: [Range<Int>]
    }

    /// The leaf hashes of lines with the lengths of their heads, and their entry lines.
    static func leaves(
        of content: Span<UInt8>, _ lines: [Range<Int>], heads: [Int]
    ) -> Leaves {
        let digests = Digest.hashes(of: lines, in: content)
        var entries: [UInt8] = []
        entries.reserveCapacity(lines.count * 256)
        var ranges: [Range<Int>] = []
        ranges.reserveCapacity(lines.count)
        for (index, range) in lines.enumerated() {
            let start = entries.count
            entries.append(0)
            let line = content.extracting(range)
            if heads[index] < range.count {
                let digest = (index * Digest.size)..<((index + 1) * Digest.size)
                appendEntry(
                    line.extracting(0..<heads[index]), digests.span.extracting(digest),
                    to: &entries)
            } else {
                appendNamedEntry(of: line, to: &entries)
            }
            ranges.append(start..<entries.count)
        }
        return Leaves(
            hashes: Digest.hashes(of: ranges, in: entries.span), entries: entries, ranges: ranges)
    }

    /// The lengths of the heads of lines; lines that name a digest have their own.
    static func heads(
        of content: Span<UInt8>, _ lines: [Range<Int>]
    ) throws(JournalError) -> [Int] {
        var heads: [Int] = []
        heads.reserveCapacity(lines.count)
        for range in lines { heads.append(try entrySize(of: content.extracting(range))) }
        return heads
    }

    private static func appendEntry(
        of line: Span<UInt8>, to entry: inout [UInt8]
    ) throws(JournalError) {
        let size = try entrySize(of: line)
        guard size < line.count else {
            appendNamedEntry(of: line, to: &entry)
            return
        }
        entry.reserveCapacity(size + 64)
        appendEntry(line.extracting(0..<size), Digest(hashing: line).bytes.span, to: &entry)
    }

    /// An entry line is the head of its event line and the digest of the whole.
    private static func appendEntry(
        _ head: Span<UInt8>, _ digest: Span<UInt8>, to entry: inout [UInt8]
    ) {
        entry.append(copying: head)
        JSONText.append(raw: digestKey, to: &entry)
        Base64.append(digest, to: &entry)
        JSONText.append(raw: "\"}", to: &entry)
    }

    private static let digestKey: StaticString = ",\"digest\":\""

    /// How much of a line stands in its entry line, in bytes: the head; all where the line names the
    /// digest itself.
    private static func entrySize(of line: Span<UInt8>) throws(JournalError) -> Int {
        let head = try EventHead(line)
        var scanner = LineScanner(offset: head.size)
        return scanner.passes(",\"digest\":\"", in: line) ? line.count : head.size
    }

    /// The entry line of a line that names its digest: what a compacted line begins with, up to the
    /// comma behind it; else the line itself.
    private static func appendNamedEntry(of line: Span<UInt8>, to entry: inout [UInt8]) {
        let head = (try? EventHead(line))?.size ?? line.count
        let end = head + digestKey.utf8CodeUnitCount + Digest.base64Size + 1
        guard end < line.count, line[end] == UInt8(ascii: ",") else {
            return entry.append(copying: line)
        }
        entry.append(copying: line.extracting(0..<end))
        entry.append(UInt8(ascii: "}"))
    }

    /// Looks at a line as text: within the limit, one line, UTF-8.
    static func checkText(_ line: Span<UInt8>) throws(JournalError) {
        guard line.count <= EventLimits.maximumLineSize else {
            throw JournalError(
                .tooLarge, "a line of \(line.count) bytes is above the limit of 16 MiB")
        }
        guard !line.containsLineBreak else {
            throw JournalError(.invalidEvent, "not a line of a journal: it has a line break")
        }
        do throws(UTF8.ValidationError) {
            _ = try UTF8Span(validating: line)
        } catch {
            throw JournalError(
                .invalidEvent, "not a line of a journal: it is not UTF-8",
                place: "byte \(error.byteOffsets.lowerBound)")
        }
    }
}

extension Span<UInt8> {
    /// Whether a line feed or a carriage return stands somewhere.
    var containsLineBreak: Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var offset = 0
        while offset &+ 8 <= count {
            let word = word(at: offset)
            let feeds = word ^ (ones &* 0x0A)
            let returns = word ^ (ones &* 0x0D)
            let found = ((feeds &- ones) & ~feeds) | ((returns &- ones) & ~returns)
            if found & (ones &* 0x80) != 0 { return true }
            offset &+= 8
        }
        while offset < count {
            if self[offset] == 0x0A || self[offset] == 0x0D { return true }
            offset &+= 1
        }
        return false
    }
}
