import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct JournalLogTests {
    private static let path = "/journal"

    private static func options(_ disk: any FileSystem, _ log: KeepingLog) -> JournalOptions {
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        options.log = log
        return options
    }

    /// A journal with one acknowledged event and half a commit behind it.
    private static func torn() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let options = options(disk, KeepingLog(JournalLogLevels(nil)))
        let journal = try await Journal.create(at: path, options: options)
        let session = try await journal.store.create(1)
        let whole = disk.clone()
        try await journal.store.append([Drafts.note("lost")], to: session)
        let name = "\(path)/segments/\(SegmentName.file(first: 1))"
        let before = try whole.open(name, .read)
        let after = try disk.open(name, .read)
        let size = try before.size()
        let old = try before.read(size, at: 0)
        let new = try after.read(size, at: 0)
        let start = try #require(zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset)
        let file = try whole.open(name, .update)
        try file.write(new[start..<(start + 200)].span, at: start)
        try file.sync()
        return whole
    }

    @Test func namesATornTailAndItsCopy() async throws {
        let log = KeepingLog(JournalLogLevels())
        let journal = try await Journal.open(
            at: Self.path, options: Self.options(try await Self.torn(), log))
        try await journal.close()
        let entry = try #require(log.all("torn tail").first)
        #expect(entry.level == .warning)
        #expect(entry.category == .lifecycle)
        #expect(entry.fields["file"] == .string("segments/" + SegmentName.file(first: 1)))
        #expect(entry.fields["first_seq"] == 2)
        #expect(entry.fields["quarantine"]?.string?.hasPrefix("quarantine/") == true)
        #expect(log.entries.map(\.message) == ["recover", "open", "torn tail", "close"])
    }

    @Test func namesRotationAndSealing() async throws {
        let log = KeepingLog(JournalLogLevels())
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(SimulatedDisk(), log))
        try await journal.store.create(1)
        try await journal.seal()
        try await journal.close()
        let name = JSONValue.string(SegmentName.file(first: 1))
        #expect(log.all("rotate").map { $0.fields["file"] } == [name])
        #expect(log.all("seal").map { $0.fields["file"] } == [name])
        #expect(log.all("seal").allSatisfy { $0.category == .persistence && $0.level == .info })
        #expect(log.all("append").isEmpty)
    }

    @Test func namesEachPlaceOfDamageOnce() async throws {
        let disk = SimulatedDisk()
        let log = KeepingLog(JournalLogLevels())
        let options = Self.options(disk, log)
        let journal = try await Journal.create(at: Self.path, options: options)
        try await journal.store.create(1)
        try await journal.seal()
        try await journal.close()
        let name = "\(Self.path)/segments/\(SegmentName.file(first: 1))"
        let file = try disk.open(name, .update)
        let place = SealedFrameHeader.encodedSize + 20
        let byte = try file.read(1, at: place)[0]
        try file.write([byte ^ 4].span, at: place)
        let reader = try await Journal.open(readingAt: Self.path, options: options)
        for _ in 0..<3 { _ = try await reader.store.read(ReadQuery()) }
        try await reader.close()
        let damage = log.all("damage")
        #expect(damage.map { $0.fields["first_seq"] } == [1])
        #expect(damage.first?.fields["file"] == .string("segments/" + SegmentName.file(first: 1)))
        #expect(damage.first?.level == .error)
    }

    @Test func namesFailuresOfTheDiskAndNotThoseOfCallers() async throws {
        let disk = SimulatedDisk()
        let log = KeepingLog(JournalLogLevels())
        let journal = try await Journal.create(at: Self.path, options: Self.options(disk, log))
        let session = try await journal.store.create(1)
        _ = try? await journal.store.append([Drafts.note("x")], to: session, if: .version(7))
        disk.fail(.init(.sync, 1, .inputOutput))
        _ = try? await journal.store.append([Drafts.note("x")], to: session)
        try? await journal.close()
        let errors = log.entries.filter { $0.category == .error }
        #expect(
            errors.map(\.message) == [
                "sync failed: inputOutput", "commit failed: inputOutput",
                "append failed: inputOutput",
            ])
        #expect(errors.allSatisfy { $0.level == .error })
        #expect(errors.first?.fields["reason"]?.string?.isEmpty == false)
    }

    @Test(arguments: [true, false])
    func namesSlowSyncs(isSlow: Bool) async throws {
        let log = KeepingLog(JournalLogLevels())
        var options = Self.options(SimulatedDisk(), log)
        options.slowSync = isSlow ? .zero : .seconds(3_600)
        let journal = try await Journal.create(at: Self.path, options: options)
        try await journal.store.create(1)
        try await journal.close()
        #expect(log.all("slow sync").isEmpty == !isSlow)
        #expect(log.all("slow sync").allSatisfy { $0.level == .warning })
    }

    @Test func keepsToTheLevelOfEachCategory() async throws {
        var levels = JournalLogLevels(nil)
        levels[.persistence] = .debug
        let log = KeepingLog(levels)
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(SimulatedDisk(), log))
        try await journal.store.create(1)
        _ = try await journal.event(at: 1)
        try await journal.close()
        #expect(log.entries.map(\.message) == ["commit", "append"])
    }

    @Test func saysNothingThatSomebodySaid() async throws {
        let disk = SimulatedDisk()
        let log = KeepingLog(JournalLogLevels(.trace))
        let options = Self.options(disk, log)
        let journal = try await Journal.create(at: Self.path, options: options)
        let ada = journal.as("user:secret-actor")
        let session = try await ada.createSession(
            key: "secret-key", metadata: ["name": "secret-name"])
        try await ada.say("user", "secret-text", in: session)
        _ = try? await ada.createSession(key: "secret-key")
        _ = try? await journal.resolve("secret-word")
        _ = try? await ada.append(EventDraft("x.secret kind", data: [:]), to: session)
        _ = try? await ada.append(
            EventDraft("x.note", branch: "secret\u{0}branch", data: ["secret": 1]), to: session)
        try await journal.seal(best: true)
        // Damage in the one place whose error names a key: that session's creation.
        let name = "\(Self.path)/segments/\(SegmentName.file(first: 1))"
        let file = try disk.open(name, .update)
        let place = SealedFrameHeader.encodedSize + 20
        try file.write([try file.read(1, at: place)[0] ^ 4].span, at: place)
        try await journal.close()
        let again = try await Journal.open(at: Self.path, options: options)
        let error = await #expect(throws: JournalError.self) {
            try await again.as("user:ada").createSession(key: "secret-key")
        }
        #expect(error?.code == .damaged)
        #expect(error?.message.contains("secret-key") == true)
        _ = try? await again.store.read(ReadQuery(session: session))
        try await again.close()
        #expect(!log.all("append failed: damaged").isEmpty)
        #expect(log.entries.count > 20)
        for entry in log.entries {
            #expect(!"\(entry.message) \(entry.fields)".contains("secret"))
        }
    }
}
