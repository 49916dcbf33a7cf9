import JournalTestKit
import SessionJournal
import Testing

/// What it costs to compact a context again and again: a summary is an event, and nothing is copied.
@Suite struct ContextGrowthTests {
    private static let cycles = 122
    private static let messagesPerCycle = 8

    /// Some words, other ones each time: what an agent reads and writes at a time.
    private static func text(_ generator: inout SeededGenerator) -> String {
        (0..<1_800).map { _ in
            String(UInt64.random(in: 0...(.max), using: &generator), radix: 36)
        }.joined(separator: " ")
    }

    /// The size of a sealed journal in which an agent speaks, and compacts its context or not; and what
    /// the same history takes as a rollout, which copies the context that is left into each compaction.
    private static func grown(
        at path: String, compacting: Bool
    ) async throws -> (size: UInt64, summaries: Int, rollout: Int, plainRollout: Int) {
        let journal = try await Journal.create(at: path)
        let agent = journal.as("agent:coder")
        let session = try await agent.createSession(key: "task")
        var generator = SeededGenerator(seed: 122)
        var summaries = 0
        var rollout = 0
        var copied = 0
        for _ in 0..<cycles {
            for number in 0..<messagesPerCycle {
                let text = text(&generator)
                try await agent.say(
                    number.isMultiple(of: 2) ? "user" : "assistant", text, in: session,
                    durability: .buffered)
                let line: JSONValue = ["type": "response_item", "payload": ["text": .string(text)]]
                rollout += line.description.utf8.count + 1
            }
            guard compacting else { continue }
            if try await agent.summarize(session, keeping: 20) != nil { summaries += 1 }
            let history = try await journal.context(of: session).window(budget: 1_000_000)
            let line: JSONValue = [
                "type": "compacted",
                "replacement_history": .array(
                    history.messages.map { .array($0.content() ?? []) }),
            ]
            copied += line.description.utf8.count + 1
        }
        try await journal.seal()
        let size = try await journal.store.storage().sizeOnDisk
        try await journal.close()
        return (size, summaries, rollout + copied, rollout)
    }

    @Test func aHundredCompactionsAddUnderOnePercent() async throws {
        let folder = try TemporaryDirectory()
        let without = try await Self.grown(at: folder.path("without"), compacting: false)
        let with = try await Self.grown(at: folder.path("with"), compacting: true)
        let part = Double(with.size - without.size) / Double(without.size)
        let copied = Double(with.rollout - with.plainRollout) / Double(with.plainRollout)
        print(
            "122 compactions of \(Self.cycles * Self.messagesPerCycle) messages: the journal grows "
                + "from \(without.size) to \(with.size) bytes, a rollout from \(with.plainRollout) to "
                + "\(with.rollout)")
        #expect(with.summaries > 100)
        #expect(part < 0.01)
        #expect(part < copied / 10)
    }
}
