import JournalTestKit
import SessionJournal
import Testing

/// Limits that change, and what is counted against them.
@Suite struct LimitTests {
    let journal = Journal.inMemory()
    var ada: JournalWriter { journal.as("user:ada") }

    private func messages(_ session: SessionID) async throws -> Int {
        try await journal.state(of: session).tree.messages.count
    }

    /// Says something, and answers whether the limits let it in.
    private func isLetIn(_ session: SessionID, by actor: String = "user:ada") async throws -> Bool {
        do {
            try await journal.as(actor).say("user", "x", in: session)
            return true
        } catch let error as JournalError where error.code == .limitReached {
            return false
        }
    }

    @Test func limitsAreChangedByAnActThatIsAudited() async throws {
        let session = try await ada.createSession()
        for _ in 0..<3 { #expect(try await isLetIn(session)) }
        let limits = SessionLimits(maximumMessages: 4)
        let receipt = try #require(
            try await ada.changeLimits(limits, in: session, reason: "enough"))
        #expect(try await ada.changeLimits(limits, in: session) == nil)
        #expect(try await journal.state(of: session).lifecycle.limits == limits)
        // What was said before counts.
        #expect(try await isLetIn(session))
        #expect(try await !isLetIn(session))
        try await ada.changeLimits(SessionLimits(maximumMessages: 5), in: session)
        #expect(try await isLetIn(session))
        #expect(try await !isLetIn(session))
        try await ada.changeLimits(nil, in: session)
        #expect(try await isLetIn(session))
        #expect(try await ada.changeLimits(SessionLimits(), in: session) == nil)
        let entries = try await journal.audit(of: session).entries
            .filter { $0.field == AuditEntry.limitsField }
        #expect(entries.count == 3 && entries[0].sequence == receipt.sequence)
        #expect(entries[0].reason == "enough" && entries[0].actor == "user:ada")
        #expect(entries[0].old == .null && entries[0].new["max_messages"] == 4)
        #expect(entries[2].old["max_messages"] == 5 && entries[2].new == .null)
        let given = try await ada.createSession(limits: limits)
        let first = try await journal.audit(of: given).entries.last
        #expect(first?.field == AuditEntry.limitsField && first?.old == .null)
    }

