#if Search
import SessionJournal
import SessionSearch

/// What the page "Searching and SQL" shows.
func searchExample(in journal: Journal) async throws -> [String] {
    var printed: [String] = []
    func print(_ values: Any...) {
        printed.append(values.map { "\($0)" }.joined(separator: " "))
    }

    let index = try SearchIndex(journal)
    let page = try await index.search("\"green tea\" -black role:user", limit: 10)
    for hit in page.hits {
        let marked = hit.snippet.pieces.map { $0.isMatch ? "[\($0.text)]" : $0.text }
        print(hit.sessionName ?? "", hit.message, marked.joined())
    }
    if let token = page.next {
        _ = try await index.search("\"green tea\" -black role:user", limit: 10, after: token)
    }

    let rows = try await index.sql("SELECT role, count(*) FROM messages GROUP BY role")
    for try await row in rows { print(rows.columns, row) }
    return printed
}
#endif
