import JournalTestKit
@testable import SegmentLog
import Testing

/// Places in a log that are found by time or by size.
@Suite struct PositionTests {
    /// Twenty events over two sealed segments and an active one, one a millisecond.
    private static func log() throws -> SegmentLog {
        let log = try LogRig.made().open()
        try log.append(LogRig.lines(from: 1, count: 7))
        try log.rotateAndSeal()
        try log.append(LogRig.lines(from: 8, count: 6))
        try log.rotateAndSeal()
        try log.append(LogRig.lines(from: 14, count: 4))
        try log.append(LogRig.lines(from: 18, count: 3))
        return log
    }

    @Test func aTimeSelectsItsOwnEvent() throws {
        let view = try Self.log().view()
        for sequence: UInt64 in 1...20 {
            let time = Int64(sequence) * 1_000
            #expect(try view.firstSequence(notBefore: time) == sequence)
            #expect(try view.firstSequence(notBefore: time + 1) == sequence + 1)
        }
        #expect(try view.firstSequence(notBefore: .min) == 1)
        #expect(try view.firstSequence(notBefore: .max) == 21)
    }

    @Test func aTimeIsFoundThoughTheLastSegmentIsEmpty() throws {
        let log = try Self.log()
        try log.rotateAndSeal()
        let view = log.view()
        for sequence: UInt64 in 1...20 {
            #expect(try view.firstSequence(notBefore: Int64(sequence) * 1_000) == sequence)
        }
        #expect(try view.firstSequence(notBefore: .max) == 21)
    }

    /// What is appended to a segment after a view was taken is not in the view.
    @Test func aViewEndsWhereItWasTaken() throws {
        let log = try LogRig.made().open()
        try log.append(LogRig.lines(from: 1, count: 4))
        let view = log.view()
        try log.append(LogRig.lines(from: 5, count: 8))
        let key = StreamKey(high: 0, low: 1)
        for through: UInt64 in 1...4 {
            var found: [UInt64] = []
            try view.scan(stream: key, in: 1...through, onHole: { _ in }) { sequence, _ in
                found.append(sequence)
                return true
            }
            #expect(found == (through < 4 ? [1] : [1, 4]))
        }
        let extent = try view.extent(of: key)
        #expect(extent?.lastSequence == 4 && extent?.eventCount == 2)
        #expect(try view.line(at: 5) == nil)
        #expect(try log.view().extent(of: key)?.eventCount == 4)
    }

    @Test func theFrontierIsThatOfEverySize() throws {
        let view = try Self.log().view()
        var frontier = FrontierRecord.empty
        let leaves = LogRig.lines(from: 1, count: 20).leafHashes
        for size in 0...20 {
            #expect(try view.frontier(at: UInt64(size)) == frontier, "\(size)")
            guard size < 20 else { break }
            let leaf = leaves[(size * 32)..<((size + 1) * 32)]
            LogRig.semantics.extend(&frontier, Array(leaf).span)
        }
        #expect(throws: LogError.self) { try view.frontier(at: 21) }
    }
}
