internal import SegmentLog
internal import Synchronization

/// Keeps the states of the sessions that were asked for last, in front of a journal.
///
/// ```swift
/// let cache = SessionCache(of: journal)
/// let state = try await cache.state(of: session)
/// print(cache.statistics.hitRate)
/// await cache.close()
/// ```
///
/// An entry is never served when its session has got an event since: what is asked is the journal
/// itself, which costs nothing where nothing was appended and a look at the session's head where
/// something was. A handle for reading sees what it has refreshed, and so does its cache. Any number
/// of tasks may use one cache at once.
public final class SessionCache: Sendable {
    /// How much is kept, and for how long.
    public struct Configuration: Sendable, Hashable {
        /// The largest number of sessions; the one whose last use is longest ago goes first.
        public var sessionLimit = 100

        /// How long an entry is kept that nobody says otherwise of.
        public var timeToLive: Duration = .seconds(3_600)

        /// How often a task of its own looks for entries that have expired or are out of date; nil
        /// for never: they go when somebody asks for them.
        public var cleanupInterval: Duration? = .seconds(300)

        /// 100 sessions, for an hour, looked after every five minutes.
        public init() {}
    }

    /// A state and the last moment at which it was known to be the session's.
    struct Entry: Sendable {
        let box: Box
        /// The last event of the journal at that moment; 0 where nobody has looked yet.
        var checkedSequence: UInt64
    }

    /// What is copied when an entry is: a reference.
    final class Box: Sendable {
        let state: SessionState
        /// The version of the journal's own session, which declares fields.
        let declarationVersion: UInt64

        init(_ state: SessionState, declarationVersion: UInt64) {
            self.state = state
            self.declarationVersion = declarationVersion
        }
    }

    struct Content {
        var shelf = RecencyShelf<SessionID, Entry>()
        var counts = Statistics()
        /// Who is folding a session for whoever asks for it meanwhile.
        var loads: [SessionID: Task<Box, any Error>] = [:]
        var isClosed = false
    }

    /// The journal whose sessions are kept.
    public let journal: Journal

    /// How much is kept, and for how long.
    public let configuration: Configuration

    let content = Mutex(Content())
    let now: @Sendable () -> UInt64
    private let cleaning = Mutex<Task<Void, Never>?>(nil)

    /// Puts a cache in front of a journal.
    ///
    /// - Parameters:
    ///   - journal: The journal, which is not closed with the cache.
    ///   - configuration: How much is kept, and for how long.
    public convenience init(
        of journal: Journal, configuration: Configuration = Configuration()
    ) {
        self.init(of: journal, configuration: configuration, now: MonotonicTime.now)
    }

    /// - Parameter now: Nanoseconds of a clock that is never set back.
    init(
        of journal: Journal, configuration: Configuration, now: @escaping @Sendable () -> UInt64
    ) {
        self.journal = journal
        self.configuration = configuration
        self.now = now
        guard let interval = configuration.cleanupInterval, interval > .zero else { return }
        let task = Task { [weak self] in
            while !Task.isCancelled {
                do { try await Task.sleep(for: interval) } catch { return }
                guard let self else { return }
                await self.cleanUp()
            }
        }
        cleaning.withLock { $0 = task }
    }

    deinit { cleaning.withLock { $0?.cancel() } }

    // MARK: Asking

    /// The state of a session: the one that is kept, or else folded and kept.
    ///
    /// Those who ask for the same session at the same time wait for one fold.
    ///
    /// Cost: of a hit, less than a microsecond where nothing was appended to the journal since the
    /// last, else a look at the session's head; of a miss what
    /// ``Journal/state(of:at:branch:damage:)`` costs.
    ///
    /// - Throws: What that throws, and ``JournalError/Code/closed``.
    public func state(of session: SessionID) async throws -> SessionState {
        if let kept = try await get(session) { return kept }
        for _ in 0..<Self.sharedLoads {
            let box = try await load(session).value
            // Whoever began the fold may have done so before the caller's own last append.
            if try await isCurrent(box) {
                await journal.noteAccess(to: session)
                return box.state
            }
        }
        return try await journal.state(of: session)
    }

    /// How often one takes what somebody else has folded, before one does it alone.
    private static let sharedLoads = 2

    /// The state that is kept of a session; nil where none is, or where it has expired or is out of
    /// date.
    ///
    /// Cost: as that of a hit of ``state(of:)``.
    ///
    /// - Throws: ``JournalError/Code/closed``, or what reading the head throws.
    public func get(_ session: SessionID) async throws -> SessionState? {
        let last = try await journal.lastSequence()
        let time = now()
        let kept = try content.withLock { content throws(JournalError) -> Entry? in
            try content.checkOpen()
            guard let slot = content.shelf[session] else {
                content.counts.misses += 1
                return nil
            }
            guard time < slot.expiry else {
                content.shelf.remove(session)
                content.counts.expirations += 1
                content.counts.misses += 1
                return nil
            }
            guard slot.value.checkedSequence == last else { return slot.value }
            content.counts.hits += 1
            return content.shelf.use(session)?.value
        }
        guard let kept else { return nil }
        if kept.checkedSequence == last {
            await journal.noteAccess(to: session)
            return kept.box.state
        }
        let isCurrent = try await isCurrent(kept.box)
        content.withLock { content in
            guard let slot = content.shelf[session], slot.value.box === kept.box else {
                // Somebody else has put another one in its place, or taken it away.
                content.count(isHit: isCurrent)
                return
            }
            if isCurrent {
                content.shelf.update(session) { $0.checkedSequence = max($0.checkedSequence, last) }
                _ = content.shelf.use(session)
            } else {
                content.shelf.remove(session)
                content.counts.invalidations += 1
            }
            content.count(isHit: isCurrent)
        }
        guard isCurrent else { return nil }
        await journal.noteAccess(to: session)
        return kept.box.state
    }

