import Foundation
import SessionJournal
import Testing
import TransparencyLog

@testable import Transcripts

/// Pictures and documents that stand in base64 in what is imported.
@Suite struct InlineMediaTests {
    private static func picture(_ size: Int, seed: Int = 1) -> [UInt8] {
        let noise = (0..<size).map { UInt8(truncatingIfNeeded: ($0 &* $0 &* seed) >> 3 &+ $0) }
        return [0x89, 0x50, 0x4E, 0x47] + noise
    }

    private static let picture = picture(3000)
    private static let base64 = Base64.string(picture.span)
    private static let name = BlobName.text(Digest(hashing: picture.span))

    /// A message with a picture, as each provider has it.
    private static let shapes: [(format: String, message: String)] = [
        (
            "anthropic-messages",
            #"{"role":"user","content":[{"type":"text","text":"N"},{"type":"image","source":"#
                + #"{"type":"base64","media_type":"image/png","data":"B"}}]}"#
        ),
        (
            "openai-chat",
            #"{"role":"user","content":[{"type":"text","text":"N"},{"type":"image_url","#
                + #""image_url":{"url":"data:image/png;base64,B"}}]}"#
        ),
        (
            "openai-responses",
            #"{"type":"message","role":"user","content":[{"type":"input_text","text":"N"},"#
                + #"{"type":"input_image","image_url":"data:image/png;base64,B"}]}"#
        ),
        (
            "openai-responses",
            #"{"type":"message","role":"user","content":[{"type":"input_text","text":"N"},"#
                + #"{"type":"input_file","filename":"tea.png","file_data":"data:image/png;base64,B"}]}"#
        ),
        (
            "gemini-contents",
            #"{"role":"user","parts":[{"text":"N"},{"inlineData":{"mimeType":"image/png","data":"B"}}]}"#
        ),
    ]

    private static func message(_ shape: String, _ words: String, _ text: String = base64) -> String
    {
        shape.replacingOccurrences(of: #""N""#, with: "\"\(words)\"")
            .replacingOccurrences(of: "B\"", with: text + "\"")
    }

    private static func run(
        _ folder: Folder, _ journal: Journal, _ format: String? = nil
    ) async throws -> ImportReport {
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.formatName = format
        return try await importer.importPaths([folder.path])
    }

    private static func blobs(_ journal: Journal, _ session: SessionID) async throws -> [String] {
        var names: [String] = []
        for try await event in journal.events(session: session, kinds: [.blobStored]) {
            names.append(try event.data()["blob"]?.string ?? "")
        }
        return names
    }

    private static func media(
        _ journal: Journal, _ session: SessionID
    ) async throws -> [Part.Media] {
        try await journal.state(of: session).tree.messages.flatMap { message in
            message.parts().flatMap { part -> [Part.Media] in
                guard case .toolResult(let result) = part else {
                    return part.media.map { [$0] } ?? []
                }
                return ToolOutput(result.content).parts.compactMap(\.media)
            }
        }
    }

    /// That the files come back as they are in a folder.
    private static func expectOriginals(
        _ folder: Folder, _ journal: Journal, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.mismatches.isEmpty, sourceLocation: sourceLocation)
        #expect(try target.contents() == folder.contents(), sourceLocation: sourceLocation)
    }

