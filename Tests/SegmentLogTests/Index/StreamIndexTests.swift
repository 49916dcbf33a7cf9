import JournalTestKit
@testable import SegmentLog
import Testing

/// Index files say what the footers say, are made behind the appends, and are never trusted further
/// than their checksums go.
@Suite struct StreamIndexTests {
    private static let segmentSize = 5

    /// A log of sealed segments of five lines each: line `n` is of stream `(n - 1) % 3 + 1`.
    private static func made(_ count: Int) throws -> (rig: LogRig, log: SegmentLog) {
        let rig = try LogRig.made()
        let log = try rig.open(indexFanout: 2)
        for number in 0..<count {
            try log.append(
                LogRig.lines(from: UInt64(number * segmentSize + 1), count: segmentSize))
            try log.rotateAndSeal()
        }
        return (rig, log)
    }

    private static func indexNames(_ rig: LogRig) -> [String] {
        (try? rig.disk.names(in: LogRig.directory + "/index")) ?? []
    }

    private static func key(_ stream: UInt64) -> StreamKey { StreamKey(high: 0, low: stream) }

    /// Everything that can be asked, answered alike with and without index files.
    private static func expectAnswers(_ view: LogView, lines count: UInt64) throws {
        for stream in UInt64(1)...3 {
            let sequences = Array(stride(from: stream, through: count, by: 3))
            let extent = try view.extent(of: key(stream))
            #expect(extent?.firstSequence == sequences.first)
            #expect(extent?.lastSequence == sequences.last)
            #expect(extent?.eventCount == sequences.count)
            #expect(extent?.lastVersion == UInt64(sequences.count))
            #expect(try view.newestExtent(of: key(stream))?.lastSequence == sequences.last)
            for backwards in [false, true] {
                var found: [UInt64] = []
                try view.scan(
                    stream: key(stream), in: 3...(count - 2), backwards: backwards,
                    onHole: { Issue.record("\($0)") }
                ) { sequence, _ in
                    found.append(sequence)
                    return true
                }
                let expected = sequences.filter { 3...(count - 2) ~= $0 }
                #expect(found == (backwards ? expected.reversed() : expected))
            }
            #expect(try view.sealedOwners(ofName: LogRig.name(of: key(stream))) == [key(stream)])
            let wanted = sequences[sequences.count / 2]
            let line = try view.newestLine(
                of: key(stream), withTerm: LogRig.term(of: wanted)
            ) { LogRig.semantics.describe($0)?.sequence == wanted }
            #expect(line.flatMap { LogRig.semantics.describe($0.span)?.sequence } == wanted)
        }
        #expect(try view.extent(of: key(4)) == nil)
        #expect(try view.sealedOwners(ofName: LogRig.name(of: key(4))) == [])
        let pages = try (0..<3).flatMap {
            try view.streams(from: key(UInt64($0) + 1), limit: 1)
        }
        #expect(pages.map(\.key) == [key(1), key(2), key(3)])
        #expect(try view.streams(from: .zero, limit: 9).map(\.key) == [key(1), key(2), key(3)])
        #expect(try view.streams(from: key(4), limit: 9).isEmpty)
    }

