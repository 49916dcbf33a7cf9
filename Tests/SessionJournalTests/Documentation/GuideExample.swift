import SessionJournal

/// What the blocks of "Using sessions" come to, run one after the other.
struct GuideOutcome {
    var printed: [String] = []
    var isNew = false
    var until: Timestamp?
    var ended: [SessionID] = []
    var foundKeys: [String?] = []
    var meant = 0
}

/// The blocks of "Using sessions" on a new journal.
func usingSessionsExample(at path: String) async throws -> GuideOutcome {
    var outcome = GuideOutcome()
    func print(_ items: Any...) {
        outcome.printed.append(items.map { "\($0)" }.joined(separator: " "))
    }
    let journal = try await Journal.create(at: path)
    let ada = journal.as("user:ada")
    let agent = journal.as("agent:tea")
    let tea = try await ada.createSession(
        key: "tea", metadata: ["name": "Green tea", "model": "m-1", "ttl": 86_400],
        limits: SessionLimits(maximumMessages: 1_000, action: .mark))
    let (talk, isNew) = try await ada.getOrCreateSession(key: "talk")

    let question = try await ada.say("user", "How hot should the water be?", in: tea)
    let answer = try await agent.openMessage("assistant", in: tea)
    try await answer.append("70 to ")
    try await answer.append("80 °C.")
    try await answer.finish()

    let use: JSONValue = [
        "type": "tool_use", "call": "c1", "name": "kettle", "input": ["celsius": 75],
    ]
    let request = try await agent.say("assistant", parts: [use], in: tea)
    let start = EventDraft(
        .toolStarted, data: ["call": "c1", "name": "kettle", "message": .string(request.message)])
    let end = EventDraft(
        .toolFinished, data: ["call": "c1", "status": "ok", "duration_ms": 90_000],
        cause: .inBatch(0))
    try await agent.append([start, end], to: tea)

    var update: MetadataUpdate = ["category": "kitchen", "priority": 2]
    update.add(["tea"], to: "tags")
    try await ada.change(update, in: tea, reason: "sorted")

    let state = try await journal.state(of: tea)
    print(state.metadata()["name"] ?? .null, state.turnCount, state.lifecycle.phase)
    for message in state.tree.path(ofBranch: "main")?.messages ?? [] {
        print(message.role?.rawValue ?? "", message.preview())
    }

    try await ada.createBranch("oolong", in: tea, from: .message(question.message))
    try await agent.say("assistant", "95 °C for oolong.", in: tea, branch: "oolong")
    try await ada.merge("oolong", into: "main", in: tea, reason: "both teas")

    try await ada.undo(in: tea)
    let edited = try await ada.edit(
        question.message, text: "How hot, in °C?", in: tea, branch: "main")
    if let edited { try await ada.undo(.event(edited.sequence), in: tea) }
    try await ada.clearConversation("main", in: tea)
    try await ada.undo(in: tea)

    try await ada.touch(tea)
    let until = try await ada.extend(tea, bySeconds: 3_600, reason: "guests are late")
    try await ada.perform(.archive, in: tea)
    try await ada.perform(.resume, in: tea)
    let ended = try await ada.expireOverdue()
    try await ada.perform(.terminate(force: false), in: tea, reason: "drunk up")
    try await ada.perform(.delete, in: talk)
    try await ada.perform(.undelete, in: talk)

    let found = try await journal.sessions(
        matching: SessionQuery(parsing: "tag:tea -status:deleted messages>=3"), limit: 20)
    let report = try await ada.performAll(
        .archive, matching: SessionQuery(parsing: "active<2026-01-01"), isDryRun: true)

    do {
        try await ada.setMetadata(["is_starred": 1, "priority": true], in: talk)
    } catch let error as JournalError where error.code == .invalidMetadata {
        print(error.message)
    }
    try await journal.close()

    outcome.isNew = isNew
    outcome.until = until
    outcome.ended = ended
    outcome.foundKeys = found.sessions.map(\.key)
    outcome.meant = report.entries.count
    return outcome
}
