package import SegmentLog

/// What a journal's server does for ``RemoteStore``: a few operations, each one round trip and, where
/// it changes anything, one transaction. The server knows no sessions, conditions or clocks. It keeps
/// lines in the order in which the holder of its lease sends them.
///
/// What a server owes:
///
/// - What it has answered to is durable, and is still there after it failed over to another machine:
///   a server that answers before its replica has the transaction may lose acknowledged events.
/// - Every answer is of the newest state. A replica that lags, or that was replaced and does not
///   know it, must not answer.
/// - ``commit(_:)`` compares epoch and position and stores, all in one transaction.
package protocol RemoteServer: Sendable {
    /// Where the journal stands, and whose it is to write.
    func state() async throws(RemoteFault) -> RemoteState

    /// Gives the lease to a holder. Allowed where the newest epoch is the one before `lease.epoch`,
    /// and that lease has run out, was given back, or is the same holder's: so a request that comes
    /// late, or twice, does nothing. Answers with the state from which the holder goes on. Throws
    /// `fenced` or `held`.
    func takeLease(
        _ lease: WriterLease, for duration: Duration
    ) async throws(RemoteFault) -> RemoteState

    /// Lets a lease run for longer, from now on. Throws `fenced` where it is not the newest.
    func renewLease(_ lease: WriterLease, for duration: Duration) async throws(RemoteFault)

    /// Gives a lease back before it runs out. Its epoch stays the newest, and nobody may commit
    /// under it any more. Throws `fenced` where it is not the newest.
    func releaseLease(_ lease: WriterLease) async throws(RemoteFault)

    /// Stores lines behind the last one, all of them or nothing, and renews the lease. Lines that
    /// are there already are stored and answered, so that a commit may be sent again.
    ///
    /// Throws `fenced` where the lease is not the newest, or was given back, else `misplaced` where the lines do not
    /// follow the last one and are not there.
    func commit(_ commit: RemoteCommit) async throws(RemoteFault)

    /// One page of lines.
    func page(_ query: ReadQuery) async throws(RemoteFault) -> LinePage

    /// Where the sessions stand, in order of their ids, from `first` on.
    func heads(from first: SessionID, limit: Int) async throws(RemoteFault) -> [SessionHead]

    /// Answers questions about the past, all as of one moment, which `asOf` names.
    func answers(to questions: [HistoryQuestion]) async throws(RemoteFault) -> HistoryAnswers

    /// The tree that was recorded with the last commit that ends at or before `size`, and the hashes
    /// of the leaves from there to `size`.
    func tree(at size: UInt64) async throws(RemoteFault) -> RemoteTree
}

/// Where a journal on a server stands.
package struct RemoteState: Sendable {
    package var lastSequence: UInt64

    /// The time of the last event; nil in an empty journal.
    package var lastTime: Timestamp?

    /// The tree over all events.
    package var tree: FrontierRecord

    /// That of the newest lease; 0 where none was ever given.
    package var epoch: UInt64

    /// Who has the newest lease; nil where it was given back.
    package var holder: LeaseHolder?

    /// How long others have to wait for the next lease; zero where they need not.
    package var leaseRemainder: Duration

    package init(
        lastSequence: UInt64, lastTime: Timestamp?, tree: FrontierRecord, epoch: UInt64,
        holder: LeaseHolder?, leaseRemainder: Duration
    ) {
        self.lastSequence = lastSequence
        self.lastTime = lastTime
        self.tree = tree
        self.epoch = epoch
        self.holder = holder
        self.leaseRemainder = leaseRemainder
    }
}

/// Lines on their way to a server.
package struct RemoteCommit: Sendable {
    package var lease: WriterLease
    package var leaseDuration: Duration

    /// In order of sequence, without a gap.
    package var lines: StagedLines

    /// The tree over all events up to the last of these.
    package var tree: FrontierRecord

    package var firstSequence: UInt64 { lines.records.first?.header.sequence ?? 0 }
    package var lastSequence: UInt64 { lines.records.last?.header.sequence ?? 0 }

    /// The last line, which no other commit has: each line holds 16 random bytes.
    package var lastLine: [UInt8] {
        let length = lines.records.last?.lineLength ?? 0
        return Array(lines.bytes.suffix(length).dropLast())
    }
}

/// A Merkle tree as a server keeps it.
package struct RemoteTree: Sendable {
    package var record: FrontierRecord
    package var leaves: [Digest]

    package init(record: FrontierRecord, leaves: [Digest]) {
        self.record = record
        self.leaves = leaves
    }
}

/// Why a server did not do what it was asked to.
package enum RemoteFault: Error, Sendable {
    /// The request did not reach it: nothing was done.
    case unreachable

    /// No answer came: it may have been done, or may still be.
    case noAnswer

    /// Somebody has a newer lease, now or for good.
    case fenced

    /// The lease is another's, and has not run out.
    case held

    /// The lines do not follow the last one, whose number is given.
    case misplaced(lastSequence: UInt64)
}
