/// Where a new branch begins.
public enum BranchStart: Hashable, Sendable {
    /// At the last message of the branch that it comes from.
    case head
    /// At a message, by its id.
    case message(String)
    /// Where the branch that it comes from stood at an event, by its sequence number: with the
    /// messages, the branch's metadata and the edits of then.
    case event(UInt64)
}

/// Where a branch's head goes back to.
public enum RewindTarget: Hashable, Sendable {
    /// A message that the branch runs through, by its id.
    case message(String)
    /// Where the branch stood at an event, by its sequence number.
    case event(UInt64)
    /// Before the first message.
    case start
}

/// What is to be appended for an act on branches, worked out from the state alone.
extension SessionState {
    /// What a new branch is to be.
    package struct NewBranch: Sendable {
        package var name: String
        package var start: BranchStart
        package var parent: String?
        package var type: Branch.Kind
        package var text: String?
        package var metadata: JSONObject
        /// The session as of the event that the branch is to begin at.
        package var past: SessionState?
        package var depthLimit: Int

        package init(
            _ name: String, start: BranchStart = .head, parent: String? = nil,
            type: Branch.Kind = .fork, text: String? = nil, metadata: JSONObject = [:],
            past: SessionState? = nil, depthLimit: Int = JournalLimits.branchDepth
        ) {
            self.name = name
            self.start = start
            self.parent = parent
            self.type = type
            self.text = text
            self.metadata = metadata
            self.past = past
            self.depthLimit = depthLimit
        }
    }

    /// The events that create a branch, and the message or merge that it begins at.
    package func creation(
        of new: NewBranch, by actor: String
    ) throws(JournalError) -> (drafts: [EventDraft], head: MessageReference?) {
        try checkNew(new.name)
        let (parent, head) = try origin(of: new, by: actor)
        let depth = (tree.depth(ofBranch: parent) ?? 0) + 1
        guard depth <= new.depthLimit else {
            throw JournalError(
                .tooLarge,
                "the branch would be nested \(depth) deep; the limit is \(new.depthLimit). Begin it "
                    + "at a branch nearer to main")
        }
        var data: JSONObject = [
            "branch": .string(new.name), "from": head?.json ?? .null,
            "type": .string(new.type.rawValue), "parent_branch": .string(parent),
        ]
        if case .event(let sequence) = new.start { data.append("at", JSONValue(sequence)) }
        data["description"] = new.text.map { .string($0) }
        // The branch it comes from is named by the data: the event happened on the new one.
        var drafts = [EventDraft(.branchCreated, branch: new.name, data: EventData(data))]
        if let draft = try firstMetadata(of: new, parent: parent) { drafts.append(draft) }
        return (drafts, head)
    }

    /// The event that gives a new branch values other than those it begins with; nil for none.
    private func firstMetadata(
        of new: NewBranch, parent: String
    ) throws(JournalError) -> EventDraft? {
        var begins = new.past ?? self
        begins.schema = schema
        let before = begins.tree.name(of: parent, in: tree)
        let plan = MetadataPlan(
            MetadataUpdate(set: new.metadata), on: begins, branch: before, since: nil)
        let names = Set(new.metadata.names)
        let problems = plan.problems.filter { names.contains($0.field) }
        guard problems.isEmpty else { throw JournalError.invalidMetadata(problems) }
        let values = begins.metadata(on: before)
        var changed: JSONObject = [:]
        for name in new.metadata.names where changed[name] == nil {
            guard (schema[name]?.scope ?? table.scope(of: name)) == .branch else {
                throw JournalError(
                    .invalidArgument,
                    "the field “\(name)” belongs to the session and cannot begin with a branch; "
                        + "set it on the session")
            }
            if let value = new.metadata[name], values[name] != value { changed[name] = value }
        }
        guard !changed.isEmpty else { return nil }
        var data: JSONObject = [
            "schema": .integer(MetadataField.schemaVersion), "set": .object(changed),
        ]
        let own = schema.branchNames(among: changed.names)
        if !own.isEmpty { data.append("branch_fields", .array(own.map { .string($0) })) }
        return EventDraft(.sessionMetadataChanged, branch: new.name, data: EventData(data))
    }

    /// The branch that a new one comes from, by its name now, and where it begins.
    private func origin(
        of new: NewBranch, by actor: String
    ) throws(JournalError) -> (parent: String, head: MessageReference?) {
        switch new.start {
        case .head:
            let parent = try branchName(new.parent, by: actor)
            return (parent, tree.branch(parent)?.head)
        case .message(let id):
            let message = try message(id)
            let current = tree.currentBranch(of: actor)
            let own = tree.branchName(ofMessage: message)
            let parent =
                new.parent ?? (tree.runs(branch: current, through: message) ? current : own)
            _ = try branchName(parent, by: actor)
            return (parent, MessageReference(message.id))
        case .event(let sequence):
            guard let past = new.past, past.session != nil else {
                throw JournalError(
                    .eventNotFound,
                    "the session has no event at or before \(sequence) to begin a branch at")
            }
            let parent = try branchName(new.parent, by: actor)
            guard let place = tree.branchPlaces[parent],
                past.tree.allBranches.indices.contains(place)
            else {
                throw JournalError(
                    .branchNotFound,
                    "the branch “\(parent)” was not there at event \(sequence); name another one")
            }
            return (parent, past.tree.allBranches[place].head)
        }
    }

    /// The event that makes a branch the actor's own; none where it is.
    package func switching(to name: String, by actor: String) throws(JournalError) -> [EventDraft] {
        _ = try branchName(name, by: actor)
        let place = tree.branchPlaces[name]
        guard tree.currentPlaces[actor] != place || tree.currentPlace != place else { return [] }
        return [EventDraft(.branchSwitched, branch: name, data: ["branch": .string(name)])]
    }

