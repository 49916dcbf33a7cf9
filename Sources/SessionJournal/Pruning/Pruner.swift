/// Puts sessions and messages out of sight, by the strategies that session managers have. Nothing is
/// erased, and ``restore(_:event:reason:)`` brings everything back.
///
/// ```swift
/// let pruner = Pruner(journal.as("system:pruner"))
/// let report = try await pruner.pruneMessages(session, 50)
/// print(report.messageCount, report.tokens)
/// try await pruner.restore(session)
/// ```
///
/// It prunes when it is asked, and never by itself. What a hold covers stays, and what is pinned,
/// starred, important or referred to; calls of tools are not separated from their results.
public struct Pruner: Sendable {
    /// Which sessions go first.
    public enum SessionStrategy: String, Sendable, Hashable, CaseIterable {
        /// Those that were read least lately, as `session.accessed` events say; those of which no
        /// reading is recorded before all others, the oldest first.
        case lru
        /// Those that were read least often, as `session.accessed` events say.
        case lfu
        /// Those whose deadline has passed, and those without one that were not used for longer than
        /// ``Configuration/sessionTimeToLive``.
        case ttl
        /// The largest.
        case size
    }

    /// Which messages of a session go.
    public enum MessageStrategy: Sendable {
        /// All but the last so many of each branch; nil for what ``Configuration`` says of a session of
        /// its type.
        case count(keeping: Int?)
        /// Those whose own `ttl` in seconds has passed since they were said, and those without one that
        /// are older than ``Configuration/messageTimeToLive``.
        case ttl
        /// Those of a type, but the last so many of each branch.
        case type(MessageType, keeping: Int)
        /// Those that say again what an earlier one of the same role said on the same branch.
        case semantic(Similarity)

        /// Its name, as events have it.
        public var name: String {
            switch self {
            case .count: "count"
            case .ttl: "ttl"
            case .type: "type"
            case .semantic: "semantic"
            }
        }
    }

    /// Limits; the defaults are those that session managers use.
    public struct Configuration: Sendable {
        /// Which sessions go where there are too many.
        public var strategy = SessionStrategy.lru

        /// How many sessions stay in sight: 1,000.
        public var sessionLimit = 1_000

        /// How many bytes the sessions in sight have together, for ``SessionStrategy/size``: a gibibyte.
        public var sessionByteLimit: UInt64 = 1 << 30

        /// How long a session without a `ttl` stays after its last activity, for
        /// ``SessionStrategy/ttl``, in seconds; nil, the default, for ever.
        public var sessionTimeToLive: Int64?

        /// How many messages of a session stay, on each branch, where its type says nothing else:
        /// 10,000.
        public var messageLimit = 10_000

        /// How many stay of a session by its `type`, else its `category`: 100 of `dm`, 50 of `group`.
        public var keptByType = SessionSummary.keptMessagesByType

        /// How long a message without a `ttl` stays, for ``MessageStrategy/ttl``, in seconds: a day.
        public var messageTimeToLive: Int64 = 86_400

        /// What counts tokens.
        public var counter = TokenCounter.estimate

        /// The defaults.
        public init() {}
    }

    /// The handle that it writes with.
    public let writer: JournalWriter

    /// Its limits.
    public let configuration: Configuration

    /// Creates one that writes in the name of a principal.
    ///
    /// - Parameters:
    ///   - writer: The handle to write with.
    ///   - configuration: The limits.
    public init(_ writer: JournalWriter, configuration: Configuration = Configuration()) {
        self.writer = writer
        self.configuration = configuration
    }

    // MARK: Sessions

