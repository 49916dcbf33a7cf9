#if Search
/// A table that SQL can ask, as ``SearchIndex/sql(_:)`` and `sjournal sql` show it.
public struct SearchTable: Sendable {
    /// A column of a table.
    public struct Column: Sendable {
        /// How a value is stored: as SQLite calls it.
        public enum Kind: String, Sendable {
            case integer, real, text
        }

        /// Its name.
        public let name: String
        /// What its values are, where they are not null.
        public let kind: Kind
        /// What they say, with the unit.
        public let meaning: String
        /// Where they come from in the tables underneath.
        let expression: String

        init(_ name: String, _ kind: Kind, _ meaning: String, _ expression: String? = nil) {
            self.name = name
            self.kind = kind
            self.meaning = meaning
            self.expression = expression ?? "r.\(name)"
        }
    }

    /// Its name.
    public let name: String
    /// What a row stands for.
    public let meaning: String
    /// Its columns, in order.
    public let columns: [Column]
    /// The tables underneath, joined.
    let source: String

    /// The statement that makes the view.
    var definition: String {
        let columns = columns.map { "\($0.expression) AS \($0.name)" }.joined(separator: ", ")
        return "CREATE VIEW \(name) AS SELECT \(columns) FROM \(source)"
    }

    /// The table of a name; nil where there is none.
    public static func named(_ name: String) -> SearchTable? { all.first { $0.name == name } }
}

extension SearchTable {
    private static let session = Column(
        "session", .text, "the session's id, 32 digits", "s.session")
    private static let sessionKey = Column(
        "session_key", .text, "the caller's own name for the session", "s.session_key")
    private static let time = Column(
        "time", .text, "when the journal took it: 2026-11-21T01:02:03.123456Z")
    private static let occurred = Column(
        "occurred", .text, "when it happened by its source's clock; null where that is not known")
    private static let joined = "JOIN session_row s ON s.id = r.session_row"

    /// The sequence number that events of a session have at first is the number of its row.
    static let sessions = SearchTable(
        name: "sessions", meaning: "A session, as on its branch `main`, without `@journal`.",
        columns: [
            session, sessionKey,
            Column("name", .text, "its name"),
            Column("title", .text, "its title"),
            Column("status", .text, "`active`, `archived` or `deleted`"),
            Column("owner", .text, "whose it is"),
            Column("type", .text, "`dm` or `group`"),
            Column("category", .text, "its category"),
            Column("model", .text, "the model that its metadata names"),
            Column("agent", .text, "the agent that its metadata names"),
            Column("tags", .text, "its tags, as a JSON array"),
            Column("is_starred", .integer, "1 where it is starred, else 0"),
            Column("created_at", .text, "when it began"),
            Column("last_active", .text, "the latest moment that an event of it names"),
            Column("last_modified", .text, "when metadata last changed"),
            Column("modified_by", .text, "who changed it"),
            Column("events", .integer, "its events"),
            Column("messages", .integer, "its messages, removed ones included"),
            Column("turns", .integer, "a person's turns"),
            Column("branches", .integer, "its branches, `main` included"),
            Column("input_tokens", .integer, "input that models read anew"),
            Column("output_tokens", .integer, "what models wrote, in tokens"),
            Column("cache_read_tokens", .integer, "input that came from a cache"),
            Column("cache_write_tokens", .integer, "input that was put into a cache"),
            Column("cost", .real, "what the priced tokens cost by list prices, in `currency`"),
            Column("currency", .text, "of `cost`, as ISO 4217 names it"),
            Column("unpriced_tokens", .integer, "tokens of models without a price"),
            Column("errors", .integer, "errors that were recorded"),
            Column("tool_calls", .integer, "calls of tools"),
            Column("first_sequence", .integer, "the sequence number of its first event", "r.id"),
            Column("last_sequence", .integer, "that of its last", "r.last_sequence"),
        ], source: "session_row r JOIN session_row s ON s.id = r.id WHERE r.id > 0")

