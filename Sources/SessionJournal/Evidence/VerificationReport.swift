/// What a verification found.
public struct VerificationReport: Sendable, Hashable {
    /// What is to be thought of the journal.
    public enum Verdict: String, Sendable, Hashable {
        /// Every byte is what was written.
        case ok = "ok"

        /// The last commit was cut off before it was acknowledged; opening for writing sets it
        /// aside. No acknowledged event is missing.
        case tornTail = "torn_tail"

        /// Every byte is what was written, and `quarantine/` holds a tail that was cut earlier.
        case tornTailCut = "torn_tail_cut"

        /// Every byte is what was written, and events are missing that a repair has recorded as lost:
        /// `recovery.repaired`. Nothing else is wrong.
        case lossRecorded = "loss_recorded"

        /// Every byte that is there is what was written, and the content of events is missing that no
        /// erasure of this journal has taken: ``VerificationReport/withheld``. Nothing else is wrong.
        case contentMissing = "content_missing"

        /// Something that was acknowledged cannot be read, or is not what was written.
        case damaged = "damaged"
    }

    /// What is to be thought of the journal.
    public var verdict: Verdict

    /// The number of events that were read and found whole.
    public var events: UInt64

    /// How much was read, in bytes: of files, or of event lines where the store has no files.
    public var bytesChecked: UInt64

    /// The root of the Merkle tree over all events; nil where holes leave it unknown.
    public var root: Digest?

    /// What cannot be read, in order of sequence.
    public var holes: [JournalHole]

    /// One sentence for each thing that is wrong.
    public var findings: [String]

    /// Ranges of sequence numbers that repairs have recorded as lost, in order. Numbers that a repair
    /// gave out again stand for other events now.
    public var recordedLosses: [ClosedRange<UInt64>] = []

    /// The events of which only the entry line was read; all zeros where there are none.
    public var withheld = WithheldEvents()

    /// The number of segments that were read.
    public var segmentsChecked = 0

    /// The number of segments that were not read again, since an earlier verification found them
    /// whole and their files are the same: ``VerificationOptions/ledger``.
    public var segmentsKnown = 0

    /// When the first of those was checked; nil where everything was read now.
    public var oldestCheck: Timestamp?

    /// The events that were read, where only a part was asked for; nil where all were. ``root`` is that
    /// over all events up to the last of them.
    public var part: ClosedRange<UInt64>?

    /// The roots at the numbers of events that were asked for, as far as they are known.
    var heads: [UInt64: Digest] = [:]

    /// Creates a report.
    public init(
        verdict: Verdict, events: UInt64, bytesChecked: UInt64, root: Digest?,
        holes: [JournalHole] = [], findings: [String] = []
    ) {
        self.verdict = verdict
        self.events = events
        self.bytesChecked = bytesChecked
        self.root = root
        self.holes = holes
        self.findings = findings
    }

    /// The report as scripts read it: `verdict`, `events`, `bytes_checked`, `root` (hex, or null),
    /// `holes` (each with `file`, `offset`, `first_seq`, `last_seq`), `findings`,
    /// `recorded_losses` (each `[first, last]`), `withheld` (``WithheldEvents/json``),
    /// `segments_checked`, `segments_known`, `oldest_check` (null where everything was read now),
    /// `part` (`[first, last]`, or null where all was).
    public var json: JSONValue {
        func number(_ value: UInt64) -> JSONValue { .integer(Int64(clamping: value)) }
        let holes = holes.map { hole -> JSONValue in
            [
                "file": .string(hole.file),
                "offset": number(hole.offset),
                "first_seq": number(hole.firstSequence),
                "last_seq": number(hole.lastSequence),
            ]
        }
        return [
            "verdict": .string(verdict.rawValue),
            "events": number(events),
            "bytes_checked": number(bytesChecked),
            "root": root.map { .string($0.hexadecimal) } ?? .null,
            "holes": .array(holes),
            "findings": .array(findings.map { .string($0) }),
            "recorded_losses": .array(
                recordedLosses.map { .array([number($0.lowerBound), number($0.upperBound)]) }),
            "withheld": withheld.json,
            "segments_checked": .integer(Int64(segmentsChecked)),
            "segments_known": .integer(Int64(segmentsKnown)),
            "oldest_check": JSONValue(oldestCheck?.description),
            "part": part.map { .array([number($0.lowerBound), number($0.upperBound)]) } ?? .null,
        ]
    }
}
