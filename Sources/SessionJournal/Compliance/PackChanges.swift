/// The changes of metadata of a pack, as a table and as JSON Lines: what ``AuditProjection`` folds, each
/// given away as soon as it is known, so that none is kept.
struct PackChanges {
    private var table: PackFile
    private var lines: PackFile
    private var trail = AuditTrail()
    private let projection = AuditProjection()

    /// Sessions in which a change is withheld, with the fields that have changed since: of the others
    /// nobody can say here what they were, for the withheld change may have been theirs.
    private var doubtful: [SessionID: Set<String>] = [:]

    init(table: PackFile, lines: PackFile) throws(JournalError) {
        self.table = table
        self.lines = lines
        try self.table.append(row: [
            "seq", "time", "occurred", "session", "branch", "field", "old", "new", "actor",
            "onbehalf", "reason", "undoes",
        ])
    }

    var files: [PackFile] { [table, lines] }

    /// Takes the next event; says how many changes it made that are reported.
    mutating func take(_ event: Event, isReported: Bool) throws(JournalError) -> UInt64 {
        guard !event.session.isJournal else { return 0 }
        projection.apply(event, to: &trail)
        guard !trail.entries.isEmpty else { return 0 }
        let entries = trail.entries
        trail.entries = []
        for entry in entries {
            let isOldKnown = note(entry)
            if isReported { try write(entry, isOldKnown: isOldKnown) }
        }
        return isReported ? UInt64(entries.count) : 0
    }

    /// Whether it is known what a change replaced.
    private mutating func note(_ entry: AuditEntry) -> Bool {
        guard !entry.isWithheld, let field = entry.field else {
            doubtful[entry.session] = []
            return false
        }
        guard doubtful[entry.session] != nil else { return true }
        return doubtful[entry.session]?.insert(field + "\n" + entry.branch).inserted == false
    }

    private static let withheld = "(withheld)"
    private static let unknown = "(unknown: an earlier change is withheld)"

    private mutating func write(
        _ entry: AuditEntry, isOldKnown: Bool
    ) throws(JournalError) {
        var json = entry.json.object ?? [:]
        if !isOldKnown {
            json["old"] = .null
            json["old_unknown"] = true
        }
        try lines.append(.object(json))
        try table.append(row: [
            "\(entry.sequence)", entry.time.description, entry.occurred?.description ?? "",
            entry.session.hexadecimal, entry.branch, entry.field ?? Self.withheld,
            entry.isWithheld
                ? Self.withheld : isOldKnown ? Self.text(of: entry.old) : Self.unknown,
            entry.isWithheld ? Self.withheld : Self.text(of: entry.new),
            entry.actor ?? Self.withheld, entry.onBehalf ?? "", entry.reason ?? "",
            entry.undoes.map { "\($0)" } ?? "",
        ])
    }

    /// A value in a cell: a text as itself, nothing for null, JSON for the rest.
    private static func text(of value: JSONValue) -> String {
        value.isNull ? "" : value.string ?? value.description
    }
}
