internal import SegmentLog
internal import Synchronization

/// The snapshots of a journal's sessions, one file a session in the folder `snapshots/`.
final class SessionSnapshots: Sendable {
    /// How many files are kept open.
    private static let fileLimit = 16

    /// How many bytes of events are folded at most between two snapshots, whatever their number:
    /// large events take long to read.
    static let byteInterval = 2 << 20

    let folder: String
    private let store: FileStore
    private let shelf: PageShelf
    private let recent = Mutex<[RecentState]>([])
    private let epochs = Mutex<UInt64>(0)
    private let files = Mutex<[(session: SessionID, file: SnapshotFile)]>([])

    /// - Parameter pageSize: How many bytes of events the pages may have that are kept when they were
    ///   made from the journal.
    init(_ store: FileStore, pageSize: Int) {
        self.store = store
        shelf = PageShelf(sizeLimit: pageSize)
        folder = Self.folder(of: store)
    }

    /// The folder of a store's snapshots.
    static func folder(of store: FileStore) -> String { store.log.directory + "/snapshots" }

    /// The file of a session, whether or not it is there.
    func file(of session: SessionID) -> SnapshotFile {
        files.withLock { files in
            if let place = files.firstIndex(where: { $0.session == session }) {
                let entry = files.remove(at: place)
                files.append(entry)
                return entry.file
            }
            let file = SnapshotFile(
                path(of: session), session: session, journal: store.log.journalID,
                fileSystem: store.fileSystem, shelf: shelf)
            // One that somebody uses stays: there is one object for a file, and one lock.
            if files.count >= Self.fileLimit {
                for place in files.indices where isKnownUniquelyReferenced(&files[place].file) {
                    files.remove(at: place)
                    break
                }
            }
            files.append((session, file))
            return file
        }
    }

    private func path(of session: SessionID) -> String {
        folder + "/" + session.hexadecimal + Self.suffix
    }

    private static let suffix = ".snapshots"

    /// The sessions that have a file, sorted.
    func sessions() -> [SessionID] {
        let names = (try? store.fileSystem.names(in: folder)) ?? []
        return names.compactMap { name in
            name.hasSuffix(Self.suffix) ? SessionID(name.dropLast(Self.suffix.count)) : nil
        }
    }

    /// Whether this process writes the journal: a child that was forked from it does not.
    var mayWrite: Bool { store.isWritable && store.log.foreignness == nil }

    /// Takes the snapshots of a session away.
    func remove(_ session: SessionID) throws(Errno) {
        files.withLock { files in files.removeAll { $0.session == session } }
        let path = path(of: session)
        if try store.fileSystem.status(of: path) != nil { try store.fileSystem.remove(path) }
    }

    // MARK: Erasing

    /// Takes the snapshots of sessions away, durably, and forgets everything. What was folded before
    /// is neither written nor remembered any more. Returns how many files there were.
    func destroy(of sessions: Set<SessionID>) throws(JournalError) -> Int {
        try epochs.withLock { epoch throws(JournalError) in
            epoch += 1
            forget()
            return try store.clear(
                "snapshots",
                where: { name in
                    guard name.hasSuffix(Self.suffix) else { return false }
                    // What is no session's is nobody's.
                    return SessionID(name.dropLast(Self.suffix.count)).map(sessions.contains)
                        ?? true
                }
            ).count
        }
    }

    /// Forgets everything. What was folded before is neither written nor remembered any more.
    func forgetErased() {
        epochs.withLock { epoch in
            epoch += 1
            forget()
        }
    }

    /// Tells states that were folded before an erasure from those that were folded behind it.
    var epoch: UInt64 { epochs.withLock { $0 } }

    /// Does something with a state, unless there was an erasure since it was begun.
    func whileCurrent<Value>(_ epoch: UInt64, _ body: () -> Value?) -> Value? {
        epochs.withLock { $0 == epoch ? body() : nil }
    }

    // MARK: States

    /// A state that was folded lately, and the digest of its last event.
    private struct RecentState {
        var state: SessionState
        var digest: Digest
        var bytesSinceMark: Int
        /// Where its pages are from; nil where it has none.
        var source: ViewEvents?
    }

    /// A state to go on from.
    struct Beginning {
        var state: SessionState
        /// How many bytes of events came since the last snapshot.
        var bytesSinceMark: Int
        /// Where its pages are from; nil where it has none.
        var source: ViewEvents?
    }

    /// How many states are remembered, and how many pages of each may be in memory alone.
    private static let stateLimit = 8
    private static let pageLimitOfState = 16

    /// Remembers a state for whoever asks for it, or for a later one, next. Nothing that was read for
    /// its messages is held with it.
    func remember(
        _ state: SessionState, digest: Digest, bytesSinceMark: Int, source: ViewEvents?
    ) {
        guard let state = state.unread(atMost: Self.pageLimitOfState) else { return }
        recent.withLock { recent in
            recent.removeAll { $0.state.session == state.session }
            if recent.count >= Self.stateLimit { recent.removeFirst() }
            recent.append(
                RecentState(
                    state: state, digest: digest, bytesSinceMark: bytesSinceMark,
                    source: source))
        }
    }

