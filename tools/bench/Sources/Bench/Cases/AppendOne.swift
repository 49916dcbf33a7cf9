/// One writer, one durable event at a time. The systems take turns at every single event.
enum AppendOne: BenchCase {
    static let name = "append-one"
    static let summary = "one writer, one durable event of about 1 KB at a time"

    private static let middle = Metric(
        name: "append-one.median", text: "one durable event, median", unit: "µs", better: .lower)
    private static let tail = Metric(
        name: "append-one.p99", text: "one durable event, p99", unit: "µs", better: .lower)
    private static let rate = Metric(
        name: "append-one.rate", text: "one durable event after the other", unit: "events/s",
        better: .higher)

    static func run(_ context: Context) async throws {
        let folder = try context.freshFolder(name)
        let raw = try RawSync(path: folder + "/raw")
        let systems = context.systems(in: folder)
        let sessions = 50
        var workload = try Workload(sessions: sessions)
        var written = (0..<sessions).map { workload.next(in: $0) }
        for system in systems {
            try await system.open()
            try await system.append(written[...])
        }
        for round in 0..<context.rounds {
            let messages = workload.next(context.scaled(500, quick: 60))
            var latencies: [String: [Double]] = [:]
            for (index, message) in messages.enumerated() {
                let one = [message][...]
                for turn in 0...systems.count {
                    let number = (turn + index + round) % (systems.count + 1)
                    let began = nanoseconds()
                    if number == systems.count {
                        try raw.write()
                    } else {
                        try await systems[number].append(one)
                    }
                    let taken = Double(nanoseconds() - began) / 1_000
                    let name = number == systems.count ? Results.limits : systems[number].name
                    latencies[name, default: []].append(taken)
                }
            }
            written += messages
            for (system, latencies) in latencies {
                context.results.add(Statistics.median(latencies), middle, system)
                context.results.add(Statistics.percentile(latencies, 0.99), tail, system)
                let sum = latencies.reduce(0, +) / 1e6
                context.results.add(Double(latencies.count) / sum, rate, system)
            }
        }
        for system in systems {
            try await context.verify(system, written)
            try await system.close()
        }
        Disk.remove(folder)
    }
}
