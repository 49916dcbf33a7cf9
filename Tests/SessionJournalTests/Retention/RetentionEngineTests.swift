import JournalTestKit
import Testing

@testable import SessionJournal

/// Which rule governs, and what is due by it.
@Suite struct RetentionEngineTests {
    private static let now = Timestamp("2026-06-01T00:00:00Z")!

    private static func session(_ number: UInt64) -> SessionID { SessionID(high: 7, low: number) }

    private static func facts(
        _ number: UInt64, type: String? = nil, tags: Set<String> = [], status: String = "active",
        idle days: Int64 = 100
    ) -> SessionFacts {
        var facts = SessionFacts(session(number))
        facts.type = type
        facts.tags = tags
        facts.status = status
        facts.firstSequence = number
        facts.lastActive = now.adding(seconds: -days * RetentionRig.day)
        return facts
    }

    private static func policy(
        _ name: String, _ action: RetentionAction, type: String? = nil, tag: String? = nil,
        status: String? = nil, days: Int64? = nil, count: Int? = nil
    ) -> RetentionPolicy {
        var policy = RetentionPolicy(name, action)
        policy.type = type
        policy.tag = tag
        policy.status = status
        policy.ageSeconds = days.map { $0 * RetentionRig.day }
        policy.count = count
        return policy
    }

    private static func engine(_ policies: [RetentionPolicy]) -> RetentionEngine {
        RetentionEngine(
            rules: policies.enumerated().map { RetentionRule($1, order: $0) }, now: now)
    }

    // MARK: Precedence

    /// A rule that names the session, then a tag, a type, a status; of two that are alike the one that
    /// keeps, then the later one. Each row is more specific than all before it.
    @Test func theMostSpecificRuleGoverns() {
        let facts = Self.facts(1, type: "dm", tags: ["legal"])
        let rows: [RetentionPolicy] = [
            Self.policy("all", .archive, days: 1),
            Self.policy("all, later", .archive, days: 1),
            Self.policy("all, kept", .keep),
            Self.policy("status", .archive, status: "active", days: 1),
            Self.policy("type", .archive, type: "dm", days: 1),
            Self.policy("type and status", .archive, type: "dm", status: "active", days: 1),
            Self.policy("tag", .archive, tag: "legal", days: 1),
            Self.policy("tag and status", .archive, tag: "legal", status: "active", days: 1),
            Self.policy("tag and type", .archive, type: "dm", tag: "legal", days: 1),
            Self.policy("tag and type, kept", .keep, type: "dm", tag: "legal"),
        ]
        for (place, row) in rows.enumerated() {
            // The order in which they were declared matters only among those that are alike.
            let declared =
                place == 1 ? Array(rows[...1]) : Array(rows[...place].reversed())
            let governing = Self.engine(declared).rule(governing: .archive, facts)
            #expect(governing?.name == (row.action == .keep ? nil : row.name), "\(row.name)")
        }
        var named = RetentionRule(name: "named", action: .archive, trigger: .always)
        named.selector.session = Self.session(1)
        let all = RetentionEngine(
            rules: rows.enumerated().map { RetentionRule($1, order: $0) } + [named], now: Self.now)
        #expect(all.rule(governing: .archive, facts)?.name == "named")
        #expect(all.rule(governing: .archive, Self.facts(2))?.name == "status")
        #expect(all.rule(governing: .prune, Self.facts(3, type: "group")) == nil)
    }

    @Test func theGoverningRuleDecidesAloneEvenWhereItIsNotDue() {
        let engine = Self.engine([
            Self.policy("all", .archive, days: 30),
            Self.policy("tag", .archive, tag: "a", days: 365),
        ])
        let decisions = engine.decide([Self.facts(1), Self.facts(2, tags: ["a"])])
        #expect(decisions.map(\.session) == [Self.session(1)])
        #expect(decisions[0].rule == "all")
        #expect(decisions[0].values["last_active"]?.string != nil)
        #expect(decisions[0].limits == ["age": .integer(30 * RetentionRig.day)])
    }

