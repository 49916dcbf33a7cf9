/// What a repair of metadata did, or would do.
public struct MetadataRepairReport: Sendable, Hashable {
    /// A field that was mended.
    public struct Mend: Sendable, Hashable {
        /// What was wrong with it, and the value it had.
        public let problem: MetadataProblem
        /// The value it has now.
        public let value: JSONValue
    }

    /// What was done in one session.
    public struct Session: Sendable, Hashable {
        /// The session.
        public let session: SessionID
        /// The caller's own name for it.
        public let key: String?
        /// What was mended.
        public let mends: [Mend]
        /// What could not be: a required field without a default.
        public let left: [MetadataProblem]
        /// The events that say so; empty after a dry run.
        public internal(set) var sequences: [UInt64] = []
    }

    /// Whether nothing was written.
    public let isDryRun: Bool

    /// The sessions that something was wrong with, in order of their first events.
    public internal(set) var sessions: [Session] = []

    /// Whether nothing is left that is wrong, had it been written.
    public var isWhole: Bool { sessions.allSatisfy { $0.left.isEmpty } }

    /// What `repair --metadata --json` prints. Keys: `dry_run`, and `sessions`, each with `session`,
    /// `key`, `mended` (`field`, `branch`, `old`, `new`, `problem`), `left` (`field`, `branch`,
    /// `value`, `problem`), `seqs`.
    public var json: JSONValue {
        [
            "dry_run": .bool(isDryRun),
            "sessions": .array(
                sessions.map { session in
                    [
                        "session": .string(session.session.hexadecimal),
                        "key": JSONValue(session.key),
                        "mended": .array(
                            session.mends.map { mend in
                                [
                                    "field": .string(mend.problem.field),
                                    "branch": .string(mend.problem.branch),
                                    "old": mend.problem.value ?? .null, "new": mend.value,
                                    "problem": .string(mend.problem.problem),
                                ]
                            }),
                        "left": .array(session.left.map(\.json)),
                        "seqs": .array(session.sequences.map { JSONValue($0) }),
                    ]
                }),
        ]
    }
}