    // MARK: Keeping

    /// Keeps a state, for the configured time.
    ///
    /// - Parameter state: Of a session, as of now. One that is out of date is never served.
    /// - Throws: ``JournalError/Code/closed``, ``JournalError/Code/invalidArgument`` for a state of no
    ///   session.
    public func set(_ state: SessionState) async throws {
        try await set(state, ttl: configuration.timeToLive)
    }

    /// Keeps a state for some time.
    ///
    /// - Parameters:
    ///   - state: Of a session, as of now. One that is out of date is never served.
    ///   - ttl: For how long; nothing is kept where it is not more than zero.
    /// - Throws: ``JournalError/Code/closed``, ``JournalError/Code/invalidArgument`` for a state of no
    ///   session.
    public func set(_ state: SessionState, ttl: Duration) async throws {
        guard state.session != nil else {
            throw JournalError(.invalidArgument, "a state without events is of no session")
        }
        try keep(Box(state, declarationVersion: try await declarationVersion()), ttl)
    }

    /// Forgets a session. Returns whether it was kept.
    @discardableResult
    public func remove(_ session: SessionID) -> Bool {
        content.withLock { $0.shelf.remove(session) }
    }

    /// Forgets all sessions. The figures stay.
    public func removeAll() { content.withLock { $0.shelf.removeAll() } }

    /// Ends the task that looks after the entries, waits for it, and forgets everything. The journal
    /// stays open. More than once does nothing.
    public func close() async {
        let loads = content.withLock { content in
            content.isClosed = true
            content.shelf.removeAll()
            defer { content.loads = [:] }
            return content.loads.values.map { $0 }
        }
        for load in loads { load.cancel() }
        let task = cleaning.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        await task?.value
    }

    /// Throws away what has expired or is out of date; what the task of the cache does. Cost: a look
    /// at the head of each session that is kept.
    public func cleanUp() async {
        let time = now()
        let slots = content.withLock { $0.shelf.oldestFirst }
        for slot in slots {
            let isExpired = time >= slot.expiry
            var isCurrent = true
            if !isExpired {
                // What cannot be asked now is asked when somebody wants it.
                do { isCurrent = try await self.isCurrent(slot.value.box) } catch { continue }
            }
            guard isExpired || !isCurrent else { continue }
            content.withLock { content in
                guard content.shelf[slot.key]?.value.box === slot.value.box else { return }
                content.shelf.remove(slot.key)
                if isExpired {
                    content.counts.expirations += 1
                } else {
                    content.counts.invalidations += 1
                }
            }
        }
    }

    // MARK: Behind

    /// Whoever folds the session already, or a task that begins to.
    private func load(_ session: SessionID) throws -> Task<Box, any Error> {
        try content.withLock { content throws(JournalError) in
            try content.checkOpen()
            if let load = content.loads[session] { return load }
            let load = Task { [self] in
                defer { _ = self.content.withLock { $0.loads.removeValue(forKey: session) } }
                let version = try await declarationVersion()
                let box = Box(
                    try await journal.readState(of: session), declarationVersion: version)
                try keep(box, configuration.timeToLive)
                return box
            }
            content.loads[session] = load
            return load
        }
    }

    private func keep(_ box: Box, _ ttl: Duration) throws(JournalError) {
        guard let session = box.state.session, ttl > .zero, configuration.sessionLimit > 0 else {
            return
        }
        let expiry = now().advanced(by: ttl)
        try content.withLock { content throws(JournalError) in
            try content.checkOpen()
            // Of two who fold at once, the later one may have read less.
            if let known = content.shelf[session]?.value.box,
                known.state.version > box.state.version
            {
                return
            }
            content.shelf.put(Entry(box: box, checkedSequence: 0), for: session, until: expiry)
            while content.shelf.count > configuration.sessionLimit, content.shelf.removeOldest() {
                content.counts.evictions += 1
            }
        }
    }

    /// Whether a session has got no event since, and the journal no declaration.
    private func isCurrent(_ box: Box) async throws -> Bool {
        guard let session = box.state.session else { return false }
        let head = try await journal.store.head(of: session)
        guard head?.version == box.state.version else { return false }
        return try await declarationVersion() == box.declarationVersion
    }

    private func declarationVersion() async throws -> UInt64 {
        try await journal.store.head(of: .journal)?.version ?? 0
    }
}

extension SessionCache.Content {
    func checkOpen() throws(JournalError) {
        guard !isClosed else { throw JournalError(.closed, "the cache was closed") }
    }

    mutating func count(isHit: Bool) {
        if isHit { counts.hits += 1 } else { counts.misses += 1 }
    }
}

extension UInt64 {
    /// A moment of a clock in nanoseconds, so much later; the last that there is where that is none.
    fileprivate func advanced(by duration: Duration) -> UInt64 {
        let (seconds, attoseconds) = duration.components
        let whole = UInt64(clamping: seconds).multipliedReportingOverflow(by: 1_000_000_000)
        guard !whole.overflow else { return .max }
        let sum = addingReportingOverflow(whole.partialValue)
        guard !sum.overflow else { return .max }
        let end = sum.partialValue.addingReportingOverflow(
            UInt64(clamping: attoseconds / 1_000_000_000))
        return end.overflow ? .max : end.partialValue
    }
}
