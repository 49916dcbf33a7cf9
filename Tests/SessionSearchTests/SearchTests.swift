#if Search
import JournalTestKit
import SessionJournal
import Testing

@testable import SessionSearch

/// What is found, in which order, and how it is shown.
@Suite struct SearchTests {
    /// Two sessions with texts, thoughts, tools and times.
    private func fixture() async throws -> SearchFixture {
        let fixture = try await SearchFixture()
        var script = EventScript()
        script.add(.sessionCreated, ["key": "pots", "metadata": ["name": "Pots"]])
        script.say("m1", after: nil, text: "Which green tea, and how hot?")
        script.actor = "agent:b"
        script.say(
            "m2", after: "m1", role: "assistant", text: "Green tea wants 70 °C, Ärger kocht.",
            more: ["model": "claude-3"])
        script.add(
            .messageAppended,
            [
                "message": "m3", "parent": "m2", "role": "assistant", "model": "gpt-4",
                "parts": [
                    ["type": "thinking", "text": "They like green tea."],
                    [
                        "type": "tool_use", "call": "c", "name": "Kettle",
                        "input": ["water": ["boil": "gently"]],
                    ],
                ],
            ])
        script.add(
            .messageAppended,
            [
                "message": "m4", "parent": "m3", "role": "tool",
                "parts": [
                    [
                        "type": "tool_result", "call": "c",
                        "content": [["type": "text", "text": "green light"]],
                    ]
                ],
            ])
        script.add(
            .branchCreated, ["branch": "side", "from": "m1", "parent_branch": "main"])
        script.say("m5", after: "m1", branch: "side", text: "Or black tea")
        script.session = SessionID(high: 0x0195_0000_0000_7000, low: 1 << 63 | 0x77)
        script.actor = "user:eve"
        script.add(.sessionCreated, ["metadata": ["title": "Cups"]])
        script.say(
            "m1", after: nil, text: "A cup of green paint", occurred: "2020-01-01T00:00:00Z")
        try await fixture.adopt(script.events[...])
        return fixture
    }

    @Test(arguments: [
        ("tea", ["m1", "m2", "m3", "m5"]), ("TEA", ["m1", "m2", "m3", "m5"]),
        ("arger", ["m2"]), ("kettle", ["m3"]), ("gently", ["m3"]), ("light", ["m4"]),
        ("green tea", ["m1", "m2", "m3"]), ("\"green tea\"", ["m1", "m2", "m3"]),
        ("\"tea green\"", []), ("gen*", ["m3"]), ("gen", []), ("tea -green", ["m5"]),
        ("paint or light", ["m1", "m4"]), ("tea role:user", ["m1", "m5"]),
        ("tea -role:user", ["m2", "m3"]), ("tea model:claude*", ["m2"]),
        ("tea -model:claude*", ["m1", "m3", "m5"]), ("tea tool:kettle", ["m3"]),
        ("tea -tool:K*", ["m1", "m2", "m5"]), ("green actor:user:*", ["m1", "m1"]),
        ("green actor:user:eve", ["m1"]), ("tea branch:side", ["m5"]),
        ("green before:2021-01-01", ["m1"]), ("green after:2021-01-01 role:user", ["m1"]),
        ("green -before:2021-01-01 role:user", ["m1"]), ("tea in:text", ["m1", "m2", "m5"]),
        ("tea in:details", ["m3"]), ("cup session:01950000000070008000000000000077", ["m1"]),
        ("green -session:pots", ["m1"]), ("70 °C", ["m2"]), ("tea actor:?", []),
    ])
    func wordsAreFound(_ query: String, _ messages: [String]) async throws {
        let index = try await fixture().index()
        #expect(try await index.found(query).sorted() == messages, "\(query)")
    }

    @Test func theBestComeFirst() async throws {
        let index = try await fixture().index()
        let hits = try await index.search("green").hits
        #expect(hits.count == 5)
        #expect(zip(hits, hits.dropFirst()).allSatisfy { $0.score >= $1.score })
        #expect(hits.allSatisfy { $0.score > 0 })
        // What was said before what was thought and what tools answered.
        #expect(Set(hits.suffix(2).map(\.message)) == ["m3", "m4"])
        // A short text that is all about it before a long one.
        #expect(hits[0].sessionName == "Cups")
    }

    @Test func hitsSayWhereTheyAre() async throws {
        let index = try await fixture().index()
        let hit = try #require(try await index.search("hot").hits.first)
        #expect(hit.session == EventScript.defaultSession)
        #expect(hit.sessionKey == "pots" && hit.sessionName == "Pots")
        #expect(hit.message == "m1" && hit.branch == "main" && hit.role == .user)
        #expect(hit.actor == "user:ada" && hit.sequence == 2)
        #expect(hit.time == Timestamp("2026-01-01T00:00:01Z"))
        #expect(hit.snippet.text == "Which green tea, and how hot?")
        #expect(hit.snippet.pieces.filter(\.isMatch).map(\.text) == ["hot"])
        let paint = try #require(try await index.search("paint").hits.first)
        #expect(paint.time == Timestamp("2020-01-01T00:00:00Z"))
        #expect(paint.sessionName == "Cups" && paint.sessionKey == nil)
    }

