import Foundation
import SessionJournal
import Testing

@testable import Transcripts

@Suite("Sessions as plain managers keep them") struct PlainSessionTests {
    private static func journal() async throws -> (Journal, SessionID) {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(
            key: "dm:ada/1", metadata: ["name": "Tea <&>", "tags": ["b", "a"], "type": "dm"])
        try await ada.say(
            "user",
            parts: [
                ["type": "text", "text": "Look <here>\u{2028}."],
                ["type": "image", "media_type": "image/png", "base64": "iVBORw0KGgo="],
            ], in: session, metadata: ["ttl": 60, "important": true])
        try await journal.as("agent:b").say(
            "assistant",
            parts: [["type": "tool_use", "call": "c1", "name": "look", "input": ["at": "it"]]],
            in: session)
        try await ada.say(
            "tool", parts: [["type": "tool_result", "call": "c1", "content": "A kettle."]],
            in: session)
        try await ada.setMetadata(["is_starred": true], in: session)
        return (journal, session)
    }

    @Test func anObjectHasWhatItsReadersAskFor() async throws {
        let (journal, session) = try await Self.journal()
        let file = try await SessionExportTests.content("session-object", journal, session)
        let object = try JSONValue(parsing: file.content)
        #expect(
            object.object?.names == [
                "session_id", "created_at", "messages", "last_active", "metadata",
            ])
        // A naive time has no zone.
        #expect(object["created_at"]?.string?.utf8.count == 26)
        #expect(object["last_active"]?.double ?? 0 > 1_000_000_000)
        let metadata = try #require(object["metadata"]?.object)
        #expect(Set(metadata.names) == PlainFields.object.names)
        #expect(metadata["modified_by"] == "user:ada" && metadata["is_starred"] == true)
        #expect(metadata["last_modified"]?.string?.hasSuffix("Z") == false)
        let messages = try #require(object["messages"]?.array)
        #expect(messages.map { $0["role"]?.string } == ["user", "assistant", "tool"])
        #expect(messages[1]["tool_calls"]?[0]?["function"]?["arguments"] == "{\"at\":\"it\"}")
        #expect(messages[2]["tool_call_id"] == "c1" && messages[2]["content"] == "A kettle.")
        #expect(messages.allSatisfy { $0["timestamp"]?.string?.utf8.count == 26 })
    }

    @Test func linesAreAsGoWritesThem() async throws {
        let (journal, session) = try await Self.journal()
        let file = try await SessionExportTests.content("session-lines", journal, session)
        #expect(file.name == "dm_ada_1" && file.suffix == "jsonl")
        #expect(!file.content.contains("<") && !file.content.contains("&"))
        #expect(file.content.contains("\\u003chere\\u003e\\u2028"))
        let lines = try file.content.split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        #expect(lines.count == 4)
        #expect(lines[0]["_type"] == "metadata")
        #expect(Timestamp(lines[0]["created_at"]?.string ?? "") != nil)
        #expect(lines[0]["metadata"]?.object?.names == ["name", "tags", "type"])
        #expect(lines[1]["metadata"] == ["important": true, "ttl": 60_000_000_000])
        #expect(lines[1]["media"]?[0]?["base64"] == "iVBORw0KGgo=")
        #expect(lines[1]["media"]?[0]?["mimetype"] == "image/png")
        #expect(lines[2]["tool_calls"] == [["id": "c1", "name": "look", "params": ["at": "it"]]])
        #expect(lines[3]["tool_call_id"] == "c1" && lines[3]["role"] == "tool")
    }
}
