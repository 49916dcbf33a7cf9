/// Something that was found in an event: where, and a few characters of it.
public struct ScanFinding: Sendable, Hashable {
    /// The event's session.
    public let session: SessionID
    /// The event's sequence number.
    public let sequence: UInt64
    /// The event's kind.
    public let kind: EventKind
    /// The name of the rule that found it.
    public let rule: String
    /// A JSON pointer into the event's line, to the text that it is in; `/*` at its end is the name of a
    /// member of what stands before that.
    public let place: String
    /// Where in that text, in bytes of UTF-8.
    public let range: Range<Int>
    /// What was found, masked: ``TextScanner/excerpt(of:)``.
    public let excerpt: String
    /// Whether messages show something else in the event's place already.
    public internal(set) var isRedacted = false

    /// What `scan --json` prints of it.
    public var json: JSONValue {
        [
            "session": .string(session.hexadecimal), "seq": JSONValue(sequence),
            "kind": .string(kind.rawValue), "rule": .string(rule), "place": .string(place),
            "from": JSONValue(range.lowerBound), "to": JSONValue(range.upperBound),
            "excerpt": .string(excerpt), "redacted": .bool(isRedacted),
        ]
    }

    /// What an event says of it that redacts another.
    var recorded: JSONValue {
        [
            "rule": .string(rule), "place": .string(place), "from": JSONValue(range.lowerBound),
            "to": JSONValue(range.upperBound),
        ]
    }
}

/// What a scan looked into, and how much it found.
public struct ScanReport: Sendable {
    /// The events that were looked into.
    public internal(set) var events = 0
    /// Their lines, in bytes.
    public internal(set) var bytes = 0
    /// Events of which only an entry line is left.
    public internal(set) var withheld = 0
    /// Events that hold a piece of a large part, in base64: what is in it is not looked into.
    public internal(set) var unseen = 0
    /// How much each rule found.
    public internal(set) var counts: [String: Int] = [:]
    /// How much of that is in events that messages show something else in place of.
    public internal(set) var redacted = 0

    /// How much was found.
    public var count: Int { counts.values.reduce(0, +) }
}

/// Looks through one event after the other.
struct EventScanner {
    let scanner: TextScanner
    private var document = JSONDocument(maximumDepth: EventLimits.maximumDataDepth + 2)
    private var scratch: [UInt8] = []

    init(_ scanner: TextScanner) { self.scanner = scanner }

    /// What the line of an event holds. A line that is no JSON is looked through as text.
    mutating func findings(in event: Event) -> [ScanFinding] {
        let line = event.line.span
        let make = { (finding: TextScanner.Finding, place: String, excerpt: String) in
            ScanFinding(
                session: event.session, sequence: event.sequence, kind: event.kind,
                rule: finding.rule, place: place, range: finding.range, excerpt: excerpt)
        }
        guard (try? document.parse(line)) != nil else {
            var found: [ScanFinding] = []
            for finding in scanner.findings(in: line) {
                found.append(
                    make(
                        finding, "", TextScanner.excerpt(of: line.extracting(finding.range))))
            }
            return found
        }
        var found: [ScanFinding] = []
        for one in scanner.findings(in: document, line, scratch: &scratch) {
            found.append(
                make(one.finding, scanner.place(of: one, in: document, line), one.excerpt))
        }
        return found
    }
}

extension Journal {
    /// Looks for secrets, or whatever a scanner looks for, in what sessions say, and hands over what is
    /// found, in order of events.
    ///
    /// Looked into are all strings of an event's line, as it stands in the log, and the names of
    /// members; not what is kept in base64, nor what was erased.
    ///
    /// Cost: reads the sessions, or the journal, and every byte of their lines.
    ///
    /// - Parameters:
    ///   - sessions: Which; nil for the whole journal with its own events.
    ///   - scanner: What to look for.
    ///   - damage: What to do where events are lost.
    ///   - found: Called with each.
    /// - Returns: What was looked into, and how much each rule found.
    @discardableResult
    public func scan(
        _ sessions: [SessionID]? = nil, for scanner: TextScanner = .secrets,
        damage: DamagePolicy = .fail, found: (ScanFinding) throws -> Void
    ) async throws -> ScanReport {
        var report = ScanReport()
        var scan = EventScanner(scanner)
        let redacted = try await redactedEvents()
        for session in sessions.map({ $0.map { Optional($0) } }) ?? [nil] {
            for try await event in events(session: session, damage: damage) {
                guard !event.isWithheld else {
                    report.withheld += 1
                    continue
                }
                report.events += 1
                report.bytes += event.line.count
                if event.kind == .blobStored { report.unseen += 1 }
                for var finding in scan.findings(in: event) {
                    report.counts[finding.rule, default: 0] += 1
                    finding.isRedacted = redacted.contains(event.sequence)
                    if finding.isRedacted { report.redacted += 1 }
                    try found(finding)
                }
            }
        }
        return report
    }
}
