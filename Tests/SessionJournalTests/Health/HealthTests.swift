import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct HealthTests {
    private static func health(_ simulated: SimulatedJournal) async throws -> HealthReport {
        try await Journal.health(at: SimulatedJournal.path, opening: simulated.options)
    }

    @Test func aWholeJournalIsHealthy() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let reads = simulated.disk.count(of: .write)
        let report = try await Self.health(simulated)
        #expect(report.verdict == .healthy && report.access == .free, "\(report)")
        #expect(report.segments == 3 && report.unsealed == 1 && report.lastSequence == 20)
        #expect(report.lastTime != nil && report.bytesOnDisk > 0 && report.bytesPerDay == nil)
        #expect(simulated.disk.count(of: .write) == reads)
        let writer = try await simulated.open()
        #expect(try await Self.health(simulated).access == .locked)
        try await writer.close()
        let empty = SimulatedJournal()
        try await Journal.create(at: SimulatedJournal.path, options: empty.options).close()
        #expect(try await Self.health(empty).verdict == .healthy)
        let error = await #expect(throws: JournalError.self) {
            try await Journal.health(at: "/none", opening: simulated.options)
        }
        #expect(error?.code == .notAJournal)
    }

    /// Whatever is wrong with headers and footers is seen at once.
    @Test(arguments: ["footer", "active", "missing", "obstacle", "JOURNAL", "no active"])
    func damageOfTheStructureIsNamed(kind: String) async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let segments = simulated.segments
        switch kind {
        case "footer":
            let size = try #require(simulated.disk.bytes(of: segments[0])).count
            simulated.disk.flipBit(segments[0], (size - 3) * 8)
        case "active": simulated.disk.flipBit(segments[2], (SegmentLogFormat.pageSize + 60) * 8)
        case "missing": simulated.disk.lose(segments[0])
        case "obstacle": simulated.disk.setObstacle(.isDirectory, at: segments[1])
        case "JOURNAL": simulated.disk.flipBit("/j/JOURNAL", 100)
        default: simulated.disk.lose(segments[2])
        }
        let report = try await Self.health(simulated)
        #expect(report.verdict == .damaged && !report.damage.isEmpty, "\(report)")
        let isReadOnly = ["active", "JOURNAL", "no active"].contains(kind)
        #expect(report.access == (isReadOnly ? .damaged : .free))
        guard kind != "JOURNAL" else { return }
        // What a repair has recorded is no news.
        _ = try await Journal.repair(at: SimulatedJournal.path, opening: simulated.options)
        #expect(try await Self.health(simulated).verdict == .healthy)
    }

    @Test func aDiskThatFillsUpIsForetold() async throws {
        let simulated = SimulatedJournal()
        let clock = ManualClock()
        var options = simulated.options
        options.clock = { clock.tick() }
        let journal = try await Journal.create(at: SimulatedJournal.path, options: options)
        for _ in 0..<4 {
            try await simulated.append(4, to: journal)
            try await journal.seal()
            clock.step(microseconds: 86_400_000_000)
        }
        try await simulated.append(2, to: journal)
        try await journal.close()
        func health() async throws -> HealthReport {
            try await Journal.health(at: SimulatedJournal.path, opening: options)
        }
        simulated.disk.setFreeSize(500_000_000_000)
        let calm = try await health()
        let rate = try #require(calm.bytesPerDay)
        #expect(calm.verdict == .healthy && calm.bytesFree == 500_000_000_000)
        #expect(rate > 0 && rate < calm.bytesOnDisk)
        #expect(calm.daysUntilFull == 500_000_000_000 / rate)
        simulated.disk.setFreeSize(Int(rate) * 5)
        let full = try await health()
        #expect(full.verdict == .warning && full.daysUntilFull == 5)
        #expect(full.warnings.count == 2, "\(full.warnings)")
        clock.step(microseconds: 3_600_000_000)
        #expect((try await health().lastAgeSeconds ?? 0) >= 3_600)
    }
}
