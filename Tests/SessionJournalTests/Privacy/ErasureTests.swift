import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

@Suite struct ErasureTests {
    private static let basis = ErasureOptions(basis: "GDPR 17(1)(b)")

    @Test func whatASessionSaidIsInNoFileAnyMore() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let texts = [ErasureRig.secrets[0], ErasureRig.key, "hers-3"]
        #expect(try !rig.files(holding: texts).isEmpty)
        let before = try await journal.store.all()
        let heads = try await Self.heads(journal, through: before.count)
        let certificate = try await journal.as("user:dpo").erase(
            .session(made.own), options: Self.basis)
        #expect(certificate.isFinished && certificate.plan.sessions == [made.own])
        #expect(certificate.plan.eventCount == 11 && certificate.removed.snapshots == 1)
        #expect(try rig.files(holding: texts) == [])
        // Everything else is as it was, and so is the tree.
        let after = try await journal.store.all()
        for (old, new) in zip(before, after) {
            let isErased = old.session == made.own
            #expect(new.isWithheld == isErased && new.digest == old.digest)
            if !isErased { #expect(new == old) }
        }
        #expect(try await Self.heads(journal, through: before.count) == heads)
        #expect(
            after.dropFirst(before.count).map(\.kind.rawValue) == [
                "erasure.outlined", "erasure.requested", "erasure.finished",
            ])
        let report = try await journal.verify()
        #expect(report.verdict == .ok && report.findings.isEmpty, "\(report.findings)")
        // The gap is shown for what it is.
        let state = try await journal.state(of: made.own)
        #expect(state.key == nil && state.metadata()["name"] == .erased)
        #expect(state.tree.messages.count == 10)
        #expect(state.tree.messages.allSatisfy { $0.isWithheld && $0.parts().isEmpty })
        #expect(state.tree.path(ofBranch: "main")?.messages.count == 10)
        #expect(try await journal.sessions().first { $0.session == made.own }?.key == nil)
        // Its key is free again, and the session can go on.
        try await journal.as(ErasureRig.bob).say("user", "still there?", in: made.own)
        let other = try await journal.as(ErasureRig.ada).createSession(key: ErasureRig.key)
        #expect(try await journal.resolve(ErasureRig.key) == other)
        try await journal.close()
        let reader = try await rig.read()
        #expect(try await reader.verify().verdict == .ok)
        #expect(
            try await reader.state(of: made.own).tree.path(ofBranch: "main")?.messages.count == 11)
        try await reader.close()
    }

    private static func heads(_ journal: Journal, through count: Int) async throws -> [TreeHead] {
        var heads: [TreeHead] = []
        for size in 0...count {
            heads.append(try await journal.store.treeHead(at: UInt64(size)))
        }
        return heads
    }

    @Test func whatAPrincipalSaidGoesAndTheTreeStaysWhole() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let before = try await journal.tree(of: made.shared)
        let parents = before.nodes().map(\.parent)
        let certificate = try await journal.as("user:dpo").erase(
            .actor(ErasureRig.ada), options: Self.basis)
        #expect(certificate.plan.sessions == [made.own, made.shared].sorted())
        let texts = ErasureRig.secrets.prefix(4) + [ErasureRig.ada, ErasureRig.key]
        #expect(try rig.files(holding: Array(texts)) == [])
        // Bob's edit of her message held her words.
        let tree = try await journal.tree(of: made.shared)
        #expect(
            tree.messages.map(\.isWithheld) == [true, false, true]
                + .init(repeating: false, count: 8))
        // The first is known by Bob's answer to it, the last by the id that the journal drew.
        #expect(tree.message(made.messages[0])?.isOutlined == true)
        #expect(tree.message(made.messages[2])?.isOutlined == true)
        #expect(tree.nodes().map(\.parent) == parents)
        #expect(tree.path(ofBranch: "main")?.messages.count == 11)
        #expect(tree.branch("main")?.head == before.branch("main")?.head)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
    }

    @Test func anErasedFieldReadsErasedAndNeverWhatItWasBefore() async throws {
        let rig = ErasureRig()
        let journal = try await Journal.create(at: ErasureRig.path, options: rig.options)
        let ada = journal.as(ErasureRig.ada)
        let bob = journal.as(ErasureRig.bob)
        try await bob.declareField(
            MetadataField("mood", type: .string, initialValue: ""))
        let session = try await bob.createSession(
            metadata: ["name": "first", "description": "old", "mood": "calm"])
        try await ada.setMetadata(
            ["name": "second", "mood": "cross", "category": "c1"], in: session)
        let erased = try await journal.lastSequence()
        try await bob.setMetadata(["category": "c2"], in: session)
        try await ada.erase(.actor(ErasureRig.ada), options: Self.basis)
        let state = try await journal.state(of: session)
        #expect(state.metadata()["name"] == .erased && state.metadata()["mood"] == .erased)
        #expect(state.metadata()["description"] == "old")
        #expect(state.metadata()["category"] == "c2")
        #expect(state.invalidFields.isEmpty)
        let blame = try #require(try await journal.blame("name", in: session).first)
        #expect(blame.current.sequence == erased && blame.current.isErased)
        #expect(blame.current.actor == nil && blame.withheldAfter.isEmpty)
        let untouched = try #require(try await journal.blame("description", in: session).first)
        #expect(untouched.current.value == "old" && untouched.withheldAfter.isEmpty)
        let history = try await journal.history(of: "mood", in: session)
        #expect(history.map(\.value) == ["calm", .erased])
        let trail = try await journal.audit(of: session)
        let names = trail.entries.filter { $0.field == "name" }
        #expect(names.map(\.new) == ["first", .erased] && names.map(\.old) == [.null, .null])
        let categories = trail.entries.filter { $0.field == "category" }
        #expect(categories.last?.old == .erased && categories.last?.new == "c2")
        // Other fields can be changed as before, and so can this one.
        try await bob.setMetadata(["description": "new"], in: session)
        try await bob.setMetadata(["name": "third"], in: session)
        #expect(try await journal.state(of: session).metadata()["name"] == "third")
        // As of a moment before the request, it reads the same.
        let past = try await journal.state(of: session, at: .sequence(erased))
        #expect(past.metadata()["name"] == .erased && past.metadata()["category"] == .erased)
        try await journal.close()
    }

    @Test func oneMessageGoesWithWhatWasSaidAboutIt() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let certificate = try await journal.as("user:dpo").erase(
            .message(made.messages[0], in: made.shared), options: Self.basis)
        #expect(certificate.plan.eventCount == 2)
        #expect(try rig.files(holding: [ErasureRig.secrets[3]]) == [])
        let tree = try await journal.tree(of: made.shared)
        #expect(tree.messages[0].isWithheld && !tree.messages[1].isWithheld)
        #expect(tree.path(ofBranch: "main")?.messages.count == 11)
        // The description said the same words, and stays: it is no message.
        #expect(try !rig.files(holding: [ErasureRig.secrets[1]]).isEmpty)
        try await journal.close()
    }

    @Test func contentOfItsOwnGoesWithTheLastThatNamesIt() async throws {
        let rig = ErasureRig()
        let journal = try await Journal.create(at: ErasureRig.path, options: rig.options)
        let bob = journal.as(ErasureRig.bob)
        let session = try await bob.createSession()
        func blob(_ digit: String) -> EventDraft {
            EventDraft(
                .blobStored,
                data: [
                    "blob": .string("sha256:" + String(repeating: digit, count: 64)), "index": 0,
                    "count": 1, "size": 3, "base64": "AAAA",
                ])
        }
        let named = { (digit: String) -> JSONValue in
            [
                "type": "image",
                "blob": .string("sha256:" + String(repeating: digit, count: 64)),
            ]
        }
        try await bob.append([blob("a"), blob("b")], to: session)
        let first = try await bob.say("user", parts: [named("a"), named("b")], in: session).message
        try await bob.say("user", parts: [named("b")], in: session)
        let certificate = try await bob.erase(
            .message(first, in: session), options: Self.basis)
        #expect(certificate.plan.events == [2...2, 4...4])
        try await journal.close()
    }

    @Test func aDryRunChangesNothing() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let files = rig.disk.files
        var options = Self.basis
        options.isDryRun = true
        let certificate = try await made.journal.as("user:dpo").erase(
            .actor(ErasureRig.ada), options: options)
        #expect(!certificate.isFinished && certificate.id.isEmpty)
        #expect(certificate.plan.eventCount == 15)
        #expect(rig.disk.files == files)
        #expect(try await made.journal.erasures().isEmpty)
        try await made.journal.close()
    }

    @Test func aScopeThatMakesNoSenseIsRefused() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let dpo = made.journal.as("user:dpo")
        let query = try SessionQuery(parsing: "status:archived")
        for (scope, code) in [
            (ErasureScope.actor("user:nobody"), JournalError.Code.eventNotFound),
            (.session(.journal), .invalidArgument), (.query(query), .eventNotFound),
            (.session(Drafts.session(9)), .sessionNotFound),
            (.message("no such", in: made.shared), .messageNotFound),
        ] {
            await #expect(throws: JournalError(code, "")) {
                try await dpo.erase(scope, options: Self.basis)
            }
        }
        // What stays must not say what goes.
        for options in [
            ErasureOptions(basis: ""), ErasureOptions(basis: "asked by \(ErasureRig.ada)"),
        ] {
            await #expect(throws: JournalError(.invalidArgument, "")) {
                try await dpo.erase(.actor(ErasureRig.ada), options: options)
            }
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await dpo.erase(
                .session(made.own), options: ErasureOptions(basis: "for " + ErasureRig.key))
        }
        try await dpo.erase(.session(made.own), options: Self.basis)
        // Once is enough.
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await dpo.erase(.session(made.own), options: Self.basis)
        }
        try await made.journal.close()
        let reader = try await rig.read()
        await #expect(throws: JournalError(.readOnly, "")) {
            try await reader.as("user:dpo").erase(.actor(ErasureRig.ada), options: Self.basis)
        }
        try await reader.close()
    }

    @Test func everySessionThatAQueryFinds() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let query = try SessionQuery(parsing: "name:tea")
        let certificate = try await made.journal.as("user:dpo").erase(
            .query(query), options: Self.basis)
        #expect(certificate.plan.sessions == [made.shared])
        #expect(try rig.files(holding: ["get well soon", ErasureRig.secrets[3]]) == [])
        let list = try await made.journal.erasures()
        #expect(list.map(\.id) == [certificate.id] && list[0].isFinished)
        #expect(list[0].json == certificate.json)
        try await made.journal.close()
    }

    @Test func aJournalInMemoryErasesToo() async throws {
        let journal = Journal.inMemory()
        let bob = journal.as(ErasureRig.bob)
        let session = try await bob.createSession(key: "k")
        try await bob.say("user", "secret", in: session)
        let certificate = try await bob.erase(.session(session), options: Self.basis)
        #expect(certificate.isFinished && certificate.removed == ErasureRemovals())
        #expect(try await journal.store.all().prefix(2).allSatisfy(\.isWithheld))
        #expect(try await journal.verify().verdict == .ok)
        #expect(try await journal.resumeErasures().isEmpty)
    }

    /// What is read while something is erased is what it was or what it is, and nothing fails.
    @Test func besideThoseWhoReadAndWrite() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let before = try await journal.store.all().map(\.digest)
        let reader = try await rig.read()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for handle in [journal, reader] {
                group.addTask {
                    for _ in 0..<20 {
                        let digests = try await handle.store.all().map(\.digest)
                        #expect(digests.prefix(before.count).elementsEqual(before))
                        _ = try await handle.state(of: made.own)
                        _ = try await handle.store.session(forKey: "shared")
                    }
                }
            }
            group.addTask {
                for number in 0..<10 {
                    try await journal.as(ErasureRig.bob).say("user", "\(number)", in: made.shared)
                }
            }
            group.addTask {
                try await journal.as("user:dpo").erase(.session(made.own), options: Self.basis)
            }
            try await group.waitForAll()
        }
        #expect(try rig.files(holding: [ErasureRig.secrets[0], ErasureRig.key]) == [])
        #expect(try await journal.verify().verdict == .ok)
        try await reader.close()
        try await journal.close()
    }

    /// Whoever holds the disk tries a thousand texts, each as what an erased event may have said, with
    /// every salt that is left, and each as a name.
    @Test func nothingThatIsLeftTellsARightGuess() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let lines = try await journal.store.all(ReadQuery(session: made.own)).map(\.line)
        try await journal.as("user:dpo").erase(.session(made.own), options: Self.basis)
        try await journal.close()
        let disk = try RawScan(of: rig.disk, below: ErasureRig.path)
        let bytes = disk.contents.values.map { $0 }
        let reader = try await rig.read()
        let events = try await reader.store.all()
        let salts = events.filter { !$0.isWithheld }.map { Self.salt(of: $0.line) }
        let digests = Set(events.filter(\.isWithheld).map(\.digest))
        let truth = "\(ErasureRig.secrets[0]) 4"
        let line = String(
            decoding: try #require(
                lines.first { String(decoding: $0, as: UTF8.self).contains(truth) }),
            as: UTF8.self)
        let own = Self.salt(of: Array(line.utf8))
        // The attack finds it while the salt is there.
        #expect(digests.contains(Digest(hashing: Array(line.utf8).span)))
        var hits = 0
        for number in 0..<1_000 {
            let guess = number == 617 ? truth : "guess \(number)"
            let text = line.replacing(truth, with: guess)
            for salt in salts {
                let candidate = Array(text.replacing(own, with: salt).utf8)
                if digests.contains(Digest(hashing: candidate.span)) { hits += 1 }
            }
            for name in [guess, number == 617 ? ErasureRig.key : "user\(number)@example.org"] {
                let term = LineSemantics.term(key: name)
                for pattern in [
                    Digest(hashing: Array(name.utf8).span).bytes,
                    Array(Digest(hashing: term.span).bytes.prefix(16)),
                ] where bytes.contains(where: { $0.span.firstIndex(of: pattern, from: 0) != nil }) {
                    hits += 1
                }
            }
        }
        #expect(hits == 0)
        try await reader.close()
    }

    private static func salt(of line: [UInt8]) -> String {
        let text = String(decoding: line, as: UTF8.self)
        return String(text.split(separator: "\"salt\":\"")[1].prefix(24))
    }
}
