import JournalTestKit
@testable import SegmentLog
import Testing

/// Commits large enough that the space for them is not written first.
@Suite struct LargeCommitTests {
    private static func workload(on log: SegmentLog) -> UInt64 {
        var acknowledged: UInt64 = 0
        var next: UInt64 = 1
        for size in [60, 120_000, 180_000, 60, 150_000] {
            let lines = LogRig.lines(from: next, count: 2, size: size)
            guard (try? log.append(lines)) != nil else { break }
            acknowledged = next + 1
            next += 2
        }
        try? log.close()
        return acknowledged
    }

    @Test func aLargeCommitAddsSpaceThatIsNotWritten() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        let path = log.directory + "/segments/" + SegmentName.file(first: 1)
        let cuts = rig.disk.count(of: .truncate)
        try log.append(LogRig.lines(from: 1, count: 2, size: 180_000))
        #expect(rig.disk.count(of: .truncate) == cuts + 1)
        let size = try #require(rig.disk.durableBytes(of: path)).count
        #expect(size >= 8 << 20)
        // Until the end gives it back, the next one finds room.
        try log.append(LogRig.lines(from: 3, count: 2, size: 180_000))
        #expect(rig.disk.count(of: .truncate) == cuts + 1)
        try log.close()
        #expect(try #require(rig.disk.durableBytes(of: path)).count < 1 << 20)
    }

    @Test func aPowerCutAnywhereKeepsWhatWasAcknowledged() throws {
        let made = try LogRig.made()
        let whole = LogRig(made.disk.clone())
        #expect(Self.workload(on: try whole.open()) == 10)
        let lines = try whole.open(.reader).everything().lines
        var count = 0
        while true {
            let rig = LogRig(made.disk.clone())
            let log = try rig.open()
            rig.disk.cutPower(atChange: count + 1)
            let acknowledged = Self.workload(on: log)
            if !rig.disk.isCut { break }
            count += 1
            var survivals: [SimulatedDisk.Survival] = [.nothing, .everything]
            for seed in UInt64(0)..<6 {
                survivals.append(.some(sectorSize: seed % 2 == 0 ? 512 : 4_096, seed: seed))
            }
            for survival in survivals {
                let after = LogRig(rig.disk.powerCut(survival))
                let reopened = try after.open()
                let place = "change \(count), \(survival)"
                #expect(reopened.recovery.readOnlyReason == nil, "\(place)")
                let found = try reopened.everything()
                #expect(found.holes.isEmpty, "\(place)")
                #expect(found.lines.count >= acknowledged, "\(place)")
                #expect(found.lines.allSatisfy { lines[$0.key] == $0.value }, "\(place)")
            }
        }
        #expect(count > 15)
    }

    @Test func aSegmentMadeAheadIsUsedByTheRotation() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        log.prepareSuccessor(epoch: 1)
        let spare = log.directory + "/segments/" + SpareSegment.name
        #expect(rig.disk.bytes(of: spare)?.count == 4_096 + SpareSegment.space)
        try log.rotateAndSeal()
        #expect(rig.disk.bytes(of: spare) == nil)
        let next = log.directory + "/segments/" + SegmentName.file(first: 4)
        #expect(rig.disk.durableBytes(of: next)?.count == 4_096 + SpareSegment.space)
        try log.append(LogRig.lines(from: 4, count: 3, stream: 9))
        // No space was added for them.
        #expect(rig.disk.durableBytes(of: next)?.count == 4_096 + SpareSegment.space)
        log.prepareSuccessor(epoch: 1)
        try log.close()
        #expect(rig.disk.bytes(of: spare) == nil)
        #expect(try rig.open(.reader).everything().lines.count == 6)
    }

    @Test func aPowerCutAroundASegmentMadeAheadKeepsWhatWasAcknowledged() throws {
        let made = try LogRig.made()
        var count = 0
        while true {
            let rig = LogRig(made.disk.clone())
            let log = try rig.open()
            try log.append(LogRig.lines(from: 1, count: 3))
            rig.disk.cutPower(atChange: count + 1)
            log.prepareSuccessor(epoch: 1)
            try? log.rotateAndSeal()
            let isSecond = (try? log.append(LogRig.lines(from: 4, count: 3, stream: 9))) != nil
            log.prepareSuccessor(epoch: 1)
            try? log.close()
            if !rig.disk.isCut { break }
            count += 1
            for seed in UInt64(0)..<8 {
                let survival: SimulatedDisk.Survival =
                    seed == 0
                    ? .nothing
                    : seed == 1
                        ? .everything : .some(sectorSize: seed % 2 == 0 ? 512 : 4_096, seed: seed)
                let after = LogRig(rig.disk.powerCut(survival))
                let reopened = try after.open()
                #expect(reopened.recovery.readOnlyReason == nil, "change \(count), \(survival)")
                let found = try reopened.everything()
                #expect(found.holes.isEmpty)
                #expect(found.lines.count >= (isSecond ? 6 : 3), "change \(count), \(survival)")
                let names = try after.disk.names(in: log.directory + "/segments")
                #expect(!names.contains(SpareSegment.name))
            }
        }
        #expect(count > 15)
    }
}
