import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("What the commands answer")
struct CommandTests {
    @Test("sessions is a table, the latest first, named by what was said first")
    func sessions() async throws {
        let run = try await SampleJournal().run("sessions")
        #expect(
            run.lines == [
                "session  name                       msgs  branches  last active",
                "chat-2   A session without a name.     1         1  2026-11-21T01:02:26Z",
                "chat-1   Listing folders               5         2  2026-11-21T01:02:21Z",
            ])
        #expect(run.status == .done)
    }

    @Test("show reads as a conversation, hostile text spelled out")
    func show() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("show", "chat-1")
        #expect(
            run.lines == [
                "Listing folders",
                "key         chat-1",
                "session     01a1fb9feec87718864686c7074787c8",
                "created     2026-11-21T01:02:07Z",
                "last active 2026-11-21T01:02:21Z",
                "messages    5 in all, 2 turns",
                "branch      main  (also: fork-1)",
                "",
                "user                                                    2026-11-21T01:02:09Z  #2",
                "  Please list this folder.",
                "",
                "assistant                                               2026-11-21T01:02:11Z  #3",
                "  ✻ They want a list.",
                "  ⚙ Bash  ls -la\\u{1b}[2J → ok 1.2 s",
                "  Three files.\\u{202e}",
            ])
        let fork = await sample.run("show", "chat-1", "--branch", "fork-1")
        #expect(fork.lines.suffix(2) == ["  Please list this folder.", "  Or count them."])
        let early = await sample.run("show", "chat-1", "--at", "2")
        #expect(early.lines.contains("as of       event 2, the session's last is 9"))
        #expect(early.lines.first == "Folders")
        #expect(early.lines.last == "  Please list this folder.")
        let unnamed = await sample.run("show", "chat-2", "--at", "10")
        #expect(unnamed.lines.first == "a session without a name")
    }

    @Test("tree draws the fork")
    func tree() async throws {
        let run = try await SampleJournal().run("tree", "chat-1")
        #expect(
            run.lines == [
                "● user  Please list this folder.                     2026-11-21T01:02:09Z",
                "├─╮",
                "│ ● user  Or count them.                             2026-11-21T01:02:20Z",
                "│ ◆ fork-1",
                "● assistant  ⚙ Bash ls -la\\u{1b}[2J                  2026-11-21T01:02:11Z  +2",
                "◆ main current",
            ])
    }

    @Test("audit tells old and new, who and why")
    func audit() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("audit", "chat-1")
        #expect(
            run.lines == [
                "when                  field       old → new                             who",
                "2026-11-21T01:02:07Z  created     name \"Folders\", status \"active\", ca…  user:ada",
                "2026-11-21T01:02:21Z  name        \"Folders\" → \"Listing folders\"         user:ada",
                "                      why: clearer",
                "2026-11-21T01:02:21Z  is_starred  false → true                          user:ada",
                "                      why: clearer",
            ])
        let field = await sample.run("audit", "--field", "status")
        #expect(field.lines.filter { $0.contains("\"active\"") }.count == 2)
        #expect(field.lines.filter { $0.hasPrefix("session ") }.count == 2)
        let nobody = await sample.run("audit", "--actor", "user:nobody")
        #expect(nobody.lines == ["no change of that kind is on record"])
    }

    @Test("log lists events, one a line")
    func log() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("log")
        #expect(
            run.lines == [
                "     1  2026-11-21T01:02:07Z  session.created   user:ada      Folders",
                "     2  2026-11-21T01:02:09Z  message.appended  user:ada      user: Please list…",
                "     3  2026-11-21T01:02:11Z  message.appended  agent:b       assistant: ⚙ Bash…",
                "     4  2026-11-21T01:02:12Z  tool.finished     user:ada      Bash ok c1",
                "     5  2026-11-21T01:02:15Z  message.appended  user:ada      tool: → ok",
                "     6  2026-11-21T01:02:17Z  message.appended  agent:b       assistant: Three …",
                "     7  2026-11-21T01:02:18Z  branch.created    user:ada      fork-1",
                "     8  2026-11-21T01:02:20Z  message.appended  user:ada      fork-1  user: Or …",
                "     9  2026-11-21T01:02:21Z  session.metadat…  user:ada      name Listing fold…",
                "    10  2026-11-21T01:02:24Z  session.created   user:ada      chat-2",
                "    11  2026-11-21T01:02:26Z  message.appended  user:ada      user: A session w…",
            ])
        func numbers(_ words: String...) async -> [Int] {
            let run = await InProcess.run(["-j", sample.path, "log"] + words)
            return run.lines.compactMap { Int($0.prefix(6).drop { $0 == " " }) }
        }
        #expect(await numbers("--from", "3", "--to", "5") == [3, 4, 5])
        #expect(await numbers("--kind", "session.*", "--kind", "tool.finished") == [1, 4, 9, 10])
        #expect(await numbers("--actor", "agent:b") == [3, 6])
        #expect(await numbers("chat-2") == [10, 11])
        #expect(await numbers("@journal") == [])
        #expect(await numbers("--from", "99") == [])
    }

    @Test("stats counts, and as of an event too")
    func stats() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("stats")
        #expect(
            run.lines.prefix(4) == [
                "events       11", "sessions     2", "messages     6", "last event   11",
            ])
        #expect(run.lines.contains { $0.hasPrefix("growth ") && $0.hasSuffix("11 events a day") })
        #expect(run.lines.contains("kinds        6 message.appended"))
        let probed = await sample.run("stats", "--probe")
        #expect(probed.lines.contains { $0.hasPrefix("a sync ") && $0.contains("p99") })
        let early = await sample.run("stats", "--at", "4")
        #expect(early.lines.contains("last event   4"))
        let late = await sample.run("stats", "--at", "12")
        #expect(late.status == .negative)
        #expect(late.errors.filter { $0 == "\n" }.count == 1)
    }

    @Test("verify says in words that all is well; seal changes no event")
    func verifyAndSeal() async throws {
        let sample = try await SampleJournal()
        let before = await sample.run("log", "--json")
        let run = await sample.run("verify")
        #expect(run.lines.first == "whole: every byte is what was written")
        #expect(run.lines.contains("events   11"))
        let seal = await sample.run("seal")
        #expect(seal.status == .done, "\(seal.errors)")
        #expect(seal.output.hasPrefix("sealed: "))
        #expect(await sample.run("log", "--json").output == before.output)
        #expect(await sample.run("verify").status == .done)
    }

    @Test("each verdict has its words")
    func verdicts() {
        func words(_ report: VerificationReport) -> String {
            VerifyCommand.text(report, columns: 80).map {
                #expect($0.width <= 80)
                return $0.rendered(isColoured: false)
            }.joined(separator: "\n")
        }
        let torn = VerificationReport(verdict: .tornTail, events: 3, bytesChecked: 4096, root: nil)
        #expect(words(torn).hasPrefix("whole, with a torn tail: "))
        let cut = VerificationReport(
            verdict: .tornTailCut, events: 3, bytesChecked: 4096, root: nil)
        #expect(words(cut).contains("quarantine/"))
        let damaged = VerificationReport(
            verdict: .damaged, events: 3, bytesChecked: 4096, root: nil,
            holes: [
                .init(
                    file: "segments/1\u{1B}.lz4", offset: 4096, firstSequence: 2, lastSequence: 3),
                .init(file: "segments/2.lz4", offset: 0, firstSequence: 4, lastSequence: 3),
            ], findings: [String(repeating: "a finding ", count: 20)])
        let text = words(damaged)
        #expect(text.contains("2 to 3"))
        #expect(text.contains("none"))
        #expect(text.contains("segments/1\\u{1b}.lz4"))
        #expect(text.contains("- a finding"))
    }

    @Test("an empty journal answers, and says what to do")
    func empty() async throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path("new/journal")
        let made = await InProcess.run(["-j", path, "init"])
        #expect(made.status == .done, "\(made.errors)")
        #expect(made.output == "made an empty journal in \(path)\n")
        for words in [
            ["sessions"], ["log"], ["audit"], ["stats"], ["verify"], ["stats", "--json"],
        ] {
            let run = await InProcess.run(["-j", path] + words)
            #expect(run.status == .done, "\(words): \(run.errors)")
        }
        let again = await InProcess.run(["-j", path, "init"])
        #expect(again.status == .negative)
        #expect(again.errors.hasPrefix("sjournal: "))
    }
}
