import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// The power fails at every change that applying the rules makes: the next run finishes what was
/// announced, does nothing twice, and records it.
@Suite struct RetentionCrashTests {
    private static func options(_ disk: SimulatedDisk, _ clock: ManualClock) -> JournalOptions {
        var options = SimulatedJournal(disk).options
        options.clock = { clock.tick() }
        return options
    }

    private static let start: Int64 = 1_767_225_600_000_000
    private static let later = start + 400 * RetentionRig.day * 1_000_000

    /// A closed journal in which one session is to be archived, one to go out of sight, one to lose
    /// messages, and one to be erased.
    private static func made() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let clock = ManualClock(microseconds: start)
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: options(disk, clock))
        let rig = RetentionRig(journal, clock)
        let acts: [(String, RetentionAction)] = [
            ("archive", .archive), ("prune", .prune), ("messages", .pruneMessages),
            ("erase", .erase),
        ]
        for (tag, action) in acts {
            let session = try await rig.session(tag, ["tags": [.string(tag)]])
            try await rig.talk(session, 4)
            var policy = RetentionPolicy(tag, action)
            policy.tag = tag
            if action == .pruneMessages { policy.count = 1 } else { policy.ageSeconds = 60 }
            if action == .erase { policy.basis = "GDPR 5(1)(e)" }
            try await rig.ada.setRetention(policy)
        }
        try await journal.close()
        return disk
    }

    private static func apply(_ disk: SimulatedDisk) async throws -> RetentionReport {
        let clock = ManualClock(microseconds: later)
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: options(disk, clock))
        let report = try await journal.as("system:retention").applyRetention()
        try await journal.close()
        return report
    }

    /// What the rules came to, in one go or several.
    private static func check(_ disk: SimulatedDisk, _ place: String) async throws {
        let clock = ManualClock(microseconds: later)
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: options(disk, clock))
        var kinds: [EventKind: Int] = [:]
        for try await event in journal.events() { kinds[event.kind, default: 0] += 1 }
        let once: [EventKind] = [
            .sessionArchived, .sessionPruned, .messagePruned, .erasureRequested, .erasureFinished,
        ]
        for kind in once { #expect(kinds[kind] == 1, "\(place): \(kind)") }
        let runs = try await journal.retentionRuns()
        #expect(runs.allSatisfy { $0.recordedSequence != nil }, "\(place)")
        #expect(kinds[.retentionApplied] == runs.count, "\(place)")
        // Every act stands in a record, with what it took.
        var done: [String: JSONValue] = [:]
        for try await event in journal.events(
            session: .journal, kinds: [.retentionApplied])
        {
            for item in try event.data()["done"]?.array ?? [] {
                done[item["action"]?.string ?? ""] = item
            }
        }
        #expect(done.count == 4, "\(place): \(done.keys)")
        #expect(done["prune"]?["events"] == 5, "\(place)")
        #expect(done["prune_messages"]?["messages"] == 3, "\(place)")
        #expect(done["erase"]?["events"] == 5, "\(place)")
        for action in ["prune", "prune_messages", "erase"] {
            #expect(done[action]?["hash"]?.string?.isEmpty == false, "\(place): \(action)")
        }
        #expect(try await journal.retentionPlan().due.isEmpty, "\(place)")
        #expect(try await journal.verify().findings.isEmpty, "\(place)")
        try await journal.close()
    }

    @Test func thePowerFailsAtEveryChange() async throws {
        let made = try await Self.made()
        var count = 0
        var resumed = 0
        while true {
            let disk = made.clone()
            disk.cutPower(atChange: count + 1)
            let isDone = (try? await Self.apply(disk)) != nil && !disk.isCut
            for survival in [SimulatedDisk.Survival.nothing, .everything] {
                let after = disk.powerCut(survival)
                let report = try await Self.apply(after)
                resumed += report.resumed.count
                try await Self.check(after, "change \(count + 1), \(survival)")
                // And again, in the middle of what the second run does.
                guard count.isMultiple(of: 4), survival == .nothing else { continue }
                let twice = disk.powerCut(.everything)
                twice.cutPower(atChange: 9 + count % 11)
                _ = try? await Self.apply(twice)
                let last = twice.powerCut(.nothing)
                _ = try await Self.apply(last)
                try await Self.check(last, "change \(count + 1), cut twice")
            }
            if isDone { break }
            count += 1
        }
        #expect(count > 30)
        #expect(resumed > 5)
    }

    @Test func whatIsNotDueAnyMoreIsSaid() async throws {
        let rig = RetentionRig()
        let session = try await rig.session("a")
        var policy = RetentionPolicy("old", .archive)
        policy.ageSeconds = 60
        try await rig.ada.setRetention(policy)
        rig.wait(100)
        // Somebody announced a run and was gone; then the session was used.
        let now = rig.now
        let announced = try await rig.ada.append(
            EventDraft(
                .retentionAnnounced, branch: nil,
                data: [
                    "run": "7", "now": .string(now.description), "rules": ["old"],
                    "due": [
                        [
                            "session": .string(session.hexadecimal), "action": "archive",
                            "rule": "old",
                        ], ["session": "nobody", "action": "archive", "rule": "old"],
                    ], "more": 0,
                ]), to: .journal)
        try await rig.talk(session, 1)
        #expect(try await rig.journal.retentionRuns().map(\.recordedSequence) == [nil])
        let report = try await rig.ada.applyRetention()
        #expect(report.resumed.map(\.sequence) == [announced.sequence])
        #expect(report.outcomes.isEmpty)
        let applied = try #require(try await rig.last(.retentionApplied, in: .journal))
        #expect(applied["resumed"] == true && applied["done"] == [])
        #expect(applied["undone"]?.array?.first?["why"] == "it is not due any more")
        #expect(try await rig.state(session).lifecycle.status == .active)
        #expect(report.json["resumed"] == [JSONValue(announced.sequence)])
        // An announcement that makes no sense is none.
        try await rig.ada.append(
            EventDraft(.retentionAnnounced, branch: nil, data: ["run": 7]), to: .journal)
        #expect(try await rig.ada.applyRetention() == RetentionReport())
    }

    @Test func aHoldThatComesAfterTheAnnouncementStops() async throws {
        let rig = RetentionRig()
        let first = try await rig.session("a")
        let second = try await rig.session("b")
        var policy = RetentionPolicy("old", .prune)
        policy.ageSeconds = 60
        try await rig.ada.setRetention(policy)
        rig.wait(100)
        let plan = try await rig.journal.retentionPlan()
        #expect(plan.due.map(\.session) == [first, second])
        try await rig.ada.placeHold(on: .session(first), matter: "case 9")
        let report = try await rig.ada.applyRetention()
        #expect(report.outcomes.map(\.session) == [second])
        #expect(try await rig.state(first).prunedSequence == nil)
    }
}
