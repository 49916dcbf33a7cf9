import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite("Following agents on the command line")
struct WatchCommandTests {
    private static func line(_ id: String) -> String {
        #"{"type":"user","uuid":"\#(id)","parentUuid":null,"isSidechain":false,"sessionId":"s1","#
            + #""cwd":"/home/ada","version":"2.1.0","timestamp":"2026-03-01T10:00:00.000Z","#
            + #""message":{"role":"user","content":"message \#(id)"}}"# + "\n"
    }

    /// Appends to a file, in one write.
    private static func append(_ text: String, _ path: String) throws {
        if !FileManager.default.fileExists(atPath: path) {
            try Data().write(to: URL(fileURLWithPath: path))
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        try handle.write(contentsOf: Data(text.utf8))
        try handle.close()
    }

    private static func ids(_ path: String) async throws -> [String] {
        let journal = try await Journal.open(readingAt: path)
        var ids: [String] = []
        for try await event in journal.events(kinds: [.messageAppended]) {
            ids.append(try event.data()["message"]?.string ?? "")
        }
        try await journal.close()
        return ids
    }

    private static func until(_ isSo: () async throws -> Bool) async throws {
        for _ in 0..<3_000 {
            if try await isSo() { return }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("not in time")
    }

    @Test("what is there is taken in, and told")
    func once() async throws {
        let scratch = try ScratchDirectory()
        let (path, agents) = (scratch.path("journal"), scratch.path("agents"))
        try FileManager.default.createDirectory(
            atPath: agents, withIntermediateDirectories: true)
        try Self.append(Self.line("a") + "{\"torn", agents + "/s1.jsonl")
        try Self.append("{}", agents + "/other.json")
        #expect(await InProcess.run(["-j", path, "init"]).status == .done)
        let run = await InProcess.run(["-j", path, "watch", "--once", agents])
        #expect(run.status == .done, "\(run.errors)")
        #expect(run.lines.first == "following \(agents)")
        #expect(run.lines.contains("took in 1 new line of 2 files"), "\(run.output)")
        #expect(run.lines.contains { $0.hasPrefix("not read: \(agents)/other.json: ") })
        #expect(run.lines.contains("1 file ends in the middle of a line, which is kept as it is"))
        #expect(run.lines.last == "1 file ends in the middle of a line, which is kept as it is")
        #expect(run.lines.dropLast().last?.hasPrefix("stopped: 2 files, 2 new lines, ") == true)
        let again = await InProcess.run(
            ["-j", path, "watch", "--once", "--json", "--actor", "service:x", agents])
        let events = try again.lines.map { try JSONValue(parsing: $0) }
        #expect(
            events.map { $0["event"]?.string } == ["following", "skipped", "caught_up", "stopped"])
        #expect(events.last?["events"] == 0)
        try FileManager.default.removeItem(atPath: agents + "/s1.jsonl")
        let gone = await InProcess.run(
            ["-j", path, "watch", "--once", "--json", "--actor", "service:x", agents])
        let change = try gone.lines.map { try JSONValue(parsing: $0) }.first {
            $0["event"] == "changed"
        }
        #expect(change?["kind"] == "source.deleted" && change?["how"] == "deleted")
        let log = await InProcess.run(["-j", path, "log", "--kind", "source.deleted", "--json"])
        #expect(log.lines.count == 2 && log.lines[0].contains(#""actor":"service:x""#))
    }

    @Test(
        "what cannot be followed is refused",
        arguments: [
            ([String](), SJournal.ExitStatus.negative, "no folder of an agent"),
            (["/nowhere/at/all"], .negative, "is not there"),
            (["--format", "dust", "/tmp"], .usage, "there is no format dust"),
            (["--rule", "all", "/tmp"], .usage, "--rule goes with --redact-secrets"),
        ])
    func refusals(_ words: [String], _ status: SJournal.ExitStatus, _ part: String) async throws {
        let sample = try await SampleJournal()
        let run = await InProcess.run(["-j", sample.path, "watch", "--once"] + words)
        #expect(run.status == status && run.errors.contains(part), "\(run.errors)")
    }

    @Test("secrets are redacted on their way")
    func secrets() async throws {
        let scratch = try ScratchDirectory()
        let (path, file) = (scratch.path("journal"), scratch.path("s1.jsonl"))
        let token = "ghp_" + String(repeating: "a1B2", count: 9)
        try Self.append(Self.line("the token \(token)"), file)
        #expect(await InProcess.run(["-j", path, "init"]).status == .done)
        let run = await InProcess.run(["-j", path, "watch", "--once", "--redact-secrets", file])
        #expect(run.status == .done, "\(run.errors)")
        let log = await InProcess.run(["-j", path, "log", "--json"])
        #expect(log.output.contains("[redacted: ") && !log.output.contains(token))
        // The same file is known again.
        let again = await InProcess.run(["-j", path, "watch", "--once", "--redact-secrets", file])
        #expect(again.status == .done && again.output.contains("took in 0 new lines"))
    }

    @Test("killed and started again it goes on, and a signal ends it in good order")
    func signals() async throws {
        let scratch = try ScratchDirectory()
        let (path, agents) = (scratch.path("journal"), scratch.path(".claude/projects"))
        try FileManager.default.createDirectory(
            atPath: agents, withIntermediateDirectories: true)
        #expect(await InProcess.run(["-j", path, "init"]).status == .done)
        let (output, errors) = (
            scratch.url.appendingPathComponent("out"), scratch.url.appendingPathComponent("err")
        )
        func start() throws -> Process {
            try ProcessRun.start(
                "exec sjournal -j journal watch", in: scratch.url, output: output, errors: errors)
        }
        let file = agents + "/s1.jsonl"
        let first = try start()
        try Self.append(Self.line("a"), file)
        try await Self.until { try await Self.ids(path) == ["a"] }
        kill(first.processIdentifier, SIGKILL)
        first.waitUntilExit()
        try Self.append(Self.line("b"), file)
        let second = try start()
        try await Self.until { try await Self.ids(path) == ["a", "b"] }
        // What was written right before the signal is taken in, too.
        try Self.append(Self.line("c"), file)
        kill(second.processIdentifier, SIGTERM)
        second.waitUntilExit()
        #expect(second.terminationReason == .exit && second.terminationStatus == 0)
        #expect(try await Self.ids(path) == ["a", "b", "c"])
        let said = try String(contentsOf: output, encoding: .utf8)
        #expect(said.hasPrefix("following \(agents)\n") && said.contains("stopped: 1 file"))
        let verdict = await InProcess.run(["-j", path, "verify"])
        #expect(verdict.status == .done, "\(verdict.output)")
    }

    @Test("the unit of systemd runs a command that there is")
    func unit() throws {
        let unit = try Pages.read("tools/sjournal-watch.service")
        let line = try #require(
            unit.split(separator: "\n").first { $0.hasPrefix("ExecStart=/usr/bin/env sjournal ") })
        let words = line.split(separator: " ").dropFirst(2).map(String.init)
        let parsed = try ArgumentParser(commands: Tool.commands.map { $0.spec }).parse(words)
        guard case .run(let arguments) = parsed else {
            Issue.record("\(words) is no command")
            return
        }
        #expect(arguments.command == "watch" && arguments.positionals.isEmpty)
        #expect(unit.contains("Restart=on-failure") && unit.contains("WantedBy=default.target"))
    }
}
