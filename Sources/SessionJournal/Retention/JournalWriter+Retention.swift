internal import TransparencyLog

extension JournalWriter {
    /// Applies the rules of retention: the sessions' own deadlines, the messages' own `ttl`, and the
    /// policies that stand. Nothing else applies them, but an opening with
    /// ``JournalOptions/retainingActor``.
    ///
    /// ```
    /// plan ─▶ retention.announced ─▶ an act a session, each with the announcement as its cause
    ///      ─▶ retention.applied: what went, in counts and hashes
    /// ```
    ///
    /// A run that a crash has cut short is finished first: what is still due of it is done, and it is
    /// recorded. Where nothing is due nothing is written.
    ///
    /// Cost: as ``Journal/retentionPlan(at:counter:)``, and what the acts cost.
    ///
    /// - Parameters:
    ///   - now: The moment that counts; nil for the journal's clock.
    ///   - reason: Why; it stands in the events of the acts.
    /// - Throws: what is about the journal and not about a session: damage, a disk that fails, no
    ///   right to declare rules. What is refused in one session is in the report.
    @discardableResult
    public func applyRetention(
        at now: Timestamp? = nil, reason: String? = nil
    ) async throws -> RetentionReport {
        try await journal.measure(.retain) {
            try await journal.retaining.alone { try await retain(at: now, reason) }
        }
    }

    private func retain(at now: Timestamp?, _ reason: String?) async throws -> RetentionReport {
        var report = RetentionReport()
        for run in try await journal.retentionRuns() where run.recordedSequence == nil {
            let plan = try await journal.retentionPlan(at: run.now)
            _ = try await carryOut(run, plan, isResumed: true, reason)
            report.resumed.append(run)
        }
        let plan = try await journal.retentionPlan(at: now)
        guard let run = try await announce(plan, reason) else { return report }
        let (outcomes, sequence) = try await carryOut(run, plan, isResumed: false, reason)
        report.outcomes = outcomes
        report.sequence = sequence
        report.waiting = run.waiting
        return report
    }

    /// How many items one run takes at most; the next one takes the rest.
    static let retentionRunLimit = 10_000

    /// Says what is about to be done; nil where that is nothing.
    private func announce(_ plan: RetentionPlan, _ reason: String?) async throws -> RetentionRun? {
        let due = plan.due
        guard !due.isEmpty else { return nil }
        var rules: [String] = []
        var items: [JSONValue] = []
        for decision in due.prefix(Self.retentionRunLimit) {
            if !rules.contains(decision.rule) { rules.append(decision.rule) }
            var item: JSONObject = [
                "session": .string(decision.session.hexadecimal),
                "action": .string(decision.action.rawValue), "rule": .string(decision.rule),
            ]
            item["basis"] = decision.basis.map { .string($0) }
            items.append(.object(item))
        }
        let data: JSONObject = [
            "run": .string(journal.newSessionID().hexadecimal),
            "now": .string(plan.now.description), "rules": .array(rules.map { .string($0) }),
            "due": .array(items), "more": JSONValue(due.count - items.count),
        ]
        let receipt = try await append(
            EventDraft(.retentionAnnounced, branch: nil, data: EventData(data), reason: reason),
            to: .journal)
        guard let event = try await journal.event(at: receipt.sequence) else { return nil }
        return RetentionRun(event)
    }

    /// Does what a run announced, as far as it is not done and still due, and records it.
    private func carryOut(
        _ run: RetentionRun, _ plan: RetentionPlan, isResumed: Bool, _ reason: String?
    ) async throws -> ([RetentionOutcome], UInt64) {
        var due: [RetentionRun.Item: RetentionDecision] = [:]
        for decision in plan.due {
            due[decision.item] = decision
        }
        let facts = plan.facts.bySession
        var outcomes: [RetentionOutcome] = []
        for item in run.items {
            var outcome = RetentionOutcome(item)
            do {
                // Only where a crash may have come between is anything done already.
                var act = isResumed ? try await journal.act(of: run, item) : nil
                if act == nil, let decision = due[item] {
                    let held = try await journal.matterHolding(item.session)
                    if let held {
                        outcome.refusal = Safeguard.held(matter: held).words
                    } else {
                        try await perform(decision, item, run, facts[item.session], reason)
                        act = try await journal.act(of: run, item)
                    }
                }
                if let act {
                    try await journal.count(act, of: item, into: &outcome)
                } else if outcome.refusal == nil {
                    outcome.refusal = "it is not due any more"
                }
            } catch let error as JournalError where Self.isRefusal(error) {
                outcome.refusal = error.message
            }
            outcomes.append(outcome)
        }
        return (outcomes, try await record(run, outcomes, isResumed: isResumed))
    }

