import SessionJournal

/// How much water was boiled, by the events of one's own.
struct WaterBoiled: Projection {
    static let name = "org.example.water"
    static let version = 1

    func initialState() -> Double { 0 }

    func apply(_ event: Event, to state: inout Double) throws {
        guard event.kind == "x.kettle.boiled", let data = try? event.data() else { return }
        state += data["litres"]?.double ?? 0
    }
}

/// Questions, as a share of the sentences. Asks nobody; one that asks a model looks the same.
struct Curiosity: Analyzer {
    let name = "curiosity"
    let version = 1

    func findings(in message: Message, of state: SessionState) async throws -> [Finding] {
        guard message.role == .user else { return [] }
        let text = message.preview(10_000)
        let ends = text.count { ".!?".contains($0) }
        guard ends > 0 else { return [] }
        let share = Double(text.count { $0 == "?" }) / Double(ends)
        return [Finding("curiosity", JSONValue(share), confidence: 0.8)]
    }
}

/// Takes lines of `time TAB role TAB text` into the session of a key. Returns how many were new.
func importLines(
    _ lines: [String], as key: String, by writer: JournalWriter
) async throws -> Int {
    let (session, _) = try await writer.getOrCreateSession(key: key)
    var drafts: [EventDraft] = []
    var parent = JSONValue.null
    for (number, line) in lines.enumerated() {
        let cells = line.split(separator: "\t", maxSplits: 2).map(String.init)
        var draft = EventDraft(
            .importLine, data: ["line": JSONValue(number + 1), "text": .string(line)])
        if cells.count == 3, let time = Timestamp(cells[0]) {
            let message = JSONValue.string("line-\(number + 1)")
            draft = EventDraft(
                .messageAppended,
                data: [
                    "message": message, "parent": parent, "role": .string(cells[1]),
                    "parts": [["type": "text", "text": .string(cells[2])]],
                ])
            draft.occurred = time
            parent = message
        }
        draft.id = "\(key)/\(number + 1)"
        draft.origin = "teahouse-log"
        drafts.append(draft)
    }
    var added = 0
    for start in stride(from: 0, to: drafts.count, by: 1_000) {
        let batch = Array(drafts[start..<min(start + 1_000, drafts.count)])
        added += try await writer.append(batch, to: session).count { !$0.isDuplicate }
    }
    return added
}

/// Lets a rule look at every batch before another store takes it.
struct GuardedStore: JournalStore {
    let base: any JournalStore
    let rule: @Sendable (AppendBatch) throws -> Void

    var isWritable: Bool { base.isWritable }

    func append(_ batch: AppendBatch) async throws -> [AppendReceipt] {
        try rule(batch)
        return try await base.append(batch)
    }

    func adopt(_ lines: [[UInt8]], durability: Durability) async throws -> AdoptReceipt {
        try await base.adopt(lines, durability: durability)
    }

    func read(_ query: ReadQuery) async throws -> EventPage { try await base.read(query) }
    func position() async throws -> StorePosition { try await base.position() }
    func growth(past sequence: UInt64) async throws -> UInt64 {
        try await base.growth(past: sequence)
    }
    func head(of session: SessionID) async throws -> SessionHead? {
        try await base.head(of: session)
    }
    func heads(from first: SessionID, limit: Int) async throws -> [SessionHead] {
        try await base.heads(from: first, limit: limit)
    }
    func session(forKey key: String) async throws -> SessionID? {
        try await base.session(forKey: key)
    }
    func treeHead(at size: UInt64?) async throws -> TreeHead { try await base.treeHead(at: size) }
    func verify(_ options: VerificationOptions) async throws -> VerificationReport {
        try await base.verify(options)
    }
    func seal() async throws { try await base.seal() }
    func storage() async throws -> StorageFigures { try await base.storage() }
    func metrics() async -> JournalMetrics { await base.metrics() }
    func close() async throws { try await base.close() }
}

/// What the blocks of "Extending it" come to.
struct ExtendingOutcome {
    var mood: JSONValue?
    var guests: SessionState
    var litres = 0.0
    var judged = 0
    var guardedSessions = 0
}

/// The blocks of "Extending it" on a journal and a session.
func extendingExample(_ journal: Journal, _ session: SessionID) async throws -> ExtendingOutcome {
    let ada = journal.as("user:ada")
    let mood = MetadataField(
        "mood", type: .string, initialValue: "calm", scope: .session,
        constraints: .init(allowed: ["calm", "hurried"]), meaning: "How the guest is.")
    try await ada.declareField(mood, reason: "we serve by it")
    try await ada.setMetadata(["mood": "hurried"], in: session)

    let tasting = try SessionTemplate([
        "name": "tasting", "model": "m-1", "system_prompt": "We taste {{tea}}, {{cups}} cups each.",
        "parameters": [
            ["name": "tea", "required": true], ["name": "cups", "type": "integer", "default": 3],
        ],
        "metadata": ["tags": ["tasting", "{{tea}}"]], "max_messages": 50,
    ])
    try await ada.declareTemplate(tasting, reason: "for guests")
    let guests = try await ada.createSession(template: "tasting", parameters: ["tea": "sencha"])

    try await ada.append(
        EventDraft("x.kettle.boiled", data: ["celsius": 75, "litres": 0.5]), to: session)

    let litres = try await journal.fold(WaterBoiled(), over: session)

    let judged = try await journal.as("service:judge").analyze(session, with: Curiosity())

    let inner = Journal.inMemory()
    let guarded = Journal(
        store: GuardedStore(base: inner.store) { batch in
            guard batch.actor.hasPrefix("agent:") || batch.actor.hasPrefix("user:") else {
                throw JournalError(.accessDenied, "“\(batch.actor)” may not write here")
            }
        })
    let guest = try await guarded.as("user:ada").createSession(key: "tea")

    return ExtendingOutcome(
        mood: try await journal.state(of: session).metadata()["mood"],
        guests: try await journal.state(of: guests), litres: litres, judged: judged,
        guardedSessions: try await inner.sessions().count { $0.session == guest })
}
