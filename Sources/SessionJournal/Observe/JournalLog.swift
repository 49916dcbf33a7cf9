/// How much an entry of the log matters.
public enum JournalLogLevel: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Every single step.
    case trace
    /// What helps to find a fault.
    case debug
    /// What happens now and then in good order.
    case info
    /// What somebody should look at.
    case warning
    /// What went wrong.
    case error

    /// By weight.
    public static func < (left: JournalLogLevel, right: JournalLogLevel) -> Bool {
        left.rawValue < right.rawValue
    }

    /// As it is written: `trace`.
    public var name: String { "\(self)" }
}

/// What an entry of the log is about.
public enum JournalLogCategory: String, Sendable, Hashable, CaseIterable {
    /// Opening, recovery, closing.
    case lifecycle
    /// Appends, commits, syncs, segments, reading.
    case persistence
    /// What comes from the makers of agents and models: their transcripts, as they are imported.
    case provider
    /// Whatever failed, and damage.
    case error
}

/// From which level on entries are wanted, by category. Default: `info` for all.
public struct JournalLogLevels: Sendable, Hashable {
    private var levels: [JournalLogLevel?]

    /// The same level for every category; nil for no entry at all.
    public init(_ level: JournalLogLevel? = .info) {
        levels = JournalLogCategory.allCases.map { _ in level }
    }

    /// The level of a category; nil where none of its entries are wanted.
    public subscript(_ category: JournalLogCategory) -> JournalLogLevel? {
        get { levels[Self.index(of: category)] }
        set { levels[Self.index(of: category)] = newValue }
    }

    /// Whether entries of a category and level are wanted.
    public func admits(_ level: JournalLogLevel, _ category: JournalLogCategory) -> Bool {
        levels[Self.index(of: category)].map { $0 <= level } ?? false
    }

    private static func index(of category: JournalLogCategory) -> Int {
        switch category {
        case .lifecycle: 0
        case .persistence: 1
        case .provider: 2
        case .error: 3
        }
    }
}

/// One entry of the log. It never holds what somebody said: no content of an event, no key of a
/// session, no name of a principal.
public struct JournalLogEntry: Sendable {
    /// When it was made, by the system's clock.
    public var time: Timestamp

    /// How much it matters.
    public var level: JournalLogLevel

    /// What it is about.
    public var category: JournalLogCategory

    /// What happened: one line for people.
    public var message: String

    /// The same for programs: numbers, names of files, ids.
    public var fields: JSONObject

    /// Creates an entry.
    public init(
        _ level: JournalLogLevel, _ category: JournalLogCategory, _ message: String,
        fields: JSONObject = [:], time: Timestamp = .systemClock()
    ) {
        self.time = time
        self.level = level
        self.category = category
        self.message = message
        self.fields = fields
    }
}

/// Where a journal writes its log.
///
/// Calls come one after the other, as for a ``JournalObserver``, on the same thread.
public protocol JournalLog: Sendable {
    /// From which levels on entries are wanted. Asked once, when the journal is opened.
    var levels: JournalLogLevels { get }

    /// Takes an entry.
    func write(_ entry: JournalLogEntry)
}
