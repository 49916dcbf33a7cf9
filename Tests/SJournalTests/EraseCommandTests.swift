import SessionJournal
import Testing

@testable import SJournal

/// `erase`, `erasures` and `hold`.
struct EraseCommandTests {
    private static let basis = ["--basis", "GDPR 17", "--by", "user:dpo"]

    @Test func erasesASessionAndShowsTheCertificate() async throws {
        let sample = try await SampleJournal()
        let dry = await sample.run("erase", "--session", "chat-1", "--basis", "x", "--dry-run")
        #expect(dry.status == .done, "\(dry.errors)")
        #expect(dry.lines == ["9 events of 1 session would be erased: 1 to 9"])
        #expect((await sample.run("erasures")).lines == ["nothing was erased"])
        let done = await sample.run(
            ["erase", "--session", "chat-1", "--certificate", "--reason", "on request"]
                + Self.basis)
        #expect(done.status == .done, "\(done.errors)")
        #expect(done.lines[0].hasPrefix("9 events of 1 session erased; certificate "))
        #expect(done.lines[1] == "  positions: 1 to 9")
        #expect(done.lines[2].hasPrefix("  asked for by user:dpo "))
        #expect(done.lines[3...4] == ["  basis: GDPR 17", "  why: on request"])
        #expect(done.lines[5].hasPrefix("  tree before: 11 events, root "))
        #expect(done.output.contains("no search index") && done.output.contains("to check it:"))
        // Nothing of it can be shown any more, and what is left says so.
        let shown = await sample.run("sessions", "--json")
        #expect(shown.output.contains("\"name\":\"erased\""))
        #expect((await sample.run("verify")).status == .done)
        #expect((await sample.run("show", "chat-1")).status == .negative)
        let list = await sample.run("erasures")
        #expect(list.lines.count == 2 && list.lines[1].contains("GDPR 17"))
        let json = await sample.run("erasures", "--json")
        #expect(json.output.contains("\"finished\":true"))
        let id = try #require(json.output.split(separator: "\"").dropFirst(3).first)
        let one = await sample.run("erasures", String(id), "--json")
        #expect(one.output == json.output)
        #expect((await sample.run("erasures", "ffff")).status == .negative)
        #expect((await sample.run("erase", "--resume")).lines == ["no erasure is unfinished"])
        #expect((await sample.run("erase", "--resume", "--json")).output.isEmpty)
    }

    @Test func erasesAMessageAnActorOrWhatAQueryFinds() async throws {
        let sample = try await SampleJournal()
        let message = await sample.run(
            ["erase", "--session", "chat-1", "--message", "#2", "--json"] + Self.basis)
        #expect(message.output.contains("\"positions\":[[2,2]]"), "\(message.errors)")
        let query = await sample.run(["erase", "--query", "key:chat-2"] + Self.basis)
        #expect(query.lines.first?.hasPrefix("2 events of 1 session erased") == true)
        let folder = sample.scratch.path("backup")
        #expect((await sample.run("backup", folder)).status == .done)
        let actor = await sample.run(
            ["erase", "--actor", "agent:b", "--backups", folder, "--backups", "/nowhere"]
                + Self.basis)
        #expect(actor.output.contains("still held: 2 events in generation 1"), "\(actor.output)")
        #expect(actor.output.contains("unknown: backup /nowhere"))
        #expect((await sample.run("backup", folder)).status == .done)
        let restored = await sample.run(
            "restore", folder, "--generation", "1", "--to", sample.scratch.path("old"))
        #expect(restored.status == .done && restored.errors.contains("older than 1 erasure"))
        #expect((await sample.run(["erase", "--actor", "x"] + Self.basis)).status == .negative)
    }

    @Test func theJournalsOwnEventsThatNameAnActorAreListed() async throws {
        let sample = try await SampleJournal()
        let held = await sample.run(
            "hold", "place", "--actor", "agent:b", "--matter", "m", "--json")
        #expect(held.status == .done)
        let id = try #require(held.output.split(separator: "\"").dropFirst(3).first)
        #expect((await sample.run("hold", "lift", String(id))).status == .done)
        let done = await sample.run(["erase", "--actor", "agent:b", "--certificate"] + Self.basis)
        #expect(done.output.contains("kept: events of the journal's own session"), "\(done.output)")
    }

    @Test func holdsArePlacedListedAndLifted() async throws {
        let sample = try await SampleJournal()
        #expect((await sample.run("hold", "list")).lines == ["no hold stands"])
        for scope in [
            ["--session", "chat-1"], ["--actor", "user:ada"], ["--query", "key:chat-1"], ["--all"],
        ] {
            let placed = await sample.run(["hold", "place", "--matter", "case 7"] + scope)
            #expect(placed.status == .done && placed.output.hasSuffix("stands\n"))
            let id = try #require(placed.output.split(separator: " ").dropFirst().first)
            let refused = await sample.run(["erase", "--session", "chat-1"] + Self.basis)
            #expect(refused.status == .denied && refused.errors.contains("case 7"))
            let list = await sample.run("hold", "list")
            #expect(list.lines.count == 2 && list.lines[1].contains("case 7"))
            let lifted = await sample.run("hold", "lift", String(id), "--reason", "over")
            #expect(lifted.output.hasSuffix("is lifted\n"))
        }
        #expect((await sample.run("hold", "list", "--all")).lines.count == 5)
        #expect((await sample.run("hold", "list", "--all", "--json")).lines.count == 4)
        #expect((await sample.run("hold", "lift", "ffff")).status == .usage)
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        let sample = try await SampleJournal()
        for arguments in [
            ["erase", "--session", "chat-1"], ["erase", "--basis", "x"],
            ["erase", "--basis", "x", "--message", "#2"],
            ["erase", "--basis", "x", "--session", "chat-1", "--actor", "a"],
            ["hold", "keep"], ["hold", "place"], ["hold", "place", "--all"], ["hold", "lift"],
            ["hold", "place", "--all", "--actor", "a", "--matter", "m"],
        ] {
            #expect((await sample.run(arguments)).status == .usage, "\(arguments)")
        }
    }
}

extension SampleJournal {
    /// Runs a command line that was put together.
    fileprivate func run(_ words: [String]) async -> InProcess {
        await InProcess.run(["-j", path] + words)
    }
}
