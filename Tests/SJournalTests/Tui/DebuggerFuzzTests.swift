import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite("Whatever keys are pressed")
struct DebuggerFuzzTests {
    private static let keysInAll = 100_000
    private static let sessions = 20

    /// Keys that do something more often than others.
    private static let keys: [Key] =
        KeyBinding.all.flatMap(\.keys).compactMap { $0.count == 1 ? $0[0] : nil }
        + [.character("z"), .character("a"), .character("5"), .character("~"), .backspace, .delete]
        + [Key](repeating: .enter, count: 4) + [Key](repeating: .tab, count: 4)
        + [.down, .up, .pageDown, .pageUp, .character("漢"), .control("x"), .character("\u{202E}")]

    /// A random session: branches, edits, merges, and content from all of Unicode.
    private func journal(seed: UInt64) async throws -> (Journal, SessionID) {
        var random = SeededGenerator(seed: seed)
        var history = TreeHistory(seed: seed)
        for _ in 0..<Int.random(in: 0...40, using: &random) { _ = try history.step() }
        let journal = Journal.inMemory(options: SampleJournal.options())
        try await journal.store.adopt(history.script.events.map(\.line), durability: .buffered)
        let session = EventScript.defaultSession
        let drafts = (0..<Int.random(in: 1...150, using: &random)).map { index in
            EventDraft(
                .messageAppended,
                data: [
                    "message": .string("f\(index)"), "parent": nil,
                    "role": index % 3 == 0 ? "user" : "tool",
                    "parts": [["type": "text", "text": .string(random.text())]],
                    "more": random.json(depth: 3),
                ])
        }
        try await journal.as("agent:\u{202E}fuzz").append(drafts, to: session)
        return (journal, session)
    }

    private func check(_ driver: DebuggerDriver, _ seed: UInt64) {
        let state = driver.state
        #expect(state.cursor <= state.lastVersion, "seed \(seed)")
        #expect(state.cursor > 0 || state.lastVersion == 0, "seed \(seed)")
        let rows = UInt64(state.layout.contentRows(.events))
        #expect(state.topVersion <= max(state.cursor, 1), "seed \(seed)")
        #expect(state.cursor < state.topVersion + rows, "seed \(seed)")
        #expect(state.treeRow < max(state.treeRows.count, 1), "seed \(seed)")
        #expect(
            (state.lineCursors[state.view] ?? 0) < max(state.document?.lines.count ?? 0, 1),
            "seed \(seed)")
        let screen = DebuggerScreen.draw(state)
        let size = state.layout.size
        #expect(screen.cells.count == size.columns * size.rows, "seed \(seed)")
        for line in screen.lines {
            #expect(DisplayWidth.of(line) == size.columns, "seed \(seed): \(line)")
            #expect(!line.unicodeScalars.contains(where: Escaping.isHostile), "seed \(seed)")
        }
    }

    @Test(
        "nothing traps, the cursor stays in the session and the screen exactly in the terminal",
        arguments: 0..<UInt64(sessions))
    func keys(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed &+ 1000)
        let (journal, session) = try await journal(seed: seed)
        let size = ScreenSize(
            columns: Int.random(in: 1...160, using: &random),
            rows: Int.random(in: 1...50, using: &random))
        let driver = try await DebuggerDriver(journal, session, size: size)
        for count in 0..<Self.keysInAll / Self.sessions {
            let key = Self.keys[Int.random(in: 0..<Self.keys.count, using: &random)]
            let effects = driver.state.handle(key)
            // Some answers come at once, some late, some not before other keys.
            if driver.state.awaited == nil || Int.random(in: 0..<3, using: &random) == 0 {
                await driver.carryOut(effects)
            }
            switch Int.random(in: 0..<40, using: &random) {
            case 0..<10:
                let needs = driver.state.needs
                if !needs.isEmpty {
                    await driver.answer(needs[Int.random(in: 0..<needs.count, using: &random)])
                }
            case 10: await driver.settle()
            case 11:
                driver.state.resize(
                    to: ScreenSize(
                        columns: Int.random(in: 0...160, using: &random),
                        rows: Int.random(in: 0...50, using: &random)))
            case 12 where count % 50 == 0:
                try await journal.as("user:ada").say("user", random.text(), in: session)
                await driver.carryOut(
                    driver.state.take(.grew(try await driver.reader.lastVersion())))
            case 13..<16: check(driver, seed)
            default: break
            }
            // What was asked for and got no answer is given up, as Escape does.
            if driver.state.awaited != nil, Int.random(in: 0..<10, using: &random) == 0 {
                _ = driver.state.handle(.escape)
            }
        }
        check(driver, seed)
    }
}
