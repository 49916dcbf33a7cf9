internal import SessionJournal

/// A list of very many sessions, asked for by their metadata.
enum Finding: BenchCase {
    static let name = "finding"
    static let summary = "metadata queries over 100,000 sessions"

    private static let first = Metric(
        name: "finding.first", text: "first query after opening, 100,000 sessions", unit: "ms",
        better: .lower)
    private static let again = Metric(
        name: "finding.again", text: "another query, 100,000 sessions", unit: "ms", better: .lower)
    private static let after = Metric(
        name: "finding.after", text: "a query after a change of one session", unit: "ms",
        better: .lower)

    private static let queries = [
        "status:active tag:work priority>=7", "owner=user-17 or is_starred:true",
        "name~\"session 4242\" -status:archived", "model:model-1* created>=2020-01-01 tag:b",
    ]

    static func run(_ context: Context) async throws {
        let path = try context.freshFolder("finding") + "/journal"
        let count = context.scaled(100_000, quick: 2_000)
        let journal = try await Journal.create(at: path)
        var random = Random(seed: 5)
        for start in stride(from: 0, to: count, by: 1_000) {
            var items: [AppendBatch.Item] = []
            for number in start..<min(start + 1_000, count) {
                let session = try SessionName(number: 1_000_000 + number).id
                items.append(.init(session: session, draft: creation(number, &random)))
                for turn in 0..<3 {
                    items.append(
                        .init(
                            session: session,
                            draft: EventDraft(
                                .messageAppended, branch: "main",
                                data: [
                                    "message": .string("m\(turn)"), "role": "user",
                                    "parts": [["type": "text", "text": "What was it again?"]],
                                ])))
                }
            }
            try await journal.as(Message.actor).append(items)
        }
        try await journal.seal()
        try await journal.close()
        for round in 0..<context.rounds { try await measure(path, round, context) }
        Disk.remove(path)
    }

    private static func creation(_ number: Int, _ random: inout Random) -> EventDraft {
        let tags: JSONValue = number % 3 == 0 ? ["work", "b"] : number % 5 == 0 ? ["b"] : []
        return EventDraft(
            .sessionCreated,
            data: [
                "key": .string("chat-\(number)"), "schema": 2,
                "metadata": [
                    "name": .string("Session \(number)"), "tags": tags,
                    "priority": .integer(Int64(random.below(10))),
                    "owner": .string("user-\(number % 100)"),
                    "model": .string("model-\(number % 3)"), "is_starred": .bool(number % 50 == 0),
                ],
            ])
    }

    private static func measure(
        _ path: String, _ round: Int, _ context: Context
    ) async throws {
        let journal = try await Journal.open(at: path)
        func ask(_ text: String) async throws -> Double {
            let query = try SessionQuery(parsing: text)
            return try await seconds {
                let page = try await journal.sessions(matching: query, limit: 50)
                guard !page.sessions.isEmpty || context.options.isQuick else {
                    throw BenchError("nothing matches \(text)")
                }
            } * 1e3
        }
        context.results.add(try await ask(queries[0]), first, Results.ours)
        var times: [Double] = []
        for text in queries + queries { times.append(try await ask(text)) }
        context.results.add(Statistics.percentile(times, 0.95), again, Results.ours)
        let writer = journal.as(Message.actor)
        let session = try SessionName(number: 1_000_000 + round).id
        try await writer.setMetadata(["priority": 9], in: session)
        context.results.add(try await ask(queries[0]), after, Results.ours)
        try await journal.close()
    }
}
