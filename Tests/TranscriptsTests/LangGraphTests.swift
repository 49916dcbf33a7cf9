import Foundation
import SessionJournal
import Testing

@testable import Transcripts

#if Stores
/// The checkpoints of LangGraph: of stores that `langgraph` 1.2 with `langgraph-checkpoint-sqlite` 3.1
/// and `langgraph-checkpoint-postgres` 3.2 made. How many messages they hold was counted by Python.
@Suite("Checkpoints of LangGraph") struct LangGraphTests {
    static let path = (SourceFormatTests.path as NSString).deletingLastPathComponent + "/stores"

    private static func imported(_ name: String) async throws -> (Journal, ImportReport) {
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        return (journal, try await importer.importPaths([path + "/" + name]))
    }

    private static let tea = [
        "system: “Be brief.”", "user: “Is there tea?”",
        "assistant m-1: stock{\"kind\":\"oolong\"}", "tool: =\"12 tins\"",
        "assistant m-1: “Twelve tins.”", "user: “Two, please.”", "assistant m-1: “Good.”",
        "user@fork-1: “Or coffee?”", "assistant@fork-1 m-1: “Good.”",
    ]

    @Test func aThreadIsASessionAndAForkABranch() async throws {
        let (journal, report) = try await Self.imported("langgraph.sqlite")
        #expect(report.files.map(\.path) == ["langgraph.sqlite/rows.jsonl"])
        #expect(report.files.map(\.format) == ["langgraph"] && report.skipped.isEmpty)
        #expect(report.files.first?.counts.lines == 41 + 58)
        #expect(report.files.first?.counts.malformed == 0)
        #expect(report.sessions.count == 4)
        #expect(try await SourceFormatTests.outline(journal, "tea") == Self.tea)
        let messages = try await journal.state(of: journal.resolve("tea")).tree.messages
        // Where the person went back to is where the branch begins.
        #expect(messages[7].parent?.message == messages[4].id)
        #expect(
            messages.map(\.id) == [
                "s1", "h1", "ai-1", "t-1", "ai-2", "h2", "ai-3", "h3", "ai-4",
            ])
        let usage = messages[2].usage()
        #expect(usage?["input_tokens"] == 20 && usage?["cache_read_input_tokens"] == 10)
        let output = messages.compactMap { $0.usage()?["output_tokens"]?.integer }.reduce(0, +)
        #expect(output == 19)
        #expect(try await SourceFormatTests.outline(journal, "other").count == 2)
    }

    @Test func aDumpOfPostgreSQLSaysTheSame() async throws {
        let (journal, report) = try await Self.imported("langgraph.sql")
        #expect(report.files.map(\.path) == ["langgraph.sql/rows.jsonl"])
        #expect(report.files.map(\.format) == ["langgraph"])
        #expect(report.skipped.map(\.path) == ["langgraph.sql/checkpoint_migrations"])
        #expect(try await SourceFormatTests.outline(journal, "tea") == Self.tea)
        let (other, _) = try await Self.imported("langgraph.sqlite")
        let ids = try await journal.state(of: journal.resolve("tea")).tree.messages.map(\.id)
        #expect(
            try await ids == other.state(of: other.resolve("tea")).tree.messages.map(\.id))
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }

    @Test func aListThatIsKeptByDeltasIsReadFromWhatWasWritten() async throws {
        let (journal, _) = try await Self.imported("langgraph.sqlite")
        let outline = try await SourceFormatTests.outline(journal, "delta")
        #expect(
            outline
                == (1...4).flatMap { ["user: “Question \($0)”", "assistant: “Answer \($0)”"] })
    }

    /// A graph within the graph, a question to a person, a message taken out and one put in, a
    /// failure, and a message edited.
    @Test func whatElseHappensInAGraphIsRead() async throws {
        let (journal, _) = try await Self.imported("langgraph.sqlite")
        let session = try await journal.resolve("kettle")
        let state = try await journal.state(of: session)
        let names = state.tree.branches.map(\.name)
        #expect(names.count == 3 && names[0] == "main")
        #expect(
            names.contains { $0.hasPrefix("full-") } && names.contains { $0.hasPrefix("last-") })
        let main = state.tree.messages.filter { $0.branch == "main" }
        #expect(main.map(\.id).suffix(2) == ["h-r", "sum"])
        #expect(main.count == 6)
        var kinds: [String] = []
        for try await event in journal.events(session: session) {
            switch event.kind {
            case .annotationAdded: kinds.append(try event.data()["name"]?.string ?? "")
            case .errorRecorded: kinds.append("error")
            case .messageEdited: kinds.append("edited")
            default: break
            }
        }
        #expect(kinds == ["interrupt", "messages_removed", "error", "edited"])
        #expect(state.metadata()["user"] == "ada")
    }

    @Test func aMessageIsStoredOnce() async throws {
        let (journal, _) = try await Self.imported("langgraph.sqlite")
        var holders = 0
        for try await event in journal.events(session: try await journal.resolve("tea")) {
            let text = String(decoding: event.rawData, as: UTF8.self)
            if text.contains("\"table\":\"checkpoints\""), text.contains("Twelve tins.") {
                holders += 1
            }
        }
        #expect(holders == 1)
        // Ten checkpoints repeat it, and all of them come back.
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        let rows = String(decoding: try target.read("langgraph.sqlite/rows.jsonl"), as: UTF8.self)
        let repeated = rows.split(separator: "\n").filter {
            $0.contains("\"table\":\"checkpoints\"") && $0.contains("Twelve tins.")
        }
        #expect(repeated.count == 7)
    }

    /// What a store grows by is added, and nothing twice.
    @Test(arguments: [3, 6, 9]) func aStoreThatGrewAddsWhatIsNew(count: Int) async throws {
        let folder = try Folder()
        let whole = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: Self.path + "/langgraph.sqlite")))
        try folder.write("a.db", whole)
        try StoreTests.make(
            folder, "a.db",
            """
            ids = [r[0] for r in db.execute("SELECT checkpoint_id FROM checkpoints "
                "WHERE thread_id = 'tea' ORDER BY checkpoint_id")]
            for table in ["checkpoints", "writes"]:
                db.execute("DELETE FROM %s WHERE thread_id = 'tea' AND checkpoint_id > ?" % table,
                    (ids[\(count)],))
            """)
        let journal = Journal.inMemory()
        let first = try await importing(folder, into: journal)
        try folder.write("a.db", whole)
        let second = try await importing(folder, into: journal)
        let lines = try #require(first.files.first?.counts.lines)
        #expect(second.files.first?.duplicates == lines && lines < 99)
        #expect(try await SourceFormatTests.outline(journal, "tea") == Self.tea)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }

    /// From the lines each value of the store can be made again, byte for byte.
    @Test func noValueIsLost() async throws {
        let (journal, _) = try await Self.imported("langgraph.sqlite")
        let target = try Folder()
        _ = try await OriginalExporter(journal).export(to: target.path)
        try Python.run(
            """
            import sys, json, sqlite3, struct, base64
            def head(n, small, limit, codes):
                if limit and n < limit: return bytes([small | n])
                for code, form, top in codes:
                    if n < top: return bytes([code]) + struct.pack(form, n)
            def pack(v):
                if v is None: return b"\\xc0"
                if v is True: return b"\\xc3"
                if v is False: return b"\\xc2"
                if isinstance(v, int):
                    if v >= 0: return head(v, 0, 128, [(0xcc, ">B", 1 << 8), (0xcd, ">H", 1 << 16),
                        (0xce, ">I", 1 << 32), (0xcf, ">Q", 1 << 64)])
                    if v >= -32: return struct.pack(">b", v)
                    for code, form, low in [(0xd0, ">b", 7), (0xd1, ">h", 15), (0xd2, ">i", 31),
                            (0xd3, ">q", 63)]:
                        if v >= -(1 << low): return bytes([code]) + struct.pack(form, v)
                if isinstance(v, float): return b"\\xcb" + struct.pack(">d", v)
                if isinstance(v, str):
                    b = v.encode()
                    return head(len(b), 0xa0, 32, [(0xd9, ">B", 1 << 8), (0xda, ">H", 1 << 16),
                        (0xdb, ">I", 1 << 32)]) + b
                if isinstance(v, list): return head(len(v), 0x90, 16, [(0xdc, ">H", 1 << 16),
                    (0xdd, ">I", 1 << 32)]) + b"".join(map(pack, v))
                if "$ext" in v:
                    b = pack(v["value"]) if "value" in v else base64.b64decode(v["base64"])
                    fixed = {1: 0xd4, 2: 0xd5, 4: 0xd6, 8: 0xd7, 16: 0xd8}.get(len(b))
                    start = bytes([fixed]) if fixed else head(len(b), 0, 0, [(0xc7, ">B", 1 << 8),
                        (0xc8, ">H", 1 << 16), (0xc9, ">I", 1 << 32)])
                    return start + struct.pack(">b", v["$ext"]) + b
                return head(len(v), 0x80, 16, [(0xde, ">H", 1 << 16), (0xdf, ">I", 1 << 32)]) + \\
                    b"".join(pack(k) + pack(x) for k, x in v.items())
            db = sqlite3.connect(sys.argv[2])
            rows = packed = 0
            for text in open(sys.argv[1], encoding="utf-8"):
                line = json.loads(text)
                row = line["row"]
                how = {list(b.values())[0]: list(b)[0] for b in line.get("blob", [])
                    if isinstance(b, dict)}
                keys = [k for k in ("thread_id", "checkpoint_ns", "checkpoint_id", "task_id", "idx")
                    if k in row]
                found = db.execute("SELECT * FROM %s WHERE %s" % (line["table"],
                    " AND ".join(k + " = ?" for k in keys)), [row[k] for k in keys])
                names = [c[0] for c in found.description]
                values = dict(zip(names, found.fetchone()))
                for name, value in row.items():
                    if how.get(name) == "msgpack":
                        packed += 1
                        value = pack(value)
                    elif how.get(name) == "json":
                        value = text[text.index('"%s":' % name, text.index('"row":')):]
                        value = value[len(name) + 3:].rstrip()[:-2].encode()
                    elif name in line.get("blob", []): value = base64.b64decode(value)
                    assert values[name] == value, (name, values[name], value)
                rows += 1
            assert rows == 99 and packed == 79, (rows, packed)
            """, target.path + "/langgraph.sqlite/rows.jsonl", Self.path + "/langgraph.sqlite")
    }

    @Test func whatADumpEscapesIsRead() throws {
        let folder = try Folder()
        try folder.write(
            "a.sql",
            """
            --
            -- PostgreSQL database dump
            --

            CREATE TABLE public."odd ""name" (
                a text NOT NULL,
                "b c" integer,
                d bytea
            );
            COPY public."odd ""name" (a, "b c", d) FROM stdin;
            one\\ttwo\\nthree\\\\\t-5\t\\\\x00fF
            \\N\t\\N\t\\\\xzz
            \\.

            """)
        let file = try #require(FileWalk([folder.path + "/a.sql"]).files.first)
        var dump = try PostgresDump(file)
        var said: [String] = []
        while let item = try dump.next() { said.append("\(item)") }
        #expect(said.count == 4)
        #expect(said[0].contains("odd \\\"name") && said[0].contains("integer"))
        #expect(said[1].contains("b c"))
        #expect(said[2].contains("\(Array("one\ttwo\nthree\\".utf8))"))
        #expect(said[2].contains("bytes([0, 255])"))
        #expect(said[3].contains("null") && said[3].contains("\(Array("\\xzz".utf8))"))
    }

    @Test func otherDumpsAndDamagedOnesAreTold() async throws {
        let folder = try Folder()
        let whole = [UInt8](
            try Data(contentsOf: URL(fileURLWithPath: Self.path + "/langgraph.sql")))
        let importer = TranscriptImporter(writer: Journal.inMemory().as("user:ada"))
        try folder.write("other.sql", "--\n-- PostgreSQL database dump\n--\n\nSELECT 1;\n")
        await #expect(throws: TranscriptError(.notATranscript, "")) {
            try await importer.importPaths([folder.path + "/other.sql"])
        }
        let text = String(decoding: whole, as: UTF8.self)
        let columns = "(thread_id, checkpoint_ns, checkpoint_id, parent_checkpoint_id, type, "
        try folder.write(
            "statements.sql",
            text + "INSERT INTO public.checkpoints \(columns)checkpoint, metadata) VALUES ();\n")
        await #expect(throws: TranscriptError(.archive, "")) {
            try await importer.importPaths([folder.path + "/statements.sql"])
        }
        var read = 0
        for seed in 1...150 as ClosedRange<UInt64> {
            var random = Seeded(seed)
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let start = Int.random(in: 40..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[start] = UInt8.random(in: 0...255, using: &random)
                case 1: bytes.removeSubrange(start..<min(bytes.count, start + 50))
                default: bytes.insert(contentsOf: Array("\\x93\t{\"a\":".utf8), at: start)
                }
            }
            try folder.write("damaged.sql", bytes)
            let journal = Journal.inMemory()
            let report: ImportReport
            do {
                report = try await TranscriptImporter(writer: journal.as("user:ada"))
                    .importPaths([folder.path + "/damaged.sql"])
            } catch let error as TranscriptError {
                #expect([.archive, .notATranscript].contains(error.code), "\(seed): \(error)")
                continue
            }
            read += 1
            for session in report.sessions { _ = try await journal.state(of: session) }
            let target = try Folder()
            let written = try await OriginalExporter(journal).export(to: target.path)
            #expect(written.mismatches.isEmpty, "\(seed)")
        }
        #expect(read > 20)
    }
}
#endif
