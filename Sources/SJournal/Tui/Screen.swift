/// How large a terminal is, in characters.
struct ScreenSize: Hashable, Sendable {
    var columns: Int
    var rows: Int
}

/// How a cell looks.
struct CellLook: Hashable, Sendable {
    var style = Style.plain
    var isReversed = false
}

/// What stands in one place of the screen: a character as a person sees it. A wide one takes the
/// place right of it too, which then holds nothing.
struct Cell: Hashable, Sendable {
    var text: String
    var look: CellLook

    static let blank = Cell(text: " ", look: CellLook())
}

/// A screen that is drawn before it is shown: as many cells as the terminal has, whatever is put
/// there.
struct Screen: Hashable, Sendable {
    let size: ScreenSize
    private(set) var cells: [Cell]

    init(size: ScreenSize) {
        let size = ScreenSize(columns: max(size.columns, 0), rows: max(size.rows, 0))
        self.size = size
        cells = Array(repeating: .blank, count: size.columns * size.rows)
    }

    subscript(row: Int, column: Int) -> Cell { cells[row * size.columns + column] }

    /// Puts a text into a row, cut with an ellipsis or filled with spaces to exactly `width` columns.
    ///
    /// - Parameters:
    ///   - shown: The text.
    ///   - row: From 0 at the top; outside the screen nothing is put.
    ///   - column: From 0 at the left.
    ///   - width: Columns; less where the screen ends before.
    ///   - isReversed: Whether text and ground change places; then all of it has one style.
    ///   - isQuiet: Whether all of it is shown as of little weight.
    mutating func put(
        _ shown: Shown, row: Int, column: Int, width: Int, isReversed: Bool = false,
        isQuiet: Bool = false
    ) {
        let width = min(width, size.columns - column)
        guard (0..<size.rows).contains(row), column >= 0, width > 0 else { return }
        let shown = shown.elided(to: width)
        var place = column
        let end = column + width
        var look = CellLook()
        look.isReversed = isReversed
        for span in shown.spans {
            // Reversed, each colour would be a block of its own.
            look.style = isQuiet ? .quiet : isReversed ? .plain : span.style
            for character in span.text {
                let columns = DisplayWidth.of(character)
                // What has no width has no cell; it belonged to what stood before it elsewhere.
                guard columns > 0, place + columns <= end else { continue }
                set(Cell(text: String(character), look: look), row, place)
                if columns == 2 { set(Cell(text: "", look: look), row, place + 1) }
                place += columns
            }
        }
        look.style = isQuiet ? .quiet : .plain
        while place < end {
            set(Cell(text: " ", look: look), row, place)
            place += 1
        }
    }

    /// Sets a cell; a wide character of which a half was there is gone whole.
    private mutating func set(_ cell: Cell, _ row: Int, _ column: Int) {
        let start = row * size.columns
        let index = start + column
        let isRightHalf = cell.text.isEmpty
        if cells[index].text.isEmpty, !isRightHalf, column > 0 {
            cells[index - 1].text = " "
        }
        cells[index] = cell
        let next = index + 1
        if column + 1 < size.columns, cells[next].text.isEmpty { cells[next].text = " " }
    }

    /// The rows as text, as they would be copied from a terminal.
    var lines: [String] {
        (0..<size.rows).map { row in
            cells[row * size.columns..<(row + 1) * size.columns].map(\.text).joined()
        }
    }
}
