import JournalTestKit
@testable import SegmentLog
import Testing

/// What a file says of what was durable, and what follows from it.
@Suite struct WatermarkTests {
    private static let path = "\(LogRig.directory)/segments/\(SegmentName.file(first: 1))"

    private static func scan(_ rig: LogRig) throws -> ActiveScan {
        try ActiveScanner.scan(
            rig.disk.open(path, .read), name: "1", journalID: LogRig.journal, firstSequence: 1,
            floor: 0)
    }

    @Test func everyCommitSaysWhatWasDurableBeforeIt() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start: UInt64 in [1, 4, 7, 10] { try log.append(LogRig.lines(from: start, count: 3)) }
        #expect(log.view().watermark == 12)
        #expect(try Self.scan(rig).blocks.map(\.watermark) == [0, 3, 6, 9])
        try log.close()
    }

    @Test func aQuietFileSaysThatItsLastCommitIsDurable() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        #expect(try Self.scan(rig).watermark == 3)
        try log.append(LogRig.lines(from: 4, count: 1))
        #expect(try Self.scan(rig).watermark == 4)
        try log.close()
    }

    /// Two pages at least: one page at the end of a file is a closed tail.
    @Test func anOpenFileNeverEndsInOnePage() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        var next: UInt64 = 1
        // Commits of every number of pages, over several additions of space.
        for size in stride(from: 100, to: 60_000, by: 1_700) {
            try log.append(LogRig.lines(from: next, count: 1, size: size))
            next += 1
            let scan = try Self.scan(rig)
            let left = scan.fileSize - scan.position
            #expect(scan.ending == .tail && left >= 2 * SegmentLogFormat.pageSize, "\(size)")
        }
        try log.close()
    }

    /// Else a size that is lost could leave one page behind a whole commit (decision 0003).
    @Test func aCommitIsWrittenIntoSpaceThatIsDurable() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        rig.disk.keepMoments()
        var next: UInt64 = 1
        for count in [1, 30, 90, 200, 2] {
            try log.append(LogRig.lines(from: next, count: count, size: 900))
            next += UInt64(count)
        }
        var writes = 0
        for moment in rig.disk.moments {
            let all = LogRig(moment.powerCut(.everything))
            let durable = LogRig(moment.powerCut(.nothing))
            let scan = try Self.scan(all)
            guard scan.blocks.count > (try Self.scan(durable).blocks.count) else { continue }
            writes += 1
            let size = try #require(durable.disk.bytes(of: Self.path)).count
            #expect(size >= scan.position + 2 * SegmentLogFormat.pageSize)
        }
        #expect(writes == 5)
        try log.close()
    }

    /// The tail behind it is gone too, so that only the next block's watermark is left to tell.
    @Test func aBlockBehindTheDamageTellsWhatWasPromised() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start: UInt64 in [1, 4, 7] { try log.append(LogRig.lines(from: start, count: 3)) }
        try log.close()
        var bytes = try #require(rig.disk.bytes(of: Self.path))
        let blocks = try Self.scan(rig).blocks
        let end = Int(blocks[2].offset) + blocks[2].blockSize
        bytes.replaceSubrange(end..., with: repeatElement(0, count: bytes.count - end))
        bytes[Int(blocks[1].offset) + 60] ^= 1
        rig.disk.replace(Self.path, with: bytes)
        let reader = try rig.open(.reader)
        #expect(reader.recovery.readOnlyReason != nil)
        #expect(reader.recovery.holes.compactMap(\.events) == [4...6])
    }

    /// While a writer lives, a commit above the last watermark may still be lost.
    @Test func aReaderSeesWhatTheWriterHasSyncedAndNoMore() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.append(LogRig.lines(from: 4, count: 2))
        // The tail page as it was when the second commit was written: it promises the first alone.
        var bytes = try #require(rig.disk.bytes(of: Self.path))
        let scan = try Self.scan(rig)
        var tail = try TailFrame.decode(bytes.span, at: scan.position)
        tail.watermark = 3
        bytes.replaceSubrange(
            scan.position..<(scan.position + SegmentLogFormat.pageSize), with: tail.page())
        rig.disk.replace(Self.path, with: bytes)
        let beside = try rig.open(.reader).view()
        #expect(beside.lastSequence == 3 && beside.watermark == 3)
        try log.close()
        rig.disk.replace(Self.path, with: bytes)
        let alone = try rig.open(.reader).view()
        #expect(alone.lastSequence == 5 && alone.watermark == 3)
    }
}
