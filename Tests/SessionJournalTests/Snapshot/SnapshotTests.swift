import JournalTestKit
import SegmentLog
@testable import SessionJournal
import Testing

/// The state of a session at any event, by way of snapshots.
struct SnapshotTests {
    /// Everything that a state keeps, at events all over the session, by a reader that has only the
    /// files.
    @Test func statesFromSnapshotsAreThoseOfTheFold() async throws {
        let busy = BusySession(seed: 1, rounds: 150)
        let journal = try await SnapshotJournal(busy.script.events)
        let report = try await journal.takeSnapshots()
        #expect(report.sessions == 1)
        #expect(report.snapshots == journal.events.count / 50)
        let reader = try await journal.reading()
        #expect(reader.snapshots?.file(of: journal.session).marks().count == report.snapshots)
        for count in stride(from: 1, to: journal.events.count, by: 37) {
            let state = try await reader.state(of: journal.session, at: .sequence(UInt64(count)))
            #expect(state.readsLike(journal.folded(count)), "at event \(count)")
        }
        try await reader.close()
    }

    /// Histories of acts, with rewinds into merges and edits on every branch.
    @Test(arguments: 0..<6) func historiesComeBack(seed: Int) async throws {
        var history = TreeHistory(seed: UInt64(seed))
        for _ in 0..<1_500 { _ = try history.step() }
        let journal = try await SnapshotJournal(history.script.events)
        _ = try await journal.takeSnapshots()
        let reader = try await journal.reading()
        for count in stride(from: 60, through: journal.events.count, by: 171) {
            let state = try await reader.state(of: journal.session, at: .sequence(UInt64(count)))
            #expect(state.readsLike(journal.folded(count)), "at event \(count)")
        }
        try await reader.close()
    }

    /// A state goes on from a snapshot as it would have from the first event: the next snapshot is
    /// the same bytes.
    @Test func foldingAnewGivesTheSameBytes() async throws {
        let busy = BusySession(seed: 2, rounds: 120)
        let journal = try await SnapshotJournal(busy.script.events)
        _ = try await journal.takeSnapshots()
        let reader = try await journal.reading()
        let verified = try await reader.verifySnapshots()
        #expect(verified.snapshots == journal.events.count / 50)
        #expect(verified.differences.isEmpty)
        let marks = reader.snapshots?.file(of: journal.session).marks() ?? []
        let source = try #require(reader.snapshots?.source())
        let first = marks.map { mark in
            reader.snapshots?.file(of: journal.session).state(at: mark, from: source)
                .map { SnapshotContent($0.0, digest: $0.1) }
        }
        #expect(!first.contains(nil))
        try await reader.close()
        // Taken away, they come back the same.
        try PosixFileSystem().remove(journal.file)
        _ = try await journal.takeSnapshots()
        let again = try await journal.reading()
        let file = again.snapshots?.file(of: journal.session)
        let second = file?.marks().map { mark in
            file?.state(at: mark, from: source).map { SnapshotContent($0.0, digest: $0.1) }
        }
        #expect(first == second)
        try await again.close()
    }

    @Test func everyKindOfPointIsFound() async throws {
        let busy = BusySession(seed: 3, rounds: 60)
        let journal = try await SnapshotJournal(busy.script.events)
        _ = try await journal.takeSnapshots()
        let reader = try await journal.reading()
        let plain = Journal(store: reader.store, options: withoutSnapshots())
        let third = journal.events[journal.events.count / 3]
        for point in [
            .now, .sequence(third.sequence), .time(third.time), .recorded(third.time), .back(0),
            .back(17), .back(1_000_000), .sequence(3), .time(.earliest),
        ] as [PointInTime] {
            let state = try await reader.state(of: journal.session, at: point)
            let expected = try await plain.state(of: journal.session, at: point)
            #expect(state.eventCount == expected.eventCount, "\(point)")
            #expect(state.readsLike(expected), "\(point)")
        }
        try await reader.close()
    }

    /// What goes on after the snapshots were taken is folded onto them, and they grow.
    @Test func snapshotsGrowWithTheSession() async throws {
        let busy = BusySession(seed: 4, rounds: 40)
        let journal = try await SnapshotJournal(busy.script.events)
        let first = try await journal.takeSnapshots()
        let size = try journal.bytes().count
        let writer = try await journal.writing()
        let ada = writer.as("user:ada")
        for index in 0..<120 { try await ada.say("user", "\(index)", in: journal.session) }
        let more = try await writer.takeSnapshots()
        #expect(more.snapshots == (journal.events.count + 120) / 50 - first.snapshots)
        #expect(first.snapshots > 0)
        // Nothing that stood there was written again.
        #expect(try journal.bytes().count == size + Int(more.bytes))
        let plain = Journal(store: writer.store, options: withoutSnapshots())
        let state = try await writer.state(of: journal.session)
        #expect(state.readsLike(try await plain.state(of: journal.session)))
        #expect(state.turnCount == (try await plain.state(of: journal.session)).turnCount)
        try await writer.close()
    }

    /// Pages are read when they are looked at, also when the journal was closed meanwhile.
    @Test func aStateOutlivesItsJournal() async throws {
        let busy = BusySession(seed: 5, rounds: 200)
        let journal = try await SnapshotJournal(busy.script.events)
        _ = try await journal.takeSnapshots()
        let reader = try await journal.reading()
        let state = try await reader.state(of: journal.session)
        try await reader.close()
        #expect(state.readsLike(journal.folded(journal.events.count)))
        let writer = try await journal.writing()
        let other = try await writer.state(of: journal.session)
        try await writer.seal()
        try await writer.close()
        #expect(other.readsLike(journal.folded(journal.events.count)))
    }

    @Test func aReaderWritesNothing() async throws {
        let busy = BusySession(seed: 6, rounds: 40)
        let journal = try await SnapshotJournal(busy.script.events)
        let reader = try await journal.reading()
        _ = try await reader.state(of: journal.session)
        #expect(try PosixFileSystem().status(of: journal.folder) == nil)
        await #expect(throws: JournalError.self) { try await reader.takeSnapshots() }
        try await reader.close()
        // Who writes takes them on the way.
        let writer = try await journal.writing()
        _ = try await writer.state(of: journal.session)
        try await writer.close()
        #expect(try PosixFileSystem().status(of: journal.file) != nil)
        var options = JournalOptions()
        options.snapshotInterval = 0
        let none = try await Journal.open(at: journal.path, options: options)
        #expect(try await none.takeSnapshots() == SnapshotReport())
        try await none.close()
    }

    private func withoutSnapshots() -> JournalOptions {
        var options = JournalOptions()
        options.snapshotInterval = 0
        return options
    }
}
