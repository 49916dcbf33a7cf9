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
}
