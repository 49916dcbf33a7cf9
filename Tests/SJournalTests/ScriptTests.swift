import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("JSON for scripts")
struct ScriptTests {
    private func parsed(_ line: String) throws -> JSONValue { try JSONValue(parsing: line) }

    private func expectKeys(
        _ keys: [String], in value: JSONValue, _ location: SourceLocation = #_sourceLocation
    ) {
        for key in keys {
            #expect(value[key] != nil, "no key \(key)", sourceLocation: location)
        }
    }

    @Test("sessions: a line each, with the promised keys")
    func sessions() async throws {
        let lines = try await SampleJournal().run("sessions", "--json").lines
        #expect(lines.count == 2)
        for line in lines {
            expectKeys(
                [
                    "session", "key", "created_at", "last_active", "events", "messages", "branches",
                    "first_seq", "last_seq", "metadata",
                ], in: try parsed(line))
        }
        #expect(try parsed(lines[0])["key"]?.string == "chat-1")
        #expect(try parsed(lines[0])["branches"]?.integer == 2)
    }

    @Test("show: one document, its messages with their content")
    func show() async throws {
        let run = try await SampleJournal().run("--json", "show", "chat-1")
        let value = try parsed(run.output)
        expectKeys(
            [
                "session", "key", "created_at", "last_active", "seq", "version", "branch",
                "metadata", "lifecycle", "messages",
            ], in: value)
        #expect(value["messages"]?.array?.count == 4)
        for message in value["messages"]?.array ?? [] {
            expectKeys(["id", "parent", "role", "content", "seq"], in: message)
        }
    }

    @Test("tree: nodes and heads")
    func tree() async throws {
        let value = try parsed(try await SampleJournal().run("tree", "chat-1", "--json").output)
        for node in value["nodes"]?.array ?? [] {
            expectKeys(["id", "parent", "branches"], in: node)
        }
        #expect(value["nodes"]?.array?.count == 5)
        #expect(value["heads"]?["main"]?.string != nil)
        #expect(value["heads"]?["fork-1"]?.string != nil)
    }

    @Test("audit: a line each change")
    func audit() async throws {
        let lines = try await SampleJournal().run("audit", "--json").lines
        #expect(lines.count > 20)
        for line in lines {
            expectKeys(
                ["seq", "time", "session", "branch", "field", "old", "new", "actor", "reason"],
                in: try parsed(line))
        }
    }

    @Test("stats, stats --at and verify: one document each; roots agree")
    func numbers() async throws {
        let sample = try await SampleJournal()
        let stats = try parsed(await sample.run("stats", "--json").output)
        expectKeys(
            [
                "events", "sessions", "messages", "last_seq", "root", "segments", "bytes_on_disk",
                "bytes_of_events", "bytes_imported", "kinds", "segments_unsealed",
                "bytes_unsealed", "bytes_of_indexes", "bytes_of_snapshots",
                "bytes_in_quarantine", "durable_seq",
                "first_time", "last_time", "events_per_day", "bytes_per_day",
            ], in: stats)
        #expect(stats["kinds"]?["message.appended"] == 6)
        #expect(stats["kinds"]?.object?.reduce(0) { $0 + ($1.value.integer ?? 0) } == 11)
        #expect(stats["segments_unsealed"] == 1)
        #expect(stats["bytes_unsealed"] == stats["bytes_on_disk"])
        #expect(stats["durable_seq"] == 11)
        // All of it came on one day.
        #expect(stats["events_per_day"]?.double == 11)
        #expect(stats["bytes_per_day"]?.double == stats["bytes_on_disk"]?.double)
        #expect(stats["first_time"]?.string?.hasPrefix("2026-11-21T01:02:") == true)
        #expect(stats["sync_us"] == nil)
        let probe = try parsed(await sample.run("stats", "--probe", "--json").output)
        #expect(probe["sync_us"]?["count"] == 100)
        #expect(probe["sync_us"]?["max"]?.integer ?? 0 > 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: sample.path)
        #expect(!left.contains { $0.hasPrefix(".probe") })
        let verify = try parsed(await sample.run("verify", "--json").output)
        expectKeys(["verdict", "events", "bytes_checked", "root", "holes"], in: verify)
        #expect(verify["verdict"]?.string == "ok")
        #expect(verify["root"] == stats["root"])
        let early = try parsed(await sample.run("stats", "--at", "3", "--json").output)
        #expect(early["last_seq"]?.integer == 3)
        #expect(early["root"] != stats["root"])
    }

