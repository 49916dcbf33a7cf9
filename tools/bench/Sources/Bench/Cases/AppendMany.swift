internal import Synchronization

/// 64 callers at once, each with a session of its own, each waiting for its event to be durable.
///
/// Callers are tasks for the journal, and threads for the peers, whose calls block. SQLite is
/// measured as one writer that does a transaction an event, and once more with 64 threads behind the
/// lock of its one connection.
enum AppendMany: BenchCase {
    static let name = "append-64"
    static let summary = "64 concurrent appenders, each append durable"

    private static let callers = 64

    private static let rate = Metric(
        name: "append-64.rate", text: "64 appenders (SQLite: one)", unit: "events/s",
        better: .higher)
    private static let tail = Metric(
        name: "append-64.p99", text: "64 appenders (SQLite: one), p99", unit: "µs", better: .lower)
    private static let lockedRate = Metric(
        name: "append-64-locked.rate", text: "64 appenders (SQLite: 64 threads)", unit: "events/s",
        better: .higher)
    private static let lockedTail = Metric(
        name: "append-64-locked.p99", text: "64 appenders (SQLite: 64 threads), p99", unit: "µs",
        better: .lower)

    /// How a system is called.
    private enum Manner {
        case tasks, threads, oneWriter
    }

    static func run(_ context: Context) async throws {
        let folder = try context.freshFolder(name)
        let ours = context.systems(in: folder).filter { $0.abilities.contains(.bulk) }
        let locked = SQLiteSystem(path: folder + "/sqlite-64")
        var measured: [(system: any System, manner: Manner)] = ours.map { system in
            (
                system,
                system is JournalSystem ? .tasks : system is SQLiteSystem ? .oneWriter : .threads
            )
        }
        if measured.contains(where: { $0.system is SQLiteSystem }) {
            measured.append((locked, .threads))
        }
        var workload = try Workload(sessions: callers)
        var written = (0..<callers).map { workload.next(in: $0) }
        for (system, _) in measured {
            try await system.open()
            try await system.append(written[...])
        }
        let count = context.scaled(120, quick: 8)
        for round in 0..<context.rounds {
            let lists = (0..<callers).map { caller in
                (0..<count).map { _ in workload.next(in: caller) }
            }
            for (system, manner) in measured.rotated(by: round) {
                let began = nanoseconds()
                let latencies = try await append(lists, to: system, manner)
                let taken = Double(nanoseconds() - began) / 1e9
                let speed = Double(latencies.count) / taken
                let slowest = Statistics.percentile(latencies, 0.99)
                if system !== locked {
                    context.results.add(speed, rate, system.name)
                    context.results.add(slowest, tail, system.name)
                }
                if system === locked || manner == .tasks {
                    context.results.add(speed, lockedRate, system.name)
                    context.results.add(slowest, lockedTail, system.name)
                }
            }
            written += lists.flatMap { $0 }
        }
        for (system, _) in measured {
            try await context.verify(system, written)
            try await system.close()
        }
        Disk.remove(folder)
    }

    /// Appends the list of each caller and returns the microseconds that each append took.
    private static func append(
        _ lists: [[Message]], to system: any System, _ manner: Manner
    ) async throws -> [Double] {
        switch manner {
        case .tasks:
            return try await withThrowingTaskGroup(of: [Double].self) { group in
                for list in lists {
                    group.addTask { try await appendAsTask(list, system) }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
        case .threads:
            guard let system = system as? any BlockingSystem else { return [] }
            let all = Mutex<[Double]>([])
            try onThreads(lists.count) { caller in
                let latencies = try appendBlocking(lists[caller], system)
                all.withLock { $0 += latencies }
            }
            return all.withLock { $0 }
        case .oneWriter:
            guard let system = system as? any BlockingSystem else { return [] }
            // In turns over the sessions, as the events of many callers would come.
            let order = (0..<lists[0].count).flatMap { index in lists.map { $0[index] } }
            return try appendBlocking(order, system)
        }
    }

    @concurrent
    private static func appendAsTask(
        _ messages: [Message], _ system: any System
    ) async throws -> [Double] {
        var latencies: [Double] = []
        for index in messages.indices {
            let began = nanoseconds()
            try await system.append(messages[index...index])
            latencies.append(Double(nanoseconds() - began) / 1_000)
        }
        return latencies
    }

    private static func appendBlocking(
        _ messages: [Message], _ system: any BlockingSystem
    ) throws -> [Double] {
        var latencies: [Double] = []
        for index in messages.indices {
            let began = nanoseconds()
            try system.write(messages[index...index])
            latencies.append(Double(nanoseconds() - began) / 1_000)
        }
        return latencies
    }
}
