/// Writes a clone: one commit where all of it fits, else several, of which the last says that it is
/// whole.
struct CloneRun {
    /// The largest commit that a clone writes, in bytes; also what it takes of memory, twice at most.
    static let commitSize = 8 << 20

    /// The most events that a commit of a clone has.
    static let commitCount = 8_192

    private let writer: JournalWriter
    private let session: SessionID
    private let plan: ClonePlan
    private let texts: TextPlaces.State
    private let origin: CloneOrigin
    private let durability: Durability
    private let commitSize: Int

    private var pending: [EventDraft] = []
    private var pendingSize = 0
    private var version: UInt64 = 0
    private var eventCount = 0
    private var commitCount = 0
    private var messageCount = 0
    private var blobs: Set<String> = []
    private var calls: Set<String> = []

    init(
        _ plan: ClonePlan, _ texts: TextPlaces.State, origin: CloneOrigin, by writer: JournalWriter,
        durability: Durability, commitSize: Int
    ) {
        self.plan = plan
        self.texts = texts
        self.origin = origin
        self.writer = writer
        self.durability = durability
        self.commitSize = commitSize
        session = writer.journal.newSessionID()
    }

    private var journal: Journal { writer.journal }

    /// Writes all of it, the creation first.
    mutating func write(_ creation: EventDraft) async throws -> CloneReport {
        try await add(creation)
        for step in plan.steps { try await write(step) }
        try await writeBlobs()
        var data = origin.data
        data.append("messages", JSONValue(messageCount))
        data.append("events", JSONValue(eventCount + pending.count + 1))
        try await add(EventDraft(.sessionCloned, data: EventData(data)))
        try await flush()
        var origin = origin
        origin.isFinished = true
        return CloneReport(
            session: session, origin: origin, messages: messageCount, events: eventCount,
            commits: commitCount)
    }

    // MARK: Commits

    private mutating func add(_ draft: EventDraft) async throws {
        let size = try EventRules.lineSize(of: draft, actor: writer.actor) + 1
        if pendingSize + size > commitSize || pending.count >= Self.commitCount {
            try await flush()
        }
        pending.append(draft)
        pendingSize += size
    }

    private mutating func flush() async throws {
        guard !pending.isEmpty else { return }
        // Nobody else writes to a session that is not whole yet; who does is in the way.
        let receipts = try await writer.append(
            pending, to: session, if: .version(version), durability: durability)
        version = receipts.last?.version ?? version
        eventCount += pending.count
        commitCount += 1
        pending = []
        pendingSize = 0
    }

    // MARK: Steps

    private mutating func write(_ step: ClonePlan.Step) async throws {
        switch step {
        case .branch(let branch, let name, let from, let parent):
            var data: JSONObject = [
                "branch": .string(name), "from": JSONValue(from),
                "type": .string(branch.type.rawValue), "parent_branch": .string(parent),
            ]
            data["description"] = branch.text.map { .string($0) }
            try await add(
                EventDraft(
                    .branchCreated, branch: name, data: EventData(data),
                    onBehalf: branch.creator, cause: Self.cause(branch.createdSequence)))
        case .metadata(let branch, let set):
            var data: JSONObject = [
                "schema": .integer(MetadataField.schemaVersion), "set": .object(set),
            ]
            let own = plan.branchFields(among: set.names)
            if !own.isEmpty { data.append("branch_fields", .array(own.map { .string($0) })) }
            try await add(
                EventDraft(.sessionMetadataChanged, branch: branch, data: EventData(data)))
        case .message(let place, let id, let parent, let branch, let text):
            try await writeMessage(place, id, parent, branch, text)
        case .text(let place, let id, let branch, let text):
            try await writeText(place, id, branch, text)
        case .current(let branch):
            try await add(
                EventDraft(.branchSwitched, branch: branch, data: ["branch": .string(branch)]))
        }
    }

    private static func cause(_ sequence: UInt64) -> Cause? {
        sequence == 0 ? nil : .sequence(sequence)
    }

