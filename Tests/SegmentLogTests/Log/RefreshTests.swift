import JournalTestKit
import Testing

@testable import SegmentLog

/// A reader that goes along with a writer in another process.
@Suite struct RefreshTests {
    /// Every refresh makes new segment objects, often where those before them were in memory; what
    /// was read of the old ones must not be taken for theirs.
    @Test func aReaderThatGoesAlongReadsWhatIsThere() throws {
        let rig = try LogRig.made()
        let writer = try rig.open()
        let reader = try rig.open(.reader)
        var count: UInt64 = 0
        for round in 1...40 {
            try writer.append(LogRig.lines(from: count + 1, count: 5 + round % 3))
            count += UInt64(5 + round % 3)
            if round % 4 == 0 { try writer.rotateAndSeal() }
            _ = try reader.refresh()
            try LogTests.expectLines(reader, count)
        }
        try writer.close()
    }

    @Test func aNewSegmentTakesOverNoContentOfOneThatIsGone() throws {
        let rig = try LogRig.made()
        let name = SegmentName.file(first: 1)
        let path = LogRig.directory + "/segments/" + name
        let cache = BlockCache()
        for _ in 0..<100 {
            let segment = ActiveSegment(
                name: name, path: path, firstSequence: 1, file: try rig.disk.open(path, .read))
            let key = BlockCache.Key(segment: segment.identity, kind: .content, index: 0)
            #expect(cache.content(key) == nil)
            cache.keep([1, 2, 3], key)
            #expect(cache.content(key) == [1, 2, 3])
        }
    }

    // MARK: What a refresh costs, and that it tells what a new reader would

    /// Where only the active segment has grown, no more is read of it than has come.
    @Test func aRefreshReadsWhatHasCome() throws {
        let rig = try LogRig.made()
        let writer = try rig.open()
        var count: UInt64 = 0
        for _ in 0..<24 {
            try writer.append(LogRig.lines(from: count + 1, count: 100, size: 3_000))
            count += 100
        }
        let reader = try rig.open(.reader)
        func calls(_ kind: SimulatedDisk.Call, refreshing: SegmentLog) throws -> (Int, Bool) {
            let before = rig.disk.count(of: kind)
            let hasMore = try refreshing.refresh()
            return (rig.disk.count(of: kind) - before, hasMore)
        }
        // A new reader reads the segment in steps of 256 KiB.
        let before = rig.disk.count(of: .read)
        _ = try rig.open(.reader)
        #expect(rig.disk.count(of: .read) - before > 5)
        for _ in 0..<20 {
            #expect(try calls(.read, refreshing: reader) == (1, false))
            try writer.append(LogRig.lines(from: count + 1, count: 2))
            count += 2
            #expect(try calls(.list, refreshing: reader) == (0, true))
            #expect(reader.view().lastSequence == count)
        }
        try writer.append(LogRig.lines(from: count + 1, count: 2))
        let (reads, hasMore) = try calls(.read, refreshing: reader)
        #expect(reads < 10 && hasMore)
        // A rotation and a sealing are looked at once.
        try writer.rotateAndSeal()
        #expect(try calls(.list, refreshing: reader) == (1, false))
        #expect(try calls(.list, refreshing: reader) == (0, false))
        #expect(reader.view().lastSequence == count + 2)
        #expect(try reader.everything().lines == (try rig.open(.reader).everything().lines))
        try writer.close()
    }

    /// Writers come, fail in the middle of a write, and go; whatever they do, a reader that goes along
    /// sees what one sees that has just been opened.
    @Test(arguments: 1...60)
    func aReaderThatGoesAlongSeesWhatANewOneSees(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let rig = try LogRig.made()
        var writer: SegmentLog? = try rig.open()
        let reader = try rig.open(.reader)
        var count: UInt64 = 0
        for step in 0..<60 {
            switch Int.random(in: 0..<14, using: &random) {
            case 0..<8:
                let lines = Int.random(in: 1...6, using: &random)
                let size = Int.random(in: 20...9_000, using: &random)
                try writer?.append(LogRig.lines(from: count + 1, count: lines, size: size))
                if writer != nil { count += UInt64(lines) }
            case 8: try writer?.rotateAndSeal()
            case 9:
                try writer?.close()
                writer = nil
            case 10:
                // It ends without closing, and the lock goes with it.
                writer = nil
                while try rig.disk.isLocked(LogRig.directory + "/LOCK") {}
            case 11:
                // A write that fails after a part of it.
                rig.disk.fail(
                    .init(
                        .write, 1, .inputOutput,
                        written: Int.random(in: 0...9_000, using: &random)))
                try? writer?.append(LogRig.lines(from: count + 1, count: 3, size: 3_000))
                rig.disk.failNoMore()
                try? writer?.close()
                writer = nil
            default:
                if writer == nil { writer = try rig.open() }
                count = writer?.view().lastSequence ?? count
            }
            guard Bool.random(using: &random) else { continue }
            _ = try reader.refresh()
            let new = try rig.open(.reader)
            let (seen, holes) = try reader.everything()
            let there = try new.everything()
            #expect(holes.isEmpty && there.holes.isEmpty, "step \(step)")
            // What a reader saw of a writer that died it keeps, though the next one has not announced
            // it yet: recovery has kept it too.
            var expected = there.lines
            if let writer, seen.count > expected.count {
                expected = try writer.everything().lines.filter { seen[$0.key] != nil }
            }
            #expect(seen == expected, "step \(step)")
            // A watermark that was overwritten is still known to who has read it.
            #expect(reader.view().watermark >= new.view().watermark, "step \(step)")
        }
        try writer?.close()
    }
}
