import JournalTestKit
import Testing

@testable import Transcripts

/// The table of the formats that are read comes from the code.
@Suite struct FormatPageTests {
    private static let header = "| format | what | files |"

    @Test func documentationHasEveryFormatThatIsRead() throws {
        let table =
            [Self.header, "|---|---|---|"]
            + TranscriptFormat.all.map { "| `\($0.name)` | \($0.title) | \($0.place) |" }
        let path = "\(Pages.catalog)/ImportingSessions.md"
        let page = try Pages.read(path)
        #expect(page.contains(Self.header))
        let written = Pages.replacing(table: table, in: page)
        if Pages.isWriting {
            try Pages.write(written, to: path)
        } else {
            #expect(page == written, "the table differs from the code; SJOURNAL_WRITE_PAGES=1")
        }
    }

    @Test func everyFormatSaysWhatItIsAndHasFiles() {
        for format in TranscriptFormat.all {
            #expect(!format.title.isEmpty && !format.place.isEmpty, "\(format.name)")
            let isOlder = [
                "claude-code", "schema-guided-dialogue", "open-assistant", "session-lines",
            ]
            .contains(format.name)
            #expect(isOlder || SourceFormatTests.names.contains(format.name), "\(format.name)")
        }
        #expect(Set(TranscriptFormat.all.map(\.name)).count == TranscriptFormat.all.count)
    }
}
