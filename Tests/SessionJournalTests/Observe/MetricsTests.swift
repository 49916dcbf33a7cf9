import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct LatencyHistogramTests {
    @Test(arguments: 1...5)
    func quantilesAreAtMostAnEighthTooLarge(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var histogram = LatencyHistogram()
        var values: [UInt64] = []
        for _ in 0..<2_000 {
            let value = random.next() >> UInt64.random(in: 26...63, using: &random)
            values.append(value)
            histogram.record(nanoseconds: value)
        }
        values.sort()
        for share in [0.0, 0.01, 0.5, 0.95, 0.99, 0.999, 1] {
            let rank = max(1, Int((Double(values.count) * share).rounded(.up)))
            let exact = values[rank - 1]
            let found = histogram.quantile(share)
            #expect(found >= .nanoseconds(Int64(exact)), "\(share)")
            #expect(found <= .nanoseconds(Int64(exact + exact / 8 + 1)), "\(share)")
        }
        #expect(histogram.maximum == .nanoseconds(Int64(values[values.count - 1])))
        #expect(histogram.sum == .nanoseconds(Int64(values.reduce(0, +))))
        #expect(histogram.count == 2_000)
        for exponent in [3, 10, 20, 33] {
            #expect(
                histogram.count(belowPowerOfTwo: exponent)
                    == UInt64(values.count { $0 < 1 << UInt64(exponent) }))
        }
    }

    @Test func survivesEveryDuration() {
        var histogram = LatencyHistogram()
        #expect(histogram.quantile(0.5) == .zero)
        for duration in [Duration.seconds(-1), .zero, .seconds(Int64.max), .seconds(3_600)] {
            histogram.record(duration)
        }
        histogram.record(nanoseconds: .max)
        #expect(histogram.count == 5)
        #expect(histogram.quantile(0.2) == .zero)
        #expect(histogram.maximum == .nanoseconds(Int64.max))
        #expect(histogram.quantile(1) == histogram.maximum)
    }

    @Test func twoMakeOne() {
        var left = LatencyHistogram()
        var right = LatencyHistogram()
        var both = LatencyHistogram()
        for value in 1...100 {
            left.record(.microseconds(value))
            right.record(.milliseconds(value))
            both.record(.microseconds(value))
            both.record(.milliseconds(value))
        }
        left.merge(right)
        #expect(left == both)
    }
}

@Suite struct MetricsTests {
    private static func options(_ disk: GatedDisk) -> JournalOptions {
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        return options
    }

    @Test func countWhatWasDone() async throws {
        let disk = GatedDisk()
        let journal = try await Journal.create(at: "/journal", options: Self.options(disk))
        let syncs = disk.base.count(of: .sync) + disk.base.count(of: .syncDirectory)
        let before = await journal.metrics()
        let session = try await journal.store.create(1)
        try await journal.store.append([Drafts.note("a"), Drafts.note("b")], to: session)
        _ = try? await journal.store.append([Drafts.note("c")], to: session, if: .version(1))
        let lines = try await journal.store.all()
        try await journal.seal()
        let metrics = await journal.metrics()
        #expect(metrics[.append].count == 3)
        #expect(metrics[.append].failures == 1)
        #expect(metrics[.append].events == 3)
        #expect(metrics[.append].bytes == UInt64(lines.reduce(0) { $0 + $1.line.count + 1 }))
        #expect(metrics[.append].latency.count == 3)
        #expect(metrics[.commit].count == 2)
        #expect(metrics.eventsPerCommit == 1.5)
        #expect(metrics[.read].events == 3)
        #expect(metrics[.seal].count == 1)
        #expect(metrics[.rotate].count == 1)
        #expect(metrics[.open].count == 1)
        let synced = disk.base.count(of: .sync) + disk.base.count(of: .syncDirectory) - syncs
        #expect(metrics[.sync].count - before[.sync].count == UInt64(synced))
        #expect(metrics[.sync].latency.quantile(0.5) > .zero)
        #expect(metrics.segments == 2)
        #expect(metrics.unsealedSegments == 1)
        #expect(metrics.lastSequence == 3)
        #expect(metrics.undurableEvents == 0)
        #expect(metrics[.recover] == JournalMetrics.Operation())
        try await journal.close()
    }

