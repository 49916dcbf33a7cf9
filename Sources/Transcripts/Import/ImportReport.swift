public import SessionJournal

/// What an import did.
public struct ImportReport: Sendable {
    /// One file.
    public struct File: Sendable {
        /// The folder it was found under, absolute.
        public var root: String
        /// Its path below that folder.
        public var path: String
        /// The name of its format; `json-lines` for a file that is kept and not interpreted.
        public var format: String
        /// Another format that fits its content as well; nil where none does.
        public var rival: String?
        /// Its size in bytes.
        public var size: UInt64
        /// What its lines were.
        public var counts: LineCounts
        /// Lines that the journal had already, from this file or another.
        public var duplicates: Int
        /// Events that were appended to sessions.
        public var events: Int
        /// The event that says what an identical file holds, where there is one.
        public var sameAs: UInt64?
        /// The sessions that its lines belong to.
        public var sessions: [SessionID]
        /// How much each rule found in it.
        public var findings: [String: Int] = [:]
        /// Lines that were too long to be looked into.
        public var unseen = 0
        /// The zone that its times without one were taken for in sessions that are new; nil where
        /// they name their zones.
        public var zone: String?
    }

    /// The files that were read, in order.
    public var files: [File] = []

    /// What was not read, and why.
    public var skipped: [(path: String, why: String)] = []

    /// What the lines of all files were.
    public var counts = LineCounts()

    /// Lines that the journal had already.
    public var duplicates = 0

    /// Events that were appended, the journal's own included.
    public var events = 0

    /// The sessions that the lines belong to, in order of appearance.
    public var sessions: [SessionID] = []

    /// Bytes of the files that were read.
    public var size: UInt64 = 0

    /// What was found in the files, the first thousand of each.
    public var findings: [ImportFinding] = []

    /// How much each rule found.
    public var findingCounts: [String: Int] = [:]

    /// Lines that were too long to be looked into.
    public var unseen = 0

    /// The files that were refused for what they hold.
    public var refused: [String] = []

    /// A report of nothing.
    public init() {}

    mutating func add(_ file: File) {
        files.append(file)
        counts.add(file.counts)
        duplicates += file.duplicates
        size += file.size
        findingCounts.merge(file.findings, uniquingKeysWith: +)
        unseen += file.unseen
        for session in file.sessions where known.insert(session).inserted {
            sessions.append(session)
        }
    }

    /// How many files are done with, skipped ones included.
    var fileCount = 0

    private var known: Set<SessionID> = []
}

/// How far an import is.
public struct ImportProgress: Sendable, Hashable {
    /// The bytes that are done with.
    public var size: UInt64
    /// The bytes of all files.
    public var totalSize: UInt64
    /// The files that are done with.
    public var files: Int
    /// All files.
    public var totalFiles: Int
    /// The path of the file at hand.
    public var path: String
}
