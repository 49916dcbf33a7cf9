#if Search
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionSearch

/// The file of an index is a cache: whatever becomes of it, the answers stay the same.
@Suite struct IndexDamageTests {
    private static let disk = PosixFileSystem()

    /// A journal of some messages, with its index closed.
    private func fixture(_ count: Int = 40) async throws -> SearchFixture {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession(key: "tea", metadata: ["name": "Tea"])
        for number in 0..<count {
            let text = "cup \(number) of \(number.isMultiple(of: 4) ? "green" : "black") tea"
            try await ada.say("user", text, in: session, durability: .buffered)
        }
        let index = try fixture.index()
        #expect(try await index.found("green").count == count / 4)
        index.close()
        return fixture
    }

    /// The same answers as before, and a file that holds all of it.
    private func check(_ fixture: SearchFixture, count: Int = 10) async throws {
        let index = try fixture.index()
        #expect(try await index.found("green").count == count)
        #expect(try await index.all("SELECT name FROM sessions") == [[.text("Tea")]])
        #expect(index.home.place.kind == .journal)
        index.close()
        #expect(try Self.disk.bytes(of: fixture.file).starts(with: Array("SQLite format 3".utf8)))
    }

    @Test func aDeletedFileComesBack() async throws {
        let fixture = try await fixture()
        try Self.disk.remove(fixture.file)
        try await check(fixture)
        // While somebody has it open, too.
        let index = try fixture.index()
        #expect(try await index.found("green").count == 10)
        try Self.disk.remove(fixture.file)
        #expect(try await index.found("green").count == 10)
        #expect(try Self.disk.status(of: fixture.file) != nil)
    }

    @Test func noOtherUserCanReadIt() async throws {
        let fixture = try await fixture()
        #expect(permissions(of: fixture.file) == 0o600)
    }

    @Test(arguments: [0, 1, 50, 99, 100, 1_000, 16_384, 32_768, 100_000])
    func aTruncatedFileIsMadeAnew(size: Int) async throws {
        let fixture = try await fixture()
        let bytes = try Self.disk.bytes(of: fixture.file)
        #expect(bytes.count > 100_000)
        try Self.disk.replace(fixture.file, with: Array(bytes.prefix(size)))
        try await check(fixture)
    }

    @Test func garbageIsMadeAnew() async throws {
        let fixture = try await fixture()
        var generator = SeededGenerator(seed: 7)
        try Self.disk.replace(
            fixture.file, with: (0..<30_000).map { _ in .random(in: 0...255, using: &generator) })
        try await check(fixture)
        try Self.disk.replace(fixture.file, with: Array("not a database\n".utf8))
        try await check(fixture)
    }

    /// A page of noise anywhere in the file, which SQLite meets in the middle of its work.
    @Test func aDamagedPageIsMadeAnew() async throws {
        let fixture = try await fixture()
        let whole = try fixture.index()
        let contents = try await whole.contents()
        whole.close()
        let bytes = try Self.disk.bytes(of: fixture.file)
        var generator = SeededGenerator(seed: 11)
        for page in 0..<(bytes.count / 16_384) {
            var damaged = bytes
            for offset in 0..<16_384 {
                damaged[page * 16_384 + offset] = .random(in: 0...255, using: &generator)
            }
            try Self.disk.replace(fixture.file, with: damaged)
            let index = try fixture.index()
            #expect(try await index.found("green").count == 10, "page \(page)")
            #expect(try await index.tables() == contents, "page \(page)")
            index.close()
        }
    }

    @Test func anotherFileOfSQLiteIsMadeAnew() async throws {
        let fixture = try await fixture()
        try Self.disk.remove(fixture.file)
        let connection = try SQLiteConnection(fixture.file, .making)
        try connection.run("CREATE TABLE notes(text); INSERT INTO notes VALUES ('mine')")
        try await check(fixture)
    }

    @Test(arguments: ["rules", "journal", "digest", "covered"])
    func whatIsNotOursIsMadeAnew(_ name: String) async throws {
        let fixture = try await fixture()
        do {
            let connection = try SQLiteConnection(fixture.file, .making)
            try connection.run("UPDATE state SET value = 'other' WHERE name = '\(name)'")
            try connection.run("UPDATE message_row SET message = 'wrong'")
        }
        try await check(fixture)
        #expect(try await !fixture.index().found("green").contains("wrong"))
    }

