extension ConversationTree {
    /// What a snapshot keeps of the tree besides its tables.
    func snapshot(_ storage: inout SnapshotStorage) -> JSONValue {
        let views = views.map { $0.snapshot(&storage) }
        let knowledge = knowledge.map { $0.snapshot(&storage) }
        return [
            "branches": .array(allBranches.map(\.snapshot)), "current": JSONValue(currentPlace),
            "currents": .array(
                currentPlaces.sorted { $0.key < $1.key }.map {
                    [.string($0.key), JSONValue($0.value)]
                }),
            "turns": .array(turnCounts.map { JSONValue($0) }),
            "views": .array(views), "knowledge": .array(knowledge),
        ]
    }

    /// The tree that a snapshot says; nil where it makes no sense, or names what is not there.
    init?(
        snapshot: JSONValue, _ reading: SnapshotReading, session: SessionID,
        messages: PagedTable<Message>, merges: PagedTable<Merge>,
        toolRuns: PagedTable<ToolRun>
    ) {
        guard let branches = snapshot["branches"]?.array, let turns = snapshot["turns"]?.array,
            let views = snapshot["views"]?.array, let knowledge = snapshot["knowledge"]?.array,
            !branches.isEmpty, turns.count == branches.count, views.count == branches.count,
            knowledge.count == branches.count
        else { return nil }
        func place(_ value: JSONValue?) -> Int? {
            value?.integer.flatMap { branches.indices.contains(Int($0)) ? Int($0) : nil }
        }
        self.init()
        begin(session)
        self.messages.table = messages
        mergeTable = merges
        self.toolRuns = toolRuns
        allBranches = branches.compactMap { Branch(snapshot: $0) }
        turnCounts = turns.compactMap { turns in
            turns.count.flatMap { $0 <= messages.count ? $0 : nil }
        }
        self.views = views.compactMap { Versioned(snapshot: $0, reading) }
        self.knowledge = knowledge.compactMap { Versioned(snapshot: $0, reading) }
        guard allBranches.count == branches.count, turnCounts.count == branches.count,
            self.views.count == branches.count, self.knowledge.count == branches.count,
            let current = place(snapshot["current"])
        else { return nil }
        turnCount = zip(turnCounts, allBranches).reduce(0) { sum, entry in
            entry.1.type == .sidechain ? sum : sum + entry.0
        }
        branchPlaces = [:]
        for (place, branch) in allBranches.enumerated() where !branch.isDeleted {
            guard branchPlaces.updateValue(place, forKey: branch.name) == nil else { return nil }
        }
        guard branchPlaces[EventDraft.mainBranch] == 0 else { return nil }
        currentPlace = current
        for pair in snapshot["currents"]?.array ?? [] {
            guard let pair = pair.array, pair.count == 2, let actor = pair[0].string,
                let branch = place(pair[1])
            else { return nil }
            currentPlaces[actor] = branch
        }
    }
}

extension MessageView: SnapshotValue {
    var snapshot: JSONValue { [edit.map { JSONValue($0) } ?? .null, origin.snapshot] }

    init?(snapshot: JSONValue) {
        guard let pair = snapshot.array, pair.count == 2, let origin = ChangeID(snapshot: pair[1])
        else { return nil }
        self.init(edit: pair[0].count, origin: origin)
    }
}

extension Branch {
    fileprivate var snapshot: JSONValue {
        var object: JSONObject = [
            "name": .string(name), "type": .string(type.rawValue), "declared": .bool(isDeclared),
            "seq": JSONValue(headSequence),
        ]
        object["head"] = head?.json
        object["origin"] = origin?.json
        object["parent"] = parent.map { .string($0) }
        object["text"] = text.map { .string($0) }
        object["creator"] = creator.map { .string($0) }
        if let beginning {
            object["began"] = [
                beginning.branch.map { JSONValue($0) } ?? .null, JSONValue(beginning.through),
            ]
        }
        if createdSequence > 0 { object["created"] = JSONValue(createdSequence) }
        if isDeleted { object["deleted"] = true }
        if !abandonedHeads.isEmpty {
            object["abandoned"] = .array(abandonedHeads.map(\.json))
        }
        return .object(object)
    }

    fileprivate init?(snapshot: JSONValue) {
        guard let name = snapshot["name"]?.string, let type = snapshot["type"]?.string,
            let isDeclared = snapshot["declared"]?.bool, let sequence = snapshot["seq"]?.unsigned
        else { return nil }
        self.init(name: name, type: Kind(rawValue: type), isDeclared: isDeclared)
        move(to: MessageReference(snapshot["head"]), at: sequence)
        origin = MessageReference(snapshot["origin"])
        parent = snapshot["parent"]?.string
        text = snapshot["text"]?.string
        creator = snapshot["creator"]?.string
        if let began = snapshot["began"]?.array, began.count == 2, let through = began[1].unsigned {
            beginning = Beginning(branch: began[0].count, through: through)
        }
        createdSequence = snapshot["created"]?.unsigned ?? 0
        isDeleted = snapshot["deleted"]?.bool ?? false
        abandonedHeads = snapshot["abandoned"]?.array?.compactMap { MessageReference($0) } ?? []
    }
}
