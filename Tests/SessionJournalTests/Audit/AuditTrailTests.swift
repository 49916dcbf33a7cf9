import JournalTestKit
import SessionJournal
import Testing

struct AuditTrailTests {
    private func trail(_ events: some Sequence<Event>) throws -> [AuditEntry] {
        try AuditProjection().fold(events).entries
    }

    @Test func namesEveryChange() throws {
        let entries = try trail(SessionStateTests.script().events)
        let created = entries.filter { $0.sequence == 1 }
        #expect(created.count == 20)
        #expect(created.allSatisfy { $0.old == .null && $0.actor == "user:ada" })
        #expect(created.first?.field == "name")
        #expect(created.first?.new == "first")
        let changes = entries.filter { $0.sequence > 1 }
        #expect(changes.map(\.field) == ["name", "tags", "model"])
        #expect(changes.map(\.old) == ["first", [], "m-1"])
        #expect(changes.map(\.new) == ["second", ["a", "b"], "m-2"])
        #expect(changes.map(\.branch) == ["main", "main", "idea"])
        #expect(changes.map(\.actor) == ["user:bob", "user:bob", "user:bob"])
        #expect(changes.map(\.reason) == ["clearer", "clearer", nil])
    }

    @Test func oldIsTheValueOfTheScope() throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["model": "m-1", "own": 1]])
        script.add(
            .branchCreated, ["branch": "b", "from": nil, "type": "fork", "parent_branch": "main"])
        script.add(.sessionMetadataChanged, ["set": ["model": "m-2"]])
        script.add(.sessionMetadataChanged, ["set": ["model": "m-3", "own": 2]], branch: "b")
        script.add(.sessionMetadataChanged, ["set": ["model": "m-4", "own": 3]])
        script.say("u", after: nil, branch: "c")
        script.add(.sessionMetadataChanged, ["set": ["model": "m-5", "new": 1]], branch: "c")
        script.session = SessionID(high: 5, low: 5)
        script.add(.sessionMetadataChanged, ["set": ["model": "z", "name": "z"]])
        let entries = try trail(script.events).filter { $0.sequence > 1 }
        #expect(entries.map(\.old) == ["m-1", "m-1", 1, "m-2", 2, "m-4", nil, nil, ""])
        #expect(entries.map(\.new) == ["m-2", "m-3", 2, "m-4", 3, "m-5", 1, "z", "z"])
    }

    /// The last entry of every field is what the state shows.
    @Test func agreesWithTheState() throws {
        let events = SessionStateTests.script().events
        for count in 1...events.count {
            let state = try SessionProjection().fold(events.prefix(count))
            let derived = ["turn_count", "last_modified", "modified_by"]
            for entry in Dictionary(
                grouping: try trail(events.prefix(count)),
                by: {
                    "\($0.field ?? "")/\(MetadataField.scope(of: $0.field!) == .branch ? $0.branch : "")"
                }
            ).values.compactMap(\.last) where !derived.contains(entry.field!) {
                #expect(state.metadata(on: entry.branch)[entry.field!] == entry.new)
            }
        }
    }

    @Test func aWithheldChangeIsStillThere() throws {
        var script = SessionStateTests.script()
        script.withhold(sequence: 5)
        let entry = try #require(try trail(script.events).first { $0.sequence == 5 })
        #expect(entry.isWithheld)
        #expect(entry.field == nil)
        #expect(entry.actor == nil)
        #expect(entry.json["field"] == .some(.null))
        #expect(entry.json["withheld"] == true)
        #expect(entry.time == Timestamp("2026-01-01T00:00:04Z"))
    }

    @Test func jsonHasItsKeys() throws {
        var script = EventScript()
        script.add(
            .sessionMetadataChanged, ["set": ["name": "x"]], occurred: "2025-01-01T00:00:00Z",
            onBehalf: "bob", reason: "why")
        let json = try #require(try trail(script.events).first?.json)
        #expect(
            json.description
                == #"{"seq":1,"time":"2026-01-01T00:00:00.000000Z","#
                + #""session":"019500000000700080000000000000ff","branch":"main","field":"name","#
                + #""old":"","new":"x","actor":"user:ada","reason":"why","onbehalf":"bob","#
                + #""occurred":"2025-01-01T00:00:00.000000Z"}"#)
    }
}
