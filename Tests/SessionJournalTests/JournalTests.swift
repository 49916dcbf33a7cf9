import JournalTestKit
import SessionJournal
import Testing

@Suite struct JournalTests {
    let journal = Journal.inMemory()

    private func texts(_ session: SessionID) async throws -> [String] {
        var texts: [String] = []
        for try await event in journal.events(session: session, kinds: [.messageAppended]) {
            texts.append(try event.data()["parts"]?[0]?["text"]?.string ?? "")
        }
        return texts
    }

    @Test func createsASessionWithEveryBuiltInField() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(
            key: "chat-1", metadata: ["name": "First", "colour": "red"])
        let event = try #require(try await journal.event(at: 1))
        #expect(event.kind == .sessionCreated)
        #expect(event.actor == "user:ada")
        let data = try event.data()
        #expect(data["key"] == "chat-1")
        #expect(data["schema"] == 2)
        let metadata = try #require(data["metadata"]?.object)
        #expect(
            metadata.names == [
                "name", "status", "is_starred", "tags", "description", "category", "language",
                "last_modified", "modified_by", "model", "context_window", "max_tokens", "title",
                "type", "pinned", "agent", "priority", "owner", "ttl", "colour",
            ])
        #expect(metadata["name"] == "First")
        #expect(metadata["status"] == "active")
        #expect(metadata["is_starred"] == false)
        #expect(metadata["tags"] == [])
        #expect(metadata["category"] == "general")
        #expect(metadata["language"] == "python")
        #expect(metadata["modified_by"] == .null)
        #expect(Timestamp(metadata["last_modified"]?.string ?? "") != nil)
        #expect(try await journal.session(forKey: "chat-1") == session)
    }

    @Test func namesTheSessionThatHasAKey() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "chat-1")
        let error = await #expect(throws: JournalError.self) {
            try await ada.createSession(key: "chat-1")
        }
        #expect(error?.code == .sessionExists)
        #expect(error?.message.contains(session.description) == true)
    }

    @Test func saysMessagesOneBehindTheOther() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        let first = try await ada.say("user", "Hello", in: session)
        let second = try await journal.as("agent:b").say("assistant", "Hi", in: session)
        // Another handle on the same store knows nothing of what this one said.
        let other = Journal(store: journal.store)
        let third = try await other.as("user:ada").say("user", "How?", in: session)
        let fourth = try await ada.say("user", "So!", in: session)
        var parents: [String?] = []
        for try await event in journal.events(session: session, kinds: [.messageAppended]) {
            parents.append(try event.data()["parent"]?.string)
        }
        #expect(parents == [nil, first.message, second.message, third.message])
        #expect(fourth.receipt.version == 5)
        #expect(try await texts(session) == ["Hello", "Hi", "How?", "So!"])
    }

    @Test func saysTheSameMessageOnce() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        let first = try await ada.say("user", "Hello", in: session, id: "m-1")
        try await ada.say("user", "More", in: session)
        let again = try await ada.say("user", "Hello", in: session, id: "m-1")
        #expect(again.message == first.message)
        #expect(again.receipt.isDuplicate)
        #expect(again.receipt.sequence == first.receipt.sequence)
        let next = try await ada.say("user", "Last", in: session)
        #expect(try await texts(session) == ["Hello", "More", "Last"])
        #expect(next.receipt.version == 4)
    }

    @Test func saysOnABranchFromWhereItBegins() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        let first = try await ada.say("user", "Hello", in: session)
        try await ada.say("assistant", "Hi", in: session)
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: ["branch": "side", "from": .string(first.message), "type": "fork"]),
            to: session)
        try await ada.say("assistant", "Hey", in: session, branch: "side")
        let event = try #require(try await journal.event(at: 5))
        #expect(event.branch == "side")
        #expect(try event.data()["parent"]?.string == first.message)
    }

    @Test func concurrentSpeakersFormOneChain() async throws {
        let session = try await journal.as("user:ada").createSession()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await journal.as("user:\(number)").say("user", "\(number)", in: session)
                }
            }
            try await group.waitForAll()
        }
        var last: String?
        for try await event in journal.events(session: session, kinds: [.messageAppended]) {
            let data = try event.data()
            #expect(data["parent"]?.string == last)
            last = data["message"]?.string
        }
    }

    @Test func refusesToSpeakInNoSession() async throws {
        let error = await #expect(throws: JournalError.self) {
            try await journal.as("user:ada").say("user", "x", in: Drafts.session(1))
        }
        #expect(error?.code == .sessionNotFound)
    }

    @Test func filtersByKindAndActor() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "a", in: session)
        try await journal.as("user:bob").say("user", "b", in: session)
        var found: [UInt64] = []
        for try await event in journal.events(actors: ["user:bob"]) { found.append(event.sequence) }
        #expect(found == [3])
        found = []
        for try await event in journal.events(from: 2, through: 2, kinds: [.messageAppended]) {
            found.append(event.sequence)
        }
        #expect(found == [2])
        #expect(try await journal.event(at: 4) == nil)
        #expect(try await journal.event(at: 0) == nil)
    }

    @Test func countsWhatIsThere() async throws {
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "a", in: session)
        try await ada.append(
            EventDraft(.importFinished, data: ["root": "r", "path": "p", "bytes": 70]),
            to: .journal)
        try await ada.append(
            EventDraft(.importFinished, data: ["root": "r", "path": "p", "bytes": 90]),
            to: .journal)
        let statistics = try await journal.statistics()
        #expect(statistics.events == 4)
        #expect(statistics.sessions == 1)
        #expect(statistics.messages == 1)
        #expect(statistics.bytesImported == 90)
        #expect(statistics.root == (try await journal.store.treeHead(at: 4)).root)
        let earlier = try await journal.statistics(at: 1)
        #expect(earlier.lastSequence == 1)
        #expect(earlier.messages == 0)
        #expect(earlier.json["last_seq"] == 1)
        let error = await #expect(throws: JournalError.self) { try await journal.statistics(at: 5) }
        #expect(error?.code == .eventNotFound)
    }
}
