/// What ``JournalWriter/maintain(_:reason:)`` does, and within which bounds.
///
/// ```swift
/// var plan = MaintenancePlan()
/// plan.backup = MaintenancePlan.Backup(to: "/mnt/disk/chats", keep: 7)
/// plan.compaction = MaintenancePlan.Compaction(rule)
/// try await journal.as("service:keeper").maintain(plan)
/// ```
///
/// The defaults do what loses nothing, and what was declared: sessions whose deadline has passed are
/// ended, the policies of retention are applied, what has cooled is sealed and compressed, snapshots are
/// taken, a slice is verified. Nothing is pruned, compacted or copied unless the plan says so.
public struct MaintenancePlan: Sendable {
    /// What is pruned.
    public struct Pruning: Sendable {
        /// The limits.
        public var configuration = Pruner.Configuration()

        /// The strategies by which sessions go out of sight, one after the other.
        public var sessions: [Pruner.SessionStrategy] = []

        /// The strategies by which messages go out of sight, in every session that no policy of
        /// retention speaks of.
        public var messages: [Pruner.MessageStrategy] = []

        /// No strategy.
        public init() {}
    }

    /// What is compacted.
    public struct Compaction: Sendable {
        /// Which events.
        public var rule: CompactionRule

        /// Only events that are so old by then, besides what the rule says; nil for any.
        public var age: Duration?

        /// How. A dry run is none here.
        public var options = CompactionOptions()

        /// How long after a compaction the next one is due. Default: a day.
        public var interval = Duration.seconds(86_400)

        /// Events that a rule allows, once a day.
        public init(_ rule: CompactionRule) { self.rule = rule }
    }

    /// Where backups go.
    public struct Backup: Sendable {
        /// The folder.
        public var path: String

        /// How many generations stay; nil keeps all.
        public var keep: Int?

        /// How long after a backup the next one is due. Default: a day.
        public var interval = Duration.seconds(86_400)

        /// A backup a day.
        public init(to path: String, keep: Int? = nil) {
            self.path = path
            self.keep = keep
        }
    }

    /// Whether sessions whose own deadline has passed are ended.
    public var expires = true

    /// Whether the declared policies of retention are applied, with the messages' own `ttl`.
    public var appliesRetention = true

    /// What is pruned; nil, the default, for nothing.
    public var pruning: Pruning?

    /// What is compacted; nil, the default, for nothing.
    public var compaction: Compaction?

    /// How long nothing was appended when what was written last is sealed, if it is a mebibyte at least.
    /// Default: an hour. Nil: segments are sealed when they are full.
    public var sealsAfter: Duration? = .seconds(3_600)

    /// How old the last event of a sealed segment is when it is compressed as well as LZ4 can, for
    /// good. Default: seven days. Nil: never.
    public var compressesAfter: Duration? = .seconds(7 * 86_400)

    /// Whether the snapshots that are due are taken.
    public var takesSnapshots = true

    /// What else is done.
    public var tasks: [MaintenanceTask] = []

    /// Where backups go; nil, the default, for nowhere.
    public var backup: Backup?

    /// How a slice is verified, and how often; nil for never. Default: 256 MiB, once an hour.
    public var verification: VerificationSchedule? = VerificationSchedule()

    /// How many bytes a second are read and written on average. Default: 64 MiB. Nil: as fast as it goes.
    public var bytesPerSecond: UInt64? = 64 << 20

    /// The defaults.
    public init() {}

    /// Does nothing that is not asked for.
    public static var empty: MaintenancePlan {
        var plan = MaintenancePlan()
        plan.expires = false
        plan.appliesRetention = false
        plan.sealsAfter = nil
        plan.compressesAfter = nil
        plan.takesSnapshots = false
        plan.verification = nil
        return plan
    }

    func check() throws(JournalError) {
        guard bytesPerSecond != 0 else {
            throw JournalError(
                .invalidArgument, "0 bytes a second would never end; leave it out for no limit")
        }
        let spans = [
            sealsAfter, compressesAfter, compaction?.age, compaction?.interval, backup?.interval,
            verification?.interval,
        ]
        guard spans.allSatisfy({ $0 ?? .zero >= .zero }) else {
            throw JournalError(.invalidArgument, "a time in a plan of maintenance is 0 or more")
        }
        guard compaction?.options.isDryRun != true else {
            throw JournalError(
                .invalidArgument, "maintenance does what it says; compact does a dry run")
        }
    }
}

/// Something else that maintenance does each time, such as bringing a search index up to date.
public struct MaintenanceTask: Sendable {
    /// What it is called where people read.
    public var name: String

    /// Does it; returns figures for the report.
    public var perform: @Sendable (Journal) async throws -> JSONObject

    /// Creates one.
    ///
    /// - Parameters:
    ///   - name: What it is called where people read.
    ///   - perform: Does it. What it reads of the journal it is handed is bounded as all the rest is.
    public init(
        _ name: String, perform: @escaping @Sendable (Journal) async throws -> JSONObject
    ) {
        self.name = name
        self.perform = perform
    }
}

/// What maintenance consists of, in the order in which it is done: what goes away first, so that what is
/// sealed, copied and verified is what stays.
public enum MaintenanceStep: String, Sendable, Hashable, CaseIterable {
    /// Sessions whose deadline has passed are ended.
    case expire
    /// The policies of retention are applied.
    case retain
    /// Sessions and messages go out of sight.
    case prune
    /// Old events give way to their compacted lines.
    case compact
    /// What has cooled is sealed and compressed.
    case seal
    /// The snapshots that are due are taken.
    case snapshot
    /// What else the plan names: ``MaintenanceTask``.
    case task
    /// The journal is copied.
    case backup
    /// A slice is verified, and that is recorded.
    case verify
}