    /// Puts sessions out of sight until the limit of the strategy is met, or all that are due by it.
    ///
    /// It is a rule about all sessions: a policy of retention that is more specific governs a session
    /// instead (``RetentionPolicy``), and one that keeps it keeps it from this, too.
    ///
    /// Cost: reads the journal, and each session that goes.
    ///
    /// - Parameters:
    ///   - strategy: Which sessions; nil for the configured strategy.
    ///   - now: The moment that counts; nil for the journal's clock.
    ///   - isDryRun: Whether only to say what would go.
    ///   - reason: Why.
    /// - Throws: ``JournalError/Code/accessDenied``; damage, a disk that fails.
    @discardableResult
    public func pruneSessions(
        by strategy: SessionStrategy? = nil, at now: Timestamp? = nil, isDryRun: Bool = false,
        reason: String? = nil
    ) async throws -> PruneReport {
        let strategy = strategy ?? configuration.strategy
        return try await measured(isDryRun) {
            try await pruneSessions(strategy, at: now, isDryRun: isDryRun, reason)
        }
    }

    /// Measures what is no dry run.
    private func measured(
        _ isDryRun: Bool, _ body: () async throws -> PruneReport
    ) async throws -> PruneReport {
        guard !isDryRun else { return try await body() }
        return try await writer.journal.measure(
            .prune, bytes: { UInt64(clamping: $0.bytes) }, body)
    }

    private func pruneSessions(
        _ strategy: SessionStrategy, at now: Timestamp?, isDryRun: Bool, _ reason: String?
    ) async throws -> PruneReport {
        let journal = writer.journal
        let policies = try await journal.retentionPolicies()
        let rule = RetentionRule(
            name: strategy.rawValue, action: .prune, trigger: trigger(of: strategy),
            order: policies.count)
        let facts = try await journal.retentionFacts().facts
        let known = facts.bySession
        let engine = RetentionEngine(
            rules: policies.enumerated().map { RetentionRule($1, order: $0) } + [rule],
            now: now ?? journal.options.clock())
        var report = PruneReport(strategy: strategy.rawValue, isDryRun: isDryRun)
        for decision in engine.decide(facts)
        where decision.action == .prune && decision.rule == rule.name
            && decision.limits == rule.limits
        {
            guard let known = known[decision.session] else { continue }
            var entry = PruneReport.Entry(
                session: decision.session, message: nil, values: decision.values,
                safeguard: decision.safeguard)
            if entry.safeguard == nil {
                let note = PruningNote(
                    strategy: strategy.rawValue, rule: rule.name, limits: rule.limits,
                    reason: reason)
                let done = try await writer.pruneSession(
                    known, decision.values, note, isDryRun: isDryRun, configuration.counter)
                // Somebody used it meanwhile, or marked it.
                guard let done else { continue }
                entry.messageCount = done.messages
                entry.tokens = done.tokens
                entry.bytes = Int(clamping: known.bytes)
                entry.sequence = done.receipt?.sequence
            }
            report.entries.append(entry)
        }
        return report
    }

    private func trigger(of strategy: SessionStrategy) -> RetentionRule.Trigger {
        switch strategy {
        case .lru: .leastRecentlyUsed(max(0, configuration.sessionLimit))
        case .lfu: .leastFrequentlyUsed(max(0, configuration.sessionLimit))
        case .ttl: .timeToLive(seconds: configuration.sessionTimeToLive)
        case .size: .largest(configuration.sessionByteLimit)
        }
    }

    // MARK: Messages

    /// Puts all but the last messages of each branch of a session out of sight.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - count: How many stay. What is protected stays besides.
    ///   - isDryRun: Whether only to say what would go.
    ///   - reason: Why.
    @discardableResult
    public func pruneMessages(
        _ session: SessionID, _ count: Int, isDryRun: Bool = false, reason: String? = nil
    ) async throws -> PruneReport {
        try await pruneMessages(
            of: session, by: .count(keeping: count), isDryRun: isDryRun, reason: reason)
    }

