import Foundation
import SessionJournal
import Testing

@testable import Transcripts

#if Stores
/// Sessions in SQLite, in the tables that their frameworks make.
@Suite("Stores in SQLite") struct StoreTests {
    /// Makes a store with what `program` does to the connection `db`.
    static func make(_ folder: Folder, _ name: String, _ program: String) throws {
        try Python.run(
            """
            import sys, json, sqlite3
            db = sqlite3.connect(sys.argv[1], isolation_level=None)
            \(program)
            """, folder.path + "/" + name)
    }

    /// OpenAI's Agents SDK: sessions/advanced_sqlite_session.py.
    static let agents = """
        db.executescript('''
        CREATE TABLE agent_sessions (session_id TEXT PRIMARY KEY,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
        CREATE TABLE agent_messages (id INTEGER PRIMARY KEY AUTOINCREMENT,
            session_id TEXT NOT NULL, message_data TEXT NOT NULL,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            FOREIGN KEY (session_id) REFERENCES agent_sessions (session_id) ON DELETE CASCADE);
        CREATE TABLE message_structure (id INTEGER PRIMARY KEY AUTOINCREMENT,
            session_id TEXT NOT NULL, message_id INTEGER NOT NULL,
            branch_id TEXT NOT NULL DEFAULT 'main', message_type TEXT NOT NULL,
            sequence_number INTEGER NOT NULL, user_turn_number INTEGER,
            branch_turn_number INTEGER, tool_name TEXT,
            created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP);
        CREATE TABLE turn_usage (id INTEGER PRIMARY KEY AUTOINCREMENT,
            session_id TEXT NOT NULL, branch_id TEXT NOT NULL DEFAULT 'main',
            user_turn_number INTEGER NOT NULL, requests INTEGER DEFAULT 0,
            input_tokens INTEGER DEFAULT 0, output_tokens INTEGER DEFAULT 0,
            total_tokens INTEGER DEFAULT 0, input_tokens_details JSON,
            output_tokens_details JSON, created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
            UNIQUE(session_id, branch_id, user_turn_number));
        CREATE TABLE customers (id INTEGER, name TEXT);
        ''')
        when = "2026-03-02 09:30:0%d"
        def item(n, session, data):
            db.execute("INSERT INTO agent_messages VALUES (?,?,?,?)",
                (n, session, json.dumps(data), when % n))
        def place(n, branch, turn, kind, sequence):
            db.execute("INSERT INTO message_structure (session_id, message_id, branch_id, "
                "message_type, sequence_number, user_turn_number, created_at) VALUES "
                "('tea', ?, ?, ?, ?, ?, ?)", (n, branch, kind, sequence, turn, when % 9))
        db.execute("INSERT INTO agent_sessions VALUES ('tea', ?, ?)", (when % 0, when % 9))
        item(1, "tea", {"role": "user", "content": "Is there tea?"})
        item(2, "tea", {"type": "function_call", "call_id": "c1", "name": "stock",
            "arguments": "{}"})
        item(3, "tea", {"type": "function_call_output", "call_id": "c1", "output": "12 tins"})
        item(4, "tea", {"type": "message", "role": "assistant",
            "content": [{"type": "output_text", "text": "Twelve tins."}]})
        item(5, "tea", {"role": "user", "content": "Two, please."})
        item(6, "tea", {"role": "user", "content": "Or coffee?"})
        item(7, "tea", {"type": "message", "role": "assistant",
            "content": [{"type": "output_text", "text": "No."}]})
        for n, kind in enumerate(["user", "function_call", "function_call_output", "assistant"]):
            place(n + 1, "main", 1, kind, n + 1)
        place(5, "main", 2, "user", 5)
        for n, kind in enumerate(["user", "function_call", "function_call_output", "assistant"]):
            place(n + 1, "other", 1, kind, n + 1)
        place(6, "other", 2, "user", 6)
        place(7, "other", 2, "assistant", 7)
        db.execute("INSERT INTO turn_usage VALUES (1, 'tea', 'main', 1, 2, 100, 20, 120, "
            "'{\\"cached_tokens\\": 40}', NULL, ?)", (when % 8,))
        db.execute("INSERT INTO turn_usage VALUES (2, 'tea', 'other', 2, 1, 10, 2, 12, "
            "NULL, NULL, ?)", (when % 9,))
        db.execute("INSERT INTO customers VALUES (1, 'Ada')")
        """

