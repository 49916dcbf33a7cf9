import JournalTestKit
import Testing

@testable import SJournal

@Suite("Cells, and the bytes that show them")
struct ScreenTests {
    private func screen(_ columns: Int = 8, _ rows: Int = 2) -> Screen {
        Screen(size: ScreenSize(columns: columns, rows: rows))
    }

    @Test("a text fills its columns exactly, cut or padded")
    func put() {
        var screen = screen()
        screen.put("abc", row: 0, column: 0, width: 8)
        #expect(screen.lines == ["abc     ", "        "])
        screen.put("a long text", row: 1, column: 2, width: 4)
        #expect(screen.lines[1] == "  a l…  ")
        screen.put("xyz", row: 0, column: 6, width: 9)
        #expect(screen.lines[0] == "abc   x…")
        for (row, column) in [(-1, 0), (2, 0), (0, -1), (0, 8)] {
            screen.put("outside", row: row, column: column, width: 4)
        }
        #expect(screen.lines == ["abc   x…", "  a l…  "])
    }

    @Test("a wide character takes two cells, and is gone whole when half of it is written over")
    func wide() {
        var screen = screen()
        screen.put("漢字漢字", row: 0, column: 0, width: 8)
        #expect(screen[0, 1].text.isEmpty)
        screen.put("x", row: 0, column: 1, width: 1)
        #expect(screen.lines[0] == " x字漢字")
        screen.put("y", row: 0, column: 4, width: 1)
        #expect(screen.lines[0] == " x字y 字")
        screen.put("漢", row: 1, column: 7, width: 1)
        #expect(screen.lines[1] == "       …", "half a character is none")
        screen.put("e\u{301}\u{200B}👩‍👩‍👧!", row: 1, column: 0, width: 5)
        #expect(screen[1, 0].text == "e\u{301}", "what has no width has no cell")
        #expect(screen[1, 1].text == "👩‍👩‍👧")
        #expect(screen[1, 3].text == "!")
    }

    @Test("what is hostile arrives spelled out, and no cell holds a control character")
    func hostile() {
        var screen = screen(40, 1)
        screen.put("\("a\u{1B}[2J\u{202E}b\n")", row: 0, column: 0, width: 40)
        #expect(screen.lines[0].hasPrefix("a\\u{1b}[2J\\u{202e}b\\n "))
    }

    @Test("a reversed text has one style; a quiet one too")
    func looks() {
        var screen = screen(6, 1)
        screen.put("\("ab", .bad)cd", row: 0, column: 0, width: 6, isReversed: true)
        #expect(Set(screen.cells.map(\.look)) == [CellLook(style: .plain, isReversed: true)])
        screen.put("\("ab", .bad)cd", row: 0, column: 0, width: 6, isQuiet: true)
        #expect(Set(screen.cells.map(\.look)) == [CellLook(style: .quiet)])
    }

    @Test("the bytes make the terminal show the screen, from any screen to any other")
    func writer() {
        var random = SeededGenerator(seed: 11)
        let texts: [Shown] = [
            "abc", "漢字", "\("bold", .title)", "e\u{301}x", "👍🏽", "\("bad", .bad) good", " ", "─│",
        ]
        var writer = ScreenWriter(isColoured: true)
        var terminal = TerminalModel(size: ScreenSize(columns: 20, rows: 5))
        for round in 0..<400 {
            var size = terminal.size
            if round % 50 == 49 {
                size = ScreenSize(
                    columns: Int.random(in: 1...30, using: &random),
                    rows: Int.random(in: 1...8, using: &random))
                terminal = TerminalModel(size: size)
            }
            var screen = Screen(size: size)
            for _ in 0..<Int.random(in: 0..<12, using: &random) {
                screen.put(
                    texts[Int.random(in: 0..<texts.count, using: &random)],
                    row: Int.random(in: 0..<size.rows, using: &random),
                    column: Int.random(in: 0..<size.columns, using: &random),
                    width: Int.random(in: 1...12, using: &random),
                    isReversed: Bool.random(using: &random))
            }
            terminal.take(writer.show(screen))
            #expect(terminal.lines == screen.lines, "round \(round)")
            #expect(terminal.reversed == screen.cells.map(\.look.isReversed), "round \(round)")
            #expect(writer.show(screen).isEmpty, "a screen that is shown is not written again")
        }
    }

    @Test("only what differs is written; all of it after somebody else wrote")
    func difference() {
        var writer = ScreenWriter(isColoured: true)
        var screen = screen(40, 10)
        _ = writer.show(screen)
        screen.put("x", row: 3, column: 4, width: 1)
        let bytes = String(decoding: writer.show(screen), as: UTF8.self)
        #expect(bytes == "\u{1B}[?2026h\u{1B}[4;5H\u{1B}[0mx\u{1B}[0m\u{1B}[?2026l")
        writer.forget()
        #expect(writer.show(screen).count > 400)
    }

    @Test("without colours bold, dim and reversed are left")
    func withoutColours() {
        var writer = ScreenWriter(isColoured: false)
        var screen = screen(30, 2)
        screen.put(
            "\("a", .bad)\("b", .good)\("c", .quiet)\("d", .user)", row: 0, column: 0, width: 30)
        screen.put("e", row: 1, column: 0, width: 1, isReversed: true)
        let text = String(decoding: writer.show(screen), as: UTF8.self)
        let codes = text.matches(of: /\u{1B}\[([0-9;]*)m/).map { String($0.1) }
        #expect(Set(codes) == ["0", "0;1", "0;2", "0;7"])
    }
}

/// A terminal as far as the debugger uses one: places, looks, text; a wide character takes two cells.
struct TerminalModel {
    let size: ScreenSize
    private var cells: [Cell]
    private var row = 0
    private var column = 0
    private var isReversed = false

    init(size: ScreenSize) {
        self.size = size
        cells = Array(repeating: .blank, count: size.columns * size.rows)
    }

    var lines: [String] {
        (0..<size.rows).map { row in
            cells[row * size.columns..<(row + 1) * size.columns].map(\.text).joined()
        }
    }

    var reversed: [Bool] { cells.map(\.look.isReversed) }

    mutating func take(_ bytes: [UInt8]) {
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        while !rest.isEmpty {
            if let match = rest.prefixMatch(of: /\u{1B}\[\?[0-9]+[hl]/) {
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\u{1B}\[(\d+);(\d+)H/) {
                (row, column) = ((Int(match.1) ?? 1) - 1, (Int(match.2) ?? 1) - 1)
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\u{1B}\[([0-9;]*)m/) {
                isReversed = match.1.split(separator: ";").contains("7")
                rest = rest[match.range.upperBound...]
            } else if let match = rest.prefixMatch(of: /\u{1B}\[2J/) {
                cells = Array(repeating: .blank, count: cells.count)
                rest = rest[match.range.upperBound...]
            } else {
                put(rest.removeFirst())
            }
        }
    }

    private mutating func put(_ character: Character) {
        let width = DisplayWidth.of(character)
        let look = CellLook(style: .plain, isReversed: isReversed)
        let place = row * size.columns + column
        guard row < size.rows, column + width <= size.columns, width > 0 else {
            Issue.record("written outside the screen: \(character) at \(row), \(column)")
            return
        }
        // A terminal blanks the other half of a wide character.
        if cells[place].text.isEmpty { cells[place - 1].text = " " }
        let after = place + width
        if column + width < size.columns, cells[after].text.isEmpty { cells[after].text = " " }
        cells[place] = Cell(text: String(character), look: look)
        if width == 2 { cells[place + 1] = Cell(text: "", look: look) }
        column += width
    }
}
