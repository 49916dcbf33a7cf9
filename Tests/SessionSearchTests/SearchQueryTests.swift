#if Search
import SessionJournal
import Testing

@testable import SessionSearch

/// The language of searches, put into that of FTS5.
@Suite struct SearchQueryTests {
    @Test(arguments: [
        ("tea", "(\"tea\")"),
        ("green tea", "(\"green\") AND (\"tea\")"),
        ("\"green tea\"", "(\"green tea\")"),
        ("brew*", "(\"brew\" *)"),
        ("\"brew*\"", "(\"brew*\")"),
        ("tea -green", "((\"tea\")) NOT ((\"green\"))"),
        ("tea not (green or black)", "((\"tea\")) NOT (((\"green\") OR (\"black\")))"),
        ("tea or coffee", "((\"tea\") OR (\"coffee\"))"),
        ("say \"a \\\"b\\\" c\"", "(\"say\") AND (\"a \"\"b\"\" c\")"),
        ("NEAR AND tea", "(\"NEAR\") AND (\"tea\")"),
        ("tea in:details", "{details} : ((\"tea\"))"),
        ("a\0b", "(\"a b\")"),
    ])
    func wordsAreQuoted(_ text: String, _ expression: String) throws {
        #expect(try SearchQuery(parsing: text).expression == expression)
    }

    @Test func filtersStandBesideTheWords() throws {
        let query = try SearchQuery(parsing: "role:user tea -tool:Bash after:2026-11-01")
        #expect(query.expression == "(\"tea\")")
        #expect(
            query.filters == [
                .init(field: .role, value: "user", isNegated: false),
                .init(field: .tool, value: "Bash", isNegated: true),
                .init(field: .after, value: "2026-11-01", isNegated: false),
            ])
    }

    @Test(arguments: [
        ("", "it is empty"), ("role:user", "no word"), ("-tea", "not wanted"), ("++", "no letter"),
        ("\"tea", "character 1"), ("(tea", "character 5"), ("tea) x", "character 4"),
        ("http://x", "quotes"), ("role>user tea", "colon"), ("before:soon tea", "no time"),
        ("(role:user or tea)", "outside"), ("tea or -green", "not wanted"), ("in:mind tea", "in:"),
        ("tea or (a (not not b))", "not wanted"),
    ])
    func whatMakesNoSenseIsSaid(_ text: String, _ words: String) {
        let error = #expect(throws: JournalError.self) { try SearchQuery(parsing: text) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    @Test func thereIsAnEndToWords() {
        let text = String(repeating: "tea ", count: SearchQuery.wordLimit)
        #expect(throws: Never.self) { try SearchQuery(parsing: text) }
        #expect(throws: JournalError.self) { try SearchQuery(parsing: text + "tea") }
    }

    @Test func snippetsAreCutAtTheirMarks() {
        let snippet = SearchSnippet("a <1>tea<2>\u{301} b <1>x<2>", "<1>", "<2>")
        #expect(snippet.pieces.map(\.isMatch) == [false, true, false, true])
        #expect(snippet.text == "a tea\u{301} b x")
        #expect(SearchSnippet("", "<1>", "<2>").pieces.isEmpty)
    }

    @Test func tokensAreTakenAsTheyStand() throws {
        let token = SearchToken(score: -3.25, id: 71, covered: 1 << 40)
        let read = try SearchToken(token.text)
        #expect(read.score == -3.25 && read.id == 71 && read.covered == 1 << 40)
        for text in ["", "a-b", "1-2-3-4", "-1-2", "zzzzzzzzzzzzzzzzz-1-1", "ä-1-1"] {
            #expect(throws: JournalError.self) { try SearchToken(text) }
        }
    }
}
#endif
