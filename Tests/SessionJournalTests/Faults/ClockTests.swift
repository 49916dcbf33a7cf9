import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

/// A clock that is far ahead, stands still or goes back orders nothing and stops nothing.
@Suite struct ClockTests {
    @Test func noClockKeepsEventsFromTheirOrder() async throws {
        let readings = Mutex<[Int64]>([
            .max, .max, 1_767_225_600_000_000, 1_767_225_600_000_000, .min, 0,
            1_767_225_600_000_001,
        ])
        let disk = SimulatedDisk()
        var options = CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: 0)
        let path = "/clock"
        try await Journal.create(at: path, options: options).close()
        options.clock = {
            Timestamp(
                microseconds: readings.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] })
        }
        let journal = try await Journal.open(at: path, options: options)
        try await journal.store.create(1)
        for number in 0..<6 {
            try await journal.store.append([Drafts.note("\(number)")], to: Drafts.session(1))
        }
        let events = try await journal.store.all()
        #expect(events.map(\.sequence) == (1...UInt64(events.count)).map { $0 })
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.time <= $1.time })
        #expect(events.filter { $0.session != .journal }.count == 7)
        // Each step back of more than a second is told.
        #expect(events.count { $0.kind == .clockJumped } == 2)
        #expect(events[0].time == .latest)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
        let again = try await Journal.open(
            at: path, options: CrashWorkload(seed: 1, stepCount: 0).options(disk, opening: 1))
        try await again.store.append([Drafts.note("later")], to: Drafts.session(1))
        #expect(try await again.store.all().last?.time == .latest)
        try await again.close()
    }
}
