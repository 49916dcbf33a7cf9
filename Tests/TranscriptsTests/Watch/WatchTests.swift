import Foundation
import SessionJournal
import Testing

@testable import Transcripts

@Suite(.timeLimit(.minutes(5))) struct WatchTests {
    @Test func whatIsAppendedComesAsItIsWritten() async throws {
        let rig = try await WatchRig()
        try rig.say("a", in: "p/s1.jsonl")
        let running = try await rig.start()
        try await rig.untilThere("a")
        try rig.say("b", in: "p/s1.jsonl")
        try await rig.untilThere("b")
        // A new file, in a new folder within a new one.
        try rig.say("c", in: "q/inner/s2.jsonl", session: "s2")
        try await rig.untilThere("c")
        // A line is taken when it is whole.
        let line = WatchRig.line("d")
        try rig.append("p/s1.jsonl", String(line.prefix(40)))
        try rig.say("e", in: "q/inner/s2.jsonl", session: "s2")
        try await rig.untilThere("e")
        #expect(try await !rig.ids().contains("d"))
        try rig.append("p/s1.jsonl", String(line.dropFirst(40)))
        try await rig.untilThere("d")
        let report = try await running.stop()
        #expect(report.lines == 5 && report.tornLines == 0 && report.changes == 0)
        #expect(try await rig.ids().sorted() == ["a", "b", "c", "d", "e"])
        #expect(try await rig.events(.importLine).isEmpty)
        // The files come back byte for byte, as after an import.
        let target = try Folder()
        let journal = try await Journal.open(readingAt: rig.journalPath)
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        try await journal.close()
        #expect(try target.contents() == rig.agents.contents())
    }

    @Test func whatWasWrittenBeforeADeletionStays() async throws {
        let rig = try await WatchRig()
        let running = try await rig.start()
        try rig.say("a", in: "s1.jsonl")
        try await rig.untilThere("a")
        // Nobody has time to look in between: what is held open is read to its end.
        try rig.say("b", in: "s1.jsonl")
        try rig.append("s1.jsonl", "{\"torn")
        try rig.delete("s1.jsonl")
        try await rig.until("the deletion is told") { rig in
            rig.changes == ["source.deleted deleted s1.jsonl"]
        }
        let report = try await running.stop()
        #expect(report.tornLines == 1)
        #expect(try await rig.ids() == ["a", "b"])
        // It stands in the journal's own session, and in that of the file.
        let events = try await rig.events(.sourceDeleted)
        #expect(Set(events.map(\.session.isJournal)) == [true, false] && events.count == 2)
        let data = try events[0].data()
        #expect(data["path"] == "s1.jsonl" && data["how"] == "deleted")
        #expect(data["root"]?.string == rig.agents.path)
        #expect(
            data["bytes"]?.integer == Int64((WatchRig.line("a") + WatchRig.line("b")).utf8.count)
                + 6)
        #expect(try await rig.events(.importLine).first?.data()["text"] == "{\"torn")
    }

    @Test func whatIsCutOrRewrittenStays() async throws {
        let rig = try await WatchRig()
        let running = try await rig.start()
        try rig.say("a", in: "s1.jsonl")
        try await rig.untilThere("a")
        try rig.agents.write("s1.jsonl", "")
        try await rig.until("the cut is told") { $0.changes.count == 1 }
        try rig.say("b", in: "s1.jsonl")
        try await rig.untilThere("b")
        // Of the same length, so that only the bytes tell.
        try rig.agents.write("s1.jsonl", WatchRig.line("c"))
        try await rig.untilThere("c")
        // Another file takes the name.
        try rig.agents.write("aside", WatchRig.line("d"))
        try rig.rename("aside", "s1.jsonl")
        try await rig.untilThere("d")
        _ = try await running.stop()
        #expect(
            rig.changes.map { $0.split(separator: " ")[0] }
                == ["source.rewritten", "source.rewritten", "source.rewritten"])
        #expect(rig.changes.first == "source.rewritten truncated s1.jsonl")
        #expect(rig.changes.last == "source.rewritten replaced s1.jsonl")
        #expect(try await rig.ids() == ["a", "b", "c", "d"])
    }

    @Test func filesAreFollowedUnderOtherNames() async throws {
        let rig = try await WatchRig()
        let running = try await rig.start()
        try rig.say("a", in: "p/s1.jsonl")
        try await rig.untilThere("a")
        let handle = try FileHandle(
            forWritingTo: URL(fileURLWithPath: rig.agents.path + "/p/s1.jsonl"))
        try handle.seekToEnd()
        // Rotation: whoever has the file open writes on to it, and another one begins.
        try rig.rename("p/s1.jsonl", "p/s1.jsonl.1")
        try rig.say("b", in: "p/s1.jsonl")
        try handle.write(contentsOf: Data(WatchRig.line("c").utf8))
        try await rig.untilThere("b", "c")
        // A folder is renamed, with all that is in it.
        try rig.rename("p", "q")
        try handle.write(contentsOf: Data(WatchRig.line("d").utf8))
        try rig.say("e", in: "q/s1.jsonl")
        try await rig.untilThere("d", "e")
        // What leaves the folder is let go, but not before it has been read.
        try handle.write(contentsOf: Data(WatchRig.line("f").utf8))
        try rig.rename("q/s1.jsonl.1", "../" + WatchRig.name(rig.home.path) + "/gone")
        try await rig.untilThere("f")
        try await rig.until("the changes are told") { $0.changes.count == 4 }
        _ = try await running.stop()
        #expect(
            rig.changes.sorted() == [
                "source.deleted moved s1.jsonl.1", "source.renamed s1.jsonl s1.jsonl",
                "source.renamed s1.jsonl.1 s1.jsonl", "source.renamed s1.jsonl.1 s1.jsonl.1",
            ])
        #expect(try await rig.ids().sorted() == ["a", "b", "c", "d", "e", "f"])
    }

    @Test func foldersMayGoAndComeBack() async throws {
        let rig = try await WatchRig()
        let root = rig.agents.path + "/root"
        try rig.say("a", in: "root/p/s1.jsonl")
        let running = try await rig.start([root])
        try await rig.untilThere("a")
        try FileManager.default.removeItem(atPath: root)
        try await rig.until("the deletion is told") { $0.changes.count == 1 }
        try rig.say("b", in: "root/p/s2.jsonl", session: "s2")
        try await rig.untilThere("b")
        try rig.say("c", in: "root/p/s2.jsonl", session: "s2")
        try await rig.untilThere("c")
        _ = try await running.stop()
        #expect(rig.changes == ["source.deleted deleted s1.jsonl"])
    }

    @Test func oneFileAmongOthersIsFollowed() async throws {
        let rig = try await WatchRig()
        try rig.append("log.txt", WatchRig.line("a"))
        try rig.say("x", in: "other.jsonl", session: "s2")
        let running = try await rig.start([rig.agents.path + "/log.txt"])
        try await rig.untilThere("a")
        try rig.say("y", in: "other.jsonl", session: "s2")
        try rig.append("log.txt", WatchRig.line("b"))
        try await rig.untilThere("b")
        #expect(try await running.stop().files == 1)
        #expect(try await rig.ids() == ["a", "b"])
    }

    @Test func whatIsNotThereCannotBeFollowed() async throws {
        let rig = try await WatchRig()
        let running = rig.begin([rig.agents.path + "/nowhere"])
        await #expect(throws: TranscriptError(.notFound, "")) { _ = try await running.task.value }
    }
}