    @Test("log prints the stored lines, and import --events stores them byte for byte")
    func copy() async throws {
        let sample = try await SampleJournal()
        let log = await sample.run("log", "--json")
        let copy = sample.scratch.path("copy")
        #expect(await InProcess.run(["-j", copy, "init"]).status == .done)
        let words = ["-j", copy, "import", "--events", "-"]
        let first = await InProcess.run(words + ["--json"], input: log.output)
        let tally = try parsed(first.output)
        expectKeys(
            ["files", "lines", "events", "duplicates", "malformed", "sessions"], in: tally)
        #expect(tally["events"]?.integer == 11)
        #expect(tally["sessions"]?.integer == 2)
        #expect(await InProcess.run(["-j", copy, "log", "--json"]).output == log.output)
        let again = try parsed(await InProcess.run(words + ["--json"], input: log.output).output)
        #expect(again["duplicates"]?.integer == 11)
        #expect(again["events"]?.integer == 0)
        let roots = [
            await sample.run("stats", "--json"),
            await InProcess.run(["-j", copy, "stats", "--json"]),
        ]
        #expect(try parsed(roots[0].output)["root"] == parsed(roots[1].output)["root"])
    }

    @Test("a line that does not follow is refused by its number; those before it stay")
    func refusedLine() async throws {
        let sample = try await SampleJournal()
        let lines = await sample.run("log", "--json").lines
        let copy = sample.scratch.path("copy")
        _ = await InProcess.run(["-j", copy, "init"])
        let words = ["-j", copy, "import", "--events", "-"]
        var gap = lines
        gap.remove(at: 6)
        let run = await InProcess.run(words, input: gap.joined(separator: "\n"))
        #expect(run.status == .negative)
        #expect(run.errors.hasPrefix("sjournal: line 7 of standard input: "))
        #expect(run.errors.contains("next sequence number is 7"))
        #expect(await InProcess.run(["-j", copy, "log"]).lines.count == 6)
        let other = lines[1].replacingOccurrences(of: "Please", with: "please")
        for bad in [other, "{}", "binary \u{0}\u{7} garbage", "", "null"] {
            let run = await InProcess.run(words, input: lines[0] + "\n" + bad + "\n")
            #expect(run.status == .negative, "\(bad)")
            #expect(run.errors.hasPrefix("sjournal: line 2 of standard input: "), "\(run.errors)")
            #expect(run.errors.filter { $0 == "\n" }.count == 1)
        }
        #expect(await InProcess.run(["-j", copy, "log"]).lines.count == 6)
    }

    @Test("transcripts come in, once, and go out again the same")
    func transcripts() async throws {
        let scratch = try ScratchDirectory()
        let lines = [
            #"{"type":"user","uuid":"u1","parentUuid":null,"sessionId":"s-1","#
                + #""timestamp":"2026-01-01T00:00:00.000Z","#
                + #""message":{"role":"user","content":"Hello"}}"#,
            "not json", #"{"type":"summary","summary":"Greetings","leafUuid":"u1"}"#,
        ]
        let content = lines.joined(separator: "\n") + "\n"
        try FileManager.default.createDirectory(
            atPath: scratch.path("in"), withIntermediateDirectories: true)
        try content.write(toFile: scratch.path("in/s-1.jsonl"), atomically: true, encoding: .utf8)
        let journal = ["-j", scratch.path("journal")]
        #expect(await InProcess.run(journal + ["init"]).status == .done)
        let words = journal + ["import", scratch.path("in")]
        let dry = await InProcess.run(words + ["--dry-run"])
        #expect(dry.status == .done && dry.lines.count > 1, "\(dry.errors)")
        #expect(dry.lines[1].hasPrefix("would add 7 events"), "\(dry.output)")
        #expect(
            try parsed(await InProcess.run(words + ["--dry-run", "--json"]).output)["dry_run"]
                == true)
        #expect(await InProcess.run(journal + ["sessions"]).output.contains("s-1") == false)
        let first = await InProcess.run(words)
        #expect(first.status == .done, "\(first.errors)")
        #expect(first.lines.first?.hasPrefix("read 3 lines") ?? false, "\(first.output)")
        #expect(first.lines[1] == dry.lines[1].replacing("would add", with: "added"))
        let again = try parsed(await InProcess.run(words + ["--json", "--actor", "user:b"]).output)
        #expect(again["files"]?.integer == 1)
        #expect(again["lines"]?.integer == 3)
        #expect(again["duplicates"]?.integer == 2)
        #expect(again["malformed"]?.integer == 1)
        #expect(again["sessions"]?.integer == 1)
        #expect(await InProcess.run(journal + ["show", "s-1"]).output.contains("  Hello"))
        let out = scratch.path("out")
        let export = await InProcess.run(
            journal + ["export", "--original", "--to", out, "--json"])
        #expect(export.status == .done, "\(export.errors)")
        #expect(try parsed(export.output)["files"]?.integer == 1)
        let written = try String(contentsOfFile: out + "/s-1.jsonl", encoding: .utf8)
        #expect(written == content)
        try "other".write(toFile: out + "/s-1.jsonl", atomically: true, encoding: .utf8)
        let blocked = await InProcess.run(journal + ["export", "--original", "--to", out])
        #expect(blocked.status == .negative)
        #expect(blocked.output.contains("not written: s-1.jsonl"))
    }
}
