import Foundation
import SessionJournal
import Synchronization

@testable import SJournal

/// A small journal on disk whose every byte is known: two sessions, a fork, a tool call, changes.
struct SampleJournal {
    static let start: Int64 = 1_795_222_923_000_000  // 2026-11-21T01:02:03Z

    let scratch: ScratchDirectory
    let path: String

    /// Options under which times and ids are the same in every run.
    static func options() -> JournalOptions {
        var options = JournalOptions()
        let ticks = Ticks()
        options.clock = { Timestamp(microseconds: start + Int64(ticks.next()) * 1_000_000) }
        let noise = Ticks()
        options.random = { count in (0..<count).map { _ in UInt8(truncatingIfNeeded: noise.next()) }
        }
        return options
    }

    init() async throws {
        scratch = try ScratchDirectory()
        path = scratch.path("journal")
        let journal = try await Journal.create(at: path, options: Self.options())
        let ada = journal.as("user:ada")
        let chat = try await ada.createSession(key: "chat-1", metadata: ["name": "Folders"])
        let first = try await ada.say("user", "Please list this folder.", in: chat)
        let call = try await journal.as("agent:b").say(
            "assistant",
            parts: [
                ["type": "thinking", "text": "They want a list."],
                [
                    "type": "tool_use", "call": "c1", "name": "Bash",
                    "input": ["command": "ls -la\u{1B}[2J"],
                ],
            ], in: chat, model: "m-1")
        try await ada.append(
            EventDraft(
                .toolFinished,
                data: ["call": "c1", "name": "Bash", "status": "ok", "duration_ms": 1234]), to: chat
        )
        try await ada.say(
            "tool", parts: [["type": "tool_result", "call": "c1", "content": "a b c"]], in: chat)
        try await journal.as("agent:b").say("assistant", "Three files.\u{202E}", in: chat)
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: [
                    "branch": "fork-1", "from": .string(first.message), "type": "fork",
                    "parent_branch": "main",
                ]), to: chat)
        try await ada.say("user", "Or count them.", in: chat, branch: "fork-1")
        try await ada.setMetadata(
            ["name": "Listing folders", "is_starred": true], in: chat, reason: "clearer")
        let other = try await ada.createSession(key: "chat-2")
        try await ada.say("user", "A session without\na name.", in: other)
        _ = call
        try await journal.close()
    }

    /// Runs a command line inside this process.
    func run(_ words: String..., input: String = "", columns: Int = 80) async -> InProcess {
        await InProcess.run(["-j", path] + words, input: input, columns: columns)
    }
}

/// A counter that several tasks may ask.
private final class Ticks: Sendable {
    private let count = Mutex(0)

    func next() -> Int {
        count.withLock { count in
            count += 1; return count
        }
    }
}

/// What a command line answered inside this process.
struct InProcess {
    let status: ExitStatus
    let output: String
    let errors: String

    /// The lines of standard output.
    var lines: [String] {
        output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
    }

    static func run(
        _ words: [String], input: String = "", columns: Int = 80, user: String = "tester"
    ) async -> InProcess {
        let console = Console(output: ByteOutput(), errors: ByteOutput(), columns: columns)
        let tool = Tool(
            console: console, environment: ["USER": user],
            input: ByteInput(bytes: Array(input.utf8)))
        let status = await tool.run(words)
        return InProcess(
            status: status, output: console.output.collectedText,
            errors: console.errors.collectedText)
    }
}
