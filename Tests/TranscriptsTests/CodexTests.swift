import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Rollouts with many compactions: what a compaction repeats is referred to and not copied.
@Suite struct CodexTests {
    private func line(_ type: String, _ payload: JSONValue, _ second: Int) -> String {
        let value: JSONValue = [
            "timestamp": .string("2026-03-01T10:\(10 + second / 60):\(10 + second % 50).000Z"),
            "type": .string(type), "payload": payload,
        ]
        return value.description + "\n"
    }

    private func item(_ index: Int) -> JSONValue {
        [
            "type": "message", "role": index % 2 == 0 ? "user" : "assistant",
            "content": [
                [
                    "type": index % 2 == 0 ? "input_text" : "output_text",
                    "text": .string(
                        (0..<80).map { "w\($0 * 7919 % (index + 13))" }.joined(separator: " ")),
                ]
            ],
        ]
    }

    /// A rollout of items, with a compaction after each `step` of them.
    private func rollout(_ count: Int, compactions step: Int?) -> String {
        var text = line("session_meta", ["id": "codex-1", "cli_version": "0.149.0"], 0)
        var history: [JSONValue] = []
        for index in 0..<count {
            text += line("response_item", item(index), index)
            text += line("event_msg", ["type": "user_message", "message": "x"], index)
            history.append(item(index))
            guard let step, index % step == step - 1 else { continue }
            let summary: JSONValue = [
                "type": "message", "role": "user",
                "content": [["type": "input_text", "text": .string("summary \(index)")]],
            ]
            // Not all of it is kept, and the summary of one stands in the next.
            history.removeSubrange(0..<2)
            history.append(summary)
            text += line(
                "compacted", ["message": "summary", "replacement_history": .array(history)], index)
        }
        return text
    }

    private func size(_ journal: Journal) async throws -> Int {
        var size = 0
        for try await event in journal.events() where event.session != .journal {
            size += event.rawData.count
        }
        return size
    }

    @Test func compactionsAreReferredToAndComeBack() async throws {
        let folder = try Folder()
        let plain = Journal.inMemory()
        try folder.write("r.jsonl", rollout(400, compactions: nil))
        try await importing(folder, into: plain)
        let journal = Journal.inMemory()
        let text = rollout(400, compactions: 20)
        try folder.write("r.jsonl", text)
        let report = try await importing(folder, into: journal)
        #expect(report.files[0].format == "codex")
        let (small, large) = (try await size(plain), try await size(journal))
        #expect(large > small && (large - small) / 20 < small / 100, "\(small) \(large)")
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("r.jsonl") == [UInt8](text.utf8))
        let story = try await Story(journal, "codex-1")
        #expect(try story.data(.summaryRecorded).count == 20)
        #expect(story.messages.count == 400 && story.messages.allSatisfy { $0.branch == "main" })
    }

    @Test func whatIsKnownIsKnownAgain() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        let text = rollout(60, compactions: 10)
        let lines = text.split(separator: "\n").map { $0 + "\n" }
        for count in [30, 65, lines.count] {
            try folder.write("r.jsonl", lines.prefix(count).joined())
            try await importing(folder, into: journal)
        }
        let whole = Journal.inMemory()
        try await importing(folder, into: whole)
        #expect(try await Story(journal, "codex-1").tree == Story(whole, "codex-1").tree)
        #expect(try await size(journal) == size(whole))
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("r.jsonl") == [UInt8](text.utf8))
    }

    @Test func aForkedRolloutNamesTheOneItCameFrom() async throws {
        let folder = try Folder()
        try folder.write(
            "r.jsonl",
            line("session_meta", ["id": "child", "forked_from_id": "codex-1"], 0)
                + line("session_meta", ["id": "codex-1"], 0)
                + line("response_item", item(0), 1))
        let journal = Journal.inMemory()
        let report = try await importing(folder, into: journal)
        #expect(report.sessions.count == 1)
        let state = try await journal.state(of: journal.resolve("child"))
        #expect(state.metadata()["forked_from"] == "codex-1")
        #expect(state.tree.messages.count == 1)
    }
}
