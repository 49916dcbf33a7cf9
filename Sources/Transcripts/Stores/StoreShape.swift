internal import SessionJournal

/// How the tables of a store are read: which of them, and their rows in what order.
struct StoreShape: Sendable {
    /// The tables that are read.
    let tables: Set<String>

    /// A query for the rows in the order in which they are read: table, `rowid`.
    let order: String

    /// What knows a store by its tables and their columns.
    static let all: [@Sendable ([String: [String]]) -> StoreShape?] = [
        { openAIAgents($0) }, { openCode($0) }, { adk($0) },
    ]

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
    private init(_ parts: [(table: String, session: String, keys: [String], from: String?)]) {
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
        return StoreShape([
            ("session", "x.id", ["0"], nil),
            ("message", "x.session_id", ["1", "x.time_created", "x.id"], nil),
            (
                "part", "m.session_id", ["1", "m.time_created", "m.id", "x.id"],
                "JOIN message m ON m.id = x.message_id"
            ),
        ])
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
