extension ConversationTree {
    /// What `tree --json` prints: `nodes`, by their events' order, `merges`, and `heads` by branch.
    ///
    /// A node has `id`, `parent` (an id, null, or `{session, message}`; a merge's id where the
    /// message is the first behind one), `branches`, `role`, `seq`, `children`, and where they say
    /// something `sidechain`, `fork_point`, `missing_parent` (the name of the parent that is
    /// missing), `synthetic`, `withheld`, `edited`, `removed` (the sequence number of the event),
    /// `state`.
    public func json() -> JSONValue {
        var heads = JSONObject()
        for branch in branches { heads.append(branch.name, branch.head?.json ?? .null) }
        var object: JSONObject = [
            "session": JSONValue(session?.hexadecimal), "branch": .string(currentBranch),
            "heads": .object(heads), "branches": .array(branches.map(\.json)),
            "nodes": .array(nodes().map(\.json)),
        ]
        if !merges.isEmpty { object.append("merges", .array(merges.map(\.json))) }
        if !currentPlaces.isEmpty {
            var current = JSONObject()
            for (actor, place) in currentPlaces.sorted(by: { $0.key < $1.key }) {
                current.append(actor, .string(allBranches[place].name))
            }
            object.append("current", .object(current))
        }
        return .object(object)
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
        message.addRevision(to: &object)
        return .object(object)
    }
}

extension Message {
    /// Adds what `show --json` and `tree --json` say of a message that is not as it was appended.
    func addRevision(to object: inout JSONObject) {
        if let revision {
            object[revision.isRemoval ? "removed" : "edited"] = JSONValue(revision.sequence)
        }
        if state != .complete { object["state"] = .string(state.rawValue) }
    }
}

extension Branch {
    /// The branch as `tree --json` and `branch --json` print it.
    package var json: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "type": .string(type.rawValue), "head": head?.json ?? .null,
            "head_seq": JSONValue(headSequence), "from": origin?.json ?? .null,
            "parent_branch": JSONValue(parent),
        ]
        object["description"] = text.map { .string($0) }
        object["creator"] = creator.map { .string($0) }
        return .object(object)
    }
}
