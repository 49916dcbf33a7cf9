import Foundation
import Glibc
import SessionJournal
import Testing

@testable import SJournal

/// The debugger as a process on a terminal: what it leaves behind, however it ends.
@Suite("The terminal is given back", .serialized)
struct TerminalTests {
    private func terminal(
        _ sample: DebuggerSample, _ words: String = "chat-1", environment: [String: String] = [:]
    ) throws -> PseudoTerminal {
        let terminal = try PseudoTerminal(
            "exec sjournal -j journal tui \(words)", in: sample.sample.scratch.url,
            environment: environment)
        return terminal
    }

    /// Whether the screen that is drawn on was left for good, the cursor is back, and text that is
    /// pasted comes as it did.
    private func expectLeft(
        _ terminal: PseudoTerminal, _ settings: [UInt32],
        _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(terminal.settings == settings, sourceLocation: location)
        for (on, off) in [("?1049h", "?1049l"), ("?25l", "?25h"), ("?2004h", "?2004l")] {
            let begun = terminal.output.ranges(of: "\u{1B}[" + on).last
            let ended = terminal.output.ranges(of: "\u{1B}[" + off).last
            #expect(begun != nil && ended != nil, sourceLocation: location)
            if let begun, let ended {
                #expect(begun.lowerBound < ended.lowerBound, sourceLocation: location)
            }
        }
    }

    @Test("by q and by Ctrl-C, with status 0", arguments: ["q", "\u{3}"])
    func quitting(key: String) async throws {
        let sample = try await DebuggerSample()
        let terminal = try terminal(sample)
        let settings = terminal.settings
        try terminal.start()
        #expect(terminal.wait(for: "15 of 15"))
        #expect(terminal.settings != settings)
        terminal.type(key)
        let end = try terminal.waitForEnd()
        #expect(end.reason == .exit && end.status == 0)
        expectLeft(terminal, settings)
        #expect(terminal.errorText.isEmpty)
    }

    @Test(
        "by signals that end a process, and by a trap; the signal has its way then",
        arguments: [SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGABRT, SIGSEGV])
    func signals(number: Int32) async throws {
        let sample = try await DebuggerSample()
        let terminal = try terminal(sample)
        let settings = terminal.settings
        try terminal.start()
        #expect(terminal.wait(for: "15 of 15"))
        terminal.send(number)
        let end = try terminal.waitForEnd()
        #expect(end.reason == .uncaughtSignal && end.status == number)
        expectLeft(terminal, settings)
    }

    @Test("nothing is drawn where there is nothing to show, and the settings stay")
    func errors() async throws {
        let sample = try await DebuggerSample()
        let cases: [(String, [String: String], Int32, String)] = [
            ("nobody", [:], 1, "there is no session \"nobody\""),
            ("chat-1 --branch none", [:], 1, "the session has no branch \"none\"; it has main"),
            ("chat-1 --at 2026-11-20", [:], 1, "the session had no event yet"),
            ("chat-1 --prices none", [:], 1, "none cannot be read"),
            ("chat-1", ["TERM": "dumb"], 2, "TERM says that the terminal can place nothing"),
            ("chat-1 --log-level info", [:], 2, "name a file with --log-to"),
        ]
        for (words, environment, status, message) in cases {
            let terminal = try terminal(sample, words, environment: environment)
            let settings = terminal.settings
            try terminal.start()
            let end = try terminal.waitForEnd()
            #expect(end.reason == .exit && end.status == status, "\(words)")
            #expect(terminal.errorText.contains(message), "\(terminal.errorText)")
            #expect(!terminal.output.contains("\u{1B}[?1049h"))
            #expect(terminal.settings == settings)
        }
    }

    @Test("without colours nothing is coloured; pasted text is no command")
    func coloursAndPastes() async throws {
        let sample = try await DebuggerSample()
        let terminal = try terminal(
            sample, "chat-1 --at before --branch fork-1", environment: ["NO_COLOR": "1"])
        try terminal.start()
        #expect(terminal.wait(for: "3 of 15"))
        terminal.type("\u{1B}[200~q\r:\u{1B}[201~?")
        #expect(terminal.wait(for: "previous event, or line"))
        terminal.type("qq")
        #expect(try terminal.waitForEnd().status == 0)
        let codes = terminal.output.matches(of: /\u{1B}\[([0-9;]*)m/).map { String($0.1) }
        #expect(Set(codes).isSubset(of: ["0", "0;1", "0;2", "0;7"]))
        #expect(codes.contains("0;7"))
    }

    @Test("a journal that grows is followed")
    func following() async throws {
        let sample = try await DebuggerSample()
        let terminal = try terminal(sample, "chat-1 --follow")
        try terminal.start()
        #expect(terminal.wait(for: "following"))
        let journal = try await Journal.open(at: sample.path)
        let chat = try await journal.resolve("chat-1")
        try await journal.as("user:ada").say("user", "Somebody else writes.", in: chat)
        #expect(terminal.wait(for: "Somebody else writes."))
        try await journal.as("user:ada").say("user", "And again.", in: chat)
        #expect(terminal.wait(for: "And again."))
        try await journal.close()
        terminal.type("q")
        #expect(try terminal.waitForEnd().status == 0)
    }

    @Test("without a terminal it names the commands that print")
    func noTerminal() async throws {
        let run = try await SampleJournal().run("tui", "chat-1")
        #expect(run.status == .usage)
        #expect(run.output.isEmpty)
        #expect(run.errors.contains("sjournal log and sjournal show print without one"))
    }
}
