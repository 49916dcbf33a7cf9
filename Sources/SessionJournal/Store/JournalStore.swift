/// Where the events of one journal live.
///
/// A store assigns positions itself: it is handed drafts and answers with the sequence numbers,
/// versions and times it gave them. It may be remote, so every call is asynchronous, and an append
/// may answer late or not at all. Whoever is left without an answer sends the same batch again with
/// the same event `id`s: an event whose `id` is known in its session is not stored a second time,
/// and its receipt is that of the first.
///
/// What all stores owe, and what the conformance suite asks of each:
///
/// - Sequence numbers are contiguous from 1, versions contiguous from 1 in each session, times never
///   go backwards, and nothing that was acknowledged changes.
/// - ``append(_:)`` and ``adopt(_:durability:)`` are all or nothing. What is refused leaves no trace.
/// - A reader sees a prefix of the journal that ends between two batches, never inside one.
/// - "Nothing there" and "unreadable" are different answers: what is damaged is a hole in a page.
/// - After ``close()`` every call throws ``JournalError/Code/closed``.
public protocol JournalStore: Sendable {
    /// Whether this handle can append. A store that was opened for reading answers every write with
    /// ``JournalError/Code/readOnly``.
    var isWritable: Bool { get }

    /// Appends a batch, all of it or nothing, and answers with one receipt for each of its items, in
    /// their order.
    ///
    /// Returns when the batch is as durable as it asked to be. A failed condition throws
    /// ``JournalError/Code/conflict`` and leaves no trace. Items whose `id` is known already are
    /// not stored again; a batch of nothing else is answered without looking at its conditions, so
    /// that a batch can be sent again after an answer was lost.
    ///
    /// Cost: one write and at most one sync. Conditions and `id`s are checked without reading
    /// history: what a store does not remember, its tables answer.
    @discardableResult
    func append(_ batch: AppendBatch) async throws -> [AppendReceipt]

    /// Stores lines of another journal byte for byte, each with the sequence number, version and
    /// time it carries, and adds no event of its own; all of them or nothing.
    ///
    /// A line that is present already with the same bytes is counted as a duplicate. Any other
    /// sequence number but the next one is ``JournalError/Code/notContiguous``, a version that does
    /// not follow, a time that goes back or a malformed line is
    /// ``JournalError/Code/invalidEvent``.
    ///
    /// - Parameters:
    ///   - lines: Event lines or entry lines without their newlines, in order of sequence.
    ///   - durability: What the answer promises.
    @discardableResult
    func adopt(_ lines: [[UInt8]], durability: Durability) async throws -> AdoptReceipt

    /// Reads one page, in order of sequence or against it.
    ///
    /// Cost: proportional to what the page holds, and to what is looked at for it where the query
    /// names kinds or actors. A page ends at a limit of the query, or where the journal ends for
    /// now; at least one record is returned where there is one, unless kinds or actors are asked
    /// for.
    func read(_ query: ReadQuery) async throws -> EventPage

    /// Where the store stands. Cost: none, or one round trip.
    func position() async throws -> StorePosition

    /// Waits until an event with a sequence number above `sequence` can be read, and answers with
    /// the last readable sequence number. Throws `CancellationError` when the task is cancelled.
    func growth(past sequence: UInt64) async throws -> UInt64

    /// Where one session stands; nil when it has no event.
    func head(of session: SessionID) async throws -> SessionHead?

    /// Where the sessions stand, `@journal` among them, in order of their ids, from `first` on,
    /// at most `limit` of them.
    func heads(from first: SessionID, limit: Int) async throws -> [SessionHead]

    /// The session that was created with a caller's key; nil when none was.
    func session(forKey key: String) async throws -> SessionID?

    /// The size and root of the Merkle tree over the first `size` events; all of them when nil.
    /// Throws ``JournalError/Code/eventNotFound`` when there are fewer.
    func treeHead(at size: UInt64?) async throws -> TreeHead

    /// Reads everything again and says whether it is what was stored. Damage is an answer, not an
    /// error. Cost: a read of the whole store and three hashes an event, less what a ledger knows.
    func verify(_ options: VerificationOptions) async throws -> VerificationReport

    /// Brings what has been appended so far into its final, smaller form. A store that has no such
    /// form does nothing.
    func seal() async throws

    /// Compresses what is in its final form as well as it can be. A store that has no such form does
    /// nothing.
    func recompress() async throws

    /// Replaces the lines of events by their entry lines, for good: what a person wrote in them, and
    /// every name that stood there, is in no byte of the store any more, and no leaf of the tree
    /// changes. An event that is withheld already stays as it is, so that this can be done again.
    ///
    /// Returns when nobody in this process reads the old lines any more. Stops where `step` throws;
    /// what was done before stays done. A store that cannot do this throws
    /// ``JournalError/Code/unsupported``.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - step: Is handed each step, which destroys a part of it: it decides whether to, and does it
    ///     by calling what it is handed.
    func withhold(
        _ events: [ClosedRange<UInt64>],
        step: @Sendable (_ destroy: @Sendable () async throws -> Void) async throws -> Void
    ) async throws

