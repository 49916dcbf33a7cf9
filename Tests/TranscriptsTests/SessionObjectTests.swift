import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import Transcripts

@Suite("The objects of a session manager, in and out") struct SessionObjectTests {
    private static let fixture = Pages.root.appending(
        path: "Fixtures/formats/session-object/oolong.json")
    private static let key = "5d0c1f0e-6c8f-4a57-9a53-0b1d5f6f7a01"

    private static func imported(zone: String? = nil) async throws -> (Journal, SessionID) {
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.zoneName = zone
        let report = try await importer.importPaths([fixture.path])
        #expect(report.files.first?.format == "session-object")
        #expect(report.files.first?.zone == zone ?? "UTC")
        return (journal, try await journal.resolve(key))
    }

    @Test func everythingIsReadAsItIsMeant() async throws {
        let (journal, session) = try await Self.imported()
        let state = try await journal.state(of: session)
        let metadata = state.metadata()
        #expect(metadata["name"] == "Oolong" && metadata["is_starred"] == true)
        #expect(metadata["tags"] == ["tea", "shop"] && metadata["mood"] == "calm")
        #expect(metadata["modified_by"] == "user:grace")
        #expect(metadata["last_modified"] == "2026-03-02T09:32:00.000001Z")
        #expect(state.createdAt?.description == "2026-03-02T09:30:00.123456Z")
        #expect(state.lastActive?.microseconds == 1_772_444_100_654_321)
        #expect(state.tree.messages[1].occurred?.description == "2026-03-02T09:31:00.000000Z")
        #expect(state.tree.toolCalls().first?.result?.content == "3 minutes")
        // What is no message that this version knows is one nevertheless.
        #expect(state.tree.messages.last?.role?.rawValue == "unknown")
    }

    @Test func timesAreThoseOfTheZoneThatIsNamed() async throws {
        let (journal, session) = try await Self.imported(zone: "Europe/Berlin")
        let state = try await journal.state(of: session)
        #expect(state.createdAt?.description == "2026-03-02T08:30:00.123456Z")
        #expect(state.metadata()["last_modified"] == "2026-03-02T08:32:00.000001Z")
        #expect(state.tree.messages[1].occurred?.description == "2026-03-02T08:31:00.000000Z")
        // Seconds since 1970 have no zone.
        #expect(state.lastActive?.microseconds == 1_772_444_100_654_321)
        // It goes out in the zone in which it came, and keeps it.
        try await journal.as("user:ada").say("user", "Thank you.", in: session)
        let now = try #require(try await journal.state(of: session).tree.messages.last?.time)
        let zone = try #require(SourceZone.named("Europe/Berlin"))
        let file = try await SessionExportTests.content("session-object", journal, session)
        let object = try JSONValue(parsing: file.content)
        #expect(object["created_at"] == "2026-03-02T09:30:00.123456")
        #expect(object["messages"]?.array?.last?["timestamp"]?.string == zone.naive(now))
        #expect(zone.moment(zone.naive(now)) == now)
    }

    @Test func clocksThatAreSetBackOrForward() throws {
        let zone = try #require(SourceZone.named("Europe/Berlin"))
        func utc(_ text: String) -> String? { zone.moment(text)?.description }
        #expect(utc("2026-07-01T12:00:00") == "2026-07-01T10:00:00.000000Z")
        #expect(utc("2026-07-01T12:00:00Z") == "2026-07-01T12:00:00.000000Z")
        // At three it is two again: the first of both.
        #expect(utc("2026-10-25T02:30:00") == "2026-10-25T00:30:00.000000Z")
        #expect(utc("2026-10-25T03:30:00") == "2026-10-25T02:30:00.000000Z")
        // Half past two is left out.
        #expect(utc("2026-03-29T02:30:00") == "2026-03-29T01:30:00.000000Z")
        #expect(
            zone.naive(try #require(Timestamp("2026-10-25T01:30:00Z"))).hasPrefix("2026-10-25T02"))
        #expect(
            SourceZone.named("+05:30")?.moment("2026-03-01T05:30:00")?.description
                == "2026-03-01T00:00:00.000000Z")
        #expect(utc("0001-01-01T00:00:00") != nil)
        for name in ["", "Berlin", "CET", "+5", "+99:00", "Europe/Nowhere", "../etc/passwd"] {
            #expect(SourceZone.named(name) == nil && !TranscriptImporter.isZone(name), "\(name)")
        }
    }

    @Test func whatStandsAsItCameIsSaidAsItCame() async throws {
        let (journal, session) = try await Self.imported()
        let file = try await SessionExportTests.content("session-object", journal, session)
        let original = try JSONValue(parsing: String(contentsOf: Self.fixture, encoding: .utf8))
        #expect(try JSONValue(parsing: file.content) == original)
    }

