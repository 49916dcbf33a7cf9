import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What failing calls and failing power leave of a journal.
@Suite struct FileStoreFailureTests {
    private static let path = "/journal"
    private static let batchCount = 3

    /// What a workload was told before something failed.
    private struct Outcome {
        /// The texts of the batches that were acknowledged, and of the one that was under way.
        var acknowledged: [String] = []
        var pending: [String] = []
        var wasCreated = false
        var failure: JournalError?
        var journal: Journal?
    }

    private static func options(_ disk: SimulatedDisk) -> JournalOptions {
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        options.random = { [UInt8](repeating: 7, count: $0) }
        options.fileSystem = disk
        options.sealing = .inline
        return options
    }

    private static func batch(_ number: Int) -> [EventDraft] {
        ["\(number)a", "\(number)b", "\(number)c"].map { Drafts.note($0, id: $0) }
    }

    /// Makes a journal, creates a session and appends batches, with a seal in between.
    private static func work(on disk: SimulatedDisk) async -> Outcome {
        var outcome = Outcome()
        do {
            let journal = try await Journal.create(at: path, options: options(disk))
            outcome.journal = journal
            try await journal.store.create(1, key: "one")
            outcome.wasCreated = true
            for number in 0..<batchCount {
                outcome.pending = batch(number).compactMap(\.id)
                try await journal.store.append(
                    batch(number), to: Drafts.session(1),
                    durability: number == 1 ? .buffered : .durable)
                // A buffered append promises nothing until its events can be read.
                if number == 1 {
                    let last = try await journal.lastSequence()
                    guard last == UInt64(1 + 3 * (number + 1)) else { break }
                }
                outcome.acknowledged += outcome.pending
                outcome.pending = []
                if number == 0 { try await journal.seal() }
            }
            try await journal.close()
        } catch let error as JournalError {
            outcome.failure = error
        } catch {
            Issue.record(error)
        }
        return outcome
    }

    /// Opens what is left and checks it: everything acknowledged, what was pending whole or not at
    /// all, and the same batches sent again stored once.
    private static func check(_ disk: SimulatedDisk, _ outcome: Outcome, _ what: String)
        async throws
    {
        let options = options(disk)
        let journal: Journal
        do {
            journal = try await Journal.open(at: path, options: options)
        } catch let error as JournalError where error.code == .notAJournal {
            #expect(!outcome.wasCreated, "\(what): \(error)")
            let journal = try await Journal.create(at: path, options: options)
            try await journal.close()
            return
        }
        #expect(journal.isWritable, "\(what)")
        var texts: [String] = []
        for try await event in journal.events(kinds: ["x.note"]) {
            texts.append(try event.data()["text"]?.string ?? "")
        }
        let expected = [outcome.acknowledged, outcome.acknowledged + outcome.pending]
        #expect(expected.contains(texts), "\(what): \(texts)")
        if try await journal.session(forKey: "one") == nil {
            #expect(!outcome.wasCreated, "\(what)")
            try await journal.store.create(1, key: "one")
        }
        for number in 0..<batchCount {
            try await journal.store.append(batch(number), to: Drafts.session(1))
        }
        texts = []
        for try await event in journal.events(kinds: ["x.note"]) {
            texts.append(try event.data()["text"]?.string ?? "")
        }
        #expect(texts == (0..<batchCount).flatMap { batch($0).compactMap(\.id) }, "\(what)")
        let report = try await journal.verify()
        #expect(
            report.verdict == .ok || report.verdict == .tornTailCut, "\(what): \(report.findings)")
        try await journal.close()
    }

    @Test(arguments: [
        SimulatedDisk.Survival.nothing, .everything, .some(sectorSize: 512, seed: 1),
    ])
    func aPowerCutAtAnyCallTakesNothingAcknowledged(
        survival: SimulatedDisk.Survival
    ) async throws {
        var change = 1
        while true {
            let disk = SimulatedDisk()
            disk.cutPower(atChange: change)
            let outcome = await Self.work(on: disk)
            guard disk.isCut else { break }
            try await Self.check(
                disk.powerCut(survival), outcome, "cut at change \(change), left \(survival)")
            change += 1
        }
        #expect(change > 20)
    }

    @Test(arguments: [SimulatedDisk.Call.write, .sync, .rename])
    func aCallThatFailsIsFinalAndTakesNothing(call: SimulatedDisk.Call) async throws {
        var number = 1
        while true {
            let disk = SimulatedDisk()
            let errno: Errno = number.isMultiple(of: 2) ? .noSpace : .inputOutput
            disk.fail(.init(call, number, errno))
            let outcome = await Self.work(on: disk)
            guard disk.count(of: call) >= number else { break }
            if let failure = outcome.failure {
                #expect(
                    [.noSpace, .inputOutput, .failed].contains(failure.code),
                    "\(call) \(number): \(failure)")
            }
            if let journal = outcome.journal, outcome.failure != nil {
                // What was committed can still be read.
                let last = try? await journal.lastSequence()
                #expect(last.map { $0 >= UInt64(outcome.acknowledged.count) } ?? true)
                try? await journal.close()
            }
            try await Self.check(disk.clone(), outcome, "\(call) \(number) failed")
            number += 1
        }
        #expect(number > 1)
    }

    @Test func afterAFailedSyncNothingIsAppended() async throws {
        let disk = SimulatedDisk()
        let journal = try await Journal.create(at: Self.path, options: Self.options(disk))
        let session = try await journal.store.create(1)
        disk.fail(.init(.sync, 1, .inputOutput))
        let first = await #expect(throws: JournalError.self) {
            try await journal.store.append(Self.batch(1), to: session)
        }
        #expect(first?.code == .inputOutput)
        for _ in 0..<2 {
            let again = await #expect(throws: JournalError.self) {
                try await journal.store.append(Self.batch(2), to: session)
            }
            #expect(again?.code == .failed)
        }
        #expect(try await journal.lastSequence() == 1)
        let waiting = await #expect(throws: JournalError.self) {
            try await journal.store.growth(past: 1)
        }
        #expect(waiting?.code == .inputOutput || waiting?.code == .failed)
        try await journal.close()
    }

    @Test func closingTellsWhatABufferedAppendHasLost() async throws {
        let disk = SimulatedDisk()
        let journal = try await Journal.create(at: Self.path, options: Self.options(disk))
        let session = try await journal.store.create(1)
        disk.fail(.init(.write, 1, .noSpace, isLasting: true))
        try await journal.store.append(Self.batch(1), to: session, durability: .buffered)
        let error = await #expect(throws: JournalError.self) { try await journal.close() }
        #expect(error?.code == .failed)
        #expect(error?.message.contains("events 2 to 4") == true)
    }
}
