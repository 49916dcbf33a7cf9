import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import Transcripts

@Suite(.timeLimit(.minutes(5))) struct WatchAgainTests {
    @Test func itGoesOnWhereItWas() async throws {
        let rig = try await WatchRig()
        for number in 0..<4 {
            try rig.say("a\(number)", in: "s\(number).jsonl", session: "s\(number)")
        }
        _ = try await rig.start().stop()
        let before = try await rig.events().count
        // What has not changed costs nothing but a look.
        let idle = try await rig.start().stop()
        #expect(idle.files == 4 && idle.events == 0)
        #expect(try await rig.events().count == before)
        // Meanwhile one grows, one goes, one is renamed, one is rewritten.
        try rig.say("b0", in: "s0.jsonl", session: "s0")
        try rig.delete("s1.jsonl")
        try rig.rename("s2.jsonl", "t2.jsonl")
        try rig.agents.write("s3.jsonl", WatchRig.line("b3", session: "s3"))
        let running = try await rig.start()
        #expect(
            rig.changes.sorted() == [
                "source.deleted deleted s1.jsonl", "source.renamed t2.jsonl s2.jsonl",
                "source.rewritten rewritten s3.jsonl",
            ])
        try rig.say("c0", in: "s0.jsonl", session: "s0")
        try rig.say("c2", in: "t2.jsonl", session: "s2")
        try await rig.untilThere("c0", "c2")
        _ = try await running.stop()
        #expect(
            try await rig.ids().sorted()
                == ["a0", "a1", "a2", "a3", "b0", "b3", "c0", "c2"])
        // All of it has been said, and is not said again.
        _ = try await rig.start().stop()
        #expect(rig.changes.isEmpty)
    }

    /// Whoever keeps a journal small and follows agents needs no archive for it.
    @Test func itGoesOnBehindACompaction() async throws {
        let rig = try await WatchRig()
        for id in ["a", "b", "c"] { try rig.say(id, in: "s1.jsonl") }
        _ = try await rig.start().stop()
        let journal = try await rig.openForWriting()
        #expect(try await journal.as("user:op").compact(CompactionRule()).eventCount > 2)
        try await journal.close()
        try rig.say("d", in: "s1.jsonl")
        let running = try await rig.start()
        try rig.say("e", in: "s1.jsonl")
        try await rig.untilThere("d", "e")
        _ = try await running.stop()
        #expect(try await rig.ids() == ["a", "b", "c", "d", "e"])
        #expect(rig.skipped.isEmpty)
    }

    @Test func onceTakesWhatIsThere() async throws {
        let rig = try await WatchRig()
        try rig.say("a", in: "s1.jsonl")
        try rig.append("s1.jsonl", "{\"torn")
        let report = try await rig.begin { $0.isOnce = true }.task.value
        #expect(report.files == 1 && report.tornLines == 1)
        #expect(try await rig.ids() == ["a"])
        // The same as an import has: nothing is left to take.
        let journal = try await Journal.open(at: rig.journalPath)
        let imported = try await importing(rig.agents, into: journal)
        #expect(imported.files.map { $0.sameAs == nil } == [false])
        try await journal.close()
    }

    @Test func itSleepsWhileNothingHappens() async throws {
        let rig = try await WatchRig()
        try rig.say("a", in: "s1.jsonl")
        let running = try await rig.start()
        try rig.say("b", in: "s1.jsonl")
        try await rig.untilThere("b")
        // Until it has said what the file is made of, it has something to wait for.
        try await rig.until("all is said") { rig in
            try await rig.events(.importFinished).last?.data()["lines"] == 2
        }
        // What is under way ends some time; what polls never sleeps for so long.
        try await rig.until("it sleeps") { _ in
            let before = running.watcher.wakeCount
            try await Task.sleep(for: .seconds(2))
            return running.watcher.wakeCount == before
        }
        _ = try await running.stop()
    }

    @Test func itWaitsWhileAnotherProcessWrites() async throws {
        let rig = try await WatchRig()
        let running = try await rig.start()
        let journal = try await rig.openForWriting()
        try rig.say("a", in: "s1.jsonl")
        try await rig.until("it waits") { rig in
            rig.told.contains { if case .waiting = $0 { true } else { false } }
        }
        // What it sees meanwhile it keeps, and what it has open.
        try rig.say("b", in: "s1.jsonl")
        try rig.say("c", in: "s2.jsonl", session: "s2")
        try await Task.sleep(for: .milliseconds(200))
        try rig.agents.write("s1.jsonl", "")
        try rig.delete("s2.jsonl")
        _ = try await journal.as("user:ada").createSession(key: "in-between")
        try await journal.close()
        try await rig.untilThere("a", "b", "c")
        // Others write in between whatever they like.
        let other = try await rig.openForWriting()
        try await other.as("user:ada").say(
            "user", "in between", in: other.resolve("s1"))
        try await other.close()
        try rig.say("d", in: "s1.jsonl")
        try await rig.untilThere("d")
        _ = try await running.stop()
        #expect(try await rig.ids().filter { $0.count == 1 } == ["a", "b", "c", "d"])
    }

    @Test func moreFilesThanMayBeOpenAreFollowed() async throws {
        let rig = try await WatchRig()
        let running = try await rig.start { $0.openFiles = 2 }
        for round in 0..<3 {
            for number in 0..<8 {
                try rig.say("\(round)-\(number)", in: "s\(number).jsonl", session: "s\(number)")
            }
        }
        try await rig.until("all is there") { try await $0.ids().count == 24 }
        for number in 0..<8 {
            try rig.say("x\(number)", in: "s\(number).jsonl", session: "s\(number)")
        }
        _ = try await running.stop()
        #expect(try await rig.ids().count == 32)
    }

    @Test func whatIsNotReadIsToldOnce() async throws {
        let rig = try await WatchRig()
        try rig.append("note.json", "{\"x\":1}")
        try rig.append("image.png", "nothing")
        let running = try await rig.start()
        #expect(rig.skipped == ["note.json"])
        try rig.append("note.json", " ")
        try rig.say("a", in: "s1.jsonl")
        try await rig.untilThere("a")
        try await Task.sleep(for: .milliseconds(200))
        #expect(rig.skipped == ["note.json"])
        // It is read as soon as it is something.
        try rig.agents.write("note.json", #"[{"role":"user","content":"hello"}]"#)
        try await rig.until("the note is read") { try await $0.ids().count == 2 }
        _ = try await running.stop()
    }

    @Test func documentsAreTakenWhenTheyAreWhole() async throws {
        let rig = try await WatchRig()
        func document(_ count: Int) -> String {
            let messages = (0..<count).map { number -> JSONValue in
                ["role": number % 2 == 0 ? "user" : "assistant", "content": .string("m\(number)")]
            }
            return JSONValue.array(messages).description
        }
        let running = try await rig.start()
        try rig.agents.write("chat.json", document(2))
        try await rig.until("two messages") { try await $0.ids().count == 2 }
        for count in 3...5 {
            try rig.agents.write("chat.json", document(count))
            try await rig.until("\(count) messages") { try await $0.ids().count == count }
        }
        // As programs write that care: aside, and then under its name.
        try rig.agents.write("aside", document(6))
        try rig.rename("aside", "chat.json")
        try await rig.until("six messages") { try await $0.ids().count == 6 }
        try rig.agents.write("chat.json", document(7))
        try rig.delete("chat.json")
        try await rig.until("the deletion is told") { $0.changes.count == 1 }
        _ = try await running.stop()
        #expect(rig.changes == ["source.deleted deleted chat.json"])
        #expect(try await rig.ids().count == 7)
    }

    /// The short form of `tools/torture watch`: what the writer does is random, but nothing is timed.
    @Test(arguments: 1...3) func nothingIsLostBesideAWildWriter(_ seed: UInt64) async throws {
        let rig = try await WatchRig()
        var random = SeededGenerator(seed: seed)
        var running = try await rig.start()
        var written: Set<String> = []
        var files: [String: [String]] = [:]
        var number = 0
        func say(_ name: String) throws {
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                number += 1
                try rig.say("m\(number)", in: name, session: "s\(number % 3)")
                written.insert("m\(number)")
                files[name, default: []].append("m\(number)")
            }
        }
        /// What is in the file now has been seen.
        func settle(_ name: String) async throws {
            let wanted = files[name] ?? []
            try await rig.until("\(wanted) of \(name)") { rig in
                Set(try await rig.ids()).isSuperset(of: wanted)
            }
        }
        for step in 0..<40 {
            let name = files.keys.sorted().randomElement(using: &random) ?? "p0/a.jsonl"
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<5: try say(name)
            case 5: try say("p\(step % 4)/f\(step).jsonl")
            case 6 where files[name] != nil:
                try await settle(name)
                try rig.agents.write(name, "")
                files[name] = []
            case 7 where files[name] != nil:
                try rig.rename(name, "moved-\(step).jsonl")
                files["moved-\(step).jsonl"] = files.removeValue(forKey: name)
            case 8 where files[name] != nil:
                try await settle(name)
                try say(name)
                try rig.delete(name)
                files[name] = nil
            case 9 where step % 2 == 0:
                _ = try await running.stop()
                if files[name] != nil { try say(name) }
                running = try await rig.start()
            default: try say(name)
            }
        }
        // A watcher that is stopped leaves files that it has not come to yet for the next time.
        for name in files.keys.sorted() { try await settle(name) }
        _ = try await running.stop()
        let ids = try await rig.ids()
        #expect(Set(ids) == written, "seed \(seed)")
        let journal = try await Journal.open(readingAt: rig.journalPath)
        #expect(try await journal.verify().verdict == .ok)
        try await journal.close()
    }

    @Test func agentsAreFoundWhereTheirVariablesSay() throws {
        let home = try Folder()
        try home.write(".claude/projects/x", "")
        try home.write("elsewhere/sessions/x", "")
        try home.write(".gemini/tmp/x", "")
        let found = AgentFolder.found(in: [
            "HOME": home.path, "CODEX_HOME": home.path + "/elsewhere", "CLAUDE_CONFIG_DIR": "",
        ])
        #expect(found.map(\.format) == ["claude-code", "codex", "gemini-cli"])
        #expect(
            found.map(\.path) == [
                home.path + "/.claude/projects", home.path + "/elsewhere/sessions",
                home.path + "/.gemini/tmp",
            ])
        #expect(AgentFolder.found(in: [:]).isEmpty)
        let known = Set(TranscriptImporter.formatNames)
        #expect(Set(AgentFolder.formats).isSubset(of: known))
    }

    @Test func lostSignalsAreToldFromOthers() {
        let lost = FolderSignals.Signal(watch: -1, mask: 0x4000, name: "")
        #expect(lost.isOverflow && !lost.isForgotten)
        let written = FolderSignals.Signal(watch: 1, mask: 0x2, name: "a.jsonl")
        #expect(written.isOfContent && !written.isOverflow && !written.isOfClosing)
    }
}
