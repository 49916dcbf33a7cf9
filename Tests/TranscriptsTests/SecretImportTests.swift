import Foundation
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import Transcripts

/// Secrets on their way into a journal.
@Suite struct SecretImportTests {
    private static let token = "ghp_" + String(repeating: "aB3d", count: 9)
    private static let key = "AKIA" + "IOSFODNN7EXAMPLE"
    private static let mark = "[redacted: github-token]"

    /// Files of every shape that hold a secret: lines, a glued line, a torn one, bytes that are not
    /// UTF-8, a document over several lines, names.
    private static func folder() throws -> Folder {
        let folder = try Folder()
        let lines: [Line] = [
            .user("u1", nil, "my key:\n\(token) — keep it"),
            .assistant("a1", "u1", api: "m1", Line.say("no secret")),
            .user("u2", "a1", "again \(token) and \(key)"),
        ]
        try folder.write("s1.jsonl", lines)
        let glued = Line.user("g1", nil, "glued \(token)", session: "s2").text
        let good = Line.user("g2", "g1", "fine", session: "s2").text
        try folder.write(
            "s2.jsonl",
            Array("\(good)\(glued)\n{\"torn\":\"\(token)\n".utf8) + [0xFF, 0x20]
                + Array("\(token)\n".utf8))
        try folder.write("s3-\(token).jsonl", "{\n  \"a\": \"\(token)\",\n  \"b\": 1\n}\n")
        return folder
    }

    private static func replacing(_ text: String, by other: String, in bytes: [UInt8]) -> [UInt8] {
        var (rest, result) = (bytes[...], [UInt8]())
        while let range = rest.firstRange(of: Array(text.utf8)) {
            result += rest[..<range.lowerBound] + Array(other.utf8)
            rest = rest[range.upperBound...]
        }
        return result + rest
    }

    private static func importer(
        _ journal: Journal, _ secrets: SecretHandling
    ) -> TranscriptImporter {
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.scanner = .secrets
        importer.options.secrets = secrets
        return importer
    }

