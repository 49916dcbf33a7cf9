/// Which events a compaction may replace: in each session that it is about those up to a point, of
/// which only the shape is kept.
///
/// What is said twice holds twice: the point is the earliest that any of the rules allows. A rule that
/// says nothing of a point allows all events that there are.
public struct CompactionRule: Sendable, Hashable {
    /// Only these sessions; nil for all.
    public var sessions: [SessionID]?

    /// Only sessions that a query finds, as ``SessionQuery`` reads it.
    public var query: String?

    /// Only sessions that were put away.
    public var archivedOnly = false

    /// Only events that happened before that time, by their sources' clocks.
    public var before: Timestamp?

    /// How many of the last events of each session stay.
    public var keptEvents: Int?

    /// How many of the last messages of each branch stay, with what they belong together with: the
    /// call of a tool whose result stays.
    public var keptMessages: Int?

    /// Only the stretch of a session's beginning in which every message is an ancestor of that branch's
    /// head: what this branch, and every one that began on it later, comes from.
    public var ancestorsOf: String?

    /// A rule that allows everything.
    public init() {}

    /// What the rule says, as its certificate has it.
    var json: JSONValue {
        var object: JSONObject = [:]
        if let sessions {
            object.append("sessions", .array(sessions.map { .string($0.hexadecimal) }))
        }
        if let query { object.append("query", .string(query)) }
        if archivedOnly { object.append("archived", true) }
        if let before { object.append("before", .string(before.description)) }
        if let keptEvents { object.append("keep_events", JSONValue(keptEvents)) }
        if let keptMessages { object.append("keep_messages", JSONValue(keptMessages)) }
        if let ancestorsOf { object.append("ancestors_of", .string(ancestorsOf)) }
        return .object(object)
    }

    /// Whether it bounds anything: a rule that does not compacts all content of the journal.
    public var isBounded: Bool {
        sessions != nil || query != nil || archivedOnly || before != nil || keptEvents != nil
            || keptMessages != nil || ancestorsOf != nil
    }

    func check() throws(JournalError) {
        for (count, name) in [(keptEvents, "events"), (keptMessages, "messages")] {
            if let count, count < 0 {
                throw JournalError(
                    .invalidArgument, "\(count) \(name) cannot be kept; name 0 or more")
            }
        }
    }
}

/// How a compaction is done.
public struct CompactionOptions: Sendable {
    /// Only says what would go, and what it would free.
    public var isDryRun = false

    /// Why, for the certificate.
    public var reason: String?

    /// A folder that gets copies of the segments as they were, to be attached again
    /// (``JournalOptions/archives``); nil keeps none.
    public var archive: String?

    /// A compaction without archive and reason.
    public init() {}
}
