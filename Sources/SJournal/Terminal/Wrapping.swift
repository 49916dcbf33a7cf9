/// Foreign text laid into columns.
enum Wrapping {
    /// A text cut to a number of lines.
    struct Cut {
        var lines: [String]
        /// Bytes of the text that are not in `lines`.
        var omittedBytes: Int
    }

    private static let tabColumns = 4

    /// The lines of a text, tabs as spaces; neither the line ends nor one trailing empty line.
    static func lines(_ text: some StringProtocol) -> [String] {
        var lines = text.split(
            omittingEmptySubsequences: false, whereSeparator: { $0 == "\n" || $0 == "\r\n" }
        ).map { withoutTabs($0) }
        while let last = lines.last, last.isEmpty, lines.count > 1 { lines.removeLast() }
        return lines
    }

    /// The text escaped, each of its lines wrapped to `columns`, at most `limit` lines of it.
    static func wrapped(
        _ text: some StringProtocol, to columns: Int, limit: Int = .max
    ) -> Cut {
        var cut = Cut(lines: [], omittedBytes: 0)
        var isFull = false
        for line in lines(text) {
            if isFull {
                cut.omittedBytes += line.utf8.count + 1
                continue
            }
            for part in wrappedLine(Escaping.escaped(line), to: columns) {
                if cut.lines.count < limit {
                    cut.lines.append(part)
                } else {
                    cut.omittedBytes += part.utf8.count
                    isFull = true
                }
            }
            isFull = isFull || cut.lines.count >= limit
        }
        return cut
    }

    /// One line for a text of many: runs of white space become one space.
    ///
    /// Looks at no more than the first `limit` characters that are not white space, so that the
    /// first words of a long text cost little.
    static func flattened(_ text: some StringProtocol, limit: Int = 400) -> String {
        var result = ""
        var count = 0
        var owesSpace = false
        for character in text {
            if character.isWhitespace {
                owesSpace = !result.isEmpty
                continue
            }
            if count == limit { return result + "…" }
            if owesSpace { result.append(" ") }
            owesSpace = false
            result.append(character)
            count += 1
        }
        return result
    }

    /// Greedy wrapping at spaces; a word wider than the line is broken. The indent of the line is
    /// kept on its continuations, so that code and lists stay legible.
    private static func wrappedLine(_ line: String, to columns: Int) -> [String] {
        guard DisplayWidth.of(line) > columns else { return [line] }
        let indent = String(
            repeating: " ", count: min(line.prefix { $0 == " " }.count, columns / 2))
        var filler = Filler(columns: max(columns, 2), indent: indent)
        var spaces = 0
        var word = ""
        for character in line {
            if character == " " {
                if !word.isEmpty {
                    filler.add(word, after: spaces)
                    word = ""
                    spaces = 0
                }
                spaces += 1
            } else {
                word.append(character)
            }
        }
        if !word.isEmpty { filler.add(word, after: spaces) }
        return filler.finished()
    }

    private static func withoutTabs(_ line: some StringProtocol) -> String {
        guard line.utf8.contains(0x09) else { return String(line) }
        var result = ""
        var column = 0
        for character in line {
            if character == "\t" {
                let spaces = tabColumns - column % tabColumns
                result += String(repeating: " ", count: spaces)
                column += spaces
            } else {
                result.append(character)
                column += DisplayWidth.of(character)
            }
        }
        return result
    }

    /// Lines being filled with words.
    private struct Filler {
        let columns: Int
        let indent: String
        var lines: [String] = []
        var current = ""
        var width = 0

        init(columns: Int, indent: String) {
            self.columns = columns
            self.indent = indent
        }

        mutating func add(_ word: String, after spaces: Int) {
            let wordWidth = DisplayWidth.of(word)
            if width + spaces + wordWidth <= columns {
                current += String(repeating: " ", count: spaces) + word
                width += spaces + wordWidth
                return
            }
            if width > indent.count || !lines.isEmpty && width > 0 { startLine() }
            if current.isEmpty { current = indent; width = indent.count }
            if width + wordWidth <= columns {
                current += word
                width += wordWidth
                return
            }
            for character in word {
                let characterWidth = DisplayWidth.of(character)
                if width + characterWidth > columns { startLine() }
                current.append(character)
                width += characterWidth
            }
        }

        private mutating func startLine() {
            lines.append(current)
            current = indent
            width = indent.count
        }

        consuming func finished() -> [String] { width > 0 ? lines + [current] : lines }
    }
}