    @Test func knowHowFarTheWatermarkIsBehind() async throws {
        let disk = GatedDisk()
        let journal = try await Journal.create(at: "/journal", options: Self.options(disk))
        let session = try await journal.store.create(1)
        disk.shut()
        try await journal.store.append(
            [Drafts.note("a"), Drafts.note("b")], to: session, durability: .buffered)
        await disk.awaitWaiting()
        try await journal.store.append([Drafts.note("c")], to: session, durability: .buffered)
        let behind = await journal.metrics()
        #expect(behind.undurableEvents == 3)
        #expect(behind.appendedSequence == 4)
        #expect(behind.durableSequence == 1)
        disk.open()
        let lines = try await journal.store.all(ReadQuery(from: 2))
        #expect(behind.undurableBytes == UInt64(lines.reduce(0) { $0 + $1.line.count + 1 }))
        let settled = await journal.metrics()
        #expect(settled.undurableEvents == 0)
        #expect(settled.undurableBytes == 0)
        try await journal.close()
    }

    @Test func countTheCache() async throws {
        let journal = try await Journal.create(at: "/journal", options: Self.options(GatedDisk()))
        try await journal.store.create(1)
        _ = try await journal.event(at: 1)
        let first = await journal.metrics()
        _ = try await journal.event(at: 1)
        let second = await journal.metrics()
        let content = try #require(first.caches[.content])
        #expect(content.misses == 1)
        #expect(second.caches[.content]?.misses == 1)
        #expect(second.caches[.content]?.hits == content.hits + 1)
        try await journal.seal()
        _ = try await journal.event(at: 1)
        #expect(await journal.metrics().caches[.page]?.misses ?? 0 > 0)
        try await journal.close()
    }

    @Test func countFollowersAndHowFarBehindTheyAre() async throws {
        let journal = Journal.inMemory()
        let session = try await journal.store.create(1)
        try await journal.store.append((0..<9).map { Drafts.note("\($0)") }, to: session)
        #expect(await journal.metrics().followers == 0)
        do {
            var quick = journal.follow(after: 0).makeAsyncIterator()
            var slow = journal.follow(after: 0).makeAsyncIterator()
            for _ in 0..<10 { _ = try await quick.next() }
            for _ in 0..<3 { _ = try await slow.next() }
            let metrics = await journal.metrics()
            #expect(metrics.followers == 2)
            #expect(metrics.followerLag == 7)
            withExtendedLifetime((quick, slow)) {}
        }
        #expect(await journal.metrics().followers == 0)
        try await journal.close()
    }

    @Test func canBeReadByPrometheus() async throws {
        let journal = try await Journal.create(at: "/journal", options: Self.options(GatedDisk()))
        try await journal.store.create(1)
        var metrics = await journal.metrics()
        var append = JournalMetrics.Operation()
        append.count = 3
        append.failures = 1
        for microseconds in [0.5, 3, 5_000] { append.latency.record(.microseconds(microseconds)) }
        metrics.operations = [.append: append]
        let lines = Set(metrics.prometheus.split(separator: "\n").map(String.init))
        let label = "operation=\"append\""
        for line in [
            "# TYPE sjournal_operations_total counter",
            "sjournal_operations_total{\(label)} 3",
            "sjournal_operation_failures_total{\(label)} 1",
            "# TYPE sjournal_operation_seconds histogram",
            "sjournal_operation_seconds_bucket{\(label),le=\"1.024e-06\"} 1",
            "sjournal_operation_seconds_bucket{\(label),le=\"4.096e-06\"} 2",
            "sjournal_operation_seconds_bucket{\(label),le=\"0.016777216\"} 3",
            "sjournal_operation_seconds_bucket{\(label),le=\"+Inf\"} 3",
            "sjournal_operation_seconds_sum{\(label)} 0.0050035",
            "sjournal_operation_seconds_count{\(label)} 3",
            "# TYPE sjournal_durable_sequence gauge", "sjournal_durable_sequence 1",
            "sjournal_cache_hits_total{kind=\"content\"} 0", "sjournal_seal_backlog 0",
        ] {
            #expect(lines.contains(line), "\(line)")
        }
        try await journal.close()
    }

    @Test func areStillThereAfterClosing() async throws {
        let journal = try await Journal.create(at: "/journal", options: Self.options(GatedDisk()))
        try await journal.store.create(1)
        try await journal.close()
        let metrics = await journal.metrics()
        #expect(metrics[.close].count == 1)
        #expect(metrics[.append].count == 1)
    }
}
