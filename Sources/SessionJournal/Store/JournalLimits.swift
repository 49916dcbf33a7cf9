/// The limits of a journal; those of one event are ``EventLimits``. What exceeds one is refused with
/// an error that names it.
public enum JournalLimits {
    /// The largest commit, the lines of a batch with their newlines, in bytes: 32 MiB.
    public static let commitSize = 32 << 20

    /// An `id` is remembered until its session has so many more events.
    public static let rememberedIDs = 65_536

    /// How far the wall clock may fall behind itself, in microseconds, before that is an event: one
    /// second. A smaller step back is hidden: the journal's time stands still until it is made up.
    public static let clockTolerance: Int64 = 1_000_000

    /// The default number of events in a page.
    public static let pageCount = 4_096

    /// The default size of a page in bytes: 4 MiB.
    public static let pageSize = 4 << 20

    /// The smallest prefix of a session's id that is looked up, in hex digits.
    public static let prefixDigits = 4

    /// How deep branches may be nested: `main` is 0, a branch of it 1.
    public static let branchDepth = 10

    /// The name of a label, in bytes.
    public static let labelSize = 255

    /// How many operations and entries of the log may wait for a slow observer before the newest are
    /// lost to it.
    public static let observedBacklog = 65_536

    /// How long closing waits for an observer or a log to take what is left.
    public static let observerPatience = Duration.seconds(1)

    /// How many events are looked at for one page of a query that names kinds or actors.
    public static let examinedCount = 65_536

    /// How many sessions one compaction's certificate is about at most.
    public static let compactedSessions = 16_384
}
