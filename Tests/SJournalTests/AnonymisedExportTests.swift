import Foundation
import SessionJournal
import Testing

@testable import SJournal

/// `export --anonymise`.
struct AnonymisedExportTests {
    @Test func aFolderWithAReportAndAManifest() async throws {
        let sample = try await SampleJournal()
        let folder = sample.scratch.path("out")
        let done = await sample.run("export", "--anonymise", "--to", folder)
        #expect(done.status == .done, "\(done.errors)")
        #expect(done.lines[0] == "wrote 2 sessions with 6 messages to \(folder)")
        #expect(done.output.contains("read before you hand it on"))
        let names = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
        #expect(names.count == 6 && names.contains("report.json") && names.contains("README.txt"))
        let manifest = try JSONValue(parsing: Self.read(folder + "/manifest.json"))
        let files = try #require(manifest["files"]?.array)
        #expect(files.count == 4)
        for file in files {
            let name = try #require(file["name"]?.string)
            let text = try Self.read(folder + "/" + name)
            #expect(Digest(hashing: text.utf8.span).hexadecimal == file["sha256"]?.string)
            #expect(file["size"]?.integer == Int64(text.utf8.count))
            for hidden in ["chat-1", "user:ada", "agent:b", "Listing", "fork-1"] {
                #expect(!text.contains(hidden), "\(hidden) in \(name)")
            }
        }
        let report = try JSONValue(parsing: Self.read(folder + "/report.json"))
        #expect(report["sessions"] == 2 && report["files"]?.array?.count == 2)
        // It is never made twice in one place, and an empty folder will do.
        let again = await sample.run("export", "--anonymise", "--to", folder)
        #expect(again.status == .negative && again.errors.contains("does not exist yet"))
        let empty = sample.scratch.path("empty")
        try FileManager.default.createDirectory(
            atPath: empty, withIntermediateDirectories: true)
        let json = await sample.run(
            "export", "--anonymise", "--to", empty, "--session", "chat-2", "--shift-times", "--json"
        )
        #expect(json.status == .done && json.output.contains("\"times_shifted\":true"))
        #expect(json.output.contains("\"sessions\":1"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty).count == 4)
    }

    private static func read(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["export", "--to", "x"], ["export", "--anonymise"], ["export", "--original"],
            ["export", "--anonymise", "--original", "--to", "x"],
            ["export", "--original", "--to", "x", "--shift-times"],
            ["export", "--original", "--to", "x", "--rule", "email"],
            ["export", "--anonymise", "--to", "x", "--rule", "nothing"],
        ] {
            let answer = await InProcess.run(["-j", sample.path] + words)
            #expect(answer.status == .usage, "\(words) \(answer.errors)")
        }
        let nowhere = await sample.run("export", "--anonymise", "--to", "/nowhere/at/all")
        #expect(nowhere.status == .damaged || nowhere.status == .denied)
    }
}
