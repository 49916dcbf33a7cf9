import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite("What keys do in the debugger")
struct DebuggerKeyTests {
    private func driver(
        cursor: UInt64? = nil, size: ScreenSize = ScreenSize(columns: 100, rows: 30)
    ) async throws -> DebuggerDriver {
        try await DebuggerDriver(try await DebuggerSample(), cursor: cursor, size: size)
    }

    @Test("events step by one, by page, to the ends, and not beyond")
    func stepping() async throws {
        let driver = try await driver()
        #expect(driver.state.cursor == 15)
        let steps: [(Key, UInt64)] = [
            (.character("j"), 15), (.down, 15), (.character("k"), 14), (.up, 13), (.left, 12),
            (.character("h"), 11), (.right, 12), (.character("l"), 13), (.home, 1), (.up, 1),
            (.pageDown, 15), (.pageUp, 1), (.control("d"), 15), (.control("u"), 1),
            (.control("f"), 15), (.control("b"), 1), (.character("G"), 15), (.home, 1), (.end, 15),
        ]
        for (key, version) in steps {
            await driver.press(key)
            #expect(driver.state.cursor == version, "\(key)")
        }
        await driver.close()
    }

    @Test("turns are those of persons, whichever pane one is in")
    func turns() async throws {
        let driver = try await driver()
        await driver.press(.character("K"))
        #expect(driver.state.cursor == 8)
        await driver.press(.character("K"))
        #expect(driver.state.cursor == 2)
        await driver.press(.character("K"))
        #expect(driver.state.cursor == 2)
        #expect(driver.message == " no turn comes before it")
        await driver.press(.tab, .character("J"))
        #expect(driver.state.cursor == 8)
        await driver.press(.character("J"), .character("J"))
        #expect(driver.state.cursor == 15)
        #expect(driver.message == " no turn comes after this event")
        await driver.close()
    }

    @Test(
        "a jump takes every form of a point",
        arguments: [
            (":", "6", "6", ""), ("g", "11", "9", ""), (":", "~3", "12", ""),
            (":", "2026-11-21T01:02:15Z", "5", ""), (":", "recorded:2026-11-21T01:02:12Z", "4", ""),
            (":", "before", "3", ""), (":", "label:before", "3", ""), (":", "now", "15", ""),
            (":", "2026-11-20", "15", "the session had no event yet at 2026-11-20"),
            (":", "nowhere", "15", "has no label “nowhere”"), (":", "!?", "15", "no point in time"),
            (":", "~99", "15", "no event yet"),
        ])
    func jumps(key: String, text: String, version: String, message: String) async throws {
        let driver = try await driver()
        await driver.type(key)
        #expect(driver.message.hasPrefix(" jump to"))
        await driver.type(text)
        #expect(driver.message.hasSuffix(text))
        await driver.press(.enter)
        #expect("\(driver.state.cursor)" == version)
        let isSaid = driver.lines.contains { $0.contains(message) }
        #expect(message.isEmpty ? driver.message.isEmpty : isSaid)
        await driver.close()
    }

    @Test("a prompt takes letters, gives them back, and is left with Escape")
    func prompt() async throws {
        let driver = try await driver()
        await driver.type(":ab漢q")
        #expect(driver.state.prompt?.text == "ab漢q")
        await driver.press(.backspace, .backspace)
        #expect(driver.state.prompt?.text == "ab")
        await driver.press(.control("u"), .up, .tab)
        #expect(driver.state.prompt?.text == "")
        await driver.press(.backspace)
        #expect(driver.state.prompt == nil)
        await driver.type(":1")
        await driver.press(.escape)
        #expect(driver.state.prompt == nil)
        #expect(driver.state.cursor == 15)
        await driver.type(":")
        await driver.press(.enter)
        #expect(driver.state.cursor == 15)
        await driver.type(":")
        await driver.press(.control("z"), .control("c"))
        #expect(driver.effects == [.suspend], "Ctrl-C leaves the prompt, not the debugger")
        await driver.type(":" + String(repeating: "long ", count: 200))
        #expect((driver.state.prompt?.text.utf8.count ?? 0) <= DebuggerState.longestPrompt)
        #expect(driver.lines.allSatisfy { DisplayWidth.of($0) <= 100 })
        await driver.close()
    }

