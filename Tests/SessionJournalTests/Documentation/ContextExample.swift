import SessionJournal

/// What the pages "Context windows" and "Keeping sessions at hand" show.
func contextExamples() async throws -> [String] {
    var printed: [String] = []
    func print(_ values: Any...) {
        printed.append(values.map { "\($0)" }.joined(separator: " "))
    }

    let journal = Journal.inMemory()
    let ada = journal.as("user:ada")
    let session = try await ada.createSession(key: "tea")
    for number in 1...30 { try await ada.say("user", "Cup \(number)?", in: session) }

    try await ada.summarize(session, keeping: 20)
    let view = try await journal.context(of: session)
    let window = try view.window(budget: 8_000)
    print(window.messages.count, window.tokens)

    let cache = SessionCache(of: journal)
    let state = try await cache.state(of: session)
    print(state.tree.messages.count, cache.hitRate)
    await cache.close()
    try await journal.close()

    let model = EchoModel()
    let asked = Summariser("my-model") { request in try await model.summarize(request.text()) }
    printed.append(asked.name)
    return printed
}

/// Stands for a model that is asked.
private struct EchoModel: Sendable {
    func summarize(_ text: String) async throws -> String { text }
}
