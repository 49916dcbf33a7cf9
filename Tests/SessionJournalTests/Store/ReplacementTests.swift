import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Readers of a journal whose directory is replaced under them by another one.
@Suite struct ReplacementTests {
    private let directory: TemporaryDirectory
    private let path: String
    private let disk = PosixFileSystem()
    private var options = JournalOptions()

    init() throws {
        directory = try TemporaryDirectory()
        path = directory.path("journal")
        options.followInterval = .milliseconds(5)
    }

    /// A journal with as many events, and a follower that has seen them.
    private func prepared(
        _ count: Int
    ) async throws -> (reader: Journal, follower: Task<[UInt64], any Error>) {
        let journal = try await Journal.create(at: path)
        _ = try await journal.store.create(1)
        for number in 1..<count {
            try await journal.store.append([Drafts.note("\(number)")], to: Drafts.session(1))
            if number == count / 2 { try await journal.seal() }
        }
        try await journal.close()
        let reader = try await Journal.open(readingAt: path, options: options)
        let follower = Task {
            var sequences: [UInt64] = []
            for try await event in reader.follow(after: 0) {
                sequences.append(event.sequence)
                if sequences.count == count + 3 { break }
            }
            return sequences
        }
        return (reader, follower)
    }

    private func copyDirectory(_ source: String, _ target: String) throws {
        try disk.makeDirectory(target)
        for name in try disk.names(in: source) {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            if try disk.status(of: from)?.kind == .directory {
                try copyDirectory(from, to)
            } else {
                let bytes = try disk.open(from, .read).read(8 << 20, at: 0)
                try disk.open(to, .create).write(bytes.span, at: 0)
            }
        }
    }

    private func append(_ texts: [String], at path: String) async throws {
        let journal = try await Journal.open(at: path)
        for text in texts {
            try await journal.store.append([Drafts.note(text)], to: Drafts.session(1))
        }
        try await journal.close()
    }

    private func replace(by other: String) throws {
        try disk.rename(path, to: directory.path("gone"))
        try disk.rename(other, to: path)
    }

    /// A copy that holds all that was read takes the place, and the follower goes on in it.
    @Test func aFollowerGoesOnInACopyThatTookThePlace() async throws {
        let (reader, follower) = try await prepared(9)
        let restored = directory.path("restored")
        try copyDirectory(path, restored)
        try await append(["more"], at: restored)
        _ = try await reader.store.growth(past: 8)
        try replace(by: restored)
        try await append(["and more", "and more"], at: path)
        #expect(try await follower.value == Array(1...12))
        #expect(try await reader.verify().verdict == .ok)
        try await reader.close()
    }

    /// One that holds fewer events, or others, is named for what it is.
    @Test(arguments: [false, true])
    func aCopyWithoutWhatWasReadIsRefused(hasOthers: Bool) async throws {
        let (reader, follower) = try await prepared(9)
        let older = directory.path("older")
        try copyDirectory(path, older)
        try await append(["the ninth", "the tenth"], at: path)
        _ = try await reader.store.growth(past: 10)
        if hasOthers { try await append(["another", "another", "another"], at: older) }
        try replace(by: older)
        let error = await #expect(throws: JournalError.self) { _ = try await follower.value }
        #expect(error?.code == .viewExpired)
        #expect(error?.message.contains("was replaced by one without event 11") == true)
        try await reader.close()
    }

    /// Another journal altogether.
    @Test func anotherJournalInThePlaceIsRefused() async throws {
        let (reader, follower) = try await prepared(9)
        let other = directory.path("other")
        let journal = try await Journal.create(at: other)
        try await journal.store.create(1)
        for number in 0..<30 {
            try await journal.store.append([Drafts.note("\(number)")], to: Drafts.session(1))
        }
        try await journal.close()
        try replace(by: other)
        let error = await #expect(throws: JournalError.self) { _ = try await follower.value }
        #expect(error?.code == .viewExpired)
        try await reader.close()
    }

    /// A directory that is gone for good ends the following.
    @Test func aFollowerOfAJournalThatIsGoneEnds() async throws {
        let (reader, follower) = try await prepared(9)
        try disk.rename(path, to: directory.path("gone"))
        let error = await #expect(throws: JournalError.self) { _ = try await follower.value }
        #expect(error?.code == .notAJournal)
        try await reader.close()
    }
}
