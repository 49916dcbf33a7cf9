import SessionJournal

/// What the page "Going away" shows.
func goingAwayExamples() async throws -> [String] {
    var printed: [String] = []
    func print(_ values: Any...) {
        printed.append(values.map { "\($0)" }.joined(separator: " "))
    }

    let journal = Journal.inMemory()
    let ada = journal.as("user:ada")
    let session = try await ada.createSession(key: "tea", metadata: ["type": "dm"])
    for number in 1...30 { try await ada.say("user", "Cup \(number)?", in: session) }

    let pruner = Pruner(journal.as("system:pruner"))
    let report = try await pruner.pruneMessages(session, 20)
    print(report.messageCount, report.kept.count)
    let back = try await pruner.restore(session)
    print(back.messageCount)

    let words = "the kettle is on and the tea is black and the cups are on the table"
    let first = try await ada.say("user", words, in: session)
    let second = try await ada.say("user", words, in: session, id: "again")
    try await ada.say("assistant", "I see.", in: session)
    let repeated = try await pruner.pruneMessages(
        of: session, by: .semantic(.minHash(threshold: 0.8)), isDryRun: true)
    for entry in repeated.gone {
        print(entry.message ?? "", entry.values["duplicates"]?.string ?? "")
    }
    let model = ToyEmbedding()
    let near = Similarity.embedding("my-model") { texts in try await model.vectors(of: texts) }
    try await pruner.pruneMessages(of: session, by: .semantic(near), isDryRun: true)
    printed.append("\(repeated.gone.first?.values["duplicates"]?.string == first.message)")
    printed.append("\(repeated.gone.first?.message == second.message)")

    var policy = RetentionPolicy("old-chats", .archive)
    policy.type = "dm"
    policy.ageSeconds = 90 * 86_400
    try await ada.setRetention(policy, reason: "nobody reads them")
    let plan = try await journal.retentionPlan()
    let applied = try await ada.applyRetention()
    print(plan.due.count, applied.outcomes.count)
    try await journal.close()
    return printed
}

/// Stands for a model that makes vectors.
private struct ToyEmbedding: Sendable {
    func vectors(of texts: [String]) async throws -> [[Double]] {
        texts.map { [Double($0.utf8.count), 1] }
    }
}
