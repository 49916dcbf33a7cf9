extension Journal {
    /// What a reader does where events are lost to damage.
    public enum DamagePolicy: Sendable, Hashable {
        /// Throws ``JournalError/Code/damaged``, which names the file, the place and the events.
        case fail

        /// Goes on behind the hole. ``verify(_:)`` names all holes.
        case skip
    }

    /// The events of the journal, or of one session, in order of sequence, as far as the journal
    /// goes when the reading gets there.
    ///
    /// Read backwards, it begins with the last event that the journal has then, and what is appended
    /// meanwhile is not among it.
    ///
    /// Cost: memory for one page; a session is read by its own parts of the files, from either end;
    /// a time is found by halving.
    ///
    /// - Parameters:
    ///   - from: The first sequence number.
    ///   - through: The last sequence number; nil means to the end.
    ///   - since: Only what the journal took at that time or later, by its own clock.
    ///   - until: Only what the journal took at that time or earlier, by its own clock.
    ///   - session: Only this session's events.
    ///   - kinds: Only events of these kinds.
    ///   - actors: Only events that one of these appended.
    ///   - order: The oldest first, or the newest.
    ///   - damage: What to do where events are lost.
    public func events(
        from: UInt64 = 1, through: UInt64? = nil, since: Timestamp? = nil,
        until: Timestamp? = nil, session: SessionID? = nil, kinds: Set<EventKind>? = nil,
        actors: Set<String>? = nil, order: ReadQuery.Order = .forwards,
        damage: DamagePolicy = .fail
    ) -> JournalEvents {
        JournalEvents(
            store: store,
            query: ReadQuery(
                from: from, through: through, session: session, since: since, until: until,
                kinds: kinds, actors: actors, order: order),
            damage: damage, isFollowing: false)
    }

    /// The events of a session behind one that is known, by its sequence number and version: what is
    /// lost right behind it is missed, too.
    func events(
        of session: SessionID, after sequence: UInt64, version: UInt64, through: UInt64? = nil,
        damage: DamagePolicy = .fail
    ) -> JournalEvents {
        var query = ReadQuery(from: sequence + 1, through: through, session: session)
        query.fromVersion = version + 1
        return JournalEvents(store: store, query: query, damage: damage, isFollowing: false)
    }

    /// The events after a sequence number, those that are there and then those that come, until the
    /// task is cancelled or the journal closed.
    ///
    /// Events of this process arrive when their append is readable; those of another process, when
    /// the journal was opened for reading, within ``JournalOptions/followInterval``.
    ///
    /// - Parameters:
    ///   - sequence: The last sequence number that is known; 0 for all.
    ///   - session: Only this session's events.
    ///   - kinds: Only events of these kinds.
    ///   - actors: Only events that one of these appended.
    ///   - damage: What to do where events are lost.
    public func follow(
        after sequence: UInt64, session: SessionID? = nil, kinds: Set<EventKind>? = nil,
        actors: Set<String>? = nil, damage: DamagePolicy = .fail
    ) -> JournalEvents {
        let from = sequence == .max ? sequence : sequence + 1
        return JournalEvents(
            store: store,
            query: ReadQuery(from: from, session: session, kinds: kinds, actors: actors),
            damage: damage, isFollowing: true, followers: followers)
    }

    /// The event with a sequence number; nil where the journal ends before it.
    ///
    /// - Throws: ``JournalError/Code/damaged`` where it is lost.
    public func event(at sequence: UInt64) async throws -> Event? {
        guard sequence > 0 else { return nil }
        let page = try await store.read(
            ReadQuery(from: sequence, through: sequence, maximumCount: 1))
        if let hole = page.holes.first { throw JournalError.lost(hole) }
        return page.events.first
    }

    /// The last sequence number that can be read; 0 in an empty journal.
    public func lastSequence() async throws -> UInt64 {
        try await store.position().lastSequence
    }
}

/// Events of a journal, read page by page.
///
/// Can be iterated more than once; each time the reading starts anew.
public struct JournalEvents: AsyncSequence, Sendable {
    /// What is read.
    public typealias Element = Event
    /// What reading throws: ``JournalError``, or `CancellationError`.
    public typealias Failure = any Error

    let store: any JournalStore
    let query: ReadQuery
    let damage: Journal.DamagePolicy
    let isFollowing: Bool
    /// Where a follower is counted.
    var followers: Followers?

    /// Begins to read.
    public func makeAsyncIterator() -> Iterator {
        Iterator(events: self, query: query)
    }

    /// Reads events one after the other.
    public struct Iterator: AsyncIteratorProtocol {
        private let events: JournalEvents
        private var query: ReadQuery?
        private var page: [Event] = []
        private var index = 0
        private var pendingHole: JournalHole?

        /// The page after this one, on its way while this one is used: from the second page on, for
        /// many readers want no more than the first.
        private var ahead: Task<EventPage, any Error>?

        /// The last sequence number that was read, or known to be readable and not asked for.
        private var lastSequence: UInt64 {
            didSet { mark?.position = lastSequence }
        }

        /// Of one that follows.
        private let mark: FollowerMark?

        /// The version of the last event, where one session is read.
        private var lastVersion: UInt64

        init(events: JournalEvents, query: ReadQuery) {
            self.events = events
            self.query = query
            lastSequence = query.from == 0 ? 0 : query.from - 1
            lastVersion = query.fromVersion == 0 ? 0 : query.fromVersion - 1
            mark = events.followers?.begin(after: lastSequence)
        }

        /// The next event; nil at the end.
        public mutating func next() async throws -> Event? {
            try await next(isolation: #isolation)
        }

        /// The next event; nil at the end. Stays where the caller runs: without this, a loop on an
        /// actor would leave it and come back for every event, ten times the cost of reading one.
        public mutating func next(
            isolation actor: isolated (any Actor)?
        ) async throws -> Event? {
            while true {
                while index < page.count {
                    let event = page[index]
                    if let hole = pendingHole, events.query.meets(hole, before: event) {
                        throw JournalError.lost(hole)
                    }
                    index += 1
                    lastSequence = event.sequence
                    lastVersion = event.version
                    return event
                }
                if let hole = pendingHole { throw JournalError.lost(hole) }
                guard try await turn() else { return nil }
            }
        }

        /// Gets the next page; false at the end.
        private mutating func turn() async throws -> Bool {
            try Task.checkCancellation()
            if query == nil {
                guard events.isFollowing else { return false }
                let known = lastSequence
                let last = try await events.store.growth(past: known)
                var query = events.query
                query.from = known + 1
                query.fromVersion = lastVersion + 1
                query.through = last
                self.query = query
            }
            guard let query else { return false }
            let isContinued = !self.page.isEmpty
            let page: EventPage
            if let ahead {
                page = try await ahead.value
            } else {
                page = try await events.store.read(query)
            }
            ahead = nil
            if isContinued, let next = page.next {
                ahead = Task { [store = events.store] in try await store.read(next) }
            }
            self.page = page.events
            index = 0
            if events.damage == .fail { pendingHole = page.holes.first }
            self.query = page.next
            if page.next == nil, events.isFollowing {
                lastSequence = Swift.max(lastSequence, query.through ?? 0)
            }
            return true
        }
    }
}

extension ReadQuery {
    /// Whether a hole comes before an event, read in this order.
    fileprivate func meets(_ hole: JournalHole, before event: Event) -> Bool {
        order == .forwards
            ? hole.firstSequence < event.sequence : hole.lastSequence > event.sequence
    }
}
