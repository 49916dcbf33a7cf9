import SessionJournal
import Testing

@testable import SJournal

@Suite("The screens of the debugger")
struct DebuggerScreenTests {
    private func driver(
        cursor: UInt64, size: ScreenSize = ScreenSize(columns: 80, rows: 24)
    ) async throws -> DebuggerDriver {
        try await DebuggerDriver(try await DebuggerSample(), cursor: cursor, size: size)
    }

    private func expect(
        _ driver: DebuggerDriver, _ screen: String,
        _ location: SourceLocation = #_sourceLocation
    ) {
        let found = driver.lines.joined(separator: "\n")
        #expect(found == screen, "\n\(found)\n", sourceLocation: location)
    }

    @Test("the event") func event() async throws {
        let driver = try await driver(cursor: 4)
        expect(
            driver,
            #"""
             chat-1                                  event 4  4 of 15  2026-11-21T01:02:12Z
            ─  tree  ───────────────────────────│─  [event] state  diff   ──────────────────
            ● user  Please list this folder.    │   seq 4
            ├─╮                                 │   time 2026-11-21T01:02:12.000000Z
            │ ● assistant  ⚙ Bash ls -la\u…  +2 │   version 4
            ● user  Or count them.              │   kind tool.finished
            ◆ fork-1                            │   branch main
            ● assistant  漢字 and 👩‍👩‍👧, é: \u{1b… │   actor user:ada
            ● user  What did we count?          │ ▾ data {4}
            ─  events  ─────────────────────────│     call c1
               1 01:02:07 session.created Folde…│     name Bash
               2 01:02:09 user: Please list thi…│     status ok
            ◆  3 01:02:11 before assistant: ⚙ B…│     duration_ms 1234
               4 01:02:12 tool.finished Bash ok…│   session 01a1fb9feec87718864686c7074787c8
               5 01:02:15 tool: → ok            │   salt oaKjpKWmp6ipqqusra6vsA==
               6 01:02:17 assistant: Three file…│
               7 01:02:18 branch.created fork-1 │
               8 01:02:20 fork-1 user: Or count…│
               9 01:02:21 session.metadata_chan…│
              13 01:02:26 label.added label bef…│
              14 01:02:26 session.metadata_chan…│
             in 0  out 0  cost 0.0000 USD  turns 1
             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.close()
    }

    @Test("the state, and what is known of a field") func state() async throws {
        let driver = try await driver(cursor: 12)
        await driver.press(.character("s"), .tab)
        while driver.state.field != "model" { await driver.press(.down) }
        expect(
            driver,
            #"""
             chat-1                                event 15  12 of 15  2026-11-21T01:02:26Z
            ─  tree  ───────────────────────────│─   event [state] diff   ──────────────────
            ● user  Please list this folder.    │ ▾ metadata
            ├─╮                                 │   name           "Listing folders"
            │ ● assistant  ⚙ Bash ls -la\u…  +2 │   status         "active"
            ● user  Or count them.              │   turn_count     2
            ◆ fork-1                            │   is_starred     true
            ● assistant  漢字 and 👩‍👩‍👧, é: \u{1b… │   category       "general"
            ● user  What did we count?          │   language       "python"
            ─  events  ─────────────────────────│   last_modified  "2026-11-21T01:02:26.000…
               2 01:02:09 user: Please list thi…│   modified_by    "user:ada"
            ◆  3 01:02:11 before assistant: ⚙ B…│   model          "m-1"
               4 01:02:12 tool.finished Bash ok…│ ▸ fields without a value  12
               5 01:02:15 tool: → ok            │ ▾ branches  2
               6 01:02:17 assistant: Three file…│   ◆ main  1 message  #15  current
               7 01:02:18 branch.created fork-1 │   ◇ fork-1  2 messages  #8  from main
               8 01:02:20 fork-1 user: Or count…│ ▾ counts
               9 01:02:21 session.metadata_chan…│   events         12
              13 01:02:26 label.added label bef…│───────────────────────────────────────────
              14 01:02:26 session.metadata_chan…│ set by user:ada in event 14: the usual
              15 01:02:26 assistant: 漢字 and … │ value 2 of 3
             in 1,200  cached 30,000  out 450  cost 0.0194 USD  turns 2
             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.close()
    }

    @Test("the conversation below the state") func conversation() async throws {
        let driver = try await driver(cursor: 6, size: ScreenSize(columns: 60, rows: 24))
        await driver.press(.character("s"), .tab, .end)
        expect(
            driver,
            #"""
             chat-1              event 6  6 of 15  2026-11-21T01:02:17Z
            ─  tree  ──────────────────│─   event [state] diff   ───────
            ● user  Please list this … │   messages       4
            ├─╮                        │   turns          1
            │ ● assistant  ⚙ Bash ls -…│   merges         0
            ● user  Or count them.     │   created        2026-11-21T01…
            ◆ fork-1                   │   active         2026-11-21T01…
            ● assistant  漢字 and 👩‍👩‍👧,… │ ▾ conversation on main  4
            ● user  What did we count? │
            ─  events  ────────────────│ user   2026-11-21T01:02:09Z  #2
               1 01:02:07 session.crea…│   Please list this folder.
               2 01:02:09 user: Please…│
            ◆  3 01:02:11 before assis…│ assistant  2026-11-21T01:02:11…
               4 01:02:12 tool.finishe…│   ✻ They want a list.
               5 01:02:15 tool: → ok   │   ⚙ Bash  ls -la\u{… → ok 1.2 s
               6 01:02:17 assistant: T…│
               7 01:02:18 branch.creat…│ assistant  2026-11-21T01:02:17…
               8 01:02:20 fork-1 user:…│   Three files.\u{202e}
               9 01:02:21 session.meta…│────────────────────────────────
              13 01:02:26 label.added …│ on a field (Tab): who set it, …
              14 01:02:26 session.meta…│ n its next change, b its blame
             in 0  out 0  cost 0.0000 USD  turns 1
             j step  : jump  / search  Tab pane  e event  s state  d di…

            """#)
        await driver.press(.character("+"))
        expect(
            driver,
            #"""
             chat-1              event 6  6 of 15  2026-11-21T01:02:17Z
            ─   event [state] diff   ───────────────────────────────────
               messages       4
               turns          1
               merges         0
               created        2026-11-21T01:02:07Z
               active         2026-11-21T01:02:17Z
             ▾ conversation on main  4

             user                               2026-11-21T01:02:09Z  #2
               Please list this folder.

             assistant                          2026-11-21T01:02:11Z  #3
               ✻ They want a list.
               ⚙ Bash  ls -la\u{1b}[2J → ok 1.2 s

             assistant                          2026-11-21T01:02:17Z  #6
               Three files.\u{202e}
            ────────────────────────────────────────────────────────────
             on a field (Tab): who set it, and when;
             n its next change, b its blame
             in 0  out 0  cost 0.0000 USD  turns 1
             j step  : jump  / search  Tab pane  e event  s state  d di…

            """#)
        await driver.close()
    }

    @Test("the difference from a marked event") func difference() async throws {
        let driver = try await driver(cursor: 9)
        await driver.press(.character("'"), .character("d"), .character("G"))
        expect(
            driver,
            #"""
             chat-1                                event 18  15 of 15  2026-11-21T01:02:26Z
            ─  tree  ───────────────────────────│─   event  state [diff] with 9  ───────────
            ● user  Please list this folder.    │ from event 9 to event 18
            ├─╮                                 │
            │ ● assistant  ⚙ Bash ls -la\u…  +2 │ metadata
            ● user  Or count them.              │   turn_count      2 → 3
            ◆ fork-1                            │   last_modified   "2026-11-21T01:02:21.00…
            ● assistant  漢字 and 👩‍👩‍👧, é: \u{1b… │   model           null → "m-2"
            ● user  What did we count?          │
            ─  events  ─────────────────────────│ messages
               5 01:02:15 tool: → ok            │   + assistant  #15  漢字 and 👩‍👩‍👧, é: \u{1b…
               6 01:02:17 assistant: Three file…│   + user       #18  What did we count?
               7 01:02:18 branch.created fork-1 │
               8 01:02:20 fork-1 user: Or count…│ branches
            '  9 01:02:21 session.metadata_chan…│   > main  01a1fba019c… → 01a1fba0063…
              13 01:02:26 label.added label bef…│
              14 01:02:26 session.metadata_chan…│
              15 01:02:26 assistant: 漢字 and … │
              16 01:02:26 session.metadata_chan…│
              17 01:02:26 branch.merged fork-1:…│
              18 01:02:26 user: What did we cou…│
             in 1,200  cached 30,000  out 450  cost 0.0194 USD  turns 3
             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.close()
    }

    @Test("the help lies over the panes") func help() async throws {
        let driver = try await driver(cursor: 9)
        await driver.press(.character("?"))
        expect(
            driver,
            #"""
             chat-1                                  event 9  9 of 15  2026-11-21T01:02:21Z
            ─  tree  ───────────────────────────│─  [event] state  diff   ──────────────────
            ● ┌ keys ────────────────────────────────────────────────────────────────────┐
            ├─│ j ↓                 next event; in the tree the next line, in the        │
            │ │                     inspector a line down                                │
            ● │ k ↑                 previous event, or line                              │
            ◆ │ l →                 next event, whichever pane one is in                 │
            ● │ h ←                 previous event, whichever pane one is in             │
            ● │ J                   next turn of a person                                │
            ─ │ K                   previous turn of a person                            │
              │ PgDn Ctrl-F Ctrl-D  a page down                                          │
              │ PgUp Ctrl-B Ctrl-U  a page up                                            │
            ◆ │ Home                first event, or line                                 │
              │ End                 last event, or line                                  │
              │ G                   last event, whichever pane one is in                 │c8
              │ : g                 jump to a point: a sequence number, a time,          │
              │                     recorded:TIME, ~N, a label                           │
              │ /                   search the text of the events                        │
              │ n                   next event that was searched for; on a field of the  │
              └────────────────────────────────────────────────────────────── 31 more, ↓ ┘
              14 01:02:26 session.metadata_chan…│
             in 0  out 0  cost 0.0000 USD  turns 2
             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.close()
    }

    @Test("a wide list has kinds and actors") func wide() async throws {
        let driver = try await driver(cursor: 9)
        await driver.press(.character("+"))
        expect(
            driver,
            #"""
             chat-1                                  event 9  9 of 15  2026-11-21T01:02:21Z
            ─  events  ─────────────────────────────────────────────────────────────────────
               1 01:02:07 session.created  user:ada     Folders
               2 01:02:09 message.appended user:ada     user: Please list this folder.
            ◆  3 01:02:11 before message.appended agent:b      assistant: ⚙ Bash ls -la\u{1…
               4 01:02:12 tool.finished    user:ada     Bash ok c1
               5 01:02:15 message.appended user:ada     tool: → ok
               6 01:02:17 message.appended agent:b      assistant: Three files.\u{202e}
               7 01:02:18 branch.created   user:ada     fork-1
               8 01:02:20 message.appended user:ada     fork-1 user: Or count them.
               9 01:02:21 session.metadat… user:ada     name Listing folders, is_starred tr…
              13 01:02:26 label.added      user:ada     label before, seq 3
              14 01:02:26 session.metadat… user:ada     model m-1
              15 01:02:26 message.appended agent:b      assistant: 漢字 and 👩‍👩‍👧, é: \u{1b}[3…
              16 01:02:26 session.metadat… user:ada     model m-2
              17 01:02:26 branch.merged    user:ada     fork-1: 2 messages
              18 01:02:26 message.appended user:ada     user: What did we count?




             in 0  out 0  cost 0.0000 USD  turns 2
             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.close()
    }

    @Test("before anything is read, every pane says so") func reading() async throws {
        let sample = try await DebuggerSample()
        let driver = try await DebuggerDriver(sample)
        driver.state = DebuggerState(
            names: driver.state.names, lastVersion: 15, size: ScreenSize(columns: 80, rows: 24))
        expect(
            driver,
            #"""
             chat-1                                                               15 of 15
            ─  tree: reading…  ─────────────────│─  [event] state  diff  reading…  ─────────
                                                │
                                                │
                                                │
                                                │
                                                │
                                                │
                                                │
            ─  events  ─────────────────────────│
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
              reading…                          │
             tokens and cost: reading…
             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.close()
    }

    @Test("a session without events has nothing to step through") func empty() async throws {
        let journal = Journal.inMemory()
        let driver = try await DebuggerDriver(
            journal, .journal, name: "@journal", size: ScreenSize(columns: 80, rows: 16))
        await driver.settle()
        await driver.press(
            .down, .up, .home, .end, .character("m"), .character("f"), .character("M"),
            .character("'"), .character("y"), .character("s"), .character("d"), .character("b"))
        #expect(driver.state.cursor == 0)
        await driver.press(.escape)
        expect(
            driver,
            #"""
             @journal                                                               0 of 0
            ─  tree  ───────────────────────────│─   event  state [diff]  ──────────────────
                                                │
                                                │
                                                │
            ─  events  ─────────────────────────│
                                                │
                                                │
                                                │
                                                │
                                                │
                                                │
                                                │

             j step  : jump  / search  Tab pane  e event  s state  d diff  ? help  q quit

            """#)
        await driver.press(.character("J"))
        #expect(driver.message == " no turn comes after this event")
    }

    @Test("a terminal that is too small says so, and what would do") func tooSmall() async throws {
        let driver = try await driver(cursor: 9, size: ScreenSize(columns: 59, rows: 24))
        #expect(
            driver.lines.prefix(2) == [
                "the terminal is 59×24",
                "60×15 is the least; make it larger, or q quits",
            ])
        driver.state.resize(to: ScreenSize(columns: 60, rows: 14))
        #expect(driver.lines[0] == "the terminal is 60×14")
        driver.state.resize(to: ScreenSize(columns: 3, rows: 1))
        #expect(driver.lines == ["th…"])
        driver.state.resize(to: ScreenSize(columns: 60, rows: 15))
        #expect(driver.lines.count == 15)
        #expect(driver.lines[0].contains("chat-1"))
        await driver.press(.character("q"))
        await driver.close()
    }

    @Test("models without a price are named, and errors counted")
    func totals() async throws {
        let sample = try await DebuggerSample()
        let prices = PriceTable(currency: "EUR", rows: [])
        let driver = try await DebuggerDriver(
            sample, size: ScreenSize(columns: 100, rows: 24), prices: prices)
        #expect(
            driver.lines.contains(
                " in 1,200  cached 30,000  out 450  cost ?  turns 3  no price for claude-sonnet-4-5"
            ))
        await driver.press(.home)
        #expect(driver.lines.contains(" in 0  out 0  cost 0.0000 EUR  turns 0"))
        await driver.close()
    }

    @Test("what is hostile or wide never leaves its place", arguments: [60, 61, 80, 97, 200])
    func hostile(columns: Int) async throws {
        let driver = try await driver(
            cursor: 12, size: ScreenSize(columns: columns, rows: 30))
        for key in ["e", "s", "d"] {
            await driver.type(key)
            for line in DebuggerScreen.draw(driver.state).lines {
                #expect(DisplayWidth.of(line) == columns)
                #expect(!line.unicodeScalars.contains(where: Escaping.isHostile))
            }
        }
        await driver.type("e")
        #expect(driver.lines.contains { $0.contains("\\u{1b}[31mred") })
        await driver.close()
    }
}
