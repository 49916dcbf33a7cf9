import Foundation
import SessionJournal
import Testing

@testable import Transcripts

#if Archives
@Suite("Archives") struct ArchiveTests {
    private static let chat = SourceFormatTests.path + "/chatgpt/conversations.json"
    private static let rollout = SourceFormatTests.path + "/codex/rollout-2026-03-01.jsonl"

    private static func bytes(_ path: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Makes a zip file: of each name what stands in a file of the folder.
    private static func zip(_ folder: Folder, _ name: String, _ program: String) throws {
        try Python.run(
            """
            import sys, zipfile, warnings
            warnings.simplefilter("ignore")
            chat, path = sys.argv[1:]
            z = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
            said = open(chat, "rb").read()
            \(program)
            z.close()
            """, chat, folder.path + "/" + name)
    }

    /// A log of Inspect AI is a zip file of the samples, and what is said of them.
    @Test func samplesOfAnInspectLogAreRead() async throws {
        let source = SourceFormatTests.path + "/inspect/1_epoch_1.json"
        let folder = try Folder()
        try Python.run(
            """
            import sys, zipfile
            sample, path = sys.argv[1:]
            z = zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED)
            z.writestr("_journal/start.json", '{"version": 2, "eval": {"task": "tea"}, "plan": {}}')
            z.writestr("_journal/summaries/1.json", '[{"id": 1, "epoch": 1}]')
            z.write(sample, "samples/1_epoch_1.json")
            z.writestr("summaries.json", '[{"id": 1, "epoch": 1}]')
            z.writestr("header.json", '{"version": 2, "status": "success", "eval": {"task": "tea"}}')
            z.close()
            """, source, folder.path + "/tea.eval")
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.map(\.path) == ["tea.eval/samples/1_epoch_1.json"])
        #expect(report.files.map(\.format) == ["inspect"])
        #expect(
            report.skipped.map(\.path) == [
                "tea.eval/_journal/start.json", "tea.eval/_journal/summaries/1.json",
                "tea.eval/summaries.json", "tea.eval/header.json",
            ])
        let alone = Journal.inMemory()
        let same = try await TranscriptImporter(writer: alone.as("user:ada")).importPaths([source])
        let session = try #require(report.sessions.first)
        let key = try #require(try await journal.state(of: session).key)
        #expect(report.sessions.count == 1 && same.sessions.count == 1)
        let outline = try await SourceFormatTests.outline(journal, key)
        #expect(try await outline == SourceFormatTests.outline(alone, key) && outline.count > 1)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("tea.eval/samples/1_epoch_1.json") == Self.bytes(source))
    }

    private static func gzip(_ source: String, _ target: String) throws {
        try Python.run(
            "import sys, gzip; gzip.open(sys.argv[2], 'wb').write(open(sys.argv[1], 'rb').read())",
            source, target)
    }

    private static func file(_ path: String) throws -> FileWalk.File {
        try #require(FileWalk([path]).files.first)
    }

    // MARK: What they hold

    @Test func anExportOfChatGPTIsReadFromItsZip() async throws {
        let folder = try Folder()
        try Self.zip(
            folder, "export.zip",
            """
            z.writestr("conversations.json", said)
            z.writestr("user.json", '{"email": "ada@example.org"}')
            z.writestr("chat.html", "<html>")
            z.writestr("images/", "")
            z.writestr("images/cup.png", "PNG", zipfile.ZIP_STORED)
            """)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.map(\.path) == ["export.zip/conversations.json"])
        #expect(report.files.first?.format == "chatgpt" && report.sessions.count > 0)
        #expect(report.skipped.map(\.path) == ["export.zip/user.json", "export.zip"])
        #expect(report.skipped.last?.why.hasPrefix("2 of what it holds") == true)
        let (plain, other) = try await SourceFormatTests.imported("chatgpt")
        for (one, two) in Swift.zip(report.sessions, other.sessions) {
            #expect(try await StateText.of(journal, one) == StateText.of(plain, two))
        }
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.contents() == ["export.zip/conversations.json": Self.bytes(Self.chat)])
        let again = try await importing(folder, into: journal)
        #expect(again.files.first?.sameAs != nil)
    }

    @Test func aPackedFileIsTheSameSession() async throws {
        let folder = try Folder()
        let lines = String(decoding: try Self.bytes(Self.rollout), as: UTF8.self)
            .split(separator: "\n").map { $0 + "\n" }
        try folder.write("old.jsonl", lines.prefix(6).joined())
        try Self.gzip(folder.path + "/old.jsonl", folder.path + "/r.jsonl.gz")
        try FileManager.default.removeItem(atPath: folder.path + "/old.jsonl")
        let journal = Journal.inMemory()
        let first = try await importing(folder, into: journal)
        #expect(first.files.map(\.path) == ["r.jsonl.gz/r.jsonl"])
        #expect(first.files.first?.format == "codex")
        try folder.write("r.jsonl", lines.joined())
        let second = try await importing(folder, into: journal)
        #expect(second.sessions == first.sessions)
        #expect(second.files.first { $0.path == "r.jsonl" }?.duplicates == 6)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(
            try target.contents() == [
                "r.jsonl": folder.read("r.jsonl"),
                "r.jsonl.gz/r.jsonl": Array(lines.prefix(6).joined().utf8),
            ])
    }

    @Test func aSessionIsCalledAfterThePackedFile() async throws {
        let folder = try Folder()
        try Self.gzip(
            SourceFormatTests.path + "/cursor/transcript.jsonl",
            folder.path + "/transcript.jsonl.gz")
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        _ = try await journal.resolve("transcript")
    }

    @Test func streamsBehindEachOtherAreOne() throws {
        let folder = try Folder()
        let path = folder.path + "/a.gz"
        try Python.run(
            """
            import sys, gzip
            open(sys.argv[1], "wb").write(
                gzip.compress(b"one\\n") + gzip.compress(b"") + gzip.compress(b"two\\n") + bytes(99))
            """, path)
        let content = try GzipFile(file: Self.file(path)).unpack()
        #expect(try content.whole() == Array("one\ntwo\n".utf8))
    }

    @Test func muchIsKeptInAFileWithoutAName() throws {
        var spool = Spool()
        var page = [UInt8](repeating: 0, count: 1 << 20)
        for number in 0..<40 {
            page[5] = UInt8(number)
            try spool.append(page.span)
        }
        let content = spool.finish()
        #expect(content.size == 40 << 20)
        var window = try content.window()
        try window.skip(to: 39 << 20)
        try window.fill()
        #expect(window.bytes[5] == 39 && window.isAtEnd)
        try content.checkUnchanged()
    }

    // MARK: What they must not do

    @Test func namesThatLeadOutAreSetAside() async throws {
        let folder = try Folder()
        try Self.zip(
            folder, "x.zip",
            """
            for name in ["../a.json", "/b.json", "c\\\\d.json", "./e.json", "f//g.json", "h\\n.json"]:
                z.writestr(name, said)
            z.writestr("good.json", said)
            z.writestr("good.json", b"[]")
            """)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.map(\.path) == ["x.zip/good.json"])
        #expect(report.skipped.count == 7)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try Array(target.contents().keys) == ["x.zip/good.json"])
    }

    @Test func whatUnpacksToTooMuchIsRefused() async throws {
        let folder = try Folder()
        try Python.run(
            "import sys, gzip; gzip.open(sys.argv[1], 'wb').write(bytes(64 << 20))",
            folder.path + "/bomb.jsonl.gz")
        try Self.zip(
            folder, "bomb.zip",
            """
            z.writestr("a.json", bytes(64 << 20))
            z.writestr("b.json", said)
            """)
        #expect(throws: TranscriptError(.archive, "")) {
            try GzipFile(file: Self.file(folder.path + "/bomb.jsonl.gz")).unpack()
        }
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.map(\.path) == ["bomb.zip/b.json"])
        #expect(report.skipped.map(\.path) == ["bomb.jsonl.gz", "bomb.zip/a.json"])
        #expect(report.skipped.allSatisfy { $0.why.contains("more than 250 times") })
        var budget = UnpackingBudget(path: "x")
        #expect(throws: TranscriptError(.archive, "")) {
            for _ in 0..<5 { try budget.take(1 << 30, packed: 1 << 30) }
        }
    }

    /// Members that share their bytes: one that many names stand for.
    @Test func whatOverlapsIsRefused() throws {
        let folder = try Folder()
        try Self.zip(
            folder, "x.zip",
            """
            z.writestr("a.json", said)
            import copy
            other = copy.copy(z.filelist[0])
            other.filename = other.orig_filename = "b.json"
            z.filelist.append(other); z.NameToInfo["b.json"] = other
            """)
        #expect(throws: TranscriptError(.archive, "")) {
            try ZipFile(Self.file(folder.path + "/x.zip"))
        }
    }

    @Test func whatCannotBeReadIsTold() async throws {
        let folder = try Folder()
        try Self.zip(folder, "empty.zip", "")
        try Self.zip(
            folder, "x.zip",
            """
            z.writestr("a.json", said, zipfile.ZIP_BZIP2)
            z.writestr("b.json", said)
            z.filelist[1].flag_bits |= 1
            z.writestr("c.json.gz", said)
            """)
        let importer = TranscriptImporter(writer: Journal.inMemory().as("user:ada"))
        let report = try await importer.importPaths([folder.path])
        #expect(report.files.isEmpty)
        #expect(report.skipped.map(\.path) == ["x.zip/a.json", "x.zip/b.json", "x.zip"])
        #expect(report.skipped[0].why.contains("method 12"))
        #expect(report.skipped[1].why.contains("encrypted"))
        for name in ["empty.zip", "x.zip"] {
            await #expect(throws: TranscriptError(.notATranscript, "")) {
                try await importer.importPaths([folder.path + "/" + name])
            }
        }
    }

    /// Every truncation and every flipped bit: an error, or what was packed, and never a trap.
    @Test func damageIsToldOrHarmless() throws {
        let folder = try Folder()
        let said = Array("{\"role\":\"user\",\"content\":\"Is it on?\"}\n".utf8)
        try folder.write("a.jsonl", said)
        try Self.gzip(folder.path + "/a.jsonl", folder.path + "/a.gz")
        try Python.run(
            """
            import sys, zipfile
            z = zipfile.ZipFile(sys.argv[2], "w", zipfile.ZIP_DEFLATED)
            z.write(sys.argv[1], "a.jsonl"); z.writestr("b.jsonl", b"{}", zipfile.ZIP_STORED)
            z.close()
            """, folder.path + "/a.jsonl", folder.path + "/a.zip")
        for (name, isZip) in [("a.gz", false), ("a.zip", true)] {
            let whole = try folder.read(name)
            var damaged = (0..<whole.count).map { Array(whole[..<$0]) }
            for bit in 0..<whole.count * 8 {
                var copy = whole
                copy[bit / 8] ^= 1 << (bit % 8)
                damaged.append(copy)
            }
            var failures = 0
            for bytes in damaged {
                try folder.write("d", bytes)
                let file = try Self.file(folder.path + "/d")
                do {
                    guard isZip else {
                        #expect(try GzipFile(file: file).unpack().whole() == said)
                        continue
                    }
                    var zip = try ZipFile(file)
                    for member in zip.directory.members where ZipFile.obstacle(member) == nil {
                        let content = try zip.unpack(member).whole()
                        #expect(content == said || content == Array("{}".utf8))
                    }
                } catch {
                    failures += 1
                }
            }
            #expect(failures > damaged.count / 2)
        }
    }
}
#else
@Suite("Archives, in a build without them") struct ArchiveTests {
    @Test func theyAreToldToBeWhatTheyAre() async throws {
        let folder = try Folder()
        try folder.write("a.jsonl.gz", [0x1F, 0x8B, 8, 0])
        let report = try await importing(folder, into: Journal.inMemory())
        #expect(report.files.isEmpty && report.skipped.first?.why.contains("Archives") == true)
    }
}
#endif
