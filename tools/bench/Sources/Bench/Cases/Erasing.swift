internal import SessionJournal

/// What it costs to erase a session that lies in many segments.
enum Erasing: BenchCase {
    static let name = "erasing"
    static let summary = "erasing one of 100 sessions that grow side by side over 200,000 events"

    private static let erasing = Metric(
        name: "erasing.session", text: "erasing a session, its request to its end", unit: "ms",
        better: .lower)
    private static let perSegment = Metric(
        name: "erasing.segment", text: "the same, a segment that holds some of it", unit: "ms",
        better: .lower)

    static func run(_ context: Context) async throws {
        let path = try context.freshFolder("erasing") + "/journal"
        let journal = try await Journal.create(at: path)
        let ada = journal.as("user:bench")
        var sessions: [SessionID] = []
        for _ in 0..<100 { sessions.append(try await ada.createSession()) }
        let text = String(repeating: "what somebody said, at some length; ", count: 12)
        for round in 0..<(context.scaled(200_000, quick: 10_000) / sessions.count) {
            try await ada.append(
                sessions.map { session in
                    AppendBatch.Item(
                        session: session,
                        draft: EventDraft("x.said", data: ["text": .string("\(round) \(text)")]))
                }, durability: .buffered)
        }
        try await journal.seal()
        let segments = try await journal.store.storage().segmentCount
        for round in 0..<context.rounds {
            let began = nanoseconds()
            try await ada.erase(
                .session(sessions[round % sessions.count]),
                options: ErasureOptions(basis: "a measurement"))
            let taken = Double(nanoseconds() - began) / 1e6
            context.results.add(taken, erasing, Results.ours)
            context.results.add(taken / Double(max(1, segments)), perSegment, Results.ours)
        }
        try await journal.close()
        Disk.remove(path)
    }
}
