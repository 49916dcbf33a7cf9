extension SessionDifference {
    /// What `diff --json` prints.
    ///
    /// Keys: `from` and `to` (each `session`, `seq`, `branch`), `same`, `base`, `fields` (each
    /// `name`, `old`, `new`, and `added` and `removed` for a set), `messages` (`added`, `removed`,
    /// `edited`, `renamed`), `branches` (`added`, `removed`, `moved`, and `current` where that
    /// differs).
    public var json: JSONValue {
        var branches: JSONObject = [
            "added": .array(branchesAdded.map { .string($0.name) }),
            "removed": .array(branchesRemoved.map { .string($0.name) }),
            "moved": .array(
                moved.map {
                    [
                        "branch": .string($0.branch), "old": $0.old?.json ?? .null,
                        "new": $0.new?.json ?? .null,
                    ]
                }),
        ]
        branches["current"] = current.map { ["old": .string($0.old), "new": .string($0.new)] }
        return [
            "from": old.json, "to": new.json, "same": .bool(isEmpty), "base": base?.json ?? .null,
            "fields": .array(fields.map(\.json)),
            "messages": [
                "added": .array(added.map(\.differenceJSON)),
                "removed": .array(removed.map(\.differenceJSON)),
                "edited": .array(edited.map(\.json)), "renamed": .array(renamed.map(\.json)),
            ], "branches": .object(branches),
        ]
    }
}

extension SessionDifference.Side {
    fileprivate var json: JSONValue {
        [
            "session": JSONValue(session?.hexadecimal), "seq": JSONValue(sequence),
            "branch": JSONValue(branch),
        ]
    }
}

extension SessionDifference.Field {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "old": old ?? .null, "new": new ?? .null,
        ]
        object["added"] = added.map { .array($0) }
        object["removed"] = removed.map { .array($0) }
        return .object(object)
    }
}

extension SessionDifference.Pair {
    fileprivate var json: JSONValue { ["old": old.differenceJSON, "new": new.differenceJSON] }
}

extension Message {
    fileprivate var differenceJSON: JSONValue {
        [
            "id": .string(id), "role": JSONValue(role?.rawValue), "seq": JSONValue(sequence),
            "branch": .string(branch), "content": content().map { .array($0) } ?? .null,
        ]
    }
}
