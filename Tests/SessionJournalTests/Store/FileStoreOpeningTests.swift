import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct FileStoreOpeningTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let disk = PosixFileSystem()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("journal")
    }

    private func expect<Value>(
        _ code: JournalError.Code, _ body: () async throws -> Value
    ) async {
        let error = await #expect(throws: JournalError.self) { _ = try await body() }
        #expect(error?.code == code, "\(String(describing: error))")
    }

    @Test func aJournalIsMadeOnce() async throws {
        let journal = try await Journal.create(at: path)
        try await journal.close()
        await expect(.alreadyExists) { try await Journal.create(at: path) }
        #expect(try disk.names(in: path) == ["JOURNAL", "LOCK", "segments"])
    }

    @Test func aDirectoryWithOtherFilesIsLeftAlone() async throws {
        try disk.makeDirectory(path)
        _ = try disk.open(path + "/notes.txt", .create)
        await expect(.alreadyExists) { try await Journal.create(at: path) }
        #expect(try disk.names(in: path) == ["notes.txt"])
        await expect(.notAJournal) { try await Journal.open(at: path) }
    }

    @Test func whatIsNoJournalIsSaidToBeNone() async throws {
        await expect(.notAJournal) { try await Journal.open(at: path) }
        await expect(.notAJournal) { try await Journal.open(readingAt: path + "/deeper") }
    }

    @Test func anInterruptedCreationCanBeRepeated() async throws {
        try disk.makeDirectory(path)
        try disk.makeDirectory(path + "/segments")
        _ = try disk.open(path + "/JOURNAL.new", .create)
        let journal = try await Journal.create(at: path)
        #expect(try await journal.lastSequence() == 0)
        try await journal.close()
    }

    @Test func aCreationCutBeforeTheFirstSegmentOpens() async throws {
        try JournalFile.create(in: path, journalID: .init(high: 1, low: 2), disk)
        let journal = try await Journal.open(at: path)
        _ = try await journal.as("user:ada").createSession()
        try await journal.close()
    }

    @Test func aSecondWriterIsRefusedAndAReaderIsNot() async throws {
        let journal = try await Journal.create(at: path)
        _ = try await journal.as("user:ada").createSession()
        await expect(.locked) { try await Journal.open(at: path) }
        let reader = try await Journal.open(readingAt: path)
        #expect(!reader.isWritable)
        #expect(try await reader.lastSequence() == 1)
        await expect(.readOnly) { try await reader.as("user:ada").createSession() }
        await expect(.readOnly) { try await reader.store.adopt([], durability: .durable) }
        await expect(.readOnly) { try await reader.seal() }
        try await reader.close()
        try await journal.close()
    }

    @Test func aReaderFollowsAnotherWriter() async throws {
        var options = JournalOptions()
        options.followInterval = .milliseconds(5)
        let journal = try await Journal.create(at: path)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        let reader = try await Journal.open(readingAt: path, options: options)
        let follower = Task {
            var sequences: [UInt64] = []
            for try await event in reader.follow(after: 0) {
                sequences.append(event.sequence)
                if sequences.count == 31 { break }
            }
            return sequences
        }
        for number in 0..<30 {
            try await ada.say("user", "\(number)", in: session)
            if number == 15 { try await journal.seal() }
        }
        #expect(try await follower.value == Array(1...31))
        try await reader.close()
        try await journal.close()
    }

    @Test func followingAClosedReaderEnds() async throws {
        var options = JournalOptions()
        options.followInterval = .milliseconds(5)
        try await Journal.create(at: path).close()
        let reader = try await Journal.open(readingAt: path, options: options)
        let task = Task { try await reader.store.growth(past: 0) }
        try await reader.close()
        await expect(.closed) { try await task.value }
    }

    @Test func aTornTailIsSetAsideAndRecorded() async throws {
        let journal = try await Journal.create(at: path)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "Hello", in: session)
        // What a crash leaves: the files as they stand, and half a commit behind them.
        let segment = path + "/segments/00000000000000000001.lz4"
        let copy = directory.path("crashed")
        try disk.makeDirectory(copy)
        try disk.makeDirectory(copy + "/segments")
        for name in ["/JOURNAL", "/segments/00000000000000000001.lz4"] {
            let bytes = try disk.open(path + name, .read).read(1 << 20, at: 0)
            try disk.open(copy + name, .create).write(bytes.span, at: 0)
        }
        try await ada.say("user", "Lost", in: session)
        let more = try disk.open(segment, .read).read(1 << 20, at: 0)
        try await journal.close()
        let before = try disk.open(copy + "/segments/00000000000000000001.lz4", .read)
            .read(1 << 20, at: 0)
        let start = try #require(zip(before, more).enumerated().first { $1.0 != $1.1 }?.offset)
        let torn = Array(more[start..<(start + 100)])
        try disk.open(copy + "/segments/00000000000000000001.lz4", .update)
            .write(torn.span, at: start)

        let reader = try await Journal.open(readingAt: copy)
        #expect(try await reader.verify().verdict == .tornTail)
        try await reader.close()
        let reopened = try await Journal.open(at: copy)
        #expect(try await reopened.lastSequence() == 3)
        let event = try #require(try await reopened.event(at: 3))
        #expect(event.kind == .recoveryCut)
        #expect(event.session == .journal)
        #expect(event.actor == "journal")
        let data = try event.data()
        #expect(data["file"] == "segments/00000000000000000001.lz4")
        #expect(data["first_seq"] == 3)
        #expect((data["bytes"]?.integer ?? 0) > 0)
        let name = try #require(data["quarantine"]?.string)
        #expect(try disk.status(of: copy + "/" + name) != nil)
        #expect(try await reopened.verify().verdict == .tornTailCut)
        try await reopened.close()
        // Said once.
        let again = try await Journal.open(at: copy)
        #expect(try await again.lastSequence() == 3)
        try await again.close()
    }
}
