import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Compaction beside everything else that a journal does: encryption, readers here and elsewhere,
/// erasures, backups, copies, appends that are sent again, roles.
@Suite struct CompactionNeighbourTests {
    @Test func anEncryptedSessionStaysEncrypted() async throws {
        let disk = SimulatedDisk()
        func options(_ opening: Int?) -> JournalOptions {
            var options = JournalOptions()
            options.fileSystem = disk
            options.sealing = .inline
            if let opening { options.keys = ToyKeys.keys(password: "toy", opening: opening) }
            return options
        }
        let journal = try await Journal.create(at: "/j", options: options(1))
        let ada = journal.as("user:ada").encryptingSessions()
        let session = try await ada.createSession(key: "hidden")
        for number in 0..<8 { try await ada.say("user", "poodle \(number)", in: session) }
        let before = try await JournalAnswers(of: journal, through: 9)
        let report = try await ada.compact(CompactionRig.kept(2))
        #expect(report.eventCount == 6)
        #expect(try await JournalAnswers(of: journal, through: 9) == before)
        #expect(try await journal.checkCompactions()[0].isValid)
        #expect(try await journal.verify().verdict == .ok)
        let kept = try await CompactionRig.whole(journal, session)
        #expect(kept.count == 2)
        try await journal.close()
        // Nothing of it stands there in clear: not who wrote it, and not that there is a role.
        let scan = try RawScan(of: disk, below: "/j")
        #expect(scan.files(holding: "poodle").isEmpty)
        #expect(scan.files(holding: #""role":"user""#).isEmpty)
        // Without the key nothing goes, and the hashes hold all the same.
        let locked = try await Journal.open(at: "/j", options: options(nil))
        let other = try await locked.as("user:op").compact(CompactionRule())
        #expect(other.eventCount == 0 && other.leftOut.map(\.reason) == [.locked])
        let check = try await locked.checkCompactions()[0]
        #expect(check.isValid && check.locked == [session])
        #expect(try await locked.verify().verdict == .ok)
        try await locked.close()
    }

    /// A state that was asked for before goes on with what it had.
    @Test func whoReadsGoesOn() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.seal()
        try await content.journal.takeSnapshots()
        let store = try #require(content.journal.store as? FileStore)
        let view = store.log.view()
        let state = try await content.journal.state(of: content.chat)
        try await content.journal.as("user:op").compact(CompactionRule())
        #expect(
            state.tree.message(content.messages[0])?.preview() == "the poodle question 0")
        let line = try #require(try view.line(at: 3))
        #expect(try !Event(line: line).isCompacted)
        #expect(try #require(try await content.journal.event(at: 3)).isCompacted)
        try await content.journal.close()
    }

    /// A reader in another process, which has opened the files before, sees one or the other, and never
    /// fails; so does one that has opened nothing yet.
    @Test(arguments: [true, false])
    func anotherProcessReadsOn(hasRead: Bool) async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.seal()
        let reader = try await rig.read()
        let last = try await content.journal.lastSequence()
        if hasRead {
            #expect(try await reader.event(at: 3)?.isCompacted == false)
            _ = try await reader.state(of: content.chat)
        }
        let before = try await JournalAnswers(of: content.journal, through: last)
        try await content.journal.as("user:op").compact(CompactionRule())
        #expect(try await reader.event(at: 3)?.isCompacted == true)
        #expect(try await JournalAnswers(of: reader, through: last) == before)
        #expect(try await reader.state(of: content.chat).tree.messages.count == 13)
        try await reader.close()
        try await content.journal.close()
    }

    @Test func anEraseAfterwardsTakesWhatWasKept() async throws {
        let (rig, content, _) = try await CompactionRig.compacted()
        try await content.journal.as("user:dpo").erase(
            .actor("user:ada"), options: ErasureOptions(basis: "GDPR 17"))
        try await content.journal.seal()
        for event in try await content.journal.store.all(ReadQuery(session: content.chat))
        where event.kind != .erasureOutlined { #expect(event.isWithheld) }
        let check = try await content.journal.checkCompactions()[0]
        #expect(check.isValid && check.erasedSince == [content.chat])
        #expect(try await content.journal.verify().verdict == .ok)
        try await content.journal.close()
        _ = rig
    }

    @Test func aBackupTakesWhatWasReplaced() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.seal()
        _ = try await content.journal.backup(to: "/backup")
        try await content.journal.as("user:op").compact(CompactionRule())
        _ = try await content.journal.backup(to: "/backup")
        let lines = try await content.journal.store.all()
        try await content.journal.close()
        _ = try await Journal.restore(from: "/backup", to: "/again", opening: rig.options)
        let restored = try await Journal.open(readingAt: "/again", options: rig.options)
        #expect(try await restored.store.all() == lines)
        #expect(try await restored.checkCompactions()[0].isValid)
        try await restored.close()
    }

    @Test func aCopyTakesCompactedLines() async throws {
        let (_, content, _) = try await CompactionRig.compacted()
        let copy = MemoryStore()
        let lines = try await content.journal.store.all().map(\.line)
        try await copy.adopt(lines, durability: .durable)
        #expect(try await copy.all().map(\.line) == lines)
        #expect(try await copy.treeHead(at: nil) == content.journal.store.treeHead(at: nil))
        try await content.journal.close()
    }

    @Test func aJournalInMemoryIsCompactedToo() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        for number in 0..<5 { try await ada.say("user", "text \(number)", in: session) }
        let root = try await journal.store.treeHead(at: 6).root
        let report = try await ada.compact(CompactionRig.kept(1))
        #expect(report.eventCount == 4)
        #expect(try await journal.store.treeHead(at: 6).root == root)
        #expect(try await journal.checkCompactions()[0].isValid)
        var options = CompactionOptions()
        options.archive = "/old"
        await #expect(throws: JournalError(.unsupported, "")) {
            try await ada.compact(CompactionRig.kept(0), options: options)
        }
        try await journal.close()
    }

    /// An append that is sent again is known, also where its event was compacted.
    @Test func idsAreRemembered() async throws {
        let (_, content, _) = try await CompactionRig.compacted()
        let before = try await content.journal.lastSequence()
        let again = try await content.journal.as("user:ada").say(
            "user", "the poodle question 0", in: content.chat, id: "say-0")
        #expect(again.message == content.messages[0])
        #expect(try await content.journal.lastSequence() == before)
        try await content.journal.close()
    }

    @Test func onlyOperatorsMayCompact() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.as("user:root").grant(.admin, to: "user:op")
        try await content.journal.as("user:op").changeAccessPolicy(isEnforced: true)
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await content.journal.as("user:ada").compact(CompactionRule())
        }
        #expect(try rig.files() != [])
        try await content.journal.as("user:op").compact(CompactionRule())
        try await content.journal.close()
    }
}
