/// What a pruning did, or would do.
public struct PruneReport: Sendable, Hashable {
    /// A session or a message that was due.
    public struct Entry: Sendable, Hashable {
        /// The session.
        public let session: SessionID
        /// The message; nil where the session itself is meant.
        public let message: String?
        /// What decided: see the schemas of `session.pruned` and `message.pruned`.
        public let values: JSONObject
        /// Why it stays; nil where it goes.
        public let safeguard: Safeguard?
        /// The event that put it out of sight; nil where it stays, and in a dry run.
        public internal(set) var sequence: UInt64?
        /// How many messages went with it.
        public internal(set) var messageCount = 0
        /// Their tokens.
        public internal(set) var tokens = 0
        /// The bytes of its events.
        public internal(set) var bytes = 0

        init(session: SessionID, message: String?, values: JSONObject, safeguard: Safeguard?) {
            self.session = session
            self.message = message
            self.values = values
            self.safeguard = safeguard
        }

        /// One line of `prune --json`.
        public var json: JSONValue {
            var object: JSONObject = ["session": .string(session.hexadecimal)]
            object["message"] = message.map { .string($0) }
            for member in values { object[member.name] = member.value }
            object["stays"] = safeguard.map { .string($0.name) }
            if safeguard == nil {
                object["seq"] = sequence.map { JSONValue($0) } ?? .null
                if message == nil { object["messages"] = JSONValue(messageCount) }
                object["tokens"] = JSONValue(tokens)
                object["size"] = JSONValue(bytes)
            }
            return .object(object)
        }
    }

    /// The strategy.
    public let strategy: String

    /// Whether nothing was written.
    public let isDryRun: Bool

    /// What was due, in order.
    public internal(set) var entries: [Entry] = []

    init(strategy: String, isDryRun: Bool) {
        self.strategy = strategy
        self.isDryRun = isDryRun
    }

    /// What went.
    public var gone: [Entry] { entries.filter { $0.safeguard == nil } }

    /// What was due and stays.
    public var kept: [Entry] { entries.filter { $0.safeguard != nil } }

    /// How many messages went.
    public var messageCount: Int { entries.reduce(0) { $0 + $1.messageCount } }

    /// The tokens of what went.
    public var tokens: Int { entries.reduce(0) { $0 + $1.tokens } }

    /// The bytes of the events of what went. They stay in the journal until it is compacted.
    public var bytes: Int { entries.reduce(0) { $0 + $1.bytes } }
}

/// What was put out of sight so far, by strategy.
public struct PruneStatistics: Sendable, Hashable {
    /// What one strategy did.
    public struct Count: Sendable, Hashable {
        /// How many events put something out of sight.
        public internal(set) var pruneCount = 0
        /// How many sessions.
        public internal(set) var sessionCount = 0
        /// How many messages, those of these sessions included.
        public internal(set) var messageCount = 0
        /// Their tokens, as they were counted.
        public internal(set) var tokens = 0
        /// The bytes of their events.
        public internal(set) var bytes = 0
    }

    /// By the names of the strategies. What was brought back since is counted all the same.
    public internal(set) var strategies: [String: Count] = [:]

    /// How many events brought something back.
    public internal(set) var restoreCount = 0

    /// What `prune --stats --json` prints.
    public var json: JSONValue {
        var all: JSONObject = [:]
        for (name, count) in strategies.sorted(by: { $0.key < $1.key }) {
            all[name] = [
                "prunes": JSONValue(count.pruneCount), "sessions": JSONValue(count.sessionCount),
                "messages": JSONValue(count.messageCount), "tokens": JSONValue(count.tokens),
                "bytes": JSONValue(count.bytes),
            ]
        }
        return ["strategies": .object(all), "restores": JSONValue(restoreCount)]
    }
}

/// Folds what was put out of sight, of one session or of all.
public struct PruneStatisticsProjection: Projection {
    /// The projection's name.
    public static let name = "pruning"

    /// The version of its rules.
    public static let version = 1

    static let kinds: Set<EventKind> = [
        .sessionPruned, .sessionUnpruned, .messagePruned, .messageUnpruned,
    ]

    /// Creates the fold.
    public init() {}

    /// Nothing was pruned.
    public func initialState() -> PruneStatistics { PruneStatistics() }

    /// Takes one event into the counts.
    public func apply(_ event: Event, to state: inout PruneStatistics) {
        guard Self.kinds.contains(event.kind) else { return }
        guard event.kind == .sessionPruned || event.kind == .messagePruned else {
            state.restoreCount += 1
            return
        }
        guard let reader = try? DataReader(event), let strategy = reader.string("strategy") else {
            return
        }
        func number(_ name: String) -> Int {
            min(max(reader.integer(name).flatMap { Int(exactly: $0) } ?? 0, 0), 1 << 53)
        }
        var count = state.strategies[strategy] ?? PruneStatistics.Count()
        count.pruneCount += 1
        if event.kind == .sessionPruned {
            count.sessionCount += 1
            count.messageCount += number("messages")
        } else {
            count.messageCount +=
                reader.member("messages").map {
                    reader.elements(of: $0).reduce(0) { n, _ in n + 1 }
                }
                ?? 0
        }
        count.tokens &+= number("tokens")
        count.bytes &+= number("bytes")
        state.strategies[strategy] = count
    }
}

extension Journal {
    /// What was put out of sight so far, by strategy, in a session or in all.
    ///
    /// Cost: looks at the session's events, or the journal's.
    ///
    /// - Parameter session: The session; nil for all.
    public func pruneStatistics(of session: SessionID? = nil) async throws -> PruneStatistics {
        let projection = PruneStatisticsProjection()
        var state = projection.initialState()
        for try await event in events(
            session: session, kinds: PruneStatisticsProjection.kinds, damage: .skip)
        {
            projection.apply(event, to: &state)
        }
        return state
    }
}
