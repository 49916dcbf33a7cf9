import Glibc

/// Where a command prints: answers on standard output, all else on standard error.
///
/// Standard output carries the answer and nothing else, so that it can be piped.
final class Console: Sendable {
    let output: ByteOutput
    let errors: ByteOutput
    /// Whether standard output is a terminal: then JSON is printed with hostile scalars escaped.
    let isTerminal: Bool
    /// Whether standard error is a terminal: then long work shows its progress.
    let showsProgress: Bool
    let isColoured: Bool
    /// Whether the terminal can do no more than print lines.
    let isPlain: Bool
    private let areErrorsColoured: Bool
    /// Columns of the terminal, 80 where there is none.
    let columns: Int

    static let usualColumns = 80
    private static let columnRange = 40...160

    /// A console over outputs of the caller's choice; `isTerminal` says that both are terminals.
    init(
        output: ByteOutput, errors: ByteOutput, columns: Int = usualColumns,
        isTerminal: Bool = false
    ) {
        self.output = output
        self.errors = errors
        self.columns = columns
        self.isTerminal = isTerminal
        showsProgress = isTerminal
        isColoured = isTerminal
        isPlain = false
        areErrorsColoured = isTerminal
    }

    /// The process's own standard output and error.
    init(environment: [String: String]) {
        output = ByteOutput(descriptor: STDOUT_FILENO)
        errors = ByteOutput(descriptor: STDERR_FILENO)
        isTerminal = isatty(STDOUT_FILENO) == 1
        let isErrorTerminal = isatty(STDERR_FILENO) == 1
        let term = environment["TERM"] ?? ""
        isPlain = term.isEmpty || term == "dumb"
        let wantsColour = !isPlain && (environment["NO_COLOR"] ?? "").isEmpty
        showsProgress = isErrorTerminal && !isPlain
        isColoured = isTerminal && wantsColour
        areErrorsColoured = isErrorTerminal && wantsColour
        columns = isTerminal ? Self.terminalColumns() : Self.usualColumns
    }

    /// One line of the answer.
    func line(_ shown: Shown = "") throws(OutputFailure) {
        try output.write((shown.rendered(isColoured: isColoured) + "\n").utf8)
    }

    /// One line of JSON, byte for byte unless a terminal would obey some of it.
    func json(_ bytes: [UInt8]) throws(OutputFailure) {
        try output.write(isTerminal ? Escaping.escapedJSON(bytes) : bytes)
        try output.write(CollectionOfOne(UInt8(ascii: "\n")))
    }

    /// One line on standard error, at once. A standard error that cannot be written is let be.
    func note(_ shown: Shown) {
        try? errors.write((shown.rendered(isColoured: areErrorsColoured) + "\n").utf8)
        try? errors.flush()
    }

    /// Text on standard error as it stands, at once: for the line of progress.
    func redraw(_ shown: Shown) {
        let text = "\r" + shown.rendered(isColoured: areErrorsColoured) + "\u{1B}[K"
        try? errors.write(text.utf8)
        try? errors.flush()
    }

    private static func terminalColumns() -> Int {
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else {
            return usualColumns
        }
        return min(max(Int(size.ws_col), columnRange.lowerBound), columnRange.upperBound)
    }
}
