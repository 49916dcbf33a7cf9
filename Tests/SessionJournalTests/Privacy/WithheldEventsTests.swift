import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// What a verification says of events without content: erased, encrypted, removed by somebody, and
/// what it cannot tell.
@Suite struct WithheldEventsTests {
    private static let path = "/j"
    private static let secret = Drafts.session(2)
    private static let plain = Drafts.session(1)

    private static func options(_ disk: SimulatedDisk, opening: Int?) -> JournalOptions {
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        options.keys = opening.map { ToyKeys.keys(opening: $0) }
        return options
    }

    /// A plain session with two events, and an encrypted one with six: 3, and a run of 4 to 8.
    private static func made() async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let journal = try await Journal.create(at: path, options: options(disk, opening: 1))
        var batch = AppendBatch(
            actor: "user:ada",
            items: [
                .init(session: plain, draft: Drafts.created()),
                .init(session: plain, draft: Drafts.note("in clear")),
                .init(session: secret, draft: Drafts.created()),
            ])
        batch.encrypted = [secret]
        try await journal.store.append(batch)
        try await journal.store.append((0..<5).map { Drafts.note("\($0)") }, to: secret)
        try await journal.close()
        return disk
    }

    private static func report(
        _ disk: SimulatedDisk, opening: Int?
    ) async throws -> VerificationReport {
        let journal = try await Journal.open(
            readingAt: path, options: options(disk, opening: opening))
        defer { Task { try? await journal.close() } }
        return try await journal.verify()
    }

    /// Takes content away as somebody would who has the files and asks nobody.
    private static func remove(
        _ events: [ClosedRange<UInt64>], from disk: SimulatedDisk, opening: Int?
    ) async throws {
        let journal = try await Journal.open(
            at: path, options: options(disk, opening: opening))
        try await journal.store.withhold(events) { try await $0() }
        try await journal.close()
    }

    @Test func whatIsEncryptedIsToldFromWhatIsRemoved() async throws {
        let disk = try await Self.made()
        let opened = try await Self.report(disk, opening: 2)
        #expect(opened.verdict == .ok && opened.withheld == WithheldEvents())
        let locked = try await Self.report(disk, opening: nil)
        #expect(locked.verdict == .ok && locked.root == opened.root)
        #expect(locked.withheld.locked == 6 && locked.withheld.count == 6)
        #expect(locked.withheld.destroyed == 0 && locked.withheld.unexplained.isEmpty)
        #expect(locked.json["withheld"]?["locked"] == 6)
    }

    /// With the key, and where the runs say so: exactly which.
    @Test func contentThatSomebodyRemovedIsNamed() async throws {
        let disk = try await Self.made()
        try await Self.remove([2...2, 6...6], from: disk, opening: 2)
        let opened = try await Self.report(disk, opening: 3)
        #expect(opened.verdict == .contentMissing && opened.findings.isEmpty)
        #expect(opened.withheld.unexplained == [2...2, 6...6])
        #expect(opened.withheld.removed == 2 && opened.withheld.count == 2)
        // Without it, the run says that one is missing, and not which.
        let locked = try await Self.report(disk, opening: nil)
        #expect(locked.verdict == .contentMissing && locked.root == opened.root)
        #expect(locked.withheld.removed == 1 && locked.withheld.unplaced == 1)
        #expect(locked.withheld.locked == 5)
        #expect(locked.withheld.unexplained == [2...2, 4...8])
        // A whole run that is gone is told without the key.
        try await Self.remove([4...8], from: disk, opening: nil)
        let gone = try await Self.report(disk, opening: nil)
        #expect(gone.withheld.unexplained == [2...2, 4...8] && gone.withheld.unplaced == 0)
        #expect(gone.withheld.locked == 1 && gone.verdict == .contentMissing)
        let text = gone.json
        #expect(text["verdict"] == "content_missing")
        #expect(text["withheld"]?["unexplained"] == [[2, 2], [4, 8]])
    }

    /// What an erasure took is explained, in part or as a whole, by lines or by the key.
    @Test func whatWasErasedIsExplained() async throws {
        let disk = try await Self.made()
        let erased = ErasureOptions(basis: "GDPR 17")
        let journal = try await Journal.open(
            at: Self.path, options: Self.options(disk, opening: 2))
        try await journal.as("user:dpo").erase(.session(Self.plain), options: erased)
        let partly = try await journal.verify()
        #expect(partly.verdict == .ok && partly.withheld.removed == 2)
        try await journal.as("user:dpo").erase(.session(Self.secret), options: erased)
        let whole = try await journal.verify()
        #expect(whole.verdict == .ok && whole.withheld.destroyed == 6)
        #expect(whole.withheld.removed == 2 && whole.withheld.locked == 6)
        try await journal.close()
        // That the ciphertext is taken away, too, is nobody's loss.
        try await Self.remove([3...8], from: disk, opening: nil)
        let rest = try await Self.report(disk, opening: nil)
        #expect(rest.verdict == .ok && rest.withheld.removed == 8 && rest.withheld.locked == 0)
    }

    /// More is missing in a run than was asked for.
    @Test func anErasureExplainsNoMoreThanItNames() async throws {
        let disk = try await Self.made()
        let journal = try await Journal.open(
            at: Self.path, options: Self.options(disk, opening: 2))
        try await journal.as("user:dpo").append(
            EventDraft(
                .erasureRequested, branch: nil,
                data: EventData([
                    "erasure": "aa", "scope": "actor", "basis": "GDPR 17", "events": [[6, 6]],
                    "sessions": [.string(Self.secret.hexadecimal)],
                ])), to: .journal)
        try await journal.store.withhold([6...6]) { try await $0() }
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
        let asked = try await Self.report(disk, opening: nil)
        #expect(asked.verdict == .ok && asked.withheld.unplaced == 1)
        try await Self.remove([7...7], from: disk, opening: 3)
        let more = try await Self.report(disk, opening: nil)
        #expect(more.verdict == .contentMissing && more.withheld.unplaced == 2)
        #expect(more.withheld.unexplained == [4...5, 7...8])
        let opened = try await Self.report(disk, opening: 4)
        #expect(opened.withheld.unexplained == [7...7] && opened.withheld.removed == 2)
    }

    @Test func whatNoErasureHasTakenIsWorkedOut() {
        var erasures = RecordedErasures()
        #expect(erasures.rest(of: 3...9) == [3...9])
        erasures = RecordedErasures(taking: [5...6, 1...3, 4...4, 8...8, 6...6])
        #expect(erasures.events == [1...6, 8...8])
        for (range, rest) in [
            (1...6, []), (1...9, [7...7, 9...9]), (7...7, [7...7]), (9...12, [9...12]),
            (6...8, [7...7]), (8...9, [9...9]),
        ] as [(ClosedRange<UInt64>, [ClosedRange<UInt64>])] {
            #expect(erasures.rest(of: range) == rest, "\(range)")
        }
    }
}
