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
}
