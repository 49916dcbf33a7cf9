import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Archives of compactions: they answer in full, they are believed where their lines are the ones that
/// went, and an erasure reaches them.
@Suite struct CompactionArchiveTests {
    @Test func anArchiveAnswersInFull() async throws {
        var options = CompactionOptions()
        options.archive = CompactionRig.archive
        let rig = CompactionRig()
        let content = try await rig.made()
        let whole = try await content.journal.store.all()
        let report = try await content.journal.as("user:op").compact(
            CompactionRule(), options: options)
        #expect(report.certificates[0].archive == CompactionRig.archive)
        #expect(
            try await content.journal.state(of: content.chat).compacted?.archive
                == CompactionRig.archive)
        try await content.journal.seal()
        try await content.journal.close()
        #expect(try rig.files() == [])
        let reader = try await rig.read(attaching: [CompactionRig.archive])
        #expect(try await reader.store.all(ReadQuery(through: whole.last!.sequence)) == whole)
        #expect(
            try await reader.store.all(ReadQuery(order: .backwards)).suffix(whole.count)
                == whole.reversed()[...])
        let state = try await reader.state(of: content.chat)
        #expect(state.compacted == nil)
        #expect(state.tree.message(content.messages[0])?.preview() == "the poodle question 0")
        #expect(try await reader.event(at: 3) == whole[2])
        let check = try await reader.checkCompactions()[0]
        #expect(check.isValid && check.archivedCount == check.certificate.eventCount)
        try await reader.close()
        // What is no archive is said to be none.
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await rig.read(attaching: [CompactionRig.path])
        }
        await #expect(throws: JournalError.self) { try await rig.read(attaching: ["/nowhere"]) }
    }

    /// What stands in an archive is what was: an attempt that comes later finds only what the first one
    /// left in the journal.
    @Test func whatIsArchivedIsNotWrittenOver() async throws {
        let rig = CompactionRig()
        let content = try await rig.made()
        try await content.journal.seal()
        let log = try #require(content.journal.store as? FileStore).log
        let all = try await 1...content.journal.lastSequence()
        try log.archive(segmentsOf: [all], to: "/old/first")
        let archived = rig.disk.files.filter { $0.key.hasPrefix("/old/first") }
        try log.compactLines(of: [all]) { CompactedLine.line(of: $0) }
        try log.archive(segmentsOf: [all], to: "/old/first")
        #expect(rig.disk.files.filter { $0.key.hasPrefix("/old/first") } == archived)
        // It would have been something else.
        try log.archive(segmentsOf: [all], to: "/old/second")
        let later = rig.disk.files.filter { $0.key.hasPrefix("/old/second") }
        #expect(later.count == archived.count && Set(later.values) != Set(archived.values))
        try await content.journal.close()
    }

    /// Archived segments whose events are others, by a compaction of that name: none of their lines is
    /// one that was compacted here.
    @Test func archivesOfOthersAreNotBelieved() async throws {
        var options = CompactionOptions()
        options.archive = CompactionRig.archive
        let (rig, content, report) = try await CompactionRig.compacted(CompactionRule(), options)
        try await content.journal.close()
        let folder = CompactionRig.archive + "/" + report.certificates[0].id
        let first = try #require(rig.disk.files.keys.filter { $0.hasPrefix(folder) }.min())
        // The same journal with another first message, as somebody may have made it.
        let other = CompactionRig(rig.disk.clone())
        let journal = try await Journal.open(at: CompactionRig.path, options: other.options)
        let id = try #require((journal.store as? FileStore)?.log.journalID)
        try await journal.close()
        var changed = rig.options
        let forged = SimulatedDisk()
        changed.fileSystem = forged
        try JournalFile.create(in: "/forged", journalID: id, forged)
        try SegmentLog.create(directory: "/forged", fileSystem: forged, journalID: id)
        let forger = try await Journal.open(at: "/forged", options: changed)
        let session = try await forger.as("user:eve").createSession(key: "chat")
        for number in 0..<12 {
            try await forger.as("user:eve").say("user", "never said \(number)", in: session)
        }
        try await forger.seal()
        try await forger.close()
        let segment = try #require(
            forged.files.first {
                $0.key.hasPrefix("/forged/segments/") && $0.key.hasSuffix("1.lz4")
            })
        rig.disk.replace(first, with: segment.value)
        let reader = try await rig.read(attaching: [CompactionRig.archive])
        for event in try await reader.store.all() {
            #expect(!event.description.contains("never said"))
        }
        #expect(try #require(try await reader.event(at: 3)).isCompacted)
        try await reader.close()
    }

    /// A damaged archive says nothing, and never something else.
    @Test func everyByteOfAnArchiveIsHeldAgainstTheDigest() async throws {
        var options = CompactionOptions()
        options.archive = CompactionRig.archive
        let (rig, content, _) = try await CompactionRig.compacted(CompactionRule(), options)
        try await content.journal.seal()
        try await content.journal.close()
        let names = rig.disk.files.keys.filter {
            $0.hasPrefix(CompactionRig.archive) && $0.hasSuffix(".lz4")
        }
        let name = try #require(names.min())
        let whole = try #require(rig.disk.files[name])
        for place in stride(from: 0, to: whole.count, by: 97) {
            var bytes = whole
            bytes[place] ^= 0x10
            rig.disk.replace(name, with: bytes)
            guard let reader = try? await rig.read(attaching: [CompactionRig.archive]) else {
                continue
            }
            for event in try await reader.store.all() where !event.isCompacted {
                let stored = try #require(
                    try (reader.store as? FileStore)?.storedEvent(at: event.sequence))
                #expect(event.leaf == stored.leaf, "byte \(place)")
            }
            try await reader.close()
        }
    }

    /// What is erased is in no archive either, as long as it stands where the certificate says.
    @Test func anEraseReachesTheArchive() async throws {
        var options = CompactionOptions()
        options.archive = CompactionRig.archive
        let (rig, content, report) = try await CompactionRig.compacted(CompactionRule(), options)
        let folder = CompactionRig.archive + "/" + report.certificates[0].id
        func archived() throws -> [String] {
            try RawScan(of: rig.disk, below: CompactionRig.archive).files(
                holding: CompactionRig.secrets[0] + " 0")
        }
        #expect(try archived() != [])
        let certificate = try await content.journal.as("user:dpo").erase(
            .actor("user:ada"), options: ErasureOptions(basis: "GDPR 17"))
        #expect(certificate.removed.archives == [folder] && certificate.backups.isEmpty)
        #expect(try archived() == [])
        try await content.journal.close()
        let reader = try await rig.read(attaching: [CompactionRig.archive])
        // Of Bob there is everything still.
        let quiet = try await reader.state(of: content.quiet)
        #expect(quiet.tree.messages.allSatisfy { !$0.isCompacted && !$0.preview().isEmpty })
        #expect(try await reader.checkCompactions()[0].isValid)
        try await reader.close()
        // One that is not there any more is named.
        for name in rig.disk.files.keys where name.hasPrefix(folder) { try rig.disk.remove(name) }
        let again = try await rig.open()
        let later = try await again.as("user:dpo").erase(
            .session(content.quiet), options: ErasureOptions(basis: "GDPR 17"))
        #expect(later.backups.map(\.folder) == [folder])
        #expect(later.backups[0].problem != nil)
        try await again.close()
    }
}
