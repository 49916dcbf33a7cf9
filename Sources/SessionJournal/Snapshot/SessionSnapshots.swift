internal import SegmentLog
internal import Synchronization

/// The snapshots of a journal's sessions, one file a session in the folder `snapshots/`.
final class SessionSnapshots: Sendable {
    /// How many files are kept open.
    private static let fileLimit = 16

    /// How many pages of messages are kept that were made from the journal.
    private static let pageLimit = 64

    /// How many bytes of events are folded at most between two snapshots, whatever their number:
    /// large events take long to read.
    static let byteInterval = 1 << 20

    let folder: String
    private let store: FileStore
    private let shelf = PageShelf(limit: SessionSnapshots.pageLimit)
    private let recent = Mutex<[RecentState]>([])
    private let files = Mutex<[(session: SessionID, file: SnapshotFile)]>([])

    init(_ store: FileStore) {
        self.store = store
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
            if files.count >= Self.fileLimit { files.removeFirst() }
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

    /// Takes the snapshots of a session away.
    func remove(_ session: SessionID) throws(Errno) {
        files.withLock { files in files.removeAll { $0.session == session } }
        let path = path(of: session)
        if try store.fileSystem.status(of: path) != nil { try store.fileSystem.remove(path) }
    }

    // MARK: States

    /// A state that was folded lately, and the digest of its last event.
    private struct RecentState {
        var state: SessionState
        var digest: Digest
    }

    /// How many states are remembered, and how many pages of each may be in memory alone.
    private static let stateLimit = 8
    private static let pageLimitOfState = 16

    /// Remembers a state for whoever asks for it, or for a later one, next. Nothing that was read for
    /// its messages is held with it.
    func remember(_ state: SessionState, digest: Digest) {
        guard let state = state.unread(atMost: Self.pageLimitOfState) else { return }
        recent.withLock { recent in
            recent.removeAll { $0.state.session == state.session }
            if recent.count >= Self.stateLimit { recent.removeFirst() }
            recent.append(RecentState(state: state, digest: digest))
        }
    }

    /// A remembered state that a point in time holds, if the journal still says of its last event
    /// what it said then.
    private func remembered(
        _ session: SessionID, at point: PointInTime, lastVersion: UInt64, after sequence: UInt64,
        _ source: ViewEvents
    ) -> SessionState? {
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
            source.events(of: session, in: last...last).first?.digest == known.digest
        else { return nil }
        return known.state.unread(atMost: Self.pageLimitOfState)
    }

    /// The journal's events as they stand now; nil where it is closed.
    func source() -> ViewEvents? { (try? store.openView()).map { ViewEvents(view: $0) } }

    /// The state of the last snapshot that lies within a point in time, if the journal still says of
    /// its last event what it said then. Snapshots of another history are taken away by who writes.
    func state(
        of session: SessionID, at point: PointInTime, lastVersion: UInt64
    ) -> SessionState? {
        let file = file(of: session)
        guard let source = source() else { return nil }
        let mark = file.marks().last { $0.isWithin(point, lastVersion: lastVersion) }
        let known = remembered(
            session, at: point, lastVersion: lastVersion, after: mark?.sequence ?? 0, source)
        if let known { return known }
        guard let mark else { return nil }
        if mark.sequence <= source.view.lastSequence {
            let last = source.events(of: session, in: mark.sequence...mark.sequence).first
            // What is lost is no reason to forget what was known of it.
            guard let last else { return nil }
            if last.version == mark.version,
                let (state, digest) = file.state(at: mark, from: source),
                digest == last.digest
            {
                return state
            }
        }
        if store.isWritable { try? remove(session) }
        return nil
    }
}

/// The events of a log as it stood, for pages that are made again.
struct ViewEvents: EventSource {
    let view: LogView

    func events(of session: SessionID, in range: ClosedRange<UInt64>) -> [Event] {
        var events: [Event] = []
        if range.count == 1 {
            let line = (try? view.line(at: range.lowerBound)) ?? nil
            if let event = line.flatMap({ try? Event(line: $0) }), event.session == session {
                events.append(event)
            }
            return events
        }
        try? view.scan(stream: session.streamKey, in: range, onHole: { _ in }) { _, line in
            if let event = try? Event(line: Array(copying: line)) { events.append(event) }
            return true
        }
        return events
    }
}

/// Decides while a session is folded when its next snapshot is due.
struct SnapshotPace {
    private let interval: UInt64
    /// The version of the last snapshot that there is.
    private var version: UInt64
    private var bytes = 0

    init(interval: UInt64, after version: UInt64) {
        self.interval = interval
        self.version = version
    }

    /// Whether a snapshot is due behind an event.
    mutating func isDue(_ event: Event) -> Bool {
        guard event.version > version else { return false }
        bytes += event.line.count
        guard event.version - version >= interval || bytes >= SessionSnapshots.byteInterval else {
            return false
        }
        version = event.version
        bytes = 0
        return true
    }
}