    /// Other writers change limits, say things and import, and every count holds.
    @Test func everythingThatIsSaidCounts() async throws {
        let session = try await ada.createSession(limits: SessionLimits(maximumMessages: 8))
        #expect(try await isLetIn(session))
        // An import is kept, and counts.
        for number in 0..<3 {
            try await ada.append(
                EventDraft(
                    .messageAppended,
                    data: ["message": .string("i\(number)"), "parent": nil, "role": "user"]),
                to: session)
        }
        try await ada.createBranch("b", in: session, firstMessage: ("user", "on b"))
        #expect(try await isLetIn(session))
        // A merge brings what was said already.
        try await ada.merge("b", into: "main", in: session)
        try await ada.clearConversation(in: session)
        let stream = try await ada.openMessage("assistant", in: session)
        try await stream.append("piece")
        try await stream.finish()
        #expect(try await journal.fill(of: session).messages == 7)
        #expect(try await isLetIn(session))
        #expect(try await !isLetIn(session))
        // A batch goes in as a whole or not at all.
        let before = try await journal.lastSequence()
        await #expect(throws: JournalError(.limitReached, "")) {
            try await ada.createBranch("c", in: session, firstMessage: ("user", "no"))
        }
        #expect(try await journal.lastSequence() == before)
        try await ada.createBranch("c", in: session)
        let fill = try await journal.fill(of: session)
        #expect(fill.events == (try await journal.state(of: session)).version)
        var bytes: UInt64 = 0
        for try await event in journal.events(session: session) {
            bytes += UInt64(event.line.count) + 1
        }
        #expect(fill.bytes == bytes)
    }

    @Test func limitsThatChangeAreMarkedAnew() async throws {
        let session = try await ada.createSession(
            limits: SessionLimits(maximumMessages: 1, action: .mark))
        for _ in 0..<3 { #expect(try await isLetIn(session)) }
        #expect(try await journal.state(of: session).lifecycle.reachedLimits == ["max_messages"])
        try await ada.changeLimits(
            SessionLimits(maximumMessages: 4, action: .mark), in: session)
        #expect(try await journal.state(of: session).lifecycle.reachedLimits.isEmpty)
        for _ in 0..<3 { #expect(try await isLetIn(session)) }
        #expect(try await journal.state(of: session).lifecycle.reachedLimits == ["max_messages"])
        let marks = try await journal.events(session: session, kinds: [.sessionLimitReached])
            .reduce(into: 0) { count, _ in count += 1 }
        #expect(marks == 2)
    }

    /// Whoever says something while the limits change: what is let in after the change keeps to it.
    @Test func aChangeOfLimitsBindsWhoeverComesAfterIt() async throws {
        for round in 0..<30 {
            let session = try await ada.createSession()
            _ = try await isLetIn(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<6 {
                    group.addTask { _ = try await isLetIn(session, by: "user:\(number)") }
                }
                group.addTask {
                    try await ada.changeLimits(
                        SessionLimits(maximumMessages: 3), in: session, reason: "\(round)")
                }
                try await group.waitForAll()
            }
            _ = try await isLetIn(session)
            var messages = 0
            var isBound = false
            for try await event in journal.events(session: session) {
                if event.kind == .sessionLimitsChanged { isBound = true }
                guard event.kind == .messageAppended else { continue }
                messages += 1
                #expect(!isBound || messages <= 3)
            }
            #expect(isBound)
        }
    }

    @Test(arguments: [#"{}"#, #"{"limits":5}"#, #"{"limits":"none"}"#, #"{"limits":[]}"#])
    func changesThatMakeNoSenseChangeNothing(_ data: String) async throws {
        let session = try await ada.createSession(limits: SessionLimits(maximumMessages: 1))
        try await ada.append(
            EventDraft(.sessionLimitsChanged, data: try EventData(json: Array(data.utf8))),
            to: session)
        #expect(
            try await journal.state(of: session).lifecycle.limits
                == SessionLimits(maximumMessages: 1))
        #expect(try await isLetIn(session))
        #expect(try await !isLetIn(session))
        let entries = try await journal.audit(of: session).entries
        #expect(entries.count { $0.field == AuditEntry.limitsField } == 1)
    }

    @Test func aWithheldChangeOfLimitsIsTold() throws {
        var script = EventScript()
        script.add(.sessionCreated, ["limits": ["max_messages": 1]])
        script.add(.sessionLimitsChanged, ["limits": nil])
        script.withhold(sequence: 2)
        let state = try SessionProjection().fold(script.events)
        #expect(state.lifecycle.limits == SessionLimits(maximumMessages: 1))
        let trail = try AuditProjection().fold(script.events)
        #expect(trail.entries.last?.isWithheld == true)
    }

    // MARK: What is under way

    @Test func aMessageThatIsBeingWrittenForbidsAnEnd() async throws {
        let session = try await ada.createSession()
        let stream = try await ada.openMessage("assistant", in: session)
        try await stream.append("half a")
        let error = await #expect(throws: JournalError.self) {
            try await ada.perform(.terminate(force: false), in: session)
        }
        #expect(error?.message.contains("message \(stream.message)") == true)
        #expect(error?.message.contains("abandon it") == true)
        try await ada.perform(.terminate(force: true), in: session, reason: "now")
        let last = try await journal.lastSequence()
        let event = try #require(try await journal.event(at: last))
        #expect(try event.data()["open"] == [.string("message \(stream.message)")])
        // What came until then stays, and says that it is a part.
        let message = try await journal.tree(of: session).message(stream.message)
        #expect(message?.state == .partial && message?.preview() == "half a")
        try await ada.perform(.resume, in: session)
        try await stream.abandon()
        try await ada.perform(.terminate(force: false), in: session)
        #expect(try await journal.state(of: session).lifecycle.phase == .terminated)
    }

    // MARK: Many by a query

    @Test func aQuerySaysInWhichSessions() async throws {
        var sessions: [SessionID] = []
        for number in 0..<4 {
            sessions.append(
                try await ada.createSession(metadata: ["category": .string("c\(number % 2)")]))
        }
        try await ada.perform(.delete, in: sessions[1])
        let query = try SessionQuery(parsing: "category:c1")
        let before = try await journal.lastSequence()
        let plan = try await ada.performAll(.archive, matching: query, isDryRun: true)
        #expect(plan.json.map { $0["outcome"] } == ["refused", "done"])
        #expect(try await journal.lastSequence() == before)
        let report = try await ada.performAll(.archive, matching: query, reason: "old")
        #expect(report.entries.map(\.session) == [sessions[1], sessions[3]])
        #expect(try await journal.state(of: sessions[3]).lifecycle.status == .archived)
        #expect(try await journal.state(of: sessions[2]).lifecycle.status == .active)
        let now = Timestamp(microseconds: 1_000_000)
        let longer = try await ada.performAll(
            .prolong(seconds: 60, from: now), matching: .everything)
        #expect(longer.entries.count == 4)
        #expect(
            try await journal.state(of: sessions[0]).lifecycle.deadline
                == Timestamp(microseconds: 61_000_000))
        let nothing = try await ada.performAll(.prolong(seconds: 0, from: now), on: [sessions[0]])
        #expect(nothing.json[0]["outcome"] == "refused")
    }
}
