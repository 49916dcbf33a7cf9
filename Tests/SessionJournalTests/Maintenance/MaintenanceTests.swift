import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

/// One call that keeps a journal well: each step does its part, when it is due, and stands in no other's
/// way.
@Suite struct MaintenanceTests {
    private static let day: Int64 = 86_400

    /// A journal on a simulated disk, whose clock a test moves.
    private struct Rig {
        let disk: SimulatedDisk
        let clock = ManualClock()
        let log: KeepingLog

        init(_ disk: SimulatedDisk = SimulatedDisk()) {
            self.disk = disk
            log = KeepingLog(JournalLogLevels())
        }

        var options: JournalOptions {
            var options = SimulatedJournal(disk).options
            let clock = clock
            options.clock = { clock.tick() }
            options.log = log
            return options
        }

        func wait(_ seconds: Int64) { clock.step(microseconds: seconds * 1_000_000) }

        /// A journal with a sealed segment of a session, and another one that is written.
        func made() async throws -> Journal {
            let journal = try await Journal.create(at: SimulatedJournal.path, options: options)
            let ada = journal.as("user:ada")
            for key in ["chat", "other"] {
                let session = try await ada.createSession(key: key, metadata: ["type": "dm"])
                for number in 1...8 {
                    try await ada.say(
                        number.isMultiple(of: 2) ? "assistant" : "user",
                        "\(key) \(number): "
                            + String(repeating: "words and more words ", count: 40),
                        in: session)
                }
                if key == "chat" { try await journal.seal() }
            }
            return journal
        }
    }

    private static func session(_ key: String, _ journal: Journal) async throws -> SessionID {
        try #require(try await journal.store.session(forKey: key))
    }

    /// A plan with every step in it.
    private static func everything() -> MaintenancePlan {
        var plan = MaintenancePlan()
        plan.bytesPerSecond = nil
        var pruning = MaintenancePlan.Pruning()
        pruning.configuration.messageLimit = 4
        pruning.configuration.keptByType = [:]
        pruning.messages = [.count(keeping: nil)]
        pruning.configuration.sessionLimit = 1
        pruning.sessions = [.lru]
        plan.pruning = pruning
        var rule = CompactionRule()
        rule.keptMessages = 2
        plan.compaction = MaintenancePlan.Compaction(rule)
        plan.compressesAfter = .zero
        plan.tasks = [
            MaintenanceTask("index") { journal in
                ["events": JSONValue(try await journal.lastSequence())]
            }
        ]
        plan.backup = MaintenancePlan.Backup(to: "/backup", keep: 2)
        return plan
    }

    private static func isNotDue(_ entry: MaintenanceReport.Entry?) -> Bool {
        if case .notDue? = entry?.outcome { true } else { false }
    }

