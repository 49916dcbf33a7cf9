/// What taking snapshots came to.
public struct SnapshotReport: Hashable, Sendable {
    /// The sessions that were looked at: those that are long enough to need snapshots.
    public internal(set) var sessions = 0
    /// The snapshots that were taken.
    public internal(set) var snapshots = 0
    /// The bytes that were written.
    public internal(set) var bytes: UInt64 = 0
    /// The sessions that were left alone because they have more events than was asked for.
    public internal(set) var tooLong: [SessionID] = []

    /// What `snapshot --json` prints.
    public var json: JSONValue {
        [
            "sessions": JSONValue(sessions), "snapshots": JSONValue(snapshots),
            "bytes": JSONValue(bytes),
        ]
    }
}

extension Journal {
    /// Takes the snapshots that are due, so that the state of a session at any event costs the fold
    /// of ``JournalOptions/snapshotInterval`` events at most. Snapshots are also taken on the way
    /// whenever a journal that was opened for writing folds that far. They are a cache: delete the
    /// folder `snapshots/`, and nothing is lost but time.
    ///
    /// Cost: reads each session from its last snapshot on. Nothing is written for a journal that
    /// was opened for reading, and for one in memory.
    ///
    /// - Parameters:
    ///   - session: The session; nil for all that are long enough.
    ///   - longest: How many events a session may have that is read for it: the fold of one keeps some
    ///     20 bytes of each of its messages in memory.
    ///   - progress: Called now and then with events folded and events to fold.
    /// - Throws: ``JournalError/Code/readOnly`` where the journal was opened for reading, and what
    ///   reading throws.
    @discardableResult
    public func takeSnapshots(
        of session: SessionID? = nil, longest: UInt64 = .max,
        progress: ((OperationProgress) -> Void)? = nil
    ) async throws -> SnapshotReport {
        guard isWritable else {
            throw JournalError(
                .readOnly, "snapshots are written by who writes the journal; open it for writing")
        }
        return try await measure(.snapshot, bytes: \.bytes) {
            try await takeDueSnapshots(of: session, longest, progress)
        }
    }

    private func takeDueSnapshots(
        of session: SessionID?, _ longest: UInt64, _ progress: ((OperationProgress) -> Void)?
    ) async throws -> SnapshotReport {
        var report = SnapshotReport()
        guard snapshots != nil, options.snapshotInterval > 0 else { return report }
        var heads: [SessionHead] = []
        if let session {
            guard let head = try await store.head(of: session) else {
                throw JournalError.sessionNotFound("\(session)")
            }
            heads = [head]
        } else {
            heads = try await sessionHeads()
        }
        heads.removeAll { $0.version <= options.snapshotInterval }
        report.tooLong = heads.filter { $0.count > longest }.map(\.session)
        heads.removeAll { $0.count > longest }
        let total = heads.reduce(UInt64(0)) { $0 + $1.count }
        var done: UInt64 = 0
        var rest = heads.makeIterator()
        // Each session stands alone. Two at once: memory is bounded on large machines, too.
        try await withThrowingTaskGroup(of: (events: UInt64, count: Int, bytes: Int).self) {
            group in
            for _ in 0..<2 {
                if let head = rest.next() {
                    group.addTask { try await self.takeSnapshots(of: head) }
                }
            }
            while let taken = try await group.next() {
                if let head = rest.next() {
                    group.addTask { try await self.takeSnapshots(of: head) }
                }
                report.sessions += 1
                report.snapshots += taken.count
                report.bytes += UInt64(taken.bytes)
                done += taken.events
                progress?(OperationProgress(bytesDone: done, bytesTotal: total))
            }
        }
        return report
    }

    /// The same for one session; how many events it has, and how many snapshots were taken, of how
    /// many bytes.
    private func takeSnapshots(
        of head: SessionHead
    ) async throws -> (events: UInt64, count: Int, bytes: Int) {
        var taken = (events: head.count, count: 0, bytes: 0)
        _ = try await foldState(of: head.session, at: .now, keepsContent: false, damage: .skip) {
            taken.count += $0
            taken.bytes += $1
        }
        return taken
    }

