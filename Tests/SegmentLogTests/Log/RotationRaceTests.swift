import Dispatch
import Glibc
import JournalTestKit
@testable import SegmentLog
import Synchronization
import Testing

/// Rotation beside what else is at work: the preparer, an append that waits, the end of the log.
@Suite struct RotationRaceTests {
    private static func open(_ rig: LogRig) throws -> (disk: HookedDisk, log: SegmentLog) {
        let disk = HookedDisk(rig.disk)
        let log = try SegmentLog.open(
            directory: LogRig.directory, fileSystem: disk, journalID: LogRig.journal, mode: .writer,
            semantics: LogRig.semantics, sealing: .background)
        return (disk, log)
    }

    /// The next segment's file is being made when a rotation needs it: there is one file of that
    /// name, and the events go into the one that keeps it.
    @Test func aRotationWaitsForTheFileThatIsBeingMade() throws {
        for delays in [[40_000, 0], [0, 40_000]] as [[UInt32]] {
            let rig = try LogRig.made()
            let (disk, log) = try Self.open(rig)
            try log.append(LogRig.lines(from: 1, count: 3))
            let count = Atomic<Int>(0)
            // Whoever comes first, or second, is slow to make the file.
            disk.set { call, path throws(Errno) in
                guard call == .create, path.hasSuffix(SpareSegment.name) else { return }
                let number = count.wrappingAdd(1, ordering: .relaxed).oldValue
                usleep(number < delays.count ? delays[number] : 0)
            }
            log.prepareSuccessor(epoch: 1)
            try log.rotateAndSeal()
            try log.append(LogRig.lines(from: 4, count: 3, stream: 9))
            disk.set(nil)
            // As after a kill: what was acknowledged is there.
            let after = LogRig(rig.disk.powerCut(.nothing))
            let reopened = try after.open()
            #expect(reopened.recovery.readOnlyReason == nil)
            #expect(reopened.recovery.tornTail == nil)
            #expect(try reopened.everything().lines.count == 6)
            // And the next rotation finds its file.
            try log.rotateAndSeal()
            try log.append(LogRig.lines(from: 7, count: 1, stream: 10))
            try log.close()
            #expect(try rig.open(.reader).everything().lines.count == 7)
        }
    }

    /// A rotation fails while an append waits for it: the append is refused, for the writer knows no
    /// more where its file ends.
    @Test func anAppendThatWaitedForAFailedRotationIsRefused() throws {
        let rig = try LogRig.made()
        let (disk, log) = try Self.open(rig)
        try log.append(LogRig.lines(from: 1, count: 3))
        let isRotating = Signal()
        let appendWaits = Signal()
        disk.set { call, path throws(Errno) in
            guard call == .syncDirectory, path.hasSuffix("/segments") else { return }
            isRotating.send()
            appendWaits.wait()
            throw .inputOutput
        }
        let rotation = Mutex<LogError?>(nil)
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            do {
                try log.rotateAndSeal()
            } catch {
                rotation.withLock { $0 = error as? LogError }
            }
        }
        isRotating.wait()
        let append = Mutex<(any Error)?>(nil)
        DispatchQueue.global().async(group: group) {
            do {
                try log.append(LogRig.lines(from: 4, count: 2))
            } catch {
                append.withLock { $0 = error }
            }
        }
        while !log.state.withLock({ $0.isCommitting }) { usleep(200) }
        // It has been taken from the queue, and comes to the writer's lock.
        usleep(20_000)
        appendWaits.send()
        group.wait()
        #expect(rotation.withLock { $0 } != nil)
        #expect(append.withLock { $0 } != nil)
        #expect(log.failure != nil)
        disk.set(nil)
        try? log.close()
        let reopened = try rig.open()
        #expect(reopened.recovery.readOnlyReason == nil)
        #expect(try reopened.everything().lines.count == 3)
        try reopened.append(LogRig.lines(from: 4, count: 2))
        try reopened.close()
    }

    /// An append that fills a segment waits for the sealing of the one before, and not for a segment
    /// that is written anew at the moment, which may take seconds.
    @Test(arguments: [true, false])
    func appendsDoNotWaitForARewriting(_ isCompaction: Bool) throws {
        let rig = try LogRig.made()
        let (disk, log) = try Self.open(rig)
        try log.append(LogRig.lines(from: 1, count: 20, size: 900))
        try log.rotateAndSeal()
        let isRewriting = Signal()
        let mayGoOn = Signal()
        disk.set { call, path throws(Errno) in
            guard call == .rename, path.hasSuffix(SegmentName.file(first: 1)) else { return }
            isRewriting.send()
            mayGoOn.wait()
        }
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            if isCompaction {
                try? log.compactLines(of: [2...5], with: { LogRig.entry(of: $0) })
            } else {
                _ = try? log.recompress()
            }
        }
        isRewriting.wait()
        // Three segments and some: the third rotation waits until the first segment is sealed.
        for number in UInt64(0)..<7 {
            try log.append(LogRig.lines(from: 21 + number * 90, count: 90, size: 190_000))
        }
        #expect(log.sealedThrough > 20)
        mayGoOn.send()
        group.wait()
        disk.set(nil)
        #expect(try log.everything().lines.count == 20 + 7 * 90)
        #expect(try log.view().line(at: 2)?.count ?? 0 < 900 || !isCompaction)
        #expect(try log.verifyStructure().holes.isEmpty)
        try log.close()
    }

    /// The lock is given back only when nobody writes any more. Which of the two gets on first behind
    /// the first segment is chance, so that this is tried some times.
    @Test func closingWaitsForARecompression() throws {
        for _ in 0..<10 {
            let rig = try LogRig.made()
            let (disk, log) = try Self.open(rig)
            for number in UInt64(0)..<3 {
                try log.append(LogRig.lines(from: number * 20 + 1, count: 20, size: 900))
                try log.rotateAndSeal()
            }
            let isRecompressing = Signal()
            disk.set { call, path throws(Errno) in
                guard call == .rename, path.hasSuffix(".lz4") else { return }
                isRecompressing.send()
                // Longer than closing takes.
                usleep(150_000)
            }
            let group = DispatchGroup()
            DispatchQueue.global().async(group: group) { _ = try? log.recompress() }
            isRecompressing.wait()
            let changes = Atomic<Int>(0)
            DispatchQueue.global().async(group: group) {
                try? log.close()
                changes.store(rig.disk.changeCount, ordering: .releasing)
            }
            group.wait()
            #expect(rig.disk.changeCount == changes.load(ordering: .acquiring))
            #expect(try rig.open(.reader).everything().lines.count == 60)
        }
    }
}
