import SessionJournal
import Testing

@testable import SJournal

@Suite("Acts on many sessions, and limits, on the command line")
struct BulkCommandTests {
    @Test("a query means sessions, and a dry run says what would become of each")
    func query() async throws {
        let sample = try await SampleJournal()
        let before = await sample.run("log", "--json")
        let dry = await sample.run("archive", "--query", "starred:true", "--dry-run")
        #expect(
            dry.lines == [
                "chat-1  would be archived",
                "1 session: 1 would be archived, 0 with nothing to do, 0 passed over",
            ], "\(dry.errors)")
        #expect(await sample.run("log", "--json").output == before.output)
        _ = await sample.run("delete", "chat-2", "--reason", "spam")
        let run = await sample.run("archive", "--all")
        #expect(run.status == .negative)
        #expect(run.lines.first == "chat-1  archived")
        #expect(run.lines[1].hasPrefix("chat-2  passed over: session "))
        #expect(run.lines[1].contains("undelete it first"))
        #expect(
            run.lines.last == "2 sessions: 1 archived, 0 with nothing to do, 1 passed over")
        let json = await sample.run("archive", "--query", "status:archived", "--json")
        #expect(try JSONValue(parsing: json.lines[0])["outcome"] == "unchanged")
        #expect(await sample.run("undelete", "--query", "key:chat-*").status == .done)
        #expect(
            await sample.run("unarchive", "--query", "name:nothing").output
                == "no session matches\n")
        #expect(await sample.run("resume", "--query", "key:chat-1").lines.first == "chat-1  open")
        let ended = await sample.run("terminate", "--query", "key:chat-1", "--force")
        #expect(ended.lines.first == "chat-1  terminated")
        #expect(await sample.run("expire", "--query", "key:chat-2").lines[0] == "chat-2  expired")
    }

    @Test("everything has to be meant")
    func everything() async throws {
        let sample = try await SampleJournal()
        let before = await sample.run("log", "--json")
        for words in [
            ["archive", "--query", ""], ["archive", "--query", "  "], ["archive"], ["set"],
            ["archive", "chat-1", "--query", "starred:true"], ["archive", "chat-1", "--all"],
            ["archive", "--query", "starred:true", "--all"], ["archive", "--query", "("],
            ["set", "--query", "", "name=x"], ["set", "chat-1", "name=x", "--dry-run"],
            ["set", "--query", "starred:true", "model=x", "--branch", "fork-1"],
            ["extend", "--by", "5"], ["extend", "--query", "", "--by", "5"],
            ["limits", "chat-1", "--set", "messages"], ["limits", "chat-1", "--set", "size=5"],
            ["limits", "chat-1", "--set", "messages=-1"],
            ["limits", "chat-1", "--on-limit", "cry"],
            ["limits", "chat-1", "--set", "messages=5", "--at", "3"],
            ["new", "--limit", "messages=many"],
        ] {
            let run = await InProcess.run(["-j", sample.path] + words)
            #expect(run.status == .usage, "\(words) \(run.output) \(run.errors)")
        }
        #expect(await sample.run("archive", "--query", "").errors.contains("say --all"))
        #expect(await sample.run("log", "--json").output == before.output)
    }

    @Test("set and extend take a query, too")
    func setAndExtend() async throws {
        let sample = try await SampleJournal()
        let dry = await sample.run("set", "--query", "key:chat-*", "owner=ada", "--dry-run")
        #expect(dry.lines.first == "chat-1  would be changed", "\(dry.errors)")
        let run = await sample.run(
            "set", "--query", "key:chat-*", "owner=ada", "--tag", "x", "--reason", "whose")
        #expect(run.lines.last?.hasPrefix("2 sessions: 2 changed") == true)
        #expect(await sample.run("sessions", "owner=ada tag:x", "--json").lines.count == 2)
        let wrong = await sample.run("set", "--all", "is_starred=5")
        #expect(wrong.status == .negative && wrong.lines[0].contains("“is_starred” must be"))
        let longer = await sample.run("extend", "--query", "key:chat-1", "--by", "60")
        #expect(longer.lines.first == "chat-1  extended")
        let far = "2031-01-01T00:00:00.000000Z"
        let both = await sample.run("extend", "chat-1", "chat-2", "--until", "2030-01-01T00:00:00Z")
        #expect(both.lines == ["chat-1  extended", "chat-2  extended"])
        let one = await sample.run("extend", "chat-1", "--until", far, "--json")
        #expect(try JSONValue(parsing: one.output)["until"]?.string == far)
        #expect(try JSONValue(parsing: one.output)["seq"]?.integer != nil)
        let again = await sample.run("extend", "chat-1", "--until", far, "--json")
        #expect(try JSONValue(parsing: again.output)["seq"] == .null)
    }

    @Test("limits are given, shown, changed, kept to and audited")
    func limits() async throws {
        let sample = try await SampleJournal()
        let made = await sample.run(
            "new", "--key", "small", "--limit", "messages=1", "--limit", "bytes=100000",
            "--on-limit", "mark")
        #expect(made.status == .done, "\(made.errors)")
        for text in ["one", "two"] { _ = await sample.run("say", "small", text) }
        let shown = await sample.run("limits", "small")
        #expect(shown.lines[0].hasPrefix("limit"))
        #expect(shown.output.contains("marked") && shown.output.contains("100,000"))
        let json = try JSONValue(parsing: await sample.run("limits", "small", "--json").output)
        #expect(json["messages"] == 2 && json["reached"] == ["max_messages"])
        #expect(json["limits"]?["action"] == "mark")
        let early = await sample.run("limits", "small", "--at", "12", "--json")
        #expect(try JSONValue(parsing: early.output)["messages"] == 0)
        let changed = await sample.run(
            "limits", "small", "--set", "messages=2", "--set", "bytes=none", "--on-limit", "reject",
            "--reason", "enough")
        #expect(changed.output.hasPrefix("changed the limits, event "), "\(changed.errors)")
        let full = await sample.run("say", "small", "three")
        #expect(full.status == .negative && full.errors.contains("max_messages is 2"))
        #expect(await sample.run("limits", "small").output.contains("is rejected"))
        let same = await sample.run("limits", "small", "--set", "messages=2", "--json")
        #expect(try JSONValue(parsing: same.output)["seq"] == .null)
        let audit = await sample.run("audit", "small", "--field", "session.limits", columns: 160)
        #expect(audit.output.contains("enough"))
        #expect(await sample.run("undo", "small").output.contains("session.limits_changed"))
        #expect(await sample.run("say", "small", "three").status == .done)
        #expect(await sample.run("limits", "chat-1").output.contains("any"))
        #expect(await sample.run("limits", "nobody").status == .negative)
        let gone = await sample.run(
            "limits", "small", "--set", "messages=none", "--set", "bytes=none")
        #expect(gone.output.hasPrefix("changed"))
        let none = try JSONValue(parsing: await sample.run("limits", "small", "--json").output)
        #expect(none["limits"] == .null)
    }
}
