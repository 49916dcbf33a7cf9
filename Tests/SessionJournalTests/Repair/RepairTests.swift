import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct RepairTests {
    private static func repair(
        _ simulated: SimulatedJournal, isDryRun: Bool = false
    ) async throws -> RepairReport {
        var options = RepairOptions()
        options.isDryRun = isDryRun
        return try await Journal.repair(
            at: SimulatedJournal.path, options: options, opening: simulated.options)
    }

    /// Everything that is served, by sequence number.
    private static func lines(_ simulated: SimulatedJournal) async throws -> [UInt64: [UInt8]] {
        let journal = try await simulated.read()
        var lines: [UInt64: [UInt8]] = [:]
        var next: ReadQuery? = ReadQuery()
        while let query = next {
            let page = try await journal.store.read(query)
            for event in page.events { lines[event.sequence] = event.line }
            next = page.next
        }
        try await journal.close()
        return lines
    }

    private static func root(_ simulated: SimulatedJournal, _ size: UInt64) async throws -> Digest {
        let journal = try await simulated.read()
        let root = try await journal.store.treeHead(at: size).root
        try await journal.close()
        return root
    }

    @Test func aWholeJournalIsLeftAlone() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let report = try await Self.repair(simulated)
        #expect(report.segments.isEmpty && report.verification?.verdict == .ok)
        #expect(!simulated.disk.files.keys.contains { $0.contains("/quarantine/") })
    }

    /// Whatever single bit was flipped in a segment, a repair puts it right or rebuilds around it: no
    /// event is lost, and the Merkle root is what it was.
    @Test(arguments: 0..<3)
    func everyFlippedBitIsPutRight(segment: Int) async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let whole = try await Self.lines(simulated)
        let size = UInt64(whole.count)
        let root = try await Self.root(simulated, size)
        let path = simulated.segments[segment]
        let bytes = try #require(simulated.disk.bytes(of: path))
        let stride = FaultScale.stride(97)
        var repaired = 0
        for bit in Swift.stride(from: segment, to: bytes.count * 8, by: stride) {
            let copy = SimulatedJournal(simulated.disk.clone())
            copy.disk.flipBit(path, bit)
            guard try await copy.verify().verdict == .damaged else { continue }
            let report = try await Self.repair(copy)
            #expect(report.segments.count == 1, "bit \(bit)")
            let lost = report.segments.flatMap(\.lost)
            #expect(lost.isEmpty, "bit \(bit): \(report.segments)")
            #expect(
                report.verification?.verdict == .ok,
                "bit \(bit): \(String(describing: report.verification)) \(report.segments)")
            let kept = try #require(report.segments[0].copy)
            #expect(copy.disk.bytes(of: "/j/" + kept) != nil)
            let lines = try await Self.lines(copy)
            #expect(whole.allSatisfy { lines[$0.key] == $0.value }, "bit \(bit)")
            #expect(try await Self.root(copy, size) == root, "bit \(bit)")
            #expect(try await Self.repair(copy).segments.isEmpty, "bit \(bit)")
            repaired += 1
        }
        #expect(repaired > 50)
    }

    /// A frame of a sealed segment is gone for good: the rest is saved, the loss is recorded, and the
    /// root over everything stays.
    @Test func whatIsLostIsNamedAndRecorded() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2, events: 40)
        let whole = try await Self.lines(simulated)
        let root = try await Self.root(simulated, UInt64(whole.count))
        let path = simulated.segments[0]
        for offset in [200, 700] {
            simulated.disk.overwrite(path, at: offset, with: [1, 2, 3, 4, 5])
        }
        let damaged = try await simulated.verify()
        #expect(damaged.verdict == .damaged)
        // The lost events stand among whole ones, of which nothing is said.
        #expect(!damaged.findings.contains { $0.contains("says that it is") }, "\(damaged)")
        let before = simulated.disk.files
        let plan = try await Self.repair(simulated, isDryRun: true)
        #expect(plan.isDryRun && plan.segments.count == 1 && plan.verification == nil)
        #expect(simulated.disk.files == before)
        let report = try await Self.repair(simulated)
        #expect(report.segments.map(\.lost) == plan.segments.map(\.lost))
        let segment = try #require(report.segments.first)
        let lost = Set(segment.lost.flatMap { Array($0) })
        #expect(!lost.isEmpty)
        #expect(report.verification?.verdict == .lossRecorded, "\(report)")
        #expect(report.verification?.recordedLosses == segment.lost)
        #expect(report.verification?.root != nil)
        let lines = try await Self.lines(simulated)
        for (sequence, line) in whole {
            #expect(lines[sequence] == (lost.contains(sequence) ? nil : line))
        }
        #expect(try await Self.root(simulated, UInt64(whole.count)) == root)
        let journal = try await simulated.read()
        let all = try await journal.store.read(ReadQuery()).events.filter { !$0.session.isJournal }
        let events = try await journal.store.read(ReadQuery(session: .journal)).events
        #expect(events.filter { $0.kind == .recoveryRepaired }.count == 1)
        try await journal.close()
        // Again: nothing is to be done, nothing is recorded twice, and it can be appended to.
        #expect(try await Self.repair(simulated).segments.isEmpty)
        let writer = try await simulated.open()
        let session = try #require(events.first { !$0.session.isJournal } ?? all.last).session
        try await writer.as("user:ada").append([EventDraft("x.note")], to: session)
        try await writer.seal()
        try await writer.close()
        #expect(try await simulated.verify().verdict == .lossRecorded)
        // New damage is damage.
        simulated.disk.flipBit(simulated.segments[1], 2_000)
        #expect(try await simulated.verify().verdict == .damaged)
    }

    @Test func aMissingSegmentIsRecorded() async throws {
        for number in 0..<2 {
            let simulated = try await SimulatedJournal.made(segments: 2)
            simulated.disk.lose(simulated.segments[number])
            #expect(try await simulated.verify().verdict == .damaged)
            let report = try await Self.repair(simulated)
            #expect(report.segments.map(\.action) == [.removed])
            #expect(report.verification?.verdict == .lossRecorded, "\(report)")
            #expect(try await Self.repair(simulated).segments.isEmpty)
        }
    }

    /// A loss that was recorded excuses itself, and no other.
    @Test func aRecordedLossDoesNotExcuseTheNext() async throws {
        let simulated = try await SimulatedJournal.made(segments: 3)
        let segments = simulated.segments
        simulated.disk.lose(segments[0])
        let first = try await Self.repair(simulated)
        #expect(first.verification?.verdict == .lossRecorded)
        simulated.disk.lose(segments[2])
        let report = try await simulated.verify()
        #expect(report.verdict == .damaged, "\(report)")
        #expect(report.findings.count == 1, "\(report.findings)")
        let health = try await Journal.health(
            at: SimulatedJournal.path, opening: simulated.options)
        #expect(health.verdict == .damaged && health.damage.count == 1, "\(health)")
        let second = try await Self.repair(simulated)
        #expect(second.verification?.verdict == .lossRecorded)
        #expect(second.verification?.recordedLosses.count == 2)
    }

    /// The active segment is damaged in its middle, at its end, or gone: the journal can be written
    /// to again, and says what is lost.
    @Test(arguments: ["middle", "end", "gone", "obstacle"])
    func aJournalThatIsReadOnlyCanBeWrittenAgain(damage: String) async throws {
        let simulated = try await SimulatedJournal.made(segments: 1, events: 12)
        let writer = try await simulated.open()
        try await simulated.append(4, to: writer)
        try await writer.close()
        let whole = try await Self.lines(simulated)
        let path = try #require(simulated.segments.last)
        let bytes = try #require(simulated.disk.bytes(of: path))
        let junk: [UInt8] = [9, 9, 9, 9, 9, 9]
        let page = SegmentLogFormat.pageSize
        switch damage {
        case "middle":
            simulated.disk.overwrite(path, at: page + 20, with: junk)
            simulated.disk.overwrite(path, at: page + 400, with: junk)
        case "end":
            let last = bytes.count - 2 * page
            simulated.disk.overwrite(path, at: last + 20, with: junk)
            simulated.disk.overwrite(path, at: last + 400, with: junk)
        case "gone": simulated.disk.lose(path)
        default: simulated.disk.setObstacle(.tooManyLinks, at: path)
        }
        let locked = try await simulated.open()
        #expect(!locked.isWritable)
        try await locked.close()
        let report = try await Self.repair(simulated)
        #expect(!report.segments.isEmpty)
        #expect(report.verification?.verdict != .damaged, "\(report)")
        let lost = Set(report.segments.flatMap(\.lost).flatMap { Array($0) })
        let lines = try await Self.lines(simulated)
        if damage == "middle" || damage == "end" {
            #expect(!lost.isEmpty)
            for (sequence, line) in whole where !lost.contains(sequence) {
                #expect(lines[sequence] == line)
            }
            #expect(report.verification?.verdict == .lossRecorded)
        }
        #expect((report.segments.first?.reusedFrom != nil) == (damage == "end"))
        let again = try await simulated.open()
        #expect(again.isWritable)
        try await again.as("user:ada").append(
            [EventDraft("x.note")], to: again.as("user:ada").createSession(key: "new"))
        try await again.close()
        #expect(try await Self.repair(simulated).segments.isEmpty)
    }

    /// The power fails at every change of a repair; the next one comes to the same end.
    @Test(arguments: ["sealed", "active"])
    func aPowerCutAtAnyChangeIsMetByTheNextRepair(kind: String) async throws {
        let simulated = try await SimulatedJournal.made(segments: 1, events: 40)
        let whole = try await Self.lines(simulated)
        let path = simulated.segments[kind == "sealed" ? 0 : 1]
        let bytes = try #require(simulated.disk.bytes(of: path))
        let places =
            kind == "sealed" ? [200, 700] : [bytes.count - 8_192 + 20, bytes.count - 8_192 + 400]
        for place in places {
            simulated.disk.overwrite(path, at: place, with: [1, 2, 3, 4, 5])
        }
        let calm = SimulatedJournal(simulated.disk.clone())
        let expected = try await Self.repair(calm)
        let lost = expected.segments.flatMap(\.lost)
        #expect(!lost.isEmpty)
        for change in 1...80 {
            let disk = simulated.disk.clone()
            disk.cutPower(atChange: change)
            _ = try? await Self.repair(SimulatedJournal(disk))
            let isOver = !disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(change)),
            ] {
                let after = SimulatedJournal(disk.powerCut(survival))
                let report = try await Self.repair(after)
                #expect(
                    report.verification?.verdict == .lossRecorded,
                    "change \(change) \(survival): \(report)")
                #expect(
                    Set(report.verification?.recordedLosses ?? []) == Set(lost),
                    "change \(change) \(survival): \(report)")
                let lines = try await Self.lines(after)
                let gone = Set(lost.flatMap { Array($0) })
                for (sequence, line) in whole where !gone.contains(sequence) {
                    #expect(lines[sequence] == line, "change \(change) \(survival)")
                }
                #expect(try await Self.repair(after).segments.isEmpty)
            }
            if isOver { break }
            #expect(change < 80)
        }
    }

    @Test func aRepairWantsTheJournalForItself() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let writer = try await simulated.open()
        for isDryRun in [true, false] {
            let error = await #expect(throws: JournalError.self) {
                try await Self.repair(simulated, isDryRun: isDryRun)
            }
            #expect(error?.code == .locked)
        }
        try await writer.close()
    }
}
