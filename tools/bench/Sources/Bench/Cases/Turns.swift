/// What an application pays for its record: a new session, and a turn in one that goes on.
enum Turns: BenchCase {
    static let name = "turns"
    static let summary = "creating a session; a turn of a conversation, synced"

    private static let creating = Metric(
        name: "turns.create", text: "create a session, median", unit: "µs", better: .lower)
    private static let turn = Metric(
        name: "turns.turn", text: "a turn (two messages) after 100 turns, median", unit: "µs",
        better: .lower)

    static func run(_ context: Context) async throws {
        let folder = try context.freshFolder("turns")
        let systems = context.systems(in: folder).filter {
            [Results.ours, "SQLite", "file a session"].contains($0.name)
        }
        for round in 0..<context.rounds {
            for system in systems.rotated(by: round) {
                try await system.open()
                try await measure(system, round, context)
                try await system.close()
            }
        }
        Disk.remove(folder)
    }

    private static func measure(
        _ system: any System, _ round: Int, _ context: Context
    ) async throws {
        let count = context.scaled(100, quick: 5)
        var work = try Workload(sessions: count, seed: 9, first: 2_000_000 + round * count)
        var times: [Double] = []
        for number in 0..<count {
            let message = work.next(in: number)
            times.append(try await seconds { try await system.append([message]) } * 1e6)
        }
        context.results.add(Statistics.median(times), creating, system.name)
        // One conversation of two hundred messages, and then the turns that are measured.
        for _ in 0..<context.scaled(200, quick: 10) {
            try await system.append([work.next(in: 0)])
        }
        times = []
        for _ in 0..<count {
            let said = work.next(in: 0)
            let answered = work.next(in: 0)
            times.append(
                try await seconds {
                    try await system.append([said])
                    try await system.append([answered])
                } * 1e6)
        }
        context.results.add(Statistics.median(times), turn, system.name)
    }
}
