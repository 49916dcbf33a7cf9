import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// The power fails, or the disk does, at every step of an erasure: what was asked for is finished at
/// the next opening, and what was not has taken nothing.
@Suite struct ErasureCrashTests {
    private static let texts = ErasureRig.secrets.prefix(4) + [ErasureRig.ada, ErasureRig.key]

    /// A closed journal, and its events.
    private static func made() async throws -> (rig: ErasureRig, events: [Event]) {
        let rig = ErasureRig()
        let journal = try await rig.made().journal
        let events = try await journal.store.all()
        try await journal.close()
        return (rig, events)
    }

    private static func erase(_ rig: ErasureRig) async throws {
        let journal = try await rig.open()
        try await journal.as("user:dpo").erase(
            .actor(ErasureRig.ada), options: ErasureOptions(basis: "GDPR 17"))
        try await journal.close()
    }

    /// Opens what is left, and sees that the erasure is finished or has not begun.
    private static func check(
        _ rig: ErasureRig, _ before: [Event], isFinished: Bool, _ place: String
    ) async throws {
        let journal = try await rig.open()
        let erasures = try await journal.erasures()
        #expect(!erasures.contains { !$0.isFinished }, "\(place)")
        #expect(!isFinished || erasures.count == 1, "\(place)")
        let after = try await journal.store.all()
        for (old, new) in zip(before, after) {
            #expect(old.digest == new.digest, "\(place): event \(old.sequence)")
            let isErased = !erasures.isEmpty && erasures[0].plan.events.holdInOrder(old.sequence)
            #expect(new.isWithheld == isErased, "\(place): event \(old.sequence)")
        }
        #expect(after.count >= before.count, "\(place)")
        let report = try await journal.verify()
        #expect(report.findings.isEmpty, "\(place): \(report.findings)")
        try await journal.close()
        if !erasures.isEmpty {
            #expect(try rig.files(holding: Array(texts)) == [], "\(place)")
            #expect(rig.disk.files["/j/ERASURE"] == nil, "\(place)")
        }
        #expect(!rig.disk.files.keys.contains { $0.hasSuffix(".new") }, "\(place)")
    }

    @Test func thePowerFailsAtEveryChange() async throws {
        let made = try await Self.made()
        let count = try await made.rig.disk.cuttingPower(
            during: { try await Self.erase(ErasureRig($0)) },
            reopening: { _ = try await ErasureRig($0).open() },
            check: { try await Self.check(ErasureRig($0), made.events, isFinished: $1, $2) })
        #expect(count > 40)
    }

    @Test(arguments: [
        SimulatedDisk.Call.open, .read, .write, .sync, .truncate, .rename, .remove, .syncDirectory,
        .list,
    ])
    func everyCallFailsOnce(call: SimulatedDisk.Call) async throws {
        let made = try await Self.made()
        try await made.rig.disk.failingOnce(
            call, during: { try await Self.erase(ErasureRig($0)) },
            check: { try await Self.check(ErasureRig($0), made.events, isFinished: $1, $2) })
    }
}
