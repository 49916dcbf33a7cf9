extension ConversationTree {
    /// What `tree --json` prints: `nodes`, by their events' order, and `heads` by branch.
    ///
    /// A node has `id`, `parent` (an id, null, or `{session, message}`), `branches`, `role`, `seq`,
    /// `children`, and where they say something `sidechain`, `fork_point`, `missing_parent` (the
    /// name of the parent that is missing), `synthetic`, `withheld`.
    public func json() -> JSONValue {
        var heads = JSONObject()
        for branch in branches { heads.append(branch.name, branch.head?.json ?? .null) }
        return [
            "session": JSONValue(session?.hexadecimal), "branch": .string(currentBranch),
            "heads": .object(heads), "branches": .array(branches.map(\.json)),
            "nodes": .array(nodes().map(\.json)),
        ]
    }
}

extension ConversationTree.Node {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "id": .string(message.id), "parent": parent?.json ?? .null,
            "branches": .array(branches.map { .string($0) }),
            "role": JSONValue(message.role?.rawValue), "seq": JSONValue(message.sequence),
            "time": .string(message.time.description),
            "occurred": JSONValue(message.occurred?.description),
            "children": .array(children.map { .string($0) }),
        ]
        if isSidechain { object["sidechain"] = true }
        if isForkPoint { object["fork_point"] = true }
        if isParentMissing {
            object["missing_parent"] = JSONValue(message.missingParent ?? parent?.message)
        }
        object["synthetic"] = message.synthetic.map { .string($0) }
        if message.isWithheld { object["withheld"] = true }
        return .object(object)
    }
}

extension Branch {
    fileprivate var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "type": .string(type.rawValue), "head": head?.json ?? .null,
            "head_seq": JSONValue(headSequence), "from": origin?.json ?? .null,
            "parent_branch": JSONValue(parent),
        ]
        object["description"] = text.map { .string($0) }
        return .object(object)
    }
}
