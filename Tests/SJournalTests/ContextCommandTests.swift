import SessionJournal
import Testing

@testable import SJournal

@Suite struct ContextCommandTests {
    private func parsed(_ line: String) throws -> JSONValue { try JSONValue(parsing: line) }

    @Test("summarize puts a summary in the place of older messages, and window shows it")
    func summarizeAndWindow() async throws {
        let sample = try await SampleJournal()
        let dry = await sample.run("summarize", "chat-1", "--keep", "1", "--dry-run")
        #expect(dry.lines.first == "3 earlier messages, in extracts.")
        #expect(dry.lines.contains("- Please list this folder."))
        #expect(dry.lines.contains("- Bash: 1 call"))
        #expect(await sample.run("log", "--json").lines.count == 11)

        let made = await sample.run(
            "summarize", "chat-1", "--keep", "1", "--reason", "full", "--actor", "user:eve")
        #expect(made.status == .done, "\(made.errors)")
        #expect(made.lines.first?.hasPrefix("3 messages of main, about ") == true)
        let show = await sample.run("show", "chat-1")
        #expect(show.output.contains("Please list this folder."))
        let window = await sample.run("window", "chat-1", "--budget", "500")
        #expect(window.lines.first == "◇ summary of 3 messages (event 12)")
        #expect(window.lines.contains("  3 earlier messages, in extracts."))
        #expect(window.lines.last == "  Three files.\\u{202e}")
        #expect(window.errors.contains("left out: 0 messages, and 3 that summaries stand for"))
        let before = await sample.run("window", "chat-1", "--budget", "500", "--at", "11")
        #expect(!before.output.contains("summary of"))
        let json = try parsed(
            await sample.run("window", "chat-1", "--budget", "500", "--json").output)
        #expect(json["elements"]?.array?.count == 2 && json["branch"] == "main")
        #expect(await sample.run("window", "chat-1", "--branch", "fork-1").status == .usage)
        let set = await sample.run("set", "chat-1", "context_window=400")
        #expect(set.status == .done, "\(set.errors)")
        #expect(
            await sample.run("window", "chat-1", "--branch", "fork-1").output
                .contains("Or count them."))
        #expect(await sample.run("window", "chat-1", "--budget", "3").status != .done)
        #expect(await sample.run("verify").status == .done)
    }

    @Test("a command of one's own makes the text")
    func withACommand() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run(
            "summarize", "chat-1", "--keep", "1", "--json", "--with",
            "grep -c '^' | sed 's/^/lines: /'")
        #expect(run.status == .done, "\(run.errors)")
        let json = try parsed(run.output)
        #expect(json["text"]?.string?.hasPrefix("lines: ") == true && json["messages"] == 3)
        #expect(json["sequence"]?.integer == 12)
        // Nothing but the summary is left.
        #expect(await sample.run("summarize", "chat-1", "--keep", "1").status == .negative)
        for command in ["exit 3", "true", "printf '\\377'"] {
            let run = await sample.run(
                "summarize", "chat-2", "--keep", "1", "--with", command)
            #expect(run.status != .done, "\(command)")
        }
        #expect(await sample.run("log", "--json").lines.count == 12)
        // One that does not read what it is given hangs nobody.
        try await Self.write(String(repeating: "long ", count: 60_000), to: sample)
        let deaf = await sample.run(
            "summarize", "chat-2", "--keep", "1", "--with", "echo short")
        #expect(deaf.status == .done, "\(deaf.errors)")
    }

    private static func write(_ text: String, to sample: SampleJournal) async throws {
        let journal = try await Journal.open(at: sample.path)
        let session = try #require(try await journal.session(forKey: "chat-2"))
        for _ in 0..<2 { try await journal.as("user:ada").say("user", text, in: session) }
        try await journal.close()
    }
}
