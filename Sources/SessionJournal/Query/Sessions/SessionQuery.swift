/// Which sessions are asked for, in a small language of their own.
///
/// ```
/// status:active tag:work -starred:true
/// owner=ada (priority>=3 or due<2026-12-01) "weekly report"
/// model:claude* tool:Bash text~timeout not archived:true
/// ```
///
/// - Terms stand side by side and must all hold; `or` is weaker, `not` and a leading `-` stronger,
///   parentheses group.
/// - `FIELD:VALUE` ignores case, and `*` in the value stands for anything; `=` and `!=` compare
///   exactly, `~` looks for the value inside, `<` `<=` `>` `>=` order numbers, times and texts. A day
///   stands for all of it. A field that is a set, such as `tags`, matches where one element does;
///   `FIELD=null` matches where there is no value. Quotes take a value as it stands.
/// - Fields are those of the metadata and `session`, `key`, `created`, `active`, `events`, `messages`,
///   `branches`; `tag` and `starred` are `tags` and `is_starred`. `text`, `tool`, `model` and `actor`
///   ask what was said in the session, by which tools and models, and who wrote in it.
/// - A word alone is looked for in key, name, title, description and tags.
public struct SessionQuery: Sendable, Hashable {
    /// How a field's values are compared.
    package enum Comparison: String, Sendable, Hashable, CaseIterable {
        case less = "<"
        case atMost = "<="
        case greater = ">"
        case atLeast = ">="
        case notEqual = "!="
        case equal = "="
        case contains = "~"
        case matches = ":"
    }

    /// What is compared with.
    package struct Value: Sendable, Hashable {
        package var text: String
        /// Whether it stood in quotes, and means what it says.
        package var isQuoted = false
    }

    package indirect enum Term: Sendable, Hashable {
        case all([Term])
        case any([Term])
        case not(Term)
        case field(String, Comparison, Value)
        case word(Value)
    }

    let term: Term

    /// The query that a text asks for; an empty one asks for all sessions.
    ///
    /// - Throws: ``JournalError`` `invalidArgument`, which says at which character the text makes no
    ///   sense.
    public init(parsing text: String) throws(JournalError) {
        var parser = SessionQueryParser(text)
        term = try parser.parse()
    }

    /// The query for all sessions.
    public static let everything = SessionQuery(term: .all([]))

    private init(term: Term) { self.term = term }
}

