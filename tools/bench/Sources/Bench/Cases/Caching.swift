internal import Glibc
internal import SessionJournal

/// What a cache of sessions serves where some are asked for far more often than others.
enum Caching: BenchCase {
    static let name = "caching"
    static let summary = "100,000 sessions asked for by Zipf's law, a cache of 5,000 in front"

    private static let flat = Metric(
        name: "cache.zipf1", text: "served by the cache, s = 1.0", unit: "%", better: .higher)
    private static let flatBest = Metric(
        name: "cache.zipf1.best", text: "the 5,000 most asked for, s = 1.0", unit: "%",
        better: .higher)
    private static let steep = Metric(
        name: "cache.zipf13", text: "served by the cache, s = 1.3", unit: "%", better: .higher)
    private static let hit = Metric(
        name: "cache.hit", text: "a state that is kept", unit: "µs", better: .lower)
    private static let busy = Metric(
        name: "cache.hit.busy", text: "the same, somebody appends before each", unit: "µs",
        better: .lower)
    private static let size = Metric(
        name: "cache.estimate", text: "memory as estimated, beside that taken", unit: "×",
        better: .lower)

    static func run(_ context: Context) async throws {
        let journal = Journal.inMemory()
        let writer = journal.as("user:bench")
        var sessions: [SessionID] = []
        let count = context.scaled(100_000, quick: 2_000)
        for _ in 0..<count { sessions.append(try await writer.createSession()) }
        let room = count / 20
        for round in 0..<context.rounds {
            let first = try await served(1.0, journal, sessions, room, seed: UInt64(round), context)
            context.results.add(first.rate, flat, Results.ours)
            context.results.add(first.best, flatBest, Results.ours)
            let second = try await served(
                1.3, journal, sessions, room, seed: UInt64(round), context)
            context.results.add(second.rate, steep, Results.ours)
            try await hits(journal, Array(sessions.prefix(1_000)), context)
        }
        try await journal.close()
        try await estimate(context)
    }

    /// How much a cache serves behind a time of filling up, and the best that a fixed choice could.
    private static func served(
        _ exponent: Double, _ journal: Journal, _ sessions: [SessionID], _ room: Int, seed: UInt64,
        _ context: Context
    ) async throws -> (rate: Double, best: Double) {
        var sums: [Double] = []
        var sum = 0.0
        for rank in 1...sessions.count {
            sum += pow(Double(rank), -exponent)
            sums.append(sum)
        }
        var random = Random(seed: 900 + seed)
        let order = random.shuffled(sessions)
        var configuration = SessionCache.Configuration()
        configuration.sessionLimit = room
        let cache = SessionCache(of: journal, configuration: configuration)
        var before = cache.statistics
        let asked = context.scaled(400_000, quick: 10_000)
        for number in 0..<asked {
            if number == asked / 4 { before = cache.statistics }
            let wanted = Double(random.next() >> 11) / 9_007_199_254_740_992 * sum
            _ = try await cache.state(of: order[place(of: wanted, in: sums)])
        }
        let after = cache.statistics
        await cache.close()
        let hits = Double(after.hits - before.hits)
        let all = hits + Double(after.misses - before.misses)
        return (100 * hits / all, 100 * sums[room - 1] / sum)
    }

    private static func place(of wanted: Double, in sums: [Double]) -> Int {
        var range = 0..<(sums.count - 1)
        while !range.isEmpty {
            let middle = (range.lowerBound + range.upperBound) / 2
            if sums[middle] < wanted {
                range = (middle + 1)..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        return range.lowerBound
    }

    private static func hits(
        _ journal: Journal, _ sessions: [SessionID], _ context: Context
    ) async throws {
        var configuration = SessionCache.Configuration()
        configuration.sessionLimit = sessions.count
        let cache = SessionCache(of: journal, configuration: configuration)
        for _ in 0..<2 {
            for session in sessions { _ = try await cache.state(of: session) }
        }
        let repeats = context.scaled(200, quick: 5)
        let quiet = try await seconds {
            for _ in 0..<repeats {
                for session in sessions { _ = try await cache.state(of: session) }
            }
        }
        context.results.add(quiet * 1e6 / Double(repeats * sessions.count), hit, Results.ours)
        let writer = journal.as("user:bench")
        let other = try await writer.createSession()
        var total: UInt64 = 0
        for session in sessions {
            try await writer.append(EventDraft("x.note", data: ["n": 1]), to: other)
            let began = nanoseconds()
            _ = try await cache.state(of: session)
            total += nanoseconds() - began
        }
        context.results.add(Double(total) / 1e3 / Double(sessions.count), busy, Results.ours)
        guard cache.statistics.misses == UInt64(sessions.count) else {
            throw BenchError("what was measured were no hits")
        }
        await cache.close()
    }

    /// The estimate beside what the process has grown by meanwhile, less what a first pass has already
    /// made it grow by.
    private static func estimate(_ context: Context) async throws {
        let journal = try await Journal.create(
            at: context.freshFolder("caching") + "/journal")
        var workload = try Workload(sessions: 100, seed: 5)
        let writer = journal.as("user:bench")
        var sessions: [SessionID] = []
        for number in 0..<100 { sessions.append(try await writer.createSession(key: "s\(number)")) }
        for number in 0..<context.scaled(40_000, quick: 2_000) {
            try await writer.say(
                "user", String(decoding: workload.next().data, as: UTF8.self),
                in: sessions[number % sessions.count], durability: .buffered)
        }
        let cache = SessionCache(of: journal)
        // What reading keeps for itself is kept already.
        for session in sessions { _ = try await journal.state(of: session) }
        let before = Machine.memory("VmRSS")
        for session in sessions { _ = try await cache.state(of: session) }
        let taken = 1_024 * (Double(Machine.memory("VmRSS")) - Double(before))
        context.results.add(Double(cache.estimateBytes) / max(1, taken), size, Results.ours)
        await cache.close()
        try await journal.close()
    }
}
