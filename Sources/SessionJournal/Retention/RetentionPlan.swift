/// What the rules say at a moment.
public struct RetentionPlan: Sendable, Hashable {
    /// The moment.
    public let now: Timestamp

    /// The policies that stood.
    public let policies: [RetentionPolicy]

    /// What is due, session by session in order of their first events; what is protected among it.
    public internal(set) var decisions: [RetentionDecision]

    /// What was decided upon.
    var facts: [SessionFacts] = []

    /// What goes.
    public var due: [RetentionDecision] { decisions.filter(\.isDue) }

    /// What `retain --dry-run --json` prints.
    public var json: JSONValue {
        ["now": .string(now.description), "decisions": .array(decisions.map(\.json))]
    }
}

extension Journal {
    /// What the rules of retention would do: the sessions' own deadlines, the messages' own `ttl`, and
    /// the policies that stand. Writes nothing.
    ///
    /// Cost: reads the journal; the sessions whose messages a rule is about are read once more.
    ///
    /// - Parameters:
    ///   - now: The moment that counts; nil for the journal's clock.
    ///   - counter: What counts the tokens of messages.
    public func retentionPlan(
        at now: Timestamp? = nil, counter: TokenCounter = .estimate
    ) async throws -> RetentionPlan {
        let now = now ?? options.clock()
        let policies = try await retentionPolicies()
        let (facts, survey) = try await retentionFacts()
        let engine = RetentionEngine(
            rules: policies.enumerated().map { RetentionRule($1, order: $0) }, now: now)
        var known: [SessionID: [RetentionDecision]] = [:]
        for decision in engine.decide(facts) {
            known[decision.session, default: []].append(decision)
        }
        var decisions: [RetentionDecision] = []
        for facts in facts {
            var own = known[facts.session] ?? []
            let isGone = own.contains {
                ($0.action == .prune || $0.action == .erase) && $0.safeguard == nil
            }
            let messages = survey[facts.session]?.state.tree.messages
            let hasOwn = messages?.contains { $0.ownTimeToLive != nil && !$0.isPruned } ?? false
            if !isGone, hasOwn || own.contains(where: { $0.action == .pruneMessages }) {
                own = try await decideMessages(own, facts, hasOwn: hasOwn, now, counter)
            }
            decisions += own
        }
        return RetentionPlan(now: now, policies: policies, decisions: decisions, facts: facts)
    }

    /// What the rules look at, with holds, in order of the sessions' first events.
    func retentionFacts() async throws -> (
        facts: [SessionFacts], survey: [SessionID: RetentionSurvey.Session]
    ) {
        let survey = try await fold(RetentionSurvey())
        var facts = survey.facts()
        guard try await standsAnyHold() else { return (facts, survey) }
        for index in facts.indices {
            // A hold comes before all else.
            if let matter = try await matterHolding(facts[index].session) {
                facts[index].safeguard = .held(matter: matter)
            }
        }
        return (facts, survey)
    }

    /// A session's decisions, with the messages that those about messages take.
    private func decideMessages(
        _ decisions: [RetentionDecision], _ facts: SessionFacts, hasOwn: Bool, _ now: Timestamp,
        _ counter: TokenCounter
    ) async throws -> [RetentionDecision] {
        let survey = try await messageSurvey(of: facts.session, counter)
        var rest = decisions.filter { $0.action != .pruneMessages }
        var gone: Set<Int> = []
        let own = RetentionDecision(
            ownTimeToLiveOf: facts.session, facts.safeguard(against: .pruneMessages))
        for var decision in [own] + decisions.filter({ $0.action == .pruneMessages }) {
            guard let rule = decision.messageRule else { continue }
            decision.messages = survey.decide(survey.due(rule, now: now), besides: gone)
            gone.formUnion(survey.places(decision.messages.filter { $0.safeguard == nil }))
            if !decision.messages.isEmpty { rest.append(decision) }
        }
        return rest
    }

    /// The conversations of a session as they are now.
    func messageSurvey(
        of session: SessionID, _ counter: TokenCounter
    ) async throws -> MessageSurvey {
        let state = try await foldState(of: session, at: .now, keepsContent: true)
        return try await messageSurvey(of: state, counter)
    }

    /// The conversations of a state that has its content.
    func messageSurvey(
        of state: SessionState, _ counter: TokenCounter
    ) async throws -> MessageSurvey {
        guard let session = state.session else { throw JournalError.sessionNotFound("") }
        let end = PointInTime.sequence(state.lastSequence)
        return MessageSurvey(
            state, try await summaries(of: session, at: end, damage: .skip),
            try await labels(of: session, at: end), counter)
    }
}

extension RetentionDecision {
    /// What messages say of themselves, for the policies have nothing to say of that.
    init(ownTimeToLiveOf session: SessionID, _ safeguard: Safeguard?) {
        self.init(
            session: session, action: .pruneMessages, rule: Self.ownTimeToLiveName, limits: [:],
            values: [:], safeguard: safeguard, basis: nil, messageRule: .ownTimeToLive)
    }

    static let ownTimeToLiveName = "their own ttl"
}
