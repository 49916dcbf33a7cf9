/// What somebody is to a journal or to one session. ``Permission/roles`` says what each may do.
public enum AccessRole: String, Sendable, Hashable, CaseIterable {
    /// Has a session: who created it, until its metadata names another `owner`. Given in the whole
    /// journal, the owner of every session.
    case owner
    /// Reads, creates and writes.
    case writer
    /// Reads.
    case reader
    /// Reads all, the audit trail too, and changes nothing.
    case auditor
    /// Reads all, holds and erases.
    case compliance
    /// Runs the journal and gives roles; reads no session.
    case admin

    /// What the role is for, in a few words.
    public var meaning: String {
        switch self {
        case .owner: "has a session, and may do with it what a user may"
        case .writer: "reads, creates and writes"
        case .reader: "reads"
        case .auditor: "reads all, the audit trail too, and changes nothing"
        case .compliance: "reads all, holds and erases"
        case .admin: "runs the journal and gives roles; reads no session"
        }
    }

    /// What the role may do.
    public var permissions: [Permission] {
        Permission.allCases.filter { $0.roles.contains(self) }
    }
}
