import JournalTestKit
import SessionJournal
import Testing

struct SessionStateTests {
    /// A session with two changes of metadata, two branches, and turns of every kind.
    static func script() -> EventScript {
        var script = EventScript()
        let metadata = MetadataSchema.builtIn.initialValues(
            given: ["name": "first", "mood": "calm", "model": "m-1"], at: script.time)
        script.add(
            .sessionCreated,
            ["key": "chat-1", "schema": 2, "metadata": .object(metadata)])  // 1
        script.say("u1", after: nil)  // 2
        script.say("a1", after: "u1", role: "assistant", more: ["model": "m-1"])  // 3
        script.say("t1", after: "a1", role: "tool")  // 4
        script.actor = "user:bob"
        script.add(
            .sessionMetadataChanged, ["set": ["name": "second", "tags": ["a", "b"]]],
            reason: "clearer")  // 5
        script.add(
            .branchCreated,
            ["branch": "idea", "from": "a1", "type": "fork", "parent_branch": "main"])  // 6
        script.say("u2", after: "a1", branch: "idea")  // 7
        script.add(.sessionMetadataChanged, ["set": ["model": "m-2"]], branch: "idea")  // 8
        script.add(.branchSwitched, ["branch": "idea"], branch: "idea")  // 9
        script.say("u3", after: "t1", more: ["synthetic": "meta"])  // 10
        script.add("x.note", ["anything": [1, 2, 3]])  // 11
        script.add(
            .branchCreated,
            ["branch": "agent", "from": "u3", "type": "sidechain", "parent_branch": "main"])  // 12
        script.say("s1", after: "u3", branch: "agent")  // 13
        return script
    }

    static func fold(_ events: some Sequence<Event>) throws -> SessionState {
        try SessionProjection().fold(events)
    }

    @Test func foldsEverything() throws {
        let events = Self.script().events
        let state = try Self.fold(events)
        #expect(state.session == EventScript.defaultSession)
        #expect(state.key == "chat-1")
        #expect(state.createdAt == Timestamp("2026-01-01T00:00:00Z"))
        #expect(state.lastActive == Timestamp("2026-01-01T00:00:12Z"))
        #expect(state.eventCount == 13)
        #expect(state.version == 13)
        #expect(state.firstSequence == 1)
        #expect(state.lastSequence == 13)
        #expect(state.tree.messages.map(\.id) == ["u1", "a1", "t1", "u2", "u3", "s1"])
        #expect(state.tree.currentBranch == "idea")
        #expect(
            state.tree.heads
                == ["main": .init("u3"), "idea": .init("u2"), "agent": .init("s1")])
        // Neither the tool's result, nor the synthetic message, nor the sidechain is a turn.
        #expect(state.turnCount == 2)
    }

    @Test func metadataBelongsToSessionOrBranch() throws {
        let state = try Self.fold(Self.script().events)
        let main = state.metadata(on: "main")
        let idea = state.metadata()
        #expect(
            main.names
                == [
                    "name", "status", "turn_count", "is_starred", "tags", "description",
                    "category", "language", "last_modified", "modified_by", "model",
                    "context_window", "max_tokens", "title", "type", "pinned", "archived", "agent",
                    "priority", "owner", "ttl", "mood",
                ])
        #expect(main["name"] == "second")
        #expect(main["tags"] == ["a", "b"])
        #expect(main["mood"] == "calm")
        #expect(main["status"] == "active")
        #expect(main["category"] == "general")
        #expect(main["language"] == "python")
        #expect(main["turn_count"] == 2)
        #expect(main["model"] == "m-1")
        #expect(idea["model"] == "m-2")
        #expect(idea["name"] == "second")
        #expect(main["modified_by"] == "user:bob")
        #expect(main["last_modified"] == "2026-01-01T00:00:07.000000Z")
        // A branch that nobody changed has what its parent had when it began.
        #expect(state.metadata(on: "agent")["model"] == "m-1")
    }

    @Test func aLaterChangeOnTheParentDoesNotReachABranch() throws {
        var script = Self.script()
        script.add(.sessionMetadataChanged, ["set": ["model": "m-3"]], branch: "main")
        let state = try Self.fold(script.events)
        #expect(state.metadata(on: "main")["model"] == "m-3")
        #expect(state.metadata(on: "agent")["model"] == "m-1")
    }

    @Test func atCreationNobodyHasChangedAnything() throws {
        let state = try Self.fold(Self.script().events.prefix(4))
        #expect(state.metadata()["last_modified"] == "2026-01-01T00:00:00.000000Z")
        #expect(state.metadata()["modified_by"] == .some(.null))
        #expect(state.metadata()["name"] == "first")
    }

    @Test func everyPrefixIsWhatWasThen() throws {
        let events = Self.script().events
        var state = SessionProjection().initialState()
        #expect(state.summary == nil)
        #expect(state.json() == nil)
        for (index, event) in events.enumerated() {
            SessionProjection().apply(event, to: &state)
            let again = try Self.fold(events.prefix(index + 1))
            #expect(again.json() == state.json())
            #expect(again.summary == state.summary)
            #expect(state.lastSequence == event.sequence)
        }
    }

    @Test func timesAreTheSourcesWhereItNamesThem() throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": [:]], occurred: "2025-03-01T00:00:00Z")
        script.say("u1", after: nil, occurred: "2025-03-01T00:05:00Z")
        script.say("u2", after: "u1", occurred: "2025-03-01T00:04:00Z")
        var state = try Self.fold(script.events)
        #expect(state.createdAt == Timestamp("2025-03-01T00:00:00Z"))
        #expect(state.lastActive == Timestamp("2025-03-01T00:05:00Z"))
        #expect(state.metadata()["last_modified"] == "2025-03-01T00:00:00.000000Z")
        script.add(.sessionMetadataChanged, ["set": ["name": "x"]])
        state = try Self.fold(script.events)
        #expect(state.metadata()["last_modified"] == "2026-01-01T00:00:03.000000Z")
    }

    @Test func otherSessionsArePassedOver() throws {
        var script = Self.script()
        let before = try Self.fold(script.events)
        script.session = SessionID(high: 9, low: 9)
        script.say("other", after: nil)
        #expect(try Self.fold(script.events).json() == before.json())
    }

    @Test func withheldEventsCountAndSayNothing() throws {
        var script = Self.script()
        for sequence: UInt64 in [2, 5, 11] { script.withhold(sequence: sequence) }
        let state = try Self.fold(script.events)
        #expect(state.eventCount == 13)
        #expect(state.tree.messages.count == 6)
        let withheld = state.tree.messages[0]
        #expect(withheld.isWithheld)
        #expect(withheld.id == "@2")
        #expect(withheld.role == nil)
        #expect(withheld.content() == nil)
        #expect(withheld.parts().isEmpty)
        #expect(state.metadata()["name"] == "first")
        #expect(state.turnCount == 1)
        let path = try #require(state.tree.path(ofBranch: "main"))
        #expect(path.messages.map(\.id) == ["a1", "t1", "u3"])
        #expect(path.origin == .init("u1"))
        #expect(state.json(branch: "main")?["origin"] == "u1")
    }

    @Test func theListHoldsEverySessionButTheJournals() throws {
        var script = Self.script()
        script.session = SessionID(high: 9, low: 9)
        script.add(.sessionCreated, ["key": "other", "metadata": ["name": "b"]])
        script.session = .journal
        script.add(.clockJumped, ["from": "a", "to": "b"])
        let states = try SessionListProjection().fold(script.events)
        #expect(states.count == 2)
        let summary = try #require(states[EventScript.defaultSession]?.summary)
        #expect(summary == (try Self.fold(script.events).summary))
        #expect(summary.messageCount == 6)
        #expect(summary.branchCount == 3)
        #expect(states[EventScript.defaultSession]?.tree.messages[0].events.isEmpty == true)
        #expect(states[SessionID(high: 9, low: 9)]?.summary?.firstSequence == 14)
    }

    @Test(arguments: [
        #"{"set":1}"#, #"{"set":null}"#, "{}", #"{"set":{"tags":{"deep":[]}}}"#,
        #"{"set":{"name":1,"name":"last"}}"#, #"{"set":{"turn_count":99,"modified_by":"eve"}}"#,
    ])
    func changesThatMakeNoSenseDoNoHarm(_ data: String) throws {
        var script = Self.script()
        script.add(
            EventDraft(
                .sessionMetadataChanged, data: try EventData(json: Array(data.utf8))))
        let state = try Self.fold(script.events)
        #expect(state.metadata()["turn_count"] == 2)
        #expect(state.metadata()["modified_by"] == "user:bob")
        if data.contains("last") { #expect(state.metadata()["name"] == "last") }
    }
}

