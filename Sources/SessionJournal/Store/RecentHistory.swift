internal import SegmentLog

/// All that conditions, `id`s and keys need to know of the events after a *floor*. What is not found
/// here has happened at or before the floor, or never.
struct RecentHistory: Sendable {
    struct Session: Sendable {
        /// Of its last event.
        var version: UInt64
        var lastSequence: UInt64

        /// The last event on each branch that has one after the floor.
        var branches = Branches()
        var ids: [IDFingerprint: EventPosition] = [:]

        /// That of its first event, where that was noted.
        var firstSequence: UInt64?

        fileprivate mutating func note(
            _ position: EventPosition, branch: String?, id: IDFingerprint?
        ) {
            version = position.version
            lastSequence = position.sequence
            if let branch { branches.note(position.sequence, on: branch) }
            if let id { ids[id] = position }
        }
    }

    /// The last event of each branch. Most events go where the one before them went.
    struct Branches: Sendable {
        private var newest: (name: String, sequence: UInt64)?
        private var others: [String: UInt64] = [:]

        subscript(_ branch: String) -> UInt64? {
            if let newest, newest.name == branch { return newest.sequence }
            return others[branch]
        }

        mutating func note(_ sequence: UInt64, on branch: String) {
            if let newest, newest.name != branch { others[newest.name] = newest.sequence }
            newest = (branch, sequence)
        }

        mutating func forget(through floor: UInt64) {
            if let newest, newest.sequence <= floor { self.newest = nil }
            others = others.filter { $0.value > floor }
        }
    }

    /// 0: everything is remembered.
    private(set) var floor: UInt64

    private(set) var sessions: [SessionID: Session] = [:]
    private var keys: [String: (session: SessionID, sequence: UInt64)] = [:]

    init(floor: UInt64) { self.floor = floor }

    subscript(_ session: SessionID) -> Session? { sessions[session] }

    /// Whether all events of a session are after the floor, so that what is not found is not there.
    func isWhole(_ session: SessionID) -> Bool {
        guard let first = sessions[session]?.firstSequence else { return false }
        return first > floor
    }

    func session(claiming key: String) -> SessionID? { keys[key]?.session }

    /// Takes note of an event, the newest of all.
    mutating func note(
        session: SessionID, at position: EventPosition, branch: String?, id: IDFingerprint?,
        key: String?
    ) {
        let new = Session(
            version: 0, lastSequence: 0,
            firstSequence: position.version == 1 ? position.sequence : nil)
        sessions[session, default: new].note(position, branch: branch, id: id)
        if let key { keys[key] = (session, position.sequence) }
    }

    /// Forgets what events were called that are withheld now.
    mutating func withhold(_ events: [ClosedRange<UInt64>]) {
        sessions = sessions.mapValues { session in
            var kept = session
            kept.ids = session.ids.filter { !events.holdInOrder($0.value.sequence) }
            return kept
        }
        keys = keys.filter { !events.holdInOrder($0.value.sequence) }
    }

    /// Forgets what the events of sessions were called.
    mutating func forget(_ gone: Set<SessionID>) {
        for session in gone { sessions[session]?.ids = [:] }
        keys = keys.filter { !gone.contains($0.value.session) }
    }

    /// Moves the floor up. Cost: all that is remembered.
    mutating func forget(through floor: UInt64) {
        guard floor > self.floor else { return }
        self.floor = floor
        sessions = sessions.compactMapValues { session in
            guard session.lastSequence > floor else { return nil }
            var kept = session
            kept.branches.forget(through: floor)
            kept.ids = session.ids.filter { $0.value.sequence > floor }
            return kept
        }
        keys = keys.filter { $0.value.sequence > floor }
    }
}
