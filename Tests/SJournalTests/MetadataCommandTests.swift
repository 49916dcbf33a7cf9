import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("Metadata on the command line")
struct MetadataCommandTests {
    private func json(_ run: InProcess) throws -> [JSONValue] {
        try run.lines.map { try JSONValue(parsing: $0) }
    }

    private func metadata(_ sample: SampleJournal, _ session: String) async throws -> JSONValue {
        try #require(try json(await sample.run("show", session, "--json")).first?["metadata"])
    }

    @Test("new begins a session with fields of every type")
    func new() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run(
            "new", "--key", "tea", "name=Green = tea", "tags=tea, work,", "max_tokens=12",
            "is_starred=true", "priority=high", "notes:={\"a\":[1]}", "count=5", "word=five",
            "model=null", "--actor", "user:ada")
        #expect(run.status == .done, "\(run.errors)")
        let metadata = try await metadata(sample, "tea")
        #expect(metadata["name"] == "Green = tea")
        #expect(metadata["tags"] == ["tea", "work"])
        #expect(metadata["max_tokens"] == 12)
        #expect(metadata["is_starred"] == true)
        #expect(metadata["priority"] == "high")
        #expect(metadata["notes"] == ["a": [1]])
        #expect(metadata["count"] == 5)
        #expect(metadata["word"] == "five")
        // A text stands as it is; null is written with :=.
        #expect(metadata["model"] == "null")
        let again = await sample.run("new", "--key", "tea")
        #expect(again.status == .negative)
        let named = try #require(try json(await sample.run("new", "--json")).first)
        #expect(named.object?.names == ["session", "key"])
        #expect(run.output.count == 33)
        let log = await sample.run("log", "tea")
        #expect(log.output.contains("user:ada"))
    }

    @Test("set says what changed, and stores who and why")
    func set() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run(
            "set", "chat-1", "name=Ls", "--tag", "a", "--tag", "b", "--reason", "short")
        #expect(run.status == .done, "\(run.errors)")
        #expect(run.lines == ["name  \"Listing folders\" → \"Ls\"", "tags  [] → [\"a\",\"b\"]"])
        let same = await sample.run("set", "chat-1", "name=Ls", "--tag", "a")
        #expect(same.lines == ["nothing changed"])
        let untag = try json(await sample.run("set", "chat-1", "--untag", "a", "--json"))
        #expect(untag.map { $0["new"] } == [["b"]])
        #expect(untag.first?["actor"] == "user:tester")
        let branch = await sample.run("set", "chat-1", "model=m-9", "--branch", "fork-1")
        #expect(branch.status == .done)
        #expect(try await metadata(sample, "chat-1")["model"] == .null)
        let audit = await sample.run("audit", "chat-1")
        #expect(audit.output.contains("why: short"))
        let log = await sample.run("log", "chat-1")
        #expect(log.lines.contains { $0.contains("tags +a, tags …") || $0.contains("name Ls") })
        let hostile = await sample.run("set", "chat-1", "x=\u{1B}[2J\u{202E}")
        #expect(!hostile.output.contains("\u{1B}") && !hostile.output.contains("\u{202E}"))
    }

    @Test("what is refused is named, all of it, in one line")
    func refusals() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run(
            "set", "chat-1", "is_starred=1", "max_tokens=many", "status=gone", "name=fine")
        #expect(run.status == .negative)
        #expect(run.errors.filter { $0 == "\n" }.count == 1)
        for name in ["is_starred", "max_tokens", "status"] { #expect(run.errors.contains(name)) }
        #expect(try await metadata(sample, "chat-1")["name"] == "Listing folders")
        #expect(await sample.run("set", "chat-1", "name").status == .usage)
        #expect(await sample.run("set", "chat-1", "=x").status == .usage)
        #expect(await sample.run("set", "chat-1", "a:={").status == .usage)
        #expect(await sample.run("set", "nobody", "a=1").status == .negative)
        #expect(await sample.run("set", "chat-1", "model=x", "--branch", "no").status == .negative)
        #expect(await sample.run("set", "chat-1", "a=1", "--if-version", "3").status == .negative)
        #expect(await sample.run("set", "chat-1", "a=1", "--if-version", "x").status == .usage)
        let clash = await sample.run("set", "chat-1", "name=x", "--since", "8")
        #expect(clash.status == .negative)
        #expect(clash.errors.contains("name"))
        #expect(await sample.run("set", "chat-1", "name=x", "--since", "9").status == .done)
    }

    @Test("fields lists the table, and what was declared")
    func fields() async throws {
        let sample = try await SampleJournal()
        let declared = await sample.run(
            "field-declare", "mood", "--type", "string", "--allow", "calm", "--allow", "cross",
            "--default", "\"calm\"", "--max-length", "9", "--meaning", "How it feels.")
        #expect(declared.lines == ["declared mood by event 12"])
        let again = await sample.run(
            "field-declare", "mood", "--type", "string", "--allow", "calm", "--allow", "cross",
            "--default", "\"calm\"", "--max-length", "9", "--meaning", "How it feels.")
        #expect(again.lines == ["mood is declared so already"])
        let table = await sample.run("fields")
        #expect(table.lines.first?.hasPrefix("field") == true)
        #expect(table.lines.last?.contains("calm | cross") == true)
        #expect(table.lines.allSatisfy { $0.count <= 80 })
        let all = try json(await sample.run("fields", "--json"))
        #expect(all.count == MetadataField.builtIn.count + 1)
        #expect(all.last?["built_in"] == false)
        #expect(all.first?["required"] == true)
        let alone = await InProcess.run(["-j", "/nowhere", "fields", "--built-in", "--json"])
        #expect(alone.lines.count == MetadataField.builtIn.count)
        #expect(try await metadata(sample, "chat-1")["mood"] == "calm")
        #expect(await sample.run("set", "chat-1", "mood=wild").status == .negative)
        #expect(await sample.run("set", "chat-1", "mood=cross").status == .done)
        #expect(await sample.run("field-declare", "name").status == .usage)
        #expect(await sample.run("field-declare", "n", "--type", "colour").status == .usage)
        #expect(await sample.run("field-declare", "n", "--min", "x").status == .usage)
        #expect(await sample.run("field-declare", "n", "--default", "x").status == .usage)
    }

    @Test("repair --metadata mends, tells, and finds nothing the second time")
    func repair() async throws {
        let sample = try await SampleJournal()
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let chat = try await journal.resolve("chat-2")
        try await journal.as("import").append(
            EventDraft(.sessionMetadataChanged, data: ["set": ["is_starred": 1, "type": "x"]]),
            to: chat)
        try await journal.close()
        let before = await sample.run("log", "--json")
        let dry = await sample.run("repair", "--metadata", "--dry-run")
        #expect(dry.lines.contains("  is_starred: would be 1 → true"))
        #expect(await sample.run("log", "--json").output == before.output)
        let other = await sample.run("repair", "--metadata", "chat-1")
        #expect(other.lines == ["no metadata is to be repaired"])
        let run = await sample.run("repair", "--metadata", "--reason", "tidy", "--json")
        #expect(run.status == .done, "\(run.errors)")
        let report = try #require(try json(run).first)
        #expect(report["sessions"]?[0]?["mended"]?.array?.map { $0["new"] } == [true, .null])
        #expect(try await metadata(sample, "chat-2")["is_starred"] == true)
        #expect(await sample.run("repair", "--metadata").lines == ["no metadata is to be repaired"])
        #expect(await sample.run("repair", "chat-2").status == .usage)
        #expect(await sample.run("repair", "--reason", "x").status == .usage)
    }

    @Test("a pinned session stands first, a title where there is no name")
    func lists() async throws {
        let sample = try await SampleJournal()
        _ = await sample.run("set", "chat-1", "pinned=true")
        _ = await sample.run("set", "chat-2", "title=Made up")
        let run = await sample.run("sessions")
        #expect(run.lines.dropFirst().first?.hasPrefix("chat-1") == true)
        #expect(run.lines.last?.contains("Made up") == true)
        #expect(await sample.run("show", "chat-2").lines.first == "Made up")
    }
}
