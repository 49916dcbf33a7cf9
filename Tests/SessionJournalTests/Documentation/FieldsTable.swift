import SessionJournal

/// The table of fields on the page "Session metadata", made from `MetadataField.builtIn`.
enum FieldsTable {
    static let header = "| field | type | default | of | rules | meaning |"

    static var lines: [String] {
        [header, "|---|---|---|---|---|---|"]
            + MetadataField.builtIn.map { field in
                let cells = [
                    "`\(field.name)`", field.type.rawValue, "`\(field.initialValue)`",
                    field.scope.rawValue, rules(field), field.meaning,
                ]
                return "| " + cells.joined(separator: " | ") + " |"
            }
    }

    private static func rules(_ field: MetadataField) -> String {
        var rules: [String] = []
        if field.isDerived { rules.append("derived") }
        if field.isRequired { rules.append("required") }
        if field.isNullable { rules.append("nullable") }
        if let allowed = field.constraints.allowed {
            rules.append("one of " + allowed.map { "`\($0)`" }.joined(separator: ", "))
        }
        if let minimum = field.constraints.minimum { rules.append("at least \(minimum)") }
        return rules.joined(separator: "; ")
    }

    /// The page with its table replaced.
    static func replacing(in page: String) -> String {
        var lines = page.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(of: header) else { return page }
        let end = lines[start...].firstIndex { !$0.hasPrefix("|") } ?? lines.endIndex
        lines.replaceSubrange(start..<end, with: self.lines)
        return lines.joined(separator: "\n")
    }
}
