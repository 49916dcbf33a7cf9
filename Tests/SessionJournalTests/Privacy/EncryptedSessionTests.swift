import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Encrypted sessions from the outside: what is read with the keys and without, and what stands on the
/// disk. The cipher is a toy; everything around it is the real thing.
@Suite struct EncryptedSessionTests {
    static let path = "/j"
    static let secret = "bergamotte-und-zitronen"
    static let secretKey = "patient-4711"

    /// A journal with one plain and one encrypted session, on a simulated disk.
    struct Fixture {
        let disk = SimulatedDisk()
        let secretSession = Drafts.session(2)
        let plainSession = Drafts.session(1)

        func options(opening: Int? = 1, password: String = "toy") -> JournalOptions {
            var options = JournalOptions()
            options.fileSystem = disk
            options.sealing = .inline
            options.snapshotInterval = 4
            if let opening {
                options.keys = ToyKeys.keys(password: password, opening: opening)
            }
            return options
        }

        func open(opening: Int? = 2) async throws -> Journal {
            try await Journal.open(at: path, options: options(opening: opening))
        }

        func read(opening: Int? = 3) async throws -> Journal {
            try await Journal.open(readingAt: path, options: options(opening: opening))
        }

        /// Makes the journal and closes it.
        func make(count: Int = 6, sealed: Bool = false) async throws {
            let journal = try await Journal.create(at: path, options: options())
            try await fill(journal, count: count)
            if sealed { try await journal.seal() }
            _ = try await journal.state(of: secretSession)
            try await journal.close()
        }

        func fill(_ journal: Journal, count: Int) async throws {
            var batch = AppendBatch(
                actor: "user:ada",
                items: [
                    .init(session: plainSession, draft: Drafts.created(key: "tea")),
                    .init(session: secretSession, draft: Drafts.created(key: secretKey)),
                ])
            batch.encrypted = [secretSession]
            try await journal.store.append(batch)
            for number in 0..<count {
                try await journal.store.append(
                    [
                        Drafts.note("\(secret) \(number)", id: "s\(number)"),
                        Drafts.note("\(secret) again \(number)"),
                    ], to: secretSession)
                try await journal.store.append(
                    [Drafts.note("tea for all \(number)", id: "p\(number)")], to: plainSession)
            }
        }

        /// The files in which bytes of the secrets stand.
        func leaks() -> [String] {
            disk.files.compactMap { path, bytes in
                // The toy keyring hides nothing.
                guard !path.hasSuffix("/keys/keyring") else { return nil }
                let plain = Self.plain(bytes)
                for word in [secret, secretKey, "\"id\":\"s1\""]
                where Self.contains(bytes, word) || Self.contains(plain, word) {
                    return path
                }
                return nil
            }
        }

        /// What `lz4cat` prints of a file: its standard frames, one behind the other.
        static func plain(_ bytes: [UInt8]) -> [UInt8] {
            var plain: [UInt8] = []
            var offset = 0
            while offset + 8 <= bytes.count {
                if let frame = SkippableFrame.parse(bytes.span, at: offset) {
                    offset += 8 + frame.size
                } else if bytes[offset..<(offset + 4)].elementsEqual([0x04, 0x22, 0x4D, 0x18]) {
                    guard
                        let end = (1...(1 << 20)).lazy.compactMap({ size in
                            try? LZ4Frame.decompress(
                                bytes.span, at: offset..<bytes.count, plainLength: size)
                        }).first
                    else { return plain }
                    plain += end.content
                    offset = end.end
                } else {
                    offset += 1
                }
            }
            return plain
        }

        static func contains(_ bytes: [UInt8], _ word: String) -> Bool {
            bytes.span.firstIndex(of: Array(word.utf8), from: 0) != nil
        }
    }

    private func texts(_ journal: Journal, _ session: SessionID) async throws -> [String?] {
        try await journal.store.all(ReadQuery(session: session)).map { event in
            event.isWithheld ? nil : try event.data()["text"]?.string ?? "-"
        }
    }

