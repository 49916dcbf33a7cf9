import SessionJournal

/// Draws the state of the debugger: the same state makes the same screen.
struct DebuggerScreen {
    let state: DebuggerState
    var screen: Screen

    /// The screen of a state, exactly as large as its terminal.
    static func draw(_ state: DebuggerState) -> Screen {
        var drawing = DebuggerScreen(state: state, screen: Screen(size: state.layout.size))
        guard state.layout.fits else {
            drawing.sayTooSmall()
            return drawing.screen
        }
        drawing.drawHeader()
        drawing.drawTree()
        drawing.drawEvents()
        drawing.drawInspector()
        drawing.drawFooter()
        if let overlay = state.overlay { drawing.draw(overlay) }
        return drawing.screen
    }

    private mutating func sayTooSmall() {
        let size = state.layout.size
        let least = DebuggerLayout.least
        let words: [Shown] = [
            "the terminal is \(size.columns)×\(size.rows)",
            "\(least.columns)×\(least.rows) is the least; make it larger, or q quits",
        ]
        for (row, line) in words.enumerated() {
            screen.put(line, row: row, column: 0, width: size.columns)
        }
    }

    // MARK: Above and below the panes

    private mutating func drawHeader() {
        let columns = state.layout.size.columns
        var left: Shown = " \(state.names.title, .title)"
        if let branch = state.branch { left += "  on \(branch, .title)" }
        var right = Shown()
        if let row = state.row {
            right = "event \(String(row.sequence))  "
            if let name = row.branch { right += "on \(name)  " }
        }
        right += "\(state.cursor) of \(state.lastVersion)  "
        if let row = state.row { right += "\(TimeText.seconds(row.moment)) " }
        for label in state.labelsHere { right = "◆ \(label)  " + right }
        if state.isFollowing { right = "following  " + right }
        // What tells where one stands goes before a long name.
        right = right.elided(to: max(columns - 12, 0))
        left = left.elided(to: max(columns - right.width - 2, 1))
        let gap = max(columns - left.width - right.width, 1)
        screen.put(
            left + .spaces(gap) + right, row: 0, column: 0, width: columns, isReversed: true)
    }

    private mutating func drawFooter() {
        let columns = state.layout.size.columns
        let row = state.layout.footerRow
        screen.put(" " + totals, row: row, column: 0, width: columns)
        screen.put(" " + KeyBinding.hints, row: row + 1, column: 0, width: columns)
        if let prompt = state.prompt {
            drawPrompt(prompt, row: row + 2)
        } else if state.awaited != nil {
            screen.put(
                " \("reading… Esc stops", .warning)", row: row + 2, column: 0, width: columns)
        } else {
            screen.put(" " + (state.message ?? ""), row: row + 2, column: 0, width: columns)
        }
    }

    /// The end of what is typed is always seen, and where the next letter comes.
    private mutating func drawPrompt(_ prompt: DebuggerState.Prompt, row: Int) {
        let columns = state.layout.size.columns
        let words: Shown = " \(DebuggerState.words(prompt.purpose))"
        let room = max(columns - words.width - 1, 1)
        let typed = Shown.ending(prompt.text, columns: room)
        screen.put(words + typed, row: row, column: 0, width: columns)
        screen.put(
            " ", row: row, column: min(words.width + typed.width, columns - 1), width: 1,
            isReversed: true)
    }

    /// Running totals at the event one stands on.
    private var totals: Shown {
        guard let totals = state.totals else {
            return state.lastVersion == 0 ? "" : "\("tokens and cost: reading…", .quiet)"
        }
        let tokens = totals.tokens
        var line: Shown = "\("in", .quiet) \(tokens.inputAnew)"
        if tokens.cacheRead > 0 { line += "  \("cached", .quiet) \(tokens.cacheRead)" }
        line += "  \("out", .quiet) \(tokens.output)"
        let cost = totals.cost
        let isPriced = cost.unpricedTokens == 0 || cost.picounits > 0
        line += "  \("cost", .quiet) "
        line += isPriced ? "\(cost.amount(decimals: 4)) \(totals.currency)" : "?"
        line += "  \("turns", .quiet) \(totals.turns)"
        if totals.errors > 0 { line += "  \("errors", .quiet) \("\(totals.errors)", .bad)" }
        if cost.unpricedTokens > 0 {
            let models = cost.unpricedModels.map { $0.isEmpty ? "(no name)" : $0 }
            line += "  \("no price for " + models.joined(separator: ", "), .warning)"
        }
        // They are those of the event before while the next ones are added up.
        return totals.version == state.cursor ? line : line.styled(.quiet)
    }

    // MARK: What lies over it

    private mutating func draw(_ overlay: Overlay) {
        let size = state.layout.size
        let rows = min(overlay.lines.count, max(size.rows - 8, 1))
        let inner = min(
            max((overlay.lines + [overlay.title]).map(\.width).max() ?? 0, 20), size.columns - 6)
        let top = max((size.rows - rows - 3) / 2, 1)
        let left = max((size.columns - inner - 4) / 2, 0)
        let rule = Shown.repeating("─", count: max(inner - overlay.title.width, 0))
        screen.put(
            "┌ " + overlay.title.styled(.title).elided(to: inner) + " " + rule + "┐", row: top,
            column: left, width: inner + 4)
        for index in 0..<rows {
            let place = overlay.top + index
            let line: Shown = overlay.lines.indices.contains(place) ? overlay.lines[place] : ""
            screen.put(
                "│ " + line.elided(to: inner).padded(to: inner) + " │", row: top + 1 + index,
                column: left, width: inner + 4)
        }
        let more = overlay.lines.count - overlay.top - rows
        let words: Shown =
            more > 0 ? " \(more) more, ↓ " : overlay.top > 0 ? " ↑ " : " any key closes "
        screen.put(
            "└" + .repeating("─", count: max(inner + 2 - words.width, 0)) + words + "┘",
            row: top + 1 + rows, column: left, width: inner + 4)
    }
}
