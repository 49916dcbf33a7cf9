import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Files that are JSON documents: they come back byte for byte, and grow by what is new.
@Suite struct DocumentTests {
    private func note(_ text: String) -> (value: [UInt8], note: PieceNote) {
        let bytes = [UInt8](text.utf8)
        let tokens = JSONTokens(bytes.span)
        var value: [UInt8] = []
        for token in tokens.ranges { value += bytes[token] }
        var note = PieceNote()
        let layout = DocumentLayout(tokens, of: bytes.span, depth: 0)
        if layout != .compact { note.layout = layout }
        return (value, note)
    }

    @Test(arguments: [
        "{}", "[1,2]", #"{"a":1,"b":[]}"#, #"{"a": 1, "b": [1, 2]}"#,
        "{\n  \"a\": 1,\n  \"b\": [\n    1,\n    {}\n  ]\n}",
        "{\n    \"a\": {\n        \"b\": [ 1, 2 ]\n    }\n}",
        "{\r\n\t\"a\" : 1,\r\n\t\"b\" :[ ]\r\n}", "{\n      \"a\": \"x: , {\\\"\"\n    }",
        "[\n\n1 ,\n 2]",
    ]) func whiteSpaceComesBack(text: String) throws {
        let (value, note) = note(text)
        #expect(note.bytes(of: value.span) == [UInt8](text.utf8))
        // As an event keeps it.
        var data = DataWriter()
        note.write(to: &data)
        let written = data.finish()
        var document = JSONDocument()
        try document.parse(written.span)
        let root = try #require(document.root)
        #expect(document.pieceNote(of: root, in: written.span) == note)
    }

    @Test(arguments: ["  ", "    ", "\t"]) func aRegularLayoutIsShort(unit: String) {
        let text = "{\n~\"a\": [\n~~1,\n~~{\n~~~\"b\": \"c\"\n~~}\n~],\n~\"d\": []\n}"
        let (_, note) = note(text.replacingOccurrences(of: "~", with: unit))
        #expect(note.layout?.exceptions == [] && note.layout?.unit == unit)
    }

    private func document(_ messages: [String], updated: Int) -> String {
        """
        {
          "sessionId": "s1",
          "projectHash": "f00",
          "startTime": "2026-03-01T10:00:00.000Z",
          "lastUpdated": \(updated),
          "messages": [
            \(messages.joined(separator: ",\n    "))
          ]
        }
        """
    }

    private func message(_ id: String, _ text: String, type: String = "user") -> String {
        #"{"id": "\#(id)", "timestamp": "2026-03-01T10:00:01Z", "type": "\#(type)", "#
            + #""content": "\#(text)"}"#
    }

