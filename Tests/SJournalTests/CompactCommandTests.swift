import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite struct CompactCommandTests {
    @Test("compact lets go of what was said, certifies it, and an archive brings it back")
    func compactCheckAttach() async throws {
        let sample = try await SampleJournal()
        let archive = sample.scratch.path("old")
        let usage = await sample.run("compact")
        #expect(usage.status == .usage && usage.errors.contains("--all"))
        let dry = await sample.run("compact", "--all", "--dry-run")
        #expect(dry.lines.first?.hasPrefix("would compact ") == true, "\(dry.errors)")
        #expect(dry.output.contains("would stay"))
        #expect(await sample.run("compact", "--list").lines == ["nothing was compacted"])
        #expect(await sample.run("compact", "--check").lines == ["nothing was compacted"])
        let audit = await sample.run("audit", "--json").output

        let run = await sample.run(
            "compact", "chat-1", "--keep-messages", "1", "--archive", archive, "--reason", "spring",
            "--actor", "user:op")
        #expect(run.status == .done, "\(run.errors)")
        #expect(run.lines.first?.hasPrefix("compacted ") == true)
        #expect(run.lines.first?.hasSuffix(" of 1 session") == true)
        #expect(run.lines.contains { $0.hasPrefix("certified by ") })
        #expect(await sample.run("audit", "--json").output == audit)

        let show = await sample.run("show", "chat-1")
        #expect(!show.output.contains("Please list this folder."))
        #expect(show.output.contains("[what it said was compacted]"))
        #expect(show.output.contains("compacted"))
        #expect(await sample.run("log", "chat-1").output.contains("compacted"))
        let whole = await sample.run("--attach", archive, "show", "chat-1")
        #expect(whole.output.contains("Please list this folder."))

        let check = await sample.run("compact", "--check")
        #expect(check.status == .done && check.lines.first?.hasPrefix("valid ") == true)
        #expect(check.output.contains("--attach \(archive)"))
        let full = await sample.run("--attach", archive, "compact", "--check")
        #expect(full.output.contains("derived again from the archive"))
        let json = try JSONValue(parsing: await sample.run("compact", "--check", "--json").output)
        #expect(json[0]?["valid"] == true && json[0]?["finished"] == true)
        let list = await sample.run("compact", "--list")
        #expect(list.output.contains("by user:op") && list.output.contains("reason  spring"))
        #expect(list.output.contains("archive \(archive)"))
        let certificates = try JSONValue(
            parsing: await sample.run("compact", "--list", "--json").output)
        let id = try #require(certificates[0]?["compaction"]?.string)
        #expect(
            await sample.run("compact", "--list", "--compaction", String(id.prefix(12))).output
                .contains(id))
        #expect(await sample.run("compact", "--check", "--compaction", "none").status == .usage)
        #expect(await sample.run("compact", "--resume").lines == ["no compaction is unfinished"])
        #expect(await sample.run("compact", "--resume", "--json").output == "[]\n")
        let again = await sample.run("compact", "chat-1", "--keep-messages", "1", "--json")
        #expect(try JSONValue(parsing: again.output)["events"] == 0)
        #expect(
            await sample.run("compact", "chat-1", "--keep-messages", "1").lines
                == ["nothing to compact"])
        let verify = await sample.run("verify")
        #expect(verify.status == .done && verify.output.contains("compacted "))
    }

    @Test("a transcript grows on after a compaction; one that was rewritten says what to do")
    func growingOn() async throws {
        let sample = try await SampleJournal()
        let agents = sample.scratch.path("agents")
        try FileManager.default.createDirectory(atPath: agents, withIntermediateDirectories: true)
        func say(_ words: [String]) throws {
            let lines = words.enumerated().map { index, word in
                #"{"type":"user","uuid":"u\#(index)","parentUuid":null,"sessionId":"s1","cwd":"/","#
                    + #""timestamp":"2026-03-01T10:00:00.000Z","version":"2.1.0","#
                    + #""message":{"role":"user","content":"\#(word)"}}"# + "\n"
            }
            try Data(lines.joined().utf8).write(to: URL(fileURLWithPath: agents + "/s1.jsonl"))
        }
        try say(["one", "two"])
        #expect(await sample.run("import", agents).status == .done)
        #expect(await sample.run("compact", "s1", "--keep-messages", "1").status == .done)
        try say(["one", "two", "three"])
        let grown = await sample.run("import", agents)
        #expect(grown.status == .done && grown.output.contains("2 lines were there already"))
        #expect(await sample.run("show", "s1").output.contains("three"))
        #expect(await sample.run("compact", "s1", "--keep-messages", "1").status == .done)
        try say(["one", "other", "three", "four"])
        let refused = await sample.run("import", agents)
        let why = try #require(refused.lines.first { $0.hasPrefix("not read: s1.jsonl: ") })
        #expect(why.contains("--attach") && why.hasSuffix("import into another journal"))
        #expect(await !sample.run("show", "s1").output.contains("four"))
    }

    @Test("a hold keeps a session out, and one that is named is refused")
    func holds() async throws {
        let sample = try await SampleJournal()
        let hold = await sample.run(
            "hold", "place", "--session", "chat-1", "--matter", "case 1")
        #expect(hold.status == .done, "\(hold.errors)")
        #expect(await sample.run("compact", "chat-1", "--keep-events", "1").status == .denied)
        let rest = await sample.run("compact", "--all")
        #expect(rest.output.contains("a hold covers it"))
    }

    @Test("an auditor holds certificates against the journal, and compacts nothing")
    func auditors() async throws {
        let sample = try await SampleJournal()
        #expect(await sample.run("compact", "--all").status == .done)
        for words in [
            ["grant", "admin", "user:tester"], ["grant", "auditor", "user:kim"],
            ["policy", "--enforce", "on"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "access"] + words)
            #expect(run.status == .done, "\(run.errors)")
        }
        func kim(_ words: String...) async -> InProcess {
            await InProcess.run(["-j", sample.path] + words, user: "kim")
        }
        #expect(await kim("compact", "--check").status == .done)
        #expect(await kim("compact", "--list").status == .done)
        #expect(await kim("compact", "--all").status == .denied)
        #expect(await kim("compact", "--resume").status == .denied)
    }

    @Test(
        "ages", arguments: [("30d", 30 * 86_400), ("12h", 43_200), ("2w", 14 * 86_400), ("0d", 0)])
    func ages(_ text: String, _ seconds: Int64) throws {
        let now = Timestamp("2026-01-01T00:00:00Z")!
        let time = try CompactCommand.time(text, before: now)
        #expect(time?.microseconds == now.microseconds - seconds * 1_000_000)
    }

    @Test("what is no age", arguments: ["2026-01-01", "d", "x5d", ""])
    func noAges(_ text: String) throws {
        #expect(try CompactCommand.time(text, before: .earliest) == nil)
    }

    @Test("ages beyond time", arguments: ["9223372036854775807w", "99999999999999d", "-1d"])
    func longAges(_ text: String) {
        #expect(throws: UsageError.self) {
            try CompactCommand.time(text, before: Timestamp("2026-01-01T00:00:00Z")!)
        }
    }
}