    /// Puts messages of a session out of sight. A message that stands on several branches goes where it
    /// is due on all of them.
    ///
    /// It names the session, so that no policy of retention is more specific; a hold keeps the session
    /// as it is.
    ///
    /// Cost: reads the session; a semantic strategy compares its messages.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - strategy: Which messages.
    ///   - now: The moment that counts; nil for the journal's clock.
    ///   - isDryRun: Whether only to say what would go.
    ///   - reason: Why.
    /// - Throws: ``JournalError/Code/sessionNotFound``, ``JournalError/Code/invalidArgument`` for a
    ///   count or a threshold that makes no sense, and what a caller's embedding throws; nothing is
    ///   pruned then.
    @discardableResult
    public func pruneMessages(
        of session: SessionID, by strategy: MessageStrategy, at now: Timestamp? = nil,
        isDryRun: Bool = false, reason: String? = nil
    ) async throws -> PruneReport {
        try await measured(isDryRun) {
            try await pruneMessages(in: session, strategy, at: now, isDryRun: isDryRun, reason)
        }
    }

    /// Puts messages out of sight in every session. It is a rule about all of them: where a policy of
    /// retention speaks of the messages of a session, or keeps it, that governs it instead. What a hold
    /// covers, and what is pinned, important or starred, stays as it is; a session that takes no events
    /// any more does too.
    ///
    /// Cost: reads the journal, and each session twice that is not left as it is.
    ///
    /// - Parameters:
    ///   - strategy: Which messages.
    ///   - now: The moment that counts; nil for the journal's clock.
    ///   - isDryRun: Whether only to say what would go.
    ///   - reason: Why.
    /// - Throws: What ``pruneMessages(of:by:at:isDryRun:reason:)`` throws of the strategy; what is about
    ///   the journal: damage, a disk that fails.
    @discardableResult
    public func pruneMessages(
        by strategy: MessageStrategy, at now: Timestamp? = nil, isDryRun: Bool = false,
        reason: String? = nil
    ) async throws -> PruneReport {
        try await measured(isDryRun) {
            let journal = writer.journal
            let policies = try await journal.retentionPolicies()
            let rule = RetentionRule(
                name: strategy.name, action: .pruneMessages, trigger: .always,
                order: policies.count)
            let now = now ?? journal.options.clock()
            let engine = RetentionEngine(
                rules: policies.enumerated().map { RetentionRule($1, order: $0) }, now: now)
            var report = PruneReport(strategy: strategy.name, isDryRun: isDryRun)
            for facts in try await journal.retentionFacts().facts
            where facts.admits(.pruneMessages) && facts.safeguard(against: .pruneMessages) == nil {
                guard engine.governs(rule, facts) else { continue }
                do {
                    report.entries += try await pruneMessages(
                        in: facts.session, strategy, at: now, isDryRun: isDryRun, reason
                    ).entries
                } catch let error as JournalError
                    where error.code != .invalidArgument && JournalWriter.isRefusal(error)
                {}
            }
            return report
        }
    }

    private func pruneMessages(
        in session: SessionID, _ strategy: MessageStrategy, at now: Timestamp?, isDryRun: Bool,
        _ reason: String?
    ) async throws -> PruneReport {
        let now = now ?? writer.journal.options.clock()
        let rule = try await rule(of: strategy, in: session)
        let note = PruningNote(
            strategy: strategy.name, rule: strategy.name, limits: rule.limits, reason: reason)
        let (decisions, receipts) = try await writer.pruneMessages(
            in: session, note, isDryRun: isDryRun, configuration.counter
        ) { survey in
            guard case .semantic(let similarity) = strategy else {
                return survey.decide(survey.due(rule, now: now))
            }
            return survey.decide(try await survey.repeated(similarity))
        }
        var report = PruneReport(strategy: strategy.name, isDryRun: isDryRun)
        var goneCount = 0
        for decision in decisions {
            var entry = PruneReport.Entry(
                session: session, message: decision.message, values: decision.values,
                safeguard: decision.safeguard)
            if decision.safeguard == nil {
                entry.messageCount = 1
                entry.tokens = decision.tokens
                entry.bytes = decision.bytes
                let place = goneCount / JournalWriter.prunedMessageLimit
                if receipts.indices.contains(place) { entry.sequence = receipts[place].sequence }
                goneCount += 1
            }
            report.entries.append(entry)
        }
        return report
    }

