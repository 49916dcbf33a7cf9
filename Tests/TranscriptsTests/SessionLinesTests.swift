import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import Transcripts

@Suite("The lines of a session manager, in and out") struct SessionLinesTests {
    private static let fixture = Pages.root.appending(path: "Fixtures/session-lines/dm_ada.jsonl")

    private static func imported() async throws -> (Journal, SessionID) {
        let journal = Journal.inMemory()
        let report = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([fixture.path])
        #expect(report.files.first?.format == "session-lines")
        return (journal, try await journal.resolve("dm_ada"))
    }

    @Test func everythingIsReadAsItIsMeant() async throws {
        let (journal, session) = try await Self.imported()
        let state = try await journal.state(of: session)
        #expect(
            state.tree.messages.map { $0.role?.rawValue } == [
                "system", "user", "assistant", "tool", "assistant",
            ])
        let metadata = state.metadata()
        #expect(metadata["title"] == "Ordering <green> tea" && metadata["pinned"] == true)
        #expect(metadata["archived"] == false && metadata["type"] == "dm")
        #expect(metadata["tags"] == ["tea", "shop"])
        let question = state.tree.messages[1]
        // Nanoseconds there, seconds here.
        #expect(question.metadata["ttl"] == 3600 && question.metadata["important"] == true)
        #expect(
            question.parts().count == 2
                && question.preview() == "What is in this tin? It says \"50 g & more\".")
        #expect(question.occurred?.description == "2026-03-07T08:01:00.123456Z")
        let call = try #require(state.tree.toolCalls().first)
        #expect(call.name == "stock" && call.status == .ok && call.input["grams"] == 50)
        #expect(call.result?.content == "12 tins of sencha, 50 g")
    }

    @Test func whatStandsAsItCameIsWrittenAsItCame() async throws {
        let (journal, session) = try await Self.imported()
        let file = try await SessionExportTests.content("session-lines", journal, session)
        let original = try String(contentsOf: Self.fixture, encoding: .utf8)
        #expect(file.name + ".jsonl" == "dm_ada.jsonl")
        #expect(file.content == original)
    }

    @Test func theOldManagerGoesOnWithWhatWasAdded() async throws {
        let (journal, session) = try await Self.imported()
        let ada = journal.as("user:ada")
        try await ada.say("user", "Two tins, please.", in: session)
        try await ada.setMetadata(["tags": ["tea", "sold"], "status": "archived"], in: session)
        try await ada.edit("line-6", text: "There are 12 tins.", in: session)
        let file = try await SessionExportTests.content("session-lines", journal, session)
        let original = try String(contentsOf: Self.fixture, encoding: .utf8)
        let old = original.split(separator: "\n")
        let new = file.content.split(separator: "\n")
        #expect(new.count == old.count + 1)
        #expect(Array(new[1..<5]) == Array(old[1..<5]))
        let head = try JSONValue(parsing: String(new[0]))
        #expect(head["created_at"] == "2026-03-07T08:00:00Z")
        #expect(head["metadata"]?["tags"] == ["tea", "sold"])
        #expect(head["metadata"]?["archived"] == true && head["metadata"]?["priority"] == 2)
        let edited = try JSONValue(parsing: String(new[5]))
        #expect(edited["content"] == "There are 12 tins." && edited["metadata"]?["model"] == "m-1")
        #expect(try JSONValue(parsing: String(new[6]))["content"] == "Two tins, please.")
        // Read again, it is the same session.
        let (other, copy) = try await AgentExportTests.reimported(
            "session-lines", journal, session)
        #expect(
            try await StateText.of(other, copy).filter { !$0.hasPrefix("name") }
                == StateText.of(journal, session).filter { !$0.hasPrefix("name") })
    }

    @Test func aFileThatWasWrittenAnewSaysWhatChanged() async throws {
        let folder = try Folder()
        let head = #"{"_type":"metadata","created_at":"2026-03-07T08:00:00Z","metadata":{"#
        let said = #"{"role":"user","content":"Hi","timestamp":"2026-03-07T08:00:01Z"}"#
        try folder.write("a.jsonl", head + "\"title\":\"A\",\"pinned\":true}}\n" + said + "\n")
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        try folder.write(
            "a.jsonl",
            head + "\"title\":\"B\"}}\n" + said + "\n"
                + #"{"role":"assistant","content":"","timestamp":"2026-03-07T08:00:02Z"}"# + "\n"
                + #"{"what":"this"}"# + "\n")
        try await importing(folder, into: journal)
        let session = try await journal.resolve("a")
        let state = try await journal.state(of: session)
        #expect(state.tree.messages.count == 2 && state.metadata()["title"] == "B")
        #expect(state.metadata()["pinned"] == .null || state.metadata()["pinned"] == false)
        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.mismatches.isEmpty)
        #expect(try target.read("a.jsonl") == folder.read("a.jsonl"))
    }
}