    static let messages = SearchTable(
        name: "messages",
        meaning: "A message, as the branch shows it to which it was added.",
        columns: [
            session, sessionKey,
            Column("message", .text, "its id in the session"),
            Column("branch", .text, "the branch it was added to, by the name it had then"),
            Column("role", .text, "`system`, `user`, `assistant`, `tool`; null where withheld"),
            Column("actor", .text, "who added it; null where withheld"),
            time, occurred,
            Column("sequence", .integer, "the sequence number of its event", "r.id"),
            Column("text_sequence", .integer, "that of the event that gave it its text of now"),
            Column("model", .text, "the model that wrote it"),
            Column("state", .text, "`complete`, or `partial` or `abandoned` where it was streamed"),
            Column("is_removed", .integer, "1 where it was taken out of the conversation, else 0"),
            Column("is_edited", .integer, "1 where it has another text than at first, else 0"),
            Column("is_withheld", .integer, "1 where its content was erased or is locked, else 0"),
            Column("synthetic", .text, "why it is no person's turn: `meta`, `summary`, `error`"),
            Column("tool_names", .text, "the tools it calls, as a JSON array; null for none"),
            Column("input_tokens", .integer, "input read anew, as the message itself says"),
            Column("output_tokens", .integer, "what was written, as the message itself says"),
            Column("cache_read_tokens", .integer, "input from a cache, as the message says"),
            Column("cache_write_tokens", .integer, "input put into a cache, as it says"),
            Column("text", .text, "what was said", "b.text"),
            Column(
                "details", .text, "what was thought, what tools were asked and gave back",
                "b.details"),
        ], source: "message_row r \(joined) JOIN message_body b ON b.id = r.id")

    static let events = SearchTable(
        name: "events", meaning: "An event, those of `@journal` included.",
        columns: [
            Column("sequence", .integer, "its number in the journal", "r.id"),
            time, occurred, session, sessionKey,
            Column("version", .integer, "its number in the session"),
            Column("kind", .text, "what happened, such as `message.appended`"),
            Column("branch", .text, "on which branch; null for `@journal` and where withheld"),
            Column("actor", .text, "who did it; null where withheld"),
            Column("on_behalf", .text, "on whose behalf"),
            Column("cause", .integer, "the sequence number of the event that caused it"),
            Column("reason", .text, "why"),
            Column(
                "data", .text,
                "what it says, as JSON, read from the journal; null where withheld or lost",
                "event_data(r.id)"),
        ], source: "event_row r \(joined)")

    static let usage = SearchTable(
        name: "usage", meaning: "What one model took on one day for one actor in a session.",
        columns: [
            session, sessionKey,
            Column("model", .text, "the model; null for what no model did"),
            Column("day", .text, "the day, UTC: 2026-11-21"),
            Column("actor", .text, "on whose behalf, or else by whom"),
            Column("messages", .integer, "messages"),
            Column("turns", .integer, "a person's turns"),
            Column("answers", .integer, "messages that a model wrote"),
            Column("input_tokens", .integer, "input that was read anew"),
            Column("output_tokens", .integer, "what was written, in tokens"),
            Column("cache_read_tokens", .integer, "input that came from a cache"),
            Column("cache_write_tokens", .integer, "input that was put into a cache"),
            Column("cost", .real, "what the priced tokens cost by list prices, in `currency`"),
            Column("currency", .text, "of `cost`, as ISO 4217 names it"),
            Column("unpriced_tokens", .integer, "tokens of models without a price"),
            Column("latency_ms", .integer, "how long the timed answers took together, in ms"),
            Column("timed_answers", .integer, "answers of which it is known how long they took"),
            Column("tool_calls", .integer, "calls of tools"),
            Column("tool_errors", .integer, "those that failed"),
            Column("errors", .integer, "errors that were recorded, and answers that failed"),
        ], source: "usage_row r \(joined)")

    static let audit = SearchTable(
        name: "audit", meaning: "One change of one metadata field.",
        columns: [
            session, sessionKey,
            Column("sequence", .integer, "the sequence number of the event that made it"),
            time, occurred,
            Column("branch", .text, "the branch that the value belongs to"),
            Column("field", .text, "the field; null where withheld"),
            Column("old", .text, "the value before, as JSON"),
            Column("new", .text, "the value after, as JSON"),
            Column("actor", .text, "who made it; null where withheld"),
            Column("on_behalf", .text, "on whose behalf"),
            Column("reason", .text, "why"),
        ], source: "audit_row r \(joined)")

    static let metadata = SearchTable(
        name: "metadata", meaning: "The value of one metadata field on the branch `main`.",
        columns: [
            session, sessionKey,
            Column("field", .text, "the field"),
            Column("value", .text, "its value, as JSON"),
        ], source: "metadata_row r \(joined)")

    /// All of them.
    public static let all = [sessions, messages, events, usage, audit, metadata]
}
#endif
