import SessionJournal

/// What a compliance pack over everything costs.
enum Packing: BenchCase {
    static let name = "pack"
    static let summary = "a compliance pack of a million events"

    private static let time = Metric(
        name: "pack.1m", text: "a pack for all rules, per million events", unit: "s",
        better: .lower)
    private static let size = Metric(
        name: "pack.size", text: "the pack's size per event", unit: "bytes", better: .lower)

    static func run(_ context: Context) async throws {
        let folder = try context.freshFolder("pack")
        defer { Disk.remove(folder) }
        let path = try await filled(folder, context)
        for _ in 0..<context.rounds {
            let target = folder + "/made"
            let journal = try await Journal.open(readingAt: path)
            var made: ComplianceReport?
            let taken = try await seconds {
                made = try await journal.writeCompliancePack(to: target)
            }
            try await journal.close()
            guard let made, made.lost == 0, made.events == made.head.size, made.events > 0 else {
                throw BenchError("the pack is not of every event")
            }
            let events = Double(made.events)
            context.results.add(taken / events * 1_000_000, time, Results.ours)
            context.results.add(Double(made.bytes) / events, size, Results.ours)
            Disk.remove(target)
        }
    }

    /// A journal of a million messages in ten thousand sessions, sealed.
    private static func filled(_ folder: String, _ context: Context) async throws -> String {
        context.progress("  writing what is reported on")
        guard let ours = context.systems(in: folder).first(where: { $0.name == Results.ours })
        else {
            throw BenchError("the journal is not among the systems")
        }
        var workload = try Workload(sessions: context.scaled(10_000, quick: 200), seed: 17)
        try await ours.open()
        for _ in 0..<context.scaled(1_000, quick: 10) {
            try await ours.append(workload.next(1_000)[...])
        }
        try await ours.settle()
        try await ours.shrink()
        try await ours.close()
        return ours.path
    }
}