    /// The index of a journal that went on, beside the backup of it that went on another way.
    @Test func anIndexOfAnotherHistoryIsMadeAnew() async throws {
        let fixture = try await fixture()
        let ada = fixture.journal.as("user:ada")
        let backup = fixture.directory.path("backup")
        let other = fixture.directory.path("other")
        _ = try await fixture.journal.backup(to: backup)
        try await ada.say("user", "green at last", in: try await fixture.journal.resolve("tea"))
        #expect(try await fixture.index().found("green").count == 11)
        let bytes = try Self.disk.bytes(of: fixture.file)
        _ = try await Journal.restore(from: backup, to: other)
        #expect(try Self.disk.status(of: other + "/index/search.sqlite") == nil)
        for appends in [false, true] {
            let journal = try await Journal.open(at: other)
            if appends {
                let session = try await journal.resolve("tea")
                for _ in 0..<3 {
                    try await journal.as("user:eve").say("user", "black", in: session)
                }
            }
            try? Self.disk.makeDirectory(other + "/index")
            try Self.disk.replace(other + "/index/search.sqlite", with: bytes)
            let index = try SearchIndex(journal)
            #expect(try await index.search("green", limit: 100).hits.count == 10)
            index.close()
            try await journal.close()
        }
    }

    /// Whoever makes an index can be stopped anywhere: what is done stays done.
    @Test func whatWasBrokenOffGoesOn() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        for number in 0..<20 {
            let session = try await ada.createSession(key: "tea-\(number)")
            try await ada.say("user", "green tea", in: session)
        }
        for count in 1...4 {
            let index = try fixture.index(batchSize: 1)
            let work = Task {
                var calls = 0
                try await index.catchUp { _ in
                    calls += 1
                    if calls == count { withUnsafeCurrentTask { $0?.cancel() } }
                }
            }
            await #expect(throws: CancellationError.self) { try await work.value }
            index.close()
            let connection = try SQLiteConnection(fixture.file, .reading)
            let rows = try connection.first("SELECT count(*) FROM session_row")
            #expect(rows != .integer(0) && rows != .integer(21))
        }
        #expect(try await fixture.index().found("green").count == 20)
        let steps = try await fixture.index().contents()
        let index = try fixture.index()
        try await index.rebuild()
        #expect(try await index.contents() == steps)
    }

    @Test func whereNothingCanBeWrittenAFileOfItsOwnIsMade() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession(key: "tea")
        try await ada.say("user", "green tea", in: session)
        // Nothing can be made in a folder that is a file.
        try Self.disk.replace(fixture.path + "/index", with: [1])
        var index: SearchIndex? = try fixture.index()
        #expect(try await index?.found("green").count == 1)
        let place = try #require(index?.home.place)
        #expect(place.kind == .temporary)
        #expect(permissions(of: place.path) == 0o600)
        #expect(try await index?.all("SELECT count(*) FROM messages") == [[.integer(1)]])
        index = nil
        #expect(try Self.disk.status(of: place.directory) == nil)
        // A journal in memory has no folder at all.
        let memory = Journal.inMemory()
        let said = try await memory.as("user:ada").createSession()
        try await memory.as("user:ada").say("user", "green tea", in: said)
        #expect(try await SearchIndex(memory).found("green").count == 1)
    }

    @Test func aWholeIndexIsReadWhereNothingCanBeWritten() async throws {
        let fixture = try await fixture()
        func readOnly() throws -> SearchIndex {
            try SearchIndex(
                fixture.journal, damage: .fail, batchSize: 1, isReadOnly: true)
        }
        // Its sessions have not been asked for, so that their counts are missing.
        let partly = try readOnly()
        #expect(try await partly.found("green").count == 10)
        _ = try await fixture.index().all("SELECT 1")
        let frozen = try readOnly()
        #expect(try await frozen.found("green").count == 10)
        #expect(frozen.home.place.kind == .frozen)
        #expect(try await frozen.all("SELECT messages FROM sessions") == [[.integer(40)]])
        // One more event, and it is not enough.
        let session = try await fixture.journal.resolve("tea")
        try await fixture.journal.as("user:ada").say("user", "green", in: session)
        #expect(try await frozen.found("green").count == 11)
        #expect(frozen.home.place.kind == .temporary)
        let late = try readOnly()
        #expect(try await late.found("green").count == 11)
        #expect(late.home.place.kind == .temporary)
    }

    @Test func lostEventsAreNamedOrSkippedApart() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("journal")
        var journal = try await Journal.create(at: path)
        for number in 0..<4 {
            let ada = journal.as("user:ada")
            let session = try await ada.createSession(key: "tea-\(number)")
            try await ada.say("user", "green tea", in: session)
            if number == 1 { try await journal.seal() }
        }
        try await journal.close()
        let segments = try Self.disk.names(in: path + "/segments").sorted()
        let first = path + "/segments/" + segments[0]
        var bytes = try Self.disk.bytes(of: first)
        for offset in bytes.indices where offset > 200 && offset < bytes.count / 2 {
            bytes[offset] ^= 0x55
        }
        try Self.disk.replace(first, with: bytes)
        journal = try await Journal.open(readingAt: path)
        let strict = try SearchIndex(journal)
        await #expect(throws: JournalError(.damaged, "")) { try await strict.search("green") }
        let lenient = try SearchIndex(journal, damage: .skip)
        let hits = try await lenient.search("green").hits
        #expect(hits.count >= 2 && hits.count < 4)
        #expect(lenient.home.place.kind == .temporary)
    }
}
#endif
