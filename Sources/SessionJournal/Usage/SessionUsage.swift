/// What one session took and did: tokens, answers, turns, tools, errors, by model, day and actor.
public struct SessionUsage: Sendable {
    /// What a row of counts is for.
    public struct Slot: Hashable, Sendable {
        /// The model; nil for what no model did.
        public var model: String?
        /// The day, UTC, in days since 1970, by the source's clock where that is known.
        public var day: Int64
        /// On whose behalf, or else by whom; nil where that is withheld.
        public var actor: String?
    }

    /// How often a tool was called, how often it failed, and how long it took.
    public struct ToolCounts: Hashable, Sendable {
        /// The calls.
        public internal(set) var calls = 0
        /// Those that failed.
        public internal(set) var errors = 0
        /// The calls that say how long they took.
        public internal(set) var timed = 0
        /// How long those took together, in milliseconds.
        public internal(set) var milliseconds: Int64 = 0
    }

    /// The counts of a slot.
    public struct Counts: Sendable {
        /// The messages.
        public internal(set) var messages = 0
        /// Messages that a person wrote; a tool's results are none.
        public internal(set) var turns = 0
        /// Messages that a model wrote.
        public internal(set) var answers = 0
        /// What they took.
        public internal(set) var tokens = TokenUsage()
        /// The answers of which is known how long they took.
        public internal(set) var timed = 0
        /// How long those took together, in milliseconds.
        public internal(set) var milliseconds: Int64 = 0
        /// Errors that were recorded, and answers that failed.
        public internal(set) var errors = 0
        /// The tools, by their names.
        public internal(set) var tools: [String: ToolCounts] = [:]

        mutating func add(_ other: Counts) {
            messages += other.messages
            turns += other.turns
            answers += other.answers
            tokens += other.tokens
            timed += other.timed
            milliseconds = milliseconds.addingOrMost(other.milliseconds)
            errors += other.errors
            for (name, counts) in other.tools { tools[name, default: ToolCounts()].add(counts) }
        }
    }

    /// The session; nil before its first event.
    public internal(set) var session: SessionID?

    /// The caller's own name for it.
    public internal(set) var key: String?

    /// The counts.
    public internal(set) var slots: [Slot: Counts] = [:]

    /// What a later event may still change: where a message's tokens were counted, and when it was.
    struct Said: Sendable {
        var slot: Slot
        var moment: Timestamp
        var tokens = TokenUsage()
        /// How long it took by the clocks, in milliseconds; nil where that is not known.
        var milliseconds: Int64?
    }

    var said: [String: Said] = [:]
    var sidechains: Set<String> = []
    /// The tool of every call that is known, so that each counts once.
    var calls: [String: (name: String, slot: Slot)] = [:]

    var table = MetadataTable()

    init() {}

    /// The value of a metadata field on the branch `main`; nil for a field that it has not.
    public func value(of field: String) -> JSONValue? {
        table.value(field, on: EventDraft.mainBranch)
    }

    /// Its tags.
    public var tags: [String] { value(of: "tags")?.array?.compactMap(\.string) ?? [] }
}

extension SessionUsage.ToolCounts {
    mutating func add(_ other: Self) {
        calls += other.calls
        errors += other.errors
        timed += other.timed
        milliseconds = milliseconds.addingOrMost(other.milliseconds)
    }
}

extension Int64 {
    /// The sum, or the largest number there is.
    func addingOrMost(_ other: Int64) -> Int64 {
        let (sum, overflows) = addingReportingOverflow(other)
        return overflows ? .max : sum
    }
}