    @Test func whatIsFoundIsCountedByRuleAndPlace() async throws {
        let folder = try Self.folder()
        let journal = Journal.inMemory()
        let report = try await Self.importer(journal, .report).importPaths([folder.path])
        #expect(report.findingCounts == ["github-token": 6, "aws-access-key": 1])
        let first = report.findings.filter { $0.path == "s1.jsonl" }
        #expect(first.map(\.line) == [1, 3, 3])
        #expect(first.allSatisfy { $0.place == "/message/content" })
        #expect(report.findings.filter { $0.path == "s2.jsonl" }.map(\.line) == [1, 2, 3])
        #expect(report.findings.filter { $0.path.hasPrefix("s3") }.map(\.place) == ["/a"])
        #expect(report.findings.allSatisfy { !$0.excerpt.contains("aB3daB3d") })
        #expect(report.files.map(\.findings.count).sorted() == [1, 1, 2])
        // It is imported as it was.
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.contents() == folder.contents())
        // Without a scanner nothing is looked for.
        let plain = try await importing(folder, into: Journal.inMemory())
        #expect(plain.findings.isEmpty && plain.findingCounts.isEmpty)
    }

    @Test func whatIsRedactedNeverReachesTheDisk() async throws {
        let folder = try Self.folder()
        let disk = SimulatedDisk()
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        let journal = try await Journal.create(at: "/j", options: options)
        let report = try await Self.importer(journal, .redact).importPaths([folder.path])
        #expect(report.findingCounts == ["github-token": 6, "aws-access-key": 1])
        try await journal.seal()
        try await journal.takeSnapshots()
        for secret in [Self.token, Self.key, String(Self.token.dropFirst(8).prefix(12))] {
            #expect(try RawScan(of: disk, below: "/j").files(holding: secret) == [])
        }
        #expect(try !RawScan(of: disk, below: "/j").files(holding: Self.mark).isEmpty)
        // The import says so, and the messages read on.
        var said: [JSONValue] = []
        for try await event in journal.events(session: .journal, kinds: [.importFinished]) {
            if let redacted = try event.data()["redacted"] { said.append(redacted) }
        }
        #expect(said.count == 3)
        #expect(said[0] == ["aws-access-key": 1, "github-token": 2])
        let story = try await Story(journal)
        let text = try story.data(.messageAppended)[0]["parts"]?[0]?["text"]?.string
        #expect(text == "my key:\n\(Self.mark) — keep it")
        // What is exported is what was imported.
        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.files == 3 && export.mismatches.isEmpty, "\(export.mismatches)")
        for (name, bytes) in try target.contents() {
            let clean = TextScanner.secrets
            #expect(clean.findings(in: name).isEmpty)
            let original = try #require(
                try folder.contents().first { clean.redacted($0.key).text == name }?.value)
            let expected = [
                (Self.token, Self.mark), (Self.key, TextScanner.mark("aws-access-key")),
            ]
            .reduce(original) { bytes, pair in
                Self.replacing(pair.0, by: pair.1, in: bytes)
            }
            #expect(bytes == expected)
        }
        // Again, and nothing is new.
        let before = try await log(journal, "s1")
        let again = try await Self.importer(journal, .redact).importPaths([folder.path])
        #expect(again.files.allSatisfy { $0.events == 0 && $0.sameAs == nil })
        #expect(try await log(journal, "s1") == before)
        try await journal.close()
    }

    @Test func aFileWithoutSecretsIsTheSameFileWhicheverWay() async throws {
        let folder = try Folder()
        try folder.write("s1.jsonl", [Line.user("u1", nil, "nothing")])
        let journal = Journal.inMemory()
        for handling in [SecretHandling.redact, .refuse, .report] {
            let report = try await Self.importer(journal, handling).importPaths([folder.path])
            #expect(report.findings.isEmpty && report.refused.isEmpty)
            #expect((report.files[0].sameAs == nil) == (handling == .redact))
        }
        let target = try Folder()
        _ = try await OriginalExporter(journal).export(to: target.path)
        #expect(try target.contents() == folder.contents())
    }

    @Test func whatIsRefusedLeavesNothing() async throws {
        let folder = try Self.folder()
        try folder.write("clean.jsonl", [Line.user("u1", nil, "x", session: "s9")])
        let disk = SimulatedDisk()
        var options = JournalOptions()
        options.fileSystem = disk
        let journal = try await Journal.create(at: "/j", options: options)
        let report = try await Self.importer(journal, .refuse).importPaths([folder.path])
        #expect(report.refused.count == 3 && report.skipped.count == 3)
        #expect(report.files.map(\.path) == ["clean.jsonl"])
        #expect(report.skipped[0].why.contains("line 1") && report.findings.count == 7)
        #expect(try RawScan(of: disk, below: "/j").files(holding: Self.token) == [])
        await #expect(throws: TranscriptError(.secretsFound, "")) {
            try await Self.importer(journal, .refuse).importPaths([folder.path + "/s1.jsonl"])
        }
        try await journal.close()
    }

    @Test func aLineThatIsTooLongToBeLookedIntoIsSaid() async throws {
        let folder = try Folder()
        let long = String(repeating: "x", count: PieceScanner.lineLimit + 10)
        try folder.write("s1.jsonl", Line.user("u1", nil, "y").text + "\n" + long + "\n")
        let report = try await Self.importer(.inMemory(), .report).importPaths([folder.path])
        #expect(report.unseen == 1 && report.skipped.isEmpty)
        for handling in [SecretHandling.redact, .refuse] {
            let report = try await Self.importer(.inMemory(), handling).importPaths([folder.path])
            #expect(report.skipped.count == 1 && report.files.isEmpty)
            #expect(report.skipped.first?.why.contains("line 2") == true)
        }
    }
}
