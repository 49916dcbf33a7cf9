import SessionJournal

/// The examples of "Branching and merging". Returns what they come to.
func branchingExample(in journal: Journal) async throws -> [String] {
    let ada = journal.as("user:ada")
    let agent = journal.as("agent:tea")
    let session = try await ada.createSession(metadata: ["model": "m-1"])
    let question = try await ada.say("user", "How hot?", in: session)
    try await agent.say("assistant", "80 °C.", in: session)

    try await ada.createBranch(
        "oolong", in: session, from: .message(question.message), description: "another tea",
        metadata: ["model": "m-2"], firstMessage: ("assistant", "95 °C for oolong."))
    try await ada.switchBranch(to: "oolong", in: session)
    try await ada.say("user", "And how long?", in: session)

    let state = try await journal.state(of: session)
    let preview = try state.mergePreview("oolong", strategy: .ask)
    for conflict in preview.undecided { print(conflict.name, conflict.ours, conflict.theirs) }
    try await ada.merge("oolong", in: session, strategy: .ask, reason: "both teas")

    try await ada.edit(question.message, text: "How hot, in °C?", in: session, branch: "main")
    try await ada.rewind("main", to: .message(question.message), in: session)

    let answer = try await agent.openMessage("assistant", in: session, branch: "main")
    try await answer.append("Let me ")
    try await answer.append("think.")
    try await answer.finish()

    let tree = try await journal.tree(of: session)
    return tree.path(ofBranch: "main")?.messages.map { $0.preview() } ?? []
}

/// The example of attachments.
func attachmentExample(in journal: Journal, png: [UInt8]) async throws {
    let ada = journal.as("user:ada")
    let session = try await ada.createSession()
    let chart = try await ada.attach(png, mediaType: "image/png", name: "chart.png", in: session)
    try await ada.say("user", parts: [chart], in: session)
}

/// The example of undoing. Returns the events that the session has.
func undoExample(in journal: Journal) async throws -> UInt64 {
    let ada = journal.as("user:ada")
    let session = try await ada.createSession()

    let named = try await ada.setMetadata(["name": "Green tea"], in: session)
    try await ada.revert(named[0].sequence, in: session, reason: "that was another session")
    try await ada.say("user", "Where were we?", in: session)
    try await ada.undo(in: session)
    try await ada.clearConversation(in: session)
    return try await journal.state(of: session).version
}

/// The example of templates. Returns the tags that the session has.
func templateExample(in journal: Journal) async throws -> JSONValue? {
    let ada = journal.as("user:ada")

    let tea = try SessionTemplate([
        "name": "tea", "parameters": [["name": "kind", "required": true]],
        "model": "m-1", "system_prompt": "You know all about {{kind}}.",
        "metadata": ["tags": ["{{kind}}"]], "max_messages": 100,
    ])
    try await ada.declareTemplate(tea, reason: "asked for often")
    let oolong = try await ada.createSession(template: "tea", parameters: ["kind": "oolong"])
    return try await journal.state(of: oolong).metadata()["tags"]
}

/// The example of cloning. Returns the messages that the clone has.
func cloneExample(in journal: Journal) async throws -> Int? {
    let ada = journal.as("user:ada")
    let session = try await ada.createSession()
    try await ada.say("user", "How hot?", in: session)

    let copy = try await ada.clone(session, key: "tea-again", reason: "to try another way")
    let conversation = try await journal.state(of: copy.session).tree.path(ofBranch: "main")
    return conversation?.messages.count
}
