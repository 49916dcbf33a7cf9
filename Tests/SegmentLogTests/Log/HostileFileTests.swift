import JournalTestKit
@testable import SegmentLog
import Testing

/// Numbers that nobody would write, with checksums that fit: they cost bounded time and memory, and
/// never trap.
@Suite struct HostileFileTests {
    private static func path(_ first: UInt64) -> String {
        "\(LogRig.directory)/segments/\(SegmentName.file(first: first))"
    }

    private static func emptyLog() throws -> LogRig {
        let rig = try LogRig.made()
        try rig.open().close()
        return rig
    }

    @Test func numbersWithoutRoomAboveThemAreRefused() throws {
        var bytes: [UInt8] = []
        var block = FormatTests.block
        block.epoch = .max
        block.append(to: &bytes)
        #expect(throws: FormatError.self) { try BlockHeader.decode(bytes.span, at: 0) }
        bytes = []
        block = FormatTests.block
        block.streams[0].firstVersion = .max - 2
        block.append(to: &bytes)
        #expect(throws: FormatError.self) { try BlockHeader.decode(bytes.span, at: 0) }
        var tail = FormatTests.tail(.closed)
        tail.epoch = .max
        #expect(throws: FormatError.self) { try TailFrame.decode(tail.page().span, at: 0) }
        for change: (inout Footer) -> Void in [
            { $0.summary.epoch = .max }, { $0.streams[0].lastVersion = .max - 1 },
            { $0.streams[0].eventCount = 4_000_000 },
        ] {
            var footer = FormatTests.footer
            change(&footer)
            bytes = []
            footer.append(to: &bytes)
            #expect(throws: FormatError.self) { try Footer.decode(bytes.span) }
        }
    }

    /// A writer counts on from the highest epoch that it finds.
    @Test func aTailWithTheHighestEpochDoesNotStopTheWriter() throws {
        let rig = try Self.emptyLog()
        let tail = TailFrame(
            role: .closed, journalID: LogRig.journal, offset: 0, watermark: 0, lastSequence: 0,
            epoch: .max, lastBlockChecksum: 0, frameSize: SegmentLogFormat.pageSize)
        rig.disk.replace(Self.path(1), with: tail.page())
        _ = try? rig.open().close()
        #expect(try rig.open(.reader).view().lastSequence == 0)
    }

    /// Space that is no whole number of pages, or more than any commit adds, is none that a writer
    /// left: nothing counts on it.
    @Test(arguments: [4_097, 4_103, 65 << 20]) func aTailOfAnImpossibleSizeIsNotTaken(
        size: Int
    ) throws {
        let rig = try Self.emptyLog()
        let tail = TailFrame(
            role: .tail, journalID: LogRig.journal, offset: 0, watermark: 0, lastSequence: 0,
            epoch: 1, lastBlockChecksum: 0, frameSize: size)
        #expect(throws: FormatError.self) { try TailFrame.decode(tail.page().span, at: 0) }
        var bytes = tail.page()
        bytes.append(contentsOf: [UInt8](repeating: 0, count: size - bytes.count))
        rig.disk.replace(Self.path(1), with: bytes)
        let log = try rig.open()
        guard log.recovery.readOnlyReason == nil else { return }
        try log.append(LogRig.lines(from: 1, count: 2))
        try log.rotateAndSeal()
        try log.close()
        #expect(try rig.open(.reader).everything().lines.count == 2)
    }

    /// A footer may name a million gaps.
    @Test func gapsAreFoundInOrder() {
        let gaps: [ClosedRange<UInt64>] = [2...2, 3...5, 9...9, 100...200]
        let held = (UInt64(0)...201).filter { gaps.holdInOrder($0) }
        let slowly = (UInt64(0)...201).filter { number in gaps.contains { $0.contains(number) } }
        #expect(held == slowly)
        #expect(![ClosedRange<UInt64>]().holdInOrder(1))
    }

