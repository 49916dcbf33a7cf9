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

    /// A session that is longer than was asked for is left alone, and named.
    @Test func longSessionsAreLeftAlone() async throws {
        let journal = try await SnapshotJournal(BusySession(seed: 1, rounds: 40).script.events)
        let count = UInt64(journal.events.count)
        let writer = try await journal.writing()
        let none = try await writer.takeSnapshots(longest: count - 1)
        #expect(none.tooLong == [journal.session] && none.sessions == 0 && none.snapshots == 0)
        let all = try await writer.takeSnapshots(longest: count)
        #expect(all.tooLong.isEmpty && all.sessions == 1 && all.snapshots == Int(count) / 50)
        try await writer.close()
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

    /// What few sessions have: a claim, limits, turns beside the conversation, a withheld change.
    @Test func whatIsSeldomComesBack() async throws {
        var script = EventScript()
        script.add(
            .sessionCreated,
            [
                "metadata": ["name": "n", "turn_count": 7],
                "limits": ["max_messages": 5, "action": "mark"],
            ])
        script.add(.sessionMetadataChanged, ["set": ["name": "secret"]])
        script.withhold(sequence: 2)
        script.add(.sessionLimitReached, ["limit": "max_messages"])
        script.add(
            .branchCreated, ["branch": "aside", "type": "sidechain", "parent_branch": "main"])
        for index in 0..<60 {
            script.say("m\(index)", after: nil, branch: index % 3 == 0 ? "aside" : "main")
        }
        let journal = try await SnapshotJournal(script.events, interval: 20)
        #expect(try await journal.takeSnapshots().snapshots == 3)
        let reader = try await journal.reading()
        let state = try await reader.state(of: journal.session)
        #expect(state.turnCount == 40 && state.turnCountClaim?.value == 7)
        #expect(state.lifecycle.limits == SessionLimits(maximumMessages: 5, action: .mark))
        #expect(state.lifecycle.reachedLimits == ["max_messages"])
        // The name that it was created with, and the change that nobody can read.
        #expect(state.fieldLogs.values(of: "name", on: nil, limit: 9).count == 2)
        #expect(try await reader.verifySnapshots().differences.isEmpty)
        try await reader.close()
    }

    /// A page that a snapshot holds is not the page in which a message was edited since.
    @Test func anEditInAStoredPageIsStored() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n"]])
        for index in 0..<310 { script.say("m\(index)", after: nil) }
        script.add(
            .messageEdited, ["message": "m3", "parts": [["type": "text", "text": "edited"]]],
            branch: "main")
        for index in 310..<420 { script.say("m\(index)", after: nil) }
        let journal = try await SnapshotJournal(script.events, interval: 100)
        #expect(try await journal.takeSnapshots().snapshots == 4)
        let reader = try await journal.reading()
        #expect(try await reader.verifySnapshots().differences.isEmpty)
        let state = try await reader.state(of: journal.session)
        #expect(state.tree.message("m3")?.preview() == "edited")
        try await reader.close()
    }

    /// A branch that begins at an event before the snapshot has the values of that event.
    @Test func aBranchOfAnEarlierEventHasTheValuesOfThen() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n", "model": "m-1"]])
        for index in 0..<20 { script.say("m\(index)", after: nil, branch: "main") }
        let then = script.events.count
        script.add(.sessionMetadataChanged, ["set": ["model": "m-2"]], branch: "main")
        for index in 20..<50 { script.say("m\(index)", after: nil, branch: "main") }
        script.add(
            .branchCreated,
            ["branch": "old", "parent_branch": "main", "at": .integer(Int64(then))])
        let journal = try await SnapshotJournal(script.events, interval: 30)
        #expect(try await journal.takeSnapshots().snapshots == 1)
        let reader = try await journal.reading()
        let state = try await reader.state(of: journal.session)
        #expect(state.metadata(on: "old")["model"] == "m-1")
        #expect(state.metadata(on: "main")["model"] == "m-2")
        try await reader.close()
    }

    /// Large events take long to read: much content counts as many events do.
    @Test func largeEventsGetSnapshotsToo() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n"]])
        for index in 0..<60 { script.say("m\(index)", after: nil) }
        let text = String(repeating: "x", count: 600_000)
        for index in 60..<72 { script.say("m\(index)", after: nil, text: text) }
        let journal = try await SnapshotJournal(script.events)
        // One behind 50 events, then one behind every four large ones.
        #expect(try await journal.takeSnapshots().snapshots == 4)
    }

    /// A snapshot names every branch: of a session of very many there are fewer.
    @Test func manyBranchesHaveFewerSnapshots() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n"]])
        for index in 0..<600 {
            script.add(.branchCreated, ["branch": "b\(index)", "parent_branch": "main"])
        }
        let journal = try await SnapshotJournal(script.events, interval: 10)
        let count = try await journal.takeSnapshots().snapshots
        #expect((10...25).contains(count))
        let reader = try await journal.reading()
        #expect(try await reader.verifySnapshots().differences.isEmpty)
        let state = try await reader.state(of: journal.session, at: .sequence(555))
        #expect(state.readsLike(journal.folded(555)))
        try await reader.close()
    }

    @Test func theLastOfManyEntriesIsFound() {
        var log = PagedLog<UInt64>()
        for number in 0..<1_000 { log.append(UInt64(number)) }
        #expect(log.count == 1_000 && log.suffix(1) { _ in true } == [999])
        for limit in [1, 128, 129, 500, 1_000] as [UInt64] {
            #expect(log.last { $0 < limit } == limit - 1)
            #expect(log.suffix(3) { $0 < limit } == Array((0..<limit).suffix(3)))
        }
        #expect(log.last { $0 > 1_000 } == nil)
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
