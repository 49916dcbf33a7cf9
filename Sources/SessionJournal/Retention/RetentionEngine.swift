/// What the rules say of a session: that something is due, and whether it stays all the same.
public struct RetentionDecision: Sendable, Hashable {
    /// The session.
    public let session: SessionID

    /// What is due.
    public let action: RetentionAction

    /// The rule that says so: a policy's name, or what it is in words.
    public let rule: String

    /// The limits of the rule.
    public let limits: JSONObject

    /// What decided, of this session: when it was last active, its place in the order, its size.
    public let values: JSONObject

    /// Why it stays; nil where it goes.
    public internal(set) var safeguard: Safeguard?

    /// Of messages: those that are due, and those that would be but for a safeguard.
    public internal(set) var messages: [MessageDecision] = []

    /// The legal basis of an erasure.
    public let basis: String?

    /// The rule of messages.
    let messageRule: MessageRule?

    /// Whether anything goes.
    public var isDue: Bool {
        guard safeguard == nil else { return false }
        return action != .pruneMessages || messages.contains { $0.safeguard == nil }
    }

    /// What `retain --dry-run --json` prints of it.
    public var json: JSONValue {
        var object: JSONObject = [
            "session": .string(session.hexadecimal), "action": .string(action.rawValue),
            "rule": .string(rule), "limits": .object(limits), "values": .object(values),
        ]
        object["stays"] = safeguard.map { .string($0.name) }
        if action == .pruneMessages {
            object["messages"] = .array(messages.map(\.json))
        }
        return .object(object)
    }
}

/// The one engine by which things go away: sessions that are overdue, policies of retention, pruning.
///
/// For each session and each act the most specific rule that speaks of it governs, and no other; a rule
/// that keeps speaks of every act. What the governing rule says is due is done unless something protects
/// the session: a hold first, then that it is pinned, important, starred or referred to.
struct RetentionEngine {
    let rules: [RetentionRule]
    let now: Timestamp

    /// The rule that governs an act in a session; nil where none speaks of it, or one keeps it.
    func rule(governing action: RetentionAction, _ facts: SessionFacts) -> RetentionRule? {
        var best: RetentionRule?
        for rule in rules
        where (rule.action == action || rule.action == .keep) && rule.selector.matches(facts) {
            if let known = best, rule.specificity < known.specificity { continue }
            best = rule
        }
        return best?.action == .keep ? nil : best
    }

    /// Whether a rule that is not among these would govern what it does in a session.
    func governs(_ rule: RetentionRule, _ facts: SessionFacts) -> Bool {
        RetentionEngine(rules: rules + [rule], now: now).rule(governing: rule.action, facts) == rule
    }

    /// What is due in sessions, protected or not, in their order. Of one session whatever an act makes
    /// needless is left out: nothing is archived that is put out of sight.
    ///
    /// - Complexity: the sessions times the rules, and a sorting of the sessions.
    func decide(_ sessions: [SessionFacts]) -> [RetentionDecision] {
        var decisions: [SessionID: [RetentionDecision]] = [:]
        for action in RetentionAction.allCases where action != .keep {
            var groups: [RetentionRule: [SessionFacts]] = [:]
            var order: [RetentionRule] = []
            for facts in sessions where facts.admits(action) {
                let governing = rule(governing: action, facts)
                // What every session has of its own comes before what anybody declares.
                let own =
                    action == .expire && facts.deadline != nil
                    ? RetentionRule.ownDeadline(of: facts.session) : nil
                guard let rule = own ?? governing else { continue }
                if groups[rule] == nil { order.append(rule) }
                groups[rule, default: []].append(facts)
            }
            for rule in order {
                for (facts, values) in due(rule, among: groups[rule] ?? []) {
                    decisions[facts.session, default: []].append(
                        RetentionDecision(
                            session: facts.session, action: action, rule: rule.name,
                            limits: rule.limits, values: values,
                            safeguard: facts.safeguard(against: action),
                            basis: rule.basis, messageRule: rule.messages))
                }
            }
        }
        return sessions.flatMap { Self.needed(decisions[$0.session] ?? []) }
    }

    /// Those of a session's decisions that are left where the strongest is carried out.
    private static func needed(_ decisions: [RetentionDecision]) -> [RetentionDecision] {
        for action in [RetentionAction.erase, .prune] {
            if let strongest = decisions.first(where: {
                $0.action == action && $0.safeguard == nil
            }) {
                return [strongest]
            }
        }
        return decisions
    }

