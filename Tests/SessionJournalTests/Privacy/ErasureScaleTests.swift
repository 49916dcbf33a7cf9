import Glibc
import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// A tenth of all sessions is erased at once. `tools/torture erase` does it with a million events, and
/// has the independent verifier look at what is left.
@Suite struct ErasureScaleTests {
    private static let eventCount =
        getenv("SJOURNAL_ERASE_EVENTS").flatMap { Int(String(cString: $0)) } ?? 4_000
    private static let eventsOfASession = 100

    @Test func everythingElseVerifiesAndNoFileHoldsWhatWasErased() async throws {
        let directory = try TemporaryDirectory()
        let path = getenv("SJOURNAL_ERASE_AT").map { String(cString: $0) } ?? directory.path
        let journal = try await Journal.create(at: path + "/j")
        let writer = journal.as("user:scale")
        let sessionCount = max(20, Self.eventCount / Self.eventsOfASession)
        var sessions: [SessionID] = []
        for number in 0..<sessionCount {
            let isDoomed = number % 10 == 3
            sessions.append(
                try await writer.createSession(
                    key: isDoomed ? "zebrä-\(number)" : "hörse-\(number)",
                    durability: .buffered))
        }
        // Sessions grow side by side, so that every segment holds something of each.
        for round in 1..<Self.eventsOfASession {
            for start in stride(from: 0, to: sessionCount, by: 500) {
                let items = (start..<min(start + 500, sessionCount)).map { number in
                    let word = number % 10 == 3 ? "okäpi" : "donkéy"
                    return AppendBatch.Item(
                        session: sessions[number],
                        draft: EventDraft(
                            "x.note", data: ["text": .string("\(word) \(number) in \(round)")]))
                }
                try await writer.append(items, durability: .buffered)
            }
        }
        try await journal.seal()
        let last = try await journal.lastSequence()
        let sizes = (0...20).map { last * UInt64($0) / 20 }
        var roots: [TreeHead] = []
        for size in sizes { roots.append(try await journal.store.treeHead(at: size)) }
        let start = ContinuousClock.now
        let certificate = try await writer.erase(
            .query(try SessionQuery(parsing: "key:zebrä-*")),
            options: ErasureOptions(basis: "a test of scale"))
        print(
            "erasure scale: \(certificate.plan.eventCount) of \(last) events in "
                + "\(ContinuousClock.now - start)")
        #expect(certificate.plan.sessions.count == sessionCount / 10)
        #expect(certificate.plan.eventCount == sessionCount / 10 * Self.eventsOfASession)
        let report = try await journal.verify()
        #expect(report.verdict == .ok && report.findings.isEmpty)
        for (size, root) in zip(sizes, roots) {
            #expect(try await journal.store.treeHead(at: size) == root)
        }
        for (size, root) in zip(sizes, roots) where size > 0 {
            let proof = try await journal.consistencyProof(from: size)
            #expect(proof.holds && proof.first == root)
        }
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
        print("erasure scale: \(proven) events proven, \(sizes.count - 1) states consistent")
        try await journal.close()
        let scan = try RawScan(of: PosixFileSystem(), below: path)
        // With letters that base64 has not, so that no hash spells them.
        for text in ["okäpi", "zebrä"] { #expect(scan.files(holding: text) == []) }
        #expect(!scan.files(holding: "donkéy").isEmpty)
    }
}
