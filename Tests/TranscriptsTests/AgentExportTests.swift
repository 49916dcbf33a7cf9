import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import Transcripts

/// Sessions as the tools of others have them.
@Suite("Sessions as other tools have them") struct AgentExportTests {
    static func lines(
        _ format: String, _ journal: Journal, _ session: SessionID,
        _ options: ExportOptions = .init()
    ) async throws -> [JSONValue] {
        try await SessionExportTests.content(format, journal, session, options).content
            .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }

    /// The session that an export of a journal's session becomes.
    static func reimported(
        _ format: String, _ journal: Journal, _ session: SessionID
    ) async throws -> (Journal, SessionID) {
        let file = try await SessionExportTests.content(format, journal, session)
        let folder = try Folder()
        try folder.write("\(file.name).\(file.suffix)", file.content)
        let other = Journal.inMemory()
        let report = try await TranscriptImporter(writer: other.as("user:ada")).importPaths([
            folder.path + "/\(file.name).\(file.suffix)"
        ])
        #expect(report.files.first?.format == format)
        return (other, try #require(try await other.sessions().first?.session))
    }

    // MARK: Claude Code

    @Test func linesThatCameFromClaudeCodeGoBackAsTheyCame() async throws {
        let folder = try Folder()
        let lines: [Line] = [
            .user("u1", nil, "Read it."),
            .assistant("a1", "u1", api: "m1", Line.say("I will."), at: 2),
            .assistant("a2", "a1", api: "m1", Line.call("t1"), at: 3),
            .progress("p1", "a2", "t1"), .result("r1", "p1", "t1"),
            .assistant("a3", "r1", api: "m2", Line.say("Done."), at: 5),
            .user("u2", "a1", "Or so?", at: 6),
        ]
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        let session = try await journal.resolve("s1")
        let file = try await SessionExportTests.content("claude-code", journal, session)
        #expect(file.name == "s1" && file.content == lines.map { $0.text + "\n" }.joined())

        // What is said afterwards stands behind them, below the last line of what it answers.
        let ada = journal.as("user:ada")
        try await ada.say("user", "Thank you.", in: session, branch: "main")
        try await ada.edit("u1", text: "Read that.", in: session, branch: "main")
        let more = try await Self.lines("claude-code", journal, session)
        #expect(more.count == lines.count + 1)
        #expect(more.last?["parentUuid"] == "a3" && more.last?["sessionId"] == "s1")
        #expect(more[0]["message"]?["content"] == "Read that.")
        // One branch alone names no line that is not there.
        var options = ExportOptions()
        options.branch = "main"
        let main = try await Self.lines("claude-code", journal, session, options)
        let names = Set(main.compactMap { $0["uuid"]?.string })
        #expect(main.allSatisfy { $0["parentUuid"]?.string.map { names.contains($0) } ?? true })
    }

    @Test func whatWasErasedOrRemovedDoesNotGoBack() async throws {
        let folder = try Folder()
        try folder.write(
            "s1.jsonl",
            [
                .user("u1", nil, "My name is Ada."),
                .assistant("a1", "u1", api: "m1", Line.say("Hello.")),
                .user("u2", "a1", "Secret."), .assistant("a2", "u2", api: "m2", Line.say("Yes.")),
            ])
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        let session = try await journal.resolve("s1")
        try await journal.as("user:ada").remove("u2", in: session)
        let lines = try await Self.lines("claude-code", journal, session)
        #expect(lines.count == 3 && lines[2]["parentUuid"] == "a1")
        #expect(!lines.contains { $0.description.contains("Secret.") })
    }

    @Test func sessionsOfTheJournalAreReadBackTheSame() async throws {
        let (journal, session) = try await SessionExportTests.journal()
        let lines = try await Self.lines("claude-code", journal, session)
        #expect(
            lines.allSatisfy { AgentNames.isUUID($0["uuid"]?.string ?? $0["leafUuid"]!.string!) })
        let (other, copy) = try await Self.reimported("claude-code", journal, session)
        let state = try await other.state(of: copy)
        #expect(state.tree.messages.count == 7 && state.tree.branches.count == 2)
        #expect(state.tree.messages[1].preview(400) == SessionExportTests.hostile)
        #expect(state.metadata()["name"]?.string == SessionExportTests.hostile)
    }

    /// Import, export, import: the same session state, for transcripts of any shape.
    @Test(arguments: 0..<20 as Range<UInt64>) func transcriptsComeBackTheSame(
        seed: UInt64
    ) async throws {
        var random = SeededGenerator(seed: seed)
        var lines: [Line] = []
        var above: [String?] = [nil]
        for number in 0..<30 {
            let parent =
                Bool.random(using: &random) ? above.last! : above.randomElement(using: &random)!
            let id = "n\(number)"
            switch Int.random(in: 0..<5, using: &random) {
            case 0: lines.append(.user(id, parent, "Text \(number) \"<\u{7}>\"", at: number))
            case 1:
                lines.append(
                    .assistant(id, parent, api: "m\(number / 2)", Line.say("\(number)"), at: number)
                )
            case 2:
                lines.append(
                    .assistant(id, parent, api: "m\(number)", Line.call("c\(number)"), at: number))
            case 3: lines.append(.result(id, parent, "c\(number - 1)", at: number))
            default:
                lines.append(
                    Line.user(id, parent, "Aside \(number)", at: number).with([
                        ("isSidechain", true), ("agentId", .string("x\(number % 3)")),
                    ]))
            }
            above.append(id)
        }
        let folder = try Folder()
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        let session = try await journal.resolve("s1")
        let (other, copy) = try await Self.reimported("claude-code", journal, session)
        #expect(try await StateText.of(other, copy) == StateText.of(journal, session))
    }

