/// Makes of two screens the bytes that turn one into the other: only cells that differ are written,
/// and the terminal is asked to show them at once.
struct ScreenWriter {
    /// Without colours bold, dim and reversed text remain.
    let isColoured: Bool
    private var shown: Screen?

    init(isColoured: Bool) { self.isColoured = isColoured }

    /// Has the next screen written whole: somebody else may have written on the terminal.
    mutating func forget() { shown = nil }

    /// The bytes that show a screen; none where it is shown already.
    mutating func show(_ screen: Screen) -> [UInt8] {
        let old = shown?.size == screen.size ? shown : nil
        shown = screen
        var text = ""
        var look: CellLook?
        /// Where the terminal's cursor stands; nil where that is not sure.
        var place: (row: Int, column: Int)?
        if old == nil { text += "\u{1B}[0m\u{1B}[2J" }
        for row in 0..<screen.size.rows {
            for column in 0..<screen.size.columns {
                let cell = screen[row, column]
                guard !cell.text.isEmpty, Self.differs(old, screen, row, column) else { continue }
                if place?.row != row || place?.column != column {
                    text += "\u{1B}[\(row + 1);\(column + 1)H"
                }
                if look != cell.look {
                    text += parameters(cell.look)
                    look = cell.look
                }
                text += cell.text
                let isWide =
                    column + 1 < screen.size.columns && screen[row, column + 1].text.isEmpty
                // Terminals disagree about the width of what is not plain, and the last column may
                // or may not wrap: then the place is said again.
                let isPlain = !isWide && cell.text.unicodeScalars.count == 1
                let next = column + (isWide ? 2 : 1)
                place = isPlain && next < screen.size.columns ? (row, next) : nil
            }
        }
        guard !text.isEmpty else { return [] }
        return Array("\u{1B}[?2026h\(text)\u{1B}[0m\u{1B}[?2026l".utf8)
    }

    /// Whether a cell, or the other half of a wide character in it, is another than before.
    private static func differs(_ old: Screen?, _ new: Screen, _ row: Int, _ column: Int) -> Bool {
        guard let old else { return true }
        if old[row, column] != new[row, column] { return true }
        return column + 1 < new.size.columns && new[row, column + 1].text.isEmpty
            && old[row, column + 1] != new[row, column + 1]
    }

    private func parameters(_ look: CellLook) -> String {
        var parameters = ["0"]
        let style = isColoured ? look.style.selectGraphicRendition : look.style.withoutColour
        if let style { parameters.append(style) }
        if look.isReversed { parameters.append("7") }
        return "\u{1B}[" + parameters.joined(separator: ";") + "m"
    }
}

extension Style {
    /// The parameters where no colours are wanted; nil for plain.
    fileprivate var withoutColour: String? {
        switch self {
        case .title, .bad, .user, .assistant: "1"
        case .quiet: "2"
        case .plain, .good, .warning, .name, .tool: nil
        }
    }
}