    /// The event that gives a branch another name.
    package func renaming(
        _ name: String, to new: String, by actor: String
    ) throws(JournalError) -> [EventDraft] {
        _ = try branchName(name, by: actor)
        try checkNotMain(name, "renamed")
        guard name != new else { return [] }
        try checkNew(new)
        return [
            EventDraft(
                .branchRenamed, branch: new, data: ["branch": .string(name), "to": .string(new)])
        ]
    }

    /// The event that puts a branch away.
    package func deletion(of name: String, by actor: String) throws(JournalError) -> [EventDraft] {
        _ = try branchName(name, by: actor)
        try checkNotMain(name, "deleted")
        return [EventDraft(.branchDeleted, branch: name, data: ["branch": .string(name)])]
    }

    /// The event that brings a branch back.
    package func restoration(of name: String) throws(JournalError) -> [EventDraft] {
        guard tree.deletedBranches.contains(where: { $0.name == name }) else {
            throw JournalError(.branchNotFound, "no branch “\(name)” was deleted")
        }
        try checkNew(name)
        return [EventDraft(.branchRestored, branch: name, data: ["branch": .string(name)])]
    }

    /// The event that moves a branch's head; none where it is there.
    ///
    /// - Parameters:
    ///   - past: The session as of the event that is the target.
    ///   - id: A new id, for what is left of a merge where the head goes to a message that one
    ///     brought.
    package func rewinding(
        _ name: String?, to target: RewindTarget, past: SessionState?, id: String, by actor: String
    ) throws(JournalError) -> [EventDraft] {
        let name = try branchName(name, by: actor)
        guard let place = tree.branchPlaces[name] else { return [] }
        let branch = tree.allBranches[place]
        var head: MessageReference?
        var data: JSONObject = ["branch": .string(name)]
        switch target {
        case .message(let given):
            let message = try message(given)
            let way = tree.way(to: branch.head)
            guard let step = way.messages.firstIndex(of: tree.place(of: message.id) ?? -1) else {
                throw JournalError(
                    .messageNotFound,
                    "the branch “\(name)” does not run through message \(message.id); rewind to an "
                        + "event where it did")
            }
            head = MessageReference(message.id)
            data.append("to", .string(message.id))
            if let merge = way.broughtBy[step] {
                if tree.mergeTable[merge].messages.last == message.id {
                    head = MessageReference(tree.mergeTable[merge].id)
                    data["to"] = head?.json
                } else {
                    data.append("into", .string(tree.mergeTable[merge].id))
                    data.append("merge", .string(id))
                }
            }
        case .event(let sequence):
            guard let past, past.session != nil, past.tree.allBranches.indices.contains(place)
            else {
                throw JournalError(
                    .eventNotFound, "the branch “\(name)” was not there at event \(sequence)")
            }
            head = past.tree.allBranches[place].head
            data.append("to", head?.json ?? .null)
            data.append("event", JSONValue(sequence))
        case .start: data.append("to", .null)
        }
        guard head != branch.head else { return [] }
        data.append("from", branch.head?.json ?? .null)
        return [EventDraft(.branchRewound, branch: name, data: EventData(data))]
    }

    /// The branch that is meant: the one that is named, or the actor's own.
    package func branchName(_ name: String?, by actor: String) throws(JournalError) -> String {
        guard let name else { return tree.currentBranch(of: actor) }
        guard tree.branch(name) != nil else { throw JournalError.branchNotFound(name, in: tree) }
        return name
    }

    /// A message by its id or alias.
    package func message(_ id: String) throws(JournalError) -> Message {
        guard let message = tree.message(id) else {
            throw JournalError(.messageNotFound, "the session has no message “\(id)”")
        }
        return message
    }

    private func checkNew(_ name: String) throws(JournalError) {
        try EventRules.check(name: name, what: "the branch")
        guard name.utf8.count <= EventLimits.maximumBranchSize else {
            throw JournalError(
                .tooLarge,
                "the branch's name is \(name.utf8.count) bytes; the limit is "
                    + "\(EventLimits.maximumBranchSize)")
        }
        guard tree.branch(name) == nil else {
            throw JournalError(
                .branchExists, "the session has a branch “\(name)”; choose another name")
        }
    }

    private func checkNotMain(_ name: String, _ what: String) throws(JournalError) {
        guard name == EventDraft.mainBranch else { return }
        throw JournalError(.invalidArgument, "the branch “main” cannot be \(what)")
    }
}

extension ConversationTree {
    /// The name that a branch of a later tree of the session had here.
    func name(of branch: String, in later: ConversationTree) -> String {
        guard let place = later.branchPlaces[branch], allBranches.indices.contains(place) else {
            return branch
        }
        return allBranches[place].name
    }

    /// The name that the branch of a message has now.
    func branchName(ofMessage message: Message) -> String {
        message.branchPlace.map { allBranches[$0].name } ?? EventDraft.mainBranch
    }

    /// Whether the way from the root to a branch's head passes a message.
    func runs(branch name: String, through message: Message) -> Bool {
        guard let place = place(of: message.id) else { return false }
        return way(to: branch(name)?.head).messages.contains(place)
    }
}

extension JournalError {
    /// A session has no branch of a name.
    static func branchNotFound(_ name: String, in tree: ConversationTree) -> JournalError {
        JournalError(
            .branchNotFound,
            "the session has no branch “\(name)”; it has "
                + tree.branches.map(\.name).joined(separator: ", "))
    }
}
