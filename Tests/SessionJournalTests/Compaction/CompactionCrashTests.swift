import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// The power fails, or the disk does, at every step of a compaction: it is done at the next opening, or
/// has not begun. Nothing else is ever answered.
@Suite struct CompactionCrashTests {
    /// A closed journal, and what it answers.
    private static func made() async throws -> (
        rig: CompactionRig, events: [Event], answers: JournalAnswers
    ) {
        let rig = CompactionRig()
        let journal = try await rig.made().journal
        try await journal.as("user:ada").setMessageMetadata(
            ["important": true], of: "say-2",
            in: #require(try await journal.store.session(forKey: "chat")))
        let events = try await journal.store.all()
        let answers = try await JournalAnswers(of: journal, through: UInt64(events.count))
        try await journal.close()
        return (rig, events, answers)
    }

    private static func compact(_ rig: CompactionRig) async throws {
        let journal = try await rig.open()
        var rule = CompactionRule()
        rule.keptMessages = 1
        var options = CompactionOptions()
        options.archive = CompactionRig.archive
        try await journal.as("user:op").compact(rule, options: options)
        try await journal.close()
    }

    private static func check(
        _ rig: CompactionRig, _ before: [Event], _ answers: JournalAnswers, isFinished: Bool,
        _ place: String
    ) async throws {
        let journal = try await rig.open()
        let compactions = try await journal.compactions()
        #expect(!compactions.contains { !$0.isFinished }, "\(place)")
        #expect(!isFinished || compactions.count == 1, "\(place)")
        let after = try await journal.store.all()
        #expect(after.count >= before.count, "\(place)")
        for (old, new) in zip(before, after) {
            let isCovered =
                compactions.flatMap(\.parts).contains { part in
                    part.session == old.session
                        && part.versions.contains { $0.contains(old.version) }
                } && CompactedLine.kinds.contains(old.kind)
            #expect(new.isCompacted == isCovered, "\(place): event \(old.sequence)")
            #expect(new.leaf == old.leaf, "\(place): event \(old.sequence)")
            if !isCovered { #expect(new == old, "\(place): event \(old.sequence)") }
        }
        #expect(
            try await JournalAnswers(of: journal, through: UInt64(before.count)) == answers,
            "\(place)")
        #expect(try await journal.verify().findings.isEmpty, "\(place)")
        #expect(try await journal.verify().withheld.unexplained.isEmpty, "\(place)")
        #expect(try await journal.checkCompactions().allSatisfy(\.isValid), "\(place)")
        try await journal.close()
        if let compaction = compactions.first {
            #expect(rig.disk.files["/j/ERASURE"] == nil, "\(place)")
            // What went is in the archive, all of it.
            let reader = try await rig.read(attaching: [CompactionRig.archive])
            let full = try await reader.store.all(ReadQuery(through: UInt64(before.count)))
            #expect(full == before, "\(place)")
            #expect(
                try await reader.checkCompactions()[0].archivedCount == compaction.eventCount,
                "\(place)")
            try await reader.close()
        }
        #expect(
            !rig.disk.files.keys.contains { $0.hasPrefix("/j") && $0.hasSuffix(".new") }, "\(place)"
        )
    }

    @Test func thePowerFailsAtEveryChange() async throws {
        let made = try await Self.made()
        let count = try await made.rig.disk.cuttingPower(
            during: { try await Self.compact(CompactionRig($0)) },
            reopening: { _ = try await CompactionRig($0).open() },
            check: {
                try await Self.check(
                    CompactionRig($0), made.events, made.answers, isFinished: $1, $2)
            })
        #expect(count > 40)
    }

    @Test(arguments: [
        SimulatedDisk.Call.open, .read, .write, .sync, .truncate, .rename, .remove, .syncDirectory,
        .list,
    ])
    func everyCallFailsOnce(call: SimulatedDisk.Call) async throws {
        let made = try await Self.made()
        try await made.rig.disk.failingOnce(
            call, during: { try await Self.compact(CompactionRig($0)) },
            check: {
                try await Self.check(
                    CompactionRig($0), made.events, made.answers, isFinished: $1, $2)
            })
    }
}
