internal import SessionJournal

/// How the tables of a store are read: which of them, and their rows in what order.
struct StoreShape: Sendable {
    /// The tables that are read.
    let tables: Set<String>

    /// A query for the rows in the order in which they are read: table, `rowid`.
    let order: String

    /// Whether columns of bytes may be JSON or MessagePack.
    let isPacked: Bool

    /// What knows a store by its tables and their columns.
    private static let all: [@Sendable ([String: [String]]) -> StoreShape?] = [
        { openAIAgents($0) }, { openCode($0) }, { adk($0) }, { langGraph($0) },
    ]

    /// How a store with some tables is read; nil where no format knows them.
    static func of(_ tables: [String: [String]]) -> StoreShape? {
        all.lazy.compactMap { $0(tables) }.first
    }

    static func quoted(_ name: String) -> String {
        "\""
            + name.split(separator: "\"", omittingEmptySubsequences: false).joined(
                separator: "\"\"")
            + "\""
    }

    private static func literal(_ text: String) -> String {
        "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
            + "'"
    }

    /// The rows of some tables, session by session.
    ///
    /// - Parameter parts: Of each table what its rows are sorted by: the session, and three more.
    private init(
        _ parts: [(table: String, session: String, keys: [String], from: String?)],
        isPacked: Bool = false
    ) {
        self.isPacked = isPacked
        tables = Set(parts.map(\.table))
        let selects = parts.enumerated().map { number, part in
            let keys = part.keys + [String](repeating: "0", count: 4 - part.keys.count)
            return "SELECT \(Self.literal(part.table)), x.rowid, \(part.session), "
                + keys.joined(separator: ", ") + ", \(number) FROM \(Self.quoted(part.table)) x "
                + (part.from ?? "")
        }
        order = selects.joined(separator: " UNION ALL ") + " ORDER BY 3, 4, 5, 6, 7, 8, 2"
    }

    private static func table(
        _ tables: [String: [String]], _ columns: String...
    ) -> String? {
        tables.filter { Set(columns).isSubset(of: $0.value) }.keys.min()
    }

    /// The sessions of OpenAI's Agents SDK, whatever its tables are called.
    private static func openAIAgents(_ tables: [String: [String]]) -> StoreShape? {
        guard let messages = table(tables, "id", "session_id", "message_data") else { return nil }
        var parts: [(table: String, session: String, keys: [String], from: String?)] = []
        let sessions = table(
            tables.filter { $0.value.count == 3 }, "session_id", "created_at", "updated_at")
        if let sessions { parts.append((sessions, "x.session_id", ["0"], nil)) }
        if let structure = table(tables, "message_id", "branch_id", "sequence_number") {
            parts.append((structure, "x.session_id", ["1", "x.id"], nil))
        }
        parts.append((messages, "x.session_id", ["2", "x.id"], nil))
        if let usage = table(tables, "branch_id", "user_turn_number", "requests", "input_tokens") {
            parts.append((usage, "x.session_id", ["3", "x.user_turn_number"], nil))
        }
        // What branches there are beside those that items stand on, and how often all was cleared.
        let others = tables.filter { !Set(parts.map(\.table)).contains($0.key) }
        for columns in [["session_id", "branch_id"], ["session_id", "generation"]] {
            guard let other = others.filter({ Set($0.value) == Set(columns) }).keys.min() else {
                continue
            }
            parts.append((other, "x.session_id", ["4"], nil))
        }
        return StoreShape(parts)
    }

    /// The sessions of OpenCode.
    private static func openCode(_ tables: [String: [String]]) -> StoreShape? {
        func has(_ name: String, _ columns: String...) -> Bool {
            Set(columns).isSubset(of: tables[name] ?? [])
        }
        guard has("session", "id", "title", "directory"),
            has("message", "id", "session_id", "time_created", "data"),
            has("part", "id", "message_id", "session_id", "data")
        else { return nil }
        var parts: [(table: String, session: String, keys: [String], from: String?)] = [
            ("session", "x.id", ["0"], nil),
            ("message", "x.session_id", ["1", "x.time_created", "x.id"], nil),
            (
                "part", "coalesce(m.session_id, x.session_id)",
                ["1", "coalesce(m.time_created, 9e18)", "x.message_id", "x.id"],
                "LEFT JOIN message m ON m.id = x.message_id"
            ),
        ]
        // What is to be done, and what newer versions write beside: kept, and not read.
        for name in ["todo", "session_message"] where has(name, "session_id", "time_created") {
            parts.append((name, "x.session_id", ["2", "x.time_created"], nil))
        }
        return StoreShape(parts)
    }

