import JournalTestKit
@testable import SegmentLog
import Testing

/// The power fails at every change of a small workload. Whatever of the unsynced survives: every
/// acknowledged event is there, what is there is a prefix of what was appended, whole batches only,
/// and recovering again changes nothing.
@Suite struct CrashTests {
    /// Appends, rotates, seals and closes; returns the sizes of the batches that were acknowledged
    /// and of all that were tried.
    private static func workload(_ rig: LogRig) -> (acknowledged: Int, tried: [Int]) {
        var acknowledged = 0
        var tried: [Int] = []
        var next: UInt64 = 1
        func append(_ log: SegmentLog, _ count: Int, size: Int = 60) throws {
            tried.append(count)
            try log.append(LogRig.lines(from: next, count: count, size: size))
            acknowledged += count
            next += UInt64(count)
        }
        do {
            try rig.disk.makeDirectory(LogRig.directory)
            try rig.disk.syncDirectory("/")
            try SegmentLog.create(
                directory: LogRig.directory, fileSystem: rig.disk, journalID: LogRig.journal)
            var log = try rig.open()
            for count in [1, 3, 2] { try append(log, count) }
            try log.close()
            log = try rig.open()
            try append(log, 100, size: 700)
            try append(log, 1)
            try log.rotateAndSeal()
            try append(log, 2)
            try append(log, 1)
            try log.rotateAndSeal()
            try log.close()
        } catch {
            // The power is gone: what was acknowledged until then is what counts.
        }
        return (acknowledged, tried)
    }

    private static let survivals: [SimulatedDisk.Survival] =
        [.nothing, .everything]
        + (0..<6).flatMap { seed in
            [.some(sectorSize: 512, seed: seed), .some(sectorSize: 4_096, seed: seed + 100)]
        }

    /// How many changes the workload makes when nothing fails.
    private static func changes() -> Int {
        let rig = LogRig()
        let (acknowledged, _) = workload(rig)
        #expect(acknowledged == 110)
        return rig.disk.changeCount
    }

    /// Checks the log on a disk after a power cut, recovering once more after a second cut.
    private static func check(
        _ disk: SimulatedDisk, acknowledged: Int, tried: [Int], _ place: String
    ) {
        do {
            guard try disk.status(of: "/j/segments") != nil else {
                #expect(acknowledged == 0, "\(place): the log is gone")
                return
            }
            let rig = LogRig(disk)
            let log = try rig.open()
            let view = log.view()
            let last = Int(view.lastSequence)
            #expect(log.recovery.readOnlyReason == nil, "\(place): \(log.recovery.holes)")
            #expect(last >= acknowledged, "\(place): \(last) of \(acknowledged) acknowledged")
            var boundary = 0
            for count in tried where boundary < last { boundary += count }
            #expect(boundary == last, "\(place): \(last) is inside a batch")
            let (lines, holes) = try log.everything()
            #expect(holes.isEmpty && lines.count == last, "\(place): \(holes)")
            #expect(log.end()?.frontier.size == UInt64(last), "\(place)")
            // Recovery is durable: a second cut right after it loses nothing.
            let again = try LogRig(disk.powerCut(.nothing)).open()
            #expect(Int(again.view().lastSequence) == last, "\(place): recovery was not durable")
            try log.append(LogRig.lines(from: UInt64(last) + 1, count: 2))
            try log.close()
            let reader = try rig.open(.reader)
            #expect(Int(reader.view().lastSequence) == last + 2, "\(place)")
            let report = try reader.verifyStructure()
            #expect(report.holes.isEmpty && report.tornTail == nil, "\(place): \(report)")
        } catch {
            Issue.record("\(place): \(error)")
        }
    }

    @Test func powerFailsAtEveryChange() {
        let total = Self.changes()
        #expect(total > 40)
        for change in 1...total {
            let rig = LogRig()
            rig.disk.cutPower(atChange: change)
            let (acknowledged, tried) = Self.workload(rig)
            for survival in Self.survivals {
                Self.check(
                    rig.disk.powerCut(survival), acknowledged: acknowledged, tried: tried,
                    "change \(change), \(survival)")
            }
        }
    }

