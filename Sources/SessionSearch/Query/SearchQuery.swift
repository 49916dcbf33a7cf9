#if Search
internal import SessionJournal

/// What is looked for: words of messages, and which messages.
///
/// Written in the form of a ``SessionQuery``, and handed to FTS5 in its own, every word in quotes, so
/// that nothing that a person types means anything else there.
struct SearchQuery {
    /// What FTS5 is asked.
    let expression: String
    /// Which messages.
    var filters: [Filter] = []

    struct Filter: Hashable {
        enum Field: String, CaseIterable {
            case role, session, actor, model, tool, branch, before, after, `in`
        }

        let field: Field
        let value: String
        let isNegated: Bool
    }

    static let example = "\"read timeout\" retry* -solved role:assistant after:2026-11-01"

    /// More words than that make no question.
    static let wordLimit = 256

    /// - Throws: `invalidArgument`, which says what makes no sense.
    init(parsing text: String) throws(JournalError) {
        var parser = SessionQueryParser(text, example: Self.example)
        var terms: [SessionQuery.Term]
        switch try parser.parse() {
        case .all(let all): terms = all
        case let one: terms = [one]
        }
        var filters: [Filter] = []
        var words: [SessionQuery.Term] = []
        for term in terms {
            switch term {
            case .field(let name, let comparison, let value):
                filters.append(try Self.filter(name, comparison, value, isNegated: false))
            case .not(.field(let name, let comparison, let value)):
                filters.append(try Self.filter(name, comparison, value, isNegated: true))
            default: words.append(term)
            }
        }
        guard !words.isEmpty else {
            throw Self.error(filters.isEmpty ? "it is empty" : "it names no word to look for")
        }
        var translation = Translation()
        var expression = try translation.expression(of: .all(words))
        for filter in filters where filter.field == .in {
            guard ["text", "details"].contains(filter.value), !filter.isNegated else {
                throw Self.error("in: takes text or details, not \"\(filter.value)\"")
            }
            expression = "{\(filter.value)} : (\(expression))"
        }
        self.expression = expression
        self.filters = filters.filter { $0.field != .in }
    }

    private static func filter(
        _ name: String, _ comparison: SessionQuery.Comparison, _ value: SessionQuery.Value,
        isNegated: Bool
    ) throws(JournalError) -> Filter {
        guard let field = Filter.Field(rawValue: name.lowercased()) else {
            let known = Filter.Field.allCases.map { $0.rawValue + ":" }.joined(separator: ", ")
            throw error(
                "there is no filter \"\(name)\" among \(known); what is to be found as it "
                    + "stands goes into quotes")
        }
        guard comparison == .matches || comparison == .equal else {
            throw error("\(name) goes with a colon, not with \(comparison.rawValue)")
        }
        if field == .before || field == .after {
            guard Timestamp(value.text) ?? Timestamp(date: value.text) != nil else {
                throw error(
                    "\"\(value.text)\" is no time; a day is 2026-11-21, a moment "
                        + "2026-11-21T01:02:03Z")
            }
        }
        return Filter(field: field, value: value.text, isNegated: isNegated)
    }

    fileprivate static func error(_ what: String) -> JournalError {
        JournalError(
            .invalidArgument, "the search makes no sense: \(what); an example is: \(example)")
    }
}

/// Puts terms into the words of FTS5.
private struct Translation {
    private var count = 0

    mutating func expression(of term: SessionQuery.Term) throws(JournalError) -> String {
        switch term {
        case .word(let word): return try expression(of: word)
        case .any(let terms):
            var parts: [String] = []
            for term in terms { parts.append("(\(try expression(of: term)))") }
            return parts.joined(separator: " OR ")
        case .all(let terms):
            var wanted: [String] = []
            var unwanted: [String] = []
            for term in terms {
                if case .not(let inner) = term {
                    unwanted.append("(\(try expression(of: inner)))")
                } else {
                    wanted.append("(\(try expression(of: term)))")
                }
            }
            guard !wanted.isEmpty else {
                throw SearchQuery.error(
                    "it says only what is not wanted; say what to look for, too")
            }
            let all = wanted.joined(separator: " AND ")
            return unwanted.isEmpty
                ? all : "(\(all)) NOT (\(unwanted.joined(separator: " OR ")))"
        case .not:
            throw SearchQuery.error(
                "what is not wanted stands beside what is, as in: error -warning")
        case .field(let name, _, _):
            throw SearchQuery.error(
                "\(name): holds for the whole search and stands outside of parentheses and \"or\"; "
                    + "put these around the words")
        }
    }

    private mutating func expression(
        of word: SessionQuery.Value
    ) throws(JournalError) -> String {
        count += 1
        guard count <= SearchQuery.wordLimit else {
            throw SearchQuery.error("it has more than \(SearchQuery.wordLimit) words")
        }
        var text = word.text
        let isPrefix = !word.isQuoted && text.last == "*"
        if isPrefix { text.removeLast() }
        guard text.unicodeScalars.contains(where: \.isSearched) else {
            throw SearchQuery.error("\"\(word.text)\" has no letter and no digit in it")
        }
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\"\""
            // FTS5 reads up to the first one.
            case "\0": quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + (isPrefix ? "\" *" : "\"")
    }
}

extension Unicode.Scalar {
    /// Whether the index takes it for a part of a word.
    fileprivate var isSearched: Bool {
        switch properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter,
            .decimalNumber, .letterNumber, .otherNumber, .privateUse:
            true
        default: false
        }
    }
}
#endif
