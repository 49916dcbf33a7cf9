import SessionJournal
import Testing

@testable import Transcripts

@Suite("The folder of a session's sub-agents") struct SubAgentFolderTests {
    @Test func whatIsSaidOfASubAgentBelongsToItsSession() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", [.user("u1", nil, "Go."), .user("u2", "u1", "On.")])
        try folder.write("s1/subagents/agent-a.meta.json", #"{"agentType":"explorer"}"#)
        try folder.write("s1/other/agent-a.meta.json", #"{"agentType":"explorer"}"#)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.map(\.path) == ["s1.jsonl", "s1/subagents/agent-a.meta.json"])
        #expect(report.files.allSatisfy { $0.format == "claude-code" })
        #expect(report.skipped.map(\.path) == ["s1/other/agent-a.meta.json"])
        #expect(report.sessions == [try await journal.resolve("s1")])
        #expect(try await journal.state(of: report.sessions[0]).tree.messages.count == 2)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.contents().count == 2)
    }
}
