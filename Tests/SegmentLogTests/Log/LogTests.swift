import Foundation
import JournalTestKit
@testable import SegmentLog
import Synchronization
import Testing

/// Appending, rotating, sealing and reading, without faults.
@Suite struct LogTests {
    /// Checks that a log holds exactly the lines 1 to `count` of the rig, in order and by stream.
    static func expectLines(_ log: SegmentLog, _ count: UInt64, size: Int = 60) throws {
        let (lines, holes) = try log.everything()
        #expect(holes.isEmpty)
        #expect(lines.count == Int(count))
        let view = log.view()
        for sequence in 1...max(count, 1) where count > 0 {
            let stream = (sequence - 1) % 3 + 1
            let expected = LogRig.line(
                sequence, stream: stream, version: (sequence - 1) / 3 + 1, size: size)
            #expect(lines[sequence] == expected)
            let single = try view.line(at: sequence)
            #expect(single == [UInt8](expected.utf8))
        }
        for stream in 1...UInt64(3) where count >= stream {
            var found: [UInt64] = []
            let key = StreamKey(high: 0, low: stream)
            try view.scan(stream: key, in: 1...(.max), onHole: { _ in }) { sequence, _ in
                found.append(sequence)
                return true
            }
            #expect(found == Array(stride(from: stream, through: count, by: 3)))
            let newest = try view.newestExtent(of: key)
            #expect(newest?.lastSequence == found.last)
            #expect(newest?.lastVersion == UInt64(found.count))
        }
    }

    @Test func appendsAreReadInOrderAndByStream() throws {
        let log = try LogRig.made().open()
        var next: UInt64 = 1
        for count in [1, 5, 1, 30, 2] {
            try log.append(LogRig.lines(from: next, count: count))
            next += UInt64(count)
        }
        try Self.expectLines(log, next - 1)
        #expect(log.view().watermark == next - 1)
        try log.close()
    }

    /// A function that is kept in a lock can get a layer more each time that somebody looks at it.
    @Test func whoTakesLeavesIsCalledTheSameWayEachTime() throws {
        let log = try LogRig.made().open()
        let depths = Mutex<[Int]>([])
        log.sendLeaves { _, _ in
            let depth = Thread.callStackReturnAddresses.count
            depths.withLock { $0.append(depth) }
        }
        for number in 1...60 as ClosedRange<UInt64> {
            try log.append(LogRig.lines(from: number, count: 1))
        }
        let found = depths.withLock { $0 }
        #expect(found.count == 60)
        #expect((found.max() ?? 0) - (found.min() ?? 0) < 20, "\(found)")
        log.sendLeaves(to: nil)
        try log.close()
    }

