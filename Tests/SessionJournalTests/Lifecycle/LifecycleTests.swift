import JournalTestKit
import SessionJournal
import Testing

/// How sessions are put away, expire, end and come back.
@Suite struct LifecycleTests {
    let clock = ManualClock()
    let journal: Journal

    init() {
        var options = JournalOptions()
        options.clock = { [clock] in clock.tick() }
        journal = Journal.inMemory(options: options)
    }

    private var ada: JournalWriter { journal.as("user:ada") }

    private func life(_ session: SessionID) async throws -> SessionLifecycle {
        try await journal.state(of: session).lifecycle
    }

    /// What the refusal of an act says; nothing may be stored.
    private func refusal(_ act: SessionAct, _ session: SessionID) async throws -> String {
        let before = try await journal.lastSequence()
        let error = await #expect(throws: JournalError.self) {
            try await ada.perform(act, in: session)
        }
        #expect(error?.code == .conflict)
        #expect(try await journal.lastSequence() == before)
        return error?.message ?? ""
    }

    private func wait(seconds: Int64) { clock.step(microseconds: seconds * 1_000_000) }

    // MARK: The table

    /// Every change of status, as metadata and by a call, against what the table says.
    @Test(arguments: SessionStatus.allCases, LifecycleRule.all.dropFirst())
    func everyChangeOfStatusIsTheTables(_ status: SessionStatus, _ rule: LifecycleRule) async throws
    {
        let session = try await ada.createSession(metadata: ["category": "c"])
        // A session that is deleted was archived before.
        try await ada.setMetadata(["status": "archived"], in: session)
        try await ada.setMetadata(["status": .string(status.rawValue)], in: session)
        let before = try await journal.state(of: session)
        try await ada.append(
            EventDraft(rule.kind, data: ["set": ["description": "d"]]), to: session)
        let after = try await journal.state(of: session)
        var expected = status
        if rule.from.contains(status) {
            switch rule.outcome {
            case .status(let next): expected = next
            case .beforeDeletion: expected = .archived
            case .given, .same: break
            }
        }
        #expect(after.lifecycle.status == expected)
        let trail = try await journal.audit(of: session).entries.filter {
            $0.field == "status" && $0.sequence == after.lastSequence && $0.old != $0.new
        }
        #expect(trail.map(\.new) == (expected == status ? [] : [.string(expected.rawValue)]))
        let moves = expected != status || rule.kind == .sessionMetadataChanged
        #expect((after.lastModified != before.lastModified) == moves)
        let phase = rule.admitsOpen(status) ? rule.phase ?? .open : .open
        #expect(after.lifecycle.phase == phase)
    }

    @Test func callsDoWhatTheTableSays() async throws {
        let session = try await ada.createSession()
        let receipt = try #require(
            try await ada.perform(.archive, in: session, reason: "done with it"))
        let event = try #require(try await journal.event(at: receipt.sequence))
        #expect(event.kind == .sessionArchived && event.reason == "done with it")
        #expect(try await life(session).status == .archived)
        #expect(try await ada.perform(.archive, in: session) == nil)
        try await ada.perform(.delete, in: session)
        #expect(try await ada.perform(.delete, in: session) == nil)
        #expect(try await refusal(.archive, session).contains("undelete it first"))
        #expect(try await refusal(.unarchive, session).contains("undelete it first"))
        #expect(try await refusal(.resume, session).contains("undelete it first"))
        #expect(try await refusal(.terminate(force: true), session).contains("undelete it first"))
        try await ada.perform(.undelete, in: session)
        // As it was before.
        #expect(try await life(session).status == .archived)
        #expect(try await ada.perform(.undelete, in: session) == nil)
        try await ada.perform(.unarchive, in: session)
        #expect(try await life(session).status == .active)
        #expect(try await ada.perform(.unarchive, in: session) == nil)
        // What was deleted as metadata comes back by the call.
        try await ada.setMetadata(["status": "deleted"], in: session)
        try await ada.perform(.undelete, in: session)
        #expect(try await life(session).status == .active)
        let entry = try #require(try await journal.audit(of: session).entries.last)
        #expect(entry.field == "status" && entry.old == "deleted" && entry.new == "active")
        #expect(try await journal.state(of: session).metadata()["modified_by"] == "user:ada")
    }

    @Test func twoWhoDoTheSameDoItOnce() async throws {
        let session = try await ada.createSession()
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await journal.as("user:\(number)").perform(.archive, in: session) != nil
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(done.count { $0 } == 1)
        #expect(try await journal.state(of: session).version == 2)
    }

    // MARK: Keys

    @Test func aKeyHasOneSessionHoweverManyAsk() async throws {
        let answers = try await withThrowingTaskGroup(
            of: (SessionID, Bool).self
        ) { group in
            for number in 0..<8 {
                group.addTask {
                    let answer = try await journal.as("user:\(number)").getOrCreateSession(
                        key: "tea", metadata: ["name": .string("\(number)")])
                    return (answer.session, answer.isNew)
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(answers.map(\.0)).count == 1)
        #expect(answers.count { $0.1 } == 1)
        #expect(try await journal.sessions().count == 1)
    }

    // MARK: Expiry

    @Test func aSessionIsOverdueAndExpiresWhenSomebodySaysSo() async throws {
        let session = try await ada.createSession(metadata: ["ttl": 60])
        let other = try await ada.createSession()
        try await ada.say("user", "Hello", in: session)
        let active = try #require(try await journal.state(of: session).lastActive)
        let deadline = Timestamp(microseconds: active.microseconds + 60_000_000)
        #expect(try await life(session).deadline == deadline)
        #expect(try await life(other).deadline == nil)
        #expect(try await life(session).isOverdue(at: deadline) == false)
        let late = Timestamp(microseconds: deadline.microseconds + 1)
        #expect(try await life(session).isOverdue(at: late))
        #expect(try await journal.overdueSessions(at: deadline) == [])
        #expect(try await journal.overdueSessions(at: late) == [session])
        #expect(try await ada.expireOverdue(at: deadline) == [])
        #expect(try await life(session).phase == .open)
        #expect(try await ada.expireOverdue(at: late) == [session])
        #expect(try await ada.expireOverdue(at: late) == [])
        let ended = try await life(session)
        #expect(ended.phase == .expired && ended.status == .active)
        #expect(!ended.isOverdue(at: .latest))
        let event = try #require(try await journal.event(at: ended.phaseSequence ?? 0))
        #expect(try event.data() == ["deadline": .string(deadline.description)])
        #expect(event.reason == "its deadline has passed")
        // Metadata did not change.
        #expect(try await journal.state(of: session).metadata()["modified_by"] == .some(.null))
        #expect(try await refusal(.extend(until: .latest), session).contains("resume it first"))
        try await ada.perform(.resume, in: session)
        #expect(try await life(session).phase == .open)
        #expect(try await ada.perform(.resume, in: session) == nil)
        #expect(try await life(session).isOverdue(at: late) == false)
    }

    @Test func whatHappensAndExtensionsMoveTheDeadline() async throws {
        let session = try await ada.createSession(metadata: ["ttl": 100])
        let first = try #require(try await life(session).deadline)
        wait(seconds: 50)
        try await ada.say("user", "still here", in: session)
        let second = try #require(try await life(session).deadline)
        #expect(second > first)
        let until = try await ada.extend(session, bySeconds: 1_000, reason: "long talk")
        #expect(until == Timestamp(microseconds: second.microseconds + 1_000_000_000))
        #expect(try await life(session).deadline == until)
        wait(seconds: 2_000)
        // The deadline has passed: the time counts from now.
        let later = try await ada.extend(session, bySeconds: 10)
        #expect(later.microseconds > until.microseconds + 900_000_000)
        await #expect(throws: JournalError.self) { try await ada.extend(session, bySeconds: 0) }
        let forever = try await ada.createSession(metadata: ["ttl": .integer(.max)])
        #expect(try await life(forever).deadline == .latest)
        let never = try await ada.createSession()
        try await ada.perform(.extend(until: Timestamp(microseconds: 0)), in: never)
        #expect(try await journal.overdueSessions(at: .latest) == [session, never])
    }

    @Test func anOldImportIsOverdueInItsOwnTime() async throws {
        let session = try await ada.createSession(
            metadata: ["ttl": 60], occurred: Timestamp("2020-01-01T00:00:00Z")!)
        #expect(try await life(session).deadline == Timestamp("2020-01-01T00:01:00Z"))
    }

    @Test func openingExpiresOnlyWhereAnOptionAsks() async throws {
        let disk = try TemporaryDirectory()
        var options = JournalOptions()
        options.clock = { [clock] in clock.tick() }
        var journal = try await Journal.create(at: disk.path("j"), options: options)
        let session = try await journal.as("user:ada").createSession(
            key: "k", metadata: ["ttl": 60])
        try await journal.close()
        wait(seconds: 3_600)
        journal = try await Journal.open(at: disk.path("j"), options: options)
        #expect(try await journal.state(of: session).lifecycle.phase == .open)
        try await journal.close()
        options.expiringActor = "system:cleanup"
        journal = try await Journal.open(at: disk.path("j"), options: options)
        let state = try await journal.state(of: session)
        #expect(state.lifecycle.phase == .expired)
        #expect(try await journal.event(at: state.lastSequence)?.actor == "system:cleanup")
        try await journal.close()
    }

    // MARK: Heartbeats

    @Test func heartbeatsDoNotFillTheJournal() async throws {
        let session = try await ada.createSession(metadata: ["ttl": 600])
        // It was created just now.
        #expect(try await ada.touch(session) == nil)
        wait(seconds: 61)
        let before = try await journal.lastSequence()
        #expect(try await ada.touch(session) != nil)
        for _ in 0..<100 { #expect(try await ada.touch(session) == nil) }
        #expect(try await journal.lastSequence() == before + 1)
        wait(seconds: 61)
        let stored = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<16 {
                group.addTask { try await ada.touch(session) != nil }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(stored.count { $0 } == 1)
        #expect(try await ada.touch(session, interval: .zero) != nil)
        #expect(try await life(session).deadline! > clock.tick())
        // A heartbeat that could not be stored is not taken for one.
        let none = Drafts.session(77)
        for _ in 0..<2 {
            await #expect(throws: JournalError.self) { try await ada.touch(none) }
        }
    }

    // MARK: Ends

    @Test func whatIsUnderWayForbidsAnEndWithoutForce() async throws {
        let session = try await ada.createSession()
        try await ada.append(
            [
                EventDraft(.toolStarted, data: ["call": "c1", "name": "Bash", "message": "m"]),
                EventDraft(.toolStarted, data: ["call": "c2", "name": "Bash", "message": "m"]),
                EventDraft(.toolFinished, data: ["call": "c2", "status": "ok"]),
                EventDraft(.approvalRequested, data: ["approval": "a1", "question": "May I?"]),
                EventDraft(.modelRequested, data: ["model": "m"]),
            ], to: session)
        let words = try await refusal(.terminate(force: false), session)
        #expect(words.contains("tool call c1, approval a1;"))
        try await ada.perform(.terminate(force: true), in: session, reason: "stuck")
        let life = try await life(session)
        #expect(life.phase == .terminated)
        let event = try #require(try await journal.event(at: life.phaseSequence ?? 0))
        #expect(try event.data() == ["force": true, "open": ["tool call c1", "approval a1"]])
        #expect(try await ada.perform(.terminate(force: false), in: session) == nil)
        #expect(try await refusal(.expire, session).contains("active and terminated"))
        let quiet = try await ada.createSession()
        try await ada.perform(.expire, in: quiet)
        try await ada.perform(.terminate(force: false), in: quiet)
        #expect(try await self.life(quiet).phase == .terminated)
        #expect(
            try await journal.event(at: journal.lastSequence())?.data() == ["force": false])
    }

    // MARK: Notifications

    @Test func subscribersHearOfIt() async throws {
        let journal = journal
        let heard = Task {
            var changes: [LifecycleChange] = []
            for try await change in journal.lifecycleChanges(after: 0) {
                changes.append(change)
                if changes.count == 6 { break }
            }
            return changes
        }
        let session = try await ada.createSession(key: "k")
        try await ada.say("user", "no news", in: session)
        try await ada.setMetadata(["name": "no news either"], in: session)
        try await ada.setMetadata(["archived": true], in: session)
        try await ada.perform(.resume, in: session, reason: "again")
        try await ada.perform(.expire, in: session)
        try await ada.perform(.delete, in: session)
        try await ada.perform(.undelete, in: session)
        let changes = try await heard.value
        #expect(
            changes.map(\.kind) == [
                .sessionCreated, .sessionMetadataChanged, .sessionResumed, .sessionExpired,
                .sessionDeleted, .sessionRestored,
            ])
        #expect(changes.map(\.status) == [.active, .archived, .active, nil, .deleted, nil])
        #expect(changes[2].reason == "again" && changes[2].actor == "user:ada")
        #expect(changes.allSatisfy { $0.session == session })
    }

    // MARK: Many

    @Test func manyAreDoneAndEachIsTold() async throws {
        var sessions: [SessionID] = []
        for number in 0..<4 {
            sessions.append(
                try await ada.createSession(metadata: ["category": .string("c\(number % 2)")]))
        }
        try await ada.perform(.delete, in: sessions[0])
        try await ada.perform(.archive, in: sessions[1])
        let before = try await journal.lastSequence()
        let plan = try await ada.performAll(
            .archive, on: sessions + [Drafts.session(99)], isDryRun: true)
        #expect(try await journal.lastSequence() == before)
        #expect(
            plan.json.map { $0["outcome"] }
                == ["refused", "unchanged", "done", "done", "refused"])
        #expect(!plan.isWhole)
        let report = try await ada.performAll(
            .change(["priority": 1]), where: { $0.metadata["category"] == "c1" }, reason: "spring")
        #expect(report.isWhole)
        #expect(
            report.entries.map(\.outcome) == [
                .done(sequence: before + 1), .done(sequence: before + 2),
            ])
        #expect(try await journal.state(of: sessions[3]).metadata()["priority"] == 1)
        let bad = try await ada.performAll(.change(["is_starred": 1]), on: [sessions[2]])
        #expect(bad.json[0]["error"]?.string?.contains("is_starred") == true)
    }

    // MARK: Limits

    @Test func limitsReject() async throws {
        let session = try await ada.createSession(limits: SessionLimits(maximumMessages: 2))
        try await ada.say("user", "1", in: session, id: "one")
        try await ada.say("user", "2", in: session)
        for _ in 0..<2 {
            let error = await #expect(throws: JournalError.self) {
                try await ada.say("user", "3", in: session)
            }
            #expect(error?.code == .limitReached)
            #expect(error?.message.contains("max_messages is 2") == true)
        }
        // One that is sent again is none more.
        let again = try await ada.say("user", "1", in: session, id: "one")
        #expect(again.receipt.isDuplicate)
        // What else happens is kept, and what an import brings.
        try await ada.setMetadata(["name": "full"], in: session)
        try await ada.append(
            EventDraft(.messageAppended, data: ["message": "i", "parent": nil, "role": "user"]),
            to: session)
        #expect(try await journal.state(of: session).tree.messages.count == 3)
        #expect(try await life(session).limits == SessionLimits(maximumMessages: 2))
        let few = try await ada.createSession(limits: SessionLimits(maximumEvents: 2))
        try await ada.say("user", "1", in: few)
        await #expect(throws: JournalError.self) { try await ada.say("user", "2", in: few) }
        let small = try await ada.createSession(limits: SessionLimits(maximumBytes: 4_000))
        try await ada.say("user", "1", in: small)
        await #expect(throws: JournalError.self) {
            try await ada.say("user", String(repeating: "x", count: 4_000), in: small)
        }
    }

    @Test func limitsMarkOnce() async throws {
        let session = try await ada.createSession(
            limits: SessionLimits(maximumEvents: 100, maximumMessages: 1, action: .mark))
        for number in 0..<4 { try await ada.say("user", "\(number)", in: session) }
        let state = try await journal.state(of: session)
        #expect(state.tree.messages.map { $0.parent != nil } == [false, true, true, true])
        #expect(state.lifecycle.reachedLimits == ["max_messages"])
        #expect(state.version == 6)
        let mark = try #require(try await journal.event(at: 4))
        #expect(mark.kind == .sessionLimitReached)
        #expect(try mark.data() == ["limit": "max_messages", "maximum": 1, "found": 2])
    }

    @Test func concurrentMessagesDoNotPassALimit() async throws {
        let session = try await ada.createSession(limits: SessionLimits(maximumMessages: 5))
        let said = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<12 {
                group.addTask {
                    (try? await journal.as("user:\(number)").say("user", "x", in: session)) != nil
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(said.count { $0 } == 5)
        #expect(try await journal.state(of: session).tree.messages.count == 5)
    }

    @Test(arguments: [
        "null", "5", "{}", #"{"max_messages":-1}"#, #"{"max_messages":true,"action":"explode"}"#,
        #"{"max_messages":1e3}"#,
    ])
    func limitsThatMakeNoSenseLimitNothing(_ json: String) throws {
        #expect(SessionLimits(try JSONValue(parsing: json)) == nil)
    }

    // MARK: Hostile events

    @Test(arguments: [
        (EventKind.sessionExtended, #"{"until":"whenever"}"#), (.sessionExtended, "{}"),
        (.sessionExpired, #"{"deadline":5}"#), (.sessionTerminated, #"{"open":7}"#),
        (.sessionLimitReached, #"{"limit":{}}"#), (.sessionRestored, #"{"set":{"status":"x"}}"#),
    ])
    func eventsThatMakeNoSenseDoNoHarm(_ kind: EventKind, _ data: String) async throws {
        let session = try await ada.createSession()
        try await ada.append(
            EventDraft(kind, data: try EventData(json: Array(data.utf8))), to: session)
        let state = try await journal.state(of: session)
        #expect(state.lifecycle.status == .active)
        #expect(state.lifecycle.deadline == nil)
        #expect(state.lifecycle.reachedLimits == [])
        #expect(state.json()?["lifecycle"]?["status"] == "active")
    }

    /// What was erased keeps its kind, and with it what the kind says.
    @Test func aWithheldEventStillSaysWhatItsKindSays() throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "a"]])
        script.add(.sessionArchived, [:], reason: "private")
        script.add(.sessionTerminated, ["force": true])
        script.withhold(sequence: 2)
        script.withhold(sequence: 3)
        let state = try SessionProjection().fold(script.events)
        #expect(state.lifecycle.status == .archived)
        #expect(state.lifecycle.phase == .terminated)
        #expect(state.metadata()["archived"] == true)
    }
}

extension LifecycleRule {
    /// Whether the rule is for an open session of a status.
    fileprivate func admitsOpen(_ status: SessionStatus) -> Bool {
        from.contains(status) && phases.contains(.open)
    }
}
