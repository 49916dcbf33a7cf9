import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What an erasure must not take, and what must not keep it from taking the rest.
@Suite struct ErasureLimitsTests {
    private static let options = ErasureOptions(basis: "GDPR 17")

    /// A request as a crash leaves it, or as somebody writes it by hand.
    private static func request(
        _ id: String, _ events: [UInt64], of sessions: [SessionID]
    ) -> EventDraft {
        EventDraft(
            .erasureRequested, branch: nil,
            data: [
                "erasure": .string(id), "scope": "session", "basis": "GDPR 17",
                "count": JSONValue(events.count),
                "events": ErasurePlan.json(of: ErasurePlan.ranges(of: events)),
                "sessions": .array(sessions.map { .string($0.hexadecimal) }),
            ])
    }

    private static func sequences(
        of session: SessionID, in journal: Journal
    ) async throws -> [UInt64] {
        var sequences: [UInt64] = []
        for try await event in journal.events(session: session) { sequences.append(event.sequence) }
        return sequences
    }

    /// The journal's own events say what was done to it: a request that names one takes nothing.
    @Test func nobodyErasesTheJournalsOwnEvents() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let dpo = journal.as("user:dpo")
        let hold = try await dpo.placeHold(on: .session(made.own), matter: "case 9")
        try await dpo.append(
            Self.request("by-hand", [hold.sequence], of: []), to: .journal)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await journal.resumeErasures()
        }
        #expect(try await journal.event(at: hold.sequence)?.isWithheld == false)
        try await journal.close()
    }

    /// One that is held waits, and is looked for at each opening; the others are finished.
    @Test func oneThatIsHeldKeepsNoOtherWaiting() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let dpo = journal.as("user:dpo")
        let own = try await Self.sequences(of: made.own, in: journal)
        let other = try await journal.as("user:eve").createSession(key: "other")
        try journal.markDestruction()
        try await dpo.append(Self.request("held", own, of: [made.own]), to: .journal)
        let hold = try await dpo.placeHold(on: .session(made.own), matter: "case 9")
        // Another one that is finished meanwhile leaves the mark where it is.
        try await dpo.erase(.session(made.shared), options: Self.options)
        #expect(rig.disk.files["/j/ERASURE"] != nil)
        let last = try await Self.sequences(of: other, in: journal)
        try await dpo.append(Self.request("late", last, of: [other]), to: .journal)
        await #expect(throws: JournalError(.held, "")) { try await journal.resumeErasures() }
        #expect(
            try await journal.erasures().filter { !$0.isFinished }.map(\.id) == ["held"])
        try await dpo.liftHold(hold.id)
        try await journal.close()
        let again = try await rig.open()
        #expect(try await again.erasures().allSatisfy(\.isFinished))
        #expect(rig.disk.files["/j/ERASURE"] == nil)
        try await again.close()
    }

    /// A hold that is lost to damage may have covered anything.
    @Test func aLostHoldDestroysNothing() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        try await made.journal.seal()
        try await made.journal.as("user:dpo").placeHold(on: .session(made.own), matter: "case 9")
        try await made.journal.seal()
        try await made.journal.close()
        let path = try #require(try rig.files(holding: ["case 9"]).first)
        let bytes = try #require(rig.disk.bytes(of: path))
        // Behind the frame's header of 84 bytes and the head of the LZ4 frame.
        rig.disk.overwrite(path, at: 110, with: [bytes[110] ^ 0x20])
        let again = try await rig.open()
        await #expect(throws: JournalError(.damaged, "")) {
            try await again.as("user:dpo").erase(.session(made.own), options: Self.options)
        }
        #expect(try await again.erasures().isEmpty)
        try await again.close()
    }

    /// Nobody can say whose bytes lie in quarantine: while anything is held, they stay, and so does
    /// what would have to take them along.
    @Test func whatLiesInQuarantineIsHeldWithTheRest() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let dpo = made.journal.as("user:dpo")
        try rig.disk.makeDirectory("/j/quarantine")
        try rig.disk.open("/j/quarantine/1-4096-9-ab.torn", .create)
            .write(Array("torn bytes".utf8).span, at: 0)
        let hold = try await dpo.placeHold(on: .session(made.shared), matter: "case 9")
        await #expect(throws: JournalError(.held, "")) {
            try await dpo.erase(.session(made.own), options: Self.options)
        }
        #expect(rig.disk.files.keys.contains { $0.hasSuffix(".torn") })
        try await dpo.liftHold(hold.id)
        try await dpo.erase(.session(made.own), options: Self.options)
        #expect(!rig.disk.files.keys.contains { $0.hasSuffix(".torn") })
        try await made.journal.close()
    }

    /// Two people attached the same bytes, which are stored once: they stay with the one who is not
    /// erased, and the certificate names the events that still say who stored them.
    @Test func contentThatOthersUseStays() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let bytes = Array("a picture of a kettle".utf8)
        for name in [ErasureRig.ada, ErasureRig.bob] {
            let writer = journal.as(name)
            let part = try await writer.attach(
                bytes, mediaType: "image/png", in: made.shared)
            try await writer.say("user", parts: [part], in: made.shared)
        }
        let stored = try await Self.sequences(of: made.shared, in: journal)
        let certificate = try await journal.as("user:dpo").erase(
            .actor(ErasureRig.ada), options: Self.options)
        let blob = "sha256:" + Digest(hashing: bytes.span).hexadecimal
        #expect(try await journal.attachment(blob, in: made.shared) == bytes)
        #expect(certificate.plan.kept.contains { stored.contains($0) })
        try await journal.close()
    }

    /// An outline is about events that were taken. One that names others, as a refused request leaves
    /// it, takes no value away.
    @Test func anOutlineOfWhatIsThereSaysNothing() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        let bob = journal.as(ErasureRig.bob)
        let set = try await bob.setMetadata(["category": "tea"], in: made.shared)
        let later = try await bob.setMetadata(["language": "en"], in: made.shared)
        try await bob.setMetadata(["language": "fr"], in: made.shared)
        let outlined: [JSONValue] = [
            ["seq": JSONValue(set[0].sequence), "fields": ["category"]],
            ["seq": JSONValue(later[0].sequence), "fields": ["language"]],
        ]
        let before = try await journal.history(of: "language", in: made.shared)
        try await bob.append(
            EventDraft(
                .erasureOutlined, data: ["erasure": "never", "events": .array(outlined)]),
            to: made.shared)
        let state = try await journal.state(of: made.shared)
        #expect(state.metadata()["category"] == "tea")
        #expect(state.metadata()["language"] == "fr")
        let after = try await journal.history(of: "language", in: made.shared)
        #expect(after.map(\.value) == before.map(\.value))
        try await journal.close()
    }

    /// Who deleted the session is erased; deleted it stays.
    @Test func aSessionThatWasDeletedStaysDeleted() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let journal = made.journal
        try await journal.as(ErasureRig.ada).perform(.delete, in: made.shared)
        try await journal.as("user:dpo").erase(.actor(ErasureRig.ada), options: Self.options)
        let state = try await journal.state(of: made.shared)
        #expect(state.metadata()["status"] == "deleted")
        #expect(state.lifecycle.status == .deleted)
        try await journal.as(ErasureRig.bob).perform(.undelete, in: made.shared)
        #expect(try await journal.state(of: made.shared).lifecycle.status != .deleted)
        try await journal.close()
    }

    /// Who takes a tag away does not take the session out of the hold.
    @Test func whatOnceMatchedIsHeld() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let (journal, bob) = (made.journal, made.journal.as(ErasureRig.bob))
        let hold = try await journal.as("user:dpo").placeHold(
            on: .query("tag:case-9"), matter: "case 9")
        try await bob.setMetadata(["tags": ["case-9"]], in: made.shared)
        try await bob.setMetadata(["tags": []], in: made.shared)
        await #expect(throws: JournalError(.held, "")) {
            try await journal.as("user:dpo").erase(.session(made.shared), options: Self.options)
        }
        try await journal.as("user:dpo").erase(.session(made.own), options: Self.options)
        try await journal.as("user:dpo").liftHold(hold.id)
        try await journal.as("user:dpo").erase(.session(made.shared), options: Self.options)
        try await journal.close()
    }

    /// A note, a label or a summary says something of the text that it is about.
    @Test func whatWasSaidAboutAMessageGoesWithIt() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let (journal, bob) = (made.journal, made.journal.as(ErasureRig.bob))
        let secret = try await bob.say("user", "the poodle is ill", in: made.own)
        let about = try await [
            bob.annotate("mood", "poor dog", on: .message(secret.message), in: made.own).sequence,
            bob.annotate(
                "mood", "poor dog", on: .event(secret.receipt.sequence), in: made.own
            ).sequence,
            bob.label("poor-dog", at: secret.receipt.sequence, in: made.own)?.sequence ?? 0,
            bob.append(
                EventDraft(.summaryRecorded, data: ["text": "a poor dog"]), to: made.own
            ).sequence,
        ]
        let next = try await bob.say("assistant", "call a vet", in: made.own)
        let later = try await bob.append(
            EventDraft(
                .summaryRecorded, data: ["text": "a poor dog", "leaf": .string(next.message)]),
            to: made.own)
        let other = try await bob.annotate(
            "mood", "helpful", on: .message(next.message), in: made.own)
        try await journal.as("user:dpo").erase(
            .message(secret.message, in: made.own), options: Self.options)
        for sequence in about + [secret.receipt.sequence, later.sequence] {
            #expect(try await journal.event(at: sequence)?.isWithheld == true, "\(sequence)")
        }
        for sequence in [next.receipt.sequence, other.sequence] {
            #expect(try await journal.event(at: sequence)?.isWithheld == false, "\(sequence)")
        }
        #expect(try rig.files(holding: ["poor dog", "poor-dog", "poodle is ill"]).isEmpty)
        try await journal.close()
    }

    /// Where the name of somebody who is erased stands in what stays, the certificate says so.
    @Test func whereTheNameStaysIsListed() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        let (journal, bob) = (made.journal, made.journal.as(ErasureRig.bob))
        let grant = try #require(
            try await journal.as("user:dpo").grant(.reader, to: ErasureRig.ada))
        let branch = try await bob.createBranch(ErasureRig.ada, in: made.shared)
        let mention = try await bob.say("user", "ask \(ErasureRig.ada) again", in: made.shared)
        let certificate = try await journal.as("user:dpo").erase(
            .actor(ErasureRig.ada), options: Self.options)
        #expect(certificate.plan.kept.contains(grant.sequence))
        #expect(certificate.plan.kept.contains(branch.receipts[0].sequence))
        // What others wrote in their own words is theirs.
        #expect(!certificate.plan.kept.contains(mention.receipt.sequence))
        for sequence in certificate.plan.kept {
            #expect(try await journal.event(at: sequence)?.isWithheld == false)
        }
        try await journal.close()
    }
}
