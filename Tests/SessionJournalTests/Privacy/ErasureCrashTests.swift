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
        let (made, before) = try await Self.made()
        var count = 0
        while true {
            let rig = ErasureRig(made.disk.clone())
            rig.disk.cutPower(atChange: count + 1)
            let isDone = (try? await Self.erase(rig)) != nil && !rig.disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(count)),
            ] {
                let after = ErasureRig(rig.disk.powerCut(survival))
                // And again, in the middle of what the first opening does.
                if survival == .everything, count.isMultiple(of: 3) {
                    after.disk.cutPower(atChange: 5 + count % 7)
                    _ = try? await after.open()
                    let again = ErasureRig(after.disk.powerCut(.nothing))
                    try await Self.check(
                        again, before, isFinished: isDone, "change \(count + 1), cut twice")
                    continue
                }
                try await Self.check(
                    after, before, isFinished: isDone, "change \(count + 1), \(survival)")
            }
            if isDone { break }
            count += 1
        }
        #expect(count > 40)
    }

    @Test(arguments: [
        SimulatedDisk.Call.open, .read, .write, .sync, .truncate, .rename, .remove, .syncDirectory,
        .list,
    ])
    func everyCallFailsOnce(call: SimulatedDisk.Call) async throws {
        let (made, before) = try await Self.made()
        for errno in [Errno.inputOutput, .noSpace] {
            for number in 1...200 {
                let rig = ErasureRig(made.disk.clone())
                rig.disk.fail(.init(call, number, errno))
                let isDone = (try? await Self.erase(rig)) != nil
                let isReached = rig.disk.count(of: call) >= number
                try await Self.check(
                    ErasureRig(rig.disk.powerCut(.everything)), before, isFinished: isDone,
                    "\(call) \(number) fails with \(errno)")
                if !isReached { break }
            }
        }
    }
}
