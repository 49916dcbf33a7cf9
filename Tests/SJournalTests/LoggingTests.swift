import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("The log of the command line")
struct LoggingTests {
    private func levels(_ text: String) throws -> JournalLogLevels {
        try LogRequest.levels(text)
    }

    @Test("levels are read for all categories and for single ones")
    func levels() throws {
        #expect(try levels("debug") == JournalLogLevels(.debug))
        #expect(try levels("off") == JournalLogLevels(nil))
        var single = JournalLogLevels(nil)
        single[.persistence] = .trace
        #expect(try levels("persistence=trace") == single)
        var mixed = JournalLogLevels(.warning)
        mixed[.persistence] = .debug
        mixed[.error] = nil
        #expect(try levels("warning,persistence=debug,error=off") == mixed)
    }

    @Test(
        "what is no level, category or format is refused",
        arguments: [
            (["--log-level", "loud"], "there is no level \"loud\""),
            (["--log-level", ""], "there is no level \"\""),
            (["--log-level", "debug,"], "there is no level \"\""),
            (["--log-level", "disk=debug"], "there is no category \"disk\""),
            (["--log-format", "xml"], "there is no format \"xml\""),
            (["--log-to", ""], "--log-to is empty"),
            (["--log-to"], "--log-to needs a value"),
        ])
    func refuses(words: [String], message: String) async throws {
        let run = await InProcess.run(["-j", "/nowhere", "stats"] + words)
        #expect(run.status == .usage)
        #expect(run.errors.hasPrefix("sjournal: \(message)"), "\(run.errors)")
    }

    @Test("without a word about a log there is none, and the answer is the same with one")
    func isSilentByDefault() async throws {
        let sample = try await SampleJournal()
        let plain = await sample.run("sessions")
        #expect(plain.errors.isEmpty)
        let logged = await sample.run("sessions", "--log-level", "trace")
        #expect(logged.output == plain.output)
        #expect(logged.errors.contains(" info    lifecycle   open microseconds="))
        #expect(logged.errors.contains(" trace   persistence read microseconds="))
        // Before the command, too.
        let early = await InProcess.run(
            ["--log-level=info", "--log-format", "json", "-j", sample.path, "sessions"])
        let entries = try early.errors.split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        #expect(entries.map { $0["message"] } == ["open", "close"])
        #expect(entries.allSatisfy { $0["level"] == "info" && $0["category"] == "lifecycle" })
    }

    @Test("a file is added to, in text or JSON Lines, and readable by its owner alone")
    func writesToAFile() async throws {
        let sample = try await SampleJournal()
        let file = sample.scratch.path("log.jsonl")
        for word in ["stats", "verify"] {
            let run = await sample.run(word, "--log-to", file, "--log-format", "json")
            #expect(run.errors.isEmpty)
            #expect(run.status == .done)
        }
        let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
        let messages = try lines.map { try JSONValue(parsing: String($0))["message"]?.string }
        #expect(messages == ["open", "close", "open", "verify", "close"])
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let text = sample.scratch.path("log.txt")
        _ = await sample.run("stats", "--log-to", text)
        #expect(try String(contentsOfFile: text, encoding: .utf8).contains(" lifecycle   open "))
    }

    @Test("a file that cannot be written stops the command before it does anything")
    func refusesAFile() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("sessions", "--log-to", sample.scratch.path("no/such/file"))
        #expect(run.status == .damaged)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("the log cannot be written to"))
    }

    @Test("what was imported is told under the category provider")
    func tellsOfImports() async throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path("journal")
        let transcript = scratch.path("one.jsonl")
        let line = """
            {"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s","timestamp":\
            "2026-01-02T03:04:05.000Z","message":{"role":"user","content":"secret"}}

            """
        try line.write(toFile: transcript, atomically: true, encoding: .utf8)
        _ = await InProcess.run(["-j", path, "init"])
        let run = await InProcess.run([
            "-j", path, "import", transcript, "--log-level", "provider=info",
        ])
        #expect(run.status == .done)
        #expect(run.errors.contains("provider    transcripts imported files=1 lines=1"))
        #expect(run.errors.split(separator: "\n").count == 1)
    }

    @Test("an error is logged and explained")
    func logsErrors() async throws {
        let run = await InProcess.run([
            "-j", "/nowhere", "stats", "--log-level", "error=debug", "--log-format=json",
        ])
        #expect(run.status != .done)
        let first = try #require(run.errors.split(separator: "\n").first)
        let entry = try JSONValue(parsing: String(first))
        #expect(entry["message"] == "open failed: notAJournal")
        #expect(entry["category"] == "error")
    }
}