    @Test func indexFilesFormLevelsAndAnswerLikeTheFooters() throws {
        let (rig, log) = try Self.made(7)
        // Seven segments at a fanout of two: four, two, and one that waits for a neighbour.
        #expect(
            Self.indexNames(rig) == [
                StreamIndexes.name(1, 20), StreamIndexes.name(21, 30),
            ])
        try Self.expectAnswers(log.view(), lines: 35)
        try log.append(LogRig.lines(from: 36, count: 4))
        try Self.expectAnswers(log.view(), lines: 39)
        try Self.expectAnswers(try rig.open(.reader).view(), lines: 39)
    }

    @Test func aDeletedIndexIsMadeAgainByTheNextWriter() throws {
        let (rig, log) = try Self.made(4)
        try log.close()
        for name in Self.indexNames(rig) {
            try rig.disk.remove(LogRig.directory + "/index/" + name)
        }
        try Self.expectAnswers(try rig.open(.reader).view(), lines: 20)
        #expect(Self.indexNames(rig).isEmpty)
        let again = try rig.open(indexFanout: 2)
        #expect(Self.indexNames(rig) == [StreamIndexes.name(1, 20)])
        try Self.expectAnswers(again.view(), lines: 20)
    }

    @Test func noFlippedBitOfAnIndexChangesAnAnswer() throws {
        let (rig, log) = try Self.made(4)
        try log.close()
        let path = LogRig.directory + "/index/" + StreamIndexes.name(1, 20)
        let size = try #require(try rig.disk.status(of: path)?.size)
        for bit in 0..<(size * 8) {
            rig.disk.flipBit(path, bit)
            try Self.expectAnswers(try rig.open(.reader).view(), lines: 20)
            rig.disk.flipBit(path, bit)
        }
    }

    @Test func anIndexOfAnotherFileOfTheSameNameIsNotUsed() throws {
        let (rig, log) = try Self.made(4)
        try log.close()
        let name = "/segments/" + SegmentName.file(first: 6)
        let other = try LogRig.made()
        let otherLog = try other.open()
        try otherLog.append(LogRig.lines(from: 1, count: 5))
        try otherLog.rotateAndSeal()
        // The same range, with other streams in it.
        try otherLog.append(LogRig.lines(from: 6, count: 5, stream: 9))
        try otherLog.rotateAndSeal()
        let bytes = try #require(other.disk.bytes(of: LogRig.directory + name))
        rig.disk.replace(LogRig.directory + name, with: bytes)
        let view = try rig.open(.reader).view()
        let found = try view.extent(of: Self.key(9))
        #expect(found?.eventCount == 5)
    }

    /// One bit of a session's key differs: the file has the same size, and another footer.
    @Test func anIndexOfAnotherFileOfTheSameSizeIsNotUsed() throws {
        let (rig, log) = try Self.made(4)
        try log.close()
        let path = LogRig.directory + "/segments/" + SegmentName.file(first: 6)
        let bytes = try #require(rig.disk.bytes(of: path))
        let size = try Footer.size(fromTrailer: bytes.span)
        var footer = try Footer.decode(bytes.span.extracting((bytes.count - size)...))
        footer.summary.epoch += 1
        var other = Array(bytes.dropLast(size))
        footer.append(to: &other)
        #expect(other.count == bytes.count && other != bytes)
        rig.disk.replace(path, with: other)
        let log2 = try rig.open(.reader)
        let view = log2.view()
        let (file, segments) = try #require(
            view.plan.sources.compactMap { source -> (StreamIndexFile, [SealedSegment])? in
                if case .index(let file, let segments) = source { (file, segments) } else { nil }
            }.first)
        #expect(throws: LogError(.damaged, "")) {
            try ReadPlan.segments([0, 1], of: segments, in: file)
        }
        // Who asks is answered by the segments, and the index is not asked again.
        try Self.expectAnswers(view, lines: 20)
        #expect(view.plan.sources.count == segments.count + 1)
    }

    @Test func aFullDiskCostsTheIndexAndNothingElse() throws {
        let rig = try LogRig.made()
        let log = try rig.open(indexFanout: 2)
        rig.disk.fail(.init(.makeDirectory, 1, .noSpace, isLasting: true))
        for number in 0..<4 {
            try log.append(LogRig.lines(from: UInt64(number * 5 + 1), count: 5))
            try log.rotateAndSeal()
        }
        #expect(Self.indexNames(rig).isEmpty)
        try Self.expectAnswers(log.view(), lines: 20)
    }

    @Test func fewFilesAreOpenAtOnceHoweverManySegmentsAreRead() throws {
        let (rig, log) = try Self.made(6)
        try log.close()
        let environment = LogEnvironment(
            fileSystem: rig.disk, journalID: LogRig.journal, semantics: LogRig.semantics,
            cache: BlockCache(), openLimit: 2)
        let opening = LogOpening(directory: LogRig.directory, environment: environment)
        let segments = try opening.look(openMode: .read).sealed
        for _ in 0..<2 {
            for segment in segments { _ = try segment.load() }
        }
        #expect(segments.filter(\.isLoaded).count == 2)
    }

    @Test func aSegmentReplacedUnderAViewExpiresIt() throws {
        let (rig, log) = try Self.made(2)
        let environment = LogEnvironment(
            fileSystem: rig.disk, journalID: LogRig.journal, semantics: LogRig.semantics,
            cache: BlockCache())
        let opening = LogOpening(directory: LogRig.directory, environment: environment)
        let segment = try opening.look(openMode: .read).sealed[0]
        _ = try segment.load()
        segment.unload()
        let other = try LogRig.made()
        let otherLog = try other.open()
        try otherLog.append(LogRig.lines(from: 1, count: 5, stream: 9))
        try otherLog.rotateAndSeal()
        let path = LogRig.directory + "/segments/" + SegmentName.file(first: 1)
        rig.disk.replace(path, with: try #require(other.disk.bytes(of: path)))
        #expect(throws: LogError(.viewExpired, "")) { try segment.load() }
        try log.close()
    }
}
