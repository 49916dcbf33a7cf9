import Foundation
import SessionJournal
import Testing

@testable import Transcripts

@Suite struct ExportTests {
    private func journal(paths: [String]) async throws -> Journal {
        let folder = try Folder()
        try folder.write("s1.jsonl", [.user("u1", nil, "x")])
        let journal = Journal.inMemory()
        try await importing(folder, into: journal)
        // The same manifest under other names.
        var finished: JSONObject = [:]
        for try await event in journal.events(kinds: [.importFinished]) {
            finished = try event.data().object ?? [:]
        }
        for path in paths {
            var object: JSONObject = [:]
            for member in finished.members {
                object.append(member.name, member.name == "path" ? .string(path) : member.value)
            }
            try await journal.as("user:eve").append(
                EventDraft(.importFinished, branch: nil, data: EventData(object)), to: .journal)
        }
        return journal
    }

    @Test func nothingIsWrittenOutside() async throws {
        let hostile = ["../evil.jsonl", "/tmp/evil.jsonl", "a/../../evil.jsonl", "", "a//b", "./x"]
        let journal = try await journal(paths: hostile)
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path + "/in")
        #expect(report.files == 1)
        #expect(report.mismatches.count == hostile.count)
        #expect(try target.contents().keys.sorted() == ["in/s1.jsonl"])
    }

    @Test func aNameThatNoFileCanHaveHoldsUpNoOtherFile() async throws {
        let deep = String(repeating: "d/", count: 3_000)
        let hostile = [String(repeating: "n", count: 256), deep + "x"]
        let journal = try await journal(paths: hostile)
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.files == 1)
        #expect(report.mismatches.map(\.path).sorted() == hostile.sorted())
        #expect(try target.contents().keys.sorted() == ["s1.jsonl"])
    }

    @Test func theLongestNameIsWritten() async throws {
        let name = String(repeating: "n", count: 249) + ".jsonl"
        let journal = try await journal(paths: [name])
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.mismatches.isEmpty)
        #expect(try target.contents().keys.sorted() == [name, "s1.jsonl"].sorted())
    }

    @Test func linksInTheTargetAreNotFollowed() async throws {
        let journal = try await journal(paths: ["out/evil.jsonl"])
        let target = try Folder()
        let outside = try Folder()
        try FileManager.default.createSymbolicLink(
            atPath: target.path + "/out", withDestinationPath: outside.path)
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.mismatches.count == 1)
        #expect(try outside.contents().isEmpty)
    }

    @Test func anotherFileStays() async throws {
        let journal = try await journal(paths: [])
        let target = try Folder()
        try target.write("s1.jsonl", "mine")
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.mismatches.map(\.path) == ["s1.jsonl"])
        #expect(try target.contents() == ["s1.jsonl": Array("mine".utf8)])
    }

    @Test func theSameFileIsNoConflict() async throws {
        let journal = try await journal(paths: [])
        let target = try Folder()
        for _ in 0..<2 {
            let report = try await OriginalExporter(journal).export(to: target.path)
            #expect(report.mismatches.isEmpty)
            #expect(report.files == 1)
        }
        #expect(try target.contents().count == 1)
    }

    @Test func whatDoesNotFitItsHashIsNotWritten() async throws {
        let journal = Journal.inMemory()
        let folder = try Folder()
        try folder.write("s1.jsonl", [.user("u1", nil, "x"), .user("u2", "u1", "y")])
        try await importing(folder, into: journal)
        for try await event in journal.events(kinds: [.importFinished]) {
            let data = try #require(try event.data().object)
            var object: JSONObject = [:]
            for member in data.members {
                var value = member.value
                if member.name == "path" { value = "forged.jsonl" }
                if member.name == "pieces", let session = value["sessions"]?[0] {
                    value = ["sessions": [session], "runs": [[0, 2, 1]], "end": "\n"]
                }
                object.append(member.name, value)
            }
            try await journal.as("user:eve").append(
                EventDraft(.importFinished, branch: nil, data: EventData(object)), to: .journal)
            break
        }
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.mismatches.map(\.path) == ["forged.jsonl"])
        #expect(try target.contents().keys.sorted() == ["s1.jsonl"])
    }

    @Test func filesOfOneNameFromTwoFoldersAreKeptApart() async throws {
        let journal = Journal.inMemory()
        let one = try Folder()
        let two = try Folder()
        try one.write("x.jsonl", [.user("u1", nil, "one")])
        try two.write("x.jsonl", [.user("u2", nil, "two", session: "s2")])
        try await importing(one, into: journal)
        try await importing(two, into: journal)
        let target = try Folder()
        let report = try await OriginalExporter(journal).export(to: target.path)
        #expect(report.moved.count == 1)
        let name = (two.path as NSString).lastPathComponent
        #expect(
            try target.contents() == [
                "x.jsonl": one.read("x.jsonl"), "\(name)~2/x.jsonl": two.read("x.jsonl"),
            ])
    }

    @Test func anEmptyJournalHasNothing() async throws {
        let target = try Folder()
        await #expect(throws: TranscriptError(.nothingToExport, "")) {
            try await OriginalExporter(Journal.inMemory()).export(to: target.path)
        }
    }

    @Test func manifestsAreNotBelieved() throws {
        let good = #"{"sessions":["00000000000000000000000000000001"],"runs":[[0,1,2]],"end":"\n"}"#
        #expect(FileManifest(try JSONValue(parsing: good.utf8.span)) != nil)
        for bad in [
            "{}", "[]", #"{"sessions":["x"],"runs":[],"end":""}"#,
            #"{"sessions":[],"runs":[[0,1,2]],"end":""}"#,
            good.replacingOccurrences(of: "[0,1,2]", with: "[1,1,2]"),
            good.replacingOccurrences(of: "[0,1,2]", with: "[0,0,2]"),
            good.replacingOccurrences(of: "[0,1,2]", with: "[0,-1,2]"),
            good.replacingOccurrences(of: "[0,1,2]", with: "[0,1,9223372036854775807]"),
            good.replacingOccurrences(of: "[0,1,2]", with: "[0,1]"),
            good.dropLast() + #","gaps":[[5,""]]}"#, good.dropLast() + #","gaps":[[1,""],[0,""]]}"#,
        ] {
            #expect(FileManifest(try JSONValue(parsing: String(bad).utf8.span)) == nil, "\(bad)")
        }
    }
}
