import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Files that grow after their sessions were compacted: what a session had is known from what the files
/// begin with.
@Suite struct CompactedImportTests {
    private let home: Folder
    private let folder: Folder
    private let journal: Journal

    init() async throws {
        home = try Folder()
        folder = try Folder()
        journal = try await Journal.create(at: home.path + "/journal")
    }

    private func lines(_ count: Int) -> [Line] {
        (0..<count).flatMap { turn -> [Line] in
            let last = turn == 0 ? nil : "b\(turn - 1)"
            return [
                .user("u\(turn)", last, "question \(turn)"),
                .assistant("a\(turn)", "u\(turn)", api: "m\(turn)", Line.call("c\(turn)")),
                .result("r\(turn)", "a\(turn)", "c\(turn)"),
                .assistant("b\(turn)", "r\(turn)", api: "n\(turn)", Line.say("answer \(turn)")),
            ]
        }
    }

    private func compact(keeping count: Int? = nil) async throws {
        try await journal.seal()
        var rule = CompactionRule()
        rule.keptEvents = count
        let report = try await journal.as("user:op").compact(rule)
        #expect(report.certificates.reduce(0) { $0 + $1.eventCount } > 0)
    }

    /// The tree as it would be had nothing been compacted.
    private func tree(_ lines: [Line]) async throws -> [String] {
        try await story(lines).tree
    }

    @Test func aGrownFileAddsWhatIsNew() async throws {
        let all = lines(12)
        var known = 0
        for count in [8, 20, 21, 48] {
            try folder.write("s1.jsonl", Array(all.prefix(count)))
            let report = try await importing(folder, into: journal)
            #expect(report.skipped.isEmpty && report.duplicates == known)
            #expect(try await Story(journal).tree == tree(Array(all.prefix(count))))
            try await compact()
            known = count
        }
        try await journal.close()
    }

    @Test func aFileThatIsNotAsItWasIsRefused() async throws {
        let all = lines(4)
        try folder.write("s1.jsonl", Array(all.prefix(8)))
        try await importing(folder, into: journal)
        try await compact()
        var changed = all
        changed[2] = changed[2].with([("slug", "other")])
        try folder.write("s1.jsonl", changed)
        let report = try await importing(folder, into: journal)
        #expect(report.skipped.count == 1 && report.files.isEmpty)
        #expect(report.skipped.first?.why.contains("--attach") == true)
        #expect(try await Story(journal).tree == tree(Array(all.prefix(8))))
        // What it was is still there to go on with.
        try folder.write("s1.jsonl", all)
        #expect(try await importing(folder, into: journal).skipped.isEmpty)
        #expect(try await Story(journal).tree == tree(all))
        try await journal.close()
    }

    /// Lines of one session in two files, one of which holds the other's.
    @Test func sessionsInSeveralFilesAreBroughtTogether() async throws {
        let all = lines(6)
        try folder.write("a/s1.jsonl", Array(all.prefix(8)))
        try await importing(folder, into: journal)
        try folder.write("b/s1.jsonl", Array(all.prefix(16)))
        try await importing(folder, into: journal)
        try await compact()
        try folder.write("b/s1.jsonl", all)
        #expect(try await importing(folder, into: journal).skipped.isEmpty)
        #expect(try await Story(journal).tree == tree(all))
        try await journal.close()
    }

    /// A watcher that was killed has appended lines of which no event says in which file they stood.
    @Test(arguments: [true, false])
    func whatNoFileHasIsTakenFromItsEvents(isThere: Bool) async throws {
        let all = lines(6)
        try folder.write("a/s1.jsonl", Array(all.prefix(8)))
        try await importing(folder, into: journal)
        try folder.write("b/s1.jsonl", Array(all.prefix(16)))
        let more = try await importing(folder, into: journal)
        try FileManager.default.removeItem(atPath: folder.path + "/b")
        try await compact(keeping: isThere ? more.events : nil)
        try folder.write("a/s1.jsonl", all)
        let report = try await importing(folder, into: journal)
        #expect(report.skipped.isEmpty == isThere)
        #expect(try await Story(journal).tree == tree(isThere ? all : Array(all.prefix(16))))
        try await journal.close()
    }
}
