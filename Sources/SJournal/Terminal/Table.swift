/// Rows in aligned columns that fit a line.
struct Table {
    struct Column {
        let title: Shown
        var isRight = false
        /// The column gives way where the line is too short: the one flexible column is elided.
        var isFlexible = false
    }

    let columns: [Column]
    private(set) var rows: [[Shown]] = []
    private static let gapColumns = 2

    init(_ columns: [Column]) { self.columns = columns }

    /// Adds a row; it has one cell a column.
    mutating func add(_ cells: [Shown]) { rows.append(cells) }

    /// The table's lines, titles first, none wider than `width` if the flexible column can help it.
    func lines(width: Int, hasTitles: Bool = true) -> [Shown] {
        var widths = columns.map { hasTitles ? $0.title.width : 0 }
        for row in rows {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], cell.width)
            }
        }
        let total = widths.reduce(0, +) + Self.gapColumns * (columns.count - 1)
        if total > width, let flexible = columns.firstIndex(where: \.isFlexible) {
            widths[flexible] = max(8, widths[flexible] - (total - width))
        }
        let titles = hasTitles ? [columns.map { $0.title.styled(.quiet) }] : []
        return (titles + rows).map { line($0, widths) }
    }

    private func line(_ cells: [Shown], _ widths: [Int]) -> Shown {
        var line = Shown()
        // No spaces after the last cell that says something.
        var cells = cells[...]
        while let last = cells.last, last.isEmpty { cells.removeLast() }
        for (index, cell) in cells.enumerated() where index < widths.count {
            let isLast = index == cells.count - 1
            let cut = cell.elided(to: widths[index])
            let isRight = columns[index].isRight
            line += isLast && !isRight ? cut : cut.padded(to: widths[index], right: isRight)
            if !isLast { line += .spaces(Self.gapColumns) }
        }
        return line
    }
}
