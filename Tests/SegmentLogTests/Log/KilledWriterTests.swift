import JournalTestKit
@testable import SegmentLog
import Testing

/// What a killed writer leaves is in the page cache and perhaps not on the disk: the next writer
/// makes it durable before it stands on it.
@Suite struct KilledWriterTests {
    private static func path(_ first: UInt64) -> String {
        "\(LogRig.directory)/segments/\(SegmentName.file(first: first))"
    }

    /// A log whose writer was killed after the write of its second commit and before the sync.
    private static func killedBeforeSync() throws -> LogRig {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        let before = try #require(rig.disk.bytes(of: path(1)))
        try log.append(LogRig.lines(from: 4, count: 2))
        let after = try #require(rig.disk.bytes(of: path(1)))
        try log.close()
        let killed = LogRig(rig.disk.clone())
        killed.disk.replace(path(1), with: before)
        try killed.disk.open(path(1), .update).write(after.span, at: 0)
        return killed
    }

    @Test func whatOnlyTheCacheHoldsIsSyncedBeforeItIsServed() throws {
        let rig = try Self.killedBeforeSync()
        let log = try rig.open()
        #expect(log.view().lastSequence == 5)
        let after = try LogRig(rig.disk.powerCut(.nothing)).open()
        #expect(after.view().lastSequence == 5)
        try LogTests.expectLines(after, 5)
    }

    /// The rename that made the last segment is in the cache alone: an append to it, and so its
    /// acknowledgement, would be lost with the name.
    @Test func aNameThatOnlyTheCacheHoldsIsSyncedBeforeItIsUsed() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        let bytes = try #require(rig.disk.bytes(of: Self.path(1)))
        let disk = SimulatedDisk()
        try disk.makeDirectory(LogRig.directory)
        try disk.makeDirectory(LogRig.directory + "/segments")
        try disk.syncDirectory("/")
        try disk.syncDirectory(LogRig.directory)
        let file = try disk.open(Self.path(1) + ".new", .create)
        try file.write(bytes.span, at: 0)
        try file.sync()
        try disk.rename(Self.path(1) + ".new", to: Self.path(1))
        let next = try LogRig(disk).open()
        try next.append(LogRig.lines(from: 4, count: 2))
        let after = try LogRig(disk.powerCut(.nothing)).open(.reader)
        #expect(after.view().lastSequence == 5)
    }

    /// At no moment of a recovery, whatever survives of it, is a torn tail in neither place.
    @Test func aTornTailIsAlwaysInOneOfTwoPlaces() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        rig.disk.cutPower(atChange: 1)
        _ = try? log.append(LogRig.lines(from: 4, count: 30, size: 700))
        let torn = rig.disk.powerCut(.some(sectorSize: 512, seed: 1))
        let before = try #require(torn.bytes(of: Self.path(1)))
        torn.keepMoments()
        let recovered = try LogRig(torn).open()
        let tail = try #require(recovered.recovery.tornTail)
        let lost = Array(before[tail.offset..<(tail.offset + tail.size)])
        for (index, moment) in torn.moments.enumerated() {
            for survival: SimulatedDisk.Survival in [
                .nothing, .everything, .some(sectorSize: 512, seed: 3),
                .some(sectorSize: 4_096, seed: 4), .some(sectorSize: 512, seed: 5),
            ] {
                let files = moment.powerCut(survival).files
                let isSetAside = files.contains { path, bytes in
                    path.hasSuffix(QuarantineName.suffix) && bytes == lost
                }
                let isInPlace =
                    files[Self.path(1)].map { $0.count >= before.count && $0 == before } ?? false
                #expect(isSetAside || isInPlace, "moment \(index), \(survival)")
            }
        }
    }

    /// What recovery leaves is what a clean close leaves, before anything is appended.
    @Test func aCutEndsInAClosedTail() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        rig.disk.cutPower(atChange: 1)
        _ = try? log.append(LogRig.lines(from: 4, count: 30, size: 700))
        let torn = LogRig(rig.disk.powerCut(.some(sectorSize: 512, seed: 1)))
        let offset = try #require(try torn.open().recovery.tornTail?.offset)
        let bytes = try #require(torn.disk.bytes(of: Self.path(1)))
        #expect(bytes.count == offset + SegmentLogFormat.pageSize)
        let reader = try LogRig(torn.disk.powerCut(.nothing)).open(.reader)
        #expect(reader.recovery.isClean && reader.recovery.tornTail == nil)
    }

    @Test func anInterruptedRotationGetsItsEndFrame() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        rig.disk.place(
            SegmentWriter.emptySegment(first: 4, journalID: LogRig.journal, epoch: 1),
            at: Self.path(4))
        // Sealing fails, so that the segment stays as the recovery left it.
        rig.disk.fail(.init(.rename, 1, .noSpace, isLasting: true))
        let again = try rig.open()
        rig.disk.failNoMore()
        #expect(again.recovery.finishedRotation)
        let scan = try ActiveScanner.scan(
            rig.disk.open(Self.path(1), .read), name: "1", journalID: LogRig.journal,
            firstSequence: 1, floor: 3)
        #expect(scan.ending == .end(successor: 4))
        try again.append(LogRig.lines(from: 4, count: 2))
        try again.close()
        try LogTests.expectLines(try rig.open(.reader), 5)
    }

    @Test func everyOpeningHasAnEpochOfItsOwn() throws {
        let rig = try LogRig.made()
        var next: UInt64 = 1
        for round in 1...6 {
            let log = try rig.open()
            try log.append(LogRig.lines(from: next, count: 2))
            next += 2
            if round % 3 == 0 { try log.rotateAndSeal() }
            try log.close()
        }
        let log = try rig.open()
        try log.append(LogRig.lines(from: next, count: 1))
        guard case .active(let last)? = log.view().segments.last else {
            throw LogError(.invalid, "the last segment is sealed")
        }
        #expect((0..<last.blockCount).map { last.block($0).epoch } == [7])
        try log.close()
    }
}