    @Test func aDocumentThatGrewAddsWhatIsNew() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        let first = [message("m1", "one"), message("m2", "two", type: "gemini")]
        try folder.write("chat.json", document(first, updated: 1))
        try await importing(folder, into: journal)
        let before = try await Story(journal)
        #expect(before.tree == ["m1<-", "m2<m1"])
        let longer = document(first + [message("m3", "three")], updated: 2)
        try folder.write("chat.json", longer)
        let report = try await importing(folder, into: journal)
        #expect(report.files[0].format == "gemini-cli")
        let after = try await Story(journal)
        #expect(after.tree == ["m1<-", "m2<m1", "m3<m2"])
        // The frame that names the time is other than before, and there is one message more.
        #expect(after.events.count == before.events.count + 2)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("chat.json") == [UInt8](longer.utf8))
    }

    @Test func aMessageThatWasWrittenAnewIsTheSameOne() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        try folder.write("chat.json", document([message("m1", "one")], updated: 1))
        try await importing(folder, into: journal)
        try folder.write("chat.json", document([message("m1", "other")], updated: 1))
        try await importing(folder, into: journal)
        let state = try await journal.state(of: journal.resolve("s1"))
        #expect(state.tree.messages.count == 1)
        #expect(state.tree.messages[0].parts() == [.text("other")])
    }

    private func chat(_ texts: [String]) -> String {
        let messages = texts.enumerated().map { index, text -> JSONValue in
            ["role": index % 2 == 0 ? "user" : "assistant", "content": .string(text)]
        }
        return JSONValue.array(messages).description
    }

    @Test func theSameWordsTwiceAreTwoMessages() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        try folder.write("chat.json", chat(["yes", "ok", "yes", "ok"]))
        let report = try await importing(folder, into: journal)
        #expect(report.files[0].format == "openai-chat")
        #expect(try await Story(journal, "chat.json").messages.count == 4)
        try folder.write("chat.json", chat(["yes", "ok", "yes", "ok", "yes"]))
        try await importing(folder, into: journal)
        let story = try await Story(journal, "chat.json")
        #expect(story.messages.count == 5 && story.messages.allSatisfy { $0.branch == "main" })
    }

    @Test func aListThatWasRewrittenIsABranch() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        try folder.write("chat.json", chat(["a", "b", "c"]))
        try await importing(folder, into: journal)
        // Another importer, which knows the session from its events only.
        try folder.write("chat.json", chat(["a", "B", "c", "d"]))
        try await importing(folder, into: journal)
        try folder.write("chat.json", chat(["a", "b", "c", "e"]))
        try await importing(folder, into: journal)
        let state = try await journal.state(of: journal.resolve("chat.json"))
        func path(_ branch: String) -> [Part] {
            state.tree.path(ofBranch: branch)?.messages.flatMap { $0.parts() } ?? []
        }
        #expect(path("main") == [.text("a"), .text("b"), .text("c"), .text("e")])
        #expect(path("fork-1") == [.text("a"), .text("B"), .text("c"), .text("d")])
        #expect(state.tree.branches.count == 2)
    }

    @Test func documentsOneALineAreSessions() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        let lines = ["a", "b"].map { #"{"messages":[{"role":"user","content":"\#($0)"}]}"# }
        let text = lines.joined(separator: "\n") + "\n{\"messages\":[{\"ro"
        try folder.write("set.jsonl", text)
        let report = try await importing(folder, into: journal)
        #expect(report.files[0].format == "openai-chat" && report.counts.malformed == 1)
        #expect(try await Story(journal, "set").messages.count == 1)
        #expect(try await Story(journal, "set#2").messages.count == 1)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("set.jsonl") == [UInt8](text.utf8))
    }

    @Test func oddDocumentsComeBack() async throws {
        let odd = [
            "\u{FEFF}" + chat(["bom"]), " \n[ ]", "{}", "[[[]]]",
            #"{"messages":[{"role":"user","content":"x"},7,null,"s",{"role":"user"}]}"#,
            #"{"mapping":{"a":{"id":"a","parent":"b","children":[]},"b":{"id":"b","parent":"a"},"#
                + #""a":{"id":"a"}},"current_node":"zz"}"#,
            #"{"mapping":{"x/y~z":{"id":"x/y~z","parent":null,"message":{"author":{"role":"user"},"#
                + #""content":{"content_type":"text","parts":["\ud800 \u0000"]}}}},"create_time":1}"#,
            #"[{"task_id":1,"traj":[]},{"traj":{}},5]"#,
            #"{"sessionId":"\u0007","projectHash":1,"messages":[{"id":"m","type":"user","content":1e999}]}"#,
        ]
        let folder = try Folder()
        for (index, text) in odd.enumerated() { try folder.write("\(index).json", text) }
        let journal = Journal.inMemory()
        let report = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths(odd.indices.map { folder.path + "/\($0).json" })
        #expect(report.files.count == odd.count)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        for (index, text) in odd.enumerated() {
            #expect(try target.read("\(index).json") == [UInt8](text.utf8), "\(index)")
        }
        #expect(try await journal.verify().verdict == .ok)
        let again = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths(odd.indices.map { folder.path + "/\($0).json" })
        #expect(again.events == odd.count)
    }

    @Test func secretsInDocumentsAreRedacted() async throws {
        let folder = try Folder()
        let key = "AKIA" + "IOSFODNN7EXAMPLE"
        try folder.write("chat.json", chat(["my key is \(key)"]))
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.scanner = .secrets
        importer.options.secrets = .redact
        let report = try await importer.importPaths([folder.path])
        #expect(!report.findingCounts.isEmpty)
        for try await event in journal.events() {
            #expect(!String(decoding: event.rawData, as: UTF8.self).contains(key))
        }
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }

    @Test func aFormatCanBeNamed() async throws {
        let folder = try Folder()
        try folder.write(
            "x.jsonl", #"{"role":"user","content":[{"type":"text","text":"hi"}]}"# + "\n")
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.formatName = "anthropic-messages"
        let report = try await importer.importPaths([folder.path])
        #expect(report.files[0].format == "anthropic-messages")
        #expect(try await Story(journal, "x").messages.count == 1)
        #expect(TranscriptImporter.formatNames.contains("chatgpt"))
    }

    @Test func aDocumentOfNothingKnownIsSkippedInAFolder() async throws {
        let folder = try Folder()
        try folder.write("package.json", #"{"name":"tea","version":"1.0.0"}"#)
        try folder.write("chat.json", chat(["a"]))
        let report = try await importing(folder, into: .inMemory())
        #expect(report.files.map(\.path) == ["chat.json"])
        #expect(report.skipped.map(\.path) == ["package.json"])
    }
}
