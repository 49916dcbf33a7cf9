import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

/// Erasing in encrypted sessions: as a whole with the key, in part, and without the key at hand.
@Suite struct EncryptedErasureTests {
    private static let options = ErasureOptions(basis: "GDPR 17")
    private static let texts = ErasureRig.secrets + [ErasureRig.ada, ErasureRig.key]

    /// The rig's journal, all of whose sessions are encrypted.
    private static func made() async throws -> (rig: ErasureRig, made: ErasureRig.Content) {
        var rig = ErasureRig()
        rig.options.keys = ToyKeys.keys(opening: 1)
        rig.options.encryptsSessions = true
        let content = try await rig.made()
        rig.options.encryptsSessions = false
        rig.options.keys = ToyKeys.keys(opening: 2)
        return (rig, content)
    }

    private static func locked(_ rig: ErasureRig) -> ErasureRig {
        var locked = rig
        locked.options.keys = nil
        return locked
    }

    private static func events(
        _ journal: Journal, _ session: SessionID
    ) async throws -> [Event] {
        try await journal.store.all(ReadQuery(session: session))
    }

    // MARK: With the key

    @Test func aSessionGoesWithItsKey() async throws {
        let (rig, made) = try await Self.made()
        let journal = made.journal
        let before = try await journal.store.all()
        let segments = rig.disk.files.filter { $0.key.contains("/segments/") }
        let head = try #require(try await journal.store.head(of: made.own))
        let certificate = try await journal.as("user:dpo").erase(
            .session(made.own), options: Self.options)

        #expect(certificate.keys == [made.own.hexadecimal])
        #expect(certificate.plan.events.isEmpty && certificate.plan.sessions == [made.own])
        #expect(certificate.plan.keys.map(\.session) == [made.own])
        #expect(certificate.plan.keys[0].firstSequence == head.firstSequence)
        #expect(certificate.plan.keys[0].lastSequence == head.lastSequence)
        #expect(certificate.plan.eventCount == Int(head.count))
        #expect(certificate.isFinished && certificate.removed == ErasureRemovals())
        #expect(certificate.check.contains { $0.contains("keys/keyring") })
        let listed = try await journal.erasures()
        #expect(listed.map(\.json) == [certificate.json])
        #expect(certificate.json["encrypted"]?.array?.count == 1)
        let own = try await Self.events(journal, .journal)
        let destroyed = own.filter { $0.kind == .keyDestroyed }
        #expect(destroyed.count == 1 && own.last?.kind == .erasureFinished)
        #expect(
            try destroyed[0].data()["keys"] == .array([.string(made.own.hexadecimal)]))

        // Nothing can be read, no segment was written anew, and no leaf changed.
        #expect(try await journal.protection(of: made.own) == .destroyed)
        let after = try await journal.store.all()
        for (old, new) in zip(before, after) {
            #expect(old.digest == new.digest)
            #expect(new.isWithheld == (old.session == made.own))
        }
        for (path, bytes) in segments.sorted(by: { $0.key < $1.key }).dropLast() {
            #expect(rig.disk.bytes(of: path) == bytes)
        }
        #expect(try await journal.store.session(forKey: ErasureRig.key) == nil)
        let state = try await journal.state(of: made.own)
        #expect(state.tree.messages.count == 10 && state.tree.messages.allSatisfy(\.isWithheld))
        let shown = "\(try #require(state.json()))"
        #expect(state.key == nil && !Self.texts.contains { shown.contains($0) })
        // The other one is what it was.
        #expect(try await journal.state(of: made.shared).tree.messages.count == 11)
        #expect(try await journal.verify().verdict == .ok)

