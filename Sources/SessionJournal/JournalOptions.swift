internal import Glibc
package import SegmentLog

/// How a journal is opened. The defaults are right for almost everybody; make a copy and change
/// what is not:
///
/// ```swift
/// var options = JournalOptions()
/// options.followInterval = .milliseconds(50)
/// let journal = try await Journal.open(at: path, options: options)
/// ```
public struct JournalOptions: Sendable {
    /// What the journal takes for the time of an append. Default: the system's clock.
    ///
    /// A clock that goes back is no danger: the journal's time stands still meanwhile, and a step
    /// of more than ``JournalLimits/clockTolerance`` is recorded as a `clock.jumped` event.
    public var clock: @Sendable () -> Timestamp = { .systemClock() }

    /// Where salts and the ids of sessions and messages come from: `count` random bytes. Default:
    /// the system's random source.
    ///
    /// Danger: a source that others can foretell lets them guess what an erased event said.
    public var random: @Sendable (_ count: Int) -> [UInt8] = { SystemRandom.bytes($0) }

    /// How often a journal that another process writes is looked at by those who follow it.
    /// Default: 100 ms.
    public var followInterval: Duration = .milliseconds(100)

    /// Within which time after anything that happened in a session a heartbeat of it is not stored.
    /// Default: one minute.
    public var touchInterval: Duration = .seconds(60)

    /// In whose name sessions whose deadline has passed are ended as expired when the journal is
    /// opened for writing. Default: nobody's; they show as overdue. Cost: reads the journal.
    public var expiringActor: String?

    /// In whose name the rules of retention are applied when the journal is opened for writing
    /// (``JournalWriter/applyRetention(at:reason:)``). Default: nobody's; they are applied by hand. Cost:
    /// reads the journal.
    public var retainingActor: String?

    /// In whose name it is written down how often sessions are read, as `session.accessed` events, many
    /// readings in one. Default: nobody's; nothing is counted. See <doc:GoingAway>. In a journal that
    /// enforces its rules of access it has to be somebody who may write in these sessions.
    public var accessActor: String?

    /// Who is told of every operation: an append, a sync, a page that was read. Default: nobody, at
    /// no cost.
    public var observer: (any JournalObserver)?

    /// Where recovery, rotation, sealing, slow syncs, damage and errors are written down. Default:
    /// nowhere, at no cost.
    public var log: (any JournalLog)?

    /// From how long on a sync is logged as slow. Default: 500 ms.
    public var slowSync: Duration = .milliseconds(500)

    /// Whose key signs checkpoints of the journal: when it is closed, before something is destroyed, and
    /// by ``checkpointInterval``. Default: nobody's; nothing is signed.
    public var signer: CheckpointSigner?

    /// How long after a checkpoint the next append signs another, where there is a key. Default: nil,
    /// none are signed by time. Cost: a signature, a small file and an event each, in the append that
    /// it falls to.
    public var checkpointInterval: Duration?

    /// How many events the writer remembers, so that conditions, ids and keys about them are checked
    /// without reading; above it, those in sealed segments are given up. A session or id takes up to
    /// 300 bytes.
    package var rememberedEvents: UInt64 = 131_072

    /// How many events of a session are folded at most to get its state at some event: a snapshot is
    /// due after so many, or after two mebibytes of events. Default: 1,000. 0: none are taken or used.
    public var snapshotInterval: UInt64 = 1_000

    /// How many pages of a session's tables a fold holds in memory before it goes on from the snapshot
    /// that it took last: a session of a million messages takes no more memory to fold than one of some
    /// thousands.
    package var foldedPages = 128

    /// How deep branches may be nested that are created through this handle: `main` is 0, a branch of
    /// it 1. Default: ``JournalLimits/branchDepth``. An import is not bound by it.
    public var branchDepth = JournalLimits.branchDepth

    /// Whether a journal that is created encrypts every session. It must be created with a master key.
    /// Default: no; single sessions can be encrypted all the same:
    /// ``JournalWriter/encryptingSessions()``.
    public var encryptsSessions = false

    /// Folders that compactions archived segments to (``CompactionOptions/archive``): what was compacted
    /// is answered in full from there, where an event there has the digest of the one that was. Default:
    /// none.
    public var archives: [String] = []

    /// How much of what is read is kept decompressed for the next reading, in bytes; of ``archives``
    /// too. Half as much again is kept of the pages of sessions that were made of it. Default: 64 MiB.
    public var cacheSize = 64 << 20

    /// Makes the keys of the journal's encrypted sessions; nil where it is opened without.
    package var keys: (@Sendable (SessionKeys.Place) throws(JournalError) -> SessionKeys)?

    /// The disk.
    package var fileSystem: any FileSystem = PosixFileSystem()

    /// When complete segments are sealed.
    package var sealing: SegmentLog.Sealing = .background

    /// The defaults.
    public init() {}
}

extension Timestamp {
    /// What the system's clock says.
    public static func systemClock() -> Timestamp {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        return Timestamp(microseconds: Int64(now.tv_sec) * 1_000_000 + Int64(now.tv_nsec) / 1_000)
    }
}