    /// The sessions of Google's Agent Development Kit.
    private static func adk(_ tables: [String: [String]]) -> StoreShape? {
        func has(_ name: String, _ columns: String...) -> Bool {
            Set(columns).isSubset(of: tables[name] ?? [])
        }
        guard has("sessions", "app_name", "user_id", "id", "state"),
            has("events", "id", "app_name", "user_id", "session_id", "timestamp")
        else { return nil }
        let name = "x.app_name || '/' || x.user_id || '/' || "
        return StoreShape([
            ("sessions", name + "x.id", ["0"], nil),
            ("events", name + "x.session_id", ["1", "x.timestamp"], nil),
        ])
    }
}

extension StoreShape {
    /// The checkpoints of LangGraph, in SQLite or PostgreSQL.
    ///
    /// Checkpoints come in the order in which they were made, which their ids tell. What a checkpoint
    /// holds in PostgreSQL stands in blobs, which several may share: these come behind the first that
    /// has them. What was written since comes behind its checkpoint.
    private static func langGraph(_ tables: [String: [String]]) -> StoreShape? {
        func has(_ name: String, _ columns: String...) -> Bool {
            Set(columns).isSubset(of: tables[name] ?? [])
        }
        let names = ["thread_id", "checkpoint_ns", "checkpoint_id"]
        guard
            Set(names + ["parent_checkpoint_id", "checkpoint", "metadata"])
                .isSubset(of: tables["checkpoints"] ?? [])
        else { return nil }
        var parts: [(table: String, session: String, keys: [String], from: String?)] = [
            ("checkpoints", "x.thread_id", ["x.checkpoint_id", "x.checkpoint_ns", "0"], nil)
        ]
        if has("checkpoint_blobs", "thread_id", "checkpoint_ns", "channel", "version", "blob") {
            let versions =
                "LEFT JOIN (SELECT c.thread_id AS t, c.checkpoint_ns AS n, e.key AS k, "
                + "e.value AS v, min(c.checkpoint_id) AS first FROM checkpoints c, json_each("
                + "CASE WHEN json_valid(c.checkpoint) THEN c.checkpoint ELSE '{}' END, "
                + "'$.channel_versions') e GROUP BY 1, 2, 3, 4) f ON f.t = x.thread_id "
                + "AND f.n = x.checkpoint_ns AND f.k = x.channel AND f.v = x.version"
            parts.append(
                (
                    "checkpoint_blobs", "x.thread_id",
                    ["coalesce(f.first, '~')", "x.checkpoint_ns", "1", "x.channel || x.version"],
                    versions
                ))
        }
        for table in ["writes", "checkpoint_writes"] {
            guard Set(names + ["task_id", "idx", "channel"]).isSubset(of: tables[table] ?? [])
            else { continue }
            let path = has(table, "task_path") ? "x.task_path || ' ' || " : ""
            parts.append(
                (
                    table, "x.thread_id",
                    [
                        "x.checkpoint_id", "x.checkpoint_ns", "2",
                        path + "x.task_id || printf(' %012d', x.idx)",
                    ], nil
                ))
        }
        return StoreShape(parts, isPacked: true)
    }
}

/// A row of a store, as a line has it.
enum StoreLine {
    /// Whether a line is a row with these columns.
    static func has(_ line: Recognition, _ columns: String...) -> Bool {
        line.has("table") && columns.allSatisfy { line.has("row", $0) }
    }

    /// The time of a column: SQLite's own are in UTC, with a space in front of the clock.
    static func time(_ source: Sourced?) -> Timestamp? {
        guard let source, let text = source.string else { return source?.time }
        let parts = text.split(separator: " ")
        return parts.count == 2
            ? SourceZone.utc.moment("\(parts[0])T\(parts[1])") : source.time
    }

    static func time(_ column: String) -> @Sendable (JSONDocument, Span<UInt8>) -> Timestamp? {
        { document, bytes in
            let line = document.root.map { document.value(of: $0, in: bytes) } ?? .null
            return time(Sourced(line)["row"]?[column])
        }
    }
}
