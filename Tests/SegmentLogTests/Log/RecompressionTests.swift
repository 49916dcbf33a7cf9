import JournalTestKit
@testable import SegmentLog
import Testing

/// Recompression changes the size of a segment and nothing that can be read from it.
@Suite struct RecompressionTests {
    private static let path = LogRig.directory + "/segments/" + SegmentName.file(first: 1)

    private static func sealed() throws -> (rig: LogRig, log: SegmentLog) {
        let rig = try LogRig.made()
        let log = try rig.open(indexFanout: 2)
        for number in UInt64(0)..<3 {
            try log.append(LogRig.lines(from: number * 200 + 1, count: 200, size: 900))
            try log.rotateAndSeal()
        }
        return (rig, log)
    }

    @Test func aRecompressedLogIsSmallerAndReadsAlike() throws {
        let (rig, log) = try Self.sealed()
        let before = try log.sizeOnDisk().bytes
        let view = log.view()
        let lines = try log.everything().lines
        let frontier = try view.frontier(at: 600)
        try log.recompress()
        #expect(try log.sizeOnDisk().bytes < before)
        #expect(try log.everything().lines == lines)
        #expect(try log.verifyStructure().holes.isEmpty)
        #expect(try log.view().frontier(at: 600) == frontier)
        // A view from before goes on with the files it has, or with the same events in new ones.
        #expect(try view.line(at: 1) == log.view().line(at: 1))
        #expect(try view.extent(of: StreamKey(high: 0, low: 1))?.eventCount == 200)
        let again = try log.sizeOnDisk().bytes
        try log.recompress()
        #expect(try log.sizeOnDisk().bytes == again)
        try log.close()
        let reader = try rig.open(.reader)
        #expect(try reader.everything().lines == lines)
        #expect(try reader.view().extent(of: StreamKey(high: 0, low: 3))?.eventCount == 200)
    }

    /// In a frame's content, which has a checksum of its own, and in its header, which the new file
    /// would have anew: the hash of the whole file tells.
    @Test(arguments: [3_000, 60])
    func aDamagedSegmentIsNotWrittenAnew(place: Int) throws {
        let (rig, log) = try Self.sealed()
        rig.disk.flipBit(Self.path, place * 8)
        let damaged = rig.disk.bytes(of: Self.path)
        #expect(throws: LogError(.damaged, "")) { try log.recompress() }
        #expect(rig.disk.bytes(of: Self.path) == damaged)
        // Appends go on.
        try log.append(LogRig.lines(from: 601, count: 3))
        try log.close()
    }

    @Test func aPowerCutAnywhereLeavesOldOrNewSegments() throws {
        let (made, log) = try Self.sealed()
        let lines = try log.everything().lines
        try log.close()
        var count = 0
        while true {
            let rig = LogRig(made.disk.clone())
            let log = try rig.open(indexFanout: 2)
            rig.disk.cutPower(atChange: count + 1)
            let isDone = (try? log.recompress()) != nil && !rig.disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(count)),
            ] {
                let after = LogRig(rig.disk.powerCut(survival))
                let reopened = try after.open(indexFanout: 2)
                #expect(try reopened.everything().lines == lines, "change \(count + 1)")
                #expect(try reopened.verifyStructure().holes.isEmpty)
            }
            if isDone { break }
            count += 1
        }
        #expect(count > 10)
    }

    @Test func aSegmentFilledUnderLoadIsSealedFastAndCompressedAgainLater() throws {
        let log = try LogRig.made().open()
        func level() throws -> Int32? {
            guard case .sealed(let first)? = log.view().segments.first else { return nil }
            return try first.load().tables.summary?.level
        }
        // A millisecond lies between two lines.
        try log.append(LogRig.lines(from: 1, count: 180, size: 99_000))
        try log.rotateAndSeal()
        #expect(try level() == LZ4Frame.Level.fast.rawValue)
        let lines = try log.everything().lines
        try log.append(LogRig.lines(from: 181, count: 3))
        try log.rotateAndSeal()
        #expect(try level() == LZ4Frame.Level.sealed.rawValue)
        #expect(try log.everything().lines.filter { $0.key <= 180 } == lines)
        #expect(try log.verifyStructure().holes.isEmpty)
        try log.close()
    }
}
