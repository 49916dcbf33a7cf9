extension JournalMetrics {
    /// The metrics in the text format that Prometheus reads, for an HTTP endpoint of your own.
    ///
    /// Counters `sjournal_operations_total`, `…_failures_total`, `…_bytes_total`, `…_events_total`
    /// and the histogram `sjournal_operation_seconds`, each by `operation`; `sjournal_cache_*_total`
    /// by `kind`; and gauges for where the journal stands.
    public var prometheus: String {
        var text = PrometheusText()
        let done = JournalOperation.allCases.compactMap { operation in
            operations[operation].map { (operation.rawValue, $0) }
        }
        text.family("operations", "counter", by: "operation", done.map { ($0, $1.count) })
        text.family(
            "operation_failures", "counter", by: "operation", done.map { ($0, $1.failures) })
        text.family("operation_bytes", "counter", by: "operation", done.map { ($0, $1.bytes) })
        text.family("operation_events", "counter", by: "operation", done.map { ($0, $1.events) })
        text.histogram("operation_seconds", by: "operation", done.map { ($0, $1.latency) })
        let caches = CacheKind.allCases.compactMap { kind in
            self.caches[kind].map { (kind.rawValue, $0) }
        }
        text.family("cache_hits", "counter", by: "kind", caches.map { ($0, $1.hits) })
        text.family("cache_misses", "counter", by: "kind", caches.map { ($0, $1.misses) })
        text.family("cache_evictions", "counter", by: "kind", caches.map { ($0, $1.evictions) })
        text.family("unobserved", "counter", unobserved)
        text.family("last_sequence", "gauge", lastSequence)
        text.family("durable_sequence", "gauge", durableSequence)
        text.family("undurable_events", "gauge", undurableEvents)
        text.family("undurable_bytes", "gauge", undurableBytes)
        text.family("segments", "gauge", UInt64(max(0, segments)))
        text.family("unsealed_segments", "gauge", UInt64(max(0, unsealedSegments)))
        text.family("seal_backlog", "gauge", UInt64(max(0, sealBacklog)))
        text.family("followers", "gauge", UInt64(max(0, followers)))
        text.family("follower_lag", "gauge", followerLag)
        return text.text
    }
}

/// Writes families of metrics.
private struct PrometheusText {
    private(set) var text = ""

    /// Exponents of two, in nanoseconds: 1 µs to 17 s.
    private static let bounds = stride(from: 10, through: 34, by: 2)

    private mutating func head(_ name: String, _ type: String) -> String {
        let name = "sjournal_" + name + (type == "counter" ? "_total" : "")
        text += "# TYPE \(name) \(type)\n"
        return name
    }

    mutating func family(_ name: String, _ type: String, _ value: UInt64) {
        let name = head(name, type)
        text += "\(name) \(value)\n"
    }

    mutating func family(
        _ name: String, _ type: String, by label: String, _ values: [(String, UInt64)]
    ) {
        guard !values.isEmpty else { return }
        let name = head(name, type)
        for (key, value) in values { text += "\(name){\(label)=\"\(key)\"} \(value)\n" }
    }

    mutating func histogram(
        _ name: String, by label: String, _ values: [(String, LatencyHistogram)]
    ) {
        guard !values.isEmpty else { return }
        let name = head(name, "histogram")
        for (key, histogram) in values {
            for exponent in Self.bounds {
                let bound = Double(UInt64(1) << UInt64(exponent)) / 1e9
                let count = histogram.count(belowPowerOfTwo: exponent)
                text += "\(name)_bucket{\(label)=\"\(key)\",le=\"\(bound)\"} \(count)\n"
            }
            text += "\(name)_bucket{\(label)=\"\(key)\",le=\"+Inf\"} \(histogram.count)\n"
            let (seconds, attoseconds) = histogram.sum.components
            let sum = Double(seconds) + Double(attoseconds) / 1e18
            text += "\(name)_sum{\(label)=\"\(key)\"} \(sum)\n"
            text += "\(name)_count{\(label)=\"\(key)\"} \(histogram.count)\n"
        }
    }
}
