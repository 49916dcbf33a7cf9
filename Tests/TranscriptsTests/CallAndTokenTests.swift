import SessionJournal
import Testing

@testable import Transcripts

/// What clients tell of calls and tokens beside the messages themselves.
@Suite struct CallAndTokenTests {
    private func events(_ format: String, _ lines: [JSONValue]) async throws -> [(
        EventKind, JSONValue
    )] {
        let folder = try Folder()
        try folder.write("s.jsonl", lines.map { $0.description + "\n" }.joined())
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.formatName = format
        let report = try await importer.importPaths([folder.path])
        let session = try #require(report.sessions.first)
        var events: [(EventKind, JSONValue)] = []
        for try await event in journal.events(session: session) {
            events.append((event.kind, try event.data()))
        }
        return events
    }

    private func copilot(_ type: String, _ id: String, _ data: JSONValue) -> JSONValue {
        [
            "type": .string(type), "id": .string(id), "data": data,
            "timestamp": "2026-03-01T10:00:00.000Z", "parentId": .null,
        ]
    }

    private func roles(_ events: [(EventKind, JSONValue)]) -> [String] {
        events.filter { $0.0 == .messageAppended }.map { $0.1["role"]?.string ?? "" }
    }

    private func usages(_ events: [(EventKind, JSONValue)], _ kind: EventKind) -> [[Int64]] {
        events.filter { $0.0 == kind }.compactMap { $0.1["usage"] }.map { usage in
            [
                "input_tokens", "output_tokens", "cache_read_input_tokens",
                "cache_creation_input_tokens",
            ].map { usage[$0]?.integer ?? -1 }
        }
    }

    /// A call may begin before the message that asks for it is written, or without one.
    @Test(arguments: [true, false]) func aCallBeginsOnce(afterWords: Bool) async throws {
        let begun = copilot(
            "tool.execution_start", "e2",
            ["toolCallId": "c1", "toolName": "bash", "arguments": ["command": "ls"]])
        let call: JSONValue = ["toolCallId": "c1", "name": "bash", "arguments": ["command": "ls"]]
        let start = copilot("session.start", "e1", ["sessionId": "s", "copilotVersion": "1.0.1"])
        let said = copilot("user.message", "e0", ["content": "look"])
        let asked = copilot("assistant.message", "e3", ["content": "", "toolRequests": [call]])
        let done = copilot(
            "tool.execution_complete", "e4",
            ["toolCallId": "c1", "success": true, "result": ["content": "a"]])
        let first = afterWords ? [start, said] : [start]
        let events = try await events("copilot-cli", first + [begun, asked, done])
        #expect(roles(events) == (afterWords ? ["user"] : []) + ["assistant", "tool"])
        #expect(events.filter { $0.0 == .toolStarted }.map { $0.1["call"]?.string } == ["c1"])
        #expect(events.filter { $0.0 == .toolFinished }.map { $0.1["name"]?.string } == ["bash"])
        let alone = try await self.events("copilot-cli", [start, said, begun, done])
        #expect(roles(alone) == ["user", "tool"])
        #expect(alone.filter { $0.0 == .toolStarted }.count == 1)
    }

