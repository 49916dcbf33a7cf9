import SessionJournal

/// What the page "Compacting a journal" shows.
func compactionExample() async throws -> [String] {
    var printed: [String] = []
    func print(_ values: Any...) {
        printed.append(values.map { "\($0)" }.joined(separator: " "))
    }

    let journal = Journal.inMemory()
    let ada = journal.as("user:ada")
    let session = try await ada.createSession(key: "tea")
    for number in 1...60 { try await ada.say("user", "Cup \(number)?", in: session) }

    var rule = CompactionRule()
    rule.keptMessages = 50
    let report = try await journal.as("user:op").compact(rule)
    print(report.eventCount, report.certificates.count)
    let checks = try await journal.checkCompactions()
    print(checks.allSatisfy { $0.isValid })
    try await journal.close()
    return printed
}