    /// A batch above 256 KiB is several blocks of one commit: none of them is kept without the rest.
    @Test func aBatchOfSeveralBlocksIsWholeOrNotThere() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        // The commit itself, behind the three steps that add space for it.
        rig.disk.cutPower(atChange: 4)
        #expect(throws: LogError.self) {
            try log.append(LogRig.lines(from: 4, count: 400, size: 2_500))
        }
        var kept: Set<UInt64> = []
        for seed: UInt64 in 0..<12 {
            for sectorSize in [512, 4_096] {
                let after = LogRig(
                    rig.disk.powerCut(.some(sectorSize: sectorSize, seed: seed)))
                kept.insert(try after.open().view().lastSequence)
            }
        }
        // The first blocks whole, the last one torn: what a cut in the middle of a write leaves.
        let whole = LogRig(rig.disk.powerCut(.everything))
        let path = "/j/segments/\(SegmentName.file(first: 1))"
        let bytes = try #require(whole.disk.bytes(of: path))
        let blocks = try ActiveScanner.scan(
            whole.disk.open(path, .read), name: "1", journalID: LogRig.journal, firstSequence: 1,
            floor: 0
        ).blocks
        #expect(blocks.count > 3)
        for block in blocks.dropFirst(2) {
            let end = Int(block.offset) + block.encodedSize + 100
            let zeros = [UInt8](repeating: 0, count: bytes.count - end)
            whole.disk.replace(path, with: Array(bytes[..<end]) + zeros)
            let after = LogRig(whole.disk.powerCut(.everything))
            kept.insert(try after.open().view().lastSequence)
        }
        #expect(kept.isSubset(of: [3, 403]))
    }

    @Test func powerFailsAgainDuringRecovery() {
        let total = Self.changes()
        for change in stride(from: 3, through: total, by: 3) {
            let rig = LogRig()
            rig.disk.cutPower(atChange: change)
            let (acknowledged, tried) = Self.workload(rig)
            for seed in 0..<3 {
                var disk = rig.disk.powerCut(.some(sectorSize: 512, seed: UInt64(seed)))
                for second in 1...3 {
                    disk.cutPower(atChange: second)
                    _ = try? LogRig(disk).open()
                    disk = disk.powerCut(.some(sectorSize: 512, seed: UInt64(seed * 10 + second)))
                }
                Self.check(
                    disk, acknowledged: acknowledged, tried: tried,
                    "change \(change), recovery cut three times, seed \(seed)")
            }
        }
    }

    /// While a torn tail is being cut, a size may be kept without its bytes: what is left is torn
    /// again, and not taken for a damaged closing tail.
    @Test func aCrashWhileATailIsCutLeavesATornTail() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        rig.disk.cutPower(atChange: 1)
        #expect(throws: LogError.self) {
            try log.append(LogRig.lines(from: 4, count: 30, size: 700))
        }
        let torn = rig.disk.powerCut(.some(sectorSize: 512, seed: 1))
        torn.keepMoments()
        let recovered = try LogRig(torn).open()
        #expect(recovered.recovery.tornTail?.quarantine != nil)
        for (index, moment) in torn.moments.enumerated() {
            for survival in Self.survivals {
                Self.check(
                    moment.powerCut(survival), acknowledged: 3, tried: [3, 30],
                    "moment \(index) of the recovery, \(survival)")
            }
        }
    }

    /// Every call of every kind fails once: nothing is acknowledged wrongly, nothing is damaged.
    @Test(arguments: [
        SimulatedDisk.Call.open, .read, .write, .sync, .truncate, .rename, .remove,
        .makeDirectory, .syncDirectory, .list,
    ])
    func everyCallFailsOnce(call: SimulatedDisk.Call) {
        for errno in [Errno.inputOutput, .noSpace] {
            for number in 1...200 {
                let rig = LogRig()
                rig.disk.fail(.init(call, number, errno))
                let (acknowledged, tried) = Self.workload(rig)
                let isReached = rig.disk.count(of: call) >= number
                for survival in [SimulatedDisk.Survival.nothing, .everything] {
                    Self.check(
                        rig.disk.powerCut(survival), acknowledged: acknowledged, tried: tried,
                        "\(call) \(number) fails with \(errno), \(survival)")
                }
                if !isReached { break }
            }
        }
    }

    /// After a failed sync the kernel calls the pages clean, and the next sync succeeds: only reading
    /// past the cache tells. The segment is then written anew.
    @Test func aSyncThatFailedIsNotBelievedLater() throws {
        for supportsUncached in [true, false] {
            let rig = try LogRig.made()
            rig.disk.setSupportsUncached(supportsUncached)
            let log = try rig.open()
            try log.append(LogRig.lines(from: 1, count: 2))
            rig.disk.fail(.init(.sync, 1, .inputOutput))
            #expect(throws: LogError(.inputOutput, "")) {
                try log.append(LogRig.lines(from: 3, count: 2))
            }
            try log.close()
            let again = try rig.open()
            #expect(again.recovery.rewroteSegment)
            let last = again.view().lastSequence
            let after = try LogRig(rig.disk.powerCut(.nothing)).open()
            #expect(after.view().lastSequence == last)
            try LogTests.expectLines(after, last)
        }
    }
}
