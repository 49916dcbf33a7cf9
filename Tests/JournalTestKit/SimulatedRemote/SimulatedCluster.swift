package import SegmentLog
package import SessionJournal

/// A journal's server with a replica, as a value: what they have on disk, and which of them serves.
///
/// A change goes to the server, then to the replica, and is answered then. A crash may come at any
/// point between; afterwards the same server goes on, or its replica does and the server that failed
/// takes over the replica's content.
package struct SimulatedCluster: Sendable {
    /// What a server does that it must not: seeded mistakes, to see that they are noticed.
    package enum Defect: Sendable, CaseIterable {
        /// Answers before the replica has the change.
        case answersBeforeReplica
        /// Takes commits of any epoch.
        case ignoresEpoch
        /// Stores a commit wherever it belongs, and answers that all is well.
        case ignoresPosition
    }

    /// Where a crash meets a change.
    enum CrashPoint: CaseIterable {
        case before
        case onServerOnly
        case afterBoth
    }

    /// What one server has on its disk.
    package struct Node: Sendable {
        package private(set) var table = LineTable()
        package private(set) var commits: [(last: UInt64, epoch: UInt64, tree: FrontierRecord)] = []
        package private(set) var epoch: UInt64 = 0
        private var holder: LeaseHolder?
        /// By the server's clock, in microseconds.
        private(set) var leaseEnd: Int64 = 0

        func isNewest(_ lease: WriterLease) -> Bool {
            lease.epoch == epoch && lease.holder == holder
        }

        func state(at now: Int64) -> RemoteState {
            RemoteState(
                lastSequence: table.lastSequence,
                lastTime: table.lines.last.flatMap { try? Event(line: $0).time },
                tree: commits.last?.tree ?? .empty, epoch: epoch, holder: holder,
                leaseRemainder: .microseconds(holder == nil ? 0 : max(0, leaseEnd - now)))
        }

        mutating func take(
            _ lease: WriterLease, until end: Int64, at now: Int64
        ) throws(RemoteFault) {
            guard lease.epoch == epoch + 1 else { throw .fenced }
            guard holder == nil || holder == lease.holder || now >= leaseEnd else { throw .held }
            epoch = lease.epoch
            holder = lease.holder
            leaseEnd = end
        }

        mutating func renew(until end: Int64) { leaseEnd = end }

        mutating func release() { holder = nil }

        mutating func store(_ commit: RemoteCommit) {
            table.append(commit.lines)
            commits.append((table.lastSequence, commit.lease.epoch, commit.tree))
        }
    }

    package private(set) var server = Node()
    private var replica = Node()
    package private(set) var failoverCount = 0

    /// Another one after each crash: a connection to the one before is gone.
    private(set) var generation = 0
    private var downUntil: Int64 = 0
    private let defect: Defect?

    package init(defect: Defect? = nil) { self.defect = defect }

    func isDown(at now: Int64) -> Bool { now < downUntil }

    /// The server fails, and comes back after a while: itself, or as its replica.
    mutating func crash(at now: Int64, downtime: Int64, failsOver: Bool) {
        generation += 1
        downUntil = now + downtime
        if failsOver {
            failoverCount += 1
            server = replica
        }
        replica = server
    }

    private mutating func change(
        _ crash: CrashPoint?, _ body: (inout Node) throws(RemoteFault) -> Void
    ) throws(RemoteFault) {
        var changed = server
        try body(&changed)
        if crash != .before { server = changed }
        let lags = defect == .answersBeforeReplica && crash == nil && commitCount.isMultiple(of: 3)
        if crash == nil || crash == .afterBoth, !lags { replica = changed }
    }

    private var commitCount: Int { server.commits.count }

    // MARK: Requests

    func state(at now: Int64) -> RemoteState { server.state(at: now) }

    mutating func takeLease(
        _ lease: WriterLease, for duration: Duration, at now: Int64, _ crash: CrashPoint?
    ) throws(RemoteFault) -> RemoteState {
        try change(crash) { node throws(RemoteFault) in
            try node.take(lease, until: now + duration.microseconds, at: now)
        }
        return state(at: now)
    }

    mutating func renewLease(
        _ lease: WriterLease, for duration: Duration, at now: Int64, _ crash: CrashPoint?
    ) throws(RemoteFault) {
        try change(crash) { node throws(RemoteFault) in
            guard node.isNewest(lease) else { throw .fenced }
            node.renew(until: now + duration.microseconds)
        }
    }

    mutating func releaseLease(
        _ lease: WriterLease, _ crash: CrashPoint?
    ) throws(RemoteFault) {
        try change(crash) { node throws(RemoteFault) in
            guard node.isNewest(lease) else { throw .fenced }
            node.release()
        }
    }

    mutating func commit(
        _ commit: RemoteCommit, at now: Int64, _ crash: CrashPoint?
    ) throws(RemoteFault) {
        let defect = defect
        try change(crash) { node throws(RemoteFault) in
            guard node.isNewest(commit.lease) || defect == .ignoresEpoch else { throw .fenced }
            let last = node.table.lastSequence
            if commit.firstSequence == last + 1 || defect == .ignoresPosition {
                node.store(commit)
            } else if node.table.line(at: commit.lastSequence) != commit.lastLine {
                throw .misplaced(lastSequence: last)
            }
            node.renew(until: now + commit.leaseDuration.microseconds)
        }
    }

    func answers(to questions: [HistoryQuestion]) -> HistoryAnswers {
        var answers = HistoryAnswers()
        answers.asOf = server.table.lastSequence
        for question in questions {
            switch question {
            case .head(let session):
                answers.heads[session] =
                    server.table.head(of: session).map {
                        .init(version: $0.version, lastSequence: $0.lastSequence)
                    } ?? HistoryAnswers.Head.none
            case .branch(let session, let branch):
                let event = events(of: session).last { $0.branch == branch }
                answers.branches[session, default: [:]][branch] = event?.sequence ?? 0
            case .id(let session, let id):
                let event = events(of: session).last { $0.id == id }
                let position = event.map {
                    EventPosition(sequence: $0.sequence, version: $0.version, time: $0.time)
                }
                answers.ids[session, default: [:]].updateValue(
                    position, forKey: IDFingerprint(id))
            case .key(let key):
                let event = server.table.lines.lazy.compactMap { try? Event(line: $0) }
                    .first { $0.kind == .sessionCreated && (try? $0.data()["key"]?.string) == key }
                answers.keys.updateValue(event?.session, forKey: key)
            }
        }
        return answers
    }

    private func events(of session: SessionID) -> [Event] {
        var query = ReadQuery(session: session)
        query.maximumCount = .max
        query.maximumSize = .max
        return server.table.page(query).lines.compactMap { try? Event(line: $0) }
    }

    func tree(at size: UInt64) -> RemoteTree {
        let record = server.commits.last { $0.last <= size }?.tree ?? .empty
        let last = min(size, server.table.lastSequence)
        let leaves = record.size < last ? server.table.leaves[Int(record.size)..<Int(last)] : []
        return RemoteTree(record: record, leaves: Array(leaves))
    }
}

extension Duration {
    var microseconds: Int64 {
        components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000
    }
}
