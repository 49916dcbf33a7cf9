import JournalTestKit
import SegmentLog

@testable import SessionJournal

/// A journal on a simulated disk of which two sessions were erased as a whole and one in part, in several
/// segments, all of it long ago.
struct ForgettingRig {
    static let path = "/j"
    static let day: Int64 = 86_400_000_000

    let disk: SimulatedDisk
    let clock: ManualClock
    var options: JournalOptions

    init(_ disk: SimulatedDisk = SimulatedDisk()) {
        self.disk = disk
        let clock = ManualClock(microseconds: 1_767_225_600_000_000)
        self.clock = clock
        options = JournalOptions()
        options.clock = { clock.tick() }
        options.fileSystem = disk
        options.sealing = .inline
    }

    func open() async throws -> Journal { try await Journal.open(at: Self.path, options: options) }

    func read() async throws -> Journal {
        try await Journal.open(readingAt: Self.path, options: options)
    }

    struct Content {
        var journal: Journal
        /// Erased as wholes: one in one stretch, one between the events of others.
        var early: SessionID
        var mixed: SessionID
        /// Erased in part, and not at all.
        var part: SessionID
        var kept: SessionID
    }

    /// Appends so many messages, none of which is answered.
    static func say(
        _ count: Int, in sessions: [SessionID], of journal: Journal, _ text: String
    ) async throws {
        let items = (0..<count).map { number in
            AppendBatch.Item(
                session: sessions[number % sessions.count],
                draft: EventDraft(
                    .messageAppended,
                    data: EventData([
                        "message": .string("\(text)-\(number)"), "role": "user",
                        "parts": [["type": "text", "text": .string("\(text) \(number)")]],
                    ])))
        }
        try await journal.as("user:ada").append(items)
    }

    /// - Parameter stretch: Messages of the session that is one stretch.
    func made(stretch: Int = 150) async throws -> Content {
        let journal = try await Journal.create(at: Self.path, options: options)
        let ada = journal.as("user:ada")
        let early = try await ada.createSession(key: "early", metadata: ["name": "old"])
        try await Self.say(stretch, in: [early], of: journal, "gone")
        try await journal.seal()
        let mixed = try await ada.createSession(key: "mixed")
        let part = try await ada.createSession(key: "part")
        let kept = try await ada.createSession(key: "kept")
        try await Self.say(60, in: [mixed, part, kept], of: journal, "said")
        try await journal.seal()
        try await Self.say(30, in: [mixed, kept], of: journal, "more")
        let ids = try await journal.store.all(ReadQuery(session: part)).map(\.sequence).suffix(4)
        let dpo = journal.as("user:dpo")
        let basis = ErasureOptions(basis: "GDPR 17")
        try await dpo.erase(.session(early), options: basis)
        try await dpo.erase(.session(mixed), options: basis)
        try await dpo.erase(.events(Set(ids), in: part), options: basis)
        try await Self.say(90, in: [kept], of: journal, "late")
        clock.step(microseconds: 40 * Self.day)
        return Content(journal: journal, early: early, mixed: mixed, part: part, kept: kept)
    }

    /// What was erased more than so many days ago.
    func daysAgo(_ days: Int64) -> Timestamp {
        Timestamp(microseconds: clock.tick().microseconds - days * Self.day)
    }

    /// Every event of a journal proves, and is what was there before; every tree outside of what was
    /// forgotten is proved to be the beginning of the whole.
    static func sound(
        _ journal: Journal, _ before: [Event], forgotten: [ClosedRange<UInt64>]
    ) async throws -> Bool {
        let after = try await journal.store.all()
        let beginning = after.prefix { $0.sequence <= UInt64(before.count) }
        guard Array(beginning) == before.filter({ !forgotten.holdInOrder($0.sequence) }) else {
            return false
        }
        for event in after {
            let proof = try await journal.inclusionProof(of: event.sequence)
            guard proof.holds, proof.leaf == event.leaf else { return false }
        }
        let root = try await journal.store.treeHead(at: nil)
        for event in after {
            let proof = try await journal.consistencyProof(from: event.sequence)
            guard proof.holds, proof.second == root else { return false }
        }
        return true
    }
}