    // MARK: Reading

    @Test(arguments: [false, true]) func theKeyOpensWhatIsLockedWithout(sealed: Bool) async throws {
        let fixture = Fixture()
        try await fixture.make(sealed: sealed)
        let opened = try await fixture.read()
        let expected =
            ["-"]
            + (0..<6).flatMap {
                ["\(Self.secret) \($0)", "\(Self.secret) again \($0)"]
            }
        #expect(try await texts(opened, fixture.secretSession) == expected)
        #expect(try await opened.protection(of: fixture.secretSession) == .encrypted)
        #expect(try await opened.protection(of: fixture.plainSession) == .plain)
        #expect(try await opened.store.session(forKey: Self.secretKey) == fixture.secretSession)
        // The same in order of sequence, backwards, and one by one.
        let all = try await opened.store.all()
        #expect(all.count { $0.isWithheld } == 0)
        #expect(try await opened.store.all(ReadQuery(order: .backwards)) == all.reversed())
        for event in all { #expect(try await opened.event(at: event.sequence) == event) }

        let locked = try await fixture.read(opening: nil)
        #expect(try await texts(locked, fixture.secretSession) == expected.map { _ in nil })
        #expect(try await locked.protection(of: fixture.secretSession) == .locked)
        #expect(try await locked.store.session(forKey: Self.secretKey) == nil)
        #expect(try await locked.store.session(forKey: "tea") == fixture.plainSession)
        let entries = try await locked.store.all(ReadQuery(session: fixture.secretSession))
        let events = try await opened.store.all(ReadQuery(session: fixture.secretSession))
        for (entry, event) in zip(entries, events) {
            #expect(entry.line == (try EventLine.entryLine(of: event.line.span)))
            #expect((entry.kind, entry.version) == (event.kind, event.version))
            #expect(entry.time == event.time && entry.actor == nil)
        }
        #expect(
            try await locked.store.treeHead(at: nil) == opened.store.treeHead(at: nil))
        // A locked session has a state all the same.
        #expect(try await locked.state(of: fixture.secretSession).version == 13)
    }

    @Test(arguments: [false, true]) func nothingOfItStandsOnTheDisk(sealed: Bool) async throws {
        let fixture = Fixture()
        try await fixture.make(sealed: sealed)
        let journal = try await fixture.open()
        try await journal.takeSnapshots()
        _ = try await journal.state(of: fixture.plainSession)
        try await journal.seal(best: true)
        try await journal.close()
        #expect(fixture.leaks() == [])
        // The plain one has snapshots, and can be found: the search for leaks does find something.
        #expect(fixture.disk.files.keys.contains { $0.hasSuffix(".snapshots") })
        let plain = fixture.disk.files.filter { $0.key.contains("/segments/") }.values
            .map { Fixture.plain($0) }
        #expect(plain.contains { Fixture.contains($0, "tea for all 3") })
        // Every line that stock tools print is an event or an entry line, and all are there.
        let lines = plain.flatMap { $0.split(separator: 0x0A) }
        #expect(try lines.map { try Event(line: Array($0)).sequence }.sorted() == Array(1...20))
        #expect(try lines.count { try Event(line: Array($0)).isWithheld } == 13)
    }

    @Test func sealingNeedsNoKeys() async throws {
        let fixture = Fixture()
        try await fixture.make()
        let root: TreeHead
        do {
            let journal = try await fixture.open(opening: nil)
            try await journal.store.append([Drafts.note("more")], to: fixture.plainSession)
            try await journal.seal(best: true)
            root = try await journal.store.treeHead(at: nil)
            #expect(try await journal.verify().verdict == .ok)
            try await journal.close()
        }
        let journal = try await fixture.open()
        #expect(try await texts(journal, fixture.secretSession).allSatisfy { $0 != nil })
        #expect(try await journal.store.treeHead(at: nil) == root)
        let report = try await journal.verify()
        #expect(report.verdict == .ok, "\(report.findings)")
        #expect(report.root == root.root)
        try await journal.close()
    }

