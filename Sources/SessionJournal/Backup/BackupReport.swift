/// How a backup is made.
public struct BackupOptions: Sendable {
    /// How many generations are kept in the folder, this one included; all when nil.
    public var keep: Int?

    /// Called now and then, from the thread that copies, one call at a time.
    public var progress: (@Sendable (OperationProgress) -> Void)?

    /// What is waited for behind each file.
    var pace: IOPace?

    /// Every generation is kept, and nobody is told on the way.
    public init() {}
}

/// What a backup did.
public struct BackupReport: Sendable, Hashable {
    /// The number of this backup in its folder, from 1.
    public var generation: UInt64

    /// The last event that it holds.
    public var lastSequence: UInt64

    /// The Merkle root over the events up to there; nil where damage leaves it unknown.
    public var root: Digest?

    /// Files that were copied now, and their size in bytes.
    public var filesCopied = 0
    /// See ``filesCopied``.
    public var bytesCopied: UInt64 = 0

    /// Files that the folder held already, and their size in bytes.
    public var filesKnown = 0
    /// See ``filesKnown``.
    public var bytesKnown: UInt64 = 0

    /// Generations that were removed, since no more were to be kept.
    public var generationsRemoved = 0

    /// One sentence for each file that was damaged before it was copied, or could not be.
    public var findings: [String] = []

    init(generation: UInt64, lastSequence: UInt64, root: Digest?) {
        self.generation = generation
        self.lastSequence = lastSequence
        self.root = root
    }

    /// The report as scripts read it: `generation`, `last_seq`, `root` (hex, or null),
    /// `files_copied`, `bytes_copied`, `files_known`, `bytes_known`, `generations_removed`,
    /// `findings`.
    public var json: JSONValue {
        [
            "generation": JSONValue(generation), "last_seq": JSONValue(lastSequence),
            "root": JSONValue(root?.hexadecimal), "files_copied": JSONValue(filesCopied),
            "bytes_copied": JSONValue(bytesCopied), "files_known": JSONValue(filesKnown),
            "bytes_known": JSONValue(bytesKnown),
            "generations_removed": JSONValue(generationsRemoved),
            "findings": .array(findings.map { .string($0) }),
        ]
    }
}

/// How a backup is restored.
public struct RestoreOptions: Sendable {
    /// Which generation; the newest when nil.
    public var generation: UInt64?

    /// Whether a backup that is damaged is restored as far as it goes. Otherwise the target does not
    /// become a journal.
    public var acceptsDamage = false

    /// Called now and then, from the thread that copies and verifies, one call at a time.
    public var progress: (@Sendable (OperationProgress) -> Void)?

    /// The newest generation, and no damage.
    public init() {}
}

/// What a restoration did.
public struct RestoreReport: Sendable, Hashable {
    /// The generation that was restored.
    public var generation: UInt64

    /// When it was made.
    public var time: Timestamp

    /// Files and bytes that were copied.
    public var files = 0
    /// See ``files``.
    public var bytes: UInt64 = 0

    /// What was found when the restored journal was verified.
    public var verification: VerificationReport

    /// What is not as the backup recorded it; empty unless damage was accepted.
    public var findings: [String] = []

    /// Erasures that later backups in the folder know of, by the events that say they are finished,
    /// and this one does not: what was erased then is back.
    public var laterErasures: [UInt64] = []

    /// The report as scripts read it: `generation`, `time`, `files`, `bytes`, `findings`,
    /// `later_erasures`, and `verification` as of ``VerificationReport/json``.
    public var json: JSONValue {
        [
            "generation": JSONValue(generation), "time": .string(time.description),
            "files": JSONValue(files), "bytes": JSONValue(bytes),
            "findings": .array(findings.map { .string($0) }),
            "later_erasures": .array(laterErasures.map { JSONValue($0) }),
            "verification": verification.json,
        ]
    }
}

/// What a folder of backups holds, and whether it is what was copied.
public struct BackupVerification: Sendable, Hashable {
    /// One backup in the folder.
    public struct Generation: Sendable, Hashable {
        /// Its number, from 1.
        public var number: UInt64
        /// When it was made.
        public var time: Timestamp
        /// The last event that it holds.
        public var lastSequence: UInt64
        /// The Merkle root over the events up to there; nil where damage left it unknown.
        public var root: Digest?
        /// Files and bytes that it names.
        public var files: Int
        /// See ``files``.
        public var bytes: UInt64
        /// Whether all of them are there, are what was copied, and were whole then.
        public var isWhole: Bool
    }

    /// Oldest first. One whose manifest cannot be read is not among them.
    public var generations: [Generation] = []

    /// How much was read, in bytes.
    public var bytesChecked: UInt64 = 0

    /// One sentence for each thing that is wrong.
    public var findings: [String] = []

    /// Whether nothing is wrong.
    public var isWhole: Bool { findings.isEmpty }

    /// The report as scripts read it: `verdict` (`ok` or `damaged`), `generations` (each with
    /// `generation`, `time`, `last_seq`, `root`, `files`, `bytes`, `whole`), `bytes_checked`,
    /// `findings`.
    public var json: JSONValue {
        [
            "verdict": .string(isWhole ? "ok" : "damaged"),
            "generations": .array(
                generations.map { generation in
                    [
                        "generation": JSONValue(generation.number),
                        "time": .string(generation.time.description),
                        "last_seq": JSONValue(generation.lastSequence),
                        "root": JSONValue(generation.root?.hexadecimal),
                        "files": JSONValue(generation.files), "bytes": JSONValue(generation.bytes),
                        "whole": .bool(generation.isWhole),
                    ]
                }), "bytes_checked": JSONValue(bytesChecked),
            "findings": .array(findings.map { .string($0) }),
        ]
    }
}
