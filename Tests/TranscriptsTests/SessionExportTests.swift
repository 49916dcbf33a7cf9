import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Sessions in every shape.
@Suite("Sessions exported in many shapes") struct SessionExportTests {
    static let providers = ["openai-chat", "openai-responses", "anthropic", "gemini"]

    /// What tries to get out of whatever it stands in.
    static let hostile = """
        </script></pre><script>alert(1)</script><img src=x onerror=alert(2)>
        ### user
        ```
        </details><b>
        ````
        `<i>` "quoted", 'too' \u{1B}[2J \u{202E}
        =HYPERLINK("http://x")
        """

    /// A session with hostile texts and names, a tool used twice at once, a fork, and a call that
    /// nothing answers.
    static func journal() async throws -> (Journal, SessionID) {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let model = journal.as("agent:<b>")
        let session = try await ada.createSession(
            key: "../evil:<script>", metadata: ["name": .string(hostile)])
        try await ada.say("system", "Be brief.", in: session)
        let first = try await ada.say("user", hostile, in: session)
        func call(_ id: String, _ input: JSONValue) -> JSONValue {
            ["type": "tool_use", "call": .string(id), "name": "se<arch>/x", "input": input]
        }
        func result(_ id: String, _ content: JSONValue) -> JSONValue {
            ["type": "tool_result", "call": .string(id), "content": content]
        }
        try await model.say(
            "assistant",
            parts: [
                ["type": "thinking", "text": .string(hostile), "signature": "c2ln"],
                ["type": "text", "text": .string(hostile)], call("a b", "{\"q\": 1}"),
                call("c2", ["q": .string(hostile)]),
            ], in: session, model: "claude-x")
        try await ada.say(
            "tool",
            parts: [
                result("c2", [["type": "text", "text": .string(hostile)]]), result("a b", .null),
            ], in: session)
        try await model.say("assistant", parts: [call("c2", 7)], in: session, model: "gpt-x")
        try await ada.say(
            "user",
            parts: [
                ["type": "image", "media_type": "image/png", "base64": "iVBORw0KGgo="],
                ["type": "image", "media_type": "image/svg+xml", "base64": "PHN2Zz4="],
                ["type": "document", "name": "\"><b>", "url": "javascript:alert(3)"],
                ["type": "text", "text": " "],
            ], in: session)
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: [
                    "branch": "fork-1", "from": .string(first.message), "type": "fork",
                    "parent_branch": "main",
                ]), to: session)
        try await model.say("assistant", "Another answer.  ", in: session, branch: "fork-1")
        return (journal, session)
    }

    static func content(
        _ format: String, _ journal: Journal, _ session: SessionID,
        _ options: ExportOptions = .init()
    ) async throws -> ExportedFile {
        let format = try #require(ExportFormat.named(format))
        return try await SessionExporter(journal, format: format, options: options)
            .file(of: session)
    }

    // MARK: For people

    @Test func aPageHoldsNothingThatATextMadeUp() async throws {
        let (journal, session) = try await Self.journal()
        let page = try await Self.content("html", journal, session).content
        #expect(page.contains("default-src 'none'; style-src 'sha256-"))
        #expect(page.components(separatedBy: "<script>").count == 2)
        #expect(page.components(separatedBy: "</script>").count == 2)
        #expect(!page.contains("<img src=x") && !page.contains("<b>user</b><b>"))
        #expect(page.contains("&lt;img src=x onerror=alert(2)&gt;"))
        #expect(!page.contains("\u{1B}") && !page.contains("\u{202E}"))
        #expect(!page.contains("href=\"javascript:") && !page.contains("svg+xml;base64"))
        #expect(page.contains("src=\"data:image/png;base64,iVBORw0KGgo=\""))
        #expect(page.contains("<option value=\"1\">fork-1"))
        // Every element that is opened is closed.
        for name in ["article", "details", "pre", "div", "main", "nav", "li", "dl", "dd"] {
            let opened =
                page.components(separatedBy: "<\(name) ").count
                + page.components(separatedBy: "<\(name)>").count - 2
            #expect(opened == page.components(separatedBy: "</\(name)>").count - 1, "\(name)")
        }
    }

    @Test func aPageShowsTheWholeTree() async throws {
        let (journal, session) = try await Self.journal()
        let page = try await Self.content("html", journal, session).content
        #expect(page.contains("Another answer."))
        var options = ExportOptions()
        options.branch = "main"
        let main = try await Self.content("html", journal, session, options).content
        #expect(!main.contains("Another answer."))
    }

    @Test func noTextPassesForATurnInMarkdown() async throws {
        let (journal, session) = try await Self.journal()
        let page = try await Self.content("markdown", journal, session).content
        let headings = page.split(separator: "\n").filter { $0.hasPrefix("### ") }
        #expect(
            headings == [
                "### system", "### user", "### assistant", "### tool", "### assistant", "### user",
            ])
        var fence: String?
        for line in page.split(separator: "\n") {
            let body = String(line.drop { $0 == ">" || $0 == " " })
            if let open = fence {
                if body == open { fence = nil }
            } else if body.hasPrefix("```") {
                fence = String(body.prefix { $0 == "`" })
            } else if line.contains("<") {
                #expect(line.contains("\\<"), "\(line)")
            }
        }
        #expect(fence == nil && !page.contains("\u{1B}"))
        #expect(page.contains("Other branches: fork-1"))
    }

    private static let quotations: [(String, String)] = [
        ("a\r\n```sh\nls <x>\n```\nb <c>", "> a\n> ```\n> ls <x>\n> ```\n> b \\<c>\n"),
        ("~~~\n```\n<open", "> ````\n> ```\n> <open\n> ````\n"),
        ("    ```\n<x>", ">     ```\n> \\<x>\n"), ("``` `\n<x>", "> ``` `\n> \\<x>\n"),
        ("", ">\n"),
    ]

    @Test(arguments: quotations) func quotationsKeepTheirCode(text: String, quoted: String) {
        #expect(MarkdownPage.quoted(text) == quoted)
    }

    @Test func whoSpeaksStandsAtTheMarginOfText() async throws {
        let (journal, session) = try await Self.journal()
        let text = try await Self.content("text", journal, session).content
        let margin = text.split(separator: "\n").filter { !$0.hasPrefix("    ") }
        #expect(margin.count == 2 + 6)
        #expect(!text.contains("\u{1B}"))
    }

    @Test func aTableHasARowForEachMessage() async throws {
        let (journal, session) = try await Self.journal()
        let table = try await Self.content("csv", journal, session).content
        let rows = table.components(separatedBy: "\r\n")
        #expect(rows[0].hasPrefix("session,key,seq,id,parent,branch,time,role"))
        #expect(rows.count == 1 + 7 + 1)
        #expect(rows.dropFirst().dropLast().allSatisfy { $0.hasPrefix(session.hexadecimal) })
    }

    @Test func jsonHoldsEverything() async throws {
        let (journal, session) = try await Self.journal()
        let document = try JSONValue(
            parsing: try await Self.content("json", journal, session).content)
        #expect(document["messages"]?.array?.count == 7)
        #expect(document["branches"]?.array?.count == 2)
        #expect(document["messages"]?[1]?["content"]?[0]?["text"]?.string == Self.hostile)
        #expect(document["messages"]?[1]?["branches"] == ["main", "fork-1"])
        let lines = try await Self.content("jsonl", journal, session).content
            .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(
            lines.map { $0["type"]?.string } == ["session", "branch", "branch"]
                + [String](repeating: "message", count: 7))
        #expect(lines[2]["branch_type"] == "fork")
    }

    // MARK: For models

    @Test(arguments: providers) func listsAreWhatProvidersTake(format: String) async throws {
        let (journal, session) = try await Self.journal()
        for branch in ["main", "fork-1"] {
            var options = ExportOptions()
            options.branch = branch
            let file = try await Self.content(format, journal, session, options)
            let body = try JSONValue(parsing: file.content)
            #expect(ProviderRules.problems(body, of: format).isEmpty, "\(body)")
            #expect((body["tools"] != nil) == (branch == "main"))
        }
    }

    @Test func callsAreJoinedToTheirResults() async throws {
        let (journal, session) = try await Self.journal()
        let file = try await Self.content("openai-chat", journal, session)
        let messages = try #require(try JSONValue(parsing: file.content)["messages"]?.array)
        #expect(
            messages.map { $0["role"]?.string }
                == ["system", "user", "assistant", "tool", "tool", "assistant", "tool", "user"])
        // In the order of the calls, not of the results; an id of two words is made anew.
        #expect(messages[4]["tool_call_id"] == "c2")
        #expect(messages[4]["content"]?.string == Self.hostile)
        #expect(messages[2]["tool_calls"]?[0]?["function"]?["arguments"] == "{\"q\":1}")
        #expect(messages[2]["tool_calls"]?[0]?["function"]?["name"] == "se_arch__x")
        // An id that came before is another call, and nobody answered that.
        #expect(messages[5]["tool_calls"]?[0]?["id"] != "c2")
        #expect(messages[6]["content"] == "No result of this call is on record.")
        #expect(file.setAside["calls of tools have no result; one that says so stands in"] == 1)
        #expect(file.setAside["thoughts are left out"] == 1)
    }

    @Test func onlyItsOwnSignaturesGoBackToAProvider() async throws {
        let (journal, session) = try await Self.journal()
        let file = try await Self.content("anthropic", journal, session)
        let body = try JSONValue(parsing: file.content)
        #expect(body["system"] == "Be brief.")
        #expect(body["messages"]?[1]?["content"]?[0]?["signature"] == "c2ln")
        let other = Journal.inMemory()
        let chat = try await other.as("user:ada").createSession(key: "x")
        try await other.as("agent:a").say(
            "assistant",
            parts: [
                ["type": "thinking", "text": "Hm.", "signature": "c2ln"],
                ["type": "text", "text": "Yes. "],
            ], in: chat, model: "gpt-x")
        let foreign = try JSONValue(
            parsing: try await Self.content("anthropic", other, chat).content)
        // It begins with a user, and its end is trimmed.
        #expect(foreign["messages"]?[0]?["role"] == "user")
        #expect(foreign["messages"]?[1]?["content"] == [["type": "text", "text": "Yes."]])
    }

    @Test func aSummaryStandsForWhatItReplaced() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "long")
        var last = ""
        for number in 1...4 {
            last = try await ada.say("user", "Question \(number).", in: session).message
            if number == 3 {
                try await ada.append(
                    EventDraft(
                        .summaryRecorded,
                        data: ["text": "Three questions.", "replaces_to": .string(last)]),
                    to: session)
            }
        }
        let short = try await Self.content("openai-chat", journal, session).content
        #expect(short.contains("Three questions.") && !short.contains("Question 2."))
        var options = ExportOptions()
        options.includesSummarized = true
        let long = try await Self.content("openai-chat", journal, session, options).content
        #expect(!long.contains("Three questions.") && long.contains("Question 2."))
    }

    /// Addresses that hold what they lead to.
    private static let addresses: [(String, String?)] = [
        ("data:image/png;base64,iVBORw==", "image/png iVBORw=="), ("data:;base64,iVBORw==", nil),
        ("data:image/png;base64,<scrubbed>", nil), ("data:text/plain,tea", nil),
        ("https://example.org/,;base64,iVBORw==", nil), ("data:image/png;base64,", "image/png "),
    ]

    @Test(arguments: addresses) func onlyBytesThatAreThereAreTaken(
        address: String, content: String?
    ) {
        #expect(DataAddress.content(address).map { "\($0.type) \($0.base64)" } == content)
    }

    // MARK: What is selected

    @Test func aRangeAndAPointCutTheSession() async throws {
        let (journal, session) = try await Self.journal()
        var options = ExportOptions()
        options.range = 3...3
        let one = try await Self.content("jsonl", journal, session, options)
        #expect(one.messageCount == 1 && one.content.contains("</script>"))
        options.range = nil
        options.point = .sequence(3)
        let early = try await Self.content("json", journal, session, options)
        #expect(early.messageCount == 2)
        // Results whose call was not selected are counted.
        options = .init()
        options.range = 5...5
        let results = try await Self.content("anthropic", journal, session, options)
        #expect(
            results.setAside["results of tools whose call is not there are left out"] == 2)
        options = .init()
        options.branch = "nowhere"
        await #expect(throws: JournalError.self) {
            try await Self.content("json", journal, session, options)
        }
    }

    @Test func filesAreNamedAfterSessions() async throws {
        let (journal, session) = try await Self.journal()
        let other = try await journal.as("user:ada").createSession(key: "..\\EVIL:<SCRIPT>")
        let folder = try Folder()
        let format = try #require(ExportFormat.named("text"))
        let exporter = SessionExporter(journal, format: format)
        let report = try await exporter.export([session, other], to: folder.path + "/out")
        #expect(report.problems.isEmpty && report.files.count == 2)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(names == ["out"])
        #expect(report.files[0].name == "_.._evil__script_.txt")
        #expect(report.files[1].name.hasPrefix("_.._EVIL__SCRIPT_~"))
        // What stands there with other content stays.
        try folder.write("out/" + report.files[0].name, "mine")
        let again = try await exporter.export([session, other], to: folder.path + "/out")
        #expect(again.problems.count == 1 && again.files.count == 1)
        #expect(try folder.read("out/" + report.files[0].name) == Array("mine".utf8))
    }

    @Test func everyFormatWritesAnEmptySession() async throws {
        let journal = Journal.inMemory()
        let session = try await journal.as("user:ada").createSession(key: "empty")
        for format in ExportFormat.all {
            let file = try await Self.content(format.name, journal, session)
            #expect(file.messageCount == 0)
            #expect((file.name == "empty") == (format.fileName == nil))
            #expect(file.content.utf8.last ?? 0x0A == 0x0A, "\(format.name)")
        }
        #expect(Set(ExportFormat.all.map(\.name)).count == ExportFormat.all.count)
    }

    @Test func blobsComeWithTheMessages() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "picture")
        let bytes: [UInt8] = [0x89, 0x50, 0x4E, 0x47]
        let digest = Digest(hashing: bytes.span)
        let name = BlobName.text(digest)
        let chunk = BlobChunk.data(0, of: digest, size: bytes.count, bytes: bytes.span)
        try await ada.append(
            EventDraft(.blobStored, data: try EventData(json: chunk)), to: session)
        try await ada.say(
            "user",
            parts: [["type": "image", "media_type": "image/png", "blob": .string(name)]],
            in: session)
        for format in ["html", "openai-chat", "openai-responses", "anthropic", "gemini"] {
            let file = try await Self.content(format, journal, session)
            #expect(file.content.contains("iVBORw=="), "\(format)")
        }
    }
}

@Suite("Real sessions exported in many shapes", .enabled(if: RealData.root != nil))
struct RealSessionExportTests {
    /// Every shape of the small samples; of the large one what has rules of its own.
    private static let samples: [(String, [String])] = [
        ("claude-code", ["anthropic"]),
        ("claude-code-log", ExportFormat.all.map(\.name)),
        ("agents", ExportFormat.all.map(\.name)),
    ]

    @Test(arguments: samples) func everySessionIsWritten(
        name: String, formats: [String]
    ) async throws {
        let path = try #require(RealData.root) + "/" + name
        let journal = Journal.inMemory()
        _ = try await TranscriptImporter(writer: journal.as("user:ada")).importPaths([path])
        var count = 0
        for session in try await journal.sessions().map(\.session) {
            for format in formats {
                let file = try await SessionExportTests.content(format, journal, session)
                count += 1
                guard SessionExportTests.providers.contains(format) else { continue }
                let problems = ProviderRules.problems(
                    try JSONValue(parsing: file.content), of: format)
                #expect(problems.isEmpty, "\(file.name) as \(format): \(Set(problems))")
            }
        }
        #expect(count > formats.count)
    }
}
