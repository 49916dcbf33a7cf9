import JournalTestKit
import Synchronization
import Testing

@testable import SessionJournal

@Suite struct SessionCacheTests {
    /// A clock that stands until somebody moves it, in nanoseconds.
    private final class StandingClock: Sendable {
        private let time = Atomic<UInt64>(1_000)

        func advance(seconds: UInt64) { time.add(seconds * 1_000_000_000, ordering: .relaxed) }

        var now: @Sendable () -> UInt64 { { self.time.load(ordering: .relaxed) } }
    }

    private struct Rig {
        let journal = Journal.inMemory()
        let clock = StandingClock()
        let cache: SessionCache
        var ada: JournalWriter { journal.as("user:ada") }

        init(_ change: (inout SessionCache.Configuration) -> Void = { _ in }) {
            var configuration = SessionCache.Configuration()
            configuration.cleanupInterval = nil
            change(&configuration)
            cache = SessionCache(of: journal, configuration: configuration, now: clock.now)
        }

        func sessions(_ count: Int) async throws -> [SessionID] {
            var sessions: [SessionID] = []
            for number in 0..<count {
                sessions.append(try await ada.createSession(key: "s\(number)"))
            }
            return sessions
        }
    }

    @Test func theDefaultsAreThoseOfTheField() {
        let configuration = SessionCache.Configuration()
        #expect(configuration.sessionLimit == 100)
        #expect(configuration.timeToLive == .seconds(3_600))
        #expect(configuration.cleanupInterval == .seconds(300))
    }

    @Test func whatIsKeptIsServedUntilTheSessionGetsAnEvent() async throws {
        let rig = Rig()
        let (cache, ada) = (rig.cache, rig.ada)
        let sessions = try await rig.sessions(2)
        #expect(try await cache.get(sessions[0]) == nil)
        #expect(try await cache.state(of: sessions[0]).version == 1)
        #expect(try await cache.get(sessions[0])?.version == 1)
        // Another session is another matter.
        try await ada.say("user", "hello", in: sessions[1])
        #expect(try await cache.get(sessions[0])?.version == 1)
        #expect(try await cache.get(sessions[0])?.version == 1)
        try await ada.say("user", "hello", in: sessions[0])
        #expect(try await cache.get(sessions[0]) == nil)
        #expect(try await cache.state(of: sessions[0]).version == 2)
        let statistics = cache.statistics
        #expect(statistics.hits == 3 && statistics.misses == 4)
        #expect(statistics.invalidations == 1 && statistics.entries == 1)
        #expect(statistics.evictions == 0 && statistics.expirations == 0)
        #expect(cache.hitRate == statistics.hitRate && abs(cache.hitRate - 300 / 7) < 1e-9)
    }

    /// A field that is declared is one of every session's.
    @Test func aDeclarationMakesWhatIsKeptOutOfDate() async throws {
        let rig = Rig()
        let session = try await rig.sessions(1)[0]
        _ = try await rig.cache.state(of: session)
        try await rig.ada.declareField(MetadataField("mood", type: .string))
        let state = try await rig.cache.state(of: session)
        #expect(state.schema["mood"] != nil)
    }

    @Test func theLeastRecentlyUsedMakesRoom() async throws {
        let rig = Rig { $0.sessionLimit = 3 }
        let sessions = try await rig.sessions(4)
        for session in sessions[..<3] { _ = try await rig.cache.state(of: session) }
        _ = try await rig.cache.get(sessions[0])
        _ = try await rig.cache.state(of: sessions[3])
        #expect(try await rig.cache.get(sessions[1]) == nil)
        for place in [0, 2, 3] { #expect(try await rig.cache.get(sessions[place]) != nil) }
        #expect(rig.cache.statistics.evictions == 1 && rig.cache.statistics.entries == 3)
    }

    @Test func whatHasExpiredIsNotServed() async throws {
        let rig = Rig { $0.timeToLive = .seconds(10) }
        let sessions = try await rig.sessions(2)
        _ = try await rig.cache.state(of: sessions[0])
        let state = try await rig.journal.state(of: sessions[1])
        try await rig.cache.set(state, ttl: .seconds(20))
        try await rig.cache.set(try await rig.journal.state(of: sessions[0]))
        rig.clock.advance(seconds: 9)
        #expect(try await rig.cache.get(sessions[0]) != nil)
        // Reading does not prolong it.
        rig.clock.advance(seconds: 1)
        #expect(try await rig.cache.get(sessions[0]) == nil)
        #expect(try await rig.cache.get(sessions[1]) != nil)
        rig.clock.advance(seconds: 10)
        await rig.cache.cleanUp()
        let statistics = rig.cache.statistics
        #expect(statistics.expirations == 2 && statistics.entries == 0)
        try await rig.cache.set(state, ttl: .zero)
        try await rig.cache.set(state, ttl: .seconds(-1))
        #expect(rig.cache.statistics.entries == 0)
        try await rig.cache.set(state, ttl: .seconds(Int64.max))
        rig.clock.advance(seconds: 1 << 32)
        #expect(try await rig.cache.get(sessions[1]) != nil)
    }

    @Test func cleaningUpTakesWhatIsOutOfDate() async throws {
        let rig = Rig()
        let sessions = try await rig.sessions(3)
        for session in sessions { _ = try await rig.cache.state(of: session) }
        try await rig.ada.say("user", "hello", in: sessions[1])
        await rig.cache.cleanUp()
        #expect(rig.cache.statistics.entries == 2 && rig.cache.statistics.invalidations == 1)
    }

    /// A state of long ago, put in by hand, is never served.
    @Test func whatWasOutOfDateFromTheStartIsNotServed() async throws {
        let rig = Rig()
        let session = try await rig.sessions(1)[0]
        let old = try await rig.journal.state(of: session)
        try await rig.ada.say("user", "hello", in: session)
        try await rig.cache.set(old)
        #expect(try await rig.cache.get(session) == nil)
        // Nor does it take the place of a later one.
        let new = try await rig.cache.state(of: session)
        try await rig.cache.set(old)
        #expect(try await rig.cache.get(session)?.version == new.version)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await rig.cache.set(SessionState())
        }
    }

