/// How often metadata changed, added up by one or several things.
public struct ChangeReport: Sendable {
    /// What the rows are for.
    public enum Grouping: String, Hashable, Sendable, CaseIterable {
        case field, actor, day, month, value, session
    }

    /// The changes of one group.
    public struct Row: Sendable {
        /// The values that the group stands for, one a grouping; nil where that is withheld.
        public let group: [String?]
        /// The changes.
        public internal(set) var changes = 0
        /// The sessions that have one of them.
        public var sessionCount: Int { sessions.count }
        var sessions: Set<SessionID> = []
    }

    /// What the rows are for.
    public let groupings: [Grouping]

    /// The rows, in order of their groups; those without a value come last.
    public let rows: [Row]

    /// Adds up changes. What a session was created with counts as a change of what it sets.
    ///
    /// - Parameters:
    ///   - trail: The changes.
    ///   - groupings: What the rows are for.
    ///   - field: Only the changes of this field; nil for all.
    ///   - since: The first day that counts, by the events' own time.
    ///   - until: The last one.
    public init(
        of trail: AuditTrail, by groupings: [Grouping], field: String? = nil,
        since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.groupings = groupings
        var rows: [[String?]: Row] = [:]
        for entry in trail.entries where field == nil || entry.field == field {
            let day = (entry.occurred ?? entry.time).day
            if let since, day < since.day { continue }
            if let until, day > until.day { continue }
            let group = groupings.map { grouping -> String? in
                switch grouping {
                case .field: entry.field
                case .actor: entry.actor
                case .day: Timestamp.text(ofDay: day)
                case .month: String(Timestamp.text(ofDay: day).prefix(7))
                case .value: entry.isWithheld ? nil : entry.new.string ?? entry.new.description
                case .session: entry.session.hexadecimal
                }
            }
            rows[group, default: Row(group: group)].changes += 1
            rows[group]?.sessions.insert(entry.session)
        }
        self.rows = rows.values.sorted { left, right in
            for (one, other) in zip(left.group, right.group) where one != other {
                guard let one else { return false }
                guard let other else { return true }
                return one < other
            }
            return false
        }
    }

    /// A row as JSON.
    public func json(_ row: Row) -> JSONValue {
        var object: JSONObject = [:]
        for (grouping, value) in zip(groupings, row.group) {
            object.append(grouping.rawValue, JSONValue(value))
        }
        object.append("changes", JSONValue(row.changes))
        object.append("sessions", JSONValue(row.sessionCount))
        return .object(object)
    }
}
