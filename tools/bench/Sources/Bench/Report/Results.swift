/// What is measured: one line of the table.
struct Metric: Hashable, Sendable {
    /// The name in `--json`: the case, and what of it.
    let name: String
    /// The words in the table.
    let text: String
    let unit: String
    let better: Better

    enum Better: Sendable {
        case higher, lower
    }
}

/// The values of a run, one a round, by metric and system.
struct Results {
    private(set) var metrics: [Metric] = []
    private var values: [Metric: [String: [Double]]] = [:]

    /// The systems of the columns, ours first.
    static let systems = [
        "journal", "SQLite", "RocksDB", "LMDB", "JSON Lines", "file a session", "raw",
    ]
    static let ours = "journal"

    /// What is measured beside the systems and is none of them.
    static let limits = "raw"

    mutating func add(_ value: Double, _ metric: Metric, _ system: String) {
        if values[metric] == nil { metrics.append(metric) }
        values[metric, default: [:]][system, default: []].append(value)
    }

    func values(_ metric: Metric, _ system: String) -> [Double] {
        values[metric]?[system] ?? []
    }

    func metric(_ name: String) -> Metric? { metrics.first { $0.name == name } }

    /// The peers that were measured.
    func peers(_ metric: Metric) -> [String] {
        Results.systems.filter {
            $0 != Results.ours && $0 != Results.limits && values[metric]?[$0] != nil
        }
    }

    /// The peer with the best median.
    func bestPeer(_ metric: Metric, among peers: [String]? = nil) -> String? {
        let peers = self.peers(metric).filter { peers?.contains($0) ?? true }
        return peers.min { left, right in
            let left = Statistics.median(values(metric, left))
            let right = Statistics.median(values(metric, right))
            return metric.better == .lower ? left < right : left > right
        }
    }

    /// The median over the rounds of one system's value by another's in the same round: what the
    /// machine does between rounds falls out.
    func ratio(_ metric: Metric, _ system: String, by other: String) -> Double? {
        let pairs = zip(values(metric, system), values(metric, other))
        let ratios = pairs.compactMap { $1 > 0 ? $0 / $1 : nil }
        return ratios.isEmpty ? nil : Statistics.median(ratios)
    }
}
