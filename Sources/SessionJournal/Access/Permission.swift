/// What somebody may do. The one table of who may what: each permission with the roles that have it.
///
/// What is not in the table is denied, once a journal enforces its rules (``AccessRules``).
public enum Permission: String, Sendable, Hashable, CaseIterable {
    /// Read sessions: their messages, metadata, trees and files.
    case read
    /// Read the audit trail, the journal's own events and its evidence, and verify it.
    case audit
    /// Create sessions.
    case create
    /// Say, edit, branch, merge, label, annotate, and change metadata.
    case write
    /// Delete, restore, prune and end a session, and change its limits.
    case manage
    /// Make somebody else the owner of a session.
    case transfer
    /// Give others a role in one session, and take it back.
    case share
    /// Place holds.
    case hold
    /// Lift holds.
    case lift
    /// Erase, and redact.
    case erase
    /// Destroy keys of encrypted sessions.
    case destroy
    /// Declare fields, templates and rules of retention.
    case declare
    /// Import, seal, compact, back up, repair, sign checkpoints and change keys.
    case operate
    /// Give roles in the whole journal, and change the rules of access.
    case grant

    /// The roles that have it.
    public var roles: Set<AccessRole> {
        switch self {
        case .read: [.owner, .writer, .reader, .auditor, .compliance]
        case .audit: [.owner, .auditor, .compliance, .admin]
        case .create: [.owner, .writer]
        case .write: [.owner, .writer]
        case .manage: [.owner]
        case .transfer, .share: [.owner, .admin]
        case .hold, .lift, .erase, .destroy: [.compliance]
        case .declare, .operate, .grant: [.admin]
        }
    }

    /// What it allows, in a few words.
    public var meaning: String {
        switch self {
        case .read: "read sessions: messages, metadata, trees, files"
        case .audit: "read the audit trail, the journal's own events and its evidence; verify"
        case .create: "create sessions"
        case .write: "say, edit, branch, merge, label, annotate, change metadata"
        case .manage: "delete, restore, prune and end sessions, change their limits"
        case .transfer: "make somebody else the owner of a session"
        case .share: "give others a role in one session"
        case .hold: "place holds"
        case .lift: "lift holds"
        case .erase: "erase and redact"
        case .destroy: "destroy keys of encrypted sessions"
        case .declare: "declare fields, templates and rules of retention"
        case .operate: "import, seal, compact, back up, repair, sign checkpoints, change keys"
        case .grant: "give roles in the whole journal, change the rules of access"
        }
    }

    /// Those for which the rules may ask for two people.
    public static let twoPerson: Set<Permission> = [.erase, .lift, .destroy]

    /// What appending an event needs; nil for what nobody may append but the journal itself.
    ///
    /// - Parameters:
    ///   - draft: The event to be.
    ///   - session: Where it is to stand.
    static func needed(by draft: EventDraft, in session: SessionID) -> Permission? {
        switch draft.kind {
        case .sessionCreated: return .create
        case .sessionMetadataChanged, .branchMerged: return neededToChangeMetadata(draft)
        case .sessionDeleted, .sessionRestored, .sessionTerminated, .sessionExpired,
            .sessionLimitsChanged, .sessionPruned, .sessionUnpruned, .messagePruned,
            .messageUnpruned:
            return .manage
        case .fieldDeclared, .templateDeclared: return .declare
        case .accessGranted, .accessRevoked: return draft.sharedSession != nil ? .share : .grant
        case .accessPolicyChanged: return .grant
        case .accessRequested, .accessApproved: return draft.permission
        case .holdPlaced: return .hold
        case .holdLifted: return .lift
        case .erasureRequested, .erasureOutlined, .messageRedacted, .forgettingRequested:
            return .erase
        case .accessDenied, .accessUsed, .erasureFinished, .compactionFinished, .forgettingFinished,
            .keyDestroyed:
            return nil
        default: return needed(byKind: draft.kind.rawValue, in: session)
        }
    }

    /// Kinds that go together by the first part of their name.
    private static func needed(byKind kind: String, in session: SessionID) -> Permission? {
        switch kind.prefix(while: { $0 != "." }) {
        case "redaction": return .erase
        case "retention": return .declare
        case "access": return nil
        case "key", "checkpoint", "compaction", "recovery", "clock", "backup", "verification":
            return .operate
        default: return session.isJournal ? .operate : .write
        }
    }

    private static func neededToChangeMetadata(_ draft: EventDraft) -> Permission {
        guard let data = try? draft.data.value() else { return .write }
        let changes = ["set", "add", "remove", "same_set"].compactMap { data[$0]?.object }
        if changes.contains(where: { $0["owner"] != nil }) { return .transfer }
        // Metadata that says what a lifecycle call says needs what the strictest of them needs.
        if changes.contains(where: { $0["status"] != nil }) { return .manage }
        return .write
    }
}

extension EventDraft {
    /// The permission that a request for approval is about.
    fileprivate var permission: Permission? {
        (try? data.value())?["permission"]?.string.flatMap { Permission(rawValue: $0) }
    }

    /// The session that a role is given or taken in; nil for the whole journal.
    var sharedSession: SessionID? {
        guard let session = (try? data.value())?["session"]?.string.flatMap({ SessionID($0) }),
            !session.isJournal
        else { return nil }
        return session
    }
}
