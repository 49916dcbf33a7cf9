import JournalTestKit
import Testing

@testable import SessionJournal

/// How often sessions are read, and what is made of that.
@Suite struct AccessCountTests {
    private static func accesses(_ rig: RetentionRig, _ session: SessionID) async throws
        -> SessionAccesses
    {
        try await rig.state(session).accesses
    }

    @Test func nobodyCountsUnlessAnOptionAsks() async throws {
        let rig = RetentionRig()
        let session = try await rig.session("a")
        _ = try await rig.journal.state(of: session)
        #expect(rig.journal.accesses == nil)
        #expect(try await rig.journal.recordAccesses() == 0)
        #expect(try await rig.count(.sessionAccessed) == 0)
    }

    @Test func readingsAreCountedTogether() async throws {
        let rig = RetentionRig(accessActor: "system:reads")
        let session = try await rig.session("a")
        let other = try await rig.session("b")
        try await rig.talk(session, 1)
        let active = try await rig.state(session).lastActive
        for _ in 0..<3 { _ = try await rig.journal.state(of: session) }
        _ = try await rig.journal.tree(of: session)
        rig.wait(60)
        _ = try await rig.journal.context(of: session)
        _ = try await rig.journal.state(of: other)
        // What the library does itself is no reading.
        try await rig.ada.change(MetadataUpdate(set: ["name": "A"]), in: other)
        #expect(try await rig.count(.sessionAccessed) == 0)
        #expect(try await rig.journal.recordAccesses() == 2)
        #expect(try await rig.journal.recordAccesses() == 0)
        let found = try await Self.accesses(rig, session)
        #expect(found.count == 5)
        let (first, last) = (try #require(found.first), try #require(found.last))
        #expect(last.microseconds - first.microseconds >= 60_000_000)
        #expect(try await Self.accesses(rig, other).count == 1)
        #expect(try await rig.state(session).lastActive == active)
        #expect(try await rig.state(session).json()?["accesses"]?["count"] == 5)
        var actor: String?
        for try await event in rig.journal.events(kinds: [.sessionAccessed]) {
            actor = event.actor
        }
        #expect(actor == "system:reads")
    }

    /// A session that takes no events any more keeps the readings of no other from being written down.
    @Test func whatTakesNoEventsIsNotCounted() async throws {
        let disk = SimulatedDisk()
        func options(_ opening: Int?) -> JournalOptions {
            var options = SimulatedJournal(disk).options
            options.accessActor = "system:reads"
            if let opening { options.keys = ToyKeys.keys(password: "toy", opening: opening) }
            return options
        }
        let path = SimulatedJournal.path
        let journal = try await Journal.create(at: path, options: options(1))
        let ada = journal.as("user:ada")
        let plain = try await ada.createSession(key: "plain")
        let hidden = try await ada.encryptingSessions().createSession(key: "hidden")
        let erased = try await ada.encryptingSessions().createSession(key: "erased")
        for session in [plain, hidden, erased] { _ = try await journal.state(of: session) }
        try await ada.erase(.session(erased), options: ErasureOptions(basis: "GDPR 17"))
        #expect(try await journal.recordAccesses() == 2)
        try await journal.close()
        let locked = try await Journal.open(at: path, options: options(nil))
        for session in [plain, hidden] { _ = try await locked.state(of: session) }
        try await locked.close()
        let again = try await Journal.open(at: path, options: options(2))
        let counts = try await again.store.all(ReadQuery(session: plain, kinds: [.sessionAccessed]))
        #expect(counts.count == 2)
        try await again.close()
    }

    @Test func aCacheCountsItsHits() async throws {
        let rig = RetentionRig(accessActor: "system:reads")
        let session = try await rig.session("a")
        let cache = SessionCache(of: rig.journal)
        #expect(try await cache.get(session) == nil)
        for _ in 0..<3 { _ = try await cache.state(of: session) }
        _ = try await cache.get(session)
        try await rig.journal.recordAccesses()
        #expect(try await Self.accesses(rig, session).count == 4)
        // The event is one of the session, and what was kept is out of date.
        #expect(try await cache.get(session) == nil)
        await cache.close()
    }

    @Test func theyAreWrittenAtALimitAndAtTheEnd() async throws {
        let disk = try TemporaryDirectory()
        var options = JournalOptions()
        options.accessActor = "system:reads"
        var journal = try await Journal.create(at: disk.path("j"), options: options)
        var sessions: [SessionID] = []
        for number in 0..<AccessLog.sessionLimit {
            sessions.append(try await journal.as("user:ada").createSession(key: "k\(number)"))
        }
        for session in sessions.dropLast() { _ = try await journal.state(of: session) }
        var last = try await journal.lastSequence()
        #expect(last == UInt64(sessions.count))
        _ = try await journal.state(of: sessions[sessions.count - 1])
        last = try await journal.lastSequence()
        #expect(last == UInt64(sessions.count * 2))
        _ = try await journal.state(of: sessions[0])
        try await journal.close()
        journal = try await Journal.open(readingAt: disk.path("j"), options: options)
        // One that cannot write counts nothing.
        #expect(journal.accesses == nil)
        #expect(try await journal.state(of: sessions[0]).accesses.count == 2)
        try await journal.close()
    }

    @Test func whatCouldNotBeWrittenIsCountedAgain() {
        let log = AccessLog()
        let session = SessionID(high: 1, low: 2)
        let times = (1...4).map { Timestamp(microseconds: $0) }
        #expect(!log.note(session, at: times[1]))
        let taken = log.take()
        _ = log.note(session, at: times[3])
        log.finish(puttingBack: taken)
        let again = log.take()
        #expect(again.count == 1 && again[0].tally.count == 2)
        #expect(again[0].tally.first == times[1] && again[0].tally.last == times[3])
        log.finish()
        // Where it failed it is tried again after many readings, and not at each.
        let many = (0..<AccessLog.sessionLimit).map { SessionID(high: 2, low: UInt64($0)) }
        #expect(many.map { log.note($0, at: times[0]) }.count { $0 } == 1)
        log.finish(puttingBack: log.take())
        #expect(!many.contains { log.note($0, at: times[0]) })
        _ = log.take()
        log.finish()
        var isDue = false
        for _ in 0..<AccessLog.readLimit { isDue = log.note(session, at: times[0]) }
        #expect(isDue)
    }

    @Test func onlyTheEventsCount() async throws {
        let rig = RetentionRig(accessActor: "system:reads")
        var sessions: [SessionID] = []
        for key in ["a", "b", "c"] {
            sessions.append(try await rig.session(key))
            try await rig.talk(sessions[sessions.count - 1], 1)
        }
        var configuration = Pruner.Configuration()
        configuration.sessionLimit = 2
        let pruner = Pruner(rig.ada, configuration: configuration)
        // Readings that nobody has written down say nothing, nor do messages.
        _ = try await rig.journal.state(of: sessions[0])
        try await rig.talk(sessions[0], 3, from: 10)
        #expect(
            try await pruner.pruneSessions(isDryRun: true).gone.map(\.session)
                == [sessions[0]])
        try await rig.journal.recordAccesses()
        #expect(
            try await pruner.pruneSessions(isDryRun: true).gone.map(\.session)
                == [sessions[1]])
        // By frequency: c is read twice, b once and later.
        for place in [2, 2, 0, 0, 1] {
            _ = try await rig.journal.state(of: sessions[place])
            rig.wait(10)
        }
        try await rig.journal.recordAccesses()
        #expect(
            try await pruner.pruneSessions(by: .lfu, isDryRun: true).gone.map(\.session)
                == [sessions[1]])
        #expect(
            try await pruner.pruneSessions(by: .lru, isDryRun: true).gone.map(\.session)
                == [sessions[2]])
    }

    @Test func eventsThatMakeNoSenseSayNothing() async throws {
        let rig = RetentionRig()
        let session = try await rig.session("a")
        let time: JSONValue = "2026-01-01T00:00:00Z"
        let bad: [JSONObject] = [
            [:], ["count": -1, "first": time, "last": time],
            ["count": 0, "first": time, "last": time],
            ["count": 1, "first": "x", "last": time], ["count": 1, "first": time],
        ]
        try await rig.ada.append(
            bad.map { EventDraft(.sessionAccessed, data: EventData($0)) }, to: session)
        #expect(try await Self.accesses(rig, session) == SessionAccesses())
        let huge = EventDraft(
            .sessionAccessed, data: ["count": .integer(.max), "first": time, "last": time])
        try await rig.ada.append([huge, huge, huge], to: session)
        #expect(try await Self.accesses(rig, session).count == .max)
        let kept = SessionAccesses(snapshot: try await Self.accesses(rig, session).snapshot)
        #expect(kept == (try await Self.accesses(rig, session)))
        for bad: JSONValue in [nil, [], ["x", 1, 2], ["1", "x", 2]] {
            #expect(SessionAccesses(snapshot: bad) == SessionAccesses())
        }
    }
}
