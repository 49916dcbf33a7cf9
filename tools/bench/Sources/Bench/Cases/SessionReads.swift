/// All sessions, one after the other in no order, out of interleaved writing.
enum SessionReads: BenchCase {
    static let name = "sessions"
    static let summary = "all sessions, one after the other, out of interleaved writing"

    private static let warm = Metric(
        name: "sessions.warm", text: "all sessions in turn, warm", unit: "events/s",
        better: .higher)
    private static let cold = Metric(
        name: "sessions.cold", text: "all sessions in turn, cold", unit: "events/s",
        better: .higher)

    static func run(_ context: Context) async throws {
        let fixture = try await context.fixture(.large)
        let systems = fixture.systems.filter { $0.abilities.contains(.sessions) }
        for round in 0..<context.rounds {
            var random = Random(seed: UInt64(round))
            let order = random.shuffled(fixture.sessions.sorted { $0.high < $1.high })
            for system in systems.rotated(by: round) {
                Disk.dropCaches(below: system.path)
                let cold = try await seconds {
                    try await system.open()
                    try await read(order, system, fixture)
                }
                let warm = try await seconds { try await read(order, system, fixture) }
                try await system.close()
                context.results.add(Double(fixture.count) / warm, SessionReads.warm, system.name)
                context.results.add(Double(fixture.count) / cold, SessionReads.cold, system.name)
            }
        }
    }

    private static func read(
        _ sessions: [SessionName], _ system: any System, _ fixture: ReadFixture
    ) async throws {
        var tally = Tally()
        try await system.read(sessions: sessions, &tally)
        try tally.check(equals: fixture.all, system.name, "reading the sessions")
    }
}
