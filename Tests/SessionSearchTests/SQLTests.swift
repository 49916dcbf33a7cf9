#if Search
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionSearch

/// Tables for those who would rather write SQL: what they hold, and that nobody writes to them.
@Suite struct SQLTests {
    private func fixture() async throws -> SearchFixture {
        let fixture = try await SearchFixture()
        let ada = fixture.journal.as("user:ada")
        let session = try await ada.createSession(
            key: "tea", metadata: ["name": "Tea", "tags": ["hot"], "is_starred": true])
        try await ada.say("user", "How hot?", in: session)
        try await ada.append(
            [
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": "m2", "parent": nil, "role": "assistant",
                        "model": "claude-sonnet-4-20250514",
                        "parts": [["type": "text", "text": "70 °C"]],
                        "usage": [
                            "input_tokens": 1_000, "output_tokens": 100,
                            "cache_read_input_tokens": 10, "cache_creation_input_tokens": 5,
                        ],
                    ])
            ], to: session)
        try await ada.setMetadata(["name": "Hot tea"], in: session, reason: "clearer")
        return fixture
    }

    @Test func tablesHoldWhatTheirColumnsSay() async throws {
        let fixture = try await fixture()
        let index = try fixture.index()
        for table in SearchTable.all {
            let rows = try await index.all("SELECT * FROM \(table.name)")
            #expect(!rows.isEmpty, "\(table.name)")
            let names = try await index.sql("SELECT * FROM \(table.name)").columns
            #expect(names == table.columns.map(\.name))
            for row in rows {
                for (column, value) in zip(table.columns, row) {
                    let fits =
                        switch value {
                        case .null: true
                        case .integer: column.kind == .integer
                        case .real: column.kind == .real
                        case .text: column.kind == .text
                        case .blob: false
                        }
                    #expect(fits, "\(table.name).\(column.name) is \(value)")
                }
            }
        }
        #expect(SearchTable.named("usage")?.name == "usage")
        #expect(SearchTable.named("sqlite_schema") == nil)
    }

    @Test func rowsSayWhatTheProjectionsSay() async throws {
        let fixture = try await fixture()
        let index = try fixture.index()
        #expect(
            try await index.all(
                """
                SELECT session_key, name, tags, is_starred, messages, turns, input_tokens,
                output_tokens, cache_read_tokens, cache_write_tokens FROM sessions
                """) == [
                    [
                        .text("tea"), .text("Hot tea"), .text("[\"hot\"]"), .integer(1),
                        .integer(2), .integer(1), .integer(1_000), .integer(100), .integer(10),
                        .integer(5),
                    ]
                ])
        let report = UsageReport(of: try await fixture.journal.usage(), by: [])
        let cost = try await index.all("SELECT cost, currency FROM usage WHERE cost > 0")
        #expect(report.total.cost.picounits > 0)
        #expect(
            cost == [
                [.real(Double(report.total.cost.picounits) / 1e12), .text(report.currency)]
            ])
        #expect(
            try await index.all(
                "SELECT field, old, new, actor, reason FROM audit WHERE reason NOT NULL") == [
                    [
                        .text("name"), .text("\"Tea\""), .text("\"Hot tea\""), .text("user:ada"),
                        .text("clearer"),
                    ]
                ])
        #expect(
            try await index.all("SELECT value FROM metadata WHERE field = 'name'") == [
                [.text("\"Hot tea\"")]
            ])
        #expect(
            try await index.all(
                "SELECT message, output_tokens FROM messages WHERE model GLOB 'claude*'") == [
                    [.text("m2"), .integer(100)]
                ])
    }

    @Test func eventsBringTheirDataAsJSON() async throws {
        let fixture = try await fixture()
        let index = try fixture.index()
        var expected: [[SQLValue]] = []
        for try await event in fixture.journal.events() {
            expected.append([
                .integer(Int64(event.sequence)), .text(event.kind.rawValue),
                .text(try event.data().description),
            ])
        }
        #expect(try await index.all("SELECT sequence, kind, data FROM events") == expected)
        #expect(
            try await index.all(
                """
                SELECT data ->> '$.set.name' FROM events
                WHERE kind = 'session.metadata_changed' ORDER BY sequence DESC LIMIT 1
                """) == [[.text("Hot tea")]])
        // In any order, and where there is none.
        #expect(
            try await index.all("SELECT data FROM events ORDER BY sequence DESC").map { $0[0] }
                == expected.reversed().map { $0[2] })
        #expect(
            try await index.all("SELECT event_data(0), event_data(-4), event_data(9999)")
                == [[.null, .null, .null]])
    }

    @Test(arguments: [
        "INSERT INTO sessions VALUES (1)", "DELETE FROM message_row", "UPDATE state SET value = 1",
        "DROP TABLE message_row", "CREATE TABLE t(a)", "CREATE TEMP TABLE t(a)",
        "ATTACH '/tmp/x' AS x", "DETACH main", "VACUUM", "VACUUM INTO '/tmp/x'", "REINDEX",
        "PRAGMA query_only = OFF", "PRAGMA journal_mode = DELETE", "PRAGMA writable_schema = 1",
        "PRAGMA user_version", "BEGIN", "COMMIT", "SAVEPOINT a", "ANALYZE",
        "SELECT load_extension('x')", "INSERT INTO message_index(message_index) VALUES ('rebuild')",
        "WITH a AS (SELECT 1) DELETE FROM event_row", "EXPLAIN DELETE FROM event_row",
        "ALTER TABLE state RENAME TO s", "SELECT 1; DELETE FROM event_row", "", "-- nothing",
        "SELECT nonsense FROM sessions", "SELEC 1", "SELECT * FROM nowhere",
    ])
    func nothingButReadingIsAllowed(_ statement: String) async throws {
        let fixture = try await fixture()
        let index = try fixture.index()
        let before = try await index.contents()
        let error = await #expect(throws: JournalError.self) { try await index.all(statement) }
        #expect(error?.code == .invalidArgument, "\(statement): \(error?.description ?? "")")
        #expect(try await index.contents() == before)
    }

    @Test func errorsSayWhere() async throws {
        let index = try await fixture().index()
        let error = await #expect(throws: JournalError.self) {
            try await index.sql("SELECT role, nonsens FROM messages")
        }
        #expect(error?.message.contains("at character 14") == true, "\(error?.message ?? "")")
        #expect(error?.message.contains("no such column: nonsens") == true)
        let late = await #expect(throws: JournalError.self) {
            try await index.all("SELECT json('{') FROM messages")
        }
        #expect(late?.code == .invalidArgument)
    }

    @Test func readingMayBeAnything() async throws {
        let index = try await fixture().index()
        #expect(
            try await index.all(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                    + "WHERE i < 1000) SELECT count(*), 2.5, x'0aff', NULL FROM n;")
                == [[.integer(1_000), .real(2.5), .blob([10, 255]), .null]])
        #expect(
            try await index.all(
                """
                SELECT m.message FROM message_index JOIN messages m
                ON m.sequence = message_index.rowid WHERE message_index MATCH 'hot'
                """
            ).count == 1)
        #expect(try await index.all("PRAGMA table_info(messages)").count > 10)
    }

    @Test func rowsComeAsTheyAreAskedFor() async throws {
        let index = try await fixture().index()
        let endless =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
        var sum: Int64 = 0
        for try await row in try await index.sql(endless) {
            guard case .integer(let number) = row[0] else { continue }
            sum += number
            if number == 1_000 { break }
        }
        #expect(sum == 500_500)
        // A statement that gives no row and has no end is told to end.
        let work = Task { try await index.sql(endless + " WHERE i < 0").columns }
        try await Task.sleep(for: .milliseconds(50))
        work.cancel()
        await #expect(throws: CancellationError.self) { try await work.value }
    }
}
#endif
