import JournalTestKit
import SessionJournal
import Testing

/// "Using sessions" says what the code does.
@Suite struct GuideTests {
    private static let path = "\(Pages.catalog)/UsingSessions.md"

    @Test func theTablesAreThoseInCode() throws {
        let tables = [
            GuideTables.defaults, GuideTables.lifetimes, GuideTables.sessionLimits,
            try GuideTables.limits(),
        ]
        var wanted = try Pages.read(Self.path)
        for table in tables { wanted = Pages.replacing(table: table, in: wanted) }
        if Pages.isWriting { try Pages.write(wanted, to: Self.path) }
        #expect(try Pages.read(Self.path) == wanted)
        for table in tables {
            #expect(wanted.contains(table.joined(separator: "\n")), "no table \(table[0])")
            // A limit that the table does not know has "?" for a value, or says nothing.
            #expect(!table.contains { $0.contains("| ? |") || $0.contains("|  |") })
        }
        #expect(try GuideTables.limits().count > 20)
    }

    @Test func theExamplesRunOneAfterTheOther() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("tea.journal")
        let before = Timestamp.systemClock()
        let outcome = try await usingSessionsExample(at: path)
        #expect(outcome.isNew)
        // A day of `ttl`, and an hour more.
        let least = before.microseconds + (86_400 + 3_600) * 1_000_000
        #expect(try #require(outcome.until).microseconds >= least)
        #expect(outcome.ended.isEmpty)
        #expect(outcome.foundKeys == ["tea"])
        #expect(outcome.meant == 0)
        #expect(
            outcome.printed.prefix(4) == [
                "\"Green tea\" 1 open", "user How hot should the water be?",
                "assistant 70 to 80 °C.", "assistant ",
            ], "\(outcome.printed)")
        let refused = try #require(outcome.printed.last)
        #expect(refused.contains("is_starred") && refused.contains("priority"), "\(refused)")
        let journal = try await Journal.open(readingAt: path)
        let tea = try await journal.state(of: journal.resolve("tea"))
        #expect(tea.lifecycle.phase == .terminated)
        // What was cleared, edited and merged was undone.
        let branch = try #require(tea.tree.path(ofBranch: "main"))
        #expect(branch.messages.count == 3)
        #expect(branch.messages[0].preview() == "How hot should the water be?")
        let talk = try await journal.state(of: journal.resolve("talk"))
        #expect(talk.lifecycle.status == .active)
        try await journal.close()
    }
}
