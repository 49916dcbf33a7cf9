import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Files that are told from others by little, or come alone.
@Suite struct LatecomerTests {
    /// A part that names neither its session nor its message, and comes after all else was imported.
    @Test func aPartThatComesAloneBelongsToItsMessage() async throws {
        let folder = try Folder()
        let source = SourceFormatTests.path + "/opencode/storage"
        var last: [UInt8] = []
        for path in try FileManager.default.subpathsOfDirectory(atPath: source).sorted() {
            guard path.hasSuffix(".json") else { continue }
            let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: source + "/" + path)))
            if path == "part/msg_2/prt_3.json" {
                last = bytes
            } else {
                try folder.write(path, bytes)
            }
        }
        let journal = Journal.inMemory()
        let before = try await importing(folder, into: journal)
        #expect(before.sessions.count == 1 && !last.isEmpty)
        #expect(
            try await !SourceFormatTests.outline(journal, "ses_tea").joined().contains("Green."))
        try folder.write("part/msg_2/prt_3.json", last)
        let after = try await importing(folder, into: journal)
        #expect(after.sessions == before.sessions)
        let outline = try await SourceFormatTests.outline(journal, "ses_tea")
        #expect(outline.count == 2 && outline[1].hasSuffix("“Green.”"))
        // Alone in a folder, nothing says whose it is.
        let other = try Folder()
        try other.write("part/msg_9/prt_3.json", last + [UInt8(ascii: "\n")])
        #expect(try await importing(other, into: journal).sessions != before.sessions)
    }

    /// OpenClaw writes what Pi writes: what tells them apart may stand anywhere.
    @Test(arguments: [
        #""message":{"role":"assistant","timestamp":1,"provider":"openclaw","content":[]}"#,
        #""customType":"model-snapshot","data":{}"#,
        #""customType":"openclaw:bootstrap-context:full","data":{}"#,
        #""agent":"openclaw""#,
    ]) func openClawIsKnownByWhatItWrites(line: String) async throws {
        let head = #"{"type":"session","version":3,"id":"a1","timestamp":"2026-03-01T10:00:00Z","#
        let type =
            line.contains("message") ? "message" : line.contains("custom") ? "custom" : "compact"
        let more =
            #"{"type":"\#(type)","id":"b2","parentId":"a1","timestamp":"2026-03-01T10:00:01Z",\#(line)}"#
        #expect(try await Self.format(head + #""cwd":"/home/ada"}"# + "\n" + more) == "openclaw")
        #expect(try await Self.format(head + #""cwd":"/home/ada/openclaw"}"#) == "pi")
        #expect(
            try await Self.format(head + #""cwd":"/home/ada/.openclaw/workspace"}"#) == "openclaw")
    }

    private static func format(_ text: String) async throws -> String? {
        let folder = try Folder()
        try folder.write("a.jsonl", text + "\n")
        return try await importing(folder, into: Journal.inMemory()).files.first?.format
    }

    /// A document that is too large to be taken apart is kept, and that is told.
    @Test func aDocumentTooLargeToReadIsTold() async throws {
        let folder = try Folder()
        let filler = String(repeating: "tea ", count: 13 << 20)
        try folder.write(
            "chat.json", "{\"sessionId\":\"s\",\"messages\":[\"\(filler)\"]}")
        let skipped = try await importing(folder, into: Journal.inMemory())
        #expect(skipped.files.isEmpty)
        #expect(skipped.skipped.first?.why.hasPrefix("a JSON document above 48 MiB") == true)
        let journal = Journal.inMemory()
        let kept = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([folder.path + "/chat.json"])
        #expect(kept.files.count == 1 && kept.skipped.map(\.path) == ["chat.json"])
        #expect(kept.skipped.first?.why.contains("all of it is kept") == true)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }
}
