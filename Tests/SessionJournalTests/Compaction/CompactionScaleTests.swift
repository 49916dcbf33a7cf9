import Glibc
import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Nearly all of a journal is compacted, and then a tenth of its sessions is erased. `tools/torture
/// compact` does it with a million events, and has the independent verifier look at what is left.
@Suite struct CompactionScaleTests {
    private static let eventCount =
        getenv("SJOURNAL_COMPACT_EVENTS").flatMap { Int(String(cString: $0)) } ?? 4_000
    private static let eventsOfASession = eventCount >= 100_000 ? 1_000 : 200
    private static let sessionCount = max(10, eventCount / eventsOfASession)
    private static let checkpointCount = 20
    private static let vocabulary = (0..<2_000).map { String($0 * 7_919 + 104_729, radix: 36) }

    /// One of ten is erased at the end.
    private static func isDoomed(_ number: Int) -> Bool { number % 10 == 3 }

    @Test func everyCheckpointHoldsAndNoFileSaysWhatWent() async throws {
        let directory = try TemporaryDirectory()
        let path = getenv("SJOURNAL_COMPACT_AT").map { String(cString: $0) } ?? directory.path
        var options = JournalOptions()
        options.signer = try ToyKey(1).signer
        let journal = try await Journal.create(at: path + "/j", options: options)
        let writer = journal.as("user:scale")
        let signed = try await fill(journal)
        let last = try await journal.lastSequence()

        var rule = CompactionRule()
        rule.keptMessages = Self.eventsOfASession / 200
        var start = ContinuousClock.now
        let report = try await writer.compact(rule)
        print(
            "compaction scale: \(report.eventCount) of \(last) events in "
                + "\(ContinuousClock.now - start), segments of \(report.sizeBefore) bytes are "
                + "\(report.sizeAfter) now, lines of \(report.plainSizeBefore) bytes "
                + "\(report.plainSizeAfter)")
        #expect(report.eventCount * 100 > last * 98 && report.leftOut.isEmpty)
        #expect(report.sessionCount == Self.sessionCount)
        #expect(report.sizeAfter < report.sizeBefore)
        #expect(try await journal.checkCompactions().allSatisfy(\.isValid))

        start = ContinuousClock.now
        let erasure = try await writer.erase(
            .query(try SessionQuery(parsing: "key:zebrä-*")),
            options: ErasureOptions(basis: "a test of scale"))
        print(
            "compaction scale: \(erasure.plan.eventCount) of them erased in "
                + "\(ContinuousClock.now - start), \(try await journal.store.storage().sizeOnDisk) "
                + "bytes are left")
        #expect(erasure.plan.sessions.count == Self.sessionCount / 10)
        let checks = try await journal.checkCompactions()
        #expect(checks.allSatisfy { $0.isValid })
        #expect(checks.flatMap { $0.erasedSince }.count == Self.sessionCount / 10)

        try await verify(journal, signed)
        try await proveAll(journal)
        try await journal.close()
        let scan = try RawScan(of: PosixFileSystem(), below: path)
        // What was erased stands nowhere; of what was compacted only what the last messages say. The
        // words have letters that base64 has not: among a million hashes one spells most short words.
        for text in ["okäpi", "zebrä", "herön"] { #expect(scan.files(holding: text) == []) }
        #expect(!scan.files(holding: "donkéy").isEmpty && !scan.files(holding: "hörse").isEmpty)
    }

    /// Sessions grow side by side, so that every segment holds something of each. Returns what was
    /// signed along the way.
    private func fill(_ journal: Journal) async throws -> [SignedCheckpoint] {
        let writer = journal.as("user:scale")
        var sessions: [SessionID] = []
        for number in 0..<Self.sessionCount {
            let key = Self.isDoomed(number) ? "zebrä-\(number)" : "hörse-\(number)"
            sessions.append(try await writer.createSession(key: key, durability: .buffered))
        }
        var signed: [SignedCheckpoint] = []
        for round in 1..<Self.eventsOfASession {
            for start in stride(from: 0, to: sessions.count, by: 500) {
                let items = (start..<min(start + 500, sessions.count)).map { number in
                    AppendBatch.Item(
                        session: sessions[number], draft: message(round, ofSession: number))
                }
                try await writer.append(items, durability: .buffered)
            }
            if round % (Self.eventsOfASession / Self.checkpointCount) == 0 {
                signed.append(try await writer.signCheckpoint())
            }
        }
        try await journal.seal()
        #expect(signed.count >= Self.checkpointCount - 1)
        return signed
    }

    private func message(_ round: Int, ofSession number: Int) -> EventDraft {
        let isLast = round >= Self.eventsOfASession - Self.eventsOfASession / 200
        let word = Self.isDoomed(number) ? "okäpi" : isLast ? "donkéy" : "herön"
        // The digest that stays cannot be compressed: short texts, said again and again, would take less.
        var generator = SeededGenerator(seed: UInt64(number) << 20 | UInt64(round))
        var text = "\(word) \(number) in \(round):"
        for _ in 0..<80 {
            text += " " + Self.vocabulary[Int.random(in: 0..<2_000, using: &generator)]
        }
        return EventDraft(
            .messageAppended,
            data: [
                "message": .string("m\(round)"),
                "parent": round > 1 ? .string("m\(round - 1)") : .null,
                "role": .string(round.isMultiple(of: 2) ? "assistant" : "user"),
                "parts": [["type": "text", "text": .string(text)]],
            ])
    }

    /// Everything that was ever signed still fits, by the journal itself and by proofs.
    private func verify(_ journal: Journal, _ signed: [SignedCheckpoint]) async throws {
        let report = try await journal.verify()
        #expect(report.verdict == .ok && report.findings.isEmpty)
        #expect(report.withheld.unexplained.isEmpty)
        let origin = try #require(journal.origin)
        let key = try ToyKey(1).signer.verifierKey(named: origin)
        var options = EvidenceOptions()
        options.keys = [try #require(key)]
        options.signatures = ToyKey.checker
        for checkpoint in [signed.first, signed.last].compactMap({ $0 }) {
            options.against = Array(checkpoint.text.utf8)
            let evidence = try await journal.verifyEvidence(options)
            #expect(evidence.verdict == .unanchored && evidence.findings.isEmpty)
            #expect(evidence.checkpoints >= signed.count)
        }
        for checkpoint in signed {
            let head = checkpoint.head
            #expect(try await journal.store.treeHead(at: head.size) == head)
            let proof = try await journal.consistencyProof(from: head.size)
            #expect(proof.holds && proof.first == head)
        }
        print("compaction scale: \(signed.count) signed checkpoints consistent")
    }

    private func proveAll(_ journal: Journal) async throws {
        let head = try await journal.store.treeHead(at: nil)
        var proven: UInt64 = 0
        for try await event in journal.events() {
            let proof = try await journal.inclusionProof(of: event.sequence)
            guard proof.holds, proof.leaf == event.leaf, proof.head == head else {
                Issue.record("event \(event.sequence) is not proven")
                break
            }
            proven += 1
        }
        #expect(proven == head.size)
        print("compaction scale: \(proven) events proven")
    }
}