    private func rule(
        of strategy: MessageStrategy, in session: SessionID
    ) async throws -> MessageRule {
        switch strategy {
        case .count(let count):
            var kept = count ?? configuration.messageLimit
            if count == nil {
                let state = try await writer.journal.foldState(
                    of: session, at: .now, keepsContent: false)
                let type = SessionFacts(state)?.type
                kept = type.flatMap { configuration.keptByType[$0] } ?? kept
            }
            guard kept >= 0 else {
                throw JournalError(.invalidArgument, "0 messages or more stay, not \(kept)")
            }
            return .old(seconds: nil, beyond: kept)
        case .ttl: return .old(seconds: configuration.messageTimeToLive, beyond: nil)
        case .type(let type, let count): return .type(type, keeping: count)
        case .semantic(let similarity):
            try similarity.check()
            return .similar(method: similarity.name, threshold: similarity.threshold)
        }
    }

    // MARK: Bringing back

    /// Brings what was put out of sight back, as it was: the session, and its messages.
    ///
    /// Cost: reads the session.
    ///
    /// - Parameters:
    ///   - session: A session that exists.
    ///   - event: Only what that event put out of sight; nil for all.
    ///   - reason: Why.
    /// - Returns: How many messages are in sight again, and whether the session is.
    /// - Throws: ``JournalError/Code/sessionNotFound``.
    @discardableResult
    public func restore(
        _ session: SessionID, event: UInt64? = nil, reason: String? = nil
    ) async throws -> (messageCount: Int, isSession: Bool) {
        try await writer.act(in: session, reason: reason, durability: .durable) { state in
            var drafts: [EventDraft] = []
            let isSession =
                state.prunedSequence != nil && (event == nil || event == state.prunedSequence)
            if isSession, let pruned = state.prunedSequence {
                drafts.append(EventDraft(.sessionUnpruned, data: ["pruned": JSONValue(pruned)]))
            }
            let messages = state.tree.prunedMessages.filter {
                event == nil || event == $0.prunedSequence
            }
            for start in stride(
                from: 0, to: messages.count, by: JournalWriter.prunedMessageLimit)
            {
                let part = messages[
                    start..<min(start + JournalWriter.prunedMessageLimit, messages.count)]
                var data: JSONObject = [
                    "messages": .array(
                        part.map {
                            ["message": .string($0.id), "seq": JSONValue($0.sequence)]
                        })
                ]
                data["pruned"] = event.map { JSONValue($0) }
                drafts.append(EventDraft(.messageUnpruned, data: EventData(data)))
            }
            return (drafts, (messages.count, isSession))
        }.answer
    }
}

extension MessageSurvey {
    /// In each conversation what says again what an earlier message of it said, and which, and how alike
    /// they are. What was put out of sight still weighs words, so that pruning again finds nothing new.
    func repeated(_ similarity: Similarity) async throws -> [[Int: JSONObject]] {
        var all: [[Int: JSONObject]] = []
        for conversation in conversations {
            let places = conversation.places + conversation.pruned
            let items = places.map { place in
                let message = tree.messages[place]
                return Similarity.Item(
                    text: message.comparedText, group: message.role?.rawValue ?? "",
                    isCompared: !message.isPruned)
            }
            var due: [Int: JSONObject] = [:]
            for (place, found) in try await similarity.duplicates(among: items) {
                let rounded = (found.similarity * 10_000).rounded() / 10_000
                due[places[place]] = [
                    "duplicates": .string(tree.messages[places[found.original]].id),
                    "similarity": JSONValue(rounded),
                ]
            }
            all.append(due)
        }
        return all
    }
}

extension Message {
    /// What is compared of it: what it says, what its tools were asked and what they gave.
    fileprivate var comparedText: String {
        parts().compactMap { part -> String? in
            switch part {
            case .text(let text), .derived(let text, source: _): text
            case .toolUse(let use): use.name + " " + use.input.description
            case .toolResult(let result): result.content.string ?? result.content.description
            default: nil
            }
        }.joined(separator: "\n")
    }
}
