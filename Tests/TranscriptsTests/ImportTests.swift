import Foundation
import SessionJournal
import Testing

@testable import Transcripts

@Suite struct ImportTests {
    private let lines: [Line] = [
        Line(members: [("type", "file-history-snapshot"), ("messageId", "u1"), ("snapshot", [:])]),
        .user("u1", nil, "x"),
        .assistant("a1", "u1", api: "m1", Line.call("c1")),
        .result("r1", "a1", "c1"),
        .assistant("a2", "r1", api: "m2", Line.say("one")),
        .user("u2", "a2", "y"),
    ]

    @Test func anIdenticalFileIsNotedOnly() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        let first = try await importing(folder, into: journal)
        #expect(first.counts.lines == 6)
        #expect(first.duplicates == 0)
        #expect(first.sessions.count == 1)
        #expect(first.events == Int(try await journal.lastSequence()))
        let before = try await log(journal, "s1")
        let second = try await importing(folder, into: journal)
        #expect(second.duplicates == 6)
        #expect(second.events == 1)
        #expect(second.files[0].sameAs != nil)
        #expect(try await log(journal, "s1") == before)
    }

    @Test func aLongerCopyAddsWhatIsNew() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        for count in 2...lines.count {
            try folder.write("s1.jsonl", Array(lines.prefix(count)))
            let report = try await importing(folder, into: journal)
            #expect(report.duplicates == (count == 2 ? 0 : count - 1))
        }
        let whole = try Folder()
        try whole.write("s1.jsonl", lines)
        let other = Journal.inMemory()
        try await importing(whole, into: other)
        #expect(try await log(journal, "s1") == log(other, "s1"))
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.files == 1)
        #expect(try target.contents() == whole.contents())
    }

    @Test func aRewrittenFileAddsWhatIsNew() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        var rewritten = Array(lines.reversed())
        rewritten[2] = rewritten[2].with([("slug", "new")])
        rewritten.append(.user("u3", "u2", "z"))
        rewritten.append(rewritten[0])
        try folder.write("s1.jsonl", rewritten)
        let report = try await importing(folder, into: journal)
        #expect(report.duplicates == 6)
        let story = try await Story(journal)
        #expect(story.tree == ["u1<-", "a1<u1", "r1<a1", "a2<r1", "u2<a2", "u3<u2"])
        try await expectExport(of: folder, journal)
    }

    @Test func sessionsInOneFileStayApart() async throws {
        let folder = try Folder()
        try folder.write(
            "both.jsonl",
            [
                .user("u1", nil, "x", session: "s1"), .user("v1", nil, "x", session: "s2"),
                .assistant("a1", "u1", api: "m1", Line.say("1"), session: "s1"),
                .assistant("b1", "v1", api: "m2", Line.say("2"), session: "s2"),
                Line(members: [("type", "summary"), ("summary", "N"), ("leafUuid", "a1")]),
                .user("u1", nil, "x", session: "s1"),
            ])
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.sessions.count == 2)
        #expect(report.duplicates == 1)
        #expect(try await Story(journal, "s1").tree == ["u1<-", "a1<u1"])
        #expect(try await Story(journal, "s2").tree == ["v1<-", "b1<v1"])
        try await expectExport(of: folder, journal)
    }

    @Test func everyKindOfFileComesBack() async throws {
        let folder = try Folder()
        let text = lines.map(\.text)
        try folder.write("empty.jsonl", "")
        try folder.write("blank.jsonl", "\n\n  \n")
        try folder.write("crlf.jsonl", text.joined(separator: "\r\n") + "\r\n")
        try folder.write("open.jsonl", text.joined(separator: "\n"))
        try folder.write("deep/er/glued.jsonl", text[0] + text[1] + "\n" + text[2] + " \n")
        try folder.write(
            "torn.jsonl", text[0] + "\n{\"type\":\"us" + text[1] + "\n" + text[2] + "\n")
        try folder.write("odd.jsonl", Array("\(text[1])\n".utf8) + [0xFF, 0x00, 0x0A, 0x22, 0x0A])
        try folder.write("pretty.jsonl", "{\n  \"sessionId\": \"g\",\n  \"messages\": []\n}\n")
        try folder.write("spaces.jsonl", String(repeating: "\n", count: 400) + text[1] + "  \n\n")
        try folder.write("other.jsonl", "{\"kind\":\"something else\"}\n{\"kind\":\"more\"}\n")
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.count == 10)
        #expect(report.counts.documents == 1)
        #expect(report.counts.glued == 2)
        #expect(report.skipped.isEmpty)
        try await expectExport(of: folder, journal)
    }

    @Test func hugePiecesAreStoredInChunks() async throws {
        let folder = try Folder()
        let text = [UInt8](repeating: 0x61, count: PieceContent.inlineLimit + 7)
        let long = [UInt8](repeating: 0x62, count: PieceScanner.lineLimit + 5)
        let first = Array((lines[1].text + "\n").utf8)
        // Above what is kept in memory, so that the file is read in a moving window.
        let filler = Array(("{\"f\":\"" + String(repeating: "c", count: 6 << 20) + "\"}\n").utf8)
        try folder.write(
            "big.jsonl", first + text + [0x0A] + long + [0x0A] + filler + filler + filler + first)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.counts.lines == 7)
        #expect(report.duplicates == 3)
        try await expectExport(of: folder, journal)
        let events = try await log(journal, "s1")
        // A second journal's importer, which has to read the session first, adds nothing.
        try folder.write("big.jsonl", first + text + [0x0A] + long + [0x0A] + filler)
        try await importing(folder, into: journal)
        #expect(try await log(journal, "s1") == events)
        try await expectExport(of: folder, journal)
    }

    @Test func hugeManifestsAreStoredInChunks() async throws {
        let folder = try Folder()
        var file: [UInt8] = Array((lines[1].text + "\n").utf8)
        for index in 0..<40_000 { file += Array("{\"n\":\(index % 2)}\n".utf8) }
        try folder.write("many.jsonl", file)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.duplicates == 39_998)
        try await expectExport(of: folder, journal)
        try await importing(folder, into: journal)
        try await expectExport(of: folder, journal)
    }

    @Test func whatIsNoTranscriptIsRefusedByName() async throws {
        let folder = try Folder()
        let garbage = (0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 167 ^ ($0 >> 3)) | 0x80 }
        try folder.write("garbage.jsonl", garbage)
        try folder.write("brace.jsonl", Array("{".utf8) + garbage.map { $0 & 0x1F })
        try folder.write("words.jsonl", "not JSON at all\n")
        try folder.write("notes.txt", "words")
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        await #expect(throws: TranscriptError(.notATranscript, "")) {
            try await importer.importPaths([folder.path + "/garbage.jsonl"])
        }
        await #expect(throws: TranscriptError(.notFound, "")) {
            try await importer.importPaths([folder.path + "/nothing"])
        }
        await #expect(throws: TranscriptError(.notATranscript, "")) {
            try await importer.importPaths(["/dev/null"])
        }
        let report = try await importer.importPaths([folder.path])
        #expect(report.files.count == 1)
        #expect(
            report.skipped.map(\.path).sorted() == [
                "brace.jsonl", "garbage.jsonl", "notes.txt", "words.jsonl",
            ])
    }

    @Test func linksAreNotFollowed() async throws {
        let folder = try Folder()
        let outside = try Folder()
        try outside.write("x.jsonl", lines)
        try folder.write("s1.jsonl", lines)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/link", withDestinationPath: outside.path)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/l.jsonl", withDestinationPath: outside.path + "/x.jsonl")
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.count == 1)
        #expect(report.skipped.count == 2)
    }

    @Test func aKeyOfAnotherKindOfSessionIsLeftAlone() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", lines)
        let journal = Journal.inMemory()
        _ = try await journal.as("user:ada").createSession(key: "s1")
        try await importing(folder, into: journal)
        #expect(try await Story(journal, "claude-code:s1").messages.count == 5)
        try await importing(folder, into: journal)
        try await expectExport(of: folder, journal)
    }

    /// What a dry run says is what the import does then, of new files and of such as are known.
    @Test(arguments: ["formats", "claude-code", "open-assistant", "schema-guided", "session-lines"])
    func aDryRunSaysWhatWouldBe(folder: String) async throws {
        let path =
            (SourceFormatTests.path as NSString).deletingLastPathComponent + "/" + folder
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        // In batches, so that sessions are looked for while others would have been written.
        importer.options.batchSize = 1 << 10
        for _ in 0..<2 {
            let before = try await journal.store.position().lastSequence
            importer.options.isDryRun = true
            let expected = try await importer.importPaths([path])
            #expect(try await journal.store.position().lastSequence == before)
            importer.options.isDryRun = false
            let report = try await importer.importPaths([path])
            #expect(!report.files.isEmpty && expected.events == report.events)
            #expect(expected.files.map(\.path) == report.files.map(\.path))
            #expect(expected.files.map(\.events) == report.files.map(\.events))
            #expect(expected.files.map(\.duplicates) == report.files.map(\.duplicates))
            #expect(expected.sessions.count == report.sessions.count)
            #expect(
                try await journal.store.position().lastSequence == before + UInt64(report.events))
        }
    }

    @Test func progressIsTold() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", lines)
        try folder.write("s2.jsonl", lines.map { $0.with([("sessionId", "s2")]) })
        let told = Told()
        var options = TranscriptImporter.Options()
        options.batchSize = 1
        options.progress = { told.add($0) }
        let journal = Journal.inMemory()
        _ = try await TranscriptImporter(writer: journal.as("user:ada"), options: options)
            .importPaths([folder.path])
        let last = try #require(told.all.last)
        #expect(last.size == last.totalSize)
        #expect(last.totalFiles == 2)
        #expect(told.all.map(\.size) == told.all.map(\.size).sorted())
    }

    private final class Told: @unchecked Sendable {
        private let lock = NSLock()
        private var list: [ImportProgress] = []
        func add(_ progress: ImportProgress) { lock.withLock { list.append(progress) } }
        var all: [ImportProgress] { lock.withLock { list } }
    }
}

/// Exports everything and expects the files of a folder, byte for byte.
func expectExport(of folder: Folder, _ journal: Journal) async throws {
    let target = try Folder()
    let report = try await OriginalExporter(journal).export(to: target.path)
    #expect(report.mismatches.isEmpty)
    let expected = try folder.contents().filter { $0.key.hasSuffix(".jsonl") }
    let found = try target.contents()
    #expect(found.keys.sorted() == expected.keys.sorted())
    for (name, bytes) in expected { #expect(found[name] == bytes, "\(name)") }
}
