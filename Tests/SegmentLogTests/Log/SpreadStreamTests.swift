import JournalTestKit
@testable import SegmentLog
import Testing

/// A stream that is spread over many segments, whose frames are read side by side.
@Suite struct SpreadStreamTests {
    private static let segmentCount = 40
    private static let key = StreamKey(high: 0, low: 2)

    /// Forty sealed segments, and one that is not, each with two events of each of three streams.
    private static func spreadLog() throws -> LogRig {
        let rig = try LogRig.made()
        let log = try rig.open()
        for number in 0...segmentCount {
            try log.append(LogRig.lines(from: UInt64(1 + number * 6), count: 6))
            if number < segmentCount { try log.rotateAndSeal() }
        }
        try log.close()
        return rig
    }

    private static var sequences: [UInt64] {
        Array(stride(from: 2, through: UInt64(6 * (segmentCount + 1)), by: 3))
    }

    /// What a scan serves and what it names as lost, in the order in which it says so.
    private static func read(
        _ log: SegmentLog, backwards: Bool, limit: Int = .max
    ) throws -> (lines: [UInt64], holes: [Hole]) {
        var lines: [UInt64] = []
        var holes: [Hole] = []
        let view = log.view()
        try view.scan(
            stream: key, in: 1...(.max), backwards: backwards, onHole: { holes.append($0) }
        ) { sequence, line in
            let expected = LogRig.line(
                sequence, stream: 2, version: (sequence - 1) / 3 + 1, size: 60)
            #expect([UInt8](copying: line) == [UInt8](expected.utf8))
            lines.append(sequence)
            return lines.count < limit
        }
        return (lines, holes)
    }

    @Test func isReadInOrderBothWays() throws {
        let log = try Self.spreadLog().open(.reader)
        #expect(try Self.read(log, backwards: false).lines == Self.sequences)
        #expect(try Self.read(log, backwards: true).lines == Self.sequences.reversed())
        for limit in [1, 2, 3, 17, 60] {
            #expect(
                try Self.read(log, backwards: false, limit: limit).lines
                    == Array(Self.sequences.prefix(limit)))
            #expect(
                try Self.read(log, backwards: true, limit: limit).lines
                    == Array(Self.sequences.reversed().prefix(limit)))
        }
    }

    /// Frames of two segments are damaged: what they held is named where it would have been read,
    /// and nothing else is lost.
    @Test func namesWhatIsLostInTheMiddle() throws {
        let rig = try Self.spreadLog()
        let damaged: [UInt64] = [61, 181]
        for first in damaged {
            let path = "/j/segments/\(SegmentName.file(first: first))"
            let bytes = try #require(rig.disk.files[path])
            // Behind the frame's header of 84 bytes and the head of the LZ4 frame.
            rig.disk.overwrite(path, at: 120, with: [bytes[120] ^ 0x10])
        }
        let log = try rig.open(.reader)
        let lost = damaged.flatMap { [$0 + 1, $0 + 4] }
        for backwards in [false, true] {
            let (lines, holes) = try Self.read(log, backwards: backwards)
            let kept = Self.sequences.filter { !lost.contains($0) }
            #expect(lines == (backwards ? kept.reversed() : kept))
            #expect(Set(holes.compactMap(\.events).flatMap { Array($0) }) == Set(lost))
        }
    }

    /// What lies behind the last line that somebody wants may be read ahead; what is wrong with it
    /// is nobody's business.
    @Test func whoStopsBeforeItHearsNothingOfALoss() throws {
        let rig = try Self.spreadLog()
        rig.disk.setUnreadable(100..<200, of: "/j/segments/\(SegmentName.file(first: 31))")
        let log = try rig.open(.reader)
        // The tenth line is the last before that segment, which is asked beside the fourth.
        let (lines, holes) = try Self.read(log, backwards: false, limit: 10)
        #expect(lines.count == 10 && holes.isEmpty)
        let all = try Self.read(log, backwards: false)
        #expect(all.lines.count == Self.sequences.count - 2)
        #expect(Set(all.holes.compactMap(\.events).flatMap { Array($0) }) == [32, 35])
    }
}
