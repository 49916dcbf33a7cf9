/// One event as it is stored: a line of JSON, and what its envelope says.
///
/// The bytes are the truth; nothing is ever written back from the parsed form. Where the content is
/// withheld (erased, or encrypted and locked) the line is an *entry line*: sequence, time, session,
/// version, kind and the digest of the event line, and nothing else. Of a compacted event it is the
/// entry line with what compaction keeps: who, when, why, and the shape of what was said.
public struct Event: Sendable {
    /// The line without its newline.
    public let line: [UInt8]

    let envelope: EventEnvelope

    /// Parses a line, an event line, an entry or a compacted line, without its newline. The content of `data` is not
    /// looked at: ``data()`` says when it is no JSON, and ``check()`` looks at everything.
    ///
    /// - Throws: ``JournalError`` `invalidEvent` where the line leaves the form, `tooLarge` above
    ///   16 MiB.
    public init(line: [UInt8]) throws(JournalError) {
        envelope = try EventEnvelope(line.span)
        self.line = line
    }

    /// The event's number in the journal, from 1.
    public var sequence: UInt64 { envelope.head.sequence }

    /// When the journal took it, by the journal's clock, which never goes back.
    public var time: Timestamp { envelope.head.time }

    /// The session it belongs to.
    public var session: SessionID { envelope.head.session }

    /// The event's number in its session, from 1.
    public var version: UInt64 { envelope.head.version }

    /// What happened.
    public var kind: EventKind { envelope.head.kind }

    /// The branch it happened on; nil for the journal's own events and for an entry line.
    public var branch: String? { text(of: envelope.branch) }

    /// Who did it; nil for an entry line.
    public var actor: String? { text(of: envelope.actor) }

    /// On whose behalf.
    public var onBehalf: String? { text(of: envelope.onBehalf) }

    /// The node or client that it came from.
    public var origin: String? { text(of: envelope.origin) }

    /// The caller's trace.
    public var trace: String? { text(of: envelope.trace) }

    /// The caller's id, unique in its session, which makes an append idempotent.
    public var id: String? { text(of: envelope.id) }

    /// When it happened by its source's clock.
    public var occurred: Timestamp? { envelope.occurred }

    /// The sequence number of the event that caused it.
    public var cause: UInt64? { envelope.cause }

    /// Why.
    public var reason: String? { text(of: envelope.reason) }

    /// When it happened: by its source's clock where that is known, else by the journal's.
    public var moment: Timestamp { envelope.occurred ?? time }

    /// Whether this is an entry line: the content was erased, or is encrypted and locked.
    public var isWithheld: Bool { envelope.data.range == nil }

    /// Whether its content was compacted away: envelope and structure are there, what a person or a
    /// model wrote is not.
    public var isCompacted: Bool { envelope.digest != nil && !isWithheld }

    /// SHA-256 of the event line; for an entry line or a compacted line, the digest it names. Cost: one pass over the
    /// line.
    public var digest: Digest { envelope.digest ?? Digest(hashing: line.span) }

    /// The event's leaf in the journal's Merkle tree: SHA-256 of a zero byte and its entry line, the
    /// same for an event line and the line that stands in its place. What an
    /// ``InclusionProof`` proves. Cost: two hashes, one of them of the whole line.
    public var leaf: Digest {
        // A line that was parsed has a head.
        (try? EventLine.leafHash(of: line.span)) ?? Digest(hashing: line.span)
    }

    /// The envelope's keys that this version does not know, with their values.
    public var unknownKeys: JSONObject {
        guard let range = envelope.unknown.range else { return [:] }
        // From the comma on: ,"key":value,… becomes {"key":value,…}.
        let object = [UInt8(ascii: "{")] + line[range.dropFirst()] + [UInt8(ascii: "}")]
        return (try? JSONValue(parsing: object.span))?.object ?? [:]
    }

    private func text(of field: EventEnvelope.Field) -> String? {
        field.range.map { JSONText.text(of: line.span.extracting($0)) }
    }
}

extension Event: Hashable {
    /// Equal where the lines are, byte for byte.
    public static func == (left: Event, right: Event) -> Bool { left.line == right.line }

    /// Feeds what equality compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(line) }
}

extension Event: CustomStringConvertible {
    /// The line as text.
    public var description: String { String(decoding: line, as: UTF8.self) }
}
