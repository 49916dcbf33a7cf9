public import SessionJournal

/// Something that ``TranscriptWatcher`` did or saw.
public enum WatchNotice: Sendable {
    /// All that was there has been taken in; from here on it follows. The number of files.
    case caughtUp(files: Int)
    /// Something of a file was taken in.
    case taken(Taken)
    /// A file is no more what it was. What was imported of it stays.
    case changed(Changed)
    /// A file or folder is not read, and why; told once until that changes.
    case skipped(path: String, why: String)
    /// Another process writes to the journal; what is seen meanwhile is kept in memory.
    case waiting
    /// The journal can be written again.
    case resumed

    /// What was taken of a file.
    public struct Taken: Sendable, Hashable {
        /// Its absolute path.
        public var path: String
        /// The name of its format.
        public var format: String
        /// The sessions that it belongs to.
        public var sessions: [SessionID]
        /// How many lines it has more than before.
        public var lines: Int
        /// How many events were appended.
        public var events: Int
    }

    /// What became of a file.
    public struct Changed: Sendable, Hashable {
        /// The absolute path that it had.
        public var path: String
        /// `source.deleted`, `source.rewritten` or `source.renamed`.
        public var kind: EventKind
        /// How: `deleted`, `moved`, `truncated`, `rewritten`, `replaced`; for a renaming the
        /// absolute path that it has now.
        public var how: String
        /// How many bytes of it the journal has.
        public var size: UInt64
    }
}

/// What a ``TranscriptWatcher`` did until it was stopped.
public struct WatchReport: Sendable, Hashable {
    /// How many files were there, or came.
    public var files = 0
    /// How many lines were read.
    public var lines = 0
    /// How many events were appended, the journal's own included.
    public var events = 0
    /// How many bytes were read.
    public var size: UInt64 = 0
    /// How many files were deleted, rewritten or renamed.
    public var changes = 0
    /// How many files ended in the middle of a line, which was kept as it was.
    public var tornLines = 0

    /// A report of nothing.
    public init() {}
}
