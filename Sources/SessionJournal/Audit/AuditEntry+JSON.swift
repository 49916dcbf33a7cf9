extension AuditEntry {
    /// What `audit --json` prints of the change, on one line.
    public var json: JSONValue {
        var object: JSONObject = [
            "seq": JSONValue(sequence), "time": .string(time.description),
            "session": .string(session.hexadecimal), "branch": .string(branch),
            "field": JSONValue(field), "old": old, "new": new, "actor": JSONValue(actor),
            "reason": JSONValue(reason),
        ]
        object["onbehalf"] = onBehalf.map { .string($0) }
        object["occurred"] = occurred.map { .string($0.description) }
        object["undoes"] = undoes.map { JSONValue($0) }
        if isWithheld { object["withheld"] = true }
        return .object(object)
    }
}
