/// One of the three panes.
enum DebuggerPane: Hashable, Sendable, CaseIterable {
    case tree, events, inspector
}

/// A rectangle of the screen.
struct PaneFrame: Hashable, Sendable {
    var row: Int
    var column: Int
    var rows: Int
    var columns: Int
}

/// Where the panes stand: the tree above the events at the left, the inspector at the right; or one of
/// them alone. Above them is the header, below them totals, hints and the line of messages.
struct DebuggerLayout: Hashable, Sendable {
    /// Below this nothing is drawn but that the terminal is too small.
    static let least = ScreenSize(columns: 60, rows: 15)

    private static let leftRange = 26...72
    private static let headerRows = 1
    private static let footerRows = 3

    let size: ScreenSize
    /// The panes with their titles, which take a row each.
    let frames: [DebuggerPane: PaneFrame]

    /// - Parameters:
    ///   - size: Of the terminal.
    ///   - wide: The pane that has the screen to itself; nil for none.
    init(size: ScreenSize, wide: DebuggerPane?) {
        self.size = size
        let rows = max(size.rows - Self.headerRows - Self.footerRows, 2)
        if let wide {
            frames = [
                wide: PaneFrame(
                    row: Self.headerRows, column: 0, rows: rows, columns: max(size.columns, 1))
            ]
            return
        }
        let left = min(
            max(size.columns * 9 / 20, Self.leftRange.lowerBound), Self.leftRange.upperBound)
        let treeRows = rows * 2 / 5
        frames = [
            .tree: PaneFrame(row: Self.headerRows, column: 0, rows: treeRows, columns: left),
            .events: PaneFrame(
                row: Self.headerRows + treeRows, column: 0, rows: rows - treeRows, columns: left),
            .inspector: PaneFrame(
                row: Self.headerRows, column: left + 1, rows: rows,
                columns: max(size.columns - left - 1, 1)),
        ]
    }

    /// Whether the terminal is large enough.
    var fits: Bool { size.columns >= Self.least.columns && size.rows >= Self.least.rows }

    /// The rows of a pane below its title; those that it would have, for one that is not shown.
    func contentRows(_ pane: DebuggerPane) -> Int { max((frames[pane]?.rows ?? 8) - 1, 1) }

    /// The columns of a pane.
    func columns(_ pane: DebuggerPane) -> Int { max(frames[pane]?.columns ?? 40, 1) }

    /// The row of totals; hints and the line of messages follow.
    var footerRow: Int { size.rows - Self.footerRows }
}
