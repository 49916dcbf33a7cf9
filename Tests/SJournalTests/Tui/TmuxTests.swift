import Foundation
import SessionJournal
import Testing

@testable import SJournal

/// A shell in tmux, of which every test has its own server.
struct Tmux {
    static let isThere = ["/usr/bin/tmux", "/usr/local/bin/tmux", "/bin/tmux"].contains {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    private let directory: URL

    init(in directory: URL, columns: Int, rows: Int) throws {
        self.directory = directory
        let shell = "env PS1='ready ' bash --norc --noprofile -i"
        try run("-f /dev/null new-session -d -s s -x \(columns) -y \(rows) \"\(shell)\"")
    }

    @discardableResult
    private func run(_ words: String) throws -> String {
        // The server outlives the command, and must not hold what tells that the command is over.
        let close =
            "for f in /proc/$$/fd/*; do n=${f##*/}; [ $n -le 2 ] || eval \"exec $n>&-\"; done"
        let run = try ProcessRun.shell(
            "\(close); exec tmux -u -L sjournal \(words)", in: directory,
            environment: ["TMUX_TMPDIR": directory.path, "LC_ALL": "C.UTF-8", "TMUX": ""])
        try #require(run.status == 0, "tmux \(words): \(run.errors)")
        return run.output
    }

    func kill() { _ = try? run("kill-server") }

    /// Presses keys, by tmux's names for them.
    func press(_ keys: String...) throws {
        for key in keys { try run("send-keys -t s \(DebuggerNames.quoted(key))") }
    }

    func type(_ text: String) throws { try run("send-keys -t s -l \(DebuggerNames.quoted(text))") }

    func resize(columns: Int, rows: Int) throws {
        try run("resize-window -t s -x \(columns) -y \(rows)")
    }

    /// What the screen shows, spaces at the ends of lines left out.
    func lines() throws -> [String] {
        let lines = try run("capture-pane -p -t s").split(
            separator: "\n", omittingEmptySubsequences: false)
        return lines.dropLast().map { line in
            String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// Waits until something holds for the screen; false where it never does.
    func wait(_ holds: ([String]) -> Bool) throws -> Bool {
        let end = Date(timeIntervalSinceNow: PseudoTerminal.patience)
        while Date() < end {
            if holds(try lines()) { return true }
            Thread.sleep(forTimeInterval: 0.02)
        }
        return false
    }
}

@Suite(
    "The debugger in tmux",
    .enabled(if: Tmux.isThere, "tmux is not installed: apt-get install tmux"), .serialized)
struct TmuxTests {
    /// What a terminal shows: how wide it takes a picture to be that is made of several is its own
    /// business, so that lines with one are left out.
    private func comparable(_ lines: [String]) -> [String] {
        lines.filter { !$0.contains("👩") }
    }

    private func expect(
        _ tmux: Tmux, shows driver: DebuggerDriver,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let wanted = comparable(driver.lines)
        if try tmux.wait({ comparable($0) == wanted }) { return }
        let found = comparable(try tmux.lines()).joined(separator: "\n")
        Issue.record(
            "\n\(found)\n\ninstead of\n\n\(wanted.joined(separator: "\n"))",
            sourceLocation: location)
    }

    @Test("what is drawn is what the terminal shows, key by key, at any size")
    func drive() async throws {
        let sample = try await DebuggerSample()
        let driver = try await DebuggerDriver(sample)
        let tmux = try Tmux(in: sample.sample.scratch.url, columns: 80, rows: 24)
        defer { tmux.kill() }
        try tmux.type("stty -a > before; sjournal -j journal tui chat-1; echo ended $?\n")
        // y names the journal, as the command line did.
        try expect(tmux, shows: driver)
        let steps: [([String], [Key])] = [
            (["k"], [.character("k")]), (["Up", "Up"], [.up, .up]), (["Home"], [.home]),
            (["J"], [.character("J")]), (["s"], [.character("s")]),
            (["Tab", "Down", "Down"], [.tab, .down, .down]), (["NPage"], [.pageDown]),
            (["BTab", "d", "'", "End"], [.backTab, .character("d"), .character("'"), .end]),
            (["?"], [.character("?")]), (["Escape"], [.escape]), (["+"], [.character("+")]),
            (["+", "e"], [.character("+"), .character("e")]),
            ([":", "~", "9"], [.character(":"), .character("~"), .character("9")]),
            (["Enter"], [.enter]),
            (["Tab", "Tab", "Home", "Space"], [.tab, .tab, .home, .character(" ")]),
        ]
        for (names, keys) in steps {
            for (name, key) in zip(names, keys) {
                try tmux.press(name)
                await driver.press(key)
                try expect(tmux, shows: driver)
            }
        }
        for (columns, rows) in [(120, 40), (62, 16), (59, 16), (80, 24)] {
            try tmux.resize(columns: columns, rows: rows)
            driver.state.resize(to: ScreenSize(columns: columns, rows: rows))
            await driver.settle()
            try expect(tmux, shows: driver)
        }
        try tmux.press("q")
        #expect(try tmux.wait { $0.contains("ended 0") })
        try tmux.type("clear; stty -a | diff before - && echo 'the same'\n")
        #expect(try tmux.wait { $0.contains("the same") })
        await driver.close()
    }

    @Test("labels and forks are written, and others can write in between")
    func writing() async throws {
        let sample = try await DebuggerSample()
        let tmux = try Tmux(in: sample.sample.scratch.url, columns: 100, rows: 30)
        defer { tmux.kill() }
        try tmux.type("sjournal -j journal tui chat-1 --actor user:eve --at 6\n")
        #expect(try tmux.wait { $0[0].contains("6 of 15") })
        try tmux.type("mhere\n")
        #expect(try tmux.wait { $0[0].contains("◆ here") })
        try tmux.type("fanother\n")
        #expect(try tmux.wait { $0.contains { $0.contains("made branch another as of event 6") } })
        let journal = try await Journal.open(at: sample.path)
        let chat = try await journal.resolve("chat-1")
        #expect(try await journal.labels(of: chat)["here"]?.actor == "user:eve")
        #expect(try await journal.tree(of: chat).branch("another")?.creator == "user:eve")
        // While this one writes, the debugger says so.
        try tmux.type("mthere\n")
        #expect(try tmux.wait { $0.contains { $0.contains("is writing to this journal") } })
        try await journal.close()
        try tmux.press("Escape", "q")
        #expect(try tmux.wait { $0.last { !$0.isEmpty } == "ready" })
    }

    @Test("stopped with Ctrl-Z the shell has its terminal, and with fg the screen is back")
    func suspending() async throws {
        let sample = try await DebuggerSample()
        let tmux = try Tmux(in: sample.sample.scratch.url, columns: 80, rows: 24)
        defer { tmux.kill() }
        let driver = try await DebuggerDriver(sample)
        try tmux.type("stty -a > before\n")
        try tmux.type("sjournal -j journal tui chat-1\n")
        try expect(tmux, shows: driver)
        try tmux.press("C-z")
        #expect(try tmux.wait { $0.contains { $0.contains("Stopped") } })
        try tmux.type("stty -a | diff before - && echo 'the same'\n")
        #expect(try tmux.wait { $0.contains("the same") })
        try tmux.type("fg\n")
        try expect(tmux, shows: driver)
        try tmux.type("q")
        #expect(try tmux.wait { $0.last { !$0.isEmpty } == "ready" })
        await driver.close()
    }

    @Test("stopped by a signal, it gives the terminal back where it can, and goes on as it was")
    func stopped() async throws {
        let sample = try await DebuggerSample()
        let tmux = try Tmux(in: sample.sample.scratch.url, columns: 80, rows: 24)
        defer { tmux.kill() }
        let driver = try await DebuggerDriver(sample)
        try tmux.type("bash -c 'echo $$ > pid; exec sjournal -j journal tui chat-1'\n")
        try expect(tmux, shows: driver)
        // STOP asks nobody: the shell finds its terminal as it was left, and fg draws all of it anew.
        for (number, signal) in ["TSTP", "STOP"].enumerated() {
            _ = try ProcessRun.shell("kill -\(signal) $(cat pid)", in: sample.sample.scratch.url)
            #expect(try tmux.wait { $0.contains { $0.contains("Stopped") } }, "\(signal)")
            try tmux.type("stty sane; clear; echo there $((7 + \(number)))\n")
            #expect(try tmux.wait { $0.contains("there \(7 + number)") })
            try tmux.type("fg\n")
            try expect(tmux, shows: driver)
            try tmux.type("k")
            await driver.press(.character("k"))
            try expect(tmux, shows: driver)
        }
        try tmux.type("q")
        #expect(try tmux.wait { $0.last { !$0.isEmpty } == "ready" })
        await driver.close()
    }

    @Test("killed, it leaves a shell that works")
    func killed() async throws {
        let sample = try await DebuggerSample()
        let tmux = try Tmux(in: sample.sample.scratch.url, columns: 80, rows: 24)
        defer { tmux.kill() }
        try tmux.type("stty -a > before\n")
        try tmux.type("bash -c 'echo $$ > pid; exec sjournal -j journal tui chat-1'\n")
        #expect(try tmux.wait { $0.contains { $0.contains("15 of 15") } })
        _ = try ProcessRun.shell("kill -TERM $(cat pid)", in: sample.sample.scratch.url)
        #expect(try tmux.wait { $0.contains { $0.contains("Terminated") } })
        try tmux.type("stty -a | diff before - && echo 'the same'\n")
        #expect(try tmux.wait { $0.contains("the same") })
    }
}
