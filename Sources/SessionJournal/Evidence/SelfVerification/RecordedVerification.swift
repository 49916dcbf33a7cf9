/// What the journal says of one verification of itself: a `verification.finished` event.
public struct RecordedVerification: Sendable, Hashable {
    /// The event.
    public let sequence: UInt64
    /// When it was done.
    public let time: Timestamp
    /// In whose name.
    public let actor: String
    /// Whether nothing was wrong.
    public let isPassed: Bool
    /// Whether everything was read, and not a part.
    public let isWhole: Bool
    /// The events that were read; nil where there was none.
    public let events: ClosedRange<UInt64>?
    /// The tree over all events up to the last of them; nil where damage left it unknown.
    public let head: TreeHead?
    /// The event with which the next part begins.
    public let nextSequence: UInt64

    /// Reads one; nil for any other event, and for one whose content makes no sense.
    init?(_ event: Event) {
        guard event.kind == .verificationFinished, let data = try? event.data(),
            let isPassed = data["passed"]?.bool
        else { return nil }
        sequence = event.sequence
        time = event.time
        actor = event.actor ?? ""
        self.isPassed = isPassed
        isWhole = data["whole"]?.bool ?? false
        let bounds = (data["events"]?.array ?? []).compactMap(\.unsigned)
        events = bounds.count == 2 && bounds[0] <= bounds[1] ? bounds[0]...bounds[1] : nil
        head = data["root"]?.string.flatMap { Digest(base64: $0.utf8.span) }.flatMap { root in
            bounds.last.map { TreeHead(size: $0, root: root) }
        }
        nextSequence = max(1, data["next"]?.unsigned ?? 1)
    }
}

/// What a verification came to that was recorded.
public struct SelfVerification: Sendable {
    /// What the reading found.
    public let report: VerificationReport
    /// What the checkpoints say of it; nil where none was signed, and none was given.
    public let evidence: EvidenceReport?
    /// Sentences about what does not fit an earlier verification.
    public let contradictions: [String]
    /// How long it took.
    public let duration: Duration
    /// The receipt of the event; nil where the journal cannot be written to.
    public internal(set) var receipt: AppendReceipt?

    /// Whether nothing is wrong. Events that a repair has recorded as lost are, and content that is
    /// missing without an erasure.
    public var isPassed: Bool {
        guard contradictions.isEmpty else { return false }
        switch report.verdict {
        case .ok, .tornTail, .tornTailCut: break
        case .lossRecorded, .contentMissing, .damaged: return false
        }
        switch evidence?.verdict {
        case .invalid?, .diverged?: return false
        case .unanchored?, .witnessed?, nil: return true
        }
    }

    /// How many findings the event repeats.
    private static let findingLimit = 8

    /// What the event says. `last`: the last event that there was.
    func data(last: UInt64) -> JSONObject {
        let end = report.part?.upperBound ?? last
        let found = (evidence?.findings ?? report.findings) + contradictions
        var data: JSONObject = [
            "passed": .bool(isPassed), "verdict": .string(report.verdict.rawValue),
            "events": last == 0
                ? .null
                : .array([JSONValue(report.part?.lowerBound ?? 1), JSONValue(end)]),
            "whole": .bool(report.part == nil),
        ]
        if let root = report.root { data.append("root", .string(root.base64)) }
        data.append("bytes", JSONValue(report.bytesChecked))
        data.append("segments", JSONValue(report.segmentsChecked))
        data.append("withheld", report.withheld.json)
        let milliseconds =
            duration.components.seconds * 1_000
            + duration.components.attoseconds / 1_000_000_000_000_000
        data.append("duration_ms", .integer(milliseconds))
        data.append("wrong", JSONValue(found.count))
        data.append(
            "findings", .array(found.prefix(Self.findingLimit).map { .string($0) }))
        if let evidence, let word = evidence.json["evidence"] {
            data.append("evidence", word)
            data.append("checkpoints", JSONValue(evidence.checkpoints))
        }
        data.append(
            "unchecked", .array((evidence?.unchecked ?? []).map { .string($0) }))
        data.append("next", JSONValue(end < last ? end + 1 : 1))
        return data
    }
}