    /// The state of a session at a point in time, with what is known today of events in it that were
    /// erased or redacted later. Takes the snapshots that are due on the way.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - point: Up to which event.
    ///   - keepsContent: Whether messages that are folded keep their content.
    ///   - damage: What to do where events of the session are lost.
    ///   - took: Hears of snapshots that were taken, and of their bytes.
    func foldState(
        of session: SessionID, at point: PointInTime, keepsContent: Bool,
        damage: DamagePolicy = .fail, took: ((Int, Int) -> Void)? = nil
    ) async throws -> SessionState {
        var state = try await foldPrefix(
            of: session, at: point, keepsContent: keepsContent, damage: damage, took: took)
        guard point != .now else { return state }
        var kinds: Set<EventKind> = state.hasWithheld ? [.erasureOutlined] : []
        let later = try await redactions.all(in: self).contains {
            $0.content.session == session && $0.sequence > state.lastSequence
        }
        if later { kinds.insert(.messageRedacted) }
        guard !kinds.isEmpty else { return state }
        let projection = SessionProjection(keepsContent: keepsContent)
        for try await event in events(
            from: state.lastSequence + 1, session: session, kinds: kinds, damage: damage)
        {
            projection.outline(event, &state)
        }
        return state
    }

    /// The state of a session at a point in time, by way of its nearest snapshot. Takes the snapshots
    /// that are due on the way, where this handle writes the journal.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - point: Up to which event.
    ///   - keepsContent: Whether messages that are folded keep their content.
    ///   - damage: What to do where events of the session are lost.
    ///   - took: Hears of snapshots that were taken, and of their bytes.
    private func foldPrefix(
        of session: SessionID, at point: PointInTime, keepsContent: Bool,
        damage: DamagePolicy, took: ((Int, Int) -> Void)?
    ) async throws -> SessionState {
        let projection = SessionProjection(keepsContent: keepsContent)
        guard let snapshots, options.snapshotInterval > 0, !session.isJournal,
            let head = try await store.head(of: session), head.version > options.snapshotInterval,
            // What is encrypted is put away nowhere in clear.
            try await protection(of: session) == .plain
        else { return try await fold(projection, over: session, at: point, damage: damage) }
        let point = try await settled(point, in: session)
        var through = head.lastSequence
        if case .sequence(let sequence) = point { through = min(through, sequence) }
        let epoch = snapshots.epoch
        let kept = snapshots.state(
            of: session, at: point, lastVersion: head.version, interval: options.snapshotInterval)
        var state = kept?.state ?? projection.initialState()
        var source = kept?.source
        guard state.lastSequence < through else { return state }
        var file = snapshots.mayWrite ? snapshots.file(of: session) : nil
        var pace = SnapshotPace(
            interval: options.snapshotInterval, after: file?.marks().last?.version ?? 0,
            bytes: kept?.bytesSinceMark ?? 0)
        var prefix = SessionPrefix(point, lastVersion: head.version)
        var last: Event?
        for try await event in events(
            of: session, after: state.lastSequence, version: state.version, through: through,
            damage: damage)
        {
            guard prefix.admits(event) else { break }
            projection.apply(event, to: &state)
            last = event
            // What was folded past a hole is nothing to come back to.
            let isDue = pace.isDue(event, branchCount: state.tree.allBranches.count)
            guard isDue, let target = file, state.isComplete,
                source?.hasLost != true
            else { continue }
            let bytes = snapshots.whileCurrent(epoch) {
                target.add(state, time: event.time, digest: event.digest)
            }
            if let bytes {
                if bytes > 0 { took?(1, bytes) }
                if state.readPageCount > options.foldedPages,
                    let again = snapshots.unloaded(state, of: target)
                {
                    (state, source) = (again.state, again.source)
                }
            } else {
                // The disk does not take it: not again in this fold.
                file = nil
            }
        }
        if source?.hasLost == true {
            // An event asked for a message that is lost: what it came to is not known. The fold from
            // the first event says what is lost, or goes on behind it.
            return try await fold(projection, over: session, at: point, damage: damage)
        }
        if keepsContent, let last, state.isComplete {
            snapshots.whileCurrent(epoch) {
                snapshots.remember(
                    state, digest: last.digest, bytesSinceMark: pace.bytes, source: source)
            }
        }
        return state
    }
}

extension SessionState {
    /// Whether it holds every event of the session up to its last.
    var isComplete: Bool { UInt64(eventCount) == version }

    /// How many pages of its tables are in memory.
    var readPageCount: Int {
        tree.messages.table.readPageCount + tree.mergeTable.readPageCount
            + tree.toolRuns.readPageCount
    }

    /// The same state without what was read from the journal for its pages; nil where it holds more
    /// than a few pages in memory for good.
    func unread(atMost limit: Int) -> SessionState? {
        guard let messages = tree.messages.table.unread(atMost: limit),
            let merges = tree.mergeTable.unread(atMost: limit),
            let toolRuns = tree.toolRuns.unread(atMost: limit)
        else { return nil }
        var state = self
        state.tree.messages.table = messages
        state.tree.mergeTable = merges
        state.tree.toolRuns = toolRuns
        return state
    }
}
