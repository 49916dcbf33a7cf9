#if Search
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionSearch

/// Several at once, in one process and in several: one brings the file up to date, all get answers.
@Suite struct IndexSharingTests {
    @Test func manyHandlesAgree() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession(key: "tea")
        let path = fixture.path
        let counts = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<6 {
                group.addTask {
                    let journal = try await Journal.open(readingAt: path)
                    let index = try SearchIndex(
                        journal, damage: .fail, batchSize: 1)
                    var last = 0
                    for _ in 0..<10 {
                        let before = try await journal.latestSequence()
                        let count = try await index.search("green", limit: 1_000).hits.count
                        // An answer holds what was there when it was asked for.
                        #expect(count >= Int(before) - 1)
                        #expect(count >= last)
                        last = count
                    }
                    try await journal.close()
                    return last
                }
            }
            for _ in 0..<30 { try await ada.say("user", "green tea", in: session) }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(counts.count == 6)
        let index = try fixture.index()
        #expect(try await index.found("green").count == 30)
        let steps = try await index.contents()
        try await index.rebuild()
        #expect(try await index.contents() == steps)
    }

    /// The lock says who makes the file; whoever waits finds it made.
    @Test func oneAtATimeMakesTheFile() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        try await ada.say("user", "green tea", in: try await ada.createSession())
        let index = try fixture.index()
        let lock = try #require(try await index.home.lock())
        let search = Task { try await index.search("green").hits.count }
        try await Task.sleep(for: .milliseconds(50))
        lock.release()
        #expect(try await search.value == 1)
        // And nobody waits who is told not to.
        try await ada.say("user", "green tea", in: try await ada.createSession())
        let held = try #require(try await index.home.lock())
        let waiting = Task { try await index.search("green") }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        held.release()
    }

    @Test func aFollowerTakesInWhatComes() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession()
        let follower = try fixture.index()
        let following = Task { try await follower.follow() }
        // Some come while it catches up, or has just done so: it must wait for none of them in vain.
        for number in 1...200 {
            try await ada.say("user", "tea \(number)", in: session)
            for _ in 0..<number { await Task.yield() }
            try await ada.say("user", "and cake", in: session)
            let last = try await fixture.journal.lastSequence()
            while try await !follower.holds(last) { await Task.yield() }
        }
        following.cancel()
        await #expect(throws: CancellationError.self) { try await following.value }
        #expect(try await follower.found("200").count == 1)
    }

    /// What maintenance has brought up to date nobody has to wait for, in this process or another.
    @Test func maintenanceKeepsItUpToDate() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "green tea", in: session)
        var plan = MaintenancePlan.empty
        plan.tasks = [.searchIndex()]
        let report = try await ada.maintain(plan)
        #expect(report.isWell && report[.task]?.name == "index")
        let last = try await fixture.journal.lastSequence()
        #expect(report[.task]?.figures["events"] == JSONValue(last))
        #expect(try await fixture.index().holds(last))
        try await fixture.journal.close()
        let reader = try await Journal.open(readingAt: fixture.path)
        #expect(try await SearchIndex(reader).holds(last))
        try await reader.close()
    }

    @Test func theFileIsNoPartOfTheJournal() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        try await ada.say("user", "green tea", in: try await ada.createSession())
        let index = try fixture.index()
        let before = try await fixture.journal.statistics().bytesOfIndexes
        #expect(try await index.found("green").count == 1)
        #expect(try await fixture.journal.statistics().bytesOfIndexes > before)
        #expect(try await fixture.journal.verify().verdict == .ok)
        let backup = fixture.directory.path("backup")
        _ = try await fixture.journal.backup(to: backup)
        let names = try PosixFileSystem().names(in: backup + "/files")
        #expect(!names.contains { $0.contains("search") })
        try await fixture.journal.close()
        #expect(try await Journal.health(at: fixture.path).damage.isEmpty)
    }
}
#endif
