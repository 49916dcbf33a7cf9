import JournalTestKit
import SessionJournal
import Testing

/// Two who change metadata at once.
@Suite struct MetadataChangeTests {
    let journal = Journal.inMemory()

    private var ada: JournalWriter { journal.as("user:ada") }
    private var bob: JournalWriter { journal.as("user:bob") }

    private func tags(_ session: SessionID) async throws -> Set<JSONValue> {
        Set(try await journal.state(of: session).metadata()["tags"]?.array ?? [])
    }

    @Test func anExpectedVersionIsACondition() async throws {
        let session = try await ada.createSession()
        try await ada.setMetadata(["name": "a"], in: session, if: .version(1))
        let error = await #expect(throws: JournalError.self) {
            try await bob.setMetadata(["category": "b"], in: session, if: .version(1))
        }
        #expect(error?.code == .conflict)
        // Also where nothing would change.
        await #expect(throws: JournalError.self) {
            try await bob.setMetadata(["name": "a"], in: session, if: .version(1))
        }
        await #expect(throws: JournalError.self) {
            try await bob.setMetadata(
                ["name": "c"], in: session, if: .head(branch: "main", sequence: 1))
        }
        #expect(try await journal.state(of: session).metadata()["name"] == "a")
        try await bob.setMetadata(
            ["name": "c"], in: session, if: .head(branch: "main", sequence: 2))
        #expect(try await journal.state(of: session).version == 3)
    }

    @Test func changesThatDoNotTouchBothCount() async throws {
        let session = try await ada.createSession(metadata: ["model": "m", "tags": ["t"]])
        let read = try await journal.state(of: session).version
        try await ada.setMetadata(["name": "a", "model": "m-2"], in: session, since: read)
        try await bob.setMetadata(["category": "b"], in: session, since: read)
        let error = await #expect(throws: JournalError.self) {
            try await bob.setMetadata(
                ["name": "b", "model": "m-3", "category": "c"], in: session, since: read)
        }
        #expect(error?.code == .conflict)
        for name in ["name", "model", "category"] {
            #expect(error?.message.contains("“\(name)”") == true, "\(error?.message ?? "")")
        }
        #expect(error?.message.contains("(event 2)") == true)
        // What both want alike is no conflict, and nothing to store.
        #expect(try await bob.setMetadata(["name": "a"], in: session, since: read).isEmpty)
        // Who has read the change may undo it.
        try await bob.setMetadata(["name": "b"], in: session, since: 3)
        let metadata = try await journal.state(of: session).metadata()
        #expect(metadata["name"] == "b" && metadata["category"] == "b")
        let future = await #expect(throws: JournalError.self) {
            try await bob.setMetadata(["name": "z"], in: session, since: 99)
        }
        #expect(future?.code == .invalidArgument)
    }

    @Test func setsMergeElementByElement() async throws {
        let session = try await ada.createSession(metadata: ["tags": ["a", "b"]])
        try await ada.setMetadata(["tags": ["a", "b", "c"]], in: session, since: 1)
        // Bob read before Ada wrote: he drops a and adds d, and c stays.
        try await bob.setMetadata(["tags": ["b", "d"]], in: session, since: 1)
        #expect(try await tags(session) == ["b", "c", "d"])
        let last = try #require(try await journal.event(at: 3))
        #expect(try last.data()["add"] == ["tags": ["d"]])
        #expect(try last.data()["remove"] == ["tags": ["a"]])
        // Another order, and an element twice, are no change.
        #expect(try await ada.setMetadata(["tags": ["d", "c", "b", "b"]], in: session).isEmpty)
        // Without a version the whole set replaces what is there.
        try await ada.setMetadata(["tags": ["z"]], in: session)
        #expect(try await tags(session) == ["z"])

        var update = MetadataUpdate()
        update.add(["x", "z", "x"], to: "tags")
        update.remove(["nothing"], from: "tags")
        let receipt = try #require(try await bob.change(update, in: session).first)
        let event = try #require(try await journal.event(at: receipt.sequence))
        #expect(try event.data() == ["schema": 2, "add": ["tags": ["x"]]])
        #expect(try await bob.change(update, in: session).isEmpty)
        let entry = try #require(try await journal.audit(of: session).entries.last)
        #expect(entry.old == ["z"] && entry.new == ["z", "x"])
    }

    @Test func elementsThatMakeNoSenseAreRefused() async throws {
        let session = try await ada.createSession(metadata: ["mood": "calm"])
        var update: MetadataUpdate = ["tags": ["a"]]
        update.add(["b"], to: "tags")
        update.add(["x"], to: "name")
        update.add(["x"], to: "mood")
        update.add(["x"], to: "colours")
        update.remove(["x"], from: "colours")
        update.add(["x"], to: "")
        let error = await #expect(throws: JournalError.self) {
            try await ada.change(update, in: session)
        }
        #expect(error?.code == .invalidMetadata)
        for words in [
            "“tags” is set and changed", "“name” is no set", "“mood” is no set",
            "“colours” cannot get and lose \"x\" at once", "“” is no name",
        ] { #expect(error?.message.contains(words) == true, "\(error?.message ?? "")") }
        // A field of one's own becomes a set by what it gets.
        var own = MetadataUpdate()
        own.add(["red"], to: "colours")
        try await ada.change(own, in: session)
        #expect(try await journal.state(of: session).metadata()["colours"] == ["red"])
    }

    @Test func manyWritersLoseNothing() async throws {
        let session = try await ada.createSession()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<12 {
                group.addTask {
                    var update: MetadataUpdate = ["f\(number)": .integer(Int64(number))]
                    update.add(["t\(number)"], to: "tags")
                    if number > 0 { update.remove(["t\(number - 1)x"], from: "tags") }
                    try await journal.as("user:\(number)").change(update, in: session)
                }
                group.addTask {
                    try await journal.as("user:x").say("user", "\(number)", in: session)
                }
            }
            try await group.waitForAll()
        }
        let state = try await journal.state(of: session)
        #expect(state.metadata()["tags"]?.array?.count == 12)
        for number in 0..<12 {
            #expect(state.metadata()["f\(number)"] == .integer(Int64(number)))
        }
        #expect(state.turnCount == 12)
    }

    /// Of two who read the same and set the same field, one wins and the other hears of it.
    @Test func ofTwoWhoReadTheSameOneHears() async throws {
        let session = try await ada.createSession()
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for name in ["a", "b", "c", "d"] {
                group.addTask {
                    do {
                        try await journal.as("user:\(name)").setMetadata(
                            ["name": .string(name)], in: session, since: 1)
                        return true
                    } catch { return (error as? JournalError)?.code != .conflict }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes.count { $0 } == 1)
        #expect(try await journal.state(of: session).version == 2)
    }

    @Test(arguments: [
        #"{"add":5}"#, #"{"add":{"tags":"x"}}"#, #"{"add":{"tags":[1,null]},"remove":[]}"#,
        #"{"remove":{"nothing":["x"]}}"#, #"{"set":{"archived":"yes"},"branch_fields":7}"#,
        #"{"set":{},"branch_fields":["name",5,"own"]}"#, #"{"schema":99,"set":{"name":"new"}}"#,
        #"{"set":{"archived":true,"status":"deleted"}}"#,
    ])
    func changesThatMakeNoSenseDoNoHarm(_ data: String) async throws {
        let session = try await ada.createSession(metadata: ["tags": ["a"]])
        try await ada.append(
            EventDraft(.sessionMetadataChanged, data: try EventData(json: Array(data.utf8))),
            to: session)
        let state = try await journal.state(of: session)
        #expect(state.metadata()["tags"]?.array?.first == "a")
        #expect(state.metadata()["archived"] == false)
        _ = state.invalidFields
        _ = try await ada.repairMetadata(of: session)
        #expect(try await journal.state(of: session).invalidFields.isEmpty)
    }
}