struct SessionJSONTests {
    /// The keys that scripts stand on.
    @Test func showHasItsKeys() throws {
        let state = try SessionStateTests.fold(SessionStateTests.script().events)
        let json = try #require(state.json(branch: "idea"))
        #expect(
            json.object?.names == [
                "session", "key", "created_at", "last_active", "seq", "version", "branch",
                "branches", "metadata", "lifecycle", "messages",
            ])
        #expect(json["session"] == "019500000000700080000000000000ff")
        #expect(json["key"] == "chat-1")
        #expect(json["created_at"] == "2026-01-01T00:00:00.000000Z")
        #expect(json["seq"] == 13)
        #expect(json["branch"] == "idea")
        #expect(json["metadata"]?["model"] == "m-2")
        #expect(json["messages"]?.array?.map { $0["id"] } == ["u1", "a1", "u2"])
        let message = try #require(json["messages"]?[1])
        #expect(
            message.object?.names == [
                "id", "parent", "role", "content", "seq", "time", "occurred", "branch", "model",
                "usage",
            ])
        #expect(
            message.description
                == #"{"id":"a1","parent":"u1","role":"assistant","content":[{"type":"text","#
                + #""text":"a1"}],"seq":3,"time":"2026-01-01T00:00:02.000000Z","occurred":null,"#
                + #""branch":"main","model":"m-1","usage":null}"#)
        #expect(state.json(branch: "nowhere") == nil)
        #expect(state.json()?["branch"] == "idea")
    }

    @Test func sessionsHasItsKeys() throws {
        let state = try SessionStateTests.fold(SessionStateTests.script().events)
        let json = try #require(state.summary?.json)
        #expect(
            json.object?.names == [
                "session", "key", "created_at", "last_active", "events", "messages", "branches",
                "first_seq", "last_seq", "metadata",
            ])
        #expect(json["events"] == 13)
        #expect(json["messages"] == 6)
        #expect(json["branches"] == 3)
        #expect(json["first_seq"] == 1)
        #expect(json["last_seq"] == 13)
        #expect(json["metadata"]?["model"] == "m-1")
    }
}
