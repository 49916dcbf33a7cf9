import Testing

@testable import SJournal

@Suite struct SearchCommandTests {
    #if Search
    @Test func wordsAreFoundAndShown() async throws {
        let sample = try await SampleJournal()
        let found = await sample.run("search", "list")
        #expect(found.status == .done)
        let list = found.lines
        #expect(list[0].hasPrefix("Listing folders  2026-11-21T01:02:0"))
        #expect(list[0].hasSuffix("user  event 2"))
        #expect(list[1] == "    Please list this folder.")
        let bright = Console(
            output: ByteOutput(), errors: ByteOutput(), columns: 60, isTerminal: true)
        let tool = Tool(console: bright, environment: [:], input: ByteInput(bytes: []))
        _ = await tool.run(["-j", sample.path, "search", "files or ls"])
        let text = bright.output.collectedText
        #expect(text.contains("Three \u{1B}[1mfiles\u{1B}[0m.\\u{202e}"))
        #expect(text.contains("\u{1B}[1mls\u{1B}[0m -la\\u{1b}[2J"), "\(text)")
    }

    @Test func answersHaveTheirStatus() async throws {
        let sample = try await SampleJournal()
        let none = await sample.run("search", "nowhere")
        #expect(none.status == .negative && none.lines == ["nothing is found"])
        #expect(await sample.run("search", "nowhere", "--json").output == "")
        for words in [["-x"], ["\"open"], ["role:user"], ["a:b"], ["x", "--after", "y"]] {
            let bad = await InProcess.run(["-j", sample.path, "search"] + words)
            #expect(bad.status == .usage, "\(words) \(bad.errors)")
        }
        #expect(await sample.run("search", "x", "--at", "3").status == .usage)
        #expect(await sample.run("search", "list", "--limit", "0").status == .usage)
        let session = await sample.run("search", "name", "--session", "chat-2")
        #expect(session.lines.last == "    A session without a name.")
        #expect(await sample.run("search", "name", "--session", "chat-1").status == .negative)
        #expect(await sample.run("search", "name", "--session", "chat-9").status == .negative)
    }

    @Test func pagesAndJSON() async throws {
        let sample = try await SampleJournal()
        let first = await sample.run("search", "list or count or files", "--limit", "2")
        let last = try #require(first.lines.last)
        #expect(last.hasPrefix("there is more: --after "))
        let token = String(last.split(separator: " ").last ?? "")
        let second = await sample.run(
            "search", "list or count or files", "--json", "--after", token)
        #expect(second.status == .done)
        #expect(second.lines.count == 2)
        #expect(second.lines.allSatisfy { $0.hasPrefix("{\"session\":\"") })
        #expect(second.output.contains("\"match\":true"))
        let anew = await sample.run("search", "list", "--rebuild")
        #expect(anew.status == .done)
    }

    @Test func tablesAnswerInThreeForms() async throws {
        let sample = try await SampleJournal()
        let statement = "SELECT role, count(*) AS n, NULL AS none FROM messages GROUP BY role"
        let table = await sample.run("sql", statement)
        #expect(
            table.lines == [
                "role       n  none", "assistant  2     —", "tool       1     —",
                "user       3     —",
            ])
        let lines = await sample.run("sql", "--json", input: statement)
        #expect(lines.lines.first == "{\"role\":\"assistant\",\"n\":2,\"none\":null}")
        let cells = await sample.run("sql", "--csv", "SELECT '=1', x'0aff', 1.5")
        #expect(cells.lines == ["'=1',x'0aff',1.5", "'=1,0aff,1.5"])
        let hostile = await sample.run("sql", "SELECT data FROM events WHERE sequence = 3")
        #expect(!hostile.output.contains("\u{1B}"))
        let many = await sample.run(
            "sql",
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450) "
                + "SELECT i, 0.5 AS half, x'00' AS b FROM n")
        #expect(many.lines.count == 450 + 3)
        let json = await sample.run("sql", "--json", "SELECT 0.5 AS half, x'00' AS b")
        #expect(json.lines == ["{\"half\":0.5,\"b\":\"00\"}"])
    }

    @Test func tablesAreListed() async throws {
        let sample = try await SampleJournal()
        let list = await sample.run("sql", "--tables")
        #expect(list.lines.contains { $0.hasPrefix("messages  A message") })
        #expect(list.lines.contains { $0.contains("is_starred") && $0.contains("integer") })
        #expect(
            await sample.run("sql", "--tables", "--csv").lines.first == "table,column,type,meaning")
        let lines = await sample.run("sql", "--tables", "--json")
        #expect(lines.output.contains("{\"table\":\"audit\",\"column\":\"old\",\"type\":\"text\","))
        for words in [["DROP TABLE x"], [""], ["SELECT 1", "--json", "--csv"]] {
            let bad = await InProcess.run(["-j", sample.path, "sql"] + words)
            #expect(bad.status == .usage, "\(bad.errors)")
        }
    }
    #else
    @Test(arguments: [["search", "tea"], ["sql", "SELECT 1"]])
    func aBuildWithoutSearchSaysSo(words: [String]) async throws {
        let sample = try await SampleJournal()
        let run = await InProcess.run(["-j", sample.path] + words)
        #expect(run.status == .negative)
        #expect(run.errors.contains("--traits Search"))
    }
    #endif
}
