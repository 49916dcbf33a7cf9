/// The report that scripts read: a list with one object for each metric and system.
enum JSONReport {
    /// `ratio_to_best_peer` is the system's value by the best peer's, the median over the rounds;
    /// null where there is no peer. Whether more is better follows from the unit: it is for rates.
    static func text(_ results: Results) -> String {
        var objects: [String] = []
        for metric in results.metrics {
            let best = results.bestPeer(metric)
            for system in Results.systems {
                let values = results.values(metric, system)
                guard let least = values.min(), let most = values.max() else { continue }
                let ratio = best.flatMap { results.ratio(metric, system, by: $0) }
                objects.append(
                    "  {\"case\":\"\(metric.name)\",\"system\":\"\(system)\","
                        + "\"unit\":\"\(metric.unit)\",\"median\":\(Statistics.median(values)),"
                        + "\"min\":\(least),\"max\":\(most),"
                        + "\"ratio_to_best_peer\":\(ratio.map { String($0) } ?? "null")}")
            }
        }
        return "[\n" + objects.joined(separator: ",\n") + "\n]\n"
    }
}
