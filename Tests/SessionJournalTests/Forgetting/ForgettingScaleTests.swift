import Glibc
import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What forgetting leaves saves, by how erased sessions stand among others. `SJOURNAL_FORGET_EVENTS`
/// says how many events; the sizes are printed.
@Suite struct ForgettingScaleTests {
    private static let eventCount =
        getenv("SJOURNAL_FORGET_EVENTS").flatMap { Int(String(cString: $0)) } ?? 4_000

    enum Layout: String, CaseIterable {
        /// Every session is one stretch, and one of ten is erased.
        case oneBehindTheOther
        /// Ten sessions are written side by side, in turns of 20 events, and one of ten is erased.
        case inTurns
        /// As that, in turns of one event.
        case alternating
        /// The first half of all sessions is erased.
        case beginning

        var turn: Int {
            switch self {
            case .oneBehindTheOther, .beginning: .max
            case .inTurns: 20
            case .alternating: 1
            }
        }
    }

    @Test(arguments: Layout.allCases)
    func whatItSaves(layout: Layout) async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        let journal = try await Journal.create(at: directory.path + "/j", options: options)
        try await fill(journal, layout)
        let writer = journal.as("user:scale")
        try await writer.erase(
            .query(try SessionQuery(parsing: "key:doomed-*")),
            options: ErasureOptions(basis: "a test of scale"))
        try await journal.store.recompress()
        clock.step(microseconds: 400 * 86_400_000_000)
        let start = ContinuousClock.now
        let report = try await writer.forgetLeaves(
            erasedBefore: Timestamp(
                microseconds: clock.tick().microseconds - 365 * 86_400_000_000))
        let last = try await journal.lastSequence()
        print(
            "forgetting scale: \(layout.rawValue): \(report.eventCount) of \(last) events in "
                + "\(report.events.count) runs, \(ContinuousClock.now - start), segments of "
                + "\(report.sizeBefore) bytes are \(report.sizeAfter) now")
        #expect(report.eventCount * 100 > Int(last) * (layout == .beginning ? 35 : 7))
        #expect(report.sizeAfter < report.sizeBefore)
        let verified = try await journal.verify()
        #expect(verified.verdict == .ok, "\(verified.findings)")
        #expect(verified.withheld.forgotten == UInt64(report.eventCount))
        for sequence in stride(from: Int(last), to: 0, by: -Int(last) / 200 - 1) {
            guard try await journal.event(at: UInt64(sequence)) != nil else { continue }
            #expect(try await journal.inclusionProof(of: UInt64(sequence)).holds)
        }
        try await journal.close()
    }

    private func fill(_ journal: Journal, _ layout: Layout) async throws {
        let writer = journal.as("user:scale")
        let eventsOfASession = Self.eventCount >= 100_000 ? 500 : 80
        let sessionCount = Self.eventCount / eventsOfASession
        var words = 0
        for group in 0..<(sessionCount / 10) {
            var sessions: [SessionID] = []
            for number in 0..<10 {
                let isDoomed =
                    layout == .beginning ? group < sessionCount / 20 : number == 3
                sessions.append(
                    try await writer.createSession(
                        key: "\(isDoomed ? "doomed" : "kept")-\(group)-\(number)",
                        durability: .buffered))
            }
            let turn = min(layout.turn, eventsOfASession)
            for _ in stride(from: 0, to: eventsOfASession, by: turn) {
                let items = sessions.flatMap { session in
                    (0..<turn).map { _ in
                        words += 1
                        return AppendBatch.Item(
                            session: session,
                            draft: EventDraft(
                                .messageAppended,
                                data: EventData([
                                    "message": .string("m-\(words)"), "role": "user",
                                    "parts": [
                                        [
                                            "type": "text",
                                            "text": .string(
                                                String(words * 7_919, radix: 36) + " and more"),
                                        ]
                                    ],
                                ])))
                    }
                }
                try await writer.append(items, durability: .buffered)
            }
        }
    }
}