    @Test func sessionsCanBeChosen() async throws {
        let fixture = try await fixture()
        let index = try fixture.index()
        let cups = SessionID(high: 0x0195_0000_0000_7000, low: 1 << 63 | 0x77)
        #expect(try await index.found("green", in: [cups]) == ["m1"])
        #expect(try await index.found("green", in: []) == [])
        #expect(try await index.found("green", in: [cups, EventScript.defaultSession]).count == 5)
        await #expect(throws: JournalError(.sessionNotFound, "")) {
            try await index.search("green session:nobody")
        }
    }

    @Test func pagesHoldEachHitOnce() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession()
        for number in 0..<57 {
            let more = String(repeating: " milk", count: number % 5)
            try await ada.say("user", "tea \(number)\(more)", in: session, durability: .buffered)
        }
        let index = try fixture.index()
        let all = try await index.search("tea", limit: 1_000)
        #expect(all.hits.count == 57 && all.next == nil)
        var paged: [SearchHit] = []
        var token: String?
        repeat {
            let page = try await index.search("tea", limit: 10, after: token)
            #expect(page.hits.count <= 10)
            paged += page.hits
            token = page.next
            // What comes meanwhile is not on the pages that follow.
            try await ada.say("user", "tea again", in: session)
        } while token != nil
        #expect(paged.map(\.sequence) == all.hits.map(\.sequence))
        // Nor where somebody has searched for it.
        _ = try await index.search("again")
        let late = try await index.search("tea", limit: 100, after: all.hits[9].token)
        #expect(!late.hits.isEmpty)
        #expect(late.hits.allSatisfy { $0.sequence <= 58 })
        #expect(try await index.search("tea", limit: 1_000).hits.count > 57)
        await #expect(throws: JournalError(.invalidArgument, "")) {
            try await index.search("tea", after: "nonsense")
        }
    }

    /// What people and programs write is text and nothing else.
    @Test func hostileTextIsText() async throws {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession()
        let texts = [
            "tea \u{1B}[31mred\u{1B}[0m", "tea'); DROP TABLE message_row; --", "tea \"quoted\"",
            "tea \u{0}after", "tea <b>\u{202E}", String(repeating: "tea ", count: 5_000),
            "tea " + String(repeating: "A", count: 100_000), "\u{E000}tea<",
        ]
        for text in texts { try await ada.say("user", text, in: session) }
        let index = try fixture.index()
        let hits = try await index.search("tea", limit: 100).hits
        #expect(hits.count == texts.count - 1)  // the encoded one is left out
        for hit in hits where hit.snippet.text.utf8.count < 50 {
            let text = hit.snippet.text
            #expect(texts.contains(text) || text == "tea  after", "\(text)")
        }
        #expect(try await index.found("after").count == 1)
        for query in [
            "tea'", "tea;", "\"tea\"*", "tea AND", "tea NEAR(a b)", "{text}tea", "tea^2",
            "-", "*", "\"", "\\", "tea:x", "(((tea", "tea\u{0}x", "or", "and tea", "text:tea",
        ] {
            do {
                _ = try await index.search(query)
            } catch let error as JournalError {
                #expect(error.code == .invalidArgument, "\(query): \(error)")
            }
        }
    }

    @Test func whatFollowsIsFoundAtOnce() async throws {
        let fixture = try await fixture()
        let index = try fixture.index()
        #expect(try await index.found("saucer") == [])
        let ada = fixture.journal.as("user:ada")
        let session = try await fixture.journal.resolve("pots")
        let said = try await ada.say("user", "and a saucer", in: session)
        #expect(try await index.found("saucer") == [said.message])
        try await ada.edit(said.message, text: "and a spoon", in: session)
        #expect(try await index.found("saucer") == [])
        #expect(try await index.found("spoon") == [said.message])
        try await ada.remove(said.message, in: session)
        #expect(try await index.found("spoon") == [])
        #expect(
            try await index.all("SELECT is_removed FROM messages WHERE message = '\(said.message)'")
                == [[.integer(1)]])
    }

    @Test func encodedTextsAreLeftOut() {
        let picture = String(repeating: "QUJD", count: 1_000)
        let texts = MessageTexts([
            .text("Look"), .derived("A cup", source: 1),
            .image(.init(mediaType: "image/png", location: .base64(picture), name: "cup.png")),
            .toolResult(.init(call: "c", content: ["data": .string(picture), "n": 1])),
            .unknown(["type": "odd", "note": "kept"]),
            .toolUse(.init(call: "c", name: "Pour", input: "gently")),
            .toolUse(.init(call: "d", name: "Pour", input: [true, "twice"])),
        ])
        #expect(texts.text == "Look\nA cup")
        #expect(texts.details == "cup.png\nkept\nPour\ngently\nPour\ntwice")
        #expect(texts.tools == ["Pour"])
    }
}
#endif