    /// Long sessions get frames of their own, and many of them share frames.
    @Test func runsMoveWithTheirLines() async throws {
        let fixture = Fixture()
        let journal = try await Journal.create(at: Self.path, options: fixture.options())
        let sessions = (10..<22).map { Drafts.session($0) }
        for session in sessions {
            var batch = AppendBatch(
                actor: "user:ada", items: [.init(session: session, draft: Drafts.created())])
            batch.encrypted = [session]
            try await journal.store.append(batch)
        }
        for round in 0..<40 {
            let items = sessions.enumerated().flatMap { number, session in
                (0..<(number == 0 ? 30 : 1)).map { index in
                    AppendBatch.Item(
                        session: session, draft: Drafts.note("\(round) \(number) \(index)"))
                }
            }
            try await journal.store.append(AppendBatch(actor: "user:ada", items: items))
        }
        let before = try await journal.store.all()
        #expect(before.allSatisfy { !$0.isWithheld })
        try await journal.seal()
        #expect(try await journal.store.all() == before)
        for session in sessions {
            let own = before.filter { $0.session == session }
            #expect(try await journal.store.all(ReadQuery(session: session)) == own)
        }
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
    }

    // MARK: Writing

    @Test(arguments: [false, true]) func idsAndHeadsAreRemembered(sealed: Bool) async throws {
        let fixture = Fixture()
        try await fixture.make(sealed: sealed)
        let journal = try await fixture.open()
        let again = try await journal.store.append(
            [Drafts.note("other words", id: "s2")], to: fixture.secretSession)
        #expect(again[0].isDuplicate)
        let head = try #require(try await journal.store.head(of: fixture.secretSession))
        try await journal.store.append(
            [Drafts.note("new")], to: fixture.secretSession,
            if: .head(branch: "main", sequence: head.lastSequence))
        await #expect(throws: JournalError(.sessionExists, "")) {
            try await journal.as("user:ada").createSession(key: Self.secretKey)
        }
        try await journal.close()
    }

    @Test(arguments: [false, true]) func withoutItsKeyNobodyWritesToIt(sealed: Bool) async throws {
        let fixture = Fixture()
        try await fixture.make(sealed: sealed)
        let locked = try await fixture.open(opening: nil)
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await locked.store.append([Drafts.note("x")], to: fixture.secretSession)
        }
        try await locked.store.append([Drafts.note("x")], to: fixture.plainSession)
        await #expect(throws: JournalError(.unsupported, "")) {
            try await locked.as("user:ada").encryptingSessions().createSession()
        }
        await #expect(throws: JournalError(.unsupported, "")) {
            let store = try #require(locked.store as? FileStore)
            try await store.destroyKeys(of: [fixture.secretSession])
        }
        try await locked.close()
        // The keyring is lost: nothing is taken for plain, and no other keyring is begun.
        try fixture.disk.remove(Self.path + "/keys/keyring")
        let lost = try await fixture.open()
        #expect(try await lost.protection(of: fixture.secretSession) == .locked)
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await lost.store.append([Drafts.note("x")], to: fixture.secretSession)
        }
        await #expect(throws: JournalError(.wrongKey, "")) {
            try await lost.as("user:ada").encryptingSessions().createSession()
        }
        #expect(try await lost.verify().verdict == .ok)
        try await lost.close()
        await #expect(throws: JournalError(.unsupported, "")) {
            _ = try await Journal.inMemory().as("a:b").encryptingSessions().createSession()
        }
    }

    @Test func aWrongKeyIsToldAtOnce() async throws {
        let fixture = Fixture()
        try await fixture.make()
        let before = fixture.disk.files
        await #expect(throws: JournalError(.wrongKey, "")) {
            try await Journal.open(
                at: Self.path, options: fixture.options(password: "another"))
        }
        #expect(fixture.disk.files == before)
    }

    @Test func aWholeJournalIsEncrypted() async throws {
        let fixture = Fixture()
        var options = fixture.options()
        options.encryptsSessions = true
        let journal = try await Journal.create(at: Self.path, options: options)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: Self.secretKey)
        try await ada.say("user", "\(Self.secret), please", in: session)
        #expect(try await journal.protection(of: session) == .encrypted)
        let copy = try await ada.clone(session, name: Self.secret).session
        #expect(try await journal.protection(of: copy) == .encrypted)
        try await journal.close()
        let again = try await fixture.open()
        let more = try await again.as("user:ada").createSession()
        #expect(try await again.protection(of: more) == .encrypted)
        #expect(try await again.state(of: session).tree.messages.count == 1)
        try await again.close()
        #expect(fixture.leaks() == [])
        await #expect(throws: JournalError(.unsupported, "")) {
            var options = fixture.options(opening: nil)
            options.encryptsSessions = true
            _ = try await Journal.create(at: "/k", options: options)
        }
    }

    @Test func aCloneOfWhatIsEncryptedIsEncrypted() async throws {
        let fixture = Fixture()
        let journal = try await Journal.create(at: Self.path, options: fixture.options())
        let ada = journal.as("user:ada")
        let session = try await ada.encryptingSessions().createSession(key: Self.secretKey)
        try await ada.say("user", Self.secret, in: session)
        let copy = try await ada.clone(session).session
        #expect(try await journal.protection(of: copy) == .encrypted)
        #expect(try await journal.protection(of: try await ada.createSession()) == .plain)
        try await journal.close()
        #expect(fixture.leaks() == [])
    }

    // MARK: Copying

    @Test func aCopyIsEncryptedAnewOrRefused() async throws {
        let fixture = Fixture()
        try await fixture.make()
        let source = try await fixture.read()
        let other = SimulatedDisk()
        var options = fixture.options()
        options.fileSystem = other
        let target = try await Journal.create(at: "/copy", options: options)
        let report = try await source.copy(to: target)
        #expect(try await target.protection(of: fixture.secretSession) == .encrypted)
        #expect(try await target.store.treeHead(at: nil) == report.head)
        #expect(try await target.store.all() == source.store.all())
        #expect(try await target.store.session(forKey: Self.secretKey) == fixture.secretSession)
        try await target.close()

        options.keys = nil
        let plain = try await Journal.create(at: "/plain", options: options)
        await #expect(throws: JournalError(.unsupported, "")) { try await source.copy(to: plain) }
        await #expect(throws: JournalError(.unsupported, "")) {
            try await source.copy(to: .inMemory())
        }
        #expect(try await plain.store.position().lastSequence == 0)
        try await plain.close()
        let locked = try await fixture.read(opening: nil)
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await locked.copy(to: .inMemory())
        }
        let leaking = other.files.filter { path, bytes in
            !path.hasSuffix("keyring")
                && Fixture.contains(Fixture.plain(bytes), Self.secret)
        }
        #expect(leaking.isEmpty)
    }

    // MARK: Destroying

    @Test(arguments: [false, true]) func aDestroyedKeyErasesTheSession(sealed: Bool) async throws {
        let fixture = Fixture()
        try await fixture.make(sealed: sealed)
        let journal = try await fixture.open()
        #expect(try await texts(journal, fixture.secretSession).allSatisfy { $0 != nil })
        let root = try await journal.store.treeHead(at: nil)
        let store = try #require(journal.store as? FileStore)
        try await store.destroyKeys(of: [fixture.secretSession])
        #expect(try await texts(journal, fixture.secretSession).allSatisfy { $0 == nil })
        #expect(try await journal.protection(of: fixture.secretSession) == .destroyed)
        #expect(try await journal.store.session(forKey: Self.secretKey) == nil)
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await journal.store.append([Drafts.note("x")], to: fixture.secretSession)
        }
        #expect(try await journal.store.treeHead(at: nil) == root)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
        let again = try await fixture.read()
        #expect(try await again.protection(of: fixture.secretSession) == .destroyed)
        #expect(try await texts(again, fixture.secretSession).allSatisfy { $0 == nil })
    }

    @Test func oneEventOfARunCanBeWithheld() async throws {
        let fixture = Fixture()
        try await fixture.make()
        let journal = try await fixture.open()
        let events = try await journal.store.all(ReadQuery(session: fixture.secretSession))
        let gone = events[3].sequence
        try await journal.store.withhold([gone...gone]) { try await $0() }
        let after = try await journal.store.all(ReadQuery(session: fixture.secretSession))
        #expect(after.map(\.isWithheld) == events.map { $0.sequence == gone })
        #expect(after.filter { !$0.isWithheld } == events.filter { $0.sequence != gone })
        // Nobody has asked for that.
        let report = try await journal.verify()
        #expect(report.verdict == .contentMissing && report.findings.isEmpty)
        #expect(report.withheld.unexplained == [gone...gone] && report.withheld.count == 1)
        try await journal.close()
        // Without the key it is refused, for it would stay in the run.
        let locked = try await fixture.open(opening: nil)
        let next = events[5].sequence
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await locked.store.withhold([next...next]) { try await $0() }
        }
        // A run that goes as a whole needs none.
        let all = events.map { $0.sequence...$0.sequence }
        try await locked.store.withhold(all) { try await $0() }
        try await locked.close()
        let again = try await fixture.read()
        #expect(try await texts(again, fixture.secretSession).allSatisfy { $0 == nil })
    }

    // MARK: Damage

    /// Whoever can compute checksums and has no key cannot make one run stand for another.
    @Test func runsThatWereSwappedAreDamage() async throws {
        let fixture = Fixture()
        try await fixture.make(count: 2)
        let path = Self.path + "/segments/" + SegmentName.file(first: 1)
        let good = try #require(fixture.disk.bytes(of: path))
        var bytes = good
        var blocks: [(header: BlockHeader, at: Int)] = []
        for offset in stride(from: 0, to: bytes.count, by: SegmentLogFormat.pageSize) {
            if let header = try? BlockHeader.decode(bytes.span, at: offset), header.isEncrypted {
                blocks.append((header, offset))
            }
        }
        #expect(blocks.count == 3)
        // The first run of the second such block gets the salt of nobody.
        var (header, at) = blocks[1]
        let start = at + header.encodedSize
        let stored = Array(bytes[start..<(start + header.storedLength)])
        let content = try LZ4Frame.decompress(
            stored.span, at: 0..<stored.count, plainLength: header.plainLength)
        var run = try #require(try CiphertextRun.all(in: stored.span, behind: content.end).first)
        run.lastVersion += 1
        run.firstVersion += 1
        var changed = Array(stored[..<content.end])
        run.append(to: &changed, at: changed.count)
        #expect(changed.count == stored.count)
        header.contentChecksum = CRC32C.checksum(changed.span)
        var front: [UInt8] = []
        header.append(to: &front)
        bytes.replaceSubrange(at..<(at + front.count), with: front)
        bytes.replaceSubrange(start..<(start + changed.count), with: changed)
        let file = try fixture.disk.open(path, .update)
        try file.write(bytes.span, at: 0)
        try file.sync()
        let journal = try await fixture.read()
        let page = try await journal.store.read(ReadQuery(session: fixture.secretSession))
        #expect(page.holes.count == 1 && page.events.count == 4)
        let hole = try #require(page.holes.first)
        #expect(hole.firstSequence == header.firstSequence + 1)
        // What stands beside it is served.
        #expect(try await texts(journal, fixture.plainSession).count == 3)
        await #expect(throws: JournalError(.damaged, "")) {
            _ = try await journal.event(at: hole.firstSequence)
        }
        #expect(try await journal.verify().verdict == .damaged)
        // Without the key nobody can tell, and nothing is lost that could be read.
        let locked = try await fixture.read(opening: nil)
        #expect(try await texts(locked, fixture.secretSession).count == 5)
    }
}