    private mutating func writeMessage(
        _ place: Int, _ id: String, _ parent: MessageReference?, _ branch: String,
        _ text: ClonePlan.Text
    ) async throws {
        let message = plan.state.tree.messages[place]
        let original = try await events(of: message.sequence)
        let parts = try await parts(of: text)
        var data: JSONObject = [
            "message": .string(id), "parent": parent?.json ?? .null,
            "role": JSONValue(message.role?.rawValue), "parts": .array(parts),
        ]
        data["model"] = message.model.map { .string($0) }
        var whole = message
        whole.events = original
        data["usage"] = whole.usage()
        data["synthetic"] = message.synthetic.map { .string($0) }
        if message.state != .complete { data["streaming"] = true }
        if !message.metadata.isEmpty { data["metadata"] = .object(message.metadata) }
        if !message.references.isEmpty {
            data["references"] = .array(message.references.map { reference($0).json })
        }
        let moment = message.occurred ?? message.time
        func draft(_ kind: EventKind, _ data: JSONObject) -> EventDraft {
            EventDraft(
                kind, branch: branch, data: EventData(data), onBehalf: message.actor,
                occurred: moment, cause: Self.cause(message.sequence))
        }
        try await add(draft(.messageAppended, data))
        messageCount += 1
        if message.state != .complete {
            // Nobody goes on with what was being written there.
            try await add(
                draft(
                    .messageFinished,
                    [
                        "message": .string(id),
                        "status": .string(Message.State.abandoned.rawValue),
                    ]))
        }
        if text.isRemoval { try await writeText(place, id, branch, text) }
        if message.isPruned {
            let named: JSONValue = ["message": .string(id)]
            try await add(draft(.messagePruned, ["strategy": "clone", "messages": [named]]))
        }
        try await writeRuns(parts, id, branch)
    }

    /// A reference to a message as the clone names it.
    private func reference(_ reference: MessageReference) -> MessageReference {
        guard reference.session == nil else { return reference }
        if let place = plan.state.tree.place(of: reference.message), let id = plan.ids[place] {
            return MessageReference(id)
        }
        return MessageReference(reference.message, session: origin.session)
    }

    private mutating func writeText(
        _ place: Int, _ id: String, _ branch: String, _ text: ClonePlan.Text
    ) async throws {
        let message = plan.state.tree.messages[place]
        let revision = message.revisions.last { $0.sequence == text.sequence }
        var data: JSONObject = ["message": .string(id)]
        if !text.isRemoval { data.append("parts", .array(try await parts(of: text))) }
        try await add(
            EventDraft(
                text.isRemoval ? .messageRemoved : .messageEdited, branch: branch,
                data: EventData(data), onBehalf: revision?.actor,
                occurred: revision?.occurred ?? revision?.time, cause: Self.cause(text.sequence),
                reason: revision?.reason))
    }

    /// What is on record of the runs of the tools that a message asks for, so that calls stay joined.
    private mutating func writeRuns(
        _ parts: [JSONValue], _ id: String, _ branch: String
    ) async throws {
        for case .toolUse(let use) in parts.map({ Part($0) }) {
            let runs = plan.state.tree.toolRuns
            guard let run = runs.place(of: use.call).map({ runs[$0] }),
                calls.insert(use.call).inserted
            else { continue }
            var data: JSONObject = ["call": .string(use.call)]
            data["name"] = run.name.map { .string($0) }
            data.append("message", .string(id))
            if let sequence = run.startedSequence {
                try await add(
                    EventDraft(
                        .toolStarted, branch: branch, data: EventData(data),
                        occurred: run.started, cause: Self.cause(sequence)))
            }
            guard let sequence = run.finishedSequence else { continue }
            data["status"] = run.status.map { .string($0) }
            data["duration_ms"] = run.duration.map { .integer($0) }
            try await add(
                EventDraft(
                    .toolFinished, branch: branch, data: EventData(data), occurred: run.finished,
                    cause: Self.cause(sequence)))
        }
    }

    // MARK: Content

    private func events(of sequence: UInt64) async throws -> [Event] {
        var events: [Event] = []
        for place in texts.texts[sequence] ?? [] {
            if let event = try await journal.event(at: place) { events.append(event) }
        }
        return events
    }

    /// The parts of a text; none for a removal. Notes the attachments that they name.
    private mutating func parts(of text: ClonePlan.Text) async throws -> [JSONValue] {
        guard !text.isRemoval else { return [] }
        let parts = Message.Revision.content(of: try await events(of: text.sequence))
        for part in parts { blobs.formUnion(BlobName.names(in: Array(part.description.utf8).span)) }
        return parts
    }

    /// The attachments of the messages, piece by piece.
    private mutating func writeBlobs() async throws {
        guard !blobs.isEmpty, let source = plan.state.session else { return }
        var written: Set<String> = []
        for try await event in journal.events(
            through: plan.state.lastSequence, session: source, kinds: [.blobStored])
        {
            guard let reader = try? DataReader(event), let blob = reader.string("blob"),
                blobs.contains(blob), let index = reader.integer("index"),
                written.insert("\(blob)/\(index)").inserted,
                let data = try event.data().object
            else { continue }
            try await add(
                EventDraft(
                    .blobStored, data: EventData(data), occurred: event.moment,
                    cause: Self.cause(event.sequence)))
        }
    }
}
