#if Search
import JournalTestKit
import SessionJournal
import Testing

@testable import SessionSearch

/// The page says what the code does. Its name lets `--filter Documentation` find it.
@Suite struct SearchDocumentationTests {
    private static let path = "\(Pages.catalog)/SearchingAndSQL.md"

    @Test func tablesAreThoseInCode() throws {
        for table in SearchTable.all {
            let lines =
                ["| \(table.name) | type | meaning |", "|---|---|---|"]
                + table.columns.map { "| `\($0.name)` | \($0.kind.rawValue) | \($0.meaning) |" }
            let page = try Pages.read(Self.path)
            let wanted = Pages.replacing(table: lines, in: page)
            if Pages.isWriting { try Pages.write(wanted, to: Self.path) }
            #expect(try Pages.read(Self.path) == wanted)
            #expect(wanted.contains(lines.joined(separator: "\n")))
            #expect(wanted.contains(table.meaning))
        }
    }

    @Test func theExampleRuns() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(metadata: ["name": "Tea"])
        let said = try await ada.say("user", "How hot for green tea?", in: session)
        try await ada.say("assistant", "Green tea: 70 °C.", in: session)
        let printed = try await searchExample(in: journal)
        #expect(printed.first == "Tea \(said.message) How hot for [green tea]?")
        #expect(printed.count == 3)
    }

    /// What the page tells people to type.
    @Test func itsStatementsAreUnderstood() async throws {
        let index = try SearchIndex(Journal.inMemory())
        let page = try Pages.read(Self.path)
        let statements = page.matches(of: /```sql\n((?:[^`]|`[^`])*)```/)
        #expect(statements.count > 2)
        for match in statements {
            for statement in match.1.split(separator: ";") where statement.contains("SELECT") {
                _ = try await index.all(String(statement))
            }
        }
    }
}
#endif
