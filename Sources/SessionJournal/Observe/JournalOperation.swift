/// What a journal does that can be observed and measured.
///
/// More will come: a `switch` over operations needs a default.
public enum JournalOperation: String, Sendable, Hashable, CaseIterable {
    /// One call that appends or adopts, from the call until its answer: what a caller waits for.
    case append

    /// One commit of the file store: the lines of one or many appends compressed, checked, written
    /// and synced together.
    case commit

    /// One sync of a file or a directory.
    case sync

    /// A full segment was completed and the next one begun.
    case rotate

    /// A complete segment was written anew in its final, smaller form.
    case seal

    /// A sealed segment was compressed as well as LZ4 can.
    case recompress

    /// Opening put right what a crash had left.
    case recover

    /// One page was read.
    case read

    /// The journal was opened.
    case open

    /// The journal was closed.
    case close

    /// Everything was read again and compared.
    case verify

    /// A reader took in what a writer in another process has done.
    case refresh

    /// The cache gave up what had been read longest ago.
    case evict

    /// The journal was copied to a folder of backups.
    case backup

    /// A backup was brought back and verified.
    case restore

    /// A damaged journal was repaired.
    case repair

    /// Sessions whose deadline has passed were ended.
    case expire

    /// The policies of retention were applied.
    case retain

    /// Sessions or messages were put out of sight.
    case prune

    /// Old events gave way to their compacted lines.
    case compact

    /// The snapshots that were due were taken.
    case snapshot

    /// A task of a plan of maintenance was done, such as bringing a search index up to date.
    case task

    /// The journal was maintained, once: all steps together.
    case maintain
}

/// One thing that a journal did.
public struct ObservedOperation: Sendable {
    /// How an operation ended.
    public enum Outcome: Sendable {
        /// As it should.
        case succeeded

        /// With an error. A failed condition is one, too.
        case failed(JournalError)

        /// The task was cancelled.
        case cancelled
    }

    /// What was done.
    public var operation: JournalOperation

    /// The session it was done to; nil where it concerned none, or more than one.
    public var session: SessionID?

    /// How long it took.
    public var duration: Duration

    /// The bytes it was about: of event lines, with their newlines, for `append`, `commit`,
    /// `rotate`, `seal` and `read`; written since the sync before for `sync`; given up for `evict`;
    /// checked for `verify`; copied for `backup`; written for `restore` and `snapshot`; of the lines
    /// that were replaced for `compact`; paid for by `maintain`. 0 where it says nothing.
    public var bytes: Int

    /// The events it was about: appended, committed or read.
    public var events: Int

    /// The last sequence number it was about; nil where it concerned none.
    public var lastSequence: UInt64?

    /// How it ended.
    public var outcome: Outcome

    /// The trace it belongs to: what ``Journal/traceID`` was in the task that asked for it, or else
    /// the trace of the first draft. Appends and reads have one; a commit, which serves many, has
    /// none.
    public var traceID: String?

    /// The name of the file or directory, for `sync`, `rotate`, `seal` and `recompress`.
    public var file: String?

    /// Creates one; for stores of your own.
    public init(
        _ operation: JournalOperation, session: SessionID? = nil, duration: Duration,
        bytes: Int = 0, events: Int = 0, lastSequence: UInt64? = nil,
        outcome: Outcome = .succeeded, traceID: String? = nil, file: String? = nil
    ) {
        self.operation = operation
        self.session = session
        self.duration = duration
        self.bytes = bytes
        self.events = events
        self.lastSequence = lastSequence
        self.outcome = outcome
        self.traceID = traceID
        self.file = file
    }

    /// The error it ended with, if it did.
    public var error: JournalError? {
        if case .failed(let error) = outcome { error } else { nil }
    }
}

/// Is told what a journal does, within a tenth of a second after it has been done.
///
/// ```swift
/// struct SlowAppends: JournalObserver {
///     func observe(_ operation: ObservedOperation) {
///         guard operation.operation == .append, operation.duration > .milliseconds(50)
///         else { return }
///         print("\(operation.traceID ?? "-") waited \(operation.duration)")
///     }
/// }
/// ```
///
/// Calls come one after the other, on a thread of their own and outside all locks: an observer may
/// take its time, append to the journal it observes, and even wait for that. Nothing waits for it
/// but ``Journal/close()``, for at most ``JournalLimits/observerPatience``. One that falls more than
/// ``JournalLimits/observedBacklog`` operations behind loses the newest, which are counted in
/// ``JournalMetrics/unobserved``.
public protocol JournalObserver: Sendable {
    /// Takes note of an operation.
    func observe(_ operation: ObservedOperation)
}