    /// A remembered state that a point in time holds, if the journal still says of its last event
    /// what it said then.
    private func remembered(
        _ session: SessionID, at point: PointInTime, lastVersion: UInt64, after sequence: UInt64,
        _ source: ViewEvents
    ) -> Beginning? {
        guard let known = recent.withLock({ $0.last { $0.state.session == session } }) else {
            return nil
        }
        let last = known.state.lastSequence
        let isWithin =
            switch point {
            case .now: true
            case .sequence(let sequence): last <= sequence
            case .back(let count): count < lastVersion && known.state.version <= lastVersion - count
            default: false
            }
        guard isWithin, last > sequence,
            source.events(of: session, among: [last]).first?.digest == known.digest
        else { return nil }
        return known.state.unread(atMost: Self.pageLimitOfState)
            .map {
                Beginning(
                    state: $0, bytesSinceMark: known.bytesSinceMark, source: known.source)
            }
    }

    /// The journal's events as they stand now; nil where it is closed.
    func source() -> ViewEvents? {
        (try? store.openView()).map { ViewEvents(view: $0, archives: store.archives) }
    }

    /// The state of the last snapshot that lies within a point in time, or a later one that is
    /// remembered, if the journal still says of its last event what it said then. Snapshots of another
    /// history are taken away by who writes.
    ///
    /// - Parameters:
    ///   - session: The session.
    ///   - point: Up to which event.
    ///   - lastVersion: The version of the session's last event.
    ///   - interval: How far a remembered state may be ahead of the last snapshot where snapshots are
    ///     taken on the way, so that none is left out.
    func state(
        of session: SessionID, at point: PointInTime, lastVersion: UInt64, interval: UInt64
    ) -> Beginning? {
        let file = file(of: session)
        // The events as they stand behind these snapshots, or later.
        let marks = file.marks()
        guard let source = source() else { return nil }
        let mark = marks.last {
            $0.sequence <= source.view.lastSequence
                && $0.isWithin(point, lastVersion: lastVersion)
        }
        let known = remembered(
            session, at: point, lastVersion: lastVersion, after: mark?.sequence ?? 0, source)
        // A mark of another history may name any version.
        let (ahead, isBehind) = (known?.state.version ?? 0).subtractingReportingOverflow(
            mark?.version ?? 0)
        if let known, !store.isWritable || (!isBehind && ahead <= interval) { return known }
        guard let mark else { return nil }
        let last = source.events(of: session, among: [mark.sequence]).first
        // What is lost is no reason to forget what was known of it.
        guard let last else { return nil }
        if last.version == mark.version, let (state, digest) = file.state(at: mark, from: source),
            digest == last.digest
        {
            return Beginning(state: state, bytesSinceMark: 0, source: source)
        }
        if mayWrite { try? remove(session) }
        return nil
    }

    /// A state as the snapshot says it that was just taken of it, with its pages in the journal; nil
    /// where that cannot be read.
    func unloaded(_ state: SessionState, of file: SnapshotFile) -> Beginning? {
        guard let mark = file.marks().last, mark.sequence == state.lastSequence,
            let source = source(), let (again, _) = file.state(at: mark, from: source),
            again.version == state.version
        else { return nil }
        return Beginning(state: again, bytesSinceMark: 0, source: source)
    }

    /// Forgets what is in memory, and gives the files back.
    func forget() {
        recent.withLock { $0 = [] }
        files.withLock { $0 = [] }
        shelf.forget()
    }
}

/// The events of a log as it stood, for pages that are made again.
final class ViewEvents: EventSource {
    let view: LogView
    private let loss = Mutex(false)

    private let archives: AttachedArchives?

    init(view: LogView, archives: AttachedArchives? = nil) {
        self.view = view
        self.archives = archives
    }

    /// Whether events that a page is made from could not be read.
    var hasLost: Bool { loss.withLock { $0 } }

    func noteLoss() { loss.withLock { $0 = true } }

    /// Up to how many sequence numbers for each that is wanted are passed over.
    private static let density: UInt64 = 512

    func events(of session: SessionID, among sequences: [UInt64]) -> [Event] {
        guard let first = sequences.min(), let last = sequences.max() else { return [] }
        var events: [Event] = []
        if (last - first) / UInt64(sequences.count) <= Self.density, sequences.count > 1 {
            let wanted = Set(sequences)
            try? view.scan(stream: session.streamKey, in: first...last, onHole: { _ in }) {
                sequence, line in
                if wanted.contains(sequence), let event = try? Event(line: Array(copying: line)) {
                    events.append(event)
                }
                return true
            }
            return restored(events)
        }
        for sequence in sequences {
            let line = (try? view.line(at: sequence)) ?? nil
            if let event = line.flatMap({ try? Event(line: $0) }), event.session == session {
                events.append(event)
            }
        }
        return restored(events)
    }

    private func restored(_ events: [Event]) -> [Event] {
        guard let archives else { return events }
        return events.map { archives.restored($0) }
    }
}

/// Decides while a session is folded when its next snapshot is due.
struct SnapshotPace {
    private let interval: UInt64
    /// The version of the last snapshot that there is.
    private var version: UInt64
    /// How many bytes of events came since.
    private(set) var bytes: Int

    init(interval: UInt64, after version: UInt64, bytes: Int) {
        self.interval = interval
        self.version = version
        self.bytes = bytes
    }

    /// Of how many branches as many are written in a snapshot as it takes to fold an event: a session
    /// of very many has fewer snapshots, so that all of them together grow as the session does.
    private static let branchesPerEvent = 4

    /// Whether a snapshot is due behind an event of a session with so many branches.
    mutating func isDue(_ event: Event, branchCount: Int) -> Bool {
        guard event.version > version else { return false }
        bytes += event.line.count
        guard event.version - version >= UInt64(branchCount / Self.branchesPerEvent) else {
            return false
        }
        guard event.version - version >= interval || bytes >= SessionSnapshots.byteInterval else {
            return false
        }
        version = event.version
        bytes = 0
        return true
    }
}
