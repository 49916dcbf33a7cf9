extension TextRule {
    /// A rule of one's own: a text that is looked for as it is, in capitals or not, as words of its own.
    ///
    /// - Parameters:
    ///   - name: Its name: what stands in place of what it finds.
    ///   - text: What it finds; at least two bytes.
    ///   - purpose: What it is for.
    /// - Throws: ``JournalError/Code/invalidArgument`` for a name that is empty or not ASCII, and for a
    ///   text that is too short.
    public init(name: String, text: String, purpose: Purpose = .personal) throws {
        let bytes = Array(text.utf8)
        guard Self.isPlain(name), bytes.count >= 2 else {
            throw JournalError(
                .invalidArgument,
                "a rule needs a name of ASCII characters without spaces, and a text of two bytes")
        }
        self.init(
            name, "a text of one's own", purpose,
            [TextPattern([.folded(Self.lowered(bytes))], boundary: .words)])
    }

    /// A rule of one's own: a pattern in which `#` stands for a digit, `@` for a letter, `?` for either,
    /// and `*`, the last, for all the letters, digits, `_` and `-` that follow; anything else stands for
    /// itself, in capitals or not.
    ///
    /// - Parameters:
    ///   - name: Its name: what stands in place of what it finds.
    ///   - pattern: What it finds.
    ///   - purpose: What it is for.
    /// - Throws: ``JournalError/Code/invalidArgument`` for a name that is empty or not ASCII, and for a
    ///   pattern that is shorter than two characters, or that something follows a `*` in.
    public init(name: String, pattern: String, purpose: Purpose = .personal) throws {
        var elements: [TextPattern.Element] = []
        var literal: [UInt8] = []
        let bytes = Array(pattern.utf8)
        for (place, byte) in bytes.enumerated() {
            let one: TextPattern.ByteClass
            switch byte {
            case UInt8(ascii: "#"): one = .digits
            case UInt8(ascii: "@"): one = .letters
            case UInt8(ascii: "?"): one = .alphanumerics
            case UInt8(ascii: "*") where place == bytes.count - 1: one = .token
            case UInt8(ascii: "*"):
                throw JournalError(.invalidArgument, "in a pattern * is the last character")
            default:
                literal.append(byte)
                continue
            }
            if !literal.isEmpty { elements.append(.folded(Self.lowered(literal))) }
            literal = []
            elements.append(.run(one, byte == UInt8(ascii: "*") ? 1...4_096 : 1...1))
        }
        if !literal.isEmpty { elements.append(.folded(Self.lowered(literal))) }
        guard Self.isPlain(name), bytes.count >= 2 else {
            throw JournalError(
                .invalidArgument,
                "a rule needs a name of ASCII characters without spaces, and a pattern of two bytes"
            )
        }
        self.init(
            name, "a pattern of one's own", purpose, [TextPattern(elements, boundary: .words)])
    }

    private static func lowered(_ bytes: [UInt8]) -> [UInt8] {
        bytes.map { TextPattern.ByteClass.upper.contains($0) ? $0 | 0x20 : $0 }
    }

    /// The name of rules that a file does not name.
    public static let ownName = "own"

    /// The rules of a file, one a line:
    ///
    /// ```
    /// # What is behind a number sign is a remark.
    /// Blue Heron
    /// [customer] Ada Lovelace
    /// [badge] ~ EMP-#####
    /// ```
    ///
    /// A line is a text that is looked for as it is; behind `~` it is a pattern:
    /// ``init(name:pattern:purpose:)``. A word in brackets before it names the rule, else that is
    /// ``ownName``.
    ///
    /// - Parameter text: The file's text.
    /// - Throws: ``JournalError/Code/invalidArgument``, which names the line.
    public static func rules(parsing text: String) throws -> [TextRule] {
        var rules: [TextRule] = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            var rest = trimmed(line)
            guard !rest.isEmpty, !rest.hasPrefix("#") else { continue }
            var name = ownName
            if rest.hasPrefix("["), let end = rest.firstIndex(of: "]") {
                name = String(rest[rest.index(after: rest.startIndex)..<end])
                rest = trimmed(rest[rest.index(after: end)...])
            }
            do {
                rules.append(
                    rest.hasPrefix("~")
                        ? try TextRule(name: name, pattern: String(trimmed(rest.dropFirst())))
                        : try TextRule(name: name, text: String(rest)))
            } catch let error as JournalError {
                throw JournalError(
                    .invalidArgument, "line \(number + 1): \(error.message)")
            }
        }
        return rules
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text
        while let first = text.first, first.isWhitespace { text = text.dropFirst() }
        while let last = text.last, last.isWhitespace { text = text.dropLast() }
        return text
    }
}
