/// What sessions took, added up by one or several things.
public struct UsageReport: Sendable {
    /// What the rows are for.
    public enum Grouping: Hashable, Sendable {
        case session, model, day, month, actor, tag
        /// A field of metadata, as it stands at the point that was asked for.
        case field(String)

        /// The grouping of a name; any other name than those of the cases is a field's.
        public init(_ name: String) {
            self =
                switch name {
                case "session": .session
                case "model": .model
                case "day": .day
                case "month": .month
                case "actor": .actor
                case "tag": .tag
                default: .field(name)
                }
        }

        /// Its name.
        public var name: String {
            switch self {
            case .session: "session"
            case .model: "model"
            case .day: "day"
            case .month: "month"
            case .actor: "actor"
            case .tag: "tag"
            case .field(let name): name
            }
        }
    }

    /// The counts of one group.
    public struct Row: Sendable {
        /// The values that the group stands for, one a grouping; nil where there is none.
        public let group: [String?]
        /// The number of sessions in it.
        public internal(set) var sessions = 0
        /// What they did.
        public internal(set) var counts = SessionUsage.Counts()
        /// What their tokens cost.
        public internal(set) var cost = Cost()
    }

    /// What the rows are for.
    public let groupings: [Grouping]

    /// The currency of the costs.
    public let currency: String

    /// The rows, in order of their groups; those without a value come last.
    public let rows: [Row]

    /// Everything once. Where a session has several tags, the rows by tag hold it several times, and
    /// this holds it once.
    public let total: Row

    /// Adds up sessions.
    ///
    /// - Parameters:
    ///   - sessions: What each took.
    ///   - groupings: What the rows are for; without any there is the total alone.
    ///   - prices: What tokens cost.
    ///   - since: The first day that counts, by the events' own time.
    ///   - until: The last one.
    public init(
        of sessions: [SessionUsage], by groupings: [Grouping], prices: PriceTable = .builtIn,
        since: Timestamp? = nil, until: Timestamp? = nil
    ) {
        self.groupings = groupings
        currency = prices.currency
        let days = (since?.day ?? .min)...max(until?.day ?? .max, since?.day ?? .min)
        var rows: [[String?]: Row] = [:]
        var total = Row(group: [])
        for session in sessions {
            var groups: Set<[String?]> = []
            var isCounted = false
            for (slot, counts) in session.slots where days.contains(slot.day) {
                isCounted = true
                total.add(counts, slot, prices)
                for group in Self.groups(groupings, session, slot) {
                    groups.insert(group)
                    rows[group, default: Row(group: group)].add(counts, slot, prices)
                }
            }
            if isCounted { total.sessions += 1 }
            for group in groups { rows[group]?.sessions += 1 }
        }
        self.total = total
        self.rows = groupings.isEmpty ? [] : rows.values.sorted { Self.precedes($0, $1) }
    }

    private static func precedes(_ left: Row, _ right: Row) -> Bool {
        for (one, other) in zip(left.group, right.group) where one != other {
            guard let one else { return false }
            guard let other else { return true }
            return one < other
        }
        return false
    }

    /// Every combination of the values that a slot has.
    private static func groups(
        _ groupings: [Grouping], _ session: SessionUsage, _ slot: SessionUsage.Slot
    ) -> [[String?]] {
        var groups: [[String?]] = [[]]
        for grouping in groupings {
            let values: [String?] =
                switch grouping {
                case .session: [session.key ?? session.session?.hexadecimal]
                case .model: [slot.model]
                case .day: [Timestamp.text(ofDay: slot.day)]
                case .month: [String(Timestamp.text(ofDay: slot.day).prefix(7))]
                case .actor: [slot.actor]
                case .tag: session.tags.isEmpty ? [nil] : Array(Set(session.tags))
                case .field(let name): [text(session.value(of: name))]
                }
            groups = groups.flatMap { group in values.map { group + [$0] } }
        }
        return groups
    }

    private static func text(_ value: JSONValue?) -> String? {
        guard let value, !value.isNull else { return nil }
        return value.string ?? value.description
    }
}

extension UsageReport.Row {
    fileprivate mutating func add(
        _ counts: SessionUsage.Counts, _ slot: SessionUsage.Slot, _ prices: PriceTable
    ) {
        self.counts.add(counts)
        cost.add(
            counts.tokens, of: slot.model ?? "unknown", at: Timestamp(ofDay: slot.day), prices)
    }
}
