import SessionJournal
import Testing

@testable import SJournal

@Suite struct PruneCommandTests {
    private func parsed(_ line: String) throws -> JSONValue { try JSONValue(parsing: line) }

    /// A journal with a session `talk` of so many messages.
    private static func talk(_ count: Int = 12) async throws -> SampleJournal {
        let sample = try await SampleJournal()
        let journal = try await Journal.open(at: sample.path)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "talk")
        for number in 1...count {
            try await ada.say(
                number.isMultiple(of: 2) ? "assistant" : "user", "words number \(number)",
                in: session, id: "m\(number)")
        }
        try await journal.close()
        return sample
    }

    @Test("prune puts messages out of sight, and brings them back")
    func messages() async throws {
        let sample = try await Self.talk()
        let before = await sample.run("log", "talk", "--json").lines.count
        let dry = await sample.run("prune", "talk", "--keep", "4", "--dry-run")
        #expect(dry.status == .done, "\(dry.errors)")
        #expect(dry.lines.first?.hasPrefix("message") == true)
        #expect(dry.lines[1].contains("rank 12"))
        #expect(dry.lines.last?.hasPrefix("8 messages would be put out of sight: ") == true)
        #expect(await sample.run("log", "talk", "--json").lines.count == before)
        let done = await sample.run(
            "prune", "talk", "--keep", "4", "--actor", "user:eve", "--reason", "tidy")
        #expect(done.lines.last?.hasPrefix("8 messages are out of sight: ") == true)
        let show = await sample.run("show", "talk")
        #expect(!show.output.contains("words number 8\n"))
        #expect(show.output.contains("words number 9"))
        #expect(show.lines.last == "8 messages out of sight; --pruned shows them")
        let all = await sample.run("show", "talk", "--pruned")
        #expect(all.output.contains("words number 1") && all.output.contains("pruned #"))
        var json = try parsed(await sample.run("show", "talk", "--json").output)
        #expect(json["messages"]?.array?.count == 4 && json["pruned"] == 8)
        json = try parsed(await sample.run("show", "talk", "--json", "--pruned").output)
        #expect(json["messages"]?.array?.count == 12)
        #expect(json["messages"]?[0]?["pruned_seq"]?.integer ?? 0 > 0)
        #expect(await sample.run("tree", "talk").output.contains("[pruned]"))
        #expect(await sample.run("log", "talk").output.contains("count: 8 messages"))
        #expect(await sample.run("prune", "talk", "--keep", "4").output == "nothing is due\n")
        let stats = await sample.run("prune", "talk", "--stats")
        #expect(stats.lines.contains { $0.hasPrefix("count") && $0.contains("8") })
        let restored = await sample.run("prune", "talk", "--restore")
        #expect(restored.output == "in sight again: 8 messages\n")
        let again = await sample.run("prune", "talk", "--restore")
        #expect(again.status == .negative && again.output == "nothing is out of sight\n")
        #expect(await sample.run("show", "talk").output.contains("words number 1\n"))
        #expect(
            await sample.run("prune", "--stats").output.contains("brought back by 1 event since"))
        json = try parsed(await sample.run("prune", "--stats", "--json").output)
        #expect(json["strategies"]?["count"]?["messages"] == 8 && json["restores"] == 1)
        #expect(await sample.run("verify").status == .done)
    }

    @Test("every strategy says what decided")
    func strategies() async throws {
        let sample = try await Self.talk(30)
        var run = await sample.run("prune", "talk", "--by", "count", "--keep", "5", "--dry-run")
        #expect(run.lines.contains("… and 5 more; --json lists them all"))
        run = await sample.run("prune", "talk", "--by", "ttl", "--age", "0s", "--dry-run")
        #expect(run.output.contains(" old, ttl 0 s"))
        #expect(run.lines.last?.hasSuffix("; 1 stay") == true)
        #expect(run.output.contains("something refers to it") == false)
        run = await sample.run(
            "prune", "talk", "--by", "type", "--type", "role:user", "--type", "kind:text",
            "--keep", "12", "--dry-run", "--json")
        #expect(run.lines.count == 3)
        #expect(try parsed(run.lines[0])["message"] == "m1")
        let journal = try await Journal.open(at: sample.path)
        let session = try #require(try await journal.session(forKey: "talk"))
        let words = "the kettle is on and the tea is black and the cups are on the table"
        for number in 0..<3 {
            try await journal.as("user:ada").say("user", words, in: session, id: "copy\(number)")
        }
        try await journal.close()
        run = await sample.run("prune", "talk", "--by", "semantic", "--dry-run")
        #expect(run.output.contains("1.0 like copy0"))
        #expect(run.output.contains("stays: something refers to it"))
        run = await sample.run(
            "prune", "talk", "--by", "semantic", "--method", "tfidf", "--threshold", "0.99")
        #expect(run.lines.last?.hasPrefix("1 message is out of sight") == true)
        let narrow = await sample.run(
            "prune", "talk", "--keep", "1", "--dry-run", columns: 60)
        #expect(narrow.lines.allSatisfy { $0.count <= 60 })
    }

    @Test("prune puts sessions out of sight")
    func sessions() async throws {
        let sample = try await Self.talk()
        var run = await sample.run("prune", "--by", "size", "--bytes", "1", "--dry-run")
        #expect(run.lines.last?.contains("sessions would be put out of sight") == true)
        run = await sample.run("prune", "--by", "lru", "--max", "1")
        #expect(run.status == .done && run.output.contains("read 0 times"), "\(run.errors)")
        #expect(run.lines.last?.contains("out of sight") == true)
        let listed = await sample.run("sessions", "--json").lines
        #expect(listed.count == 1)
        let all = await sample.run("sessions", "--json", "--pruned").lines
        #expect(all.count > 1)
        #expect(try all.contains { try parsed($0)["pruned"] == true })
        #expect(await sample.run("sessions", "--pruned").output.contains("pruned"))
        run = await sample.run("prune", "talk", "--restore", "--json")
        #expect(try parsed(run.output)["session"] == true)
        #expect(await sample.run("sessions", "--json").lines.count == 2)
        run = await sample.run("prune", "talk", "--restore")
        #expect(run.status == .negative)
        #expect(await sample.run("prune", "--by", "ttl").output == "nothing is due\n")
        run = await sample.run("prune", "--by", "ttl", "--age", "0", "--json")
        #expect(try parsed(run.lines[0])["deadline"]?.string != nil)
        #expect(
            await sample.run("prune", "--by", "lfu", "--max", "1").output == "nothing is due\n")
    }

    @Test(
        "what says nothing of a strategy is refused",
        arguments: [
            ["prune"], ["prune", "talk", "--by", "lru"], ["prune", "--by", "count"],
            ["prune", "talk", "--by", "type"], ["prune", "talk", "--by", "type", "--type", "tool"],
            ["prune", "talk", "--age", "1d"], ["prune", "talk", "--by", "ttl", "--keep", "3"],
            ["prune", "talk", "--by", "ttl", "--age", "1w"],
            ["prune", "talk", "--by", "semantic", "--method", "guess"],
            ["prune", "talk", "--by", "semantic", "--threshold", "much"],
            ["prune", "--by", "size", "--max", "4"], ["prune", "--restore"],
            ["prune", "talk", "--restore", "--by", "count"],
            ["prune", "talk", "--restore", "--keep", "1"], ["prune", "talk", "--event", "7"],
            ["retain", "set"], ["retain", "set", "a"], ["retain", "set", "a", "--action", "burn"],
            ["retain", "remove"], ["retain", "list", "a"], ["retain", "dance"],
            ["retain", "--apply", "--dry-run"], ["retain", "set", "a", "--apply"],
            ["retain", "--tag", "x"], ["retain", "set", "a", "--action", "prune", "--age", "soon"],
        ])
    func usage(line: [String]) async throws {
        let sample = try await Self.talk(2)
        #expect(await InProcess.run(["-j", sample.path] + line).status == .usage, "\(line)")
    }

    @Test("policies are set, listed, applied and removed")
    func retention() async throws {
        let sample = try await Self.talk()
        #expect(await sample.run("retain").lines.count == 3)
        var run = await sample.run(
            "retain", "set", "few", "--action", "prune-messages", "--count", "3", "--reason", "why")
        #expect(run.status == .done && run.output.hasPrefix("policy few stands by event "))
        run = await sample.run("retain", "set", "few", "--action", "prune-messages", "--count", "3")
        #expect(run.output.contains("nothing is stored"))
        run = await sample.run(
            "retain", "set", "gone", "--action", "archive", "--tag", "none", "--type", "dm",
            "--status", "active", "--age", "90d", "--json")
        #expect(try parsed(run.output)["age"] == 7_776_000)
        let list = await sample.run("retain", "list")
        #expect(list.output.contains("tag none, type dm, status active"))
        #expect(list.output.contains("after 90 d") && list.output.contains("beyond 3"))
        #expect(list.output.contains("its own deadline"))
        #expect(await sample.run("retain", "--json").lines.count == 2)
        let before = await sample.run("log", "--json").lines.count
        run = await sample.run("retain", "--dry-run")
        #expect(run.lines.contains { $0.contains("prune messages  few") && $0.contains("9") })
        #expect(run.output.contains("1 act due") || run.output.contains("acts due"))
        #expect(try parsed(await sample.run("retain", "--dry-run", "--json").output)["now"] != nil)
        #expect(await sample.run("log", "--json").lines.count == before)
        run = await sample.run("retain", "--apply", "--actor", "system:retention")
        #expect(run.status == .done, "\(run.errors) \(run.output)")
        #expect(run.lines.last?.contains("0 refused; recorded by event ") == true)
        #expect(await sample.run("show", "talk").output.contains("9 messages out of sight"))
        #expect(await sample.run("retain", "--apply").output == "nothing is due\n")
        #expect(
            try parsed(await sample.run("retain", "--apply", "--json").output)["outcomes"] == [])
        run = await sample.run("retain", "remove", "few", "--json")
        #expect(try parsed(run.output)["removed"] == true)
        #expect(await sample.run("retain", "remove", "gone").output == "policy gone is removed\n")
        #expect(await sample.run("retain", "remove", "gone").status != .done)
    }

    @Test("what is refused stands beside the session, and a run that was cut short is named")
    func refusals() async throws {
        let sample = try await Self.talk()
        var run = await sample.run(
            "retain", "set", "year", "--action", "erase", "--age", "0", "--basis", "about talk")
        #expect(run.status == .done, "\(run.errors)")
        run = await sample.run("set", "chat-1", "pinned=true")
        #expect(run.status == .done, "\(run.errors)")
        #expect(await sample.run("retain", "--dry-run").output.contains("stays: pinned"))
        run = await sample.run("retain", "--apply")
        #expect(run.status == .negative)
        #expect(run.output.contains("do not name there"))
        #expect(run.lines.last?.contains("1 refused") == true)
        let journal = try await Journal.open(at: sample.path)
        let announced = try await journal.as("user:ada").append(
            EventDraft(
                .retentionAnnounced, branch: nil,
                data: [
                    "run": "r", "now": "2026-01-01T00:00:00Z", "rules": [], "due": [], "more": 0,
                ]), to: .journal)
        try await journal.close()
        let list = await sample.run("retain")
        #expect(list.errors.contains("event \(announced.sequence) announces was cut short"))
        _ = await sample.run("retain", "remove", "year")
        run = await sample.run("retain", "--apply")
        #expect(
            run.lines.first == "the run that event \(announced.sequence) announced is finished")
        #expect(await sample.run("retain").errors.isEmpty)
    }
}
