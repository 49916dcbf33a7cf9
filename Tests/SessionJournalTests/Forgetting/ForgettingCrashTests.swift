import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// The power fails, or the disk does, at every step of forgetting leaves: it is done at the next opening,
/// or has not begun.
@Suite struct ForgettingCrashTests {
    /// A closed journal, and its events.
    private static func made() async throws -> (rig: ForgettingRig, events: [Event]) {
        let rig = ForgettingRig()
        let journal = try await rig.made(stretch: 80).journal
        let events = try await journal.store.all()
        try await journal.close()
        return (rig, events)
    }

    /// A moment behind the erasures, whatever the clock of a rig says.
    private static let before = Timestamp(
        microseconds: 1_767_225_600_000_000 + ForgettingRig.day)

    private static func forget(_ rig: ForgettingRig) async throws {
        rig.clock.step(microseconds: 40 * ForgettingRig.day)
        let journal = try await rig.open()
        try await journal.as("user:dpo").forgetLeaves(erasedBefore: before)
        try await journal.close()
    }

    private static func check(
        _ rig: ForgettingRig, _ before: [Event], isFinished: Bool, _ place: String
    ) async throws {
        let journal = try await rig.open()
        let done = try await journal.forgettings()
        #expect(!done.contains { !$0.isFinished }, "\(place)")
        #expect(!isFinished || done.count == 1, "\(place)")
        let gone = done.first?.events ?? []
        let after = try await journal.store.all()
        #expect(
            after.prefix { $0.sequence <= UInt64(before.count) }.elementsEqual(
                before.filter { !gone.holdInOrder($0.sequence) }), "\(place)")
        let report = try await journal.verify()
        #expect(report.findings.isEmpty, "\(place): \(report.findings)")
        #expect(report.withheld.unexplained.isEmpty, "\(place)")
        for event in after.suffix(40) {
            #expect(
                try await journal.inclusionProof(of: event.sequence).holds,
                "\(place): event \(event.sequence)")
        }
        try await journal.close()
        if !done.isEmpty {
            #expect(rig.disk.files["/j/ERASURE"] == nil, "\(place)")
        }
        #expect(!rig.disk.files.keys.contains { $0.hasSuffix(".new") }, "\(place)")
    }

    @Test func thePowerFailsAtEveryChange() async throws {
        let made = try await Self.made()
        let count = try await made.rig.disk.cuttingPower(
            during: { try await Self.forget(ForgettingRig($0)) },
            reopening: { _ = try await ForgettingRig($0).open() },
            check: { try await Self.check(ForgettingRig($0), made.events, isFinished: $1, $2) })
        #expect(count > 25)
    }

    @Test(arguments: [
        SimulatedDisk.Call.open, .read, .write, .sync, .truncate, .rename, .remove, .syncDirectory,
        .list,
    ])
    func everyCallFailsOnce(call: SimulatedDisk.Call) async throws {
        let made = try await Self.made()
        try await made.rig.disk.failingOnce(
            call, during: { try await Self.forget(ForgettingRig($0)) },
            check: { try await Self.check(ForgettingRig($0), made.events, isFinished: $1, $2) })
    }
}
