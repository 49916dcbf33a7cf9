import SessionJournal
import Testing

@testable import SJournal

@Suite("What an import says it did not read")
struct ImportTallyTests {
    private func words(_ skipped: [(path: String, why: String)]) -> [String] {
        var tally = ImportTally()
        tally.skipped = skipped
        return tally.lines(columns: 80).map { $0.rendered(isColoured: false) }
            .filter { $0.hasPrefix("not read: ") || $0.hasPrefix("and ") }
    }

    /// A store that failed stood behind the tenth of the files that no one meant.
    @Test func theOneThatFailedStandsFirst() {
        let others = (0..<40).map { (path: "notes/\($0).txt", why: "not named *.jsonl or *.json") }
        let lines = words(others + [("a.db", "a.db cannot be read"), ("b", "a symbolic link")])
        #expect(
            lines == [
                "not read: a.db: a.db cannot be read", "not read: b: a symbolic link",
                "not read: notes/0.txt and 39 others: not named *.jsonl or *.json",
            ])
        #expect(words([("a", "so"), ("b", "so")]) == ["not read: a and 1 other: so"])
    }

    @Test func longSessionsAreNamed() throws {
        var tally = ImportTally()
        #expect(tally.json["without_snapshots"] == nil)
        let session = try #require(SessionID("0123456789abcdef0123456789abcdef"))
        tally.tooLong = [session]
        let lines = tally.lines(columns: 60).map { $0.rendered(isColoured: false) }
        #expect(lines.last == "  sjournal snapshot 0123456789abcdef0123456789abcdef")
        #expect(tally.json["without_snapshots"] == ["0123456789abcdef0123456789abcdef"])
    }

    @Test func manyReasonsAreCounted() {
        let lines = words((0..<12).map { (path: "\($0)", why: "because of \($0)") })
        #expect(lines.count == 11 && lines[0] == "not read: 0: because of 0")
        #expect(lines[10] == "and 2 other reasons; --json names all")
    }
}
