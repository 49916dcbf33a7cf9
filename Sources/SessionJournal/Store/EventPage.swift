/// What to read, in which order, and how much of it at once.
public struct ReadQuery: Sendable, Hashable {
    /// In which order events are read.
    public enum Order: Sendable, Hashable {
        /// The oldest first.
        case forwards

        /// The newest first.
        case backwards
    }

    /// The first sequence number to read.
    public var from: UInt64

    /// The last sequence number to read; nil means as far as the journal goes.
    public var through: UInt64?

    /// Only the events of this session; nil means all.
    public var session: SessionID?

    /// The first version to read, where `session` is given.
    public var fromVersion: UInt64

    /// Only events that the journal took at that time or later, by its own clock.
    public var since: Timestamp?

    /// Only events that the journal took at that time or earlier, by its own clock.
    public var until: Timestamp?

    /// Only events of these kinds; nil means of all. Narrows what is handed out, not what is read.
    public var kinds: Set<EventKind>?

    /// Only events that one of these appended; nil means all. Entry lines name nobody.
    public var actors: Set<String>?

    /// In which order.
    public var order: Order

    /// The largest number of events in a page.
    public var maximumCount: Int

    /// The largest size of a page in bytes of event lines. A single larger event makes a page of
    /// its own.
    public var maximumSize: Int

    /// Creates a query.
    public init(
        from: UInt64 = 1, through: UInt64? = nil, session: SessionID? = nil,
        fromVersion: UInt64 = 1, since: Timestamp? = nil, until: Timestamp? = nil,
        kinds: Set<EventKind>? = nil, actors: Set<String>? = nil, order: Order = .forwards,
        maximumCount: Int = JournalLimits.pageCount, maximumSize: Int = JournalLimits.pageSize
    ) {
        self.from = from
        self.through = through
        self.session = session
        self.fromVersion = fromVersion
        self.since = since
        self.until = until
        self.kinds = kinds
        self.actors = actors
        self.order = order
        self.maximumCount = maximumCount
        self.maximumSize = maximumSize
    }
}

/// A stretch of events in the order of their query, with the holes that damage has left among them.
public struct EventPage: Sendable {
    /// The events, in the order of the query. None where a query for kinds or actors has looked at
    /// ``JournalLimits/examinedCount`` events and found no such: `next` goes on from there.
    public var events: [Event]

    /// The stretches of the range of this page that cannot be read, in the order of the query.
    public var holes: [JournalHole]

    /// What to read next; nil when the range of the query, or the journal as it was then, is
    /// exhausted. What is appended meanwhile moves nothing: read backwards, pages go on below the
    /// last event of the one before.
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
