/// How a journal is repaired.
public struct RepairOptions: Sendable {
    /// Whether only to say what would be done. Nothing is changed then.
    public var isDryRun = false

    /// Called now and then while the journal is looked at, from the thread that does it.
    public var progress: (@Sendable (OperationProgress) -> Void)?

    /// Everything is done.
    public init() {}
}

/// What a repair did, or would do.
public struct RepairReport: Sendable, Hashable {
    /// What became of one segment.
    public struct Segment: Sendable, Hashable {
        /// What was done.
        public enum Action: String, Sendable, Hashable {
            /// Single bits were put right, as checksums prove: the file is what was written.
            case mended
            /// A new file holds what could be saved.
            case rebuilt
            /// The file was taken away, since nothing in it could be saved, or is missing.
            case removed
            /// An empty segment was begun where the active one was missing.
            case begun
            /// Nothing: ``why`` says what kept it from being repaired.
            case left
        }

        /// In the journal's directory.
        public var file: String
        /// What was done.
        public var action: Action
        /// What was wrong.
        public var why: String
        /// The copy of what stood there, in the journal's directory; nil where nothing did.
        public var copy: String?
        /// The number of events in the new file.
        public var saved: Int
        /// Offsets of the bytes in which one bit was put right.
        public var mended: [Int]
        /// Events that are lost, as ranges of sequence numbers.
        public var lost: [ClosedRange<UInt64>]
        /// From which number on the numbers of lost events are given out again: the tree over them
        /// was lost too. Nil where none are.
        public var reusedFrom: UInt64?
    }

    /// Whether nothing was changed: ``RepairOptions/isDryRun``.
    public var isDryRun: Bool

    /// Each segment that was damaged; empty where nothing was to be done.
    public var segments: [Segment] = []

    /// What a verification says now; nil after a dry run.
    public var verification: VerificationReport?

    /// The report as scripts read it: `dry_run`, `segments` (each with `file`, `action`, `why`,
    /// `copy`, `saved`, `mended`, `lost`, `reused_from`), and `verification` as of
    /// ``VerificationReport/json``, or null.
    public var json: JSONValue {
        let segments = segments.map { segment -> JSONValue in
            [
                "file": .string(segment.file), "action": .string(segment.action.rawValue),
                "why": .string(segment.why), "copy": JSONValue(segment.copy),
                "saved": JSONValue(segment.saved),
                "mended": .array(segment.mended.map { JSONValue($0) }),
                "lost": .array(
                    segment.lost.map {
                        .array([JSONValue($0.lowerBound), JSONValue($0.upperBound)])
                    }),
                "reused_from": segment.reusedFrom.map { JSONValue($0) } ?? .null,
            ]
        }
        return [
            "dry_run": .bool(isDryRun), "segments": .array(segments),
            "verification": verification?.json ?? .null,
        ]
    }
}