    /// A session tells at its end what it took in all; messages told a part of that.
    @Test func whatMessagesDidNotTellIsTold() async throws {
        let start = copilot("session.start", "e1", ["sessionId": "s", "copilotVersion": "1.0.1"])
        let answer = copilot("assistant.message", "e2", ["content": "tea", "outputTokens": 5])
        let details: JSONValue = [
            "input": ["tokenCount": 100], "output": ["tokenCount": 15],
            "cache_read": ["tokenCount": 7], "cache_write": ["tokenCount": 3],
        ]
        let detailed = try await events(
            "copilot-cli",
            [start, answer, copilot("session.shutdown", "e3", ["tokenDetails": details])])
        #expect(usages(detailed, .modelResponded) == [[100, 10, 7, 3]])
        let metrics: JSONValue = [
            "gpt": ["usage": ["inputTokens": 1000, "outputTokens": 50, "cacheReadTokens": 800]],
            "mini": ["usage": ["inputTokens": 10, "outputTokens": 1, "cacheWriteTokens": 4]],
        ]
        let measured = try await events(
            "copilot-cli",
            [start, answer, copilot("session.shutdown", "e3", ["modelMetrics": metrics])])
        #expect(usages(measured, .modelResponded) == [[206, 46, 800, 4]])
        let told = try await events(
            "copilot-cli",
            [
                start, answer,
                copilot(
                    "session.shutdown", "e3", ["tokenDetails": ["output": ["tokenCount": 5]]]),
            ])
        #expect(usages(told, .modelResponded).isEmpty)
    }

    /// What the provider of a model ran for it is a part of its answer, and has ended.
    @Test func aSearchOfTheProviderIsPartOfTheAnswer() async throws {
        let events = try await events(
            "grok",
            [
                ["type": "user", "content": [["type": "text", "text": "x"]], "prompt_index": 0],
                [
                    "type": "backend_tool_call",
                    "kind": [
                        "tool_type": "web_search", "action": ["query": "tea"], "id": "w1",
                        "status": "completed",
                    ],
                ],
                [
                    "type": "assistant", "content": "Tea.", "tool_calls": [],
                    "model_id": "grok-4.5",
                ],
                ["type": "user", "content": [["type": "text", "text": "y"]], "prompt_index": 1],
                [
                    "type": "assistant", "content": "More.", "tool_calls": [],
                    "model_id": "grok-4.5",
                ],
            ])
        #expect(roles(events) == ["user", "assistant", "user", "assistant"])
        #expect(events.filter { $0.0 == .toolFinished }.map { $0.1["status"]?.string } == ["ok"])
    }

    /// A compaction of Kimi takes tokens of which no step tells.
    @Test func whatACompactionTookIsCounted() async throws {
        func used(_ scope: String) -> JSONValue {
            [
                "type": "usage.record", "usageScope": .string(scope), "time": 1_785_612_803_290,
                "usage": [
                    "inputOther": 14, "output": 9, "inputCacheRead": 40, "inputCacheCreation": 2,
                ],
            ]
        }
        let events = try await events(
            "kimi",
            [
                ["type": "metadata", "protocol_version": "1.4", "created_at": 1_785_612_803_281],
                ["type": "llm.request", "model": "k2", "time": 1_785_612_803_281],
                used("turn"), used("session"),
            ])
        #expect(usages(events, .modelResponded) == [[14, 9, 40, 2]])
    }

    /// OpenCode's message has the tokens of its last step.
    @Test func stepsAreCountedTogether() async throws {
        let message: JSONValue = [
            "row": [
                "id": "m1", "session_id": "s", "time_created": 1_785_612_803_281,
                "data": [
                    "role": "assistant", "modelID": "gpt",
                    "tokens": ["input": 20, "output": 2, "cache": ["read": 9, "write": 0]],
                ],
            ]
        ]
        func step(_ id: String, _ input: Int, _ output: Int, _ read: Int) -> JSONValue {
            [
                "row": [
                    "id": .string(id), "session_id": "s", "message_id": "m1",
                    "time_created": 1_785_612_803_281,
                    "data": [
                        "type": "step-finish",
                        "tokens": [
                            "input": JSONValue(input), "output": JSONValue(output), "reasoning": 1,
                            "cache": ["read": JSONValue(read), "write": 0],
                        ],
                    ],
                ]
            ]
        }
        let events = try await events(
            "opencode", [message, step("p1", 10, 1, 3), step("p2", 20, 2, 9)])
        #expect(usages(events, .messageExtended) == [[10, 2, 3, 0], [30, 5, 12, 0]])
        #expect(usages(events, .messageAppended) == [[20, 2, 9, 0]])
    }
}
