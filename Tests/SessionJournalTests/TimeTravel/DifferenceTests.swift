import JournalTestKit
import SessionJournal
import Testing

@Suite struct DifferenceTests {
    private func state(_ events: some Sequence<Event>) throws -> SessionState {
        try SessionProjection().fold(events)
    }

    private func script() -> EventScript {
        var script = EventScript()
        script.add(
            .sessionCreated,
            ["metadata": ["name": "a", "tags": ["x", "y"], "model": "m-1", "own": 1]])  // 1
        script.say("u1", after: nil)  // 2
        script.say("a1", after: "u1", role: "assistant")  // 3
        script.add(
            .branchCreated,
            ["branch": "side", "from": "u1", "type": "fork", "parent_branch": "main"])  // 4
        script.say("s1", after: "u1", branch: "side")  // 5
        script.say("u2", after: "a1")  // 6
        script.add(
            .sessionMetadataChanged,
            ["set": ["name": "b", "tags": ["z", "y", "x"], "new": nil, "own": 1.0]])  // 7
        script.add(.messageExtended, ["message": "a1", "parts": [["type": "text", "text": "!"]]])
        return script
    }

    @Test func twoPointsOfASession() throws {
        let events = script().events
        let change = SessionDifference(
            from: try state(events.prefix(3)), to: try state(events))
        let fields = Dictionary(uniqueKeysWithValues: change.fields.map { ($0.name, $0) })
        #expect(fields["name"]?.old == "a" && fields["name"]?.new == "b")
        #expect(fields["tags"]?.added == ["z"] && fields["tags"]?.removed == [])
        #expect(fields["turn_count"]?.old == 1 && fields["turn_count"]?.new == 3)
        #expect(fields["status"] == nil && fields["model"] == nil)
        // A field that is not there is not one that is null.
        #expect(fields["new"]?.old == nil && fields["new"]?.new == .null)
        #expect(fields["own"]?.old == 1 && fields["own"]?.new == 1.0)
        #expect(change.added.map(\.id) == ["s1", "u2"] && change.removed.isEmpty)
        #expect(change.edited.map(\.new.id) == ["a1"] && change.renamed.isEmpty)
        #expect(change.edited.first?.old.parts().count == 1)
        #expect(change.branchesAdded.map(\.name) == ["side"] && change.branchesRemoved.isEmpty)
        #expect(change.moved.map(\.branch) == ["main"])
        #expect(change.moved.first?.old == .init("a1") && change.moved.first?.new == .init("u2"))
        #expect(change.base == nil && !change.isEmpty)
        // Backwards, what was added is removed.
        let back = SessionDifference(from: try state(events), to: try state(events.prefix(3)))
        #expect(
            back.removed.map(\.id) == ["s1", "u2"] && back.branchesRemoved.map(\.name) == ["side"])
        #expect(back.fields.first { $0.name == "tags" }?.removed == ["z"])
        #expect(back.fields.first { $0.name == "new" }?.new == nil)
        #expect(change.json["fields"]?.array?.count == change.fields.count)
        #expect(change.json["same"] == false && change.json["from"]?["seq"] == 3)
    }

    @Test func theSameIsEmpty() throws {
        let state = try state(script().events)
        for branch in [nil, "main", "side"] {
            let none = SessionDifference(from: state, branch: branch, to: state, branch: branch)
            #expect(none.isEmpty && none.json["same"] == true)
        }
        let nothing = SessionProjection().initialState()
        let empty = SessionDifference(from: nothing, to: nothing)
        #expect(empty.isEmpty && empty.old.session == nil)
        // The order of tags says nothing.
        var script = script()
        script.add(.sessionMetadataChanged, ["set": ["tags": ["x", "z", "y", "x"]]])
        let other = SessionDifference(from: state, to: try self.state(script.events))
        #expect(other.fields.allSatisfy { $0.name != "tags" })
    }

    @Test func beforeTheSessionBegan() throws {
        let state = try state(script().events)
        let change = SessionDifference(from: try self.state([]), to: state)
        #expect(change.added.count == 4 && change.removed.isEmpty)
        #expect(change.branchesAdded.map(\.name) == ["side"])
        #expect(change.moved.map(\.branch) == ["main"])
    }

    @Test func twoBranchesThroughTheirAncestor() throws {
        var script = script()
        script.add(.sessionMetadataChanged, ["set": ["model": "m-2"]], branch: "side")
        // The same words on the other branch are no difference.
        script.say("s2", after: "s1", branch: "side", text: "u2")
        let state = try state(script.events)
        let change = SessionDifference(from: state, branch: "main", to: state, branch: "side")
        #expect(change.base == .init("u1"))
        #expect(change.removed.map(\.id) == ["a1"] && change.added.map(\.id) == ["s1"])
        #expect(change.renamed.map(\.old.id) == ["u2"] && change.renamed.map(\.new.id) == ["s2"])
        #expect(change.fields.map(\.name) == ["model"])
        #expect(change.branchesAdded.isEmpty && change.moved.isEmpty)
    }

    @Test func twoSessionsAreComparedByContent() throws {
        let first = try state(script().events)
        var other = EventScript(session: SessionID(high: 7, low: 7))
        other.add(.sessionCreated, ["metadata": ["name": "b", "tags": ["x", "y", "z"]]])
        // An id means another message there.
        other.say("a1", after: nil, text: "u1")
        other.say("x2", after: "a1", text: "u1")
        other.say("x3", after: "x2", role: "assistant", text: "u2")
        let second = try state(other.events)
        let change = SessionDifference(from: first, to: second)
        // Each of the one side goes with one of the other at most.
        #expect(change.renamed.map(\.new.id) == ["a1"] && change.renamed.map(\.old.id) == ["u1"])
        #expect(change.added.map(\.id) == ["x2", "x3"])
        #expect(change.removed.map(\.id) == ["a1", "s1", "u2"])
        #expect(change.edited.isEmpty && change.moved.isEmpty)
        #expect(change.fields.map(\.name).contains("name") == false)
    }

    @Test func whatIsWithheldIsNeverTheSameByContent() throws {
        var script = script()
        let before = try state(script.events)
        script.withhold(sequence: 6)
        let after = try state(script.events)
        let change = SessionDifference(from: before, to: after)
        #expect(change.removed.map(\.id) == ["u2"] && change.added.map(\.id) == ["@6"])
        #expect(change.json["messages"]?["added"]?[0]?["content"] == .null)
        let same = SessionDifference(from: after, to: after)
        #expect(same.isEmpty)
    }

    @Test func theJournalReadsBothSides() async throws {
        let journal = Journal.inMemory()
        try await journal.store.adopt(script().events.map(\.line), durability: .durable)
        let session = EventScript.defaultSession
        try await journal.as("user:ada").label("start", at: 3, in: session)
        let change = try await journal.difference(in: session, from: .label("start"))
        #expect(change.added.map(\.id) == ["s1", "u2"])
        let branches = try await journal.difference(
            in: session, from: .now, branch: "main", otherBranch: "side")
        #expect(branches.base == .init("u1"))
        let gone = await #expect(throws: JournalError.self) {
            try await journal.difference(in: session, from: .sequence(3), branch: "side")
        }
        #expect(gone?.code == .branchNotFound)
    }
}
