/// What comparing the snapshots with the events came to.
public struct SnapshotVerification: Hashable, Sendable {
    /// A snapshot that does not say what the events say.
    public struct Difference: Hashable, Sendable {
        /// The session.
        public let session: SessionID
        /// The event behind which it was taken.
        public let sequence: UInt64

        package init(session: SessionID, sequence: UInt64) {
            self.session = session
            self.sequence = sequence
        }
    }

    /// The sessions that have snapshots.
    public internal(set) var sessions = 0
    /// The snapshots that were compared.
    public internal(set) var snapshots = 0
    /// Those that are wrong. Take the folder `snapshots/` away, and they come back right.
    public internal(set) var differences: [Difference] = []

    package init(sessions: Int = 0, snapshots: Int = 0, differences: [Difference] = []) {
        self.sessions = sessions
        self.snapshots = snapshots
        self.differences = differences
    }

    /// What `verify --deep --json` prints of it.
    public var json: JSONValue {
        [
            "sessions": JSONValue(sessions), "snapshots": JSONValue(snapshots),
            "differences": .array(
                differences.map {
                    ["session": .string($0.session.hexadecimal), "seq": JSONValue($0.sequence)]
                }),
        ]
    }
}

/// All that a snapshot holds: the same for the same events, always.
struct SnapshotContent: Equatable {
    let digest: Digest
    let state: [UInt8]
    /// The pages of logs.
    let pages: [[UInt8]]
    /// The pages of the messages and the rows behind them, then those of merges and runs of tools.
    private(set) var rows: [[PageRow]] = []

    /// What a snapshot of a state holds.
    init(_ state: SessionState, digest: Digest) {
        self.digest = digest
        var storage = SnapshotStorage()
        self.state = Array(state.snapshot(&storage).description.utf8)
        pages = storage.pages
        add(state.tree.messages.table)
        add(state.tree.mergeTable)
        add(state.tree.toolRuns)
    }

    private mutating func add<Element: PagedElement>(_ table: PagedTable<Element>) {
        rows += table.pages.map { $0.rows(table.seed) }
        rows.append(table.tailRows)
    }
}

extension Journal {
    /// Folds every session that has snapshots from its first event, and compares.
    ///
    /// Each snapshot must hold what the fold holds at that event, byte for byte; and the messages
    /// that are made again from the last one must read as those of the fold do.
    ///
    /// Cost: reads those sessions whole, and encodes the state at each snapshot.
    ///
    /// - Parameter progress: Called now and then with sessions done and sessions to do.
    /// - Throws: what reading throws, ``JournalError/Code/damaged`` where events are lost.
    public func verifySnapshots(
        progress: ((OperationProgress) -> Void)? = nil
    ) async throws -> SnapshotVerification {
        var report = SnapshotVerification()
        guard let snapshots else { return report }
        let sessions = snapshots.sessions()
        for (index, session) in sessions.enumerated() {
            guard try await store.head(of: session) != nil else { continue }
            try await verify(snapshots.file(of: session), of: session, &report)
            progress?(
                OperationProgress(bytesDone: UInt64(index + 1), bytesTotal: UInt64(sessions.count)))
        }
        return report
    }

    private func verify(
        _ file: SnapshotFile, of session: SessionID, _ report: inout SnapshotVerification
    ) async throws {
        let marks = file.marks()
        guard let last = marks.last else { return }
        report.sessions += 1
        var wrong = Set(marks.map(\.sequence))
        var places: [UInt64: SnapshotMark] = [:]
        for mark in marks { places[mark.sequence] = mark }
        guard let source = snapshots?.source() else { return }
        let projection = SessionProjection()
        var state = projection.initialState()
        for try await event in events(through: last.sequence, session: session) {
            projection.apply(event, to: &state)
            guard let mark = places[event.sequence] else { continue }
            report.snapshots += 1
            guard mark.version == event.version, mark.time == event.time,
                mark.moment == state.lastActive,
                let (kept, digest) = file.state(at: mark, from: source)
            else { continue }
            let expected = SnapshotContent(state, digest: event.digest)
            if SnapshotContent(kept, digest: digest) == expected { wrong.remove(mark.sequence) }
        }
        if !wrong.contains(last.sequence) {
            let made = snapshots?.state(
                of: session, at: .sequence(last.sequence), lastVersion: .max, interval: .max)
            if made.map({ !$0.state.readsLike(state) }) ?? true { wrong.insert(last.sequence) }
        }
        report.differences += wrong.sorted().map { .init(session: session, sequence: $0) }
    }
}

extension SessionState {
    /// Whether everything that is shown of two states is the same.
    func readsLike(_ other: SessionState) -> Bool {
        guard tree.json() == other.tree.json(), tree.messages.count == other.tree.messages.count
        else {
            return false
        }
        let branches = tree.branches.map(\.name)
        return branches.allSatisfy {
            json(branch: $0, includingPruned: true) == other.json(branch: $0, includingPruned: true)
        }
            && zip(tree.messages, other.tree.messages).allSatisfy { $0.content() == $1.content() }
    }
}
