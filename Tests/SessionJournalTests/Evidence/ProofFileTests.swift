import JournalTestKit
import Testing
import TransparencyLog

@testable import SessionJournal

/// Proofs in files, checked without the journal.
@Suite struct ProofFileTests {
    private func verdict(
        _ text: String, keys: [String] = [], against: [UInt8]? = nil, policy: [UInt8]? = nil
    ) throws -> EvidenceReport {
        var options = EvidenceOptions()
        options.keys = keys
        options.against = against
        options.policy = policy
        options.signatures = ToyKey.checker
        return try Journal.verifyProof(Array(text.utf8), options)
    }

    @Test func anEventIsProvedAndShown() async throws {
        let signed = try await SignedJournal.made().cosigned(by: SignedJournal.witnesses)
        let reader = try await signed.simulated.read()
        let event = try #require(try await reader.event(at: 6))
        let entry = try await reader.proofFile(of: 6)
        let shown = try await reader.proofFile(of: 6, telling: .event)
        try await reader.close()
        let proved = try verdict(entry, keys: [signed.verifierKey])
        #expect(proved.verdict == .unanchored, "\(proved.findings)")
        #expect(proved.line != event.line && proved.line?.contains(UInt8(ascii: "{")) == true)
        #expect(!entry.contains("user:ada"))
        let disclosed = try verdict(shown, policy: signed.policy(needing: 2))
        #expect(disclosed.verdict == .witnessed(3, of: 3), "\(disclosed.findings)")
        #expect(disclosed.line == event.line && disclosed.anchor?.size == 82)
        #expect(try verdict(shown).unchecked.contains { $0.contains("whose keys") })
        #expect(entry.utf8.count < 2_000)
    }

    /// Whatever is changed of a file that shows an event, it shows that event or nothing.
    @Test func everyBitOfADisclosureCounts() async throws {
        let signed = try await SignedJournal.made(notes: 5)
        let reader = try await signed.simulated.read()
        let line = try #require(try await reader.event(at: 6)).line
        let file = Array(try await reader.proofFile(of: 6, telling: .event).utf8)
        try await reader.close()
        var options = EvidenceOptions()
        options.keys = [signed.verifierKey]
        options.signatures = ToyKey.checker
        #expect(try Journal.verifyProof(file, options).verdict == .unanchored)
        for bit in 0..<(8 * file.count) {
            var flipped = file
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            let report = try Journal.verifyProof(flipped, options)
            #expect(report.verdict == .invalid || report.line == line, "bit \(bit)")
            #expect(report.verdict == .invalid || flipped == file, "bit \(bit)")
        }
    }

    @Test func aProofOfAnotherEventIsRefused() async throws {
        let signed = try await SignedJournal.made(notes: 5)
        let reader = try await signed.simulated.read()
        let one = try await reader.proofFile(of: 5, telling: .event)
        let other = try await reader.proofFile(of: 6, telling: .event)
        try await reader.close()
        let lines = one.split(separator: "\n", omittingEmptySubsequences: false)
        let swapped = other.split(separator: "\n", omittingEmptySubsequences: false)
        var mixed = lines
        mixed[1] = swapped[1]
        #expect(try verdict(mixed.joined(separator: "\n")).findings[0].contains("event 6"))
        mixed[2] = swapped[2]
        #expect(try verdict(mixed.joined(separator: "\n")).findings[0].contains("does not fit"))
        mixed.remove(at: 1)
        #expect(try verdict(mixed.joined(separator: "\n")).findings[0].contains("which event"))
        mixed.insert("extra e30=", at: 1)
        #expect(try verdict(mixed.joined(separator: "\n")).findings[0].contains("no line"))
        #expect(try verdict("something").findings[0].contains("no proof"))
        let stranger = try #require(try ToyKey(3).signer.verifierKey(named: signed.origin))
        #expect(try verdict(one, keys: [stranger]).verdict == .invalid)
    }

    @Test func growthIsProved() async throws {
        let signed = try await SignedJournal.made()
        let reader = try await signed.simulated.read()
        let file = try await reader.consistencyFile(from: 41)
        let earlier = try await reader.consistencyFile(from: 20, to: 41)
        let same = try await reader.consistencyFile(from: 82)
        #expect(file.hasPrefix("old 41\n"))
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await reader.consistencyFile(from: 1, to: 40)
        }
        try await reader.close()
        let key = [signed.verifierKey]
        #expect(try verdict(file, keys: key, against: signed.first).verdict == .unanchored)
        #expect(try verdict(same, keys: key, against: signed.second).verdict == .unanchored)
        #expect(try verdict(earlier, keys: key, against: signed.first).verdict == .invalid)
        #expect(try verdict(file, keys: key).unchecked.contains { $0.contains("earlier") })
        let other = try await SignedJournal.made { $0 == 7 ? "nothing" : JSONValue($0) }
        #expect(try verdict(file, keys: key, against: other.first).verdict == .diverged)
        let rootless = file.replacing("session-journal", with: "no checkpoint\nsession-journal")
        #expect(try verdict(rootless, keys: key, against: signed.first).verdict == .invalid)
    }

    @Test func whatIsNotSignedYetIsNotProved() async throws {
        let plain = try await SimulatedJournal.made(segments: 0).read()
        for ask in [
            { try await plain.proofFile(of: 1) }, { try await plain.consistencyFile(from: 1) },
        ] {
            await #expect(throws: JournalError(.invalidArgument, "")) { try await ask() }
        }
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await plain.proofFile(of: 99)
        }
        try await plain.close()
    }

    /// A journal that its newest checkpoint is not of proves nothing by it.
    @Test func aJournalThatDivergedProvesNothing() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            var lines = lines
            lines[5] = lines[5].replacing("\"n\":4", with: "\"n\":5")
            return lines
        }
        let reader = try await other.simulated.read()
        await #expect(throws: JournalError(.conflict, "")) { try await reader.proofFile(of: 6) }
        await #expect(throws: JournalError(.conflict, "")) {
            try await reader.consistencyFile(from: 41)
        }
        try await reader.close()
    }

    @Test func whatIsWithheldIsProvedAndNotShown() async throws {
        let signed = try await SignedJournal.made()
        let other = try await signed.rebuilt { lines in
            lines.enumerated().map { index, line in
                let entry = try? EventLine.entryLine(of: Array(line.utf8).span)
                return index == 5 ? String(decoding: entry ?? [], as: UTF8.self) : line
            }
        }
        let reader = try await other.simulated.read()
        let proof = try await reader.proofFile(of: 6)
        #expect(try verdict(proof, keys: [signed.verifierKey]).verdict == .unanchored)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await reader.proofFile(of: 6, telling: .event)
        }
        try await reader.close()
    }
}
