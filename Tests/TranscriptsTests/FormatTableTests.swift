import JournalTestKit
import Testing
import Transcripts

/// The table of the formats that sessions are exported in comes from the code.
@Suite struct FormatTableTests {
    private static let header = "| format | file | branches | is |"

    private static var table: [String] {
        [header, "|---|---|---|---|"]
            + ExportFormat.all.map { format in
                "| `\(format.name)` | `.\(format.suffix)` | \(format.showsTree ? "all" : "one") "
                    + "| \(format.meaning) |"
            }
    }

    @Test func documentationHasEveryFormat() throws {
        let path = "\(Pages.catalog)/ExportingSessions.md"
        let page = try Pages.read(path)
        #expect(page.contains(Self.header))
        let written = Pages.replacing(table: Self.table, in: page)
        if Pages.isWriting {
            try Pages.write(written, to: path)
        } else {
            #expect(page == written, "the table differs from the code; SJOURNAL_WRITE_PAGES=1")
        }
    }
}