    @Test func oneRuleOfEachActIsCarriedOutAndTheStrongestAlone() {
        let ladder = [
            Self.policy("a", .archive, days: 30), Self.policy("e", .expire, days: 30),
            Self.policy("p", .prune, days: 60), Self.policy("x", .erase, days: 365),
        ]
        let engine = Self.engine(ladder)
        func actions(_ days: Int64, _ safeguard: Safeguard? = nil) -> [RetentionAction] {
            var facts = Self.facts(1, idle: days)
            facts.safeguard = safeguard
            return engine.decide([facts]).map(\.action)
        }
        #expect(actions(10) == [])
        #expect(actions(40) == [.expire, .archive])
        #expect(actions(90) == [.prune])
        #expect(actions(400) == [.erase])
        // What stays all the same is said of each.
        #expect(actions(400, .pinned) == [.expire, .archive, .prune, .erase])
        #expect(
            engine.decide([
                {
                    var facts = Self.facts(1, idle: 400); facts.safeguard = .pinned; return facts
                }()
            ]).allSatisfy { !$0.isDue && $0.safeguard == .pinned })
    }

    @Test func whatIsDoneAlreadyIsNotDue() {
        let engine = Self.engine([
            Self.policy("a", .archive, days: 1), Self.policy("e", .expire, days: 1),
            Self.policy("p", .prune, days: 1), Self.policy("x", .erase, days: 1),
        ])
        var facts = Self.facts(1, status: "archived")
        facts.isOpen = false
        facts.isPruned = true
        facts.hasContent = false
        #expect(engine.decide([facts]) == [])
    }

    @Test func ageAndCountMustBothHold() {
        let sessions = [
            Self.facts(1, idle: 50), Self.facts(2, idle: 40), Self.facts(3, idle: 30),
            Self.facts(4, idle: 5),
        ]
        func due(_ policy: RetentionPolicy) -> [UInt64] {
            Self.engine([policy]).decide(sessions).map { $0.session.low }
        }
        #expect(due(Self.policy("p", .prune, days: 20)) == [1, 2, 3])
        #expect(due(Self.policy("p", .prune, count: 3)) == [1])
        #expect(due(Self.policy("p", .prune, days: 20, count: 1)) == [1, 2, 3])
        #expect(due(Self.policy("p", .prune, days: 45, count: 1)) == [1])
        #expect(due(Self.policy("p", .prune, count: 0)) == [1, 2, 3, 4])
        // An age that has just been reached has not passed.
        let edge = Self.facts(9, idle: 20)
        #expect(Self.engine([Self.policy("p", .prune, days: 20)]).decide([edge]) == [])
    }

    @Test func itsOwnDeadlineComesBeforeWhatIsDeclared() {
        var facts = Self.facts(1, idle: 100)
        facts.deadline = Self.now.adding(seconds: 60)
        let engine = Self.engine([Self.policy("e", .expire, days: 1)])
        #expect(engine.decide([facts]) == [])
        facts.deadline = Self.now.adding(seconds: -60)
        let decisions = engine.decide([facts])
        #expect(decisions.map(\.rule) == [RetentionRule.ownDeadlineName])
        facts.safeguard = .held(matter: "case 7")
        #expect(engine.decide([facts]).map(\.safeguard) == [.held(matter: "case 7")])
    }

    // MARK: Which sessions go first

    private static func least(
        _ trigger: RetentionRule.Trigger, _ sessions: [SessionFacts]
    ) -> [(UInt64, Safeguard?)] {
        let rule = RetentionRule(name: "r", action: .prune, trigger: trigger)
        return RetentionEngine(rules: [rule], now: now).decide(sessions).map {
            ($0.session.low, $0.safeguard)
        }
    }

    private static func read(_ number: UInt64, _ count: UInt64, hour: Int) -> SessionFacts {
        var facts = facts(number)
        guard count > 0 else { return facts }
        facts.accesses.count = count
        facts.accesses.last = now.adding(seconds: Int64(hour) * 3_600 - 86_400)
        return facts
    }

    @Test func leastLatelyReadGoFirst() {
        let sessions = [
            Self.read(1, 9, hour: 3), Self.read(2, 1, hour: 9), Self.read(3, 5, hour: 1),
            Self.read(4, 0, hour: 0),
        ]
        #expect(Self.least(.leastRecentlyUsed(4), sessions).isEmpty)
        #expect(Self.least(.leastRecentlyUsed(3), sessions).map(\.0) == [4])
        #expect(Self.least(.leastRecentlyUsed(2), sessions).map(\.0) == [3, 4])
        #expect(Self.least(.leastRecentlyUsed(1), sessions).map(\.0) == [1, 3, 4])
        #expect(Self.least(.leastRecentlyUsed(0), sessions).count == 4)
    }

    @Test func leastOftenReadGoFirst() {
        let sessions = [
            Self.read(1, 9, hour: 3), Self.read(2, 1, hour: 9), Self.read(3, 1, hour: 1),
            Self.read(4, 0, hour: 0), Self.read(5, 0, hour: 0),
        ]
        #expect(Self.least(.leastFrequentlyUsed(4), sessions).map(\.0) == [4])
        #expect(Self.least(.leastFrequentlyUsed(3), sessions).map(\.0) == [4, 5])
        // Of those that were read as often the one that was read least lately.
        #expect(Self.least(.leastFrequentlyUsed(2), sessions).map(\.0) == [3, 4, 5])
        #expect(Self.least(.leastFrequentlyUsed(1), sessions).map(\.0) == [2, 3, 4, 5])
    }

    @Test func whatIsProtectedStaysAndTheNextGoesInItsPlace() {
        var pinned = Self.read(1, 0, hour: 0)
        pinned.safeguard = .pinned
        var deleted = Self.read(5, 0, hour: 0)
        deleted.status = "deleted"
        let sessions = [pinned, Self.read(2, 1, hour: 2), Self.read(3, 1, hour: 3), deleted]
        let due = Self.least(.leastRecentlyUsed(2), sessions)
        #expect(due.map(\.0) == [1, 2])
        #expect(due.map(\.1) == [.pinned, nil])
    }

    @Test func theLargestGoUntilTheRestFits() {
        let sessions = [(1, 100), (2, 300), (3, 200), (4, 300)].map { number, bytes in
            var facts = Self.facts(UInt64(number))
            facts.bytes = UInt64(bytes)
            return facts
        }
        #expect(Self.least(.largest(900), sessions).isEmpty)
        #expect(Self.least(.largest(899), sessions).map(\.0) == [2])
        #expect(Self.least(.largest(600), sessions).map(\.0) == [2])
        #expect(Self.least(.largest(599), sessions).map(\.0) == [2, 4])
        #expect(Self.least(.largest(0), sessions).count == 4)
        var held = sessions
        held[1].safeguard = .starred
        #expect(Self.least(.largest(600), held).map(\.0) == [2, 4])
    }

    @Test func aDeadlineOrAnAgeEndsASession() {
        var overdue = Self.facts(1, idle: 1)
        overdue.deadline = Self.now.adding(seconds: -1)
        var early = Self.facts(2, idle: 50)
        early.deadline = Self.now.adding(seconds: 1)
        let plain = Self.facts(3, idle: 50)
        #expect(Self.least(.timeToLive(seconds: nil), [overdue, early, plain]).map(\.0) == [1])
        #expect(
            Self.least(.timeToLive(seconds: 49 * RetentionRig.day), [overdue, early, plain])
                .map(\.0) == [1, 3])
    }
}