    @Test func aFileThatGrewSaysWhatIsNew() async throws {
        let folder = try Folder()
        func write(_ messages: [JSONValue], name: String, active: String) throws {
            let object: JSONValue = [
                "session_id": "s1", "created_at": "2026-03-02T09:00:00",
                "messages": .array(messages), "last_active": try JSONValue(parsing: active),
                "metadata": ["name": .string(name), "modified_by": "user:grace"],
            ]
            try folder.write("s1.json", object.description)
        }
        let journal = Journal.inMemory()
        let hi: JSONValue = ["role": "user", "content": "Hi"]
        try write([hi], name: "A", active: "1772442000.5")
        try await importing(folder, into: journal)
        let session = try await journal.resolve("s1")
        #expect(try await journal.state(of: session).metadata()["modified_by"] == "user:grace")
        try write([hi, hi], name: "B", active: "1772442060")
        let report = try await importing(folder, into: journal)
        #expect(report.duplicates == 2)
        let state = try await journal.state(of: session)
        #expect(state.tree.messages.count == 2 && state.metadata()["name"] == "B")
        #expect(state.lastActive?.microseconds == 1_772_442_060_000_000)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("s1.json") == folder.read("s1.json"))
    }

    // MARK: There and back

    /// A session of any content, as both shapes can have it.
    private static func session(seed: UInt64) async throws -> (Journal, SessionID) {
        var random = SeededGenerator(seed: seed)
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        var metadata: JSONObject = ["name": .string("Tea \(seed) <&>\u{2028}")]
        if Bool.random(using: &random) { metadata["tags"] = ["b", "a"] }
        let session = try await ada.createSession(key: "s\(seed)", metadata: metadata)
        var open: String?
        for number in 0..<Int.random(in: 1..<12, using: &random) {
            let text = "Text \(number % 3) \"\\<\u{7}é\u{1F375}>"
            switch Int.random(in: 0..<4, using: &random) {
            case 0: try await ada.say("system", text, in: session)
            case 1 where open == nil:
                open = "c\(number)"
                try await journal.as("agent:b").say(
                    "assistant",
                    parts: [
                        ["type": "text", "text": .string(text)],
                        [
                            "type": "tool_use", "call": .string("c\(number)"), "name": "look",
                            "input": ["at": .integer(Int64(number))],
                        ],
                    ], in: session)
            case _ where open != nil:
                try await ada.say(
                    "tool",
                    parts: [
                        ["type": "tool_result", "call": JSONValue(open), "content": .string(text)]
                    ], in: session)
                open = nil
            case 2: try await journal.as("agent:b").say("assistant", text, in: session)
            default: try await ada.say("user", text, in: session)
            }
        }
        if Bool.random(using: &random) {
            try await ada.setMetadata(["is_starred": true, "mood": "calm"], in: session)
        }
        return (journal, session)
    }

    private static func text(_ journal: Journal, _ session: SessionID) async throws -> [String] {
        let state = try await journal.state(of: session)
        let said = ["created_at \(state.createdAt?.description ?? "-")"]
        let fields = ["tags", "is_starred", "mood", "modified_by", "last_modified"]
        let metadata = state.metadata()
        return try await StateText.of(journal, session)
            + said + fields.map { "\($0) \(metadata[$0] ?? .null)" }
            + state.tree.messages.map { ($0.occurred ?? $0.time).description }
    }

    /// Import, export, import: the same session state.
    @Test(arguments: 0..<20 as Range<UInt64>) func objectsComeBackTheSame(
        seed: UInt64
    ) async throws {
        let (made, own) = try await Self.session(seed: seed)
        let (first, one) = try await AgentExportTests.reimported("session-object", made, own)
        let (second, two) = try await AgentExportTests.reimported("session-object", first, one)
        #expect(try await Self.text(second, two) == Self.text(first, one))
        let content = try await SessionExportTests.content("session-object", first, one).content
        #expect(
            try await SessionExportTests.content("session-object", made, own).content == content)
    }

    /// The same for the other shape, which has no word for who changed the metadata.
    @Test(arguments: 0..<20 as Range<UInt64>) func linesComeBackTheSame(
        seed: UInt64
    ) async throws {
        let (made, own) = try await Self.session(seed: seed)
        let (first, one) = try await AgentExportTests.reimported("session-lines", made, own)
        let (second, two) = try await AgentExportTests.reimported("session-lines", first, one)
        #expect(try await Self.text(second, two) == Self.text(first, one))
        let content = try await SessionExportTests.content("session-lines", first, one).content
        #expect(
            try await SessionExportTests.content("session-lines", second, two).content == content)
    }
}
