#if Search
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionSearch

/// What is searched where encrypted sessions are opened, and what of it reaches a disk.
@Suite struct EncryptedSearchTests {
    private static let words = ["bergamotte", "zitronella"]

    private struct Fixture {
        let directory: TemporaryDirectory
        let path: String
        let journal: Journal
        /// Two encrypted ones and a plain one.
        var sessions: [SessionID] = []

        static func options(opening: Int?) -> JournalOptions {
            var options = JournalOptions()
            options.keys = opening.map { ToyKeys.keys(opening: $0) }
            return options
        }

        init() async throws {
            directory = try TemporaryDirectory()
            path = directory.path("journal")
            journal = try await Journal.create(at: path, options: Self.options(opening: 1))
            let ada = journal.as("user:ada")
            for (word, writer) in [
                (words[0], ada.encryptingSessions()), (words[1], ada.encryptingSessions()),
                ("chamomile", ada),
            ] {
                let session = try await writer.createSession()
                try await ada.say("user", "I like \(word) in it", in: session)
                sessions.append(session)
            }
        }

        /// The files below the journal, the temporary folder and its own in which a word stands.
        func files(holding word: String) throws -> [String] {
            try RawScan(of: PosixFileSystem(), below: directory.path).files(holding: word)
        }
    }

    @Test func whatIsOpenedIsIndexedInMemoryAlone() async throws {
        let fixture = try await Fixture()
        let index = try SearchIndex(fixture.journal)
        for word in Self.words + ["chamomile"] {
            #expect(try await index.found(word).count == 1)
        }
        let place = index.home.place
        #expect(place.kind == .memory && place.directory.hasPrefix("/dev/shm/sjournal-search-"))
        #expect(permissions(of: place.directory) == 0o700)
        let disk = PosixFileSystem()
        #expect(try disk.status(of: fixture.path + "/index/search.sqlite") == nil)
        for word in Self.words { #expect(try fixture.files(holding: word) == []) }
        #expect(
            try !RawScan(of: disk, below: place.directory).files(holding: Self.words[0]).isEmpty)
        index.close()
        #expect(try disk.status(of: place.directory) == nil)
        try await fixture.journal.close()

        // Without the key there is an index on the disk, and nothing of the encrypted is in it.
        let keyless = try await Journal.open(
            at: fixture.path, options: Fixture.options(opening: nil))
        let other = try SearchIndex(keyless)
        for word in Self.words { #expect(try await other.found(word).isEmpty) }
        #expect(try await other.found("chamomile").count == 1)
        #expect(other.home.place.kind == .journal)
        for word in Self.words { #expect(try fixture.files(holding: word) == []) }
        other.close()
        try await keyless.close()
    }

    /// The first encrypted session comes while an index is on the disk.
    @Test func anIndexOnTheDiskTakesNothingInThatIsEncrypted() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("journal")
        let writer = try await Journal.create(
            at: path, options: Fixture.options(opening: 1))
        let plain = try await writer.as("user:ada").createSession()
        try await writer.as("user:ada").say("user", "chamomile", in: plain)
        let reader = try await Journal.open(
            readingAt: path, options: Fixture.options(opening: 2))
        let index = try SearchIndex(reader)
        #expect(try await index.found("chamomile").count == 1)
        #expect(index.home.place.kind == .journal)
        let session = try await writer.as("user:ada").encryptingSessions().createSession()
        try await writer.as("user:ada").say("user", Self.words[0], in: session)
        _ = try await index.found(Self.words[0])
        #expect(index.home.place.kind == .memory)
        let scan = try RawScan(of: PosixFileSystem(), below: directory.path)
        #expect(scan.files(holding: Self.words[0]) == [])
        index.close()
        try await reader.close()
        try await writer.close()
    }

    @Test func anErasureTakesTheIndexInMemoryAlong() async throws {
        let fixture = try await Fixture()
        let index = try SearchIndex(fixture.journal)
        #expect(try await index.found(Self.words[0]).count == 1)
        // A reader with the key, as another process has it.
        let reader = try await Journal.open(
            readingAt: fixture.path, options: Fixture.options(opening: 3))
        let elsewhere = try SearchIndex(reader)
        #expect(try await elsewhere.found(Self.words[0]).count == 1)
        let before = index.home.place.directory
        try await fixture.journal.as("user:dpo").erase(
            .session(fixture.sessions[0]), options: ErasureOptions(basis: "GDPR 17"))
        // At once, and not at the next search.
        let disk = PosixFileSystem()
        #expect(try disk.status(of: before) == nil)
        for index in [index, elsewhere] {
            #expect(try await index.found(Self.words[0]).isEmpty)
            #expect(try await index.found(Self.words[1]).count == 1)
            let scan = try RawScan(of: disk, below: index.home.place.directory)
            #expect(scan.files(holding: Self.words[0]) == [])
        }
        #expect(try await reader.protection(of: fixture.sessions[0]) == .destroyed)
        index.close()
        elsewhere.close()
        try await reader.close()
        try await fixture.journal.close()
    }
}
#endif
