/// The room that the same events take.
enum Sizes: BenchCase {
    static let name = "size"
    static let summary = "bytes on the disk for the same events"

    private static let settled = Metric(
        name: "size.settled", text: "on the disk, sealed", unit: "MB", better: .lower)
    private static let smallest = Metric(
        name: "size.best", text: "on the disk, as small as each gets", unit: "MB", better: .lower)

    static func run(_ context: Context) async throws {
        let fixture = try await context.fixture(.large)
        for system in fixture.systems {
            if let size = fixture.settledSizes[system.name] {
                context.results.add(Double(size) / 1e6, settled, system.name)
            }
            if let size = fixture.smallestSizes[system.name] {
                context.results.add(Double(size) / 1e6, smallest, system.name)
            }
        }
    }
}
