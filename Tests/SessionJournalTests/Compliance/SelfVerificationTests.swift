import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

/// A journal verifies itself, all of it or part by part, and its own events say what that came to.
@Suite struct SelfVerificationTests {
    /// A journal in so many sealed segments and an active one, a session each.
    private func made(
        segments: Int, _ simulated: SimulatedJournal = SimulatedJournal()
    ) async throws -> Journal {
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: simulated.options)
        let ada = journal.as("user:ada")
        for number in 0...segments {
            let session = try await ada.createSession(key: "s\(number)")
            for count in 0..<20 { try await ada.say("user", "text \(count)", in: session) }
            if number < segments { try await journal.seal() }
        }
        return journal
    }

    @Test func aVerificationIsAnEvent() async throws {
        let journal = try await made(segments: 2)
        let before = try await journal.store.treeHead(at: nil)
        let made = try await journal.as("service:verifier").verifyAndRecord(reason: "asked")
        #expect(made.isPassed && made.report.part == nil && made.evidence == nil)
        let sequence = try #require(made.receipt?.sequence)
        #expect(sequence == before.size + 1)
        let event = try #require(try await journal.event(at: sequence))
        #expect(event.kind == .verificationFinished && event.session.isJournal)
        #expect(event.actor == "service:verifier" && event.reason == "asked")
        let data = try event.data()
        #expect(data["passed"] == true && data["verdict"] == "ok" && data["whole"] == true)
        #expect(data["events"] == [1, JSONValue(before.size)])
        #expect(data["root"]?.string == before.root.base64)
        #expect(data["segments"] == 3 && data["wrong"] == 0 && data["next"] == 1)
        #expect(data["duration_ms"]?.integer ?? -1 >= 0 && data["bytes"]?.integer ?? 0 > 0)
        let last = try #require(try await journal.lastVerification())
        #expect(last.sequence == sequence && last.head == before && last.isWhole)
        #expect(try await journal.verifications() == [last])
        try await journal.close()
    }

    /// Calls with a limit go on where the one before ended, and begin anew after the end.
    @Test func partsCoverEverythingInTurn() async throws {
        let journal = try await made(segments: 3)
        let verifier = journal.as("service:verifier")
        var parts: [[Int64]] = []
        for _ in 0..<5 {
            let made = try await verifier.verifyAndRecord(sizeLimit: 1)
            #expect(made.isPassed, "\(made.report.findings) \(made.contradictions)")
            #expect(made.report.segmentsChecked == 1)
            let recorded = try #require(try await journal.lastVerification())
            parts.append(
                [recorded.events?.lowerBound ?? 0, recorded.events?.upperBound ?? 0].map {
                    Int64($0)
                })
            let head = try await journal.store.treeHead(at: recorded.events?.upperBound)
            #expect(recorded.head == head)
        }
        #expect(parts == [[1, 21], [22, 42], [43, 63], [64, 87], [1, 21]])
        // With room for two segments, two are read.
        let two = try await verifier.verifyAndRecord(sizeLimit: 40_000)
        #expect(two.report.segmentsChecked >= 1 && two.report.part?.lowerBound == 22)
        let whole = try await verifier.verifyAndRecord()
        #expect(whole.report.part == nil)
        try await journal.close()
    }

    /// What was read for one part is what stands before the next one.
    @Test func aHistoryThatChangedBetweenPartsIsFound() async throws {
        let journal = try await made(segments: 2)
        let verifier = journal.as("service:verifier")
        var draft = EventDraft(
            .verificationFinished,
            data: [
                "passed": true, "verdict": "ok", "events": [1, 21], "whole": false,
                "root": .string(LeafTree().root.base64), "next": 22,
            ])
        draft.branch = nil
        try await journal.note(draft, by: "service:verifier")
        let made = try await verifier.verifyAndRecord(sizeLimit: 1)
        #expect(!made.isPassed)
        #expect(made.contradictions.count == 1)
        #expect(made.contradictions.first?.contains("the first 21 events are not those") == true)
        let data = try #require(try await journal.event(at: made.receipt?.sequence ?? 0)).data()
        #expect(data["passed"] == false && data["wrong"] == 1)
        #expect(try await journal.lastVerification()?.isPassed == false)
        try await journal.close()
    }

    /// Damage in a sealed segment is no reason not to say so in the journal.
    @Test func aFailureIsRecordedToo() async throws {
        let simulated = SimulatedJournal()
        let journal = try await made(segments: 2, simulated)
        try await journal.close()
        let folder = SimulatedJournal.path + "/segments/"
        let files = simulated.disk.files.filter { $0.key.hasPrefix(folder) }
        let sealed = try #require(files.min { $0.key < $1.key })
        var bytes = sealed.value
        bytes[bytes.count / 3] ^= 0x10
        simulated.disk.place(bytes, at: sealed.key)
        let again = try await simulated.open()
        try #require(again.isWritable)
        let made = try await again.as("service:verifier").verifyAndRecord()
        #expect(!made.isPassed && made.report.verdict == .damaged)
        let data = try #require(try await again.event(at: made.receipt?.sequence ?? 0)).data()
        #expect(data["passed"] == false && data["verdict"] == "damaged")
        #expect(data["findings"]?.array?.first?.string?.contains("segments/") == true)
        try await again.close()
        // Who can only read gets the answer, and nothing is recorded.
        let reader = try await simulated.read()
        let read = try await reader.as("service:verifier").verifyAndRecord()
        #expect(read.receipt == nil && !read.isPassed)
        try await reader.close()
    }

    /// Checkpoints are looked at as well, and what they contradict is said.
    @Test func whatWasSignedIsLookedAt() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options())
        var options = EvidenceOptions()
        options.signatures = ToyKey.checker
        options.keys = [signed.verifierKey]
        let verifier = journal.as("service:verifier")
        let made = try await verifier.verifyAndRecord(options)
        #expect(made.isPassed && made.evidence?.verdict == .unanchored)
        let data = try #require(try await journal.event(at: made.receipt?.sequence ?? 0)).data()
        #expect(data["evidence"] == "valid_unanchored" && data["checkpoints"]?.integer ?? 0 >= 2)
        options.against = Array(
            "\(signed.origin)\n7\n\(LeafTree().root.base64)\n\n— \(signed.origin) AAAAAAAA\n".utf8)
        let wrong = try await verifier.verifyAndRecord(options)
        #expect(!wrong.isPassed)
        // A part is held against what was signed of it.
        let part = try await verifier.verifyAndRecord(sizeLimit: 1)
        #expect(part.isPassed, "\(part.evidence?.findings ?? [])")
        try await journal.close()
    }

    @Test func whoMayNotOperateMayNotRecord() async throws {
        let journal = try await made(segments: 0)
        try await journal.as("user:kim").grant(.admin, to: "user:kim")
        try await journal.as("user:kim").changeAccessPolicy(isEnforced: true)
        await #expect(throws: JournalError.self) {
            try await journal.as("user:eve").verifyAndRecord()
        }
        #expect(try await journal.as("user:kim").verifyAndRecord().isPassed)
        try await journal.close()
    }

    /// The schedule goes on by itself, and ends with the journal.
    @Test(.timeLimit(.minutes(20))) func aScheduleRunsUntilTheJournalIsClosed() async throws {
        let journal = try await made(segments: 1)
        let (stream, continuation) = AsyncStream<Bool>.makeStream()
        var schedule = VerificationSchedule()
        schedule.interval = .milliseconds(1)
        schedule.sizeLimit = 1
        schedule.observer = { continuation.yield($0.isPassed) }
        let task = journal.as("service:verifier").keepVerifying(schedule)
        var count = 0
        for await isPassed in stream {
            #expect(isPassed)
            count += 1
            if count == 3 { break }
        }
        try await journal.close()
        await task.value
        #expect(task.isCancelled)
        // One that is begun on a journal that is closed ends at once.
        await journal.as("service:verifier").keepVerifying(schedule).value
    }

    /// Where the last one is younger than the interval, the next one waits.
    @Test func aScheduleWaitsForTheLastOne() async throws {
        let journal = try await made(segments: 0)
        try await journal.as("service:verifier").verifyAndRecord()
        let last = try await journal.lastSequence()
        var schedule = VerificationSchedule()
        schedule.interval = .seconds(86_400)
        let task = journal.as("service:verifier").keepVerifying(schedule)
        for _ in 0..<100 { await Task.yield() }
        #expect(try await journal.lastSequence() == last)
        try await journal.close()
        await task.value
    }

    /// A schedule that cannot record goes on trying, and says so in the log.
    @Test(.timeLimit(.minutes(20))) func whatAScheduleCannotDoIsLogged() async throws {
        let simulated = SimulatedJournal()
        try await made(segments: 0, simulated).close()
        let log = KeepingLog(JournalLogLevels())
        var options = simulated.options
        options.log = log
        let journal = try await Journal.open(at: SimulatedJournal.path, options: options)
        try await journal.as("user:kim").grant(.admin, to: "user:kim")
        try await journal.as("user:kim").changeAccessPolicy(isEnforced: true)
        var schedule = VerificationSchedule()
        schedule.interval = .milliseconds(1)
        journal.as("user:eve").keepVerifying(schedule)
        while log.all("the journal was not verified").count < 2 {
            try await Task.sleep(for: .milliseconds(1))
        }
        try await journal.close()
    }

    /// The pack says when what was verified, and what was not.
    @Test func thePackSaysWhatWasVerifiedWhen() async throws {
        let rig = try PackRig()
        let made = try await rig.made()
        let verifier = made.journal.as("service:verifier")
        try await verifier.verifyAndRecord()
        rig.clock.step(microseconds: 3 * 86_400_000_000)
        try await verifier.verifyAndRecord()
        _ = try await made.journal.as("user:ada").createSession(key: "later")
        let pack = try await rig.pack(made.journal)
        #expect(try pack.sequences("verifications") == [25, 26])
        let page = try pack.text("sec17a4.html")
        #expect(page.contains("2 verifications on record"))
        #expect(
            page.contains("The longest time between two was 3 d 0 h, between events 25 and 26."))
        #expect(page.contains("From event 26 on, no verification has read everything."))
        try await made.journal.close()
    }

    @Test func whatWasReadLastIsKnownPartByPart() throws {
        var verifications = PackVerifications()
        func add(_ events: [UInt64], at seconds: Int64, _ isPassed: Bool = true) throws {
            var draft = EventDraft(
                .verificationFinished,
                data: [
                    "passed": .bool(isPassed), "whole": false,
                    "events": .array(events.map { JSONValue($0) }),
                ])
            draft.branch = nil
            var line: [UInt8] = []
            EventLine.encode(
                draft, sequence: UInt64(seconds),
                time: Timestamp(microseconds: seconds * 1_000_000),
                session: .journal, version: 1, actor: "a", cause: nil,
                salt: Salt(high: 0, low: 0), into: &line)
            verifications.add(try #require(RecordedVerification(try Event(line: line))))
        }
        try add([1, 10], at: 1)
        try add([21, 30], at: 2)
        #expect(verifications.firstUncovered(through: 30) == 11)
        try add([11, 20], at: 3)
        try add([5, 12], at: 9)
        try add([1, 30], at: 10, false)
        #expect(verifications.firstUncovered(through: 30) == nil)
        #expect(verifications.firstUncovered(through: 31) == 31)
        #expect(
            verifications.covered.map(\.range) == [1...4, 5...12, 13...20, 21...30])
        #expect(verifications.failed == [10] && verifications.failedCount == 1)
        #expect(verifications.gap?.microseconds == 6_000_000)
        #expect(verifications.lastPassed?.sequence == 9 && verifications.last?.sequence == 10)
    }
}
