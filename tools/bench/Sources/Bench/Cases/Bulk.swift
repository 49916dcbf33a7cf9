/// Many events in synced batches of 1,000.
///
/// Each system writes all of them before the next one does, so that what it does behind the appends
/// is on its own account. Two ends are measured: the last acknowledgement, and the last of the work
/// put off (the journal has sealed, SQLite has moved its log into its file, RocksDB has written out
/// its memory).
enum Bulk: BenchCase {
    static let name = "bulk"
    static let summary = "synced batches of 1,000 over 2,000 and 100,000 sessions, and of all sizes"

    private static let batchSize = 1_000

    private struct Variant {
        let name: String
        let text: String
        let sessions: Int
        let batches: Int
        let sizes: Workload.Sizes
    }

    private static func variants(_ context: Context) -> [Variant] {
        [
            Variant(
                name: "bulk", text: "batches of 1,000", sessions: 2_000,
                batches: context.scaled(100, quick: 8), sizes: .typical),
            Variant(
                name: "bulk-100k", text: "the same, 100,000 sessions",
                sessions: context.scaled(100_000, quick: 2_000),
                batches: context.scaled(150, quick: 4), sizes: .typical),
            Variant(
                name: "bulk-mixed", text: "the same, 200 B to 64 KB", sessions: 2_000,
                batches: context.scaled(12, quick: 1), sizes: .mixed),
        ]
    }

    static func run(_ context: Context) async throws {
        for variant in variants(context) { try await run(variant, context) }
    }

    private static func run(_ variant: Variant, _ context: Context) async throws {
        let acknowledged = Metric(
            name: variant.name + ".rate", text: variant.text, unit: "events/s", better: .higher)
        let sealed = Metric(
            name: variant.name + ".sealed", text: variant.text + ", all sealed", unit: "events/s",
            better: .higher)
        var workload = try Workload(sessions: variant.sessions, sizes: variant.sizes)
        let messages = workload.next(variant.batches * batchSize)
        for round in 0..<context.rounds {
            context.progress("  \(variant.name), round \(round + 1)")
            let folder = try context.freshFolder(variant.name)
            let systems = context.systems(in: folder).filter { $0.abilities.contains(.bulk) }
            for system in systems.rotated(by: round) {
                try await system.open()
                let began = nanoseconds()
                for start in stride(from: 0, to: messages.count, by: batchSize) {
                    try await system.append(messages[start..<(start + batchSize)])
                }
                let answered = nanoseconds()
                try await system.settle()
                let settled = nanoseconds()
                let count = Double(messages.count) * 1e9
                context.results.add(count / Double(answered - began), acknowledged, system.name)
                context.results.add(count / Double(settled - began), sealed, system.name)
                try await context.verify(system, messages)
                try await system.close()
            }
            Disk.remove(folder)
        }
    }
}
