extension SessionState {
    /// What `show --json` prints: the session and the messages of a branch from root to head; the
    /// current branch where none is named. Nil where the session has no event or no such branch.
    ///
    /// Messages that were put out of sight are left out, and counted as `pruned`, unless they are asked
    /// for.
    ///
    /// Keys: `session`, `key`, `created_at`, `last_active`, `seq`, `version`, `branch`, `branches`,
    /// `metadata`, `lifecycle`, `messages`, and where they say something `invalid` (what is wrong
    /// with the metadata), `turn_count_claim` (a number that was given and is not the one counted),
    /// `template` (what it was made from), `clone` (what it was cloned from), `compacted` (how far its content
    /// is gone), `origin` (what the first message answers and is not here), `merges` (those that the branch
    /// runs through), `tool_calls`, `pruned_seq` (the event that put the session out of sight) and
    /// `accesses` (how often it was read).
    ///
    /// - Parameters:
    ///   - name: The branch; nil for the current one.
    ///   - includesPruned: Whether messages that were put out of sight are among the others.
    public func json(
        branch name: String? = nil, includingPruned includesPruned: Bool = false
    ) -> JSONValue? {
        let name = name ?? tree.currentBranch
        guard let session, let path = tree.path(ofBranch: name) else { return nil }
        var object: JSONObject = [
            "session": .string(session.hexadecimal), "key": JSONValue(key),
            "created_at": JSONValue(createdAt?.description),
            "last_active": JSONValue(lastActive?.description), "seq": JSONValue(lastSequence),
            "version": JSONValue(version), "branch": .string(name),
            "branches": .array(tree.branches.map { .string($0.name) }),
            "metadata": .object(metadata(on: name)), "lifecycle": lifecycle.json,
        ]
        let invalid = invalidFields
        if !invalid.isEmpty { object["invalid"] = .array(invalid.map(\.json)) }
        if let claim = turnCountMismatch { object["turn_count_claim"] = claim.value }
        object["template"] = template?.json
        object["clone"] = clone?.json
        object["compacted"] = compacted?.json
        object["origin"] = path.origin?.json
        object["pruned_seq"] = prunedSequence.map { JSONValue($0) }
        if accesses.count > 0 { object["accesses"] = accesses.json }
        let shown = includesPruned ? path.messages : path.messages.filter { !$0.isPruned }
        object.append("messages", .array(shown.map { $0.json(in: tree) }))
        let pruned = path.messages.count(where: \.isPruned)
        if pruned > 0 { object["pruned"] = JSONValue(pruned) }
        if !path.merges.isEmpty { object.append("merges", .array(path.merges.map(\.json))) }
        let calls = tree.toolCalls(onBranch: name)
        if !calls.isEmpty { object.append("tool_calls", .array(calls.map(\.json))) }
        return .object(object)
    }
}

extension Message {
    /// A message in `show --json`. `parent` and `model` are null where there is none, `content`
    /// where it is withheld; the rest is left out where there is nothing to say.
    package func json(in tree: ConversationTree) -> JSONValue {
        let parent = parent.map { tree.named($0) }
        var object: JSONObject = [
            "id": .string(id), "parent": parent?.json ?? .null,
            "role": JSONValue(role?.rawValue),
            "content": content().map { .array($0) } ?? .null, "seq": JSONValue(sequence),
            "time": .string(time.description), "occurred": JSONValue(occurred?.description),
            "branch": .string(branch), "model": JSONValue(model), "usage": usage() ?? .null,
        ]
        object["synthetic"] = synthetic.map { .string($0) }
        object["missing_parent"] = missingParent.map { .string($0) }
        if !aliases.isEmpty { object["aliases"] = .array(aliases.map { .string($0) }) }
        if isWithheld { object["withheld"] = true }
        object["pruned_seq"] = prunedSequence.map { JSONValue($0) }
        if isCompacted { object["compacted"] = true }
        if !metadata.isEmpty { object["metadata"] = .object(metadata) }
        if !references.isEmpty { object["references"] = .array(references.map(\.json)) }
        addRevision(to: &object)
        return .object(object)
    }
}

extension SessionSummary {
    /// What `sessions --json` prints of the session, on one line.
    public var json: JSONValue {
        var object: JSONObject = [
            "session": .string(session.hexadecimal), "key": JSONValue(key),
            "created_at": JSONValue(createdAt?.description),
            "last_active": JSONValue(lastActive?.description), "events": JSONValue(eventCount),
            "messages": JSONValue(messageCount), "branches": JSONValue(branchCount),
            "first_seq": JSONValue(firstSequence), "last_seq": JSONValue(lastSequence),
            "metadata": .object(metadata),
        ]
        if isPruned { object["pruned"] = true }
        return .object(object)
    }
}