    @Test func everyStepIsDoneAndMeasured() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let keeper = journal.as("service:keeper")
        var policy = RetentionPolicy("old", .archive)
        policy.ageSeconds = Self.day
        try await keeper.setRetention(policy)
        rig.wait(2 * Self.day)
        let report = try await keeper.maintain(Self.everything(), reason: "by the clock")
        #expect(report.isWell, "\(report.entries.filter { !$0.isWell })")
        #expect(
            report.entries.map(\.step) == [
                .retain, .prune, .compact, .seal, .snapshot, .task, .backup, .verify,
            ])
        #expect(report[.retain]?.figures["done"] == 2)
        #expect(report[.prune]?.figures["sessions"] == 1)
        #expect((report[.prune]?.figures["messages"]?.integer ?? 0) >= 4)
        #expect((report[.compact]?.figures["events"]?.integer ?? 0) > 0)
        #expect((report[.seal]?.figures["compressed"]?.integer ?? 0) > 0)
        #expect(report[.task]?.name == "index" && report[.task]?.figures["events"] != nil)
        #expect(report[.backup]?.figures["generation"] == 1)
        #expect(report[.verify]?.figures["passed"] == true)
        let metrics = await journal.metrics()
        for operation in [
            JournalOperation.retain, .prune, .compact, .recompress, .snapshot, .task, .backup,
            .verify, .maintain,
        ] {
            #expect(metrics[operation].count > 0, "\(operation)")
            #expect(metrics[operation].failures == 0, "\(operation)")
        }
        // What was decided names who maintains, and why.
        let archived = try #require(
            try await journal.store.all().first { $0.kind == .sessionArchived })
        #expect(archived.actor == "service:keeper" && archived.reason == "by the clock")
        #expect(try await journal.compactions().first?.reason == "by the clock")
        #expect(try await journal.verify().verdict == .ok)
        for entry in report.entries {
            #expect(entry.json["outcome"] == "done" && entry.json["duration_ms"] != nil)
        }
        try await journal.close()
    }

    /// What nobody asked for is not done: nothing is out of sight, compacted or copied afterwards.
    @Test func theDefaultsLoseNothing() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let before = try await journal.store.all()
        rig.wait(400 * Self.day)
        let report = try await journal.as("service:keeper").maintain()
        #expect(report.isWell)
        #expect(report.entries.map(\.step) == [.retain, .seal, .snapshot, .verify])
        #expect(report[.prune] == nil && report[.compact] == nil && report[.backup] == nil)
        let after = try await journal.store.all()
        #expect(Array(after.prefix(before.count)) == before)
        #expect(after.dropFirst(before.count).map(\.kind) == [.verificationFinished])
        let empty = try await journal.as("service:keeper").maintain(.empty)
        #expect(empty.entries.isEmpty)
        try await journal.close()
    }

    /// Copies, compactions and verifications that are younger than their interval are not due; whoever
    /// did them.
    @Test func whatWasDoneLatelyIsNotDue() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let keeper = journal.as("service:keeper")
        let plan = Self.everything()
        try await keeper.maintain(plan)
        rig.wait(1_800)
        let soon = try await keeper.maintain(plan)
        for step in [MaintenanceStep.compact, .backup, .verify] {
            #expect(Self.isNotDue(soon[step]), "\(step)")
            #expect(soon[step]?.json["outcome"] == "not_due")
        }
        rig.wait(1_801)
        let later = try await keeper.maintain(plan)
        #expect(Self.isNotDue(later[.backup]) && !Self.isNotDue(later[.verify]))
        rig.wait(Self.day)
        let session = try await Self.session("other", journal)
        for number in 9...12 { try await keeper.say("user", "more \(number)", in: session) }
        let next = try await keeper.maintain(plan)
        #expect(next[.backup]?.figures["generation"] == 2)
        #expect((next[.compact]?.figures["events"]?.integer ?? 0) > 0)
        // A clock that went back does not put it off for ever.
        rig.wait(-30 * Self.day)
        #expect(!Self.isNotDue(try await keeper.maintain(plan)[.backup]))
        try await journal.close()
    }

    @Test func aStepThatFailsKeepsNoOtherFromBeingDone() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        rig.disk.place(Array("a picture".utf8), at: "/photos/cat.jpg")
        var plan = MaintenancePlan()
        plan.backup = MaintenancePlan.Backup(to: "/photos")
        struct Broken: Error {}
        plan.tasks = [MaintenanceTask("index") { _ in throw Broken() }]
        let report = try await journal.as("service:keeper").maintain(plan)
        #expect(!report.isWell)
        #expect(report[.backup]?.error?.code == .alreadyExists)
        #expect(report[.task]?.error?.code == .failed)
        #expect(report[.backup]?.json["error"]?.string?.contains("other files") == true)
        #expect(report[.verify]?.figures["passed"] == true)
        #expect(await journal.metrics()[.task].failures == 1)
        try await journal.close()
        let lines = rig.log.entries.filter { $0.message == "the journal was not maintained" }
        #expect(lines.count == 2)
        #expect(Set(lines.compactMap { $0.fields["step"]?.string }) == ["backup", "index"])
        #expect(rig.disk.files["/photos/cat.jpg"] != nil)
    }

    @Test func damageIsAFinding() async throws {
        let rig = Rig()
        try await rig.made().close()
        let name = try #require(
            rig.disk.files.keys.filter { $0.hasPrefix("/j/segments/") }.sorted().first)
        rig.disk.flipBit(name, 8 * 300)
        let journal = try await Journal.open(at: SimulatedJournal.path, options: rig.options)
        var plan = MaintenancePlan.empty
        plan.verification = VerificationSchedule()
        let report = try await journal.as("service:keeper").maintain(plan)
        #expect(!report.isWell && report[.verify]?.figures["passed"] == false)
        #expect(report[.verify]?.findings.isEmpty == false)
        try await journal.close()
    }

    /// What was written last is sealed when nothing came for so long, and not for a few bytes.
    @Test func whatHasCooledIsSealed() async throws {
        let rig = Rig()
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: rig.options)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "chat")
        var plan = MaintenancePlan.empty
        plan.sealsAfter = .seconds(3_600)
        let keeper = journal.as("service:keeper")
        rig.wait(7_200)
        #expect(try await keeper.maintain(plan)[.seal]?.figures["sealed"] == nil)
        var noise = SeededGenerator(seed: 1)
        for _ in 0..<24 {
            let text = (0..<60_000).map { _ in String(noise.next() % 10) }.joined()
            try await ada.say("user", text, in: session)
        }
        #expect(try await journal.store.storage().sizeUnsealed > 1 << 20)
        #expect(try await keeper.maintain(plan)[.seal]?.figures["sealed"] == nil)
        rig.wait(7_200)
        // What the journal says of itself is no sign of life.
        try await keeper.verifyAndRecord()
        #expect(try await keeper.maintain(plan)[.seal]?.figures["sealed"] == 1)
        #expect(try await journal.store.storage().sizeUnsealed < 1 << 20)
        // Only what is old enough is compressed for good, and once.
        plan.sealsAfter = nil
        plan.compressesAfter = .seconds(Self.day)
        #expect(try await keeper.maintain(plan)[.seal]?.figures["compressed"] == 0)
        rig.wait(2 * Self.day)
        #expect(try await keeper.maintain(plan)[.seal]?.figures["compressed"] == 1)
        #expect(try await keeper.maintain(plan)[.seal]?.figures["compressed"] == 0)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
    }

    @Test func aPlanThatMakesNoSenseIsRefused() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let keeper = journal.as("service:keeper")
        var plan = MaintenancePlan()
        plan.bytesPerSecond = 0
        await #expect(throws: JournalError.self) { try await keeper.maintain(plan) }
        plan = MaintenancePlan()
        plan.sealsAfter = .seconds(-1)
        await #expect(throws: JournalError.self) { try await keeper.maintain(plan) }
        plan = Self.everything()
        plan.compaction?.options.isDryRun = true
        await #expect(throws: JournalError.self) { try await keeper.maintain(plan) }
        let last = try await journal.lastSequence()
        try await journal.close()
        let reader = try await Journal.open(
            readingAt: SimulatedJournal.path, options: rig.options)
        let error = await #expect(throws: JournalError.self) {
            try await reader.as("service:keeper").maintain()
        }
        #expect(error?.code == .readOnly)
        #expect(try await reader.lastSequence() == last)
        try await reader.close()
    }

    @Test func whoMayNotOperateMaintainsNothing() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        try await journal.as("user:ada").grant(.admin, to: "user:ada")
        try await journal.as("user:ada").changeAccessPolicy(isEnforced: true)
        let error = await #expect(throws: JournalError.self) {
            try await journal.as("user:eve").maintain()
        }
        #expect(error?.code == .accessDenied)
        try await journal.close()
    }

    /// Only what is so old by the time of each run is compacted.
    @Test func compactionGoesByAge() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let keeper = journal.as("service:keeper")
        var plan = MaintenancePlan.empty
        plan.compaction = MaintenancePlan.Compaction(CompactionRule())
        plan.compaction?.age = .seconds(10 * Self.day)
        plan.compaction?.interval = .zero
        #expect(try await keeper.maintain(plan)[.compact]?.figures["events"] == 0)
        rig.wait(11 * Self.day)
        let session = try await Self.session("other", journal)
        try await keeper.say("user", "young", in: session)
        #expect(
            (try await keeper.maintain(plan)[.compact]?.figures["events"]?.integer ?? 0) >= 16)
        let state = try await journal.state(of: session, at: .now)
        #expect(state.tree.messages.last?.isCompacted == false)
        try await journal.close()
    }

    // MARK: Messages of all sessions

    @Test func aPolicyGovernsBeforeARuleForAll() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let ada = journal.as("user:ada")
        let kept = try await ada.createSession(key: "kept", metadata: ["tags": ["legal"]])
        for number in 1...6 { try await ada.say("user", "clause \(number)", in: kept) }
        let held = try await ada.createSession(key: "held")
        for number in 1...6 { try await ada.say("user", "evidence \(number)", in: held) }
        try await ada.placeHold(on: .session(held), matter: "case 7")
        var policy = RetentionPolicy("legal", .keep)
        policy.tag = "legal"
        try await ada.setRetention(policy)
        let pruner = Pruner(ada)
        let plan = try await pruner.pruneMessages(by: .count(keeping: 5), isDryRun: true)
        let last = try await journal.lastSequence()
        let report = try await pruner.pruneMessages(by: .count(keeping: 5))
        #expect(plan.gone.map(\.message) == report.gone.map(\.message))
        let expected: Set<SessionID> = [
            try await Self.session("chat", journal), try await Self.session("other", journal),
        ]
        #expect(Set(report.gone.map(\.session)) == expected)
        #expect(report.messageCount == 6)
        #expect(try await journal.lastSequence() == last + 2)
        try await journal.close()
    }

    // MARK: Schedules and bounds

    @Test(.timeLimit(.minutes(20))) func aScheduleRunsUntilTheJournalIsClosed() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let (stream, continuation) = AsyncStream<MaintenanceReport>.makeStream()
        var schedule = MaintenanceSchedule()
        schedule.interval = .milliseconds(1)
        schedule.observer = { continuation.yield($0) }
        let task = journal.as("service:keeper").keepMaintaining(schedule)
        var count = 0
        for await report in stream {
            #expect(report.isWell)
            count += 1
            if count == 3 { break }
        }
        try await journal.close()
        await task.value
        #expect(task.isCancelled)
        await journal.as("service:keeper").keepMaintaining(schedule).value
    }

    /// What would take days at its pace is over soon after the journal is closed.
    @Test(.timeLimit(.minutes(20))) func closingEndsThePauses() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        var schedule = MaintenanceSchedule(.empty)
        schedule.plan.bytesPerSecond = 1
        schedule.plan.verification = VerificationSchedule()
        let reached = Mutex(false)
        schedule.plan.tasks = [
            MaintenanceTask("reached") { _ in
                reached.withLock { $0 = true }
                return [:]
            }
        ]
        let task = journal.as("service:keeper").keepMaintaining(schedule)
        while !reached.withLock({ $0 }) { await Task.yield() }
        for _ in 0..<50 { await Task.yield() }
        try await journal.close()
        await task.value
    }

    @Test func aPaceIsPaidFor() async throws {
        let clock = ContinuousClock()
        let pace = IOPace(bytesPerSecond: 10_000_000)
        let start = clock.now
        // Half a second of it may have been saved up.
        for _ in 0..<7 { try await pace.spend(1_000_000) }
        pace.spendBlocking(1_000_000)
        #expect(clock.now - start >= .milliseconds(290))
        #expect(pace.bytesSpent == 8_000_000)
        pace.end()
        // However much is charged then.
        for _ in 0..<20 { try await pace.spend(.max) }
        pace.spendBlocking(1 << 60)
        await #expect(throws: CancellationError.self) {
            let slow = IOPace(bytesPerSecond: 1)
            let task = Task { try await slow.spend(1_000_000) }
            task.cancel()
            try await task.value
        }
    }

    /// The power fails here and there in a run with every step in it: what comes next does the rest.
    /// That it may fail at every change, each step shows for itself.
    @Test func thePowerFailsOnTheWay() async throws {
        let rig = Rig()
        let journal = try await rig.made()
        let before = try await journal.store.all()
        try await journal.close()
        func maintain(_ disk: SimulatedDisk) async throws -> MaintenanceReport {
            let rig = Rig(disk)
            rig.wait(3 * Self.day)
            let journal = try await Journal.open(at: SimulatedJournal.path, options: rig.options)
            do {
                let report = try await journal.as("service:keeper").maintain(Self.everything())
                try await journal.close()
                return report
            } catch {
                try? await journal.close()
                throw error
            }
        }
        var change = 1
        while true {
            let disk = rig.disk.clone()
            disk.cutPower(atChange: change)
            let report = try? await maintain(disk)
            if let report, report.isWell, !disk.isCut { break }
            let after = disk.powerCut(change.isMultiple(of: 2) ? .nothing : .everything)
            let next = try await maintain(after)
            let place = "change \(change)"
            #expect(next.isWell, "\(place): \(next.entries.filter { !$0.isWell })")
            let reader = try await Journal.open(
                readingAt: SimulatedJournal.path, options: Rig(after).options)
            let events = try await reader.store.all()
            #expect(
                zip(before, events).allSatisfy { $0.leaf == $1.leaf }
                    && events.count > before.count, "\(place)")
            #expect(try await reader.checkCompactions().allSatisfy { $0.isValid }, "\(place)")
            #expect(try await reader.verify().findings.isEmpty, "\(place)")
            try await reader.close()
            change += 9
        }
        #expect(change > 50)
    }
}
