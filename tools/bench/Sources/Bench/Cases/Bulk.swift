/// Many events in synced batches of 1,000, over 2,000 sessions.
enum Bulk: BenchCase {
    static let name = "bulk"
    static let summary = "synced batches of 1,000 events of about 1 KB, 2,000 sessions"

    static func run(_ context: Context) async throws {
        try await BulkLoad(
            name: name, text: "batches of 1,000", sessions: 2_000,
            batches: context.scaled(100, quick: 8), sizes: .typical
        ).run(context)
    }
}

/// The same over 100,000 sessions, which each get an event or two.
enum BulkManySessions: BenchCase {
    static let name = "bulk-100k"
    static let summary = "the same over 100,000 interleaved sessions"

    static func run(_ context: Context) async throws {
        try await BulkLoad(
            name: name, text: "the same, 100,000 sessions",
            sessions: context.scaled(100_000, quick: 2_000),
            batches: context.scaled(150, quick: 4), sizes: .typical
        ).run(context)
    }
}

/// The same with events of all sizes.
enum BulkMixed: BenchCase {
    static let name = "bulk-mixed"
    static let summary = "the same with events of 200 B to 64 KB"

    static func run(_ context: Context) async throws {
        try await BulkLoad(
            name: name, text: "the same, 200 B to 64 KB",
            sessions: context.scaled(2_000, quick: 100), batches: context.scaled(15, quick: 1),
            sizes: .mixed
        ).run(context)
    }
}

/// A load of batches into an empty store.
///
/// Each system writes all of them before the next one does, so that what it does behind the appends
/// is on its own account. Two ends are measured: the last acknowledgement, and the last of the work
/// put off (the journal has sealed, SQLite has moved its log into its file, RocksDB has written out
/// its memory).
struct BulkLoad {
    let name: String
    let text: String
    let sessions: Int
    let batches: Int
    let sizes: Workload.Sizes

    private static let batchSize = 1_000

    func run(_ context: Context) async throws {
        let acknowledged = Metric(
            name: name + ".rate", text: text, unit: "events/s", better: .higher)
        let sealed = Metric(
            name: name + ".sealed", text: text + ", all sealed", unit: "events/s",
            better: .higher)
        var workload = try Workload(sessions: sessions, sizes: sizes)
        let messages = workload.next(batches * Self.batchSize)
        for round in 0..<context.rounds {
            let folder = try context.freshFolder(name)
            let systems = context.systems(in: folder).filter { $0.abilities.contains(.bulk) }
            for system in systems.rotated(by: round) {
                try await system.open()
                let began = nanoseconds()
                for start in stride(from: 0, to: messages.count, by: Self.batchSize) {
                    try await system.append(messages[start..<(start + Self.batchSize)])
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
