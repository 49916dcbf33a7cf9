import JournalTestKit
import Testing

@testable import SessionJournal

@Suite struct SessionQueryTests {
    /// Three sessions that differ in everything that can be asked for.
    private static func journal() async throws -> Journal {
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        let journal = Journal.inMemory(options: options)
        let ada = journal.as("user:ada")
        let day: Int64 = 86_400_000_000
        let one = try await ada.createSession(
            key: "one",
            metadata: [
                "name": "Weekly report", "tags": ["work", "Q4"], "priority": 3, "owner": "ada",
                "is_starred": true, "due": "2026-01-05",
            ])
        try await ada.say("user", "Why is there a Timeout?", in: one)
        try await journal.as("agent:bot").say(
            "assistant", parts: [["type": "tool_use", "call": "c", "name": "Bash"]], in: one,
            model: "claude-opus-4-5")
        clock.step(microseconds: day)
        let two = try await ada.createSession(
            key: "two",
            metadata: ["name": "weekly \"plan\"", "owner": "Bob", "priority": 12, "pinned": true])
        try await ada.say("user", "Plan it.", in: two)
        clock.step(microseconds: day)
        let three = try await ada.createSession(
            key: "three", metadata: ["title": "A (note)", "model": "gpt-5", "status": "archived"])
        try await ada.append(
            EventDraft(.toolFinished, data: ["call": "x", "name": "Read"]), to: three)
        return journal
    }

    private static func keys(
        _ text: String, order: SessionOrder = .created, isReversed: Bool = true
    ) async throws -> [String] {
        let page = try await journal().sessions(
            matching: SessionQuery(parsing: text), order: order, isReversed: isReversed)
        return page.sessions.compactMap(\.key).sorted { one, other in
            let order = ["one": 1, "two": 2, "three": 3]
            return (order[one] ?? 0) < (order[other] ?? 0)
        }
    }

    @Test(arguments: [
        ("", "one two three"), ("   ", "one two three"),
        ("status:active", "one two"), ("STATUS:Active", "one two"), ("status=Active", ""),
        ("tag:q4", "one"), ("tag=q4", ""), ("tags:work", "one"), ("tag:w*k", "one"),
        ("owner:ADA or owner:bob", "one two"), ("owner=ada", "one"), ("owner!=ada", "two three"),
        ("owner=null", "three"), ("owner!=null", "one two"), ("owner:null -key:one", "three"),
        ("priority>=3", "one two"), ("priority<12", "one"), ("priority:3", "one"),
        ("priority=3.0", "one"), ("priority>x", ""),
        ("due<2026-01-06", "one"), ("due>=2026-01-05 due<=2026-01-05", "one"),
        ("due>2026-01-05", ""),
        ("created:2026-01-02", "two"), ("created>2026-01-01", "two three"),
        ("created<=2026-01-01", "one"), ("created>2026-01-02T12:00:00Z", "three"),
        ("starred:true", "one"), ("-starred:true", "two three"),
        ("not (starred:true or key:two)", "three"),
        ("weekly", "one two"), ("\"weekly report\"", "one"), ("weekly plan", "two"),
        ("name:\"weekly \\\"plan\\\"\"", "two"), ("name:\"week*\"", ""), ("name:week*", "one two"),
        ("title:\"A (note)\"", "three"), ("name~port", "one"),
        ("messages>1", "one"), ("messages = 1", "two"), ("events:2 and branches:1", "two three"),
        ("text~timeout", "one"), ("text:plan*", "two"), ("tool:Bash", "one"), ("tool:re*", "three"),
        ("model:claude*", "one"), ("model:gpt-5", "three"), ("actor:agent:bot", "one"),
        ("text~timeout or status:archived", "one three"), ("-tool:Bash", "two three"),
        ("(status:active (tag:work or pinned:true)) name~week", "one two"),
        ("or:x", ""), ("not or", "two three"), ("unknown:1", ""),
        ("unknown!=1", "one two three"),
        ("session:*", "one two three"), ("a*b*c:x", ""),
    ])
    func aQuerySelects(query: String, expected: String) async throws {
        #expect(try await Self.keys(query) == expected.split(separator: " ").map(String.init))
    }

    @Test(arguments: [
        "(", ")", "a)", "(a", "\"a", "name:", "name: ", "and a", "a or", "or a", "not", "-", "- a",
        "=x", "()", "<", "a and", "not )",
    ])
    func aQueryThatMakesNoSenseIsRefused(query: String) {
        let error = #expect(throws: JournalError.self) { try SessionQuery(parsing: query) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("character") == true)
    }

    @Test func hostileQueriesAreBounded() {
        for text in [
            String(repeating: "(", count: 10_000), String(repeating: "-", count: 10_000) + "a",
            String(repeating: "not ", count: 10_000) + "a", String(repeating: "a ", count: 40_000),
        ] {
            let error = #expect(throws: JournalError.self) { try SessionQuery(parsing: text) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test func resultsComeByThePage() async throws {
        let journal = try await Self.journal()
        var found: [String?] = []
        var previous: SessionID?
        var pages = 0
        repeat {
            let page = try await journal.sessions(
                matching: .everything, order: .created, after: previous, limit: 2)
            found += page.sessions.map(\.key)
            previous = page.next
            pages += 1
        } while previous != nil
        // The pinned one stands first.
        #expect(found == ["two", "three", "one"] && pages == 2)
        let byName = try await journal.sessions(matching: .everything, order: .name, limit: 3)
        #expect(byName.sessions.map(\.key) == ["two", "three", "one"] && byName.next == nil)
        let active = try await journal.sessions(matching: .everything, isReversed: true)
        #expect(active.sessions.map(\.key) == ["two", "one", "three"])
        let many = try await journal.sessions(matching: .everything, order: .messages)
        #expect(many.sessions.map(\.key) == ["two", "one", "three"])
        await #expect(throws: JournalError.self) {
            try await journal.sessions(matching: .everything, after: .journal)
        }
    }

    /// What the metadata decides needs no reading; what it leaves open does, up to the page's end.
    @Test func contentIsReadOnlyWhereItDecides() throws {
        var state = SessionProjection().initialState()
        let event = try Event(
            line: Array(
                #"{"seq":1,"time":"2026-01-01T00:00:00.000000Z","session":"00000000000000000000000000000001","version":1,"kind":"session.created","branch":"main","actor":"a","salt":"AAAAAAAAAAAAAAAAAAAAAA==","data":{"key":"k","schema":1,"metadata":{"name":"n"}}}"#
                    .utf8))
        SessionProjection().apply(event, to: &state)
        let facts = PreparedQuery.Facts(all: [try #require(state.summary)], place: 0)
        func matches(_ query: String) throws -> Bool? {
            let query = PreparedQuery(try SessionQuery(parsing: query))
            var places = query.fieldPlaces
            return query.matches(facts, &places)
        }
        #expect(try matches("key:k tool:x") == nil)
        #expect(try matches("key:z tool:x") == false)
        #expect(try matches("key:k or tool:x") == true)
        #expect(try matches("not tool:x") == nil)
    }
}
