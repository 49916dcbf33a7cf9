/// A change of one metadata field, ready to be laid into columns.
struct AuditRow {
    /// Ready to print.
    var time: String
    /// The event that made the change.
    var sequence: UInt64
    var field: String
    /// The branch that the value belongs to, where it is not the main one.
    var branch: String?
    /// The values as JSON; nil where there was none before.
    var old: String?
    var new: String
    var actor: String
    var reason: String?
}

/// The history of metadata in columns: when, field, old → new, who, and why in a column of its own
/// where the line is wide enough, else below.
struct AuditTable {
    private static let widestChange = 48
    private static let widestField = 24
    private static let widestActor = 18
    private static let leastWidthForReasons = 120
    private static let remarkIndent = 22

    private let rows: [AuditRow]
    private let groupsDefaults: Bool

    /// - Parameters:
    ///   - rows: The changes of one session, in order.
    ///   - groupsDefaults: Whether the values that one event gives to fields that had none share a
    ///     line.
    init(_ rows: [AuditRow], groupsDefaults: Bool) {
        self.rows = rows
        self.groupsDefaults = groupsDefaults
    }

    func lines(width: Int) -> [Shown] {
        let isWide = width >= Self.leastWidthForReasons
        var table = Table(
            [
                .init(title: "when"), .init(title: "field"),
                .init(title: "old → new", isFlexible: !isWide), .init(title: "who"),
            ] + (isWide ? [.init(title: "why", isFlexible: true)] : []))
        var remarks: [String] = []
        var position = 0
        while position < rows.count {
            let row = rows[position]
            let group = groupsDefaults ? initialValues(at: position) : 1
            let field: Shown
            let change: Shown
            if group > 1 {
                field = position == 0 ? "\("created", .name)" : "\(group) fields"
                change = firstValues(rows[position..<position + group])
            } else {
                let branch: Shown = row.branch.map { " on \($0, .quiet)" } ?? ""
                field = Shown(row.field, .name) + (isWide ? branch : "")
                change = self.change(row)
            }
            let reason = Wrapping.flattened(row.reason ?? "")
            let cells = [
                "\(row.time, .quiet)", field.elided(to: Self.widestField),
                isWide ? change.elided(to: Self.widestChange) : change,
                Shown(row.actor).elided(to: Self.widestActor),
            ]
            table.add(cells + (isWide ? [Shown(reason)] : []))
            let place = row.branch.map { "on \($0)" }
            let why = reason.isEmpty ? nil : "why: \(reason)"
            remarks.append([place, why].compactMap { $0 }.joined(separator: "; "))
            position += group
        }
        let lines = table.lines(width: width)
        return isWide ? lines : Self.interleaved(lines, remarks, width)
    }

    /// Each remark on a line of its own below its row; the first line has the titles.
    private static func interleaved(
        _ lines: [Shown], _ remarks: [String], _ width: Int
    ) -> [Shown] {
        var result = Array(lines.prefix(1))
        for (line, remark) in zip(lines.dropFirst(), remarks) {
            result.append(line)
            guard !remark.isEmpty else { continue }
            let below: Shown = .spaces(remarkIndent) + "\(remark, .quiet)"
            result.append(below.elided(to: width))
        }
        return result
    }

    /// How many rows from a place on are the first values that one event gave.
    private func initialValues(at start: Int) -> Int {
        guard rows[start].old == nil else { return 1 }
        let same = rows[start...].prefix {
            $0.sequence == rows[start].sequence && $0.old == nil
        }
        return same.count
    }

    /// First values in one cell: those that say something, else how many.
    private func firstValues(_ rows: ArraySlice<AuditRow>) -> Shown {
        let telling = rows.filter { !["null", "\"\"", "[]", "0", "false"].contains($0.new) }
        var shown: Shown = telling.isEmpty ? "\(Numbers.counted(rows.count, "field"))" : ""
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
