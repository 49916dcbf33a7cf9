internal import SessionJournal
internal import Synchronization

/// What an observer costs: the same batches into three journals in turn, one of which is observed. The
/// ratio of the two others, which should be 1, says how far the first can be believed.
enum Observer: BenchCase {
    static let name = "observer"
    static let summary = "synced batches of 1,000 events with an observer and without one"

    private static let cost = Metric(
        name: "observer.cost", text: "batches of 1,000, observed / not observed", unit: "×",
        better: .lower)
    private static let control = Metric(
        name: "observer.control", text: "the same, neither observed", unit: "×", better: .lower)
    /// So that each journal comes as often behind each other one.
    private static let orders = [
        [0, 1, 2], [2, 1, 0], [1, 2, 0], [0, 2, 1], [2, 0, 1], [1, 0, 2],
    ]
    private static let batchSize = 1_000

    /// Adds up what somebody who watches would want to know.
    private final class Sums: JournalObserver {
        let sums = Mutex<[JournalOperation: (count: Int, bytes: Int, longest: Duration)]>([:])

        func observe(_ operation: ObservedOperation) {
            sums.withLock { sums in
                var sum = sums[operation.operation] ?? (0, 0, .zero)
                sum.count += 1
                sum.bytes += operation.bytes
                sum.longest = max(sum.longest, operation.duration)
                sums[operation.operation] = sum
            }
        }
    }

    static func run(_ context: Context) async throws {
        for round in 0..<context.rounds {
            let folder = try context.freshFolder(name)
            let observer = Sums()
            var options = JournalOptions()
            options.observer = observer
            let journals = [
                JournalSystem(path: folder + "/plain"), JournalSystem(path: folder + "/control"),
                JournalSystem(path: folder + "/observed", options: options),
            ]
            var workload = try Workload(sessions: 2_000)
            for journal in journals { try await journal.open() }
            var ratios: (cost: [Double], control: [Double]) = ([], [])
            var messages: [Message] = []
            for batch in 0..<context.scaled(120, quick: 8) {
                let next = workload.next(batchSize)
                var taken = journals.map { _ in 0.0 }
                for number in orders[(batch + round) % orders.count] {
                    let began = nanoseconds()
                    try await journals[number].append(next[...])
                    taken[number] = Double(nanoseconds() - began)
                }
                ratios.control.append(taken[1] / taken[0])
                ratios.cost.append(taken[2] / taken[0])
                messages += next
            }
            context.results.add(Statistics.median(ratios.cost), cost, Results.ours)
            context.results.add(Statistics.median(ratios.control), control, Results.ours)
            try await context.verify(journals[2], messages)
            for journal in journals { try await journal.close() }
            guard observer.sums.withLock({ $0[.append]?.count }) == ratios.cost.count else {
                throw BenchError("the observer was not told of every append")
            }
            Disk.remove(folder)
        }
    }
}
