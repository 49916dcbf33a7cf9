import JournalTestKit
import SessionJournal
import Testing

@Suite struct ReplayTests {
    private func journal(_ script: EventScript) async throws -> Journal {
        let journal = Journal.inMemory()
        try await journal.store.adopt(script.events.map(\.line), durability: .durable)
        return journal
    }

    private func steps(_ replay: SessionReplay) async throws -> [ReplayStep] {
        var steps: [ReplayStep] = []
        for try await step in replay { steps.append(step) }
        return steps
    }

    private func script() -> EventScript {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": [:]], occurred: "2025-01-01T10:00:00Z")  // 1
        script.say("a", after: nil, occurred: "2025-01-01T10:00:03.5Z")  // 2
        script.say("b", after: "a", occurred: "2025-01-01T10:00:01Z")  // 3
        script.add(
            .branchCreated,
            ["branch": "side", "from": "a", "type": "fork", "parent_branch": "main"],
            occurred: "2025-01-01T10:00:05Z")  // 4
        script.say("c", after: "a", branch: "side", occurred: "2025-01-01T11:00:05Z")  // 5
        script.say("d", after: "b", occurred: "2025-01-01T11:00:05Z")  // 6
        script.add("x.note", ["n": 1], branch: "side", occurred: "2025-01-01T11:00:06Z")  // 7
        return script
    }

    @Test func playsTheRecordByItsOwnTimes() async throws {
        let journal = try await journal(script())
        let session = EventScript.defaultSession
        let replay = try await journal.replay(session)
        let steps = try await steps(replay)
        #expect(steps.map(\.event.sequence) == [1, 2, 3, 4, 5, 6, 7])
        #expect(steps.map(\.number) == [1, 2, 3, 4, 5, 6, 7])
        // The third happened before the second: nobody waits, and the fourth waits from the second.
        #expect(
            steps.map(\.wait) == [
                .zero, .milliseconds(3_500), .zero, .milliseconds(1_500), .seconds(3_600), .zero,
                .seconds(1),
            ])
        #expect(steps[1].json["wait_us"] == 3_500_000)
        #expect(steps[1].json["data"]?["message"] == "a")
        // It can be played more than once, and adds nothing.
        #expect(try await self.steps(replay).count == 7)
        #expect(try await journal.lastSequence() == 7)
    }

    @Test func aRangeHasBothEnds() async throws {
        let journal = try await journal(script())
        let session = EventScript.defaultSession
        func played(_ from: PointInTime?, _ through: PointInTime) async throws -> [UInt64] {
            try await steps(try await journal.replay(session, from: from, through: through))
                .map(\.event.sequence)
        }
        #expect(try await played(.sequence(2), .sequence(4)) == [2, 3, 4])
        #expect(try await played(.back(1), .now) == [6, 7])
        #expect(try await played(.sequence(0), .sequence(1)) == [1])
        #expect(try await played(nil, .sequence(0)) == [])
        #expect(try await played(.sequence(5), .sequence(3)) == [])
        let time = Timestamp("2025-01-01T10:30:00Z")!
        #expect(try await played(nil, .time(time)) == [1, 2, 3, 4])
    }

    @Test func aBranchIsPlayedFromItsRoot() async throws {
        let journal = try await journal(script())
        let session = EventScript.defaultSession
        func played(_ branch: String) async throws -> [UInt64] {
            try await steps(try await journal.replay(session, branch: branch)).map(\.event.sequence)
        }
        #expect(try await played("side") == [1, 2, 4, 5, 7])
        #expect(try await played("main") == [1, 2, 3, 4, 6])
        await #expect(throws: JournalError(.branchNotFound, "")) {
            try await journal.replay(session, branch: "nowhere")
        }
    }

    @Test func whatIsWithheldIsPlayedAsSuch() async throws {
        var script = script()
        script.withhold(sequence: 5)
        let journal = try await journal(script)
        let steps = try await steps(
            try await journal.replay(EventScript.defaultSession, branch: "main"))
        #expect(steps.map(\.event.sequence) == [1, 2, 3, 4, 5, 6])
        #expect(steps[4].json["withheld"] == true && steps[4].json["data"] == .null)
    }
}