    /// The sessions among those that a rule governs in which it acts, with what decided.
    private func due(
        _ rule: RetentionRule, among sessions: [SessionFacts]
    ) -> [(SessionFacts, JSONObject)] {
        switch rule.trigger {
        case .always: return sessions.map { ($0, [:]) }
        case .deadline: return overdue(sessions, after: nil)
        case .timeToLive(let seconds): return overdue(sessions, after: seconds)
        case .idle(let seconds, let count): return idle(sessions, seconds, beyond: count)
        case .leastRecentlyUsed(let count):
            return least(sessions, leaving: count) { left, right in
                let (a, b) = (left.accesses.last, right.accesses.last)
                return a != b ? (a ?? .earliest) < (b ?? .earliest) : Self.isOlder(left, right)
            }
        case .leastFrequentlyUsed(let count):
            return least(sessions, leaving: count) { left, right in
                let (a, b) = (left.accesses, right.accesses)
                if a.count != b.count { return a.count < b.count }
                return a.last != b.last
                    ? (a.last ?? .earliest) < (b.last ?? .earliest) : Self.isOlder(left, right)
            }
        case .largest(let limit): return largest(sessions, leaving: limit)
        }
    }

    private static func isOlder(_ left: SessionFacts, _ right: SessionFacts) -> Bool {
        left.firstSequence < right.firstSequence
    }

    private func overdue(
        _ sessions: [SessionFacts], after seconds: Int64?
    ) -> [(SessionFacts, JSONObject)] {
        sessions.compactMap { facts in
            let end = facts.deadline ?? seconds.map { facts.lastActive.adding(seconds: $0) }
            guard let end, now > end else { return nil }
            return (
                facts,
                [
                    "deadline": .string(end.description),
                    "last_active": .string(facts.lastActive.description),
                ]
            )
        }
    }

    private func idle(
        _ sessions: [SessionFacts], _ seconds: Int64?, beyond count: Int?
    ) -> [(SessionFacts, JSONObject)] {
        let latest = sessions.sorted { left, right in
            left.lastActive != right.lastActive
                ? left.lastActive > right.lastActive : Self.isOlder(right, left)
        }
        var due: [(SessionFacts, JSONObject)] = []
        for (rank, facts) in latest.enumerated() {
            if let count, rank < count { continue }
            if let seconds, facts.lastActive.adding(seconds: seconds) >= now { continue }
            var values: JSONObject = ["last_active": .string(facts.lastActive.description)]
            if count != nil { values["rank"] = JSONValue(rank + 1) }
            due.append((facts, values))
        }
        return due.sorted { Self.isOlder($0.0, $1.0) }
    }

    /// Those that come first in an order, until so many are left; what is protected stays, and the next
    /// one goes in its place.
    private func least(
        _ sessions: [SessionFacts], leaving count: Int,
        _ isBefore: (SessionFacts, SessionFacts) -> Bool
    ) -> [(SessionFacts, JSONObject)] {
        let sessions = sessions.filter { $0.status != SessionStatus.deleted.rawValue }
        var excess = sessions.count - count
        var due: [(SessionFacts, JSONObject)] = []
        for (rank, facts) in sessions.sorted(by: isBefore).enumerated() where excess > 0 {
            due.append(
                (
                    facts,
                    [
                        "rank": JSONValue(rank + 1), "sessions": JSONValue(sessions.count),
                        "accesses": JSONValue(facts.accesses.count),
                        "last_access": JSONValue(facts.accesses.last?.description),
                    ]
                ))
            if facts.safeguard == nil { excess -= 1 }
        }
        return due
    }

    private func largest(
        _ sessions: [SessionFacts], leaving limit: UInt64
    ) -> [(SessionFacts, JSONObject)] {
        let sessions = sessions.filter { $0.status != SessionStatus.deleted.rawValue }
        let all = sessions.reduce(UInt64(0)) { $0 + $1.bytes }
        var left = all
        var due: [(SessionFacts, JSONObject)] = []
        let ordered = sessions.sorted {
            $0.bytes != $1.bytes ? $0.bytes > $1.bytes : Self.isOlder($0, $1)
        }
        for facts in ordered where left > limit {
            due.append((facts, ["bytes": JSONValue(facts.bytes), "of": JSONValue(all)]))
            if facts.safeguard == nil { left -= facts.bytes }
        }
        return due
    }
}
