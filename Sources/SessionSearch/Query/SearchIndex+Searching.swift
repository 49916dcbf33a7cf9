#if Search
public import SessionJournal

extension SearchIndex {
    /// The messages in which words are found, the best first.
    ///
    /// ```
    /// timeout retr*  "connection refused"  -solved  (curl or wget)
    /// role:assistant session:chat-1 actor:agent:* model:claude* tool:Bash branch:main
    /// after:2026-11-01 before:2026-12-01T12:00:00Z in:details
    /// ```
    ///
    /// All words must be there, in any order, whatever their case and accents; quotes hold words
    /// together, `*` at the end takes any ending, `or` is weaker, `not` and `-` stronger. What was
    /// said counts more than what was thought and what tools were asked and gave back. A message is
    /// found by the text that its own branch shows; a removed one is not.
    ///
    /// Cost: ``catchUp(progress:)``, then a look at every hit, about two microseconds each.
    ///
    /// - Parameters:
    ///   - query: What to look for.
    ///   - limit: How many hits a page holds at most, up to ``hitLimit``.
    ///   - token: What the page before names as the next; nil for the first page. Pages go on with
    ///     what was searched for the first one: what was appended since is not among them.
    ///   - sessions: Only messages of these sessions; nil for all.
    ///   - progress: Called now and then while the index takes in what is new.
    /// - Throws: ``JournalError/Code/invalidArgument`` where the query makes no sense,
    ///   ``JournalError/Code/sessionNotFound``, and what ``catchUp(progress:)`` throws.
    public func search(
        _ query: String, limit: Int = 20, after token: String? = nil,
        in sessions: [SessionID]? = nil, progress: ((OperationProgress) -> Void)? = nil
    ) async throws -> SearchPage {
        let query = try SearchQuery(parsing: query)
        let token = try token.map { text throws(JournalError) in try SearchToken(text) }
        var selection = SearchSelection(query.expression)
        for filter in query.filters {
            var filter = filter
            if filter.field == .session {
                filter = .init(
                    field: .session, value: try await journal.resolve(filter.value).hexadecimal,
                    isNegated: filter.isNegated)
            }
            selection.add(filter)
        }
        if let sessions { selection.add(sessions) }
        let limit = min(max(1, limit), Self.hitLimit)
        return try await mending {
            try await self.bringUp(through: token?.covered, progress)
            return try await self.page(selection, limit, token)
        }
    }

    /// How many hits a page holds at most.
    public static let hitLimit = 1_000

    /// How many words a snippet has at most.
    private static let snippetWords = 24

    private func page(
        _ selection: SearchSelection, _ limit: Int, _ token: SearchToken?
    ) async throws -> SearchPage {
        // What no text can hold by chance, or by intent.
        let nonce = String(UInt64.random(in: 1...(.max)), radix: 36)
        let (opening, closing) = ("<\(nonce)<", ">\(nonce)>")
        return try await home.use { connection throws(SQLiteError) in
            var covered = try IndexState(connection).covered
            if let token { covered = token.covered }
            var found: [(id: Int64, score: Double)] = []
            let (sql, values) = selection.statement(limit: limit + 1, covered: covered, token)
            let statement = try connection.statement(sql, values)
            while try statement.step() {
                found.append((statement.integer(0), statement.double(1)))
            }
            var hits: [SearchHit] = []
            for (id, score) in found.prefix(limit) {
                let marked = try connection.first(
                    """
                    SELECT snippet(message_index, -1, ?, ?, '…', \(Self.snippetWords))
                    FROM message_index WHERE message_index MATCH ? AND rowid = ?
                    """,
                    [
                        .text(opening), .text(closing), .text(selection.expression), .integer(id),
                    ])
                guard case .text(let marked)? = marked else { throw SQLiteError.unexpected }
                let token = SearchToken(score: score, id: UInt64(id), covered: covered)
                let snippet = SearchSnippet(marked, opening, closing)
                hits.append(try SearchHit(token, snippet, connection))
            }
            return SearchPage(hits: hits, next: found.count > limit ? hits.last?.token : nil)
        }
    }

    /// Takes in what is new; where a later page is asked for, only if the index is not as far as the
    /// first page was.
    private func bringUp(
        through covered: UInt64?, _ progress: ((OperationProgress) -> Void)?
    ) async throws {
        if let covered, try await holds(covered) { return }
        try await bringUp(progress)
    }
}