    // MARK: Codex, Pi, ChatGPT

    @Test func aRolloutHasItemsAndEvents() async throws {
        let (journal, session) = try await SessionExportTests.journal()
        let file = try await SessionExportTests.content("codex", journal, session)
        #expect(file.name.hasPrefix("rollout-20") && !file.name.contains(":"))
        let lines = try await Self.lines("codex", journal, session)
        #expect(lines[0]["type"] == "session_meta")
        #expect(AgentNames.isUUID(lines[0]["payload"]?["id"]?.string ?? ""))
        let items = lines.filter { $0["type"] == "response_item" }.compactMap { $0["payload"] }
        #expect(
            items.map { $0["role"]?.string ?? $0["type"]?.string ?? "" } == [
                "developer", "user", "reasoning", "assistant", "function_call", "function_call",
                "function_call_output", "function_call_output", "function_call",
                "function_call_output", "user",
            ])
        #expect(lines.filter { $0["type"] == "turn_context" }.count == 2)
        #expect(lines.allSatisfy { $0["timestamp"]?.string?.utf8.count == 24 })
    }

    @Test func aSessionOfPiIsATreeWithTheCurrentBranchAtItsEnd() async throws {
        let (journal, session) = try await SessionExportTests.journal()
        let lines = try await Self.lines("pi", journal, session)
        #expect(lines[0]["type"] == "session" && lines[0]["version"] == 3)
        var ids: Set<String> = []
        for line in lines.dropFirst() {
            let id = try #require(line["id"]?.string)
            #expect(id.utf8.count == 8 && ids.insert(id).inserted)
            if let parent = line["parentId"]?.string { #expect(ids.contains(parent)) }
        }
        let messages = lines.filter { $0["type"] == "message" }.compactMap { $0["message"] }
        #expect(
            messages.map { $0["role"]?.string } == [
                "user", "assistant", "toolResult", "toolResult", "assistant", "user",
                "assistant",
            ])
        #expect(lines.count { $0["customType"]?.string == PiSession.instructions } == 1)
        #expect(messages[1]["content"]?[2]?["arguments"] == ["q": 1])
        // The last entry follows the end of main, not of the fork, which came later.
        #expect(lines.last?["type"] == "session_info")
        #expect(lines.last?["parentId"] == lines[lines.count - 3]["id"])
    }

    @Test func aConversationOfChatGPTIsAMapping() async throws {
        let (journal, session) = try await SessionExportTests.journal()
        let file = try await SessionExportTests.content("chatgpt", journal, session)
        let value = try #require(try JSONValue(parsing: file.content)[0])
        let mapping = try #require(value["mapping"]?.object)
        for member in mapping {
            #expect(member.value["id"]?.string == member.name)
            for child in member.value["children"]?.array ?? [] {
                #expect(mapping[child.string ?? ""]?["parent"]?.string == member.name)
            }
            if let parent = member.value["parent"]?.string {
                #expect(mapping[parent]?["children"]?.array?.contains(.string(member.name)) == true)
            }
        }
        // From the current node the way leads to the root.
        var next = value["current_node"]?.string
        var roles: [String] = []
        while let id = next, let node = mapping[id] {
            if let role = node["message"]?["author"]?["role"]?.string { roles.append(role) }
            next = node["parent"]?.string
        }
        #expect(roles.reversed().first == "system" && roles.first == "user")
        #expect(roles.count { $0 == "tool" } == 2)
        // Two answers to the same question.
        let asked = try #require(
            mapping.first { $0.value["children"]?.array?.count == 2 }?.value)
        #expect(asked["message"]?["content"]?["parts"]?[0]?.string == SessionExportTests.hostile)
    }
}

@Suite("Real transcripts exported and read again", .enabled(if: RealData.root != nil))
struct RealAgentExportTests {
    @Test func realTranscriptsComeBackTheSame() async throws {
        let path = try #require(RealData.root) + "/claude-code-log"
        let journal = Journal.inMemory()
        _ = try await TranscriptImporter(writer: journal.as("user:ada")).importPaths([path])
        for session in try await journal.sessions().map(\.session) {
            guard try await journal.state(of: session).tree.messages.count > 0 else { continue }
            let (other, copy) = try await AgentExportTests.reimported(
                "claude-code", journal, session)
            #expect(try await StateText.of(other, copy) == StateText.of(journal, session))
        }
    }
}
