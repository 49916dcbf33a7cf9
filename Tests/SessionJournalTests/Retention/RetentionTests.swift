import JournalTestKit
import Testing

@testable import SessionJournal

/// Policies, and what applying them does and leaves.
@Suite struct RetentionTests {
    private let rig = RetentionRig()

    private func policy(
        _ name: String, _ action: RetentionAction, tag: String? = nil, days: Int64? = nil,
        count: Int? = nil, basis: String? = nil
    ) -> RetentionPolicy {
        var policy = RetentionPolicy(name, action)
        policy.tag = tag
        policy.ageSeconds = days.map { $0 * RetentionRig.day }
        policy.count = count
        policy.basis = basis
        return policy
    }

    private func refusal(_ policy: RetentionPolicy) async -> String? {
        do {
            try await rig.ada.setRetention(policy)
            return nil
        } catch {
            return (error as? JournalError)?.message
        }
    }

    // MARK: Policies

    @Test func policiesAreEventsThatReplaceEachOther() async throws {
        let old = policy("old", .archive, days: 30)
        #expect(try await rig.ada.setRetention(old, reason: "tidy") != nil)
        #expect(try await rig.ada.setRetention(old) == nil)
        let point = try await rig.journal.lastSequence()
        let legal = policy("legal", .keep, tag: "legal")
        try await rig.ada.setRetention(legal)
        let later = policy("old", .archive, days: 60, count: 5)
        try await rig.ada.setRetention(later)
        #expect(try await rig.journal.retentionPolicies() == [legal, later])
        #expect(try await rig.journal.retentionPolicies(at: .sequence(point)) == [old])
        try await rig.ada.removeRetention("legal", reason: "over")
        #expect(try await rig.journal.retentionPolicies() == [later])
        let error = await #expect(throws: JournalError.self) {
            try await rig.ada.removeRetention("legal")
        }
        #expect(error?.message.contains("there are old") == true)
        try await rig.ada.removeRetention("old")
        await #expect(throws: JournalError.self) { try await rig.ada.removeRetention("old") }
        #expect(
            later.json
                == [
                    "policy": "old", "age": .integer(60 * RetentionRig.day), "count": 5,
                    "action": "archive",
                ])
        #expect(RetentionAction.pruneMessages.words == "prune messages")
    }

    @Test func policiesThatMakeNoSenseAreRefused() async throws {
        #expect(await refusal(policy("", .archive, days: 1))?.contains("1 to 200 bytes") == true)
        #expect(await refusal(policy("a", .archive))?.contains("needs an age or a count") == true)
        #expect(await refusal(policy("a", .keep, days: 1))?.contains("keeps always") == true)
        #expect(await refusal(policy("a", .prune, days: -1))?.contains("0 or more") == true)
        #expect(await refusal(policy("a", .prune, count: -1))?.contains("0 or more") == true)
        #expect(await refusal(policy("a", .erase, days: 1))?.contains("legal basis") == true)
        #expect(
            await refusal(policy("a", .prune, days: 1, basis: "x"))?.contains("only a policy")
                == true)
        #expect(await refusal(policy("a", .erase, days: 1, basis: "")) != nil)
        #expect(try await rig.journal.retentionPolicies() == [])
        // What an import brings and makes no sense declares nothing.
        let bad: [JSONObject] = [
            ["policy": 7], ["policy": "a"], ["policy": "a", "action": "burn"],
            ["policy": "a", "action": "prune"],
        ]
        try await rig.ada.append(
            bad.map { EventDraft(.retentionChanged, branch: nil, data: EventData($0)) },
            to: .journal)
        #expect(try await rig.journal.retentionPolicies() == [])
    }

    // MARK: Applying

    @Test func nothingDueWritesNothing() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 3)
        try await rig.ada.setRetention(policy("old", .archive, days: 30))
        let before = try await rig.count()
        let report = try await rig.ada.applyRetention()
        #expect(report == RetentionReport())
        #expect(try await rig.count() == before)
    }

    @Test func whatIsDueIsAnnouncedDoneAndRecorded() async throws {
        let old = try await rig.session("old", ["ttl": 60])
        try await rig.talk(old, 4)
        let legal = try await rig.session("legal", ["tags": ["legal"]])
        try await rig.talk(legal, 2)
        rig.wait(40 * RetentionRig.day)
        let new = try await rig.session("new")
        try await rig.talk(new, 2)
        try await rig.ada.setRetention(policy("ageing", .archive, days: 30))
        try await rig.ada.setRetention(policy("legal", .keep, tag: "legal"))
        let before = try await rig.count()
        let plan = try await rig.journal.retentionPlan()
        #expect(try await rig.count() == before)
        #expect(plan.due.map(\.session) == [old, old])
        #expect(plan.due.map(\.action) == [.expire, .archive])
        let report = try await rig.ada.applyRetention(reason: "monthly")
        #expect(report.isWhole && report.outcomes.map(\.action) == [.expire, .archive])
        let state = try await rig.state(old)
        #expect(state.lifecycle.phase == .expired && state.lifecycle.status == .archived)
        #expect(try await rig.state(legal).lifecycle.status == .active)
        #expect(try await rig.state(new).lifecycle.status == .active)
        let runs = try await rig.journal.retentionRuns()
        #expect(runs.count == 1 && runs[0].recordedSequence == report.sequence)
        // Each act names its announcement, and stands between it and the record.
        for outcome in report.outcomes {
            let event = try #require(try await rig.journal.event(at: outcome.sequence ?? 0))
            #expect(event.cause == runs[0].sequence && event.reason == "monthly")
            #expect(event.sequence > runs[0].sequence)
            #expect(event.sequence < report.sequence ?? 0)
        }
        let applied = try #require(try await rig.last(.retentionApplied, in: .journal))
        #expect(applied["counts"] == ["expire": 1, "archive": 1])
        #expect(applied["announced"] == JSONValue(runs[0].sequence))
        let announced = try #require(try await rig.last(.retentionAnnounced, in: .journal))
        #expect(announced["rules"] == ["its own deadline", "ageing"])
        // And again nothing.
        #expect(try await rig.ada.applyRetention() == RetentionReport())
    }

    /// That a rule archives a session is no activity in it, or each step would put off the next one.
    @Test func aLadderOfRulesIsClimbedFromOneActivity() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 1)
        let active = try await rig.state(session).lastActive
        try await rig.ada.setRetention(policy("a", .archive, days: 30))
        try await rig.ada.setRetention(policy("e", .expire, days: 30))
        try await rig.ada.setRetention(policy("p", .prune, days: 60))
        rig.wait(31 * RetentionRig.day)
        #expect(try await rig.ada.applyRetention().outcomes.map(\.action) == [.expire, .archive])
        #expect(try await rig.last(.sessionArchived, in: session) == ["rule": "a"])
        #expect(try await rig.state(session).lastActive == active)
        rig.wait(30 * RetentionRig.day)
        #expect(try await rig.ada.applyRetention().outcomes.map(\.action) == [.prune])
        // What a person does is.
        let other = try await rig.session("b")
        let before = try await rig.state(other).lastActive
        rig.wait(60)
        try await rig.ada.perform(.archive, in: other)
        #expect(try await rig.state(other).lastActive != before)
    }

    @Test func aTombstoneCountsAndHashesWhatWentOutOfSight() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 6)
        try await rig.ada.edit("m2", text: "another text", in: session)
        rig.wait(10 * RetentionRig.day)
        try await rig.ada.setRetention(policy("few", .pruneMessages, count: 2))
        let report = try await rig.ada.applyRetention()
        let outcome = try #require(report.outcomes.first)
        #expect(report.outcomes.count == 1 && outcome.messageCount == 4)
        // Four messages, and an edit of one of them.
        #expect(outcome.eventCount == 5)
        var tree = LeafTree()
        for try await event in rig.journal.events(session: session)
        where event.kind == .messageEdited
            || (event.kind == .messageAppended && event.version < 6)
        {
            tree.append(event.leaf)
        }
        #expect(outcome.hash == tree.root)
        #expect(try await rig.shown(session) == ["m5", "m6"])
        let event = try #require(try await rig.last(.messagePruned, in: session))
        #expect(event["strategy"] == "policy" && event["rule"] == "few")
        #expect(event["limits"] == ["count": 2])
        #expect(event["messages"]?.array?.count == 4)
        #expect(event["messages"]?.array?.first == ["message": "m1", "seq": 2, "rank": 6])
        #expect(outcome.tokens == event["tokens"]?.integer.map { Int($0) })
        #expect(outcome.bytes == event["bytes"]?.integer.map { Int($0) })
    }

    @Test func aSessionGoesOutOfSightWithATombstoneOfAllItsEvents() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 3)
        rig.wait(10 * RetentionRig.day)
        try await rig.ada.setRetention(policy("gone", .prune, days: 5))
        let report = try await rig.ada.applyRetention()
        let outcome = try #require(report.outcomes.first)
        #expect(outcome.eventCount == 4 && outcome.messageCount == 3 && outcome.hash != nil)
        #expect(try await rig.state(session).prunedSequence == outcome.sequence)
        #expect(try await rig.journal.sessions().map(\.isPruned) == [true])
        #expect(
            try await rig.journal.sessions(
                matching: try SessionQuery(parsing: ""), includingPruned: false
            ).sessions.isEmpty)
        let event = try #require(try await rig.last(.sessionPruned, in: session))
        #expect(event["values"]?["last_active"]?.string != nil)
        #expect(event["limits"] == ["age": .integer(5 * RetentionRig.day)])
    }

    @Test func aPolicyErasesOnItsLegalBasis() async throws {
        let session = try await rig.session("secret-key")
        try await rig.talk(session, 3)
        let events = try await rig.state(session).eventCount
        rig.wait(400 * RetentionRig.day)
        try await rig.ada.setRetention(
            policy("year", .erase, days: 365, basis: "GDPR 5(1)(e)"))
        let report = try await rig.ada.applyRetention()
        let outcome = try #require(report.outcomes.first)
        #expect(report.isWhole && outcome.eventCount == events && outcome.hash != nil)
        let erasures = try await rig.journal.erasures()
        #expect(erasures.count == 1 && erasures[0].isFinished)
        #expect(erasures[0].basis == "GDPR 5(1)(e)")
        // The leaves of entry lines are those of the events.
        var tree = LeafTree()
        for try await event in rig.journal.events(session: session) where event.isWithheld {
            tree.append(event.leaf)
        }
        #expect(outcome.hash == tree.root)
        #expect(try await rig.ada.applyRetention() == RetentionReport())
    }

    @Test func aHoldComesFirstAndThenPins() async throws {
        let held = try await rig.session("held")
        let pinned = try await rig.session("pinned", ["pinned": true])
        let starred = try await rig.session("starred", ["is_starred": true])
        let important = try await rig.session("important", ["important": true])
        let named = try await rig.session("named")
        let plain = try await rig.session("plain", ["ttl": 5])
        let hold = try await rig.ada.placeHold(on: .session(held), matter: "case 7")
        try await rig.ada.change(MetadataUpdate(set: ["pinned": true]), in: held)
        try await rig.ada.say(
            "user", parts: [["type": "text", "text": "see there"]], in: plain,
            references: [MessageReference("x", session: named.hexadecimal)])
        rig.wait(10 * RetentionRig.day)
        try await rig.ada.setRetention(policy("gone", .prune, days: 5))
        let plan = try await rig.journal.retentionPlan()
        #expect(plan.due.map(\.session) == [plain])
        var found: [SessionID: Safeguard] = [:]
        for decision in plan.decisions { found[decision.session] = decision.safeguard }
        #expect(
            found == [
                held: .held(matter: "case 7"), pinned: .pinned, starred: .starred,
                important: .important, named: .referenced,
            ])
        for guardian in found.values { #expect(!guardian.words.isEmpty && !guardian.name.isEmpty) }
        #expect(plan.json["decisions"]?.array?.count == 6)
        // Also from the sweep of deadlines, and from pruning messages.
        try await rig.ada.change(MetadataUpdate(set: ["ttl": 1]), in: held)
        rig.wait(100)
        #expect(try await rig.journal.overdueSessions(at: rig.now).contains(held))
        #expect(try await rig.ada.expireOverdue() == [plain])
        try await rig.talk(held, 3)
        let report = try await Pruner(rig.ada).pruneMessages(held, 0)
        #expect(report.gone.isEmpty)
        #expect(report.kept.allSatisfy { $0.safeguard == .held(matter: "case 7") })
        try await rig.ada.liftHold(hold.id)
        #expect(try await Pruner(rig.ada).pruneMessages(held, 1).gone.count == 2)
    }

    @Test func holdsOnActorsAndQueriesProtectToo() async throws {
        let first = try await rig.session("first", ["tags": ["a"]])
        let second = try await rig.session("second")
        try await rig.journal.as("user:bob").say("user", "from Bob", in: second)
        let third = try await rig.session("third")
        try await rig.ada.placeHold(on: .actor("user:bob"), matter: "bob")
        let hold = try await rig.ada.placeHold(on: .query("tag:a"), matter: "tagged")
        rig.wait(10 * RetentionRig.day)
        try await rig.ada.setRetention(policy("gone", .prune, days: 5))
        #expect(try await rig.journal.retentionPlan().due.map(\.session) == [third])
        try await rig.ada.liftHold(hold.id)
        #expect(try await rig.journal.retentionPlan().due.map(\.session) == [first, third])
        try await rig.ada.placeHold(on: .journal, matter: "all")
        #expect(try await rig.journal.retentionPlan().due.isEmpty)
    }

    @Test func messagesHaveATimeOfTheirOwn() async throws {
        let session = try await rig.session("a")
        for (id, ttl) in [("short", 60), ("long", 1_000_000), ("none", 0)] {
            try await rig.ada.say(
                "user", parts: [["type": "text", "text": "words"]], in: session,
                metadata: ttl > 0 ? ["ttl": .integer(Int64(ttl))] : [:], id: id)
        }
        try await rig.ada.say("user", "last", in: session, id: "last")
        rig.wait(RetentionRig.day)
        // No policy is needed for what a message says of itself.
        let report = try await rig.ada.applyRetention()
        #expect(report.outcomes.map(\.rule) == ["their own ttl"])
        #expect(try await rig.shown(session) == ["long", "none", "last"])
        // A policy's age is that of messages that say nothing.
        try await rig.ada.setRetention(policy("p", .pruneMessages, days: 1))
        rig.wait(60)
        try await rig.ada.applyRetention()
        #expect(try await rig.shown(session) == ["long", "last"])
        let event = try #require(try await rig.last(.messagePruned, in: session))
        #expect(event["messages"]?.array?.first?["ttl"] == .integer(RetentionRig.day))
    }

    @Test func whatIsRefusedInOneSessionIsReportedAndTheRestIsDone() async throws {
        let one = try await rig.session("one")
        let two = try await rig.session("two")
        for session in [one, two] { try await rig.talk(session, 1) }
        rig.wait(400 * RetentionRig.day)
        // The basis names the first one, which an erasure does not allow.
        try await rig.ada.setRetention(policy("year", .erase, days: 365, basis: "about one"))
        let report = try await rig.ada.applyRetention()
        #expect(!report.isWhole)
        #expect(report.outcomes[0].refusal?.contains("do not name there") == true)
        #expect(report.outcomes[1].refusal == nil)
        let applied = try #require(try await rig.last(.retentionApplied, in: .journal))
        #expect(applied["undone"]?.array?.count == 1 && applied["done"]?.array?.count == 1)
        #expect(report.json["outcomes"]?.array?.count == 2)
    }

    @Test func openingAppliesRulesOnlyWhereAnOptionAsks() async throws {
        let disk = try TemporaryDirectory()
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        var journal = try await Journal.create(at: disk.path("j"), options: options)
        let session = try await journal.as("user:ada").createSession(key: "k")
        try await journal.as("user:ada").setRetention(policy("gone", .prune, days: 5))
        try await journal.close()
        clock.step(microseconds: 6 * RetentionRig.day * 1_000_000)
        journal = try await Journal.open(at: disk.path("j"), options: options)
        #expect(try await journal.state(of: session).prunedSequence == nil)
        try await journal.close()
        options.retainingActor = "system:retention"
        journal = try await Journal.open(at: disk.path("j"), options: options)
        let pruned = try #require(try await journal.state(of: session).prunedSequence)
        #expect(try await journal.event(at: pruned)?.actor == "system:retention")
        try await journal.close()
    }
}
