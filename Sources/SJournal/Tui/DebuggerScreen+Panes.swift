import SessionJournal

/// The three panes.
extension DebuggerScreen {
    /// The title of a pane, reversed where it has the focus.
    private mutating func drawTitle(_ title: Shown, _ pane: DebuggerPane, _ frame: PaneFrame) {
        let isFocused = state.pane == pane
        let rule = Shown.repeating("─", count: max(frame.columns - title.width - 3, 0))
        screen.put(
            "\("─ ", .quiet)", row: frame.row, column: frame.column, width: frame.columns)
        screen.put(
            isFocused ? title : title.styled(.quiet), row: frame.row, column: frame.column + 2,
            width: min(title.width, frame.columns - 2), isReversed: isFocused)
        screen.put(
            " " + rule.styled(.quiet), row: frame.row,
            column: frame.column + 2 + min(title.width, frame.columns - 2),
            width: max(frame.columns - title.width - 2, 0))
    }

    // MARK: Tree

    mutating func drawTree() {
        guard let frame = state.layout.frames[.tree] else { return }
        let isCurrent =
            state.tree?.lastVersion == state.lastVersion && state.tree?.branch == state.branch
        drawTitle(isCurrent || state.lastVersion == 0 ? " tree " : " tree: reading… ", .tree, frame)
        guard let tree = state.tree else { return }
        for index in 0..<frame.rows - 1 {
            let place = state.treeTop + index
            guard state.treeRows.indices.contains(place) else { break }
            let row = state.treeRows[place]
            let line = tree.outline.line(
                row, columns: frame.columns - 1, hasTime: frame.columns >= 70)
            let isHere = place == state.treeRow
            screen.put(
                line, row: frame.row + 1 + index, column: frame.column, width: frame.columns,
                isReversed: isHere, isQuiet: !isHere && isQuiet(row, tree))
        }
    }

    /// What comes after the event one stands on, and what is on no way to the branch that is looked
    /// at, is of little weight.
    private func isQuiet(_ row: TreeOutline.Row, _ tree: TreeContent) -> Bool {
        guard case .turn(let start, _, _) = row.kind else { return false }
        if !tree.outline.isOnTrunk(start) { return true }
        guard let here = state.row else { return false }
        return tree.sequences[start] > here.sequence
    }

    // MARK: Events

    private static let timeColumns = 8
    private static let kindColumns = 16
    private static let actorColumns = 12
    /// From this width on kind and actor have columns of their own.
    private static let wideColumns = 64

    mutating func drawEvents() {
        guard let frame = state.layout.frames[.events] else { return }
        drawTitle(" events ", .events, frame)
        for index in 0..<frame.rows - 1 {
            let version = state.topVersion + UInt64(index)
            guard version <= state.lastVersion else { break }
            let isHere = version == state.cursor
            screen.put(
                line(version, columns: frame.columns), row: frame.row + 1 + index,
                column: frame.column, width: frame.columns, isReversed: isHere)
        }
    }

    private func line(_ version: UInt64, columns: Int) -> Shown {
        guard let row = state.pages[version] else {
            let page = EventPages.page(of: version)
            let isRead = state.pages.isRead(page, lastVersion: state.lastVersion)
            return isRead ? "  \("not here any more", .quiet)" : "  \("reading…", .quiet)"
        }
        let labels = state.labels[row.sequence] ?? []
        let mark: Shown =
            version == state.mark ? "\("'", .warning)" : labels.isEmpty ? " " : "\("◆", .good)"
        let width = max(String(state.pages[state.lastVersion]?.sequence ?? row.sequence).count, 3)
        let number = Shown(String(row.sequence)).padded(to: width, right: true)
        let clock = TimeText.seconds(row.moment).dropFirst(11).prefix(Self.timeColumns)
        var line = mark + number + " " + Shown(clock, .quiet) + " "
        for label in labels { line += "\(label, .good) " }
        let isWide = columns >= Self.wideColumns
        let kind = Shown(row.kind, .name)
        if isWide {
            line += kind.elided(to: Self.kindColumns).padded(to: Self.kindColumns) + " "
            let actor = Shown(row.actor, .quiet).elided(to: Self.actorColumns)
            line += actor.padded(to: Self.actorColumns) + " "
        }
        if let branch = row.branch { line += "\(branch, .title) " }
        // Of a message the role says enough where there is no room for the kind.
        if !isWide, row.kind != EventKind.messageAppended.rawValue { line += kind + " " }
        return line + Shown(row.words)
    }

    // MARK: Inspector

    mutating func drawInspector() {
        guard let frame = state.layout.frames[.inspector] else { return }
        var title: Shown = " "
        for view in InspectorView.allCases {
            title +=
                view == state.view ? "[" + view.name + "]" : " " + view.name.styled(.quiet) + " "
        }
        if state.view == .difference, let mark = state.mark, mark != state.cursor {
            title += state.pages[mark].map { " with \(String($0.sequence))" } ?? ""
        }
        title += state.isContentCurrent || state.cursor == 0 ? " " : " reading… "
        drawTitle(title, .inspector, frame)
        if frame.column > 0 {
            for row in 0..<frame.rows {
                screen.put(
                    "\("│", .quiet)", row: frame.row + row, column: frame.column - 1, width: 1)
            }
        }
        guard let document = state.document else { return }
        let top = state.lineTops[state.view] ?? 0
        for index in 0..<state.inspectorRows {
            let place = top + index
            guard document.lines.indices.contains(place) else { break }
            let isHere = state.pane == .inspector && place == state.lineCursors[state.view]
            screen.put(
                " " + document.lines[place].shown, row: frame.row + 1 + index,
                column: frame.column, width: frame.columns, isReversed: isHere,
                isQuiet: !isHere && !state.isContentCurrent)
        }
        if state.view == .state { drawField(frame) }
    }

    /// What is known of the field under the cursor: who set it, and how often it changed.
    private mutating func drawField(_ frame: PaneFrame) {
        let row = frame.row + 1 + state.inspectorRows
        let rule = Shown.repeating("─", count: frame.columns).styled(.quiet)
        screen.put(rule, row: row, column: frame.column, width: frame.columns)
        var lines: [Shown] = ["", ""]
        if state.pane != .inspector || state.field == nil {
            lines[0] = "\("on a field (Tab): who set it, and when;", .quiet)"
            lines[1] = "\("n its next change, b its blame", .quiet)"
        } else if let field = state.field, let here = state.row {
            if let history = state.history {
                if let (value, number) = history.value(at: here.sequence) {
                    let who = value.isWithheld ? "(withheld)" : value.actor ?? "(unknown)"
                    let why = value.reason.map { ": " + Wrapping.flattened($0) } ?? ""
                    lines[0] =
                        "\("set by", .quiet) \(who) \("in event \(value.sequence)", .quiet)\(why)"
                    lines[1] = "value \(number) of \(history.values.count)"
                } else {
                    lines[0] = "\(field, .name) was not set by then"
                    lines[1] = "\(Numbers.counted(history.values.count, "later value"))"
                }
            } else {
                lines[0] = "\("reading…", .quiet)"
            }
        }
        for (index, line) in lines.enumerated() {
            screen.put(
                " " + line, row: row + 1 + index, column: frame.column, width: frame.columns)
        }
    }
}
