import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("The life of sessions on the command line")
struct LifecycleCommandTests {
    private func show(_ sample: SampleJournal, _ session: String) async throws -> JSONValue {
        try JSONValue(parsing: await sample.run("show", session, "--json").output)
    }

    @Test("each word does what it says, and says it")
    func words() async throws {
        let sample = try await SampleJournal()
        let archive = await sample.run("archive", "chat-1", "chat-2", "--reason", "old")
        #expect(archive.status == .done, "\(archive.errors)")
        #expect(archive.lines == ["chat-1  archived", "chat-2  archived"])
        #expect(await sample.run("archive", "chat-1").lines == ["chat-1  nothing to do"])
        #expect(await sample.run("delete", "chat-1").lines == ["chat-1  deleted"])
        let refused = await sample.run("archive", "chat-1", "chat-2")
        #expect(refused.status == .negative)
        #expect(refused.lines == ["chat-2  nothing to do"])
        #expect(refused.errors.contains("undelete it first"))
        #expect(await sample.run("sessions", "status:deleted", "--json").lines.count == 1)
        #expect(await sample.run("undelete", "chat-1").lines == ["chat-1  back"])
        #expect(try await show(sample, "chat-1")["metadata"]?["status"] == "archived")
        #expect(await sample.run("unarchive", "chat-1").lines == ["chat-1  active again"])
        #expect(await sample.run("terminate", "chat-1").lines == ["chat-1  terminated"])
        let header = await sample.run("show", "chat-1")
        #expect(header.lines.contains("phase       terminated"))
        #expect(await sample.run("resume", "chat-1", "--json").output.contains("\"done\""))
        #expect(try await show(sample, "chat-1")["lifecycle"]?["phase"] == "open")
        let audit = await sample.run("audit", "chat-1", "--field", "status")
        #expect(audit.output.contains("why: old"))
        #expect(await sample.run("archive").status == .usage)
        #expect(await sample.run("archive", "nobody").status == .negative)
    }

    @Test("a dry run changes nothing")
    func dryRun() async throws {
        let sample = try await SampleJournal()
        let before = await sample.run("log", "--json")
        let run = await sample.run("delete", "chat-1", "chat-2", "--dry-run")
        #expect(run.lines == ["chat-1  would be deleted", "chat-2  would be deleted"])
        #expect(await sample.run("log", "--json").output == before.output)
    }

    @Test("a session that is overdue is shown, expires when asked, and can be extended")
    func expiry() async throws {
        let sample = try await SampleJournal()
        // The sample's clock is that of a day in the past or the future; a ttl of 0 is over at once.
        _ = await sample.run("set", "chat-2", "ttl=0")
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let chat = try await journal.resolve("chat-2")
        let deadline = try #require(try await journal.state(of: chat).lifecycle.deadline)
        try await journal.close()
        guard Timestamp.systemClock() > deadline else { return }
        #expect(await sample.run("show", "chat-2").output.contains("overdue     since"))
        let dry = await sample.run("expire", "--dry-run")
        #expect(dry.lines.map { $0.hasSuffix("would be expired") } == [true])
        let extended = await sample.run("extend", "chat-2", "--by", "1000")
        #expect(extended.output.hasPrefix("lives until "))
        #expect(await sample.run("expire").lines == ["no session is overdue"])
        let until = await sample.run("extend", "chat-2", "--until", "2026-01-01T00:00:00Z")
        #expect(until.output == "lives until 2026-01-01T00:00:00.000000Z at least\n")
        let run = await sample.run("expire", "--json")
        #expect(run.lines.count == 1)
        #expect(try await show(sample, "chat-2")["lifecycle"]?["phase"] == "expired")
        let again = await sample.run("expire", "chat-1")
        #expect(again.lines == ["chat-1  expired"])
        #expect(await sample.run("extend", "chat-1").status == .usage)
        #expect(await sample.run("extend", "chat-1", "--until", "soon").status == .usage)
        #expect(await sample.run("extend", "chat-1", "--by", "0").status == .usage)
        #expect(await sample.run("extend", "chat-1", "--by", "5").status == .negative)
    }

    @Test("touch stores at most a heartbeat a minute")
    func touch() async throws {
        let sample = try await SampleJournal()
        _ = await sample.run("set", "chat-1", "name=new")
        let run = await sample.run("touch", "chat-1")
        #expect(run.output == "alive already; nothing is stored\n")
        #expect(await sample.run("touch", "nobody").status == .negative)
    }
}
