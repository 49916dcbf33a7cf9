import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("copy")
struct CopyCommandTests {
    @Test("a copy has every line and the same root, and is brought up to date")
    func copies() async throws {
        let sample = try await SampleJournal()
        let path = sample.scratch.path("deeper/copy")
        let before = await sample.run("log", "--json")
        let run = await sample.run("copy", "--to", path)
        #expect(run.status == .done, "\(run.errors)")
        #expect(run.lines.first?.hasPrefix("copied 11 events, ") == true)
        #expect(run.lines.contains("to     \(path)"))
        let copy = await InProcess.run(["-j", path, "log", "--json"])
        #expect(copy.output == before.output)
        #expect(await InProcess.run(["-j", path, "verify"]).status == .done)

        let journal = try await Journal.open(at: sample.path)
        _ = try await journal.as("user:ada").createSession(key: "later")
        try await journal.close()
        let again = await sample.run("copy", "--to", path, "--json")
        let report = try Self.json(again.output)
        #expect(report["events"] == 1)
        #expect(report["present"] == 11)
        #expect(report["last_seq"] == 12)
        let stats = await sample.run("stats", "--json")
        #expect(report["root"] == (try Self.json(stats.output))["root"])
        #expect(
            await sample.run("copy", "--to", path).lines.first
                == "copied 0 events (12 were there), 0 B")
    }

    private static func json(_ text: String) throws -> JSONValue {
        let bytes = Array(text.utf8)
        return try JSONValue(parsing: bytes.span)
    }

    @Test("a target that is no copy is refused and left alone")
    func refuses() async throws {
        let sample = try await SampleJournal()
        let path = sample.scratch.path("other")
        let other = try await Journal.create(at: path)
        _ = try await other.as("user:bob").createSession()
        try await other.close()
        let run = await sample.run("copy", "--to", path)
        #expect(run.status == .negative)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("event 1 is another one there"), "\(run.errors)")
        #expect(run.errors.filter { $0 == "\n" }.count == 1)

        let folder = sample.scratch.path("folder")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data().write(to: URL(fileURLWithPath: folder + "/notes.txt"))
        #expect(await sample.run("copy", "--to", folder).status == .negative)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["notes.txt"])
    }

    @Test("a target that is being written is not copied to; a source may be")
    func whileWriting() async throws {
        let sample = try await SampleJournal()
        let path = sample.scratch.path("copy")
        let writer = try await Journal.open(at: sample.path)
        #expect(await sample.run("copy", "--to", path).status == .done)
        try await writer.close()
        let target = try await Journal.open(at: path)
        let run = await sample.run("copy", "--to", path)
        #expect(run.status == .negative)
        #expect(run.errors.contains("writing to this journal"), "\(run.errors)")
        try await target.close()
    }

    @Test(
        "copy without a target says what is missing", arguments: [["copy"], ["copy", "--to", ""]])
    func usage(words: [String]) async throws {
        let sample = try await SampleJournal()
        let run = await InProcess.run(["-j", sample.path] + words)
        #expect(run.status == .usage)
        #expect(run.errors.contains("--to DIR"))
    }
}
