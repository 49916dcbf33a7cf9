internal import SessionJournal

/// One session of many events on three branches: messages, tools, changes of metadata.
struct LongSession {
    let session: SessionName
    let eventCount: Int

    /// The branches that are there after the first hundred events.
    static let branches = ["main", "left", "right"]

    /// Fields that change all the time, of the session and of branches.
    static let fields = ["title", "owner", "description", "model", "max_tokens"]

    private static let batchSize = 1_000
    /// How many events a branch has before another one goes on.
    private static let stretch = 60

    init(_ eventCount: Int) throws {
        session = try SessionName(number: 7_000_000)
        self.eventCount = eventCount
    }

    /// Writes it, and returns the journal's size on the disk in bytes, sealed.
    func write(to journal: Journal) async throws -> UInt64 {
        let writer = journal.as(Message.actor)
        var random = Random(seed: 11)
        let project = Project(seed: 3)
        var drafts: [EventDraft] = []
        var messages: UInt64 = 0
        for number in 0..<eventCount {
            let branch = Self.branches[number / Self.stretch % Self.branches.count]
            let kind: EventKind
            var data: EventData
            if number == 0 {
                (kind, data) = (.sessionCreated, ["metadata": ["name": "long"], "key": "long"])
            } else if number % 25 == 0 {
                kind = .sessionMetadataChanged
                let field = Self.fields[number / 25 % Self.fields.count]
                let value: JSONValue =
                    field == "max_tokens" ? .integer(Int64(number)) : .string("v\(number)")
                data = ["set": .object([field: value])]
            } else {
                let file = project.files[number / 40 % project.files.count]
                var text = MessageText(
                    session: session, version: UInt64(number), file: file, random: random)
                let size = 200 + random.below(1_300)
                switch number % 4 {
                case 0:
                    (kind, data) = (.toolStarted, try EventData(json: text.toolCall(size: size)))
                case 1:
                    (kind, data) = (.toolFinished, try EventData(json: text.toolResult(size: size)))
                default:
                    messages += 1
                    text = MessageText(
                        session: session, version: messages, file: file, random: text.random)
                    kind = .messageAppended
                    data = try EventData(
                        json: text.spoken(role: number % 4 == 2 ? "user" : "assistant", size: size))
                }
                random = text.random
            }
            drafts.append(EventDraft(kind, branch: branch, data: data))
            if drafts.count == Self.batchSize || number == eventCount - 1 {
                try await writer.append(drafts, to: session.id)
                drafts = []
            }
        }
        try await journal.seal()
        return try await journal.store.storage().sizeOnDisk
    }
}
