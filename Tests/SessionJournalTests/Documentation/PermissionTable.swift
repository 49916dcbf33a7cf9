import SessionJournal

/// The table of permissions on the page "Who may do what", made from `Permission`.
enum PermissionTable {
    static let header =
        "| permission | allows to | "
        + AccessRole.allCases.map(\.rawValue).joined(separator: " | ") + " |"

    static var lines: [String] {
        [header, "|---|---|" + AccessRole.allCases.map { _ in ":-:|" }.joined()]
            + Permission.allCases.map { permission in
                let marks = AccessRole.allCases.map { permission.roles.contains($0) ? "●" : "" }
                return "| `\(permission.rawValue)` | \(permission.meaning) | "
                    + marks.joined(separator: " | ") + " |"
            }
    }
}
