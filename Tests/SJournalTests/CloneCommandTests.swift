import SessionJournal
import Testing

@testable import SJournal

@Suite("Sessions are cloned on the command line")
struct CloneCommandTests {
    @Test("a clone shows the same, and where it is from")
    func clone() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("clone", "chat-1", "--key", "again", "--reason", "to try")
        #expect(run.status == .done && run.lines[0].count == 32, "\(run.errors)")
        let shown = await sample.run("show", "again")
        #expect(shown.lines.contains { $0.hasPrefix("clone of    ") })
        #expect(!shown.output.contains("not finished"))
        #expect(shown.output.contains("Please list this folder."))
        let diff = await sample.run("diff", "chat-1", "--with-session", "again", "--json")
        let difference = try JSONValue(parsing: diff.output)
        #expect(difference["messages"]?["added"]?.array?.isEmpty == true, "\(diff.errors)")
        #expect(difference["messages"]?["removed"]?.array?.isEmpty == true)
        let json = await sample.run(
            "clone", "chat-1", "--branch", "fork-1", "--at", "8", "--name", "Count", "--json")
        let answer = try JSONValue(parsing: json.output)
        #expect(answer["messages"] == 2 && answer["clone"]?["branch"] == "fork-1")
        #expect(answer["clone"]?["seq"] == 8 && answer["key"] == .null)
        let name = try #require(answer["session"]?.string)
        #expect(await sample.run("show", name).output.contains(", branch fork-1"))
        let audit = await sample.run("log", "again", "--kind", "session.cloned", "--json")
        #expect(audit.lines.count == 1)
    }

    @Test("what cannot be cloned is said")
    func refusals() async throws {
        let sample = try await SampleJournal()
        #expect(await sample.run("clone", "nobody").status == .negative)
        #expect(await sample.run("clone").status == .usage)
        #expect(await sample.run("clone", "chat-1", "--branch", "nope").status == .negative)
        #expect(await sample.run("clone", "chat-1", "--key", "chat-2").status == .negative)
        #expect(await sample.run("clone", "chat-2", "--at", "3").status == .negative)
        #expect(await sample.run("clone", "chat-1", "--at", "2026-13-01").status == .usage)
    }
}
