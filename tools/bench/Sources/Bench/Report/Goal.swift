/// What the journal is to reach, as a ratio within one run or as a figure.
struct Goal {
    enum Limit {
        case atLeast(Double)
        case atMost(Double)
    }

    /// The metric by name.
    let metric: String
    /// The systems that ours is compared with, the best of them; empty where the limit is a figure.
    var against: [String] = []
    /// Another metric of ours that is divided by instead.
    var by: String?
    let limit: Limit

    static let all: [Goal] = [
        Goal(metric: "append-one.median", against: ["raw"], limit: .atMost(1.3)),
        Goal(metric: "append-one.rate", against: ["SQLite"], limit: .atLeast(1.5)),
        Goal(metric: "append-64.rate", against: ["SQLite"], limit: .atLeast(8)),
        Goal(metric: "append-64.p99", limit: .atMost(2_000)),
        Goal(metric: "bulk.rate", against: engines, limit: .atLeast(1.5)),
        Goal(metric: "bulk.sealed", against: engines, limit: .atLeast(1.2)),
        Goal(metric: "observer.cost", limit: .atMost(1.02)),
        Goal(metric: "encryption.cost", limit: .atMost(2)),
        Goal(metric: "keys.erase.small", limit: .atMost(100)),
        Goal(metric: "keys.erase.large", limit: .atMost(100)),
        Goal(metric: "keys.erase.many", limit: .atMost(100)),
        Goal(metric: "scan.warm", against: ["SQLite"], limit: .atLeast(1)),
        Goal(metric: "scan.cold", against: ["SQLite"], limit: .atLeast(1.5)),
        Goal(metric: "sessions.cold", against: ["SQLite"], limit: .atLeast(2)),
        Goal(metric: "sessions.warm", against: ["SQLite"], limit: .atLeast(1.5)),
        Goal(metric: "point.cached", against: ["SQLite"], limit: .atLeast(1)),
        Goal(metric: "point.uncached", against: ["SQLite"], limit: .atLeast(0.1)),
        Goal(metric: "point.cold", against: ["SQLite"], limit: .atLeast(0.1)),
        Goal(metric: "size.best", against: ["SQLite"], limit: .atMost(1.0 / 3)),
        Goal(metric: "size.best", against: ["RocksDB"], limit: .atMost(0.75)),
        Goal(metric: "open.1m", limit: .atMost(50)),
        Goal(metric: "open.10m", limit: .atMost(50)),
        Goal(metric: "open.10m", by: "open.1m", limit: .atMost(1.5)),
        Goal(metric: "open-read.10m", by: "open-read.1m", limit: .atMost(1.5)),
        Goal(metric: "memory.reading", limit: .atMost(64)),
        Goal(metric: "states.p99", limit: .atMost(10)),
        Goal(metric: "states.blame", limit: .atMost(10)),
        Goal(metric: "states.history.cold", limit: .atMost(20)),
        Goal(metric: "states.history.warm", limit: .atMost(2)),
        Goal(metric: "states.space", limit: .atMost(5)),
        Goal(metric: "states.10m", limit: .atMost(5)),
        Goal(metric: "evidence.leaf", by: "evidence.hash", limit: .atMost(2.5)),
        Goal(metric: "evidence.proof", limit: .atMost(1)),
        Goal(metric: "evidence.proof.10m", limit: .atMost(1)),
        Goal(metric: "evidence.proof.size", limit: .atMost(1_500)),
        Goal(metric: "evidence.verify", limit: .atLeast(250_000)),
        Goal(metric: "compacting.rate", limit: .atLeast(0.95)),
        Goal(metric: "compacting.p99.cost", limit: .atMost(2)),
        Goal(metric: "pack.1m", limit: .atMost(60)),
        Goal(metric: "cache.zipf1", by: "cache.zipf1.best", limit: .atLeast(0.88)),
        Goal(metric: "cache.zipf13", limit: .atLeast(90)),
        Goal(metric: "cache.hit", limit: .atMost(1)),
        Goal(metric: "finding.again", limit: .atMost(50)),
        Goal(metric: "search.rare.p95", limit: .atMost(50)),
        Goal(metric: "search.usual.p95", limit: .atMost(50)),
    ]

    private static let engines = ["SQLite", "RocksDB", "LMDB"]

    /// What was measured, and whether it is enough; nil where it was not measured.
    func outcome(_ results: Results) -> (text: String, measured: Double, isMet: Bool)? {
        guard let metric = results.metric(metric) else { return nil }
        let measured: Double
        let words: String
        if let by {
            guard let other = results.metric(by) else { return nil }
            let value = Statistics.median(results.values(metric, Results.ours))
            let base = Statistics.median(results.values(other, Results.ours))
            guard base > 0 else { return nil }
            measured = value / base
            words = " × \(other.name)"
        } else if against.isEmpty {
            measured = Statistics.median(results.values(metric, Results.ours))
            words = " \(metric.unit)"
        } else {
            let best =
                against == [Results.limits]
                ? Results.limits : results.bestPeer(metric, among: against)
            guard let best, let ratio = results.ratio(metric, Results.ours, by: best) else {
                return nil
            }
            measured = ratio
            words = " × \(best)"
        }
        switch limit {
        case .atLeast(let limit):
            return ("≥ \(Table.number(limit))" + words, measured, measured >= limit)
        case .atMost(let limit):
            return ("≤ \(Table.number(limit))" + words, measured, measured <= limit)
        }
    }
}
