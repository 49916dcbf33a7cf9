/// How far a verification, a backup or a restoration is.
public struct OperationProgress: Sendable, Hashable {
    /// Bytes that are done: read, or found to be known already.
    public var bytesDone: UInt64

    /// Bytes in all, as far as they can be told. A journal that is written to meanwhile may have
    /// more in the end.
    public var bytesTotal: UInt64

    /// Creates a state of work.
    public init(bytesDone: UInt64, bytesTotal: UInt64) {
        self.bytesDone = bytesDone
        self.bytesTotal = bytesTotal
    }
}

/// How a journal is verified.
public struct VerificationOptions: Sendable {
    /// A file in which the verification notes, segment by segment, what it found whole. One that is
    /// there already is gone on with: a sealed segment that it names is not read again, unless its
    /// file was replaced or written to since. Nil: everything is read, and nothing is noted.
    public var ledger: String?

    /// The event to begin with: the segments before it are joined on to by their footers, and not read
    /// again. 1: all are read. A store without segments reads everything.
    public var firstSequence: UInt64 = 1

    /// How much is read at most, in bytes of segments: the verification ends before the segment that
    /// would be too much, and reads one at least. Nil: it goes on to the end.
    public var sizeLimit: UInt64?

    /// Called now and then, from the thread that verifies, one call at a time.
    public var progress: (@Sendable (OperationProgress) -> Void)?

    /// What is waited for behind each segment.
    var pace: IOPace?

    /// Numbers of events at which the root is wanted, for who compares it with what was signed.
    var heads: Set<UInt64> = []

    /// Everything is read, and nobody is told on the way.
    public init() {}
}