    @Test func itIsPrunedBySizeAndByReads() async throws {
        let rig = Rig()
        let sessions = try await rig.sessions(6)
        for (number, session) in sessions.enumerated() {
            let text = String(repeating: "x", count: 20_000)
            try await rig.ada.say("user", text, in: session)
            _ = try await rig.cache.state(of: session)
            for _ in 0..<number { _ = try await rig.cache.get(session) }
        }
        let total = rig.cache.estimateBytes
        #expect(total > 6 * 20_000 && total < 6 * 40_000)
        #expect(rig.cache.statistics.bytes == total)
        #expect(rig.cache.pruneBySize(total) == 0)
        #expect(rig.cache.pruneBySize(total * 3 / 5) == 3)
        #expect(rig.cache.estimateBytes <= total * 3 / 5)
        // The oldest went.
        #expect(try await rig.cache.get(sessions[2]) == nil)
        // 3, 4 and 5 reads.
        #expect(rig.cache.pruneByAccessCount(3) == 0)
        #expect(rig.cache.pruneByAccessCount(5) == 2)
        #expect(try await rig.cache.get(sessions[5]) != nil)
        #expect(rig.cache.statistics.evictions == 5)
        #expect(rig.cache.pruneBySize(-1) == 1 && rig.cache.estimateBytes == 0)
        #expect(rig.cache.pruneByAccessCount(.max) == 0)
    }

    @Test func itForgetsWhatItIsToldTo() async throws {
        let rig = Rig()
        let sessions = try await rig.sessions(2)
        for session in sessions { _ = try await rig.cache.state(of: session) }
        #expect(rig.cache.remove(sessions[0]) && !rig.cache.remove(sessions[0]))
        #expect(rig.cache.statistics.entries == 1)
        rig.cache.removeAll()
        #expect(rig.cache.statistics.entries == 0)
        await #expect(throws: JournalError(.sessionNotFound, "")) {
            try await rig.cache.state(of: SessionID("00000000000070008000000000000009")!)
        }
    }

    @Test func aClosedCacheServesNothing() async throws {
        let rig = Rig { $0.cleanupInterval = .milliseconds(1) }
        let session = try await rig.sessions(1)[0]
        let state = try await rig.cache.state(of: session)
        await rig.cache.close()
        await rig.cache.close()
        await #expect(throws: JournalError(.closed, "")) { try await rig.cache.get(session) }
        await #expect(throws: JournalError(.closed, "")) { try await rig.cache.set(state) }
        await #expect(throws: JournalError(.closed, "")) { try await rig.cache.state(of: session) }
        #expect(rig.cache.statistics.entries == 0)
        // The journal is not its own.
        #expect(try await rig.journal.state(of: session).version == 1)
    }

    /// The task of the cache does what `cleanUp` does, and does not keep the cache alive.
    @Test func itCleansUpByItself() async throws {
        let rig = Rig { $0.cleanupInterval = .milliseconds(2) }
        let session = try await rig.sessions(1)[0]
        _ = try await rig.cache.state(of: session)
        rig.clock.advance(seconds: 4_000)
        while rig.cache.statistics.expirations == 0 { try await Task.sleep(for: .milliseconds(1)) }
        #expect(rig.cache.statistics.entries == 0)
        weak var gone: SessionCache?
        do {
            var configuration = SessionCache.Configuration()
            configuration.cleanupInterval = .seconds(3_600)
            let cache = SessionCache(of: rig.journal, configuration: configuration)
            gone = cache
            #expect(cache.configuration == configuration)
        }
        #expect(gone == nil)
    }

    /// Whoever has appended reads what it appended, whoever else is folding meanwhile.
    @Test func nobodyReadsWhatWasBeforeTheOwnAppend() async throws {
        let rig = Rig { $0.sessionLimit = 3 }
        let sessions = try await rig.sessions(5)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    var generator = SeededGenerator(seed: UInt64(number))
                    let writer = rig.journal.as("user:\(number)")
                    for _ in 0..<60 {
                        let session = sessions[Int.random(in: 0..<5, using: &generator)]
                        if Bool.random(using: &generator) {
                            let receipt = try await writer.append(
                                EventDraft("x.note", data: ["n": 1]), to: session)
                            let state = try await rig.cache.state(of: session)
                            #expect(state.version >= receipt.version)
                        } else {
                            let head = try await rig.journal.store.head(of: session)
                            let state = try await rig.cache.state(of: session)
                            #expect(state.version >= head?.version ?? 0)
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        let statistics = rig.cache.statistics
        #expect(statistics.entries <= 3 && statistics.hits + statistics.misses == 480)
    }
}
