import JournalTestKit
import SegmentLog
import Testing
import TransparencyLog

@testable import SessionJournal

/// When a journal is signed, what is kept of it, and what is not signed.
@Suite struct CheckpointTests {
    private func note(_ journal: Journal) async throws {
        let known = try await journal.store.session(forKey: "s")
        var session = known ?? .journal
        if known == nil { session = try await journal.as("user:ada").createSession(key: "s") }
        try await journal.as("user:ada").append(EventDraft("x.note", data: ["n": 1]), to: session)
    }

    private func kinds(_ journal: Journal) async throws -> [EventKind] {
        var kinds: [EventKind] = []
        for try await event in journal.events() { kinds.append(event.kind) }
        return kinds
    }

    @Test func aJournalIsSignedWhenItIsClosed() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await signed.simulated.read()
        let checkpoints = try await journal.checkpoints()
        #expect(checkpoints.map(\.head.size) == [41, 82])
        for checkpoint in checkpoints {
            #expect(checkpoint.origin == journal.origin)
            #expect(checkpoint.signers == [signed.origin])
            #expect(try await journal.store.treeHead(at: checkpoint.head.size) == checkpoint.head)
        }
        let events = try await kinds(journal)
        #expect(events.count == 83)
        #expect(events[41] == .checkpointSigned && events[82] == .checkpointSigned)
        let event = try #require(try await journal.event(at: 83))
        let data = try event.data()
        #expect(data["note"]?.string == checkpoints[1].text)
        #expect(data["key"]?.string == signed.verifierKey)
        #expect(event.actor == "journal" && event.session == .journal)
        #expect(journal.origin == "session-journal/\(journal.place?.id ?? "")")
        try await journal.close()
    }

    /// Opening and closing adds nothing where nothing happened.
    @Test func nothingNewIsNotSignedAgain() async throws {
        let signed = try await SignedJournal.made()
        let options = try signed.options()
        for _ in 0..<2 {
            let journal = try await Journal.open(at: SimulatedJournal.path, options: options)
            let again = try await journal.as("user:ada").signCheckpoint()
            #expect(again.head.size == 82)
            try await journal.close()
        }
        let journal = try await Journal.open(at: SimulatedJournal.path, options: options)
        #expect(try await kinds(journal).count == 83)
        try await note(journal)
        let next = try await journal.as("user:ada").signCheckpoint(reason: "for Bob")
        #expect(next.head.size == 85)
        #expect(try await journal.event(at: 86)?.reason == "for Bob")
        #expect(try await journal.event(at: 86)?.actor == "user:ada")
        try await journal.checkpointBeforeDestruction()
        try await note(journal)
        try await journal.checkpointBeforeDestruction()
        #expect(try await journal.checkpoints().map(\.head.size) == [41, 82, 85, 87])
        try await journal.close()
        try await journal.close()
        #expect(try await signed.verdict().verdict == .unanchored)
    }

    /// Before something is destroyed, what is there is signed; what was signed before still fits.
    @Test func whatIsErasedWasSignedBefore() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options())
        try await note(journal)
        let session = try await journal.resolve("notes")
        try await journal.as("user:dpo").erase(
            .session(session), options: ErasureOptions(basis: "GDPR 17(1)(b)"))
        try await journal.close()
        let reader = try await signed.simulated.read()
        #expect(try await reader.checkpoints().map(\.head.size).prefix(3) == [41, 82, 85])
        let asked = try #require(try await kinds(reader).firstIndex(of: .erasureRequested))
        #expect(asked > 85)
        #expect(try await reader.event(at: 6)?.isWithheld == true)
        try await reader.close()
        for kept in [signed.first, signed.second] {
            let report = try await signed.verdict(against: kept, keys: [signed.verifierKey])
            #expect(report.verdict == .unanchored, "\(report.findings)")
        }
    }

    @Test func withoutAKeyNothingIsSigned() async throws {
        let simulated = SimulatedJournal()
        let journal = try await Journal.create(
            at: SimulatedJournal.path, options: simulated.options)
        try await note(journal)
        try await journal.checkpointBeforeDestruction()
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.as("user:ada").signCheckpoint()
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.as("user:ada").rotateKey(to: ToyKey(1).signer)
        }
        try await journal.close()
        #expect(!simulated.disk.files.keys.contains { $0.contains("/checkpoints/") })
        let memory = Journal.inMemory()
        #expect(memory.origin == nil)
        await #expect(throws: JournalError(.unsupported, "")) { try await memory.checkpoints() }
        try await memory.close()
    }

    @Test func anEmptyJournalIsNotSigned() async throws {
        let signed = try await SignedJournal.made()
        let options = try signed.options()
        let journal = try await Journal.create(at: "/empty", options: options)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.as("user:ada").signCheckpoint()
        }
        try await journal.close()
        #expect(!signed.simulated.disk.files.keys.contains { $0.hasPrefix("/empty/checkpoints/") })
    }

    /// At most one in each interval, in an append that comes then.
    @Test func checkpointsComeByTime() async throws {
        let signed = try await SignedJournal.made()
        var options = try signed.options()
        options.checkpointInterval = .seconds(60)
        let clock = ManualClock()
        options.clock = { clock.tick() }
        let journal = try await Journal.create(at: "/timed", options: options)
        for _ in 0..<3 { try await note(journal) }
        #expect(try await journal.checkpoints().isEmpty)
        clock.step(microseconds: 61_000_000)
        try await note(journal)
        try await note(journal)
        #expect(try await journal.checkpoints().map(\.head.size) == [5])
        clock.step(microseconds: 61_000_000)
        try await note(journal)
        #expect(try await journal.checkpoints().map(\.head.size) == [5, 8])
        try await journal.close()
    }

    /// The append stands although its checkpoint could not be signed; closing says what is wrong.
    @Test func aKeyThatFailsTakesNoEventAway() async throws {
        let signed = try await SignedJournal.made()
        var options = try signed.options()
        options.checkpointInterval = .zero
        options.signer = try CheckpointSigner(ed25519: ToyKey(1).publicKey) { _ in
            throw JournalError(.unavailable, "the device is gone")
        }
        let journal = try await Journal.create(at: "/device", options: options)
        try await note(journal)
        await #expect(throws: JournalError(.unavailable, "")) { try await journal.close() }
        let reader = try await Journal.open(readingAt: "/device", options: signed.options(nil))
        #expect(try await kinds(reader).count == 2)
        try await reader.close()
        #expect(throws: JournalError(.invalidArgument, "")) {
            try CheckpointSigner(ed25519: [1]) { _ in [] }
        }
    }

    /// A key never signs a second history of a journal.
    @Test func aJournalThatWasSetBackIsNotSigned() async throws {
        let signed = try await SignedJournal.made()
        var files = signed.early
        for (path, bytes) in signed.late where path.contains("/checkpoints/") {
            files[path] = bytes
        }
        let back = signed.replaced(by: files)
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: back.options())
        try await note(journal)
        await #expect(throws: JournalError(.conflict, "")) {
            try await journal.as("user:ada").signCheckpoint()
        }
        for _ in 0..<50 { try await note(journal) }
        await #expect(throws: JournalError(.conflict, "")) {
            try await journal.as("user:ada").signCheckpoint()
        }
        await #expect(throws: JournalError(.conflict, "")) { try await journal.close() }
        #expect(try await back.verdict().verdict == .diverged)
    }

    @Test func aKeyNamesTheNext() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options())
        try await note(journal)
        try await journal.as("user:ada").rotateKey(to: ToyKey(2).signer, reason: "every year")
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.as("user:ada").rotateKey(to: ToyKey(2).signer)
        }
        try await note(journal)
        try await journal.close()
        let reader = try await signed.simulated.read()
        let checkpoints = try await reader.checkpoints()
        #expect(checkpoints.map(\.head.size) == [41, 82, 85, 88])
        let new = try #require(try ToyKey(2).signer.verifierKey(named: signed.origin))
        let event = try #require(try await reader.event(at: 87))
        #expect(event.kind == .keyRotated && event.reason == "every year")
        #expect(try event.data()["new"]?.string == new)
        try await reader.close()
        // Whoever knows the old key follows; whoever knows the new one sees the newest.
        let newest = Array(checkpoints[3].text.utf8)
        for key in [signed.verifierKey, new] {
            let report = try await signed.verdict(against: newest, keys: [key])
            #expect(report.verdict == .unanchored, "\(report.findings)")
        }
        let stranger = try #require(try ToyKey(3).signer.verifierKey(named: signed.origin))
        #expect(try await signed.verdict(against: newest, keys: [stranger]).verdict == .invalid)
        let old = try await signed.verdict(keys: [new])
        #expect(old.unchecked.contains { $0.contains("3 older checkpoints") })
    }

    @Test func statementsOfKeysAreReadStrictly() throws {
        let key = try #require(
            VerifierKey(name: "a", algorithm: .ed25519, publicKey: ToyKey(1).publicKey))
        let text = KeyRotation(origin: "a", new: key).text
        #expect(KeyRotation(text: text)?.new == key)
        #expect(Checkpoint(text: text) == nil, "a statement is no checkpoint")
        for bad in [
            "", "a\nkey rotation\n", text + "\n", "b\nkey rotation\n\(key)\n",
            "a\nkey\n\(key)\n", "a\nkey rotation\nx\n",
        ] {
            #expect(KeyRotation(text: bad) == nil)
        }
    }

    @Test func cosignaturesAreKept() async throws {
        let signed = try await SignedJournal.made()
        let cosigned = try await signed.cosigned(by: [ToyKey(11), ToyKey(12)])
        let report = try await cosigned.verdict(policy: cosigned.policy(needing: 2))
        #expect(report.verdict == .witnessed(2, of: 3), "\(report.findings)")
        #expect(report.verdict.words == "VALID-WITNESSED(2 of 3)")
        #expect(report.isQuorumMet == true && report.anchor?.size == 82)
        let journal = try await signed.simulated.open()
        #expect(try await journal.checkpoints()[1].signers.count == 3)
        let whole = try await journal.addCosignatures(cosigned.second)
        #expect(whole.signers.count == 3, "what is there is not put there twice")
        for bad in ["", "— x\n", "no note\n\n— k AAAAAAA=\n"] {
            await #expect(throws: JournalError(.invalidArgument, "")) {
                try await journal.addCosignatures(Array(bad.utf8))
            }
        }
        let other = try NoteMaker.note(origin: "somebody/else", size: 82)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.addCosignatures(other)
        }
        let forged = try NoteMaker.note(origin: signed.origin, size: 82)
        await #expect(throws: JournalError(.conflict, "")) {
            try await journal.addCosignatures(forged)
        }
        try await journal.close()
        let reader = try await signed.simulated.read()
        await #expect(throws: JournalError(.readOnly, "")) {
            try await reader.addCosignatures(cosigned.second)
        }
        try await reader.close()
        let plain = try await SimulatedJournal.made(segments: 0).open()
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await plain.addCosignatures(Array("— k AAAAAAA=\n".utf8))
        }
        try await plain.close()
    }

    /// Whenever the power fails while a journal is signed, what is found afterwards fits: a checkpoint
    /// that was handed out is there, and none is there that the journal does not extend.
    @Test func powerFailsWhileAJournalIsSigned() async throws {
        var change = 1
        var isOver = false
        while !isOver {
            let signed = try await SignedJournal.made(notes: 3)
            let disk = signed.simulated.disk
            let options = try signed.options()
            let journal = try await Journal.open(at: SimulatedJournal.path, options: options)
            try await note(journal)
            disk.cutPower(atChange: change)
            let given = try? await journal.as("user:ada").signCheckpoint()
            try? await journal.close()
            isOver = !disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(change)),
            ] {
                var after = signed
                after.simulated = SimulatedJournal(disk.powerCut(survival))
                let writer = try await Journal.open(
                    at: SimulatedJournal.path, options: after.options())
                let sizes = try await writer.checkpoints().map(\.head.size)
                if let given { #expect(sizes.contains(given.head.size)) }
                try await note(writer)
                try await writer.close()
                let report = try await after.verdict(keys: [after.verifierKey])
                #expect(report.verdict == .unanchored, "\(change): \(report.findings)")
            }
            change += 1
        }
        #expect(change > 8)
    }

    /// A crash between the file and the event is made good by the next checkpoint.
    @Test func aCheckpointWithoutItsEventIsRecorded() async throws {
        let signed = try await SignedJournal.made()
        let file = SimulatedJournal.path + "/checkpoints/" + CheckpointFiles.name(82)
        var files = signed.late
        // The journal as it was before the event, by way of a copy of the first 82 lines.
        let cut = try await signed.rebuilt { Array($0.prefix(82)) }
        let journal = try await Journal.open(at: SimulatedJournal.path, options: cut.options())
        try await journal.close()
        let reader = try await cut.simulated.read()
        #expect(try await kinds(reader).count == 83)
        #expect(try await reader.event(at: 83)?.kind == .checkpointSigned)
        try await reader.close()
        files[file] = nil
        #expect(cut.simulated.disk.files[file] == signed.late[file])
    }
}

/// Notes that somebody else made.
enum NoteMaker {
    static func note(origin: String, size: UInt64, key: ToyKey = ToyKey(9)) throws -> [UInt8] {
        let checkpoint = Checkpoint(
            origin: origin, size: size,
            root: Hash(Digest(hashing: [UInt8(truncatingIfNeeded: size)])))
        return try key.signer.note(checkpoint.text, named: origin).bytes
    }
}