    @Test func oneCommitIsOneWriteAndOneSync() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        let writes = rig.disk.count(of: .write)
        let syncs = rig.disk.count(of: .sync)
        for index in 0..<5 { try log.append(LogRig.lines(from: UInt64(4 + index), count: 1)) }
        // The second write of each commit rewrites the tail page and is not synced.
        #expect(rig.disk.count(of: .write) - writes == 10)
        #expect(rig.disk.count(of: .sync) - syncs == 5)
    }

    @Test func aClosedLogOpensCleanAndGoesOn() throws {
        let rig = try LogRig.made()
        for round in 0..<4 {
            let log = try rig.open()
            #expect(log.recovery.isClean)
            try Self.expectLines(log, UInt64(round * 7))
            try log.append(LogRig.lines(from: UInt64(round * 7 + 1), count: 7))
            try log.close()
        }
        let log = try rig.open(.reader)
        try Self.expectLines(log, 28)
        let report = try log.verifyStructure()
        #expect(report.holes.isEmpty && report.tornTail == nil)
        #expect(
            report.bytesChecked
                == rig.disk.files["/j/segments/\(SegmentName.file(first: 1))"]?.count)
    }

    @Test func openingAndClosingWithoutAppendsDoesNotGrowTheFile() throws {
        let rig = try LogRig.made()
        for _ in 0..<3 { try rig.open().close() }
        #expect(rig.disk.files.values.reduce(0) { $0 + $1.count } == SegmentLogFormat.pageSize)
    }

    @Test func sealingChangesNothingThatIsRead() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start in stride(from: UInt64(1), to: 400, by: 40) {
            try log.append(LogRig.lines(from: start, count: 40, size: 900))
        }
        let before = log.view()
        try log.rotateAndSeal()
        try Self.expectLines(log, 400, size: 900)
        #expect(try before.line(at: 200) == log.view().line(at: 200))
        try log.append(LogRig.lines(from: 401, count: 9, size: 900))
        try log.close()
        let again = try rig.open()
        #expect(again.view().segments.map(\.isSealed) == [true, false])
        try Self.expectLines(again, 409, size: 900)
        #expect(try again.verifyStructure().holes.isEmpty)
        #expect(again.end()?.frontier.size == 409)
    }

    @Test func sealedLinesStandTogetherByStream() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 90, size: 1_000))
        try log.rotateAndSeal()
        guard case .sealed(let sealed) = log.view().segments[0] else {
            Issue.record("the segment is not sealed")
            return
        }
        let frames = try sealed.wholeIndex().index.frames
        #expect(frames.count == 3)
        #expect(frames[1].events.map(\.sequence) == Array(stride(from: 2, through: 89, by: 3)))
    }

    @Test func aFullSegmentRotatesAndIsSealed() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        var next: UInt64 = 1
        for _ in 0..<20 {
            try log.append(LogRig.lines(from: next, count: 40, size: 60_000))
            next += 40
        }
        #expect(log.view().segments.count == 2)
        #expect(log.view().segments[0].isSealed)
        try Self.expectLines(log, next - 1, size: 60_000)
        try log.close()
        let reader = try rig.open(.reader)
        try Self.expectLines(reader, next - 1, size: 60_000)
        #expect(try reader.verifyStructure().holes.isEmpty)
    }

    @Test func aReaderFollowsThroughRotationAndSealing() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        let reader = try rig.open(.reader)
        #expect(reader.view().lastSequence == 0)
        try log.append(LogRig.lines(from: 1, count: 5))
        #expect(try reader.refresh())
        try Self.expectLines(reader, 5)
        try log.rotateAndSeal()
        try log.append(LogRig.lines(from: 6, count: 5))
        #expect(try reader.refresh())
        try Self.expectLines(reader, 10)
        #expect(try !reader.refresh())
    }

    @Test func aSecondWriterIsRefused() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        #expect(throws: LogError(.locked, "")) { try rig.open() }
        try log.close()
        try rig.open().close()
    }

    @Test func aClosedOrReadingLogTakesNoAppends() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.close()
        try log.close()
        #expect(throws: LogError(.closed, "")) { try log.append(LogRig.lines(from: 1, count: 1)) }
        let reader = try rig.open(.reader)
        #expect(throws: LogError(.readOnly, "")) {
            try reader.append(LogRig.lines(from: 1, count: 1))
        }
        #expect(throws: LogError(.readOnly, "")) { try reader.rotateAndSeal() }
    }

    @Test func linesOutOfOrderAreRefused() throws {
        let log = try LogRig.made().open()
        #expect(throws: LogError(.invalid, "")) { try log.append(LogRig.lines(from: 2, count: 1)) }
        try log.append(LogRig.lines(from: 1, count: 2))
        #expect(throws: LogError(.invalid, "")) { try log.append(LogRig.lines(from: 2, count: 1)) }
        try log.append(LogRig.lines(from: 3, count: 1))
    }

    @Test func aWriteErrorIsFinalAndTheNextOpeningRecovers() throws {
        for call in [SimulatedDisk.Call.write, .sync] {
            let rig = try LogRig.made()
            let log = try rig.open()
            try log.append(LogRig.lines(from: 1, count: 3))
            rig.disk.fail(.init(call, 1, .inputOutput))
            #expect(throws: LogError(.inputOutput, "")) {
                try log.append(LogRig.lines(from: 4, count: 2))
            }
            #expect(throws: LogError(.failed, "")) {
                try log.append(LogRig.lines(from: 4, count: 2))
            }
            // What did not become durable is read by nobody.
            try Self.expectLines(log, 3)
            try log.close()
            let again = try rig.open()
            let last = again.view().lastSequence
            #expect(last == 3 || last == 5)
            try Self.expectLines(again, last)
            try again.append(LogRig.lines(from: last + 1, count: 1))
            // What the failed sync left in the page cache alone must not count as durable.
            let after = LogRig(rig.disk.powerCut(.nothing))
            try Self.expectLines(try after.open(), last + 1)
        }
    }

    /// After a failed append the writer does not know what its file holds: sealing writes nothing.
    @Test(arguments: [SimulatedDisk.Call.write, .sync])
    func afterAFailureNothingIsSealed(call: SimulatedDisk.Call) throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        rig.disk.fail(.init(call, 1, .inputOutput))
        #expect(throws: LogError(.inputOutput, "")) {
            try log.append(LogRig.lines(from: 4, count: 2))
        }
        let changes = rig.disk.changeCount
        #expect(throws: LogError(.failed, "")) { try log.rotateAndSeal() }
        #expect(rig.disk.changeCount == changes)
        try log.close()
        let again = try rig.open()
        #expect(again.recovery.readOnlyReason == nil)
        try Self.expectLines(again, again.view().lastSequence)
    }

    @Test func aFullDiskRefusesAndLosesNothing() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        rig.disk.setFreeSize(1_000)
        #expect(throws: LogError(.noSpace, "")) {
            try log.append(LogRig.lines(from: 4, count: 900, size: 200))
        }
        try log.close()
        rig.disk.setFreeSize(nil)
        let again = try rig.open()
        try Self.expectLines(again, 3)
        try again.append(LogRig.lines(from: 4, count: 2))
        try Self.expectLines(again, 5)
    }

    @Test func singleLinesStagedTogetherShareACommit() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 1))
        let boxes = (0..<10).map { _ in OutcomeBox() }
        for (index, box) in boxes.enumerated() {
            try log.stage(LogRig.lines(from: UInt64(2 + index), count: 1), isBatch: false) {
                box.finish($0)
            }
        }
        let syncs = rig.disk.count(of: .sync)
        log.commitStaged()
        for box in boxes { #expect(box.wait() == nil) }
        #expect(rig.disk.count(of: .sync) == syncs + 1)
        try Self.expectLines(log, 11)
    }
}