    /// Replaces the lines of events by their compacted lines, which keep who, when, why and the shape of
    /// what was said, and have the same leaves in the tree. An event that is withheld, compacted already,
    /// or of a kind of which everything is kept, stays as it is, so that this can be done again.
    ///
    /// Readers go on. Stops where `step` throws; what was done before stays done. A store that cannot do
    /// this throws ``JournalError/Code/unsupported``.
    ///
    /// - Parameters:
    ///   - events: Sequence numbers, in order and apart.
    ///   - archive: A folder that gets copies of the files before they are replaced; nil keeps none.
    ///   - step: Is handed each step, which replaces a part: it decides whether to, and does it by
    ///     calling what it is handed.
    func compact(
        _ events: [ClosedRange<UInt64>], archive: String?,
        step: @Sendable (_ replace: @Sendable () async throws -> Void) async throws -> Void
    ) async throws

    /// How much room the store takes.
    func storage() async throws -> StorageFigures

    /// What the store has done since it was opened, and where it stands. A store that measures
    /// nothing answers with zeros. Answers after ``close()``, too.
    func metrics() async -> JournalMetrics

    /// Waits for what is under way, makes it durable and gives the store back. More than once does
    /// nothing.
    func close() async throws
}

extension JournalStore {
    /// Throws ``JournalError/Code/unsupported``.
    public func withhold(
        _ events: [ClosedRange<UInt64>],
        step: @Sendable (_ destroy: @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        throw JournalError(
            .unsupported, "this store cannot erase; erase where its events come from")
    }

    /// Throws ``JournalError/Code/unsupported``.
    public func compact(
        _ events: [ClosedRange<UInt64>], archive: String?,
        step: @Sendable (_ replace: @Sendable () async throws -> Void) async throws -> Void
    ) async throws {
        throw JournalError(
            .unsupported, "this store cannot compact; compact where its events come from")
    }

    /// Does nothing.
    public func recompress() async throws {}

    /// Reads everything again: ``verify(_:)`` with the defaults.
    public func verify() async throws -> VerificationReport {
        try await verify(VerificationOptions())
    }

    /// Zeros.
    public func metrics() async -> JournalMetrics { JournalMetrics() }
}

/// Where a store stands.
public struct StorePosition: Sendable, Hashable {
    /// The last sequence number that can be read; 0 in an empty journal.
    public var lastSequence: UInt64

    /// The last sequence number that is known to be durable.
    public var durableSequence: UInt64

    /// Creates a position.
    public init(lastSequence: UInt64, durableSequence: UInt64) {
        self.lastSequence = lastSequence
        self.durableSequence = durableSequence
    }
}

/// Where one session stands.
public struct SessionHead: Sendable, Hashable {
    /// The session.
    public var session: SessionID

    /// The version of its last event: the number of events it has had.
    public var version: UInt64

    /// The sequence number of its first event.
    public var firstSequence: UInt64

    /// The sequence number of its last event.
    public var lastSequence: UInt64

    /// The number of events that are present.
    public var count: UInt64

    /// Creates a head.
    public init(
        session: SessionID, version: UInt64, firstSequence: UInt64, lastSequence: UInt64,
        count: UInt64
    ) {
        self.session = session
        self.version = version
        self.firstSequence = firstSequence
        self.lastSequence = lastSequence
        self.count = count
    }
}

/// The Merkle tree over the first `size` events of a journal (RFC 6962).
public struct TreeHead: Sendable, Hashable {
    /// The number of leaves: the last sequence number that the root covers.
    public var size: UInt64

    /// The root. That of an empty tree is the SHA-256 of nothing.
    public var root: Digest

    /// Creates a tree head.
    public init(size: UInt64, root: Digest) {
        self.size = size
        self.root = root
    }
}

/// How much room a store takes.
public struct StorageFigures: Sendable, Hashable {
    /// The number of segment files; 0 for a store that has none.
    public var segmentCount: Int

    /// The size of the segment files in bytes; 0 for a store that has none.
    public var sizeOnDisk: UInt64

    /// How many of the segments are not sealed.
    public var unsealedCount = 0

    /// The size of those that are not sealed, in bytes; part of `sizeOnDisk`.
    public var sizeUnsealed: UInt64 = 0

    /// The size of the indexes beside the segments, in bytes. They can be made again.
    public var sizeOfIndexes: UInt64 = 0

    /// The size of what was put away of states, in bytes. It can be made again.
    public var sizeOfSnapshots: UInt64 = 0

    /// The size of what was set aside as torn, in bytes.
    public var sizeOfQuarantine: UInt64 = 0

    /// Creates figures.
    public init(segmentCount: Int, sizeOnDisk: UInt64) {
        self.segmentCount = segmentCount
        self.sizeOnDisk = sizeOnDisk
    }
}
