/// What to read, and how much of it at once.
public struct ReadQuery: Sendable, Hashable {
    /// The first sequence number to read.
    public var from: UInt64

    /// The last sequence number to read; nil means as far as the journal goes.
    public var through: UInt64?

    /// Only the events of this session; nil means all.
    public var session: SessionID?

    /// The first version to read, where `session` is given.
    public var fromVersion: UInt64

    /// The largest number of events in a page.
    public var maximumCount: Int

    /// The largest size of a page in bytes of event lines. A single larger event makes a page of
    /// its own.
    public var maximumSize: Int

    /// Creates a query.
    public init(
        from: UInt64 = 1, through: UInt64? = nil, session: SessionID? = nil,
        fromVersion: UInt64 = 1, maximumCount: Int = JournalLimits.pageCount,
        maximumSize: Int = JournalLimits.pageSize
    ) {
        self.from = from
        self.through = through
        self.session = session
        self.fromVersion = fromVersion
        self.maximumCount = maximumCount
        self.maximumSize = maximumSize
    }
}

/// A stretch of events in order of sequence, with the holes that damage has left among them.
public struct EventPage: Sendable {
    /// The events, in order of sequence.
    public var events: [Event]

    /// The stretches of the range of this page that cannot be read, in order of sequence.
    public var holes: [JournalHole]

    /// What to read next; nil when the range of the query, or the journal as it was then, is
    /// exhausted.
    public var next: ReadQuery?

    /// Creates a page.
    public init(events: [Event], holes: [JournalHole] = [], next: ReadQuery? = nil) {
        self.events = events
        self.holes = holes
        self.next = next
    }
}

/// Events that are known to have been there and cannot be read.
public struct JournalHole: Sendable, Hashable {
    /// The damaged file, by its path inside the journal.
    public var file: String

    /// Where in the file the damage begins, in bytes.
    public var offset: UInt64

    /// The first sequence number that is lost.
    public var firstSequence: UInt64

    /// The last sequence number that is lost. Below `firstSequence` where the damage took no event.
    public var lastSequence: UInt64

    /// Creates a hole.
    public init(file: String, offset: UInt64, firstSequence: UInt64, lastSequence: UInt64) {
        self.file = file
        self.offset = offset
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
    }
}
