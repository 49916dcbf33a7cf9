import JournalTestKit
@testable import SegmentLog
import Testing

/// A child that was forked has the writer's memory and not its lock: it writes nothing.
@Suite struct ForkTests {
    @Test func aForkedChildWritesNothing() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.rotateAndSeal()
        try log.append(LogRig.lines(from: 4, count: 2))
        rig.disk.fork()
        let changes = rig.disk.changeCount
        #expect(throws: LogError(.locked, "")) { try log.append(LogRig.lines(from: 6, count: 1)) }
        #expect(throws: LogError.self) { try log.rotateAndSeal() }
        #expect(throws: LogError(.locked, "")) { try log.recompress() }
        #expect(try log.everything().lines.count == 5)
        try log.close()
        #expect(rig.disk.changeCount == changes)
    }

    @Test func closingInAForkedChildWritesNothing() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        // The parent's next rotation counts on it.
        log.prepareSuccessor(epoch: 1)
        let files = rig.disk.files
        #expect(files.keys.contains { $0.hasSuffix(SpareSegment.name) })
        rig.disk.fork()
        #expect(throws: LogError(.locked, "")) { try log.rotateAndSeal() }
        try log.close()
        #expect(rig.disk.files == files)
    }
}