    @Test("a search goes on with n and back with N, over the end")
    func search() async throws {
        let driver = try await driver()
        await driver.press(.character("n"))
        #expect(driver.message.contains("nothing was searched for"))
        await driver.type("/folder")
        await driver.press(.enter)
        #expect(driver.state.cursor == 1)
        #expect(driver.message == " from the first event on again")
        await driver.press(.character("n"))
        #expect(driver.state.cursor == 2)
        #expect(driver.message.isEmpty)
        await driver.press(.character("n"))
        #expect(driver.state.cursor == 9)
        await driver.press(.character("N"), .character("N"), .character("N"))
        #expect(driver.state.cursor == 9)
        #expect(driver.message == " from the last event back")
        await driver.type("/")
        await driver.press(.enter)
        #expect(driver.state.cursor == 1, "nothing typed means what was searched for last")
        await driver.type("/no such words")
        await driver.press(.enter)
        #expect(driver.message == " no event has \"no such words\"")
        await driver.close()
    }

    @Test("on a field, n and N go to its changes, and b blames")
    func fields() async throws {
        let driver = try await driver(cursor: 12)
        await driver.press(.character("b"))
        #expect(driver.message.contains("blame is about a field"))
        await driver.press(.character("s"), .tab)
        while driver.state.field != "model" { await driver.press(.down) }
        #expect(driver.lines.contains { $0.contains("set by user:ada in event 14: the usual") })
        #expect(driver.lines.contains { $0.contains("value 2 of 3") })
        await driver.press(.character("n"))
        #expect(driver.state.cursor == 13)
        #expect(driver.state.field == "model", "the cursor stays on the field")
        #expect(driver.lines.contains { $0.contains("set by user:ada in event 16: upgrade") })
        await driver.press(.character("n"))
        #expect(driver.message == " model does not change after this event")
        await driver.press(.character("N"))
        #expect(driver.state.cursor == 11)
        await driver.press(.character("b"))
        #expect(driver.overlayTitle == "blame of model")
        #expect(
            driver.lines.contains { $0.contains("led to by") && $0.contains("message of event 6") })
        await driver.press(.escape, .enter)
        #expect(driver.state.overlay != nil, "Enter on a field blames it too")
        await driver.press(.escape)
        await driver.press(.home, .end)
        #expect(driver.state.field == nil)
        await driver.close()
    }

    @Test("panes take turns, one of them may have the screen to itself")
    func panes() async throws {
        let driver = try await driver()
        #expect(driver.state.pane == .events)
        await driver.press(.tab)
        #expect(driver.state.pane == .inspector)
        await driver.press(.tab)
        #expect(driver.state.pane == .tree)
        await driver.press(.backTab, .backTab)
        #expect(driver.state.pane == .events)
        await driver.press(.character("+"))
        #expect(driver.lines[1].hasPrefix("─  events"))
        #expect(driver.lines.contains { $0.contains("message.appended user:ada     user: What") })
        await driver.press(.tab)
        #expect(driver.lines[1].hasPrefix("─  [event]"))
        await driver.press(.tab)
        #expect(
            driver.lines.contains { $0.contains("● user  What did we count?") && $0.contains("Z") })
        await driver.press(.character("+"))
        #expect(driver.lines.contains { $0.contains("─  events") })
        await driver.close()
    }

    @Test("the tree moves the cursor, folds, and chooses branches")
    func tree() async throws {
        let driver = try await driver()
        await driver.press(.tab, .tab, .home)
        #expect(driver.state.cursor == 2)
        await driver.press(.down)
        #expect(driver.state.cursor == 2, "the beginning of a branch is no event")
        await driver.press(.down)
        #expect(driver.state.cursor == 3)
        let rows = driver.state.treeRows.count
        await driver.press(.character(" "))
        #expect(driver.state.treeRows.count == rows, "nothing is below a turn that ends there")
        #expect(driver.lines.contains { $0.contains("▸ assistant") })
        await driver.type("za")
        #expect(!driver.lines.contains { $0.contains("▸ assistant") })
        await driver.press(.home, .character(" "))
        #expect(
            driver.lines.contains {
                $0.contains("▸ user  Please list this folder.") && $0.contains("+4")
            })
        await driver.type("zR")
        #expect(driver.state.treeRows.count == rows)
        await driver.type("zM")
        #expect(driver.lines.contains { $0.contains("│ ▸ assistant") })
        await driver.type("zR")
        while driver.state.treeRow + 1 < driver.state.treeRows.count, driver.state.branch == nil {
            await driver.press(.down)
            if case .head(_, index: 0) = driver.state.treeRows[driver.state.treeRow].kind,
                driver.lines.contains(where: { $0.contains("◆ fork-1") })
            {
                await driver.press(.enter)
            }
        }
        #expect(driver.state.branch == "fork-1")
        #expect(driver.lines[0].contains("on fork-1"))
        await driver.press(.character("s"))
        #expect(driver.lines.contains { $0.contains("◆ fork-1  2 messages") })
        await driver.press(.character("B"), .control("u"), .enter)
        #expect(driver.state.branch == nil)
        await driver.type("Bnone")
        await driver.press(.enter)
        #expect(driver.state.branch == "none")
        await driver.press(.tab, .tab, .end)
        #expect(driver.lines.contains { $0.contains("there is no branch none as of this event") })
        await driver.press(.character("d"))
        #expect(driver.message.contains("there is no branch none"))
        await driver.close()
    }

    @Test("sections and members fold, lines lead to their events")
    func folding() async throws {
        let driver = try await driver()
        await driver.press(.character("s"), .tab, .down, .down, .character(" "))
        #expect(driver.lines.contains { $0.contains("▸ metadata") })
        #expect(driver.state.line?.fold == "state/metadata", "the cursor is on what was folded")
        await driver.press(.enter)
        #expect(driver.lines.contains { $0.contains("▾ metadata") })
        await driver.type("zM")
        #expect(driver.state.document?.lines.count == 5)
        await driver.type("zR")
        #expect(driver.lines.contains { $0.contains("▾ fields without a value") })
        await driver.press(.end)
        #expect(driver.state.line?.sequence == 18)
        while driver.state.line?.sequence != 8 { await driver.press(.up) }
        await driver.press(.enter)
        #expect(driver.state.cursor == 8)
        await driver.press(.character("e"), .home)
        while driver.state.line?.fold != "json/data" { await driver.press(.down) }
        let count = driver.state.document?.lines.count ?? 0
        await driver.press(.character(" "))
        #expect((driver.state.document?.lines.count ?? 0) < count)
        await driver.press(.character("j"))
        #expect(driver.state.cursor == 8, "lines move, events do not")
        await driver.press(.backTab, .character("s"), .enter)
        #expect(driver.state.view == .event, "Enter on an event shows it")
        await driver.close()
    }

    @Test("the diff compares with the event before, or with the marked one, whichever is later")
    func marks() async throws {
        let driver = try await driver(cursor: 9)
        await driver.press(.character("d"))
        #expect(driver.lines.contains { $0.contains("from event 8 to event 9") })
        #expect(driver.lines.contains { $0.contains("\"Folders\" → \"Listing folders\"") })
        await driver.press(.character("'"), .character("G"))
        #expect(driver.lines.contains { $0.contains("[diff] with 9") })
        #expect(driver.lines.contains { $0.contains("from event 9 to event 18") })
        await driver.press(.home)
        #expect(driver.lines.contains { $0.contains("from event 1 to event 9") })
        await driver.type(":9")
        await driver.press(.enter, .character("'"))
        #expect(driver.message == " the mark is gone")
        await driver.press(.home)
        #expect(driver.lines.contains { $0.contains("from nothing yet to event 1") })
        await driver.press(.character("y"))
        #expect(driver.message.contains("nothing before this event"))
        await driver.close()
    }

    @Test("y names the command that shows the same")
    func command() async throws {
        let driver = try await driver(cursor: 9)
        await driver.press(.character("y"))
        #expect(driver.message == " sjournal log chat-1 --from 9 --to 9 --json")
        await driver.press(.character("d"), .character("y"))
        #expect(driver.message == " sjournal diff chat-1 8 9")
        await driver.type("Bfork-1")
        await driver.press(.enter, .character("s"), .character("y"))
        #expect(driver.message == " sjournal show chat-1 --at 9 --branch fork-1")
        #expect(DebuggerNames.quoted("it's") == "'it'\\''s'")
        #expect(DebuggerNames.quoted("") == "''")
        #expect(DebuggerNames.quoted("/a b") == "'/a b'")
        let names = DebuggerNames(
            title: "t", journalOption: "-j \(DebuggerNames.quoted("/my journal")) ", session: "t")
        #expect(names.command("show t") == "sjournal -j '/my journal' show t")
        await driver.close()
    }

    @Test("labels and forks are written, and shown at once")
    func writing() async throws {
        let driver = try await driver(cursor: 6)
        await driver.type("mthe answer")
        await driver.press(.enter)
        #expect(driver.message == " the answer is event 6")
        #expect(driver.state.lastVersion == 16)
        #expect(driver.lines[0].contains("◆ the answer"))
        #expect(driver.lines.contains { $0.contains("◆  6") && $0.contains("the answer") })
        await driver.type("mthe answer")
        await driver.press(.enter)
        #expect(driver.message == " the answer is event 6, as before")
        await driver.press(.character("k"))
        await driver.type("mthe answer")
        await driver.press(.enter)
        #expect(driver.message.contains("is at event 6 already"))
        await driver.type("fother way")
        await driver.press(.enter)
        #expect(driver.message == " made branch other way as of event 5; B looks at it")
        let tree = try await driver.reader.journal.tree(of: driver.reader.session)
        #expect(tree.branch("other way")?.parent == "main")
        #expect(tree.branch("other way")?.creator == "user:tester")
        #expect(tree.path(ofBranch: "other way")?.messages.count == 3)
        await driver.press(.character("s"), .character("G"))
        #expect(driver.lines.contains { $0.contains("◇ other way  3 messages") })
        await driver.type("mx")
        await driver.press(.escape)
        #expect(driver.state.lastVersion == 17)
        await driver.close()
    }

    @Test("writing is refused clearly while another process writes")
    func locked() async throws {
        let sample = try await DebuggerSample()
        let driver = try await DebuggerDriver(sample)
        let other = try await Journal.open(at: sample.path)
        await driver.type("mname")
        await driver.press(.enter)
        #expect(driver.overlayTitle == "that could not be done")
        #expect(driver.lines.contains { $0.contains("is writing to this journal; wait for it") })
        await driver.press(.escape)
        #expect(driver.state.lastVersion == 15)
        try await other.close()
        await driver.type("mname")
        await driver.press(.enter)
        #expect(driver.message == " name is event 18")
        await driver.close()
    }

    @Test("a merge is previewed as of the event, and nothing is written")
    func mergePreview() async throws {
        let driver = try await driver(cursor: 13)
        await driver.type("Mfork-1")
        await driver.press(.enter)
        #expect(driver.overlayTitle == "merge of fork-1, nothing is written")
        #expect(driver.lines.contains { $0.contains("would merge fork-1 into main: 2 messages") })
        #expect(driver.lines.contains { $0.contains("+ user  Or count them.") })
        await driver.press(.enter)
        #expect(driver.state.overlay == nil)
        await driver.type("Mnone")
        await driver.press(.enter)
        #expect(driver.message.contains("no branch “none”"))
        #expect(driver.state.lastVersion == 15)
        await driver.close()
    }

    @Test("a journal that grows is followed, and the cursor sticks to the end where it was there")
    func following() async throws {
        let driver = try await driver()
        _ = driver.state.take(.grew(17))
        #expect(driver.state.cursor == 15, "nobody follows")
        await driver.press(.character("F"))
        #expect(driver.effects == [.follow(true)])
        #expect(driver.lines[0].contains("following"))
        #expect(driver.message == " following the journal")
        _ = driver.state.take(.grew(16))
        #expect(driver.state.lastVersion == 17, "what is there stays there")
        await driver.press(.character("G"))
        _ = driver.state.take(.grew(20))
        #expect(driver.state.cursor == 20)
        await driver.press(.up)
        _ = driver.state.take(.grew(21))
        #expect(driver.state.cursor == 19)
        await driver.press(.character("F"))
        #expect(driver.effects == [.follow(true), .follow(false)])
        await driver.close()
    }

    @Test("while something is looked for keys wait, Escape stops it, and quitting works")
    func waiting() async throws {
        let driver = try await driver(cursor: 1)
        #expect(driver.state.handle(.character("J")) == [.findTurn(from: 1, isForwards: true)])
        #expect(driver.message == " reading… Esc stops")
        #expect(driver.state.handle(.character("J")).isEmpty)
        #expect(driver.state.handle(.character("d")).isEmpty)
        #expect(driver.state.handle(.control("z")) == [.suspend])
        await driver.carryOut(
            driver.state.take(
                .done(await driver.acts.perform(.findTurn(from: 1, isForwards: true)))))
        #expect(driver.state.cursor == 8, "two turns on")
        #expect(driver.state.view == .difference)
        _ = driver.state.handle(.character("J"))
        _ = driver.state.handle(.character("e"))
        #expect(driver.state.handle(.escape) == [.cancel])
        #expect(driver.state.message == "stopped")
        #expect(driver.state.waitingKeys.isEmpty)
        // The answer comes all the same, and moves nothing.
        _ = driver.state.take(.done(DebuggerOutcome(version: 3)))
        #expect(driver.state.cursor == 8)
        _ = driver.state.handle(.character("J"))
        #expect(driver.state.handle(.character("q")) == [.quit])
        for _ in 0..<500 { _ = driver.state.handle(.down) }
        #expect(driver.state.waitingKeys.count == DebuggerState.mostWaitingKeys)
        await driver.close()
    }

    @Test("what cannot be read is said, and tried again when it is asked for")
    func failures() async throws {
        let driver = try await driver()
        await driver.reader.journal.store.closeQuietly()
        await driver.press(.up)
        #expect(!driver.message.isEmpty)
        #expect(driver.state.needs.isEmpty, "it is not tried for ever")
        await driver.press(.character("J"))
        #expect(driver.message.contains("closed"))
        _ = driver.state.handle(.control("l"))
        #expect(!driver.state.needs.isEmpty)
    }

    @Test("other keys: help, redraw, suspend, quit, and those that do nothing")
    func others() async throws {
        let driver = try await driver(size: ScreenSize(columns: 80, rows: 24))
        await driver.press(.character("?"))
        #expect(driver.lines.contains { $0.contains("┌ keys") })
        await driver.press(.pageDown, .down, .up)
        #expect((driver.state.overlay?.top ?? 0) > 0)
        await driver.press(.end)
        #expect(driver.lines.contains { $0.contains("quit") && $0.contains("Ctrl-C") })
        await driver.press(.home, .character(" "), .pageUp)
        #expect(driver.state.overlay?.top == 0)
        await driver.press(.control("z"), .control("l"), .character("x"))
        #expect(driver.state.overlay == nil)
        await driver.press(.control("l"), .control("z"), .escape, .delete)
        #expect(driver.message == " Delete does nothing; ? lists the keys")
        await driver.type("zx")
        #expect(driver.message.isEmpty, "a sequence that is none is given up")
        await driver.press(.character("q"), .control("c"))
        #expect(
            driver.effects == [.suspend, .redraw, .redraw, .suspend, .quit, .quit])
        await driver.close()
    }
}

extension JournalStore {
    /// Closes it under whoever reads.
    fileprivate func closeQuietly() async { try? await close() }
}
