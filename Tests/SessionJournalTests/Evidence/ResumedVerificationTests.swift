import JournalTestKit
@testable import SegmentLog
@testable import SessionJournal
import Synchronization
import Testing

@Suite struct ResumedVerificationTests {
    private static let ledger = "/checked"

    private static func options() -> VerificationOptions {
        var options = VerificationOptions()
        options.ledger = ledger
        return options
    }

    @Test func progressRisesToTheWholeSize() async throws {
        let simulated = try await SimulatedJournal.made(segments: 3)
        let seen = Mutex<[OperationProgress]>([])
        var options = VerificationOptions()
        options.progress = { progress in seen.withLock { $0.append(progress) } }
        let report = try await simulated.verify(options)
        #expect(report.segmentsChecked == 4 && report.segmentsKnown == 0)
        let steps = seen.withLock { $0 }
        #expect(steps.count == 5)
        #expect(steps.first?.bytesDone == 0)
        #expect(steps.last?.bytesDone == steps.last?.bytesTotal)
        #expect(zip(steps, steps.dropFirst()).allSatisfy { $0.bytesDone < $1.bytesDone })
    }

    @Test func whatIsKnownIsNotReadAgainAndGivesTheSameAnswer() async throws {
        let simulated = try await SimulatedJournal.made(segments: 3)
        let plain = try await simulated.verify()
        let first = try await simulated.verify(Self.options())
        #expect(first.segmentsChecked == 4 && first.oldestCheck == nil)
        let second = try await simulated.verify(Self.options())
        #expect(second.segmentsChecked == 1 && second.segmentsKnown == 3)
        #expect(second.oldestCheck != nil)
        for report in [first, second] {
            #expect(report.verdict == .ok)
            #expect(report.events == plain.events)
            #expect(report.root == plain.root && plain.root != nil)
        }
        #expect(second.bytesChecked < plain.bytesChecked)
        // New segments are read, old ones are not.
        let journal = try await simulated.open()
        try await simulated.append(4, to: journal)
        try await journal.seal()
        try await journal.close()
        let third = try await simulated.verify(Self.options())
        #expect(third.segmentsChecked == 2 && third.segmentsKnown == 3)
        #expect(third.verdict == .ok)
        #expect(third.root == (try await simulated.verify()).root)
    }

    @Test func aChangedFileIsCheckedAgainAndADamagedOneIsNeverKnown() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("j")
        let journal = try await Journal.create(at: path)
        let helper = SimulatedJournal()
        for _ in 0..<2 {
            try await helper.append(6, to: journal)
            try await journal.seal()
        }
        var options = VerificationOptions()
        options.ledger = directory.path("checked")
        #expect(try await journal.verify(options).segmentsKnown == 0)
        #expect(try await journal.verify(options).segmentsKnown == 2)
        let disk = PosixFileSystem()
        let segment = path + "/segments/" + SegmentName.file(first: 1)
        let file = try disk.open(segment, .update)
        var byte = try file.read(1, at: 200)
        byte[0] ^= 1
        try file.write(byte.span, at: 200)
        for _ in 0..<2 {
            let report = try await journal.verify(options)
            #expect(report.verdict == .damaged)
            #expect(report.segmentsKnown == 1)
            #expect(report.holes.first?.file == "segments/" + SegmentName.file(first: 1))
        }
        byte[0] ^= 1
        try file.write(byte.span, at: 200)
        #expect(try await journal.verify(options).verdict == .ok)
        try await journal.close()
    }

    @Test func aSegmentThatJoinsOnToNothingIsRead() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let log = try SegmentLog.open(
            directory: SimulatedJournal.path, fileSystem: simulated.disk,
            journalID: try JournalFile.read(in: SimulatedJournal.path, simulated.disk).journalID,
            mode: .reader, semantics: .events)
        let plan = log.verificationPlan()
        let second = try #require(log.known(plan.items[1], streams: { _, _ in }))
        let one = try #require(log.known(plan.items[0], streams: { _, _ in }))
        var verifier = LineVerifier()
        // The tree so far is empty, and the segment's begins behind another.
        let first = plan.items[1].firstSequence
        let answers = [
            verifier.adopt(second, [], firstSequence: first),
            verifier.adopt(second, [], firstSequence: 1),
            verifier.adopt(one, [], firstSequence: 1),
            verifier.adopt(second, [], firstSequence: first),
        ]
        #expect(answers == [false, false, true, true])
        #expect(verifier.knownTree?.size == second.lastSequence)
    }

    /// The power fails at every change that a verification makes to its ledger: the next run goes on
    /// with what is there.
    @Test func anInterruptedVerificationGoesOn() async throws {
        let simulated = try await SimulatedJournal.made(segments: 4)
        let whole = try await simulated.verify()
        var known: Set<Int> = []
        for change in 1...20 {
            let disk = simulated.disk.clone()
            disk.cutPower(atChange: change)
            _ = try? await SimulatedJournal(disk).verify(Self.options())
            let isOver = !disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(change)),
            ] {
                let after = SimulatedJournal(disk.powerCut(survival))
                let report = try await after.verify(Self.options())
                #expect(report.verdict == .ok, "change \(change), \(survival)")
                #expect(report.root == whole.root && report.events == whole.events)
                #expect(report.segmentsKnown + report.segmentsChecked == 5)
                known.insert(report.segmentsKnown)
                let again = try await after.verify(Self.options())
                #expect(again.segmentsKnown == 4)
            }
            if isOver { break }
        }
        #expect(known == [0, 1, 2, 3, 4])
    }

    @Test func whatIsNoLedgerOfThisJournalIsLeftAlone() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let other = try await SimulatedJournal.made(segments: 1)
        _ = try await other.verify(Self.options())
        let foreign = try #require(other.disk.bytes(of: Self.ledger))
        let words = Array("These are somebody's notes, and they are longer than a line.\n".utf8)
        for bytes in [foreign, words] {
            let disk = simulated.disk.clone()
            try disk.open(Self.ledger, .create).write(bytes.span, at: 0)
            let error = await #expect(throws: JournalError.self) {
                try await SimulatedJournal(disk).verify(Self.options())
            }
            #expect(error?.code == .invalidArgument)
            #expect(disk.bytes(of: Self.ledger) == bytes)
        }
    }

    /// A reading that goes wrong once is no damage.
    @Test func aBadPlaceIsReadAgainBeforeItIsCalledDamaged() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let journal = try await simulated.read()
        let before = simulated.disk.count(of: .read)
        _ = try await journal.verify()
        let reads = simulated.disk.count(of: .read) - before
        #expect(reads > 4)
        var reached = 0
        for number in 1...reads {
            simulated.disk.fail(.init(.read, number, .inputOutput))
            if let report = try? await journal.verify() {
                #expect(report.verdict == .ok, "read \(number): \(report.findings)")
                reached += 1
            }
            simulated.disk.failNoMore()
        }
        #expect(reached > 2)
        try await journal.close()
    }
}