/// Reads the text of a ``SessionQuery``, or of another query in the same form.
package struct SessionQueryParser {
    private let text: [Character]
    /// What makes sense, for an error to show.
    private let example: String
    private var place = 0
    private var depth = 0

    private static let depthLimit = 64
    private static let sizeLimit = 65_536
    private static let special: Set<Character> = ["(", ")", "\"", "<", ">", "=", "!", "~", ":"]

    package init(
        _ text: String,
        example: String = "status:active tag:work messages>10 (owner=ada or -starred:true)"
    ) {
        self.text = Array(text)
        self.example = example
    }

    package mutating func parse() throws(JournalError) -> SessionQuery.Term {
        guard text.count <= Self.sizeLimit else { throw error("it is too long") }
        skipSpace()
        guard place < text.count else { return .all([]) }
        let term = try parseAny()
        guard place == text.count else { throw error("a ) has no (") }
        return term
    }

    private mutating func parseAny() throws(JournalError) -> SessionQuery.Term {
        var terms = [try parseAll()]
        while takeWord("or") { terms.append(try parseAll()) }
        return terms.count == 1 ? terms[0] : .any(terms)
    }

    private mutating func parseAll() throws(JournalError) -> SessionQuery.Term {
        var terms: [SessionQuery.Term] = []
        while true {
            skipSpace()
            guard place < text.count, text[place] != ")", !isWord("or") else { break }
            if takeWord("and") {
                guard !terms.isEmpty else { throw error("nothing stands before \"and\"") }
                skipSpace()
                guard place < text.count, text[place] != ")" else {
                    throw error("nothing follows \"and\"")
                }
                continue
            }
            terms.append(try parseNot())
        }
        guard !terms.isEmpty else { throw error("something is missing here") }
        return terms.count == 1 ? terms[0] : .all(terms)
    }

    private mutating func parseNot() throws(JournalError) -> SessionQuery.Term {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthLimit else { throw error("it is nested too deep") }
        if text[place] == "-" {
            place += 1
            guard place < text.count, !text[place].isWhitespace else {
                throw error("a - stands alone")
            }
            return .not(try parseNot())
        }
        if takeWord("not") {
            skipSpace()
            guard place < text.count else { throw error("nothing follows \"not\"") }
            return .not(try parseNot())
        }
        guard text[place] == "(" else { return try parseComparison() }
        place += 1
        let inner = try parseAny()
        skipSpace()
        guard place < text.count, text[place] == ")" else { throw error("a ( is not closed") }
        place += 1
        return inner
    }

    private mutating func parseComparison() throws(JournalError) -> SessionQuery.Term {
        if text[place] == "\"" { return .word(.init(text: try parseQuoted(), isQuoted: true)) }
        let start = place
        let name = parseBare()
        guard !name.isEmpty else { throw error("\"\(text[place])\" stands where a field belongs") }
        let end = place
        skipSpace()
        guard let comparison = takeComparison() else {
            place = end
            return .word(.init(text: String(text[start..<end])))
        }
        skipSpace()
        guard place < text.count else { throw error("\(name)\(comparison.rawValue) needs a value") }
        if text[place] == "\"" {
            return .field(name, comparison, .init(text: try parseQuoted(), isQuoted: true))
        }
        let value = parseValue()
        guard !value.isEmpty else { throw error("\(name)\(comparison.rawValue) needs a value") }
        return .field(name, comparison, .init(text: value))
    }

    private mutating func takeComparison() -> SessionQuery.Comparison? {
        // The longer ones first: <= before <.
        for comparison in SessionQuery.Comparison.allCases.sorted(by: {
            $0.rawValue.count > $1.rawValue.count
        }) where text[place...].starts(with: comparison.rawValue) {
            place += comparison.rawValue.count
            return comparison
        }
        return nil
    }

    private mutating func parseBare() -> String {
        let start = place
        while place < text.count, !text[place].isWhitespace, !Self.special.contains(text[place]) {
            place += 1
        }
        return String(text[start..<place])
    }

    /// A value goes up to a space or a parenthesis: times hold colons.
    private mutating func parseValue() -> String {
        let start = place
        while place < text.count, !text[place].isWhitespace, text[place] != "(", text[place] != ")"
        {
            place += 1
        }
        return String(text[start..<place])
    }

    private mutating func parseQuoted() throws(JournalError) -> String {
        let start = place
        place += 1
        var quoted = ""
        while place < text.count, text[place] != "\"" {
            if text[place] == "\\", place + 1 < text.count { place += 1 }
            quoted.append(text[place])
            place += 1
        }
        guard place < text.count else {
            place = start
            throw error("a quote is not closed")
        }
        place += 1
        return quoted
    }

    private mutating func skipSpace() {
        while place < text.count, text[place].isWhitespace { place += 1 }
    }

    /// Whether a word of the language stands here, and is no field.
    private func isWord(_ word: String) -> Bool {
        guard
            text[place...].prefix(word.count).elementsEqual(
                word,
                by: {
                    $0.lowercased() == $1.lowercased()
                })
        else { return false }
        var end = place + word.count
        guard end < text.count else { return true }
        if text[end] == "(" || text[end] == ")" || text[end] == "\"" { return true }
        guard text[end].isWhitespace else { return false }
        while end < text.count, text[end].isWhitespace { end += 1 }
        return end >= text.count || !["<", ">", "=", "!", "~", ":"].contains(text[end])
    }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        guard place < text.count, isWord(word) else { return false }
        place += word.count
        return true
    }

    private func error(_ what: String) -> JournalError {
        JournalError(
            .invalidArgument,
            "the query makes no sense at character \(place + 1): \(what); an example is: "
                + example)
    }
}
