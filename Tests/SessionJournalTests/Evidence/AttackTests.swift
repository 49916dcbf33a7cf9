import JournalTestKit
import SegmentLog
import Testing
import TransparencyLog

@testable import SessionJournal

/// Everything that somebody might do to a journal that was signed, and what a verification says of it.
/// The page on the threat model lists each test by its name.
@Suite struct AttackTests {
    static let folder = SimulatedJournal.path + "/checkpoints/"
    static let sealed = SimulatedJournal.path + "/segments/" + SegmentName.file(first: 1)
    static let active = SimulatedJournal.path + "/segments/" + SegmentName.file(first: 43)

    private func expect(
        _ verdict: EvidenceReport.Verdict, _ report: EvidenceReport, saying word: String = "",
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(
            report.verdict == verdict, "\(report.findings), \(report.unchecked)",
            sourceLocation: location)
        let words = report.findings + report.unchecked
        #expect(
            word.isEmpty || words.contains { $0.contains(word) }, "\(words)",
            sourceLocation: location)
    }

    /// One of the lines of a journal with something else in it.
    private func changed(_ number: Int, _ text: String, _ by: String) -> ([String]) -> [String] {
        { lines in
            var lines = lines
            lines[number] = lines[number].replacing(text, with: by)
            return lines
        }
    }

    /// The lines with others of one session in between or left out: numbered anew, as an attacker would.
    private func renumbered(_ lines: [String]) -> [String] {
        var versions: [Substring: Int] = [:]
        return lines.enumerated().map { index, line in
            let parts = line.split(separator: ",", maxSplits: 4)
            let session = parts[2]
            versions[session, default: 0] += 1
            return "{\"seq\":\(index + 1),\(parts[1]),\(session),"
                + "\"version\":\(versions[session] ?? 0),\(parts[4])"
        }
    }

    // MARK: Nobody did anything

    @Test func nobodyDidAnything() async throws {
        let signed = try await SignedJournal.made()
        let own = try await signed.verdict()
        expect(.unanchored, own, saying: "whose keys these are")
        #expect(own.findings.isEmpty && own.checkpoints == 2 && own.anchor?.size == 82)
        expect(.unanchored, try await signed.verdict(keys: [signed.verifierKey]))
        for kept in [signed.first, signed.second] {
            let report = try await signed.verdict(against: kept, keys: [signed.verifierKey])
            expect(.unanchored, report, saying: "no witness vouches")
        }
        let cosigned = try await signed.cosigned(by: SignedJournal.witnesses)
        expect(.witnessed(3, of: 3), try await cosigned.verdict(policy: signed.policy(needing: 3)))
        #expect(own.verification?.verdict == .ok)
    }

    // MARK: What is gone

    @Test func aTailIsCut() async throws {
        let signed = try await SignedJournal.made()
        let bytes = try #require(signed.late[Self.active])
        signed.simulated.disk.truncate(Self.active, to: bytes.count / 2)
        expect(.diverged, try await signed.verdict(), saying: "it was cut or set back")
    }

    @Test func aTailIsCutToAnEarlierClosing() async throws {
        let signed = try await SignedJournal.made()
        var files = signed.early
        for (path, bytes) in signed.late where path.hasPrefix(Self.folder) { files[path] = bytes }
        expect(.diverged, try await signed.replaced(by: files).verdict(), saying: "cut or set back")
    }

    @Test func theDirectoryIsSetBack() async throws {
        let signed = try await SignedJournal.made()
        let back = signed.replaced(by: signed.early)
        expect(.diverged, try await back.verdict(against: signed.second), saying: "set back")
    }

    /// The limit of what a journal can say of itself: who kept nothing cannot tell.
    @Test func theDirectoryIsSetBackAndNobodyKeptACheckpoint() async throws {
        let signed = try await SignedJournal.made()
        expect(
            .unanchored, try await signed.replaced(by: signed.early).verdict(),
            saying: "another history")
    }

    @Test func aSealedSegmentIsMissing() async throws {
        let signed = try await SignedJournal.made()
        signed.simulated.disk.lose(Self.sealed)
        expect(.invalid, try await signed.verdict(against: signed.second))
    }

    @Test func theLastSegmentIsMissing() async throws {
        let signed = try await SignedJournal.made()
        signed.simulated.disk.lose(Self.active)
        expect(.invalid, try await signed.verdict(against: signed.second))
    }

    @Test func everySegmentIsMissing() async throws {
        let signed = try await SignedJournal.made()
        signed.simulated.disk.lose(Self.active)
        signed.simulated.disk.lose(Self.sealed)
        expect(.invalid, try await signed.verdict(), saying: "the journal ends with 0")
    }

    // MARK: What is changed

    @Test func aByteOfAnEventIsChanged() async throws {
        let signed = try await SignedJournal.made()
        for path in [Self.sealed, Self.active] {
            let bytes = try #require(signed.late[path])
            let other = signed.replaced(by: signed.late)
            other.simulated.disk.flipBit(path, 8 * (bytes.count / 5))
            expect(.invalid, try await other.verdict())
        }
    }

    @Test func anEventSaysSomethingElse() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt(changed(5, "\"n\":4", "\"n\":5"))
        expect(.diverged, try await other.verdict(), saying: "not those that were signed")
        expect(.diverged, try await other.verdict(against: signed.first))
    }

    @Test func anEventHasAnotherActor() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt(changed(5, "user:ada", "user:bob"))
        expect(.diverged, try await other.verdict(against: signed.second))
    }

    @Test func anEventIsBackdated() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            let earlier = lines[4].split(separator: ",")[1]
            let time = lines[5].split(separator: ",")[1]
            return self.changed(5, String(time), String(earlier))(lines)
        }
        expect(.diverged, try await other.verdict(against: signed.second))
    }

    @Test func twoEventsAreSwapped() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            self.changed(6, "\"n\":5", "\"n\":4")(self.changed(5, "\"n\":4", "\"n\":5")(lines))
        }
        expect(.diverged, try await other.verdict(against: signed.second))
    }

    @Test func anEventIsLeftOut() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            var lines = lines
            lines.remove(at: 60)
            return self.renumbered(lines)
        }
        let report = try await other.verdict(against: signed.second)
        expect(.diverged, report, saying: "first 82 events are not")
        #expect(!report.findings.contains { $0.contains("first 41") }, "what was before still fits")
    }

    @Test func anEventIsPutIn() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            self.renumbered(lines[..<50] + [lines[49]] + lines[50...])
        }
        expect(.diverged, try await other.verdict(against: signed.second))
    }

    @Test func theRecordOfACheckpointIsLeftOut() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            self.renumbered(lines.filter { !$0.contains("checkpoint.signed") })
        }
        expect(.diverged, try await other.verdict())
    }

    // MARK: What is rewritten

    @Test func historyIsRewrittenAndSignedAnew() async throws {
        let signed = try await SignedJournal.made()
        let other = try await SignedJournal.made { $0 == 7 ? "nothing" : JSONValue($0) }
        #expect(other.origin == signed.origin, "the same journal, as far as it says")
        expect(.diverged, try await other.verdict(against: signed.first))
        expect(
            .diverged,
            try await other.verdict(against: signed.second, keys: [signed.verifierKey]))
    }

    /// The limit of a key that lies with the journal: only who kept a checkpoint can tell, or witnesses.
    @Test func historyIsRewrittenAndNobodyKeptACheckpoint() async throws {
        let other = try await SignedJournal.made { $0 == 7 ? "nothing" : JSONValue($0) }
        expect(.unanchored, try await other.verdict(), saying: "no witness vouches")
        expect(.unanchored, try await other.verdict(keys: [other.verifierKey]))
        let report = try await other.verdict(policy: other.policy(needing: 2))
        expect(.unanchored, report)
        #expect(report.isQuorumMet == false, "the witnesses have not signed this one")
    }

    @Test func historyIsRewrittenAndSignedWithAnotherKey() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            self.changed(5, "\"n\":4", "\"n\":5")(lines)
        }
        for path in other.simulated.disk.files.keys where path.hasPrefix(Self.folder) {
            other.simulated.disk.lose(path)
        }
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: other.options(ToyKey(2)))
        try await journal.close()
        expect(.diverged, try await other.verdict(), saying: "event 42")
        expect(
            .invalid, try await other.verdict(keys: [signed.verifierKey]),
            saying: "none of the keys")
    }

    @Test func oldCheckpointsAreLeftBesideANewHistory() async throws {
        let signed = try await SignedJournal.made()
        let other = try await SignedJournal.made { $0 == 7 ? "nothing" : JSONValue($0) }
        var files = other.late
        for (path, bytes) in signed.late where path.hasPrefix(Self.folder) { files[path] = bytes }
        expect(.diverged, try await other.replaced(by: files).verdict(), saying: "repeats another")
    }

    @Test func twoCopiesWentTheirOwnWays() async throws {
        let signed = try await SignedJournal.made()
        let copy = signed.replaced(by: signed.late)
        var kept: [[UInt8]] = []
        for (side, word) in [(signed, "here"), (copy, "there")] {
            let journal = try await Journal.open(
                at: SimulatedJournal.path, options: side.options())
            let session = try await journal.resolve("notes")
            try await journal.as("user:ada").append(
                EventDraft("x.note", data: ["at": .string(word)]), to: session)
            try await journal.close()
            kept.append(Array(try journal.checkpointFiles().newest()?.text.utf8 ?? "".utf8))
        }
        expect(.unanchored, try await signed.verdict(against: kept[0]))
        expect(.diverged, try await signed.verdict(against: kept[1]))
        expect(.diverged, try await copy.verdict(against: kept[0]))
    }

    // MARK: What is signed

    @Test func aCheckpointSaysAnotherRoot() async throws {
        let signed = try await SignedJournal.made()
        let path = Self.folder + CheckpointFiles.name(41)
        let lines = String(decoding: signed.first, as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false)
        var changed = lines
        changed[2] = "\(Digest(hashing: [1]).base64)"
        signed.simulated.disk.replace(path, with: Array(changed.joined(separator: "\n").utf8))
        expect(.invalid, try await signed.verdict(), saying: "not that of the key")
        let unchecked = try await signed.verdict(signatures: nil)
        expect(.diverged, unchecked, saying: "built without the cryptography")
    }

    @Test func aCheckpointIsUnderAnotherName() async throws {
        let signed = try await SignedJournal.made()
        let disk = signed.simulated.disk
        disk.place(signed.first, at: Self.folder + CheckpointFiles.name(40))
        expect(.invalid, try await signed.verdict(), saying: "its name says 40")
    }

    @Test func aCheckpointIsGarbled() async throws {
        let signed = try await SignedJournal.made()
        signed.simulated.disk.replace(Self.folder + CheckpointFiles.name(41), with: [1, 2, 3])
        expect(.invalid, try await signed.verdict(), saying: "not what was written")
        expect(.invalid, try await signed.verdict(against: [7]), saying: "no signed note")
    }

    /// Not an attack that hides anything: the journal repeats each checkpoint.
    @Test func theCheckpointsAreDeleted() async throws {
        let signed = try await SignedJournal.made()
        for size in [41, 82] as [UInt64] {
            signed.simulated.disk.lose(Self.folder + CheckpointFiles.name(size))
        }
        let report = try await signed.verdict(keys: [signed.verifierKey])
        expect(.unanchored, report, saying: "which is missing; event 83 repeats it")
        #expect(report.checkpoints == 2)
    }

    @Test func aSignatureIsTakenAway() async throws {
        let signed = try await SignedJournal.made()
        let path = Self.folder + CheckpointFiles.name(82)
        let text = String(decoding: signed.second, as: UTF8.self)
        let head = text[..<(text.firstRange(of: "\n\n")?.upperBound ?? text.endIndex)]
        signed.simulated.disk.replace(path, with: Array((head + "— x AAAAAAA=\n").utf8))
        expect(.invalid, try await signed.verdict(), saying: "a signature that it lacks")
        expect(.invalid, try await signed.verdict(signatures: nil))
    }

    @Test func theKeptCheckpointIsSomebodyElses() async throws {
        let signed = try await SignedJournal.made()
        let other = try NoteMaker.note(origin: "session-journal/else", size: 82)
        expect(
            .invalid, try await signed.verdict(against: other, signatures: nil),
            saying: "it is of another journal")
        let forged = try NoteMaker.note(origin: signed.origin, size: 82)
        expect(
            .invalid, try await signed.verdict(against: forged, keys: [signed.verifierKey]),
            saying: "none of the keys")
    }

    @Test func aRotationIsForged() async throws {
        let signed = try await SignedJournal.made()
        let thief = try #require(
            VerifierKey(
                name: signed.origin, algorithm: .ed25519, publicKey: ToyKey(2).publicKey))
        let statement = try ToyKey(2).signer.note(
            KeyRotation(origin: signed.origin, new: thief).text, named: signed.origin)
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options(ToyKey(2)))
        try await journal.store.append(
            AppendBatch(
                actor: "journal",
                items: [
                    .init(
                        session: .journal,
                        draft: EventDraft(
                            .keyRotated,
                            data: [
                                "old": .string(signed.verifierKey), "new": .string("\(thief)"),
                                "statement": .string(statement.description),
                            ]))
                ]))
        try await journal.close()
        expect(
            .invalid, try await signed.verdict(keys: [signed.verifierKey]),
            saying: "none of the keys")
    }

    @Test func aRotationIsNoStatement() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options(nil))
        try await journal.store.append(
            AppendBatch(
                actor: "journal",
                items: [
                    .init(session: .journal, draft: EventDraft(.keyRotated, data: ["old": "x"]))
                ]))
        try await journal.close()
        expect(.invalid, try await signed.verdict(), saying: "no statement of a key")
    }

    @Test func aRecordIsNoCheckpoint() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options(nil))
        try await journal.store.append(
            AppendBatch(
                actor: "journal",
                items: [
                    .init(
                        session: .journal, draft: EventDraft(.checkpointSigned, data: ["size": 1]))
                ]))
        try await journal.close()
        expect(.invalid, try await signed.verdict(), saying: "is no checkpoint")
    }

    // MARK: Witnesses

    @Test func aWitnessIsForged() async throws {
        let signed = try await SignedJournal.made().cosigned(by: [ToyKey(11)])
        let path = Self.folder + CheckpointFiles.name(82)
        let text = String(decoding: signed.second, as: UTF8.self)
        let line = try #require(text.split(separator: "\n").last)
        let signature = try #require(SignedNote.Signature(line: line))
        var bytes = signature.bytes
        bytes[7] ^= 1
        let forged = SignedNote.Signature(name: signature.name, id: signature.id, bytes: bytes)
        signed.simulated.disk.replace(
            path, with: Array(text.replacing(String(line) + "\n", with: forged.line).utf8))
        expect(
            .invalid, try await signed.verdict(policy: signed.policy(needing: 1)),
            saying: "witness W0")
    }

    @Test func aWitnessesSignatureIsOfAnotherCheckpoint() async throws {
        let signed = try await SignedJournal.made().cosigned(by: [ToyKey(11)])
        let line = String(decoding: signed.second, as: UTF8.self).split(separator: "\n").last ?? ""
        let first = signed.first + Array((line + "\n").utf8)
        expect(
            .invalid, try await signed.verdict(against: first, policy: signed.policy(needing: 1)))
    }

    @Test func tooFewWitnessesSigned() async throws {
        let signed = try await SignedJournal.made().cosigned(by: [ToyKey(11)])
        let report = try await signed.verdict(policy: signed.policy(needing: 2))
        expect(.unanchored, report)
        #expect(report.isQuorumMet == false)
        let enough = try await signed.verdict(policy: signed.policy(needing: 1))
        expect(.witnessed(1, of: 3), enough)
    }

    @Test func unknownWitnessesSigned() async throws {
        let signed = try await SignedJournal.made().cosigned(by: [ToyKey(20), ToyKey(21)])
        expect(.unanchored, try await signed.verdict(policy: signed.policy(needing: 1)))
    }

    @Test func theOwnerPosesAsAWitness() async throws {
        let signed = try await SignedJournal.made().cosigned(by: [SignedJournal.key])
        expect(.unanchored, try await signed.verdict(policy: signed.policy(needing: 1)))
    }

    // MARK: What came later

    /// Who has the directory and no key can add to it. What is not covered by a signature is said.
    @Test func eventsAreAddedWithoutTheKey() async throws {
        let signed = try await SignedJournal.made()
        let journal = try await Journal.open(
            at: SimulatedJournal.path, options: signed.options(nil))
        let session = try await journal.resolve("notes")
        try await journal.as("user:mallory").append(EventDraft("x.note", data: [:]), to: session)
        try await journal.close()
        expect(
            .unanchored, try await signed.verdict(keys: [signed.verifierKey]),
            saying: "events 83 to 84 against a signature")
    }

    /// The root stays, so that this is no other history: the line itself says that it is withheld.
    @Test func aContentIsTakenAway() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            lines.enumerated().map { index, line in
                let entry = try? EventLine.entryLine(of: Array(line.utf8).span)
                return index == 5 ? String(decoding: entry ?? [], as: UTF8.self) : line
            }
        }
        expect(.invalid, try await other.verdict(against: signed.second))
        let reader = try await other.simulated.read()
        #expect(try await reader.event(at: 6)?.isWithheld == true)
        #expect(try await reader.verify().withheld.unexplained == [6...6])
        try await reader.close()
    }

    @Test func tilesAreForged() async throws {
        let signed = try await SignedJournal.made()
        let folder = SimulatedJournal.path + "/tiles/"
        let paths = signed.late.keys.filter { $0.hasPrefix(folder) }
        #expect(!paths.isEmpty)
        for path in paths {
            signed.simulated.disk.replace(path, with: [UInt8](repeating: 7, count: 8_192))
        }
        expect(.unanchored, try await signed.verdict(against: signed.second))
        let reader = try await signed.simulated.read()
        #expect(try await reader.inclusionProof(of: 7).holds)
        try await reader.close()
    }

    /// Every bit of every file of a small journal: noticed, or a bit that nothing rests on. Never a trap,
    /// and never the word of a witness for something else.
    @Test func everyBitOfACheckpointIsFlipped() async throws {
        let signed = try await SignedJournal.made(notes: 2).cosigned(by: SignedJournal.witnesses)
        let path = Self.folder + CheckpointFiles.name(6)
        let bytes = try #require(signed.simulated.disk.files[path])
        let journal = try await signed.simulated.read()
        var options = EvidenceOptions()
        options.policy = try signed.policy(needing: 3)
        options.signatures = ToyKey.checker
        for bit in stride(from: 0, to: 8 * bytes.count, by: FaultScale.stride(13)) {
            signed.simulated.disk.flipBit(path, bit)
            let report = try await journal.verifyEvidence(options)
            #expect(report.verdict != .witnessed(3, of: 3), "bit \(bit)")
            signed.simulated.disk.flipBit(path, bit)
        }
        let report = try await journal.verifyEvidence(options)
        #expect(report.verdict == .witnessed(3, of: 3), "\(report.findings)")
        try await journal.close()
    }

    @Test func whatIsAskedWronglyIsRefused() async throws {
        let signed = try await SignedJournal.made(notes: 2)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await signed.verdict(keys: ["no key"])
        }
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await signed.verdict(policy: Array("quorum x\n".utf8))
        }
        let memory = Journal.inMemory()
        await #expect(throws: JournalError(.unsupported, "")) { try await memory.verifyEvidence() }
        try await memory.close()
        let plain = try await SimulatedJournal.made(segments: 0).read()
        let report = try await plain.verifyEvidence()
        expect(.unanchored, report, saying: "no checkpoint was signed or given")
        try await plain.close()
    }
}
