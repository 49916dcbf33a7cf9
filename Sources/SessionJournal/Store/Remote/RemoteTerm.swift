internal import SegmentLog

/// What the holder of one lease has under way. A value without input or output: ``RemoteStore`` holds
/// a lock around it and does what it says.
///
/// ```
/// stage ─▶ waiting ─▶ next() ─▶ sent ─▶ committed()
///                        │
///                        └─▶ no way to know, or refused: the term is over, and a new one begins
///                            with another lease, which keeps out what was sent under this one
/// ```
///
/// Invariants:
/// 1. What is staged follows what is sent, which follows what is stored, without a gap.
/// 2. One commit is under way at a time.
struct RemoteTerm: Sendable {
    /// A batch and those who wait for it.
    struct Pending: Sendable {
        var lines: StagedLines
        var tickets: [CommitTicket]

        var lastSequence: UInt64 { lines.records.last?.header.sequence ?? 0 }
    }

    let lease: WriterLease
    var sequencer: Sequencer
    private(set) var storedSequence: UInt64
    private var tree: LeafTree
    private var waiting: [Pending] = []
    private var sent: [Pending] = []

    /// Batches share a commit up to so many bytes.
    private static let gatheringLimit = 4 << 20

    /// So many events are remembered at least; what is older is asked of the server.
    private static let memoryLimit: UInt64 = 65_536

    /// Begins where the server stood when it gave the lease.
    ///
    /// - Throws: `damaged` where the tree it names is none.
    init(lease: WriterLease, state: RemoteState) throws(JournalError) {
        guard state.tree.size == state.lastSequence, let tree = LeafTree(state.tree) else {
            throw JournalError.serverDamaged("its Merkle tree is not that of its events")
        }
        self.lease = lease
        self.tree = tree
        storedSequence = state.lastSequence
        sequencer = Sequencer(lastSequence: state.lastSequence, lastTime: state.lastTime)
    }

    /// Whether nothing is staged or sent.
    var isQuiet: Bool { waiting.isEmpty && sent.isEmpty }

    /// Puts lines that the sequencer has staged behind all others.
    mutating func queue(_ lines: StagedLines, _ ticket: CommitTicket) {
        waiting.append(Pending(lines: lines, tickets: [ticket]))
    }

    /// A ticket for an event that is staged or sent; nil where it is stored.
    mutating func join(_ sequence: UInt64) -> CommitTicket? {
        guard sequence > storedSequence else { return nil }
        let ticket = CommitTicket()
        if let index = sent.firstIndex(where: { $0.lastSequence >= sequence }) {
            sent[index].tickets.append(ticket)
        } else if let index = waiting.firstIndex(where: { $0.lastSequence >= sequence }) {
            waiting[index].tickets.append(ticket)
        } else {
            return nil
        }
        return ticket
    }

    /// A ticket for all that is staged or sent; nil where all is stored.
    mutating func joinAll() -> CommitTicket? { join(sequencer.lastSequence) }

    /// The next commit; nil where nothing waits.
    mutating func next(leaseDuration: Duration) -> RemoteCommit? {
        guard sent.isEmpty, !waiting.isEmpty else { return nil }
        var lines = StagedLines.empty
        var count = 0
        for pending in waiting {
            let size = lines.bytes.count + pending.lines.bytes.count
            guard count == 0 || size <= Self.gatheringLimit else { break }
            lines.append(pending.lines)
            count += 1
        }
        sent = Array(waiting[..<count])
        waiting.removeFirst(count)
        for index in lines.records.indices { tree.append(lines.leafHash(at: index).span) }
        return RemoteCommit(
            lease: lease, leaseDuration: leaseDuration, lines: lines, tree: tree.record)
    }

    /// What was sent is stored. Returns those who wait for it.
    mutating func committed() -> [CommitTicket] {
        defer { sent = [] }
        storedSequence = sent.last?.lastSequence ?? storedSequence
        if storedSequence - sequencer.floor > 2 * Self.memoryLimit {
            sequencer.forget(through: storedSequence - Self.memoryLimit)
        }
        return sent.flatMap(\.tickets)
    }

    /// Those who wait.
    struct Waiters {
        var sent: [CommitTicket] = []
        var waiting: [CommitTicket] = []
    }

    /// Those who wait for what was sent, and for what was not.
    var waiters: Waiters {
        Waiters(sent: sent.flatMap(\.tickets), waiting: waiting.flatMap(\.tickets))
    }
}