    /// OpenCode: session, message and part.
    static let openCode = """
        db.executescript('''
        CREATE TABLE session (id text PRIMARY KEY, project_id text NOT NULL, parent_id text,
            slug text NOT NULL, directory text NOT NULL, title text NOT NULL,
            version text NOT NULL, time_created integer NOT NULL, time_updated integer NOT NULL);
        CREATE TABLE message (id text PRIMARY KEY, session_id text NOT NULL,
            time_created integer NOT NULL, time_updated integer NOT NULL, data text NOT NULL);
        CREATE TABLE part (id text PRIMARY KEY, message_id text NOT NULL,
            session_id text NOT NULL, time_created integer NOT NULL,
            time_updated integer NOT NULL, data text NOT NULL);
        ''')
        t = 1772443800000
        db.execute("INSERT INTO session VALUES ('ses_1', 'p1', NULL, 'tea', '/home/ada/tea', "
            "'Tea', '1.2.0', ?, ?)", (t, t))
        def message(n, data): db.execute("INSERT INTO message VALUES (?, 'ses_1', ?, ?, ?)",
            ("msg_%d" % n, t + n, t + n, json.dumps(data)))
        def part(n, m, data): db.execute("INSERT INTO part VALUES (?, ?, 'ses_1', ?, ?, ?)",
            ("prt_%d" % n, "msg_%d" % m, t + n, t + n, json.dumps(data)))
        message(1, {"role": "user", "time": {"created": t + 1}})
        message(2, {"role": "assistant", "time": {"created": t + 2}, "modelID": "m-1",
            "tokens": {"input": 10, "output": 5, "reasoning": 0,
                "cache": {"read": 3, "write": 0}}})
        part(3, 2, {"type": "tool", "callID": "c1", "tool": "bash",
            "state": {"status": "completed", "input": {"command": "ls"}, "output": "tea.txt"}})
        part(4, 2, {"type": "text", "text": "One file."})
        part(1, 1, {"type": "text", "text": "What is here?"})
        """

    /// Google's Agent Development Kit: sessions/sqlite_session_service.py.
    static let adk = """
        db.executescript('''
        CREATE TABLE app_states (app_name TEXT PRIMARY KEY, state TEXT NOT NULL,
            update_time REAL NOT NULL);
        CREATE TABLE sessions (app_name TEXT NOT NULL, user_id TEXT NOT NULL, id TEXT NOT NULL,
            state TEXT NOT NULL, create_time REAL NOT NULL, update_time REAL NOT NULL,
            PRIMARY KEY (app_name, user_id, id));
        CREATE TABLE events (id TEXT NOT NULL, app_name TEXT NOT NULL, user_id TEXT NOT NULL,
            session_id TEXT NOT NULL, invocation_id TEXT NOT NULL, timestamp REAL NOT NULL,
            event_data TEXT NOT NULL, PRIMARY KEY (app_name, user_id, session_id, id));
        ''')
        db.execute("INSERT INTO sessions VALUES ('shop', 'ada', 's1', '{\\"cups\\": 2}', ?, ?)",
            (1772443800.5, 1772443810.0))
        def event(n, invocation, author, parts, **more):
            data = {"id": "e%d" % n, "author": author, "invocation_id": invocation,
                "timestamp": 1772443800.5 + n}
            if parts: data["content"] = {"role": "user" if author == "user" else "model",
                "parts": parts}
            data.update(more)
            db.execute("INSERT INTO events VALUES (?, 'shop', 'ada', 's1', ?, ?, ?)",
                ("e%d" % n, invocation, 1772443800.5 + n, json.dumps(data)))
        event(1, "i1", "user", [{"text": "Is there tea?"}])
        event(2, "i1", "seller", [{"function_call": {"id": "c1", "name": "stock", "args": {}}}],
            model_version="gemini-x", usage_metadata={"prompt_token_count": 30,
                "candidates_token_count": 4, "cached_content_token_count": 10})
        event(3, "i1", "seller", [{"function_response": {"id": "c1", "name": "stock",
            "response": {"tins": 12}}}], actions={"state_delta": {"tins": 12}})
        event(4, "i1", "seller", [{"text": "Twelve."}])
        event(5, "i2", "user", [{"text": "Two, please."}])
        event(6, "i3", "user", None, actions={"rewind_before_invocation_id": "i2"})
        event(7, "i4", "user", [{"text": "Three, please."}])
        """

