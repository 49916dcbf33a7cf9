import Foundation
import SessionJournal
import Testing

@testable import SJournal

/// `scan`, `redact`, and what `import` says of secrets.
struct SecretCommandTests {
    private static let token = "ghp_" + String(repeating: "aB3d", count: 9)

    /// A journal with a secret in a message, in metadata, and in a line that no message shows.
    private func sample() async throws -> SampleJournal {
        let sample = try await SampleJournal()
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let ada = journal.as("user:ada")
        let chat = try await journal.resolve("chat-2")
        try await ada.say("user", "the key is \(Self.token)", in: chat)
        try await ada.setMetadata(["description": .string(Self.token)], in: chat)
        try await ada.append(
            EventDraft(.importLine, data: ["line": 1, "text": .string(Self.token)]), to: chat)
        try await journal.close()
        return sample
    }

    @Test func scanSaysWhereAndEndsWithOne() async throws {
        let sample = try await sample()
        let found = await sample.run("scan", columns: 120)
        #expect(found.status == .negative, "\(found.errors)")
        #expect(found.lines.count == 8, "\(found.output)")
        #expect(found.lines[2].contains("github-token  /data/parts/0/text 11-51"))
        #expect(found.lines[2].contains("ghp_…3d (40)") && !found.output.contains("aB3daB3d"))
        #expect(found.output.contains("3 findings in 15 events"))
        #expect(found.output.contains("by rule: github-token 3"))
        let json = await sample.run("scan", "chat-2", "--json")
        #expect(json.status == .negative && json.lines.count == 3)
        #expect(
            json.lines[0].contains("\"rule\":\"github-token\",\"place\":\"/data/parts/0/text\""))
        let clean = await sample.run("scan", "chat-1")
        #expect(clean.status == .done && clean.output.hasPrefix("nothing found in 9 events"))
        #expect((await sample.run("scan", "--rule", "email")).status == .done)
        #expect((await sample.run("scan", "--rule", "all")).status == .negative)
        let unknown = await sample.run("scan", "--rule", "nothing")
        #expect(unknown.status == .usage && unknown.errors.contains("github-token"))
        #expect((await sample.run("scan", "nobody")).status == .negative)
    }

    @Test func rulesOfAFileAreLookedForToo() async throws {
        let sample = try await sample()
        let rules = sample.scratch.path("rules.txt")
        try Data("# mine\n[folder] list this\n".utf8).write(to: URL(filePath: rules))
        let found = await sample.run("scan", "chat-1", "--rules", rules, columns: 120)
        #expect(found.status == .negative && found.output.contains("by rule: folder 1"))
        let redacted = await sample.run("redact", "--session", "chat-1", "--rules", rules)
        #expect(redacted.output.hasPrefix("event 2 redacted: folder 1"), "\(redacted.errors)")
        #expect(
            (await sample.run("show", "chat-1")).output.contains(
                "Please [redacted: folder] folder."))
        try Data("x".utf8).write(to: URL(filePath: rules))
        let wrong = await sample.run("scan", "--rules", rules)
        #expect(wrong.status == .usage && wrong.errors.contains("line 1"))
        try Data([0xFF]).write(to: URL(filePath: rules))
        #expect((await sample.run("scan", "--rules", rules)).status == .damaged)
        #expect((await sample.run("scan", "--rules", "/nowhere")).status == .damaged)
    }

    @Test func redactsAndErases() async throws {
        let sample = try await sample()
        let dry = await sample.run("redact", "--session", "chat-2", "--dry-run")
        #expect(dry.lines.first == "event 13 would be redacted: github-token 1", "\(dry.errors)")
        #expect(dry.output.contains("left: event 15 (import.line), which no message shows"))
        #expect(
            dry.output.contains("left: event 14 (session.metadata_changed), on which the session"))
        let done = await sample.run("redact", "#13", "--reason", "leaked", "--by", "user:dpo")
        #expect(
            done.lines == [
                "event 13 redacted: github-token 1",
                "the log still has the bytes; --erase --basis TEXT destroys them",
            ])
        let shown = await sample.run("show", "chat-2")
        #expect(shown.output.contains("the key is [redacted: github-token]"))
        let open = await sample.run("scan", "chat-2", "--not-redacted", columns: 120)
        #expect(open.output.contains("by rule: github-token 2"))
        #expect(open.output.contains("2 findings") && open.output.contains("1 of all are redacted"))
        #expect((await sample.run("search", "ghp", "--json")).output.isEmpty)
        let log = await sample.run("log", "chat-2", "--json")
        #expect(
            log.output.contains("\"kind\":\"message.redacted\"") && log.output.contains("leaked"))
        let again = await sample.run("redact", "13")
        #expect(again.output.hasPrefix("nothing that a message shows was redacted"))
        #expect(again.output.contains("redacted before, and still in the log: 1 event"))
        let plan = await sample.run(
            "redact", "--session", "chat-2", "--erase", "--basis", "GDPR 17", "--dry-run")
        #expect(plan.output.contains("2 events would be erased"), "\(plan.output)")
        let erased = await sample.run(
            "redact", "--session", "chat-2", "--erase", "--basis", "GDPR 17")
        #expect(erased.output.contains("2 events of 1 session erased"), "\(erased.errors)")
        let json = await sample.run("redact", "--session", "chat-2", "--json")
        #expect(json.output.contains("\"redacted\":[],\"redacted_before\":[]"))
        #expect(json.output.contains("\"left\":[{\"seq\":14"))
        #expect(
            (await sample.run("show", "chat-2")).output
                .contains("the key is [redacted: github-token]"))
        #expect((await sample.run("verify")).status == .done)
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        let sample = try await sample()
        for words in [
            ["redact"], ["redact", "x"], ["redact", "1", "--session", "chat-1"],
            ["redact", "1", "--erase"], ["redact", "1", "--basis", "x"],
            ["import", "x", "--no-scan", "--redact-secrets"],
            ["import", "-", "--events", "--redact-secrets"],
            ["import", "-", "--events", "--rule", "all"],
        ] {
            let answer = await InProcess.run(["-j", sample.path] + words)
            #expect(answer.status == .usage, "\(words) \(answer.errors)")
        }
        #expect((await sample.run("redact", "999")).status == .negative)
    }

    @Test func importTellsRedactsOrRefuses() async throws {
        let line =
            "{\"type\":\"user\",\"uuid\":\"u1\",\"parentUuid\":null,\"sessionId\":\"s1\","
            + "\"timestamp\":\"2026-03-01T10:00:00.000Z\",\"version\":\"2.1.0\",\"message\":"
            + "{\"role\":\"user\",\"content\":\"my \(Self.token)\"}}\n"
        let scratch = try ScratchDirectory()
        let file = scratch.path("s1.jsonl")
        try Data(line.utf8).write(to: URL(filePath: file))
        func run(_ name: String, _ options: String...) async -> InProcess {
            _ = await InProcess.run(["-j", scratch.path(name), "init"])
            return await InProcess.run(
                ["-j", scratch.path(name), "import", file] + options, columns: 120)
        }
        let told = await run("told")
        #expect(
            told.status == .done && told.output.contains("found 1 finding, imported as they are"))
        #expect(told.output.contains("s1.jsonl:1 github-token ghp_…3d (40) /message/content"))
        let silent = await run("silent", "--no-scan")
        #expect(silent.status == .done && !silent.output.contains("finding"))
        let json = await run("json", "--json")
        #expect(json.output.contains("\"found\":{\"github-token\":1},\"redacted\":false"))
        let clean = await run("clean", "--redact-secrets")
        #expect(clean.output.contains("redacted 1 finding: github-token 1"), "\(clean.errors)")
        let shown = await InProcess.run(["-j", scratch.path("clean"), "show", "s1"])
        #expect(shown.output.contains("my [redacted: github-token]"))
        let refused = await run("refused", "--refuse-secrets")
        #expect(refused.status == .negative && refused.errors.contains("line 1 holds"))
        #expect(!refused.errors.contains("aB3daB3d") && !told.output.contains("aB3daB3d"))
        try FileManager.default.createDirectory(
            atPath: scratch.path("in"), withIntermediateDirectories: true)
        try Data(line.utf8).write(to: URL(filePath: scratch.path("in/a.jsonl")))
        let folder = await InProcess.run(
            ["-j", scratch.path("refused"), "import", scratch.path("in"), "--refuse-secrets"])
        #expect(
            folder.status == .negative && folder.output.contains("refused: 1 file with 1 finding"))
    }
}
