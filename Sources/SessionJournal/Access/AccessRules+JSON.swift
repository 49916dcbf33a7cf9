extension AccessRules {
    /// What `access --json` prints.
    public var json: JSONValue {
        [
            "enforced": .bool(isEnforced),
            "two_person": .array(
                twoPersonPermissions.map(\.rawValue).sorted().map { .string($0) }),
            "record_reads": .bool(recordsReads), "grants": .array(grants.map(\.json)),
        ]
    }
}

extension AccessRules.Grant {
    /// The grant as JSON.
    public var json: JSONValue {
        [
            "role": .string(role.rawValue), "principal": .string(principal),
            "session": JSONValue(session?.hexadecimal), "seq": JSONValue(sequence),
            "actor": .string(grantor), "time": .string(time.description),
            "reason": JSONValue(reason),
        ]
    }
}

extension AccessRules.Request {
    /// What `access requests --json` prints, a line each.
    public var json: JSONValue {
        [
            "request": JSONValue(sequence), "principal": .string(principal),
            "permission": .string(permission.rawValue), "subject": subject,
            "time": .string(time.description), "approved_by": JSONValue(approval?.principal),
            "approval": approval.map { JSONValue($0.sequence) } ?? .null,
            "use": use.map { JSONValue($0) } ?? .null,
        ]
    }
}