    @Test(arguments: 0..<5) func aPictureIsStoredOnceASession(index: Int) async throws {
        let (format, shape) = Self.shapes[index]
        let folder = try Folder()
        let lines = ["one", "two", "three"].map { Self.message(shape, $0) + "\n" }
        try folder.write("s.jsonl", lines[..<2].joined())
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal, format).sessions.first)
        #expect(try await Self.blobs(journal, session) == [Self.name])
        #expect(try await journal.attachment(Self.name, in: session) == Self.picture)
        // The file has grown, and what is known comes back from the journal.
        try folder.write("s.jsonl", lines.joined())
        let again = try await Self.run(folder, journal, format)
        #expect(again.duplicates == 2 && again.sessions == [session])
        #expect(try await Self.blobs(journal, session) == [Self.name])
        let media = try await Self.media(journal, session)
        #expect(media.map(\.location) == Array(repeating: .blob(Self.name), count: 3))
        #expect(media.allSatisfy { $0.mediaType == "image/png" })
        var size = 0
        for try await event in journal.events(session: session) { size += event.rawData.count }
        #expect(size > Self.base64.utf8.count && size < Self.base64.utf8.count + 4000)
        try await Self.expectOriginals(folder, journal)
    }

    /// A document that was written anew, with white space of its own.
    @Test func ofADocumentToo() async throws {
        let folder = try Folder()
        func document(_ words: [String]) -> String {
            "{\n  \"model\": \"m\",\n  \"max_tokens\": 1,\n  \"messages\": [\n    "
                + words.map { Self.message(Self.shapes[0].message, $0) }.joined(
                    separator: ",\n    ")
                + "\n  ]\n}\n"
        }
        try folder.write("a.json", document(["one", "two"]))
        let journal = Journal.inMemory()
        let session = try #require(
            try await Self.run(folder, journal, "anthropic-messages").sessions.first)
        try folder.write("a.json", document(["one", "two", "three"]))
        _ = try await Self.run(folder, journal, "anthropic-messages")
        #expect(try await Self.blobs(journal, session) == [Self.name])
        #expect(try await Self.media(journal, session).count == 3)
        var kinds: [EventKind] = []
        for try await event in journal.events(session: session) { kinds.append(event.kind) }
        #expect(!kinds.contains(.messageEdited))
        try await Self.expectOriginals(folder, journal)
    }

    /// Lines of Claude Code: a picture that a person shows, and one that a tool read, which stands
    /// twice in its line.
    private static func transcript(_ texts: [String]) -> [Line] {
        func block(_ text: String) -> JSONValue {
            [
                "type": "image",
                "source": ["type": "base64", "media_type": "image/png", "data": .string(text)],
            ]
        }
        return texts.enumerated().flatMap { index, text -> [Line] in
            let last = index == 0 ? nil : "r\(index - 1)"
            return [
                .user("u\(index)", last, "look \(index)").with([
                    (
                        "message",
                        [
                            "role": "user",
                            "content": [["type": "text", "text": "look"], block(text)],
                        ]
                    )
                ]),
                .assistant("a\(index)", "u\(index)", api: "m\(index)", Line.call("c\(index)")),
                .result("r\(index)", "a\(index)", "c\(index)").with([
                    (
                        "message",
                        [
                            "role": "user",
                            "content": [
                                [
                                    "type": "tool_result", "tool_use_id": .string("c\(index)"),
                                    "content": [block(text)],
                                ]
                            ],
                        ]
                    ),
                    (
                        "toolUseResult",
                        ["type": "image", "file": ["base64": .string(text), "type": "image/png"]]
                    ),
                ]),
            ]
        }
    }

    @Test func whatAToolReadIsStoredOnceToo() async throws {
        let folder = try Folder()
        let other = Self.picture(5000, seed: 7)
        let lines = Self.transcript([Self.base64, Base64.string(other.span), Self.base64])
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        let names = [Self.name, BlobName.text(Digest(hashing: other.span))]
        #expect(try await Self.blobs(journal, session) == names)
        let expected = [0, 0, 1, 1, 0, 0].map { Part.Location.blob(names[$0]) }
        #expect(try await Self.media(journal, session).map(\.location) == expected)
        try await Self.expectOriginals(folder, journal)
        // What goes out holds the bytes.
        for name in ["html", "claude-code", "anthropic", "json", "jsonl"] {
            let format = try #require(ExportFormat.named(name))
            let file = try await SessionExporter(journal, format: format).file(of: session)
            #expect(file.content.contains(Self.base64), "\(name)")
            #expect(file.content.contains(Base64.string(other.span)), "\(name)")
            if name == "claude-code" {
                #expect(try Array(file.content.utf8) == folder.read("s1.jsonl"))
            }
        }
    }

    @Test func whatOnlyAToolGaveBackGoesOut() async throws {
        let folder = try Folder()
        let lines = Self.transcript([Self.base64])
        try folder.write(
            "s1.jsonl",
            [lines[0].with([("message", ["role": "user", "content": "look"])])] + lines[1...])
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        for name in ["html", "anthropic", "json"] {
            let format = try #require(ExportFormat.named(name))
            let file = try await SessionExporter(journal, format: format).file(of: session)
            #expect(file.content.contains(Self.base64), "\(name)")
        }
    }

    @Test func aLargePictureIsStoredInChunks() async throws {
        let folder = try Folder()
        let large = Self.picture(3 << 20)
        try folder.write("s1.jsonl", Self.transcript([Base64.string(large.span)]))
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        #expect(try await Self.blobs(journal, session).count == 5)
        let name = BlobName.text(Digest(hashing: large.span))
        #expect(try await journal.attachment(name, in: session) == large)
        for try await event in journal.events(session: session) {
            #expect(event.rawData.count < 1 << 20 + 1000)
        }
        try await Self.expectOriginals(folder, journal)
    }

    /// What would be spelled in another way stays where it is, and so does what is small, what says
    /// nothing of its type, and a piece that holds the name of its own picture.
    @Test func whatIsNotMediaStays() async throws {
        let small = Base64.string(Array(Self.picture[..<500]).span)
        // Ends where the first chunk does, a byte short of it, and goes on.
        let padded = Base64.string(Self.picture(BlobName.chunkSize - 5).span) + Self.base64
        let shape = Self.shapes[0].message
        let lines = [
            Self.message(shape, "a", small), Self.message(shape, "b", Self.base64 + "AAAA="),
            Self.message(shape, "f", padded),
            Self.message(shape, "c", Self.base64.replacingOccurrences(of: "/", with: #"\/"#)),
            Self.message(shape, "d", "sha256:" + Self.base64), Self.message(shape, "e", Self.name),
            Self.message(shape, Self.name, Self.base64),
            #"{"role":"assistant","content":[{"type":"redacted_thinking","data":"D"}]}"#
                .replacingOccurrences(of: "D", with: String(repeating: "QUJD", count: 800)),
            #"{"role":"assistant","content":[{"type":"text","text":"D"}]}"#
                .replacingOccurrences(of: "D", with: Self.base64),
        ]
        let folder = try Folder()
        try folder.write("s.jsonl", lines.map { $0 + "\n" }.joined())
        let journal = Journal.inMemory()
        let session = try #require(
            try await Self.run(folder, journal, "anthropic-messages").sessions.first)
        #expect(try await Self.blobs(journal, session).isEmpty)
        try await Self.expectOriginals(folder, journal)
        try folder.write("s.jsonl", (lines + [lines[0]]).map { $0 + "\n" }.joined())
        let grown = try await Self.run(folder, journal, "anthropic-messages")
        #expect(grown.duplicates == lines.count)
        try await Self.expectOriginals(folder, journal)
    }

    /// Sessions of before, whose events hold their pictures themselves.
    @Test func eventsThatHoldTheirMediaAreKnown() async throws {
        let folder = try Folder()
        let lines = Self.transcript([Self.base64, Self.base64])
        try folder.write("s1.jsonl", Array(lines.prefix(3)))
        let made = Journal.inMemory()
        let session = try #require(try await Self.run(folder, made).sessions.first)
        let journal = Journal.inMemory()
        var items: [AppendBatch.Item] = []
        for try await event in made.events(session: session) where event.kind != .blobStored {
            var data = try event.data().object ?? [:]
            data = JSONObject(data.filter { $0.name != "media" }.map { ($0.name, $0.value) })
            let text = JSONValue.object(data).description
                .replacingOccurrences(of: Self.name, with: Self.base64)
            var draft = EventDraft(
                event.kind, data: EventData(try #require(JSONValue(parsing: text).object)))
            draft.branch = event.branch
            draft.onBehalf = event.onBehalf
            draft.occurred = event.occurred
            items.append(AppendBatch.Item(session: session, draft: draft))
        }
        _ = try await journal.as("user:ada").append(items, if: [:], durability: .durable)
        try folder.write("s1.jsonl", lines)
        let report = try await Self.run(folder, journal)
        #expect(report.duplicates == 3 && report.sessions == [session])
        #expect(try await Self.blobs(journal, session) == [Self.name])
        #expect(try await journal.state(of: session).tree.messages.count == 6)
        try await Self.expectOriginals(folder, journal)
    }

    /// A line of a rollout of Codex.
    private func line(_ type: String, _ payload: JSONValue) -> String {
        let value: JSONValue = [
            "timestamp": "2026-03-01T10:10:00.000Z", "type": .string(type), "payload": payload,
        ]
        return value.description + "\n"
    }

    /// A compaction of Codex repeats a message with a picture.
    @Test func whatIsRepeatedIsReferredTo() async throws {
        let shown: JSONValue = [
            "type": "message", "role": "user",
            "content": [
                [
                    "type": "input_image",
                    "image_url": .string("data:image/png;base64," + Self.base64),
                ]
            ],
        ]
        let other: JSONValue = [
            "type": "message", "role": "user",
            "content": [
                [
                    "type": "input_image", "detail": "low",
                    "image_url": .string("data:image/png;base64," + Self.base64),
                ]
            ],
        ]
        let folder = try Folder()
        try folder.write(
            "rollout.jsonl",
            line("session_meta", ["id": "codex-1", "cli_version": "0.149.0"])
                + line("response_item", shown)
                + line("compacted", ["message": "m", "replacement_history": [shown, other]]))
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        #expect(try await Self.blobs(journal, session) == [Self.name])
        try await Self.expectOriginals(folder, journal)
        #expect(try await Self.run(folder, journal).events == 1)
    }

    @Test func aPictureGoesWithTheLastThatNamesIt() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", Self.transcript([Self.base64, Self.base64]))
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        let options = ErasureOptions(basis: "GDPR 17")
        let ada = journal.as("user:ada")
        for (index, left) in [Self.picture, nil].enumerated() {
            let messages = try await journal.state(of: session).tree.messages
                .map(\.id).filter { ["u\(index)", "r\(index)"].contains($0) }
            #expect(messages.count == 2)
            for message in messages {
                _ = try await ada.erase(.message(message, in: session), options: options)
            }
            #expect(try await journal.attachment(Self.name, in: session) == left)
        }
    }

    @Test func aCloneHasThePicturesToo() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", Self.transcript([Self.base64]))
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        let clone = try await journal.as("user:ada").clone(session)
        let media = try await Self.media(journal, clone.session)
        #expect(media.map(\.location) == [.blob(Self.name), .blob(Self.name)])
        #expect(try await journal.attachment(Self.name, in: clone.session) == Self.picture)
    }

    /// A picture whose bytes compaction took is stored again when the file shows it again.
    @Test func compactionTakesPicturesAndAnImportBringsThemBack() async throws {
        let home = try Folder()
        let folder = try Folder()
        let lines = Self.transcript([Self.base64, Self.base64])
        try folder.write("s1.jsonl", Array(lines.prefix(3)))
        let journal = try await Journal.create(at: home.path + "/journal")
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        try await journal.seal()
        _ = try await journal.as("user:op").compact(CompactionRule())
        #expect(try await journal.attachment(Self.name, in: session) == nil)
        try folder.write("s1.jsonl", lines)
        #expect(try await Self.run(folder, journal).duplicates == 3)
        #expect(try await journal.attachment(Self.name, in: session) == Self.picture)
        #expect(
            try await Self.media(journal, session).map(\.location)
                == [.blob(Self.name), .blob(Self.name)])
        try await journal.close()
    }

    /// A line that says the name of a picture, and the same line with the picture.
    @Test(arguments: [true, false]) func aNameIsNotThePicture(nameFirst: Bool) async throws {
        let folder = try Folder()
        let picture = Self.transcript([Self.base64])
        let name = Self.transcript([Self.name])
        let both = nameFirst ? name + picture : picture + name
        try folder.write("s1.jsonl", both)
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        #expect(try await Self.blobs(journal, session) == [Self.name])
        try await Self.expectOriginals(folder, journal)
        try folder.write("s1.jsonl", both + [.user("u9", nil, "more")])
        #expect(try await Self.run(folder, journal).duplicates == 6)
        try await Self.expectOriginals(folder, journal)
    }

    /// A compaction of Codex repeats a message that names a picture, and shows the picture.
    @Test func whatIsReducedIsKnownAgain() async throws {
        func message(_ content: JSONValue) -> JSONValue {
            ["type": "message", "role": "user", "content": [content]]
        }
        let named = message(["type": "input_text", "text": .string("see " + Self.name)])
        let shown = message([
            "type": "input_image", "image_url": .string("data:image/png;base64," + Self.base64),
        ])
        let text =
            line("session_meta", ["id": "codex-1", "cli_version": "0.149.0"])
            + line("response_item", named)
            + line("compacted", ["message": "m", "replacement_history": [named, shown]])
        let folder = try Folder()
        try folder.write("rollout.jsonl", text)
        let journal = Journal.inMemory()
        _ = try await Self.run(folder, journal)
        try folder.write(
            "rollout.jsonl",
            text + line("response_item", message(["type": "input_text", "text": "x"])))
        #expect(try await Self.run(folder, journal).duplicates == 3)
        try await Self.expectOriginals(folder, journal)
    }

    /// Of a picture in chunks compaction takes all or nothing, and an import stores what is missing.
    @Test(arguments: 0..<6) func aPictureGoesWhole(kept: Int) async throws {
        let home = try Folder()
        let folder = try Folder()
        let large = Base64.string(Self.picture(2 << 20).span)
        let lines = Self.transcript([large, large])
        try folder.write("s1.jsonl", Array(lines.prefix(1)))
        let journal = try await Journal.create(at: home.path + "/journal")
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        try await journal.seal()
        var rule = CompactionRule()
        rule.keptEvents = kept
        _ = try await journal.as("user:op").compact(rule)
        var chunks: Set<Bool> = []
        for try await event in journal.events(session: session, kinds: [.blobStored]) {
            chunks.insert(event.isCompacted)
        }
        #expect(chunks.count == 1)
        try folder.write("s1.jsonl", lines)
        _ = try await Self.run(folder, journal)
        let name = BlobName.text(Digest(hashing: Self.picture(2 << 20).span))
        #expect(try await journal.attachment(name, in: session)?.count == (2 << 20) + 4)
        try await journal.close()
    }

    /// Chunks of a blob that was cut in another way are no beginning of it.
    @Test func chunksOfAnotherSizeAreNotMixed() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "s1")
        let bytes = Self.picture(2 << 20)
        let digest = Digest(hashing: bytes.span)
        let name = BlobName.text(digest)
        let old: JSONObject = [
            "blob": .string(name), "index": 0, "count": 2, "size": JSONValue(bytes.count),
            "base64": .string(Base64.string(bytes.span.extracting(0..<1 << 20))),
        ]
        try await ada.append(EventDraft(.blobStored, data: EventData(old)), to: session)
        #expect(try await journal.attachment(name, in: session) == nil)
        _ = try await ada.attach(bytes, mediaType: "image/png", in: session)
        #expect(try await journal.attachment(name, in: session) == bytes)
    }

    /// A file of many sessions, one of which has a large piece.
    @Test func aLargePieceComesBackAmongManySessions() async throws {
        let folder = try Folder()
        let torn = "{\"torn\":\"" + String(repeating: "tea ", count: 700_000)
        let text = (0..<150).map { Line.user("u\($0)", nil, "x", session: "s\($0)").text }
        try folder.write(
            "many.jsonl", (text[..<1] + [torn] + text[1...] + text[..<1]).map { $0 + "\n" }.joined()
        )
        let journal = Journal.inMemory()
        _ = try await Self.run(folder, journal)
        try await Self.expectOriginals(folder, journal)
    }

    /// What a tool was called with stays word for word.
    @Test func inputsOfToolsStay() async throws {
        let folder = try Folder()
        let call: JSONValue = [
            "type": "tool_use", "id": "c1", "name": "Draw",
            "input": ["data": .string(Self.base64), "mime_type": "image/png"],
        ]
        try folder.write(
            "s1.jsonl", [.user("u1", nil, "x"), .assistant("a1", "u1", api: "m", call)])
        let journal = Journal.inMemory()
        let session = try #require(try await Self.run(folder, journal).sessions.first)
        #expect(try await Self.blobs(journal, session).isEmpty)
    }

    /// What tools give back in shapes of other providers goes out with its bytes, and a window counts
    /// it as a picture.
    @Test func whatIsWithinAResultComesBack() async throws {
        let folder = try Folder()
        let output: JSONValue = [
            "type": "function_call_output", "call_id": "c1",
            "output": [
                [
                    "type": "input_image",
                    "image_url": .string("data:image/png;base64," + Self.base64),
                ]
            ],
        ]
        let call: JSONValue = [
            "type": "function_call", "call_id": "c1", "name": "look", "arguments": "{}",
        ]
        let asked: JSONValue = ["type": "message", "role": "user", "content": "look"]
        try folder.write("s.jsonl", [asked, call, output].map { $0.description + "\n" }.joined())
        let journal = Journal.inMemory()
        let session = try #require(
            try await Self.run(folder, journal, "openai-responses").sessions.first)
        #expect(try await Self.blobs(journal, session) == [Self.name])
        for name in ["openai-responses", "anthropic", "json"] {
            let format = try #require(ExportFormat.named(name))
            let file = try await SessionExporter(journal, format: format).file(of: session)
            #expect(file.content.contains(Self.base64), "\(name)")
        }
        let window = try await journal.context(of: session).window(budget: 100_000)
        #expect(window.tokens > 1_500 && window.tokens < 2_000)
    }

    /// Who asks for their record, and what is exported without names, gets the pictures, too.
    @Test func recordsHoldThePictures() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", Self.transcript([Self.base64]))
        let journal = Journal.inMemory()
        _ = try await Self.run(folder, journal)
        var texts: [String] = []
        _ = try await journal.subjectRecord(of: "user") { item in
            if case .event(let event) = item { texts.append(event.json.description) }
        }
        #expect(texts.contains { $0.contains(Self.base64) })
        var options = AnonymisingOptions()
        options.keepsAttachments = true
        for keeps in [true, false] {
            options.keepsAttachments = keeps
            var lines = ""
            _ = try await journal.anonymised(options: options) { session in
                lines += session.lines.map(\.description).joined()
            }
            #expect(lines.contains(Self.base64) == keeps)
            #expect(!lines.contains(Self.name))
        }
    }
}
