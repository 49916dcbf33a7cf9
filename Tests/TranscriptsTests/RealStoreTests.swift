import Foundation
import SessionJournal
import Testing

@testable import Transcripts

#if Stores
/// Stores that the frameworks themselves made: `openai-agents` 0.24, `google-adk` 2.13 in each of its
/// three shapes.
@Suite("Stores that their frameworks made") struct RealStoreTests {
    private static func imported(_ name: String) async throws -> (Journal, ImportReport) {
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        let report = try await importer.importPaths([LangGraphTests.path + "/" + name])
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        let again = try await importer.importPaths([LangGraphTests.path + "/" + name])
        #expect(again.events == 1)
        return (journal, report)
    }

    private static let begun = [
        "user: “Is there tea?”", "assistant: (Look it up.) stock{\"kind\":\"oolong\"}",
        "tool: =\"12 tins\"", "assistant: “Twelve tins.”", "user: “Two, please.”",
        "assistant: “Good.”",
    ]

    @Test func sessionsOfAgentsAreRead() async throws {
        let (journal, report) = try await Self.imported("openai-agents.sqlite")
        #expect(report.files.first?.format == "openai-agents" && report.skipped.isEmpty)
        // 2 sessions, 11 and 7 items, 16 places, 4 turns, 2 branches, 1 clearing.
        #expect(report.files.first?.counts.lines == 2 + 18 + 16 + 4 + 2 + 1)
        #expect(try await SourceFormatTests.outline(journal, "plain") == Self.begun)
        #expect(
            try await SourceFormatTests.outline(journal, "adv")
                == Self.begun + [
                    "user@fork-1: “Or coffee?”", "assistant@fork-1: “Good.”", "user: “And sugar.”",
                    "assistant: “Good.”",
                ])
        let messages = try await journal.state(of: journal.resolve("adv")).tree.messages
        #expect(
            messages[6].parent?.message == messages[3].id
                && messages[8].parent?.message == messages[5].id)
        // What each turn took, as `turn_usage` sums it.
        let tokens = messages.compactMap { $0.usage() }
        #expect(tokens.map { $0["output_tokens"]?.integer } == [20, 10, 10, 10])
        #expect(tokens.map { $0["input_tokens"]?.integer } == [120, 60, 60, 60])
        #expect(tokens.map { $0["cache_read_input_tokens"]?.integer } == [80, 40, 40, 40])
    }

    private static let shop = [
        "user: “Is there tea?”", "assistant gemini-x: stock{\"kind\":\"oolong\"}",
        "tool: ={\"tins\":12}", "assistant gemini-x: (thinking) “Twelve.”",
        "user: “Two, please.” [image]", "user@fork-1: “Three, please.”",
    ]

    @Test(arguments: ["adk.sqlite", "adk-service.sqlite"])
    func sessionsOfADKAreRead(name: String) async throws {
        let (journal, report) = try await Self.imported(name)
        #expect(report.files.first?.format == "adk")
        #expect(report.files.first?.counts.lines == 10)
        #expect(
            Set(report.skipped.map { ($0.path as NSString).lastPathComponent }).isSubset(
                of: ["adk_internal_metadata", "app_states", "user_states"]))
        #expect(try await SourceFormatTests.outline(journal, "shop/ada/s1") == Self.shop)
        let session = try await journal.resolve("shop/ada/s1")
        let messages = try await journal.state(of: session).tree.messages
        #expect(messages[0].occurred?.description == "2026-03-02T09:30:01.500000Z")
        #expect(messages[5].parent?.message == messages[3].id)
        #expect(messages[1].usage()?["input_tokens"] == 20)
        var said: [String] = []
        for try await event in journal.events(session: session) {
            let data = try event.data()
            switch event.kind {
            case .summaryRecorded:
                said.append(data["text"]?.string ?? "")
                #expect(data["replaces_to"]?.string == messages[3].id)
            case .annotationAdded: said.append("\(data["value"] ?? .null)")
            case .errorRecorded: said.append("\(data["error"] ?? .null)")
            default: break
            }
        }
        #expect(said == ["{\"tins\":12}", "They asked for tea.", "\"no\""])
    }

    /// Of the older shape what an event did to the session is an object of Python, which is kept.
    @Test func columnsOfOlderADKAreRead() async throws {
        let (journal, report) = try await Self.imported("adk-columns.sqlite")
        #expect(report.files.first?.format == "adk")
        #expect(report.files.first?.counts.lines == 10)
        #expect(
            try await SourceFormatTests.outline(journal, "shop/ada/s1") == [
                "user: “Is there tea?”", "assistant: stock{\"kind\":\"oolong\"}",
                "tool: ={\"tins\":12}", "assistant: (thinking) “Twelve.”",
                "user: “Two, please.” [image]", "user: “Three, please.”",
            ])
        let messages = try await journal.state(of: journal.resolve("shop/ada/s1")).tree.messages
        #expect(messages[1].usage()?["input_tokens"] == 20)
    }

    /// Rows that newer versions of OpenCode add are kept, and so are parts without a message.
    @Test func otherRowsOfOpenCodeAreKept() async throws {
        let folder = try Folder()
        try StoreTests.make(
            folder, "a.db",
            StoreTests.openCode + """

                db.executescript('''
                ALTER TABLE session ADD COLUMN revert text;
                ALTER TABLE session ADD COLUMN cost real DEFAULT 0;
                CREATE TABLE todo (session_id text NOT NULL, content text NOT NULL,
                    status text NOT NULL, priority text NOT NULL, position integer NOT NULL,
                    time_created integer NOT NULL, time_updated integer NOT NULL,
                    PRIMARY KEY (session_id, position));
                CREATE TABLE session_message (id text PRIMARY KEY, session_id text NOT NULL,
                    type text NOT NULL, time_created integer NOT NULL,
                    time_updated integer NOT NULL, data text NOT NULL);
                ''')
                db.execute("INSERT INTO todo VALUES ('ses_1', 'brew', 'open', 'high', 0, 1, 1)")
                db.execute("INSERT INTO session_message VALUES ('sm_1', 'ses_1', 'user', ?, ?, "
                    "'{\\"text\\": \\"What is here?\\"}')", (t, t))
                part(9, 7, {"type": "text", "text": "lost"})
                """)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.skipped.isEmpty && report.files.first?.counts.lines == 9)
        #expect(
            try await SourceFormatTests.outline(journal, "ses_1") == [
                "user: “What is here?”",
                "assistant m-1: bash{\"command\":\"ls\"} =\"tea.txt\" “One file.”",
            ])
        var kept: [String] = []
        for try await event in journal.events(
            session: try await journal.resolve("ses_1"), kinds: [.importLine])
        {
            kept.append(try event.data()["original"]?["table"]?.string ?? "")
        }
        #expect(kept.suffix(3).sorted() == ["part", "session_message", "todo"])
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }
}
#endif