/// Which rows of the index are looked for.
struct SearchSelection: Sendable {
    let expression: String
    private var conditions: [String] = []
    private var values: [SQLValue] = []

    init(_ expression: String) { self.expression = expression }

    mutating func add(_ filter: SearchQuery.Filter) {
        let negation = filter.isNegated ? "NOT " : ""
        // What may be missing compares as an empty text, so that "not" holds for it.
        func matches(_ column: String) {
            let isPattern = filter.value.contains("*")
            let pattern = isPattern ? Self.pattern(filter.value) : filter.value
            conditions.append(
                "\(negation)lower(ifnull(\(column), '')) \(isPattern ? "GLOB" : "=") lower(?)")
            values.append(.text(pattern))
        }
        switch filter.field {
        case .role: matches("m.role")
        case .actor: matches("m.actor")
        case .model: matches("m.model")
        case .branch: matches("m.branch")
        case .session:
            conditions.append("\(negation)s.session = ?")
            values.append(.text(filter.value))
        case .tool:
            conditions.append(
                """
                \(negation)EXISTS (SELECT 1 FROM json_each(m.tool_names)
                WHERE lower(value) GLOB lower(?))
                """)
            values.append(.text(Self.pattern(filter.value)))
        case .before, .after:
            let time = Timestamp(filter.value) ?? Timestamp(date: filter.value)
            let comparison = filter.field == .before ? "<" : ">="
            conditions.append("\(negation)ifnull(m.occurred, m.time) \(comparison) ?")
            values.append(SQLValue(time))
        case .in: break
        }
    }

    mutating func add(_ sessions: [SessionID]) {
        conditions.append("s.session IN (SELECT value FROM json_each(?))")
        let ids = sessions.map { JSONValue.string($0.hexadecimal) }
        values.append(.text(JSONValue.array(ids).description))
    }

    /// A pattern in which `*` alone means more than itself.
    private static func pattern(_ text: String) -> String {
        var pattern = ""
        for scalar in text.unicodeScalars {
            if scalar == "?" || scalar == "[" {
                pattern += "[\(scalar)]"
            } else {
                pattern.unicodeScalars.append(scalar)
            }
        }
        return pattern
    }

    /// Numbers and scores of the best rows behind a place. The scores of FTS5 are below 0, the
    /// better the lower.
    func statement(
        limit: Int, covered: UInt64, _ token: SearchToken?
    ) -> (sql: String, values: [SQLValue]) {
        var source = "message_index"
        var conditions = ["message_index MATCH ?", "message_index.rowid <= ?"]
        if !self.conditions.isEmpty {
            source += """
                 JOIN message_row m ON m.id = message_index.rowid
                JOIN session_row s ON s.id = m.session_row
                """
            conditions += self.conditions
        }
        var sql = """
            SELECT message_index.rowid AS id, bm25(message_index, 1.0, 0.4) AS score
            FROM \(source) WHERE \(conditions.joined(separator: " AND "))
            """
        var values = [.text(expression), SQLValue(covered)] + self.values
        if let token {
            sql = "SELECT id, score FROM (\(sql)) WHERE score > ? OR (score = ? AND id < ?)"
            values += [.real(token.score), .real(token.score), SQLValue(token.id)]
        }
        return (sql + " ORDER BY score, id DESC LIMIT \(limit)", values)
    }
}

extension SearchHit {
    /// Reads what there is to say of a message.
    fileprivate init(
        _ token: SearchToken, _ snippet: SearchSnippet, _ connection: SQLiteConnection
    ) throws(SQLiteError) {
        let row = try connection.statement(
            """
            SELECT s.session, s.session_key, ifnull(nullif(s.name, ''), s.title), m.message,
            m.branch, m.role, m.actor, ifnull(m.occurred, m.time)
            FROM message_row m JOIN session_row s ON s.id = m.session_row WHERE m.id = ?
            """, [SQLValue(token.id)])
        defer { row.reset() }
        guard try row.step(), let session = row.text(0).flatMap({ SessionID($0) }),
            let message = row.text(3), let branch = row.text(4),
            let time = row.text(7).flatMap({ Timestamp($0) })
        else { throw SQLiteError.unexpected }
        self.init(
            session: session, sessionKey: row.text(1), sessionName: row.text(2),
            message: message, branch: branch, role: row.text(5).map { Role(rawValue: $0) },
            actor: row.text(6), time: time, sequence: token.id, score: -token.score,
            snippet: snippet, token: token.text)
    }
}
#endif
