/// Every event in order of sequence, envelopes parsed.
enum Scans: BenchCase {
    static let name = "scan"
    static let summary = "all events in order, envelopes parsed, warm and cold"

    private static let warm = Metric(
        name: "scan.warm", text: "full scan in order, warm", unit: "events/s", better: .higher)
    private static let cold = Metric(
        name: "scan.cold", text: "full scan in order, cold", unit: "events/s", better: .higher)

    static func run(_ context: Context) async throws {
        let fixture = try await context.fixture(.large)
        let systems = fixture.systems.filter { $0.abilities.contains(.scan) }
        for round in 0..<context.rounds {
            for system in systems.rotated(by: round) {
                Disk.dropCaches(below: system.path)
                let cold = try await seconds {
                    try await system.open()
                    try await scan(system, fixture)
                }
                let warm = try await seconds { try await scan(system, fixture) }
                try await system.close()
                context.results.add(Double(fixture.count) / warm, Scans.warm, system.name)
                context.results.add(Double(fixture.count) / cold, Scans.cold, system.name)
            }
        }
    }

    private static func scan(_ system: any System, _ fixture: ReadFixture) async throws {
        var tally = Tally()
        try await system.scan(&tally)
        try tally.check(equals: fixture.all, system.name, "a scan")
    }
}
