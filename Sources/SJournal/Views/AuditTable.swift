/// A change of one metadata field, ready to be laid into columns.
struct AuditRow {
    /// Ready to print.
    var time: String
    /// The event that made the change.
    var sequence: UInt64
    var field: String
    /// The values as JSON; nil where there was none before.
    var old: String?
    var new: String
    var actor: String
    var reason: String?
}

/// The history of metadata in columns: when, field, old → new, who, why.
struct AuditTable {
    private static let widestChange = 34
    private static let widestField = 16
    private static let widestActor = 18

    private let rows: [AuditRow]
    private let groupsDefaults: Bool

    /// - Parameters:
    ///   - rows: The changes of one session, in order.
    ///   - groupsDefaults: Whether the values that a session is created with share one line.
    init(_ rows: [AuditRow], groupsDefaults: Bool) {
        self.rows = rows
        self.groupsDefaults = groupsDefaults
    }

    func lines(width: Int) -> [Shown] {
        let hasReasons = rows.contains { !($0.reason ?? "").isEmpty }
        var table = Table(
            [
                .init(title: "when"), .init(title: "field"),
                .init(title: "old → new", isFlexible: !hasReasons), .init(title: "who"),
            ] + (hasReasons ? [.init(title: "why", isFlexible: true)] : []))
        var position = 0
        while position < rows.count {
            let row = rows[position]
            let group = groupsDefaults ? initialValues(at: position) : 1
            let field: Shown
            let change: Shown
            if group > 1 {
                field = "\("created", .name)"
                change = defaults(rows[position..<position + group])
            } else {
                field = Shown(row.field, .name)
                change = self.change(row)
            }
            let cells = [
                "\(row.time, .quiet)", field.elided(to: Self.widestField),
                hasReasons ? change.elided(to: Self.widestChange) : change,
                Shown(row.actor).elided(to: Self.widestActor),
            ]
            table.add(cells + (hasReasons ? [Shown(Wrapping.flattened(row.reason ?? ""))] : []))
            position += group
        }
        return table.lines(width: width)
    }

    /// How many rows from a place on are the first values that one event gave.
    private func initialValues(at start: Int) -> Int {
        guard rows[start].old == nil else { return 1 }
        let same = rows[start...].prefix {
            $0.sequence == rows[start].sequence && $0.old == nil
        }
        return same.count
    }

    /// First values in one cell: how many, then those that say something.
    private func defaults(_ rows: ArraySlice<AuditRow>) -> Shown {
        let telling = rows.filter { !["null", "\"\"", "[]", "0", "false"].contains($0.new) }
        var shown: Shown = "\(Numbers.counted(rows.count, "field"))"
        if !telling.isEmpty { shown += ": " }
        for (index, row) in telling.enumerated() {
            if index > 0 { shown += ", " }
            shown += "\(row.field) \(Wrapping.flattened(row.new, limit: 40))"
        }
        return shown
    }

    private func change(_ row: AuditRow) -> Shown {
        let new = Shown(Wrapping.flattened(row.new, limit: 200))
        guard let old = row.old else { return new }
        return "\(Wrapping.flattened(old, limit: 200), .quiet) → " + new
    }
}