        // Nothing can be added, and nothing is left to be erased; the caller's key is free.
        let error = await #expect(throws: JournalError(.sessionLocked, "")) {
            try await journal.as("user:bob").say("user", "more", in: made.own)
        }
        #expect(error?.message.contains("erased") == true)
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await journal.as("user:dpo").erase(.session(made.own), options: Self.options)
        }
        let other = try await journal.as("user:bob").createSession(key: ErasureRig.key)
        #expect(try await journal.protection(of: other) == .encrypted)
        try await journal.close()
        let again = try await rig.open()
        #expect(try await again.protection(of: made.own) == .destroyed)
        #expect(try await Self.events(again, made.own).allSatisfy(\.isWithheld))
        try await again.close()
    }

    /// Two at once, beside a plain one: one certificate says of each what became of it.
    @Test func aQueryFindsSessionsOfBothKinds() async throws {
        let (rig, made) = try await Self.made()
        try await made.journal.close()
        // An opening that encrypts nothing by itself.
        let path = ErasureRig.path + "/keys/keyring"
        let ring = try #require(rig.disk.bytes(of: path))
        let text = String(decoding: ring, as: UTF8.self).replacing("\nall\n", with: "\n")
        rig.disk.place(Array(text.utf8), at: path)
        let journal = try await rig.open()
        let ada = journal.as(ErasureRig.ada)
        let plain = try await ada.createSession(key: "plain one")
        try await ada.say("user", ErasureRig.secrets[4], in: plain)
        #expect(try await journal.protection(of: plain) == .plain)
        let query = try SessionQuery(parsing: "created>2000-01-01")
        var trial = Self.options
        trial.isDryRun = true
        let planned = try await journal.as("user:dpo").erase(.query(query), options: trial)
        let certificate = try await journal.as("user:dpo").erase(
            .query(query), options: Self.options)
        #expect(planned.plan.keys == certificate.plan.keys)
        #expect(certificate.plan.sessions == [made.own, made.shared, plain].sorted())
        #expect(certificate.plan.keys.map(\.session) == [made.own, made.shared].sorted())
        #expect(certificate.keys.count == 2)
        #expect(certificate.plan.events.reduce(0) { $0 + $1.count } == 2)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
        #expect(try rig.files(holding: Self.texts + ["plain one"]) == [])
    }

    /// What one said goes from the runs; what others said stays in them.
    @Test func partsAreTakenFromTheRuns() async throws {
        let (rig, made) = try await Self.made()
        let journal = made.journal
        let before = try await journal.store.all()
        let certificate = try await journal.as("user:dpo").erase(
            .actor(ErasureRig.ada), options: Self.options)
        #expect(certificate.keys.isEmpty && certificate.plan.keys.isEmpty)
        #expect(certificate.plan.locked.isEmpty)
        let after = try await journal.store.all()
        for (old, new) in zip(before, after) {
            let isGone = certificate.plan.events.holdInOrder(old.sequence)
            #expect(old.digest == new.digest && new.isWithheld == isGone)
            if old.actor == ErasureRig.ada { #expect(isGone) }
        }
        // The outline is read with the key: the tree is whole.
        let state = try await journal.state(of: made.shared)
        #expect(state.tree.messages.map(\.isWithheld).prefix(3) == [true, false, true])
        #expect(state.tree.messages[1].parent?.message == state.tree.messages[0].id)
        try await journal.as("user:dpo").erase(
            .message(made.messages[1], in: made.shared), options: Self.options)
        #expect(try await journal.state(of: made.shared).tree.messages[1].isWithheld)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
        // The toy's ciphertext is undone byte by byte: nothing of hers is in what is left.
        let opened = try await rig.read()
        for event in try await opened.store.all()
        where !event.isWithheld && !event.session.isJournal {
            let line = String(decoding: event.line, as: UTF8.self)
            for text in Self.texts { #expect(!line.contains(text), "event \(event.sequence)") }
        }
        try await opened.close()
    }

    // MARK: Without the key

    @Test func aLockedSessionLosesItsLines() async throws {
        let (rig, made) = try await Self.made()
        try await made.journal.close()
        let keyless = try await Self.locked(rig).open()
        let dpo = keyless.as("user:dpo")
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await dpo.erase(.message(made.messages[0], in: made.shared), options: Self.options)
        }
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await dpo.erase(.actor(ErasureRig.ada), options: Self.options)
        }
        // What a plain session says of her is taken, and the certificate names what is locked.
        let plain = try await keyless.as(ErasureRig.ada).createSession()
        let partly = try await dpo.erase(.actor(ErasureRig.ada), options: Self.options)
        #expect(partly.plan.sessions == [plain])
        #expect(partly.plan.locked == [made.own, made.shared].sorted())
        #expect(try await keyless.erasures()[0].plan.locked == partly.plan.locked)
        #expect(partly.json["locked"]?.array?.count == 2)

        let certificate = try await dpo.erase(.session(made.own), options: Self.options)
        #expect(certificate.keys.isEmpty && certificate.plan.keys.isEmpty)
        #expect(certificate.plan.eventCount == 11)
        #expect(try await keyless.verify().verdict == .ok)
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await dpo.erase(.session(made.own), options: Self.options)
        }
        try await keyless.close()
        // The key is there, and there is nothing that it opens.
        let opened = try await rig.open()
        #expect(try await opened.protection(of: made.own) == .encrypted)
        #expect(try await Self.events(opened, made.own).allSatisfy(\.isWithheld))
        #expect(try await Self.events(opened, made.shared).allSatisfy { !$0.isWithheld })
        #expect(try await opened.verify().verdict == .ok)
        try await opened.close()
    }

    /// A key cannot be destroyed by who has none: the erasure waits for one who has.
    @Test func anErasureWaitsForTheKey() async throws {
        let (rig, made) = try await Self.made()
        let journal = made.journal
        let dpo = journal.as("user:dpo")
        try await dpo.placeHold(on: .actor("user:nobody"), matter: "case 1")
        let planned = try await journal.plan(.session(made.own))
        try journal.markDestruction()
        try await dpo.append(
            EventDraft(
                .erasureRequested, branch: nil,
                data: EventData([
                    "erasure": "aa", "scope": "session", "basis": "GDPR 17", "events": [],
                    "count": JSONValue(planned.plan.eventCount),
                    "sessions": [.string(made.own.hexadecimal)],
                    "encrypted": .array(planned.plan.keys.map(\.json)),
                ])), to: .journal)
        try await journal.close()
        let keyless = try await Self.locked(rig).open()
        #expect(try await keyless.erasures().map(\.isFinished) == [false])
        await #expect(throws: JournalError(.held, "")) { try await keyless.resumeErasures() }
        let hold = try await keyless.holds()[0]
        try await keyless.as("user:dpo").liftHold(hold.id)
        await #expect(throws: JournalError(.unsupported, "")) {
            try await keyless.resumeErasures()
        }
        try await keyless.close()
        let opened = try await rig.open()
        #expect(try await opened.erasures().map(\.isFinished) == [true])
        #expect(try await opened.erasures()[0].keys == [made.own.hexadecimal])
        #expect(rig.disk.files["/j/ERASURE"] == nil)
        try await opened.close()
    }

    // MARK: Holds, and others at work

    @Test func holdsAreAskedForBeforeAKeyIsDestroyed() async throws {
        let (rig, made) = try await Self.made()
        let journal = made.journal
        let dpo = journal.as("user:dpo")
        for scope: HoldScope in [
            .journal, .session(made.own), .actor(ErasureRig.ada), .query("name~poodle"),
        ] {
            let hold = try await dpo.placeHold(on: scope, matter: "case 7")
            let before = try await journal.lastSequence()
            await #expect(throws: JournalError(.held, "")) {
                try await dpo.erase(.session(made.own), options: Self.options)
            }
            #expect(try await journal.lastSequence() == before)
            #expect(try await journal.protection(of: made.own) == .encrypted)
            try await dpo.liftHold(hold.id)
        }
        // Of what nobody can read nobody can say that a hold does not cover it.
        let actor = try await dpo.placeHold(on: .actor("user:somebody"), matter: "case 8")
        try await journal.close()
        let keyless = try await Self.locked(rig).open()
        await #expect(throws: JournalError(.held, "")) {
            try await keyless.as("user:dpo").erase(.session(made.own), options: Self.options)
        }
        try await keyless.as("user:dpo").liftHold(actor.id)
        try await keyless.as("user:dpo").placeHold(on: .query("name~x"), matter: "case 9")
        await #expect(throws: JournalError(.held, "")) {
            try await keyless.as("user:dpo").erase(.session(made.own), options: Self.options)
        }
        try await keyless.close()
        // With the key it is read: these holds are about others.
        let opened = try await rig.open()
        try await opened.as("user:dpo").placeHold(on: .actor("user:somebody"), matter: "case 8")
        let certificate = try await opened.as("user:dpo").erase(
            .session(made.own), options: Self.options)
        #expect(certificate.keys == [made.own.hexadecimal])
        try await opened.close()
    }

    /// What is asked for is certain: nothing comes to a session behind it that would go too.
    @Test func nothingIsAddedToASessionThatEnds() async throws {
        let (rig, made) = try await Self.made()
        let journal = made.journal
        let store = try #require(journal.store as? FileStore)
        let ada = journal.as(ErasureRig.ada)
        store.beginEnding([made.own])
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await ada.say("user", "more", in: made.own)
        }
        try await ada.say("user", "elsewhere", in: made.shared)
        store.stopEnding([made.own])
        try await ada.say("user", "more", in: made.own, durability: .buffered)
        // What was buffered is encrypted before its key goes.
        let certificate = try await journal.as("user:dpo").erase(
            .session(made.own), options: Self.options)
        #expect(certificate.plan.eventCount == 12)
        try await ada.say("user", "elsewhere", in: made.shared)
        try await journal.close()
        // One that was asked for and is held lets nobody in either, at the next opening too.
        let again = try await rig.open()
        let dpo = again.as("user:dpo")
        let planned = try await again.plan(.session(made.shared))
        try again.markDestruction()
        try await dpo.append(
            EventDraft(
                .erasureRequested, branch: nil,
                data: EventData([
                    "erasure": "bb", "scope": "session", "basis": "GDPR 17", "events": [],
                    "sessions": [.string(made.shared.hexadecimal)],
                    "encrypted": .array(planned.plan.keys.map(\.json)),
                ])), to: .journal)
        let hold = try await dpo.placeHold(on: .session(made.shared), matter: "case 7")
        try await again.close()
        let held = try await rig.open()
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await held.as("user:bob").say("user", "more", in: made.shared)
        }
        #expect(try await held.protection(of: made.shared) == .encrypted)
        try await held.as("user:dpo").liftHold(hold.id)
        #expect(try await held.resumeErasures().map(\.keys) == [[made.shared.hexadecimal]])
        try await held.close()
    }

    /// Where two people have to agree to the destruction of keys, they have to agree to this.
    @Test func twoPeopleAgreeToTheDestructionOfAKey() async throws {
        let (_, made) = try await Self.made()
        let journal = made.journal
        let root = journal.as("user:root")
        try await root.changeAccessPolicy(twoPerson: [.destroy])
        await #expect(throws: JournalError(.approvalNeeded, "")) {
            try await journal.as("user:dpo").erase(.session(made.own), options: Self.options)
        }
        let request = try #require(try await journal.accessRules().requests.last)
        try await journal.as("user:second").approve(request: request.sequence)
        let certificate = try await journal.as("user:dpo").erase(
            .session(made.own), options: Self.options)
        #expect(certificate.keys == [made.own.hexadecimal])
        try await journal.close()
    }

    // MARK: Crashes

    /// The power fails at every change: the erasure is finished at the next opening, or has not begun.
    @Test func thePowerFailsAtEveryChange() async throws {
        let (start, made) = try await Self.made()
        let before = try await made.journal.store.all()
        try await made.journal.close()
        var count = 0
        var outcomes: Set<Bool> = []
        while true {
            var rig = ErasureRig(start.disk.clone())
            rig.options.keys = ToyKeys.keys(opening: 10 + count % 100)
            rig.disk.cutPower(atChange: count + 1)
            let isDone = (try? await Self.erase(rig, made.own)) != nil && !rig.disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(count)),
            ] {
                var after = ErasureRig(rig.disk.powerCut(survival))
                after.options.keys = ToyKeys.keys(opening: 120 + count % 100)
                if survival == .everything, count.isMultiple(of: 3) {
                    after.disk.cutPower(atChange: 5 + count % 7)
                    _ = try? await after.open()
                    after = ErasureRig(after.disk.powerCut(.nothing))
                    after.options.keys = ToyKeys.keys(opening: 230)
                }
                outcomes.insert(
                    try await Self.check(
                        after, before, made.own, isFinished: isDone,
                        "change \(count + 1), \(survival)"))
            }
            if isDone { break }
            count += 1
        }
        #expect(count > 15 && outcomes == [true, false])
    }

    private static func erase(_ rig: ErasureRig, _ session: SessionID) async throws {
        let journal = try await rig.open()
        try await journal.as("user:dpo").erase(.session(session), options: options)
        try await journal.close()
    }

    /// Returns whether the session is gone.
    private static func check(
        _ rig: ErasureRig, _ before: [Event], _ session: SessionID, isFinished: Bool,
        _ place: String
    ) async throws -> Bool {
        let journal = try await rig.open()
        let erasures = try await journal.erasures()
        #expect(!erasures.contains { !$0.isFinished }, "\(place)")
        #expect(!isFinished || erasures.count == 1, "\(place)")
        let isGone = !erasures.isEmpty
        #expect(
            try await journal.protection(of: session) == (isGone ? .destroyed : .encrypted),
            "\(place)")
        for (old, new) in zip(before, try await journal.store.all()) {
            #expect(old.digest == new.digest, "\(place): event \(old.sequence)")
            #expect(
                new.isWithheld == (isGone && old.session == session),
                "\(place): event \(old.sequence)")
        }
        let destroyed = try await events(journal, .journal).count { $0.kind == .keyDestroyed }
        #expect(destroyed == (isGone ? 1 : 0), "\(place)")
        let report = try await journal.verify()
        #expect(report.findings.isEmpty, "\(place): \(report.findings)")
        try await journal.close()
        #expect(!isGone || rig.disk.files["/j/ERASURE"] == nil, "\(place)")
        #expect(!rig.disk.files.keys.contains { $0.hasSuffix(".new") }, "\(place)")
        return isGone
    }
}