    /// Does one thing.
    private func perform(
        _ decision: RetentionDecision, _ item: RetentionRun.Item, _ run: RetentionRun,
        _ facts: SessionFacts?, _ reason: String?
    ) async throws {
        let cause = Cause.sequence(run.sequence)
        let why = reason ?? "retention: \(item.rule)"
        let note = PruningNote(
            strategy: "policy", rule: item.rule,
            limits: decision.messageRule?.limits ?? decision.limits, reason: why, cause: cause)
        switch item.action {
        case .keep: break
        case .expire:
            let isOwn = item.rule == RetentionRule.ownDeadlineName
            _ = try await perform(
                isOwn ? .expireOverdue(at: run.now) : .expire, in: item.session, reason: why,
                cause: cause, rule: item.rule)
        case .archive:
            _ = try await perform(
                .archive, in: item.session, reason: why, cause: cause, rule: item.rule)
        case .prune:
            guard let facts else { return }
            _ = try await pruneSession(
                facts, decision.values, note, isDryRun: false, .estimate)
        case .pruneMessages:
            guard let rule = decision.messageRule else { return }
            _ = try await pruneMessages(in: item.session, note, isDryRun: false, .estimate) {
                survey in
                survey.decide(survey.due(rule, now: run.now))
            }
        case .erase:
            try await erase(
                .session(item.session), options: ErasureOptions(basis: item.basis ?? ""))
        }
    }

    /// Writes down what became of a run.
    private func record(
        _ run: RetentionRun, _ outcomes: [RetentionOutcome], isResumed: Bool
    ) async throws -> UInt64 {
        var counts: JSONObject = [:]
        for action in RetentionAction.allCases {
            let count = outcomes.count { $0.action == action && $0.refusal == nil }
            if count > 0 { counts[action.rawValue] = JSONValue(count) }
        }
        var data: JSONObject = [
            "run": .string(run.id), "announced": JSONValue(run.sequence),
            "done": .array(outcomes.filter { $0.refusal == nil }.map(\.json)),
        ]
        if isResumed { data["resumed"] = true }
        let undone = outcomes.filter { $0.refusal != nil }
        if !undone.isEmpty { data["undone"] = .array(undone.map(\.json)) }
        data["counts"] = .object(counts)
        return try await append(
            EventDraft(
                .retentionApplied, branch: nil, data: EventData(data),
                cause: .sequence(run.sequence)), to: .journal
        ).sequence
    }

    /// What says no to one session, and nothing of the others.
    static func isRefusal(_ error: JournalError) -> Bool {
        [
            .conflict, .invalidMetadata, .sessionNotFound, .invalidArgument, .held, .accessDenied,
            .approvalNeeded, .eventNotFound, .sessionLocked, .unsupported, .tooLarge,
        ].contains(error.code)
    }
}

extension RetentionDecision {
    fileprivate var item: RetentionRun.Item {
        RetentionRun.Item(session: session, action: action, rule: rule, basis: basis)
    }
}

extension Journal {
    /// Counts what an act of a run took, and hashes it.
    fileprivate func count(
        _ act: Event, of item: RetentionRun.Item, into outcome: inout RetentionOutcome
    ) async throws {
        outcome.sequence = act.sequence
        var leaves: [UInt64: Digest] = [:]
        switch item.action {
        case .keep, .expire, .archive: break
        case .prune, .erase:
            // One that goes with its key names no events: it takes all.
            let named = item.action == .erase ? RequestedErasure(act)?.events ?? [] : []
            let taken = named.isEmpty ? [1...act.sequence - 1] : named
            for try await event in events(
                through: act.sequence - 1, session: item.session, damage: .skip)
            where taken.contains(where: { $0.contains(event.sequence) }) {
                leaves[event.sequence] = event.leaf
            }
        case .pruneMessages:
            let state = try await foldState(
                of: item.session, at: .sequence(act.sequence - 1), keepsContent: false)
            for try await event in events(
                from: act.sequence, session: item.session, kinds: [.messagePruned], damage: .skip)
            where event.cause == act.cause && (try? DataReader(event))?.string("rule") == item.rule
            {
                for named in (try? event.data())?["messages"]?.array ?? [] {
                    guard let sequence = named["seq"]?.unsigned,
                        let place = state.tree.place(ofMessageAt: sequence)
                    else { continue }
                    outcome.messageCount += 1
                    for sequence in state.tree.messages[place].contentSequences(
                        before: act.sequence)
                    {
                        leaves[sequence] = try await self.event(at: sequence)?.leaf
                    }
                }
                outcome.tokens = (outcome.tokens ?? 0) + (event.number("tokens") ?? 0)
                outcome.bytes = (outcome.bytes ?? 0) + (event.number("bytes") ?? 0)
            }
        }
        if item.action == .prune {
            outcome.messageCount = act.number("messages") ?? 0
            outcome.tokens = act.number("tokens")
            outcome.bytes = act.number("bytes")
        }
        guard !leaves.isEmpty else { return }
        var tree = LeafTree()
        for (_, leaf) in leaves.sorted(by: { $0.key < $1.key }) { tree.append(leaf) }
        outcome.eventCount = leaves.count
        outcome.hash = tree.root
    }
}

extension Event {
    /// A number in the data; nil where it holds none.
    fileprivate func number(_ name: String) -> Int? {
        (try? DataReader(self))?.integer(name).flatMap { Int(exactly: $0) }
    }
}