    /// A file name may say any number: what lies between is one hole, and nothing counts through it.
    @Test(arguments: [true, false]) func aNameFarAwayIsOneHole(hasFooter: Bool) throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 4))
        try log.rotateAndSeal()
        try log.close()
        if !hasFooter {
            let bytes = try #require(rig.disk.bytes(of: Self.path(1)))
            let footer = try Footer.size(fromTrailer: bytes.span)
            rig.disk.replace(Self.path(1), with: Array(bytes.dropLast(footer)))
        }
        let far = SegmentLogFormat.numberLimit - 9
        rig.disk.lose(Self.path(5))
        rig.disk.place(
            SegmentWriter.emptySegment(first: far, journalID: LogRig.journal, epoch: 1),
            at: Self.path(far))
        let reader = try rig.open(.reader)
        let (lines, holes) = try reader.everything()
        #expect(lines.count == 4)
        #expect(holes.compactMap(\.events) == [5...(far - 1)])
        #expect(try reader.view().extent(of: StreamKey(high: 0, low: 1))?.eventCount == 2)
        #expect(throws: LogError(.damaged, "")) { try reader.view().line(at: far - 5) }
        #expect(try reader.verifyStructure().holes.contains { $0.events == 5...(far - 1) })
    }

    /// Block headers that stand one inside the other, each whole and of another journal, cost no
    /// more than some readings of the file; a torn tail is not cut where that many are.
    @Test func framesInsideFramesAreLookedAtUpToABound() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        var bytes = try #require(rig.disk.bytes(of: Self.path(1)))
        let whole = bytes
        let size = 1 << 20
        while bytes.count < whole.count + size - 512 {
            SkippableFrame.appendHeader(
                .blockHeader, size: size - 256 - (bytes.count - whole.count), to: &bytes)
            HeaderPrefix(
                magic: BlockHeader.magic, requiredFlags: RequiredFlags.active,
                journalID: LogRig.journal, offset: UInt64(bytes.count - SkippableFrame.headerSize)
            ).append(to: &bytes)
        }
        bytes += [UInt8](repeating: 7, count: 512)
        rig.disk.replace(Self.path(1), with: bytes)
        let reader = try rig.open(.reader)
        #expect(reader.recovery.readOnlyReason != nil && reader.recovery.tornTail == nil)
        #expect(try reader.everything().lines.count == 3)
    }

    /// Headers of frames that claim the rest of the file, one behind the other.
    @Test func sealedFramesInsideFramesAreLookedAtUpToABound() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 9))
        try log.rotateAndSeal()
        try log.close()
        var bytes = try #require(rig.disk.bytes(of: Self.path(1)))
        let footer = try Footer.size(fromTrailer: bytes.span)
        bytes.removeLast(footer)
        let end = bytes.count + (2 << 20)
        while bytes.count < end {
            SealedFrameHeader(
                journalID: LogRig.journal, offset: UInt64(bytes.count), lowestSequence: 1,
                highestSequence: 9, eventCount: 9,
                storedLength: max(1, end - bytes.count - SealedFrameHeader.encodedSize),
                plainLength: 99, contentChecksum: 7
            ).append(to: &bytes)
        }
        rig.disk.replace(Self.path(1), with: bytes)
        let reader = try rig.open(.reader)
        #expect(try reader.everything().lines.count == 9)
        #expect(try !reader.verifyStructure().holes.isEmpty)
    }

    /// A frame stands twice, each time with a header that says so, and the footer is lost.
    @Test func aFrameThatStandsTwiceCountsOnce() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 9))
        try log.rotateAndSeal()
        try log.close()
        var bytes = try #require(rig.disk.bytes(of: Self.path(1)))
        let footer = try Footer.size(fromTrailer: bytes.span)
        bytes.removeLast(footer)
        var header = try SealedFrameHeader.decode(bytes.span, at: 0)
        let content = bytes[SealedFrameHeader.encodedSize...]
            .prefix(header.storedLength)
        header.offset = UInt64(bytes.count)
        header.append(to: &bytes)
        bytes.append(contentsOf: content)
        rig.disk.replace(Self.path(1), with: bytes)
        let reader = try rig.open(.reader)
        #expect(try reader.everything().lines.count == 9)
        let extent = try reader.view().extent(of: StreamKey(high: 0, low: 1))
        #expect(extent?.eventCount == 3 && extent?.lastVersion == 3)
    }

    /// The names of directories and of files that are no segments are nothing to the log.
    @Test func namesThatAreNoSegmentsAreLeftAlone() throws {
        let rig = try Self.emptyLog()
        for name in ["1.lz4", "00000000000000000000.lz4", "99999999999999999999.lz4", "a.lz4"] {
            rig.disk.place([1, 2, 3], at: "\(LogRig.directory)/segments/\(name)")
        }
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        #expect(try rig.disk.names(in: "\(LogRig.directory)/segments").count == 5)
    }
}
