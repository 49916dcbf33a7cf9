import JournalTestKit
import Testing

@testable import SessionJournal

@Suite struct UsageTests {
    @Test(arguments: [
        (
            #"{"input_tokens":3,"cache_creation_input_tokens":10,"cache_read_input_tokens":7,"output_tokens":5,"cache_creation":{"ephemeral_1h_input_tokens":4}}"#,
            TokenUsage(input: 3, output: 5, cacheRead: 7, cacheWrite: 6, cacheWriteLong: 4)
        ),
        (
            #"{"prompt_tokens":10,"completion_tokens":2,"prompt_tokens_details":{"cached_tokens":8}}"#,
            TokenUsage(input: 2, output: 2, cacheRead: 8)
        ),
        (
            #"{"input_tokens":10,"output_tokens":2,"input_tokens_details":{"cached_tokens":80}}"#,
            TokenUsage(input: 0, output: 2, cacheRead: 10)
        ),
        (
            #"{"promptTokenCount":9,"candidatesTokenCount":1,"thoughtsTokenCount":2,"cachedContentTokenCount":4}"#,
            TokenUsage(input: 5, output: 3, cacheRead: 4)
        ),
        (
            #"{"input":4,"output":3,"cacheRead":2,"cacheWrite":1}"#,
            TokenUsage(input: 4, output: 3, cacheRead: 2, cacheWrite: 1)
        ),
        (#"{"input_tokens":-4,"output_tokens":1}"#, TokenUsage(output: 1)),
        (#"{"tokens":1}"#, nil), ("null", nil), ("7", nil),
    ])
    func everyProvidersWordsAreUnderstood(text: String, usage: TokenUsage?) throws {
        #expect(TokenUsage(try JSONValue(parsing: text)) == usage)
    }

    @Test func aSumThatDoesNotFitStaysAtTheLargest() {
        var usage = TokenUsage(input: .max - 1, output: .max)
        usage += TokenUsage(input: 5, output: 5)
        #expect(usage.input == .max && usage.total == .max)
    }

    private static let prices =
        #"{"currency":"EUR","models":[{"match":"m-*","input":1,"output":2.5},"#
        + #"{"match":"m-1","input":0.075,"output":4,"cache_read":0.01,"since":"2026-01-02"},"#
        + #"{"match":"m-1","input":9,"output":9}]}"#

    private static func table(_ text: String = prices) throws -> PriceTable {
        try PriceTable(parsing: Array(text.utf8).span)
    }

    @Test func theRowThatFitsBestCounts() throws {
        let table = try Self.table()
        let early = try #require(Timestamp("2026-01-01T23:00:00Z"))
        let late = try #require(Timestamp("2026-01-02T00:00:00Z"))
        #expect(table.row(for: "m-1", at: early)?.input == 9_000_000)
        #expect(table.row(for: "m-1", at: late)?.input == 75_000)
        #expect(table.row(for: "m-2", at: late)?.output == 2_500_000)
        #expect(table.row(for: "n", at: late) == nil)
        #expect(try Self.table(table.json.description) == table)
        let builtIn = PriceTable.builtIn
        #expect(try Self.table(builtIn.json.description) == builtIn)
        let opus = try #require(builtIn.row(for: "claude-opus-4-5-20251101", at: late))
        #expect(opus.input == 5_000_000 && opus.cacheRead == 500_000)
        #expect(opus.cacheWrite == 6_250_000 && opus.cacheWriteLong == 10_000_000)
        #expect(builtIn.row(for: "claude-opus-4-1", at: late)?.output == 75_000_000)
        #expect(builtIn.row(for: "gpt-4o-mini-2024", at: late)?.input == 150_000)
    }

    @Test(arguments: [
        "x", "{}", #"{"currency":"USD"}"#, #"{"currency":"USD","models":[{"input":1}]}"#,
        #"{"currency":"USD","models":[{"match":"a","input":1}]}"#,
        #"{"currency":"USD","models":[{"match":"a","input":-1,"output":1}]}"#,
        #"{"currency":"USD","models":[{"match":"a","input":1e3,"output":1}]}"#,
        #"{"currency":"USD","models":[{"match":"a","input":0.1234567,"output":1}]}"#,
        #"{"currency":"USD","models":[{"match":"a","input":1000001,"output":1}]}"#,
        #"{"currency":"USD","models":[{"match":"a","input":1,"output":1,"since":"soon"}]}"#,
    ])
    func aTableThatMakesNoSenseIsRefused(text: String) {
        let error = #expect(throws: JournalError.self) { try Self.table(text) }
        #expect(error?.code == .invalidArgument)
    }

    @Test func costsAreExact() throws {
        let table = try Self.table()
        let day = try #require(Timestamp("2026-01-05T00:00:00Z"))
        var cost = Cost()
        // 3 × 0.075 and 1,000,000 × 4 and 7 × 0.01 and 1 × 0.075, by the million.
        cost.add(
            TokenUsage(input: 3, output: 1_000_000, cacheRead: 7, cacheWrite: 1), of: "m-1",
            at: day, table)
        #expect(cost.picounits == 4_000_000_370_000)
        #expect(cost.amount() == "4.000000" && cost.amount(decimals: 2) == "4.00")
        #expect(cost.amount(decimals: 0) == "4")
        cost.add(TokenUsage(output: 12), of: "other", at: day, table)
        cost.add(TokenUsage(input: .max), of: "m-1", at: day, table)
        #expect(cost.picounits == 4_000_000_370_000)
        #expect(cost.unpricedModels == ["m-1", "other"])
        #expect(cost.unpricedTokens == .max)
        var small = Cost()
        small.add(TokenUsage(output: 125), of: "m-1", at: day, table)
        // 0.0005: half is rounded up.
        #expect(small.amount(decimals: 3) == "0.001" && small.amount() == "0.000500")
    }

    /// A session in which everything happens that counts.
    private static func journal() async throws -> Journal {
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        let journal = Journal.inMemory(options: options)
        let ada = journal.as("user:ada")
        let bot = journal.as("agent:bot")
        let chat = try await ada.createSession(
            key: "chat", metadata: ["tags": ["a", "b"], "category": "work"])
        let question = try await ada.say("user", "Go.", in: chat)
        clock.step(microseconds: 2_000_000)
        let parts: [JSONValue] = [["type": "tool_use", "call": "c1", "name": "Bash"]]
        var answer = EventDraft(
            .messageAppended,
            data: [
                "message": "a1", "parent": .string(question.message), "role": "assistant",
                "parts": .array(parts), "model": "m-1",
                "usage": ["input_tokens": 10, "output_tokens": 1],
            ])
        answer.branch = "main"
        try await bot.append(answer, to: chat)
        try await bot.append(
            [
                EventDraft(
                    .messageExtended,
                    data: [
                        "message": "a1", "parts": [],
                        "usage": ["input_tokens": 10, "output_tokens": 5],
                    ]),
                EventDraft(
                    .modelResponded,
                    data: [
                        "message": "a1", "model": "m-1",
                        "usage": ["input_tokens": 10, "output_tokens": 5],
                    ]),
                EventDraft(.toolStarted, data: ["call": "c1", "name": "Bash", "message": "a1"]),
                EventDraft(
                    .toolFinished,
                    data: ["call": "c1", "status": "error", "duration_ms": 40]),
                EventDraft(
                    .toolFinished,
                    data: ["call": "c2", "name": "Read", "status": "ok", "duration_ms": 10]),
                EventDraft(
                    .modelResponded,
                    data: [
                        "model": "m-9", "latency_ms": 500, "error": "overloaded",
                        "usage": ["input_tokens": 100, "output_tokens": 0],
                    ]),
                EventDraft(.errorRecorded, data: ["error": "x"]),
            ], to: chat)
        try await bot.say(
            "tool", parts: [["type": "tool_result", "call": "c1", "content": "no"]], in: chat)
        var side = EventDraft(
            .branchCreated,
            data: ["branch": "s", "from": nil, "type": "sidechain", "parent_branch": "main"])
        side.branch = "main"
        try await bot.append(side, to: chat)
        try await bot.say("user", "A sub-agent's prompt.", in: chat, branch: "s")
        clock.step(microseconds: 86_400_000_000)
        try await ada.say("user", "And now?", in: chat)
        _ = try await ada.createSession(key: "empty")
        return journal
    }

    @Test func everythingCountsOnce() async throws {
        let journal = try await Self.journal()
        let usages = try await journal.usage()
        #expect(usages.map(\.key) == ["chat", "empty"])
        let report = UsageReport(of: usages, by: [.model], prices: try Self.table())
        let total = report.total.counts
        #expect(total.turns == 2 && total.answers == 1 && total.messages == 5)
        #expect(total.tokens == TokenUsage(input: 110, output: 5))
        #expect(total.errors == 2)
        #expect(total.timed == 2 && (2_500...2_520).contains(total.milliseconds))
        #expect(total.tools["Bash"]?.calls == 1 && total.tools["Bash"]?.errors == 1)
        #expect(total.tools["Bash"]?.milliseconds == 40)
        #expect(total.tools["Read"]?.calls == 1 && total.tools["Read"]?.errors == 0)
        #expect(report.rows.map(\.group) == [["m-1"], ["m-9"], [nil]])
        #expect(report.rows[0].cost.picounits == 15 * 9_000_000)
        // An empty session took nothing.
        #expect(report.total.sessions == 1)
    }

    @Test func rowsByTagHoldASessionOftenAndTheTotalOnce() async throws {
        let journal = try await Self.journal()
        let usages = try await journal.usage()
        let byTag = UsageReport(of: usages, by: [.tag])
        #expect(byTag.rows.map(\.group) == [["a"], ["b"]])
        #expect(byTag.rows.allSatisfy { $0.counts.turns == 2 && $0.sessions == 1 })
        #expect(byTag.total.counts.turns == 2)
        let byDay = UsageReport(of: usages, by: [.field("category"), .day])
        #expect(byDay.rows.count == 2 && byDay.rows.allSatisfy { $0.group[0] == "work" })
        #expect(byDay.rows.map(\.counts.turns) == [1, 1])
        let first = try #require(byDay.rows.first?.group[1]).prefix(10)
        let until = Timestamp(date: String(first))
        #expect(UsageReport(of: usages, by: [.day], until: until).total.counts.turns == 1)
        #expect(
            UsageReport(of: usages, by: [.actor]).rows.map(\.group) == [
                ["agent:bot"], ["user:ada"],
            ]
        )
        #expect(UsageReport(of: [], by: [.model]).rows.isEmpty)
    }

    @Test func anEarlierPointCountsWhatWasThere() async throws {
        let journal = try await Self.journal()
        let session = try #require(try await journal.session(forKey: "chat"))
        let early = try await journal.usage(of: session, at: .sequence(3))
        #expect(UsageReport(of: early, by: []).total.counts.tokens.output == 1)
        #expect(try await journal.usage(of: session, at: .back(99)).isEmpty)
    }

    @Test func contentThatMakesNoSenseIsPassedOver() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        for data: JSONObject in [
            ["message": 7], ["message": "m", "role": 3, "usage": [1], "parts": "x"],
            ["message": "m", "parts": [["type": "tool_use", "call": 4]]],
            ["message": "n", "parent": "n", "role": "assistant", "usage": ["output_tokens": "9"]],
        ] { try await ada.append(EventDraft(.messageAppended, data: EventData(data)), to: session) }
        for data: JSONObject in [["latency_ms": -5], ["message": "gone", "usage": 1], [:]] {
            try await ada.append(EventDraft(.modelResponded, data: EventData(data)), to: session)
        }
        try await ada.append(
            EventDraft(.toolFinished, data: ["call": "c", "duration_ms": -1]), to: session)
        let total = UsageReport(of: try await journal.usage(), by: []).total.counts
        #expect(total.messages == 3 && total.tokens.total == 0 && total.milliseconds == 0)
        #expect(total.tools[""]?.calls == 1)
    }

    @Test func changesAreCounted() async throws {
        let journal = try await Self.journal()
        let ada = journal.as("user:ada")
        let bob = journal.as("user:bob")
        let session = try #require(try await journal.session(forKey: "chat"))
        try await ada.setMetadata(["status": "archived"], in: session)
        try await bob.setMetadata(["status": "active", "name": "x"], in: session)
        let trail = try await journal.audit()
        let byActor = ChangeReport(of: trail, by: [.actor, .value], field: "status")
        #expect(
            byActor.rows.map(\.group) == [
                ["user:ada", "active"], ["user:ada", "archived"], ["user:bob", "active"],
            ])
        #expect(byActor.rows.map(\.changes) == [2, 1, 1])
        #expect(byActor.rows.map(\.sessionCount) == [2, 1, 1])
        #expect(ChangeReport(of: trail, by: [.day], field: "name").rows.map(\.changes) == [1, 2])
    }

    @Test func csvIsSafeForASpreadsheet() {
        #expect(
            UsageReport.csvLine(["a,b", "say \"x\"", "=1+1", "-5", "", "l\nm"])
                == "\"a,b\",\"say \"\"x\"\"\",'=1+1,-5,,\"l\nm\"")
    }
}
