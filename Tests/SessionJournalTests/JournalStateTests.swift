import JournalTestKit
import SessionJournal
import Testing

@Suite struct JournalStateTests {
    let clock = ManualClock()
    let journal: Journal

    init() {
        var options = JournalOptions()
        options.clock = { [clock] in clock.tick() }
        journal = Journal.inMemory(options: options)
    }

    @Test func storesOnlyWhatChanged() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(metadata: ["name": "a"])
        let none = try await ada.setMetadata(["name": "a", "tags": []], in: session)
        #expect(none.isEmpty)
        let receipts = try await journal.as("user:bob").setMetadata(
            ["name": "b", "category": "general", "colour": "red"], in: session, reason: "better")
        #expect(receipts.map(\.sequence) == [2])
        let event = try #require(try await journal.event(at: 2))
        #expect(try event.data() == ["schema": 2, "set": ["name": "b", "colour": "red"]])
        #expect(event.reason == "better")
        let state = try await journal.state(of: session)
        let metadata = state.metadata()
        #expect(metadata["name"] == "b")
        #expect(metadata["modified_by"] == "user:bob")
        #expect(metadata["last_modified"] == .string(event.time.description))
        let trail = try await journal.audit(of: session)
        let entry = try #require(trail.entries.last { $0.field == "name" })
        #expect(entry.old == "a" && entry.new == "b" && entry.actor == "user:bob")
    }

    @Test func aBranchHasAModelOfItsOwn() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(metadata: ["model": "m1"])
        let first = try await ada.say("user", "Hello", in: session)
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: [
                    "branch": "side", "from": .string(first.message), "type": "fork",
                    "parent_branch": "main",
                ]), to: session)
        let receipts = try await ada.setMetadata(
            ["model": "m2", "name": "n"], in: session, branch: "side")
        #expect(receipts.count == 2)
        let state = try await journal.state(of: session, branch: "side")
        #expect(state.metadata(on: "side")["model"] == "m2")
        #expect(state.metadata(on: "main")["model"] == "m1")
        #expect(state.metadata(on: "main")["name"] == "n")
        let error = await #expect(throws: JournalError.self) {
            try await journal.state(of: session, branch: "other")
        }
        #expect(error?.code == .branchNotFound)
    }

    @Test func concurrentChangesAllCount() async throws {
        let session = try await journal.as("user:ada").createSession()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await journal.as("user:\(number)").setMetadata(
                        ["field\(number)": .string("\(number)")], in: session)
                }
            }
            try await group.waitForAll()
        }
        let metadata = try await journal.state(of: session).metadata()
        for number in 0..<8 { #expect(metadata["field\(number)"]?.string == "\(number)") }
    }

    @Test func answersAsOfAnyPoint() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        let other = try await ada.createSession()
        for number in 1...4 {
            try await ada.say("user", "\(number)", in: session)
            try await ada.say("user", "other", in: other)
        }
        func count(_ point: PointInTime) async throws -> Int {
            try await journal.state(of: session, at: point).tree.messages.count
        }
        #expect(try await count(.now) == 4)
        #expect(try await count(.sequence(5)) == 2)
        #expect(try await count(.sequence(6)) == 2)
        #expect(try await count(.back(1)) == 3)
        #expect(try await count(.back(100)) == 0)
        let third = try #require(try await journal.event(at: 7))
        #expect(try await count(.time(third.time)) == 3)
        #expect(try await count(.recorded(third.time)) == 3)
        #expect(try await journal.tree(of: session, at: .back(2)).messages.count == 2)
        #expect(try await journal.sessions().map(\.session) == [session, other])
        #expect(try await journal.sessions(at: .sequence(1)).map(\.session) == [session])
        #expect(
            try await journal.audit(at: .sequence(1)).entries.allSatisfy { $0.session == session })
    }

    @Test func aSessionThatIsNoneIsNotFound() async throws {
        let error = await #expect(throws: JournalError.self) {
            try await journal.state(of: Drafts.session(1))
        }
        #expect(error?.code == .sessionNotFound)
        #expect(try await journal.state(of: .journal).eventCount == 0)
    }
}