    private static func imported(
        _ program: String, in folder: Folder
    ) async throws -> (Journal, ImportReport) {
        try make(folder, "a.db", program)
        let journal = Journal.inMemory()
        return (journal, try await importing(folder, into: journal))
    }

    @Test func branchesAndUsageOfAgentsAreRead() async throws {
        let folder = try Folder()
        let (journal, report) = try await Self.imported(Self.agents, in: folder)
        #expect(report.files.map(\.path) == ["a.db/rows.jsonl"])
        #expect(report.files.first?.format == "openai-agents")
        #expect(report.skipped.map(\.path) == ["a.db/customers"])
        let session = try await journal.resolve("tea")
        #expect(
            try await SourceFormatTests.outline(journal, "tea") == [
                "user: “Is there tea?”", "assistant: stock{}", "tool: =\"12 tins\"",
                "assistant: “Twelve tins.”", "user: “Two, please.”",
                "user@fork-1: “Or coffee?”", "assistant@fork-1: “No.”",
            ])
        let messages = try await journal.state(of: session).tree.messages
        #expect(messages[0].occurred?.description == "2026-03-02T09:30:01.000000Z")
        #expect(messages[5].parent == messages[4].parent)
        #expect(
            messages[3].usage()?["input_tokens"] == 60
                && messages[3].usage()?["cache_read_input_tokens"] == 40)
        #expect(messages[6].usage()?["output_tokens"] == 2)
    }

    @Test func messagesAndPartsOfOpenCodeAreRead() async throws {
        let folder = try Folder()
        let (journal, report) = try await Self.imported(Self.openCode, in: folder)
        #expect(report.files.first?.format == "opencode" && report.skipped.isEmpty)
        #expect(
            try await SourceFormatTests.outline(journal, "ses_1") == [
                "user: “What is here?”",
                "assistant m-1: bash{\"command\":\"ls\"} =\"tea.txt\" “One file.”",
            ])
        let metadata = try await journal.state(of: journal.resolve("ses_1")).metadata()
        #expect(metadata["name"] == "Tea" && metadata["cwd"] == "/home/ada/tea")
    }

    @Test func eventsAndRewindsOfADKAreRead() async throws {
        let folder = try Folder()
        let (journal, report) = try await Self.imported(Self.adk, in: folder)
        #expect(report.files.first?.format == "adk" && report.skipped.isEmpty)
        #expect(
            try await SourceFormatTests.outline(journal, "shop/ada/s1") == [
                "user: “Is there tea?”", "assistant gemini-x: stock{}", "tool: ={\"tins\":12}",
                "assistant: “Twelve.”", "user: “Two, please.”",
                "user@fork-1: “Three, please.”",
            ])
        let messages = try await journal.state(of: journal.resolve("shop/ada/s1")).tree.messages
        #expect(
            messages[1].usage()?["input_tokens"] == 20
                && messages[1].usage()?["cache_read_input_tokens"] == 10)
        #expect(messages[0].occurred?.description == "2026-03-02T09:30:01.500000Z")
    }

    @Test func theRowsComeBackAndOnlyNewOnesAreAdded() async throws {
        let folder = try Folder()
        let (journal, _) = try await Self.imported(Self.openCode, in: folder)
        let last = try await journal.lastSequence()
        try Self.make(
            folder, "a.db",
            """
            db.execute("INSERT INTO message VALUES ('msg_3', 'ses_1', 1772443900000, 1, "
                "'{\\"role\\": \\"user\\"}')")
            db.execute("INSERT INTO part VALUES ('prt_9', 'msg_3', 'ses_1', 1, 1, "
                "'{\\"type\\": \\"text\\", \\"text\\": \\"And now?\\"}')")
            """)
        let again = try await importing(folder, into: journal)
        #expect(again.files.first?.duplicates == 6)
        var kinds: [EventKind] = []
        for try await event in journal.events(from: last + 1)
        where event.session != .journal {
            kinds.append(event.kind)
        }
        #expect(kinds == [.messageAppended, .messageExtended])
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        let rows = String(decoding: try target.read("a.db/rows.jsonl"), as: UTF8.self)
        #expect(rows.split(separator: "\n").count == 8)
        // What was written is a file of the format by itself.
        let other = Journal.inMemory()
        let report = try await importing(target, into: other)
        #expect(report.files.first?.format == "opencode")
        #expect(
            try await SourceFormatTests.outline(other, "ses_1")
                == SourceFormatTests.outline(journal, "ses_1"))
    }

    /// Every kind of value, exactly.
    @Test func valuesAreKeptWithoutLoss() throws {
        let folder = try Folder()
        try Self.make(
            folder, "a.db",
            """
            db.execute("CREATE TABLE m (id, session_id, message_data, r, b, t, n, e)")
            db.execute("INSERT INTO m VALUES (9223372036854775807, 's', '[1, 2]', 0.1, x'00ff', "
                "'{\\"a\\": \\n1}', NULL, CAST(x'ff41' AS TEXT))")
            db.execute("INSERT INTO m VALUES (1, 's', '{bad', 9e999, -9e999, 1.0, '', '\\u2028')")
            """)
        let path = folder.path + "/a.db"
        let file = try #require(FileWalk([path]).files.first)
        let (content, left) = try #require(try StoreFile(file).dump())
        let lines = String(decoding: try #require(try content.whole()), as: UTF8.self)
            .split(separator: "\n").map(String.init)
        #expect(left.isEmpty && lines.count == 2)
        #expect(
            lines[0] == #"{"table":"m","row":{"id":1,"session_id":"s","message_data":"{bad","#
                + #""r":9e999,"b":-9e999,"t":1.0,"n":"","e":"# + "\"\u{2028}\"}}")
        #expect(
            lines[1] == #"{"table":"m","json":["message_data"],"blob":["b",{"text":"e"}],"row":"#
                + #"{"id":9223372036854775807,"session_id":"s","message_data":[1, 2],"r":0.1,"#
                + #""b":"AP8=","t":"{\"a\": \n1}","n":null,"e":"/0E="}}"#)
    }

    @Test func whatStandsInALogBesideItCounts() async throws {
        let folder = try Folder()
        // The process ends without closing, so that the log stays.
        try Self.make(
            folder, "a.db",
            """
            db.execute("PRAGMA journal_mode=WAL"); db.execute("PRAGMA wal_autocheckpoint=0")
            \(Self.openCode)
            import os; os._exit(0)
            """)
        let before = try folder.contents()
        #expect(before["a.db-wal"]?.isEmpty == false)
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.files.first?.counts.lines == 6)
        // Nothing of it was touched.
        #expect(try folder.contents() == before)
    }

    @Test func otherStoresAndDamagedOnesAreTold() async throws {
        let folder = try Folder()
        try Self.make(folder, "other.db", "db.execute('CREATE TABLE t (a)')")
        try Self.make(folder, "whole.db", Self.adk)
        let whole = try folder.read("whole.db")
        let importer = TranscriptImporter(writer: Journal.inMemory().as("user:ada"))
        await #expect(throws: TranscriptError(.notATranscript, "")) {
            try await importer.importPaths([folder.path + "/other.db"])
        }
        for size in stride(from: 100, to: whole.count, by: 997) {
            try folder.write("cut.db", Array(whole[..<size]))
            let file = try #require(FileWalk([folder.path + "/cut.db"]).files.first)
            do { _ = try StoreFile(file).dump() } catch { #expect(!error.message.isEmpty) }
        }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            var bytes = whole
            for _ in 0..<8 {
                bytes[Int.random(in: 16..<bytes.count, using: &random)] =
                    UInt8.random(in: 0...255, using: &random)
            }
            try folder.write("cut.db", bytes)
            let file = try #require(FileWalk([folder.path + "/cut.db"]).files.first)
            do { _ = try StoreFile(file).dump() } catch { #expect(!error.message.isEmpty) }
        }
    }
}
#else
@Suite("Stores in SQLite, in a build without them") struct StoreTests {
    @Test func theyAreToldToBeWhatTheyAre() async throws {
        let folder = try Folder()
        try folder.write("a.db", "SQLite format 3\u{0}")
        let report = try await importing(folder, into: Journal.inMemory())
        #expect(report.files.isEmpty && report.skipped.first?.why.contains("Stores") == true)
    }
}
#endif
