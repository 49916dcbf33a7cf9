/// Single events by sequence number, at random.
enum PointReads: BenchCase {
    static let name = "point"
    static let summary = "one event by sequence number, at random"

    private static let cached = Metric(
        name: "point.cached", text: "one event, all in the cache", unit: "reads/s", better: .higher)
    private static let uncached = Metric(
        name: "point.uncached", text: "one event, far more than the cache", unit: "reads/s",
        better: .higher)
    private static let cold = Metric(
        name: "point.cold", text: "one event, nothing in memory", unit: "reads/s", better: .higher)

    static func run(_ context: Context) async throws {
        let small = try await context.fixture(.small)
        let large = try await context.fixture(.large)
        for round in 0..<context.rounds {
            var random = Random(seed: 100 + UInt64(round))
            func choose(_ count: Int, of fixture: ReadFixture) -> [UInt64] {
                (0..<count).map { _ in 1 + UInt64(random.below(fixture.count)) }
            }
            let often = choose(context.scaled(20_000, quick: 1_000), of: small)
            let wide = choose(context.scaled(4_000, quick: 500), of: large)
            let few = choose(context.scaled(300, quick: 40), of: large)
            let able = small.systems.indices.filter {
                small.systems[$0].abilities.contains(.points)
            }
            for number in able.rotated(by: round) {
                try await measure(small.systems[number], context, cached, often, small) { system in
                    try await read(Array(1...UInt64(small.count)), system, small)
                }
                try await measure(large.systems[number], context, uncached, wide, large) { system in
                    // The files are in the system's memory, and the cache has seen other events.
                    var tally = Tally()
                    try await system.scan(&tally)
                }
                Disk.dropCaches(below: large.systems[number].path)
                try await measure(large.systems[number], context, cold, few, large) { _ in }
            }
        }
    }

    private static func measure(
        _ system: any System, _ context: Context, _ metric: Metric, _ sequences: [UInt64],
        _ fixture: ReadFixture, after prepare: (any System) async throws -> Void
    ) async throws {
        try await system.open()
        try await prepare(system)
        let taken = try await seconds { try await read(sequences, system, fixture) }
        try await system.close()
        context.results.add(Double(sequences.count) / taken, metric, system.name)
    }

    private static func read(
        _ sequences: [UInt64], _ system: any System, _ fixture: ReadFixture
    ) async throws {
        var tally = Tally()
        try await system.read(sequences: sequences, &tally)
        var expected = Tally()
        for sequence in sequences {
            expected.take(fixture.messages[Int(sequence) - 1], sequence: sequence)
        }
        try tally.check(equals: expected, system.name, "reading single events")
    }
}
