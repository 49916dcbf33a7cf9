import Foundation
import SessionJournal
import Testing
import Transcripts

@testable import SJournal

@Suite("export --format") struct ExportCommandTests {
    @Test func aSessionIsPrinted() async throws {
        let sample = try await SampleJournal()
        let page = await sample.run("export", "chat-1", "--format", "markdown")
        #expect(page.status == .done && page.output.hasPrefix("# Listing folders\n"))
        let list = await sample.run("export", "chat-1", "--format", "openai-chat")
        #expect(list.status == .done && list.errors.contains("1 × thoughts are left out"))
        let body = try JSONValue(parsing: list.output)
        #expect(body["messages"]?[1]?["tool_calls"]?[0]?["id"] == "c1")
        let lines = await sample.run("export", "--format", "jsonl")
        #expect(lines.lines.filter { $0.hasPrefix("{\"type\":\"session\"") }.count == 2)
    }

    @Test func selectionIsByQueryBranchPointAndRange() async throws {
        let sample = try await SampleJournal()
        func export(_ words: String...) async -> InProcess {
            await InProcess.run(["-j", sample.path, "export", "--format", "text"] + words)
        }
        #expect(await export("chat-1", "--branch", "fork-1").output.contains("Or count them."))
        #expect(await !export("chat-1", "--at", "2").output.contains("Three files."))
        let range = await export("chat-1", "--range", "2-2")
        #expect(range.output.contains("Please list") && !range.output.contains("Three files."))
        #expect(await export("chat-1", "--range", "-2").output == range.output)
        #expect(await export("--query", "starred:true").output.contains("Listing folders"))
        #expect(await export("--query", "key:nothing").status == .negative)
        #expect(await export("chat-1", "--branch", "nowhere").status == .negative)
    }

    @Test func aFolderTakesAFileASession() async throws {
        let sample = try await SampleJournal()
        let folder = sample.scratch.path("pages")
        let done = await sample.run("export", "--format", "html", "--to", folder)
        #expect(done.status == .done && done.output.hasPrefix("wrote 2 files"))
        let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
        #expect(names == ["chat-1.html", "chat-2.html"])
        // Once more is no harm; other content is left alone.
        let again = await sample.run("export", "--format", "html", "--to", folder, "--json")
        #expect(again.status == .done && again.output.contains("\"problems\":[]"))
        try Data("mine".utf8).write(to: URL(filePath: folder + "/chat-2.html"))
        let other = await sample.run("export", "--format", "html", "--to", folder)
        #expect(other.status == .negative && other.output.contains("not written"))
    }

    private static let refused: [[String]] = [
        ["--format", "nothing"], ["--format", "html"], ["chat-1"],
        ["chat-1", "--format", "text", "--original"], ["chat-1", "--format", "text", "--json"],
        ["chat-1", "--format", "text", "--range", "9-3"],
        ["chat-1", "--format", "text", "--range", "-"],
        ["chat-1", "--format", "text", "--shift-times"],
        ["--original", "--to", "x", "--range", "1-2"], ["chat-1", "--original", "--to", "x"],
    ]

    @Test(arguments: refused) func whatMakesNoSenseIsRefused(words: [String]) async throws {
        let sample = try await SampleJournal()
        let answer = await InProcess.run(["-j", sample.path, "export"] + words)
        #expect(answer.status == .usage, "\(answer.errors)")
    }
}
