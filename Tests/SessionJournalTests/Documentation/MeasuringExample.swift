import SessionJournal

/// The example of "Measuring sessions".
func measuringExample(at path: String) async throws -> UsageReport {
    let journal = try await Journal.open(readingAt: path)
    let sessions = try await journal.usage()
    let report = UsageReport(of: sessions, by: [.model, .day])
    for row in report.rows {
        _ = (row.group, row.counts.tokens.total, row.cost.amount(), row.cost.unpricedModels)
    }
    try await journal.close()
    return report
}

struct Loudness: Analyzer {
    let name = "loudness"
    let version = 1

    func findings(in message: Message, of state: SessionState) async throws -> [Finding] {
        let marks = message.preview().count { $0 == "!" }
        return marks == 0 ? [] : [Finding("loudness", JSONValue(marks), confidence: 1)]
    }
}
