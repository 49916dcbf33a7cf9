import JournalTestKit
@testable import SessionJournal
import Testing

/// The bytes of event lines and entry lines.
struct EventLineTests {
    /// Every optional key, and escapes in names.
    static let golden =
        #"{"seq":41,"time":"2026-11-21T01:02:03.123456Z","#
        + #""session":"019500000000700080000000000000ff","version":7,"kind":"message.appended","#
        + #""branch":"main","actor":"user:ada","onbehalf":"team \"b\"","origin":"node-1","#
        + #""trace":"t\n1","id":"call-9","occurred":"2025-01-02T03:04:05.000006Z","cause":40,"#
        + #""reason":"because","salt":"AQIDBAUGBwgJCgsMDQ4PEA==","#
        + #""data":{"message":"m1","parent":null,"role":"user","#
        + #""parts":[{"type":"text","text":"Grüße"}]}}"#

    /// SHA-256 of the line, from Python's hashlib.
    static let digest = "b39275382dc5f91991be27020f6331a5f11743479de2ad919826933c7d36cf69"

    /// The entry line, with the digest in base64 from Python's base64.
    static let entry =
        #"{"seq":41,"time":"2026-11-21T01:02:03.123456Z","#
        + #""session":"019500000000700080000000000000ff","version":7,"kind":"message.appended","#
        + #""digest":"s5J1OC3F+RmRvicCD2MxpfEXQ0ed4q2RmCaTPH02z2k="}"#

    /// SHA-256 of a zero byte and the entry line, from Python's hashlib.
    static let leaf = "921aca2990a16948e33682b245e2aeb12589f697934e72c5a8922e2029ed71fd"

    static let draft = EventDraft(
        .messageAppended,
        data: [
            "message": "m1", "parent": nil, "role": "user",
            "parts": [["type": "text", "text": "Grüße"]],
        ],
        onBehalf: "team \"b\"", origin: "node-1", trace: "t\n1", id: "call-9",
        occurred: Timestamp("2025-01-02T03:04:05.000006Z"), cause: .sequence(40),
        reason: "because")

    static func encode(_ draft: EventDraft, session: SessionID) -> [UInt8] {
        var line: [UInt8] = []
        EventLine.encode(
            draft, sequence: 41, time: Timestamp("2026-11-21T01:02:03.123456Z")!,
            session: session, version: 7, actor: "user:ada",
            cause: 40, salt: Salt(high: 0x0102_0304_0506_0708, low: 0x090A_0B0C_0D0E_0F10),
            into: &line)
        return line
    }

    @Test func encodesTheGoldenLine() {
        let line = Self.encode(Self.draft, session: EventScript.defaultSession)
        #expect(String(decoding: line, as: UTF8.self) == Self.golden)
    }

    @Test func parsesTheGoldenLine() throws {
        let event = try Event(line: Array(Self.golden.utf8))
        #expect(event.sequence == 41)
        #expect(event.time.description == "2026-11-21T01:02:03.123456Z")
        #expect(event.session == EventScript.defaultSession)
        #expect(event.version == 7)
        #expect(event.kind == .messageAppended)
        #expect(event.branch == "main")
        #expect(event.actor == "user:ada")
        #expect(event.onBehalf == "team \"b\"")
        #expect(event.origin == "node-1")
        #expect(event.trace == "t\n1")
        #expect(event.id == "call-9")
        #expect(event.occurred == Timestamp("2025-01-02T03:04:05.000006Z"))
        #expect(event.moment == event.occurred)
        #expect(event.cause == 40)
        #expect(event.reason == "because")
        #expect(!event.isWithheld)
        #expect(event.unknownKeys.isEmpty)
        #expect(try event.data()["parts"]?[0]?["text"] == "Grüße")
        #expect(event.digest.hexadecimal == Self.digest)
        #expect(event.description == Self.golden)
        try event.check()
    }

    @Test func makesTheGoldenEntryAndLeaf() throws {
        let line = Array(Self.golden.utf8)
        let entry = try EventLine.entry(of: line)
        #expect(String(decoding: entry, as: UTF8.self) == Self.entry)
        #expect(try EventLine.leaf(of: line) == Self.leaf)
        #expect(try EventLine.leaf(of: entry) == Self.leaf)
        #expect(try EventLine.entry(of: entry) == entry)
    }

    @Test func parsesTheGoldenEntry() throws {
        let event = try Event(line: Array(Self.entry.utf8))
        #expect(event.isWithheld)
        #expect(event.sequence == 41)
        #expect(event.kind == .messageAppended)
        #expect(event.digest.hexadecimal == Self.digest)
        #expect(event.actor == nil)
        #expect(event.branch == nil)
        #expect(event.rawData.isEmpty)
        #expect(try event.data() == .null)
        try event.check()
    }

    @Test func resolvesACauseInsideTheBatch() throws {
        var draft = EventDraft("x.y")
        draft.cause = .inBatch(0)
        let event = try Event(line: Self.encode(draft, session: EventScript.defaultSession))
        #expect(event.cause == 40)
    }

    @Test func journalEventsHaveNoBranch() throws {
        let event = try Event(line: Self.encode(EventDraft(.clockJumped), session: .journal))
        #expect(event.branch == nil)
        #expect(event.session.isJournal)
        #expect(!event.description.contains("branch"))
    }

    @Test func keepsUnknownKeysBeforeTheSalt() throws {
        let text = Self.golden.replacing(
            #","salt""#, with: #","zone":{"a":[1,"},{"]},"zeta":0.50,"salt""#)
        let event = try Event(line: Array(text.utf8))
        #expect(event.description == text)
        #expect(event.unknownKeys == ["zone": ["a": [1, "},{"]], "zeta": .number("0.50")])
        #expect(event.reason == "because")
        #expect(try event.data()["message"] == "m1")
    }

    @Test(arguments: [
        (#""seq":41"#, #""seq":041"#), (#""seq":41"#, #""seq":0"#), (#""seq":41"#, #""seq":-1"#),
        (#""seq":41"#, #""seq":9223372036854775808"#),
        (#""seq":41"#, #""seq":99999999999999999999999"#),
        (#""seq":41"#, #""seq": 41"#), ("2026-11-21T01", "2026-11-31T01"),
        ("03.123456Z", "03.12345Z"), ("03.123456Z", "60.123456Z"), ("00ff", "00FF"),
        ("00ff", "0ff"), ("message.appended", "Message.appended"),
        ("message.appended", "message..x"), ("message.appended", ""),
        (#""branch":"main","#, ""), (#""actor":"user:ada","#, ""),
        (#""branch":"main","actor":"user:ada""#, #""actor":"user:ada","branch":"main""#),
        (#""cause":40"#, #""cause":"40""#), (#""cause":40"#, #""cause":0"#),
        (#""reason":"because""#, #""reason":"because","reason":"b""#),
        (#""reason":"because""#, #""reason":"because","digest":"b""#),
        (#""reason":"because""#, #""zeta":1,"reason":"b""#),
        (#""reason":"because""#, #""zeta":[1"#), (#""reason":"because""#, #""reason":1"#),
        (#""reason":"because""#, #""reason":"be\qcause""#),
        (#""reason":"because""#, "\"reason\":\"be\ncause\""),
        ("AQIDBAUGBwgJCgsMDQ4PEA==", "AQIDBAUGBwgJCgsMDQ4PEB=="),
        ("AQIDBAUGBwgJCgsMDQ4PEA==", "AQIDBAUGBwgJCgsMDQ4PEA"), (#""salt":"#, #""salz":"#),
        (#""data":{"#, #""data":["#), (#""data":{"#, #""date":{"#), ("}]}}", "}]} }"),
    ])
    func refusesALineThatLeavesTheForm(_ original: String, _ replacement: String) throws {
        #expect(Self.golden.contains(original))
        let text = Self.golden.replacing(original, with: replacement, maxReplacements: 1)
        #expect(throws: JournalError(.invalidEvent, "")) { try Event(line: Array(text.utf8)) }
    }

    @Test(arguments: [
        (#"2z2k="}"#, #"2z2l="}"#), (#"2z2k="}"#, #"2z2k="}}"#), (#"2z2k="}"#, #"2z2k""#),
        (#"2z2k="}"#, #"2z2k"}"#),
    ])
    func refusesAnEntryThatLeavesTheForm(_ original: String, _ replacement: String) throws {
        let text = Self.entry.replacing(original, with: replacement)
        #expect(text != Self.entry)
        #expect(throws: JournalError(.invalidEvent, "")) { try Event(line: Array(text.utf8)) }
    }

    @Test(arguments: [
        (#""m1""#, #""m1"#), (#""m1""#, "\"m\u{1}\""), (#""m1""#, "\n\"m1\""), (#""m1""#, ""),
    ])
    func checkFindsDataThatIsNoJSON(_ original: String, _ replacement: String) throws {
        let text = Self.golden.replacing(original, with: replacement)
        let event = try Event(line: Array(text.utf8))
        #expect(throws: JournalError(.invalidEvent, "")) { try event.check() }
    }

    @Test func checkFindsWhatIsNotUTF8() throws {
        var line = Array(Self.golden.utf8)
        let actor = try #require(Self.golden.utf8.firstRange(of: "ada".utf8))
        line[Self.golden.utf8.distance(from: Self.golden.startIndex, to: actor.lowerBound)] = 0xFF
        let event = try Event(line: line)
        #expect(event.actor == "user:\u{FFFD}da")
        #expect(throws: JournalError(.invalidEvent, "")) { try event.check() }
    }

    @Test(arguments: [golden, entry])
    func everyTruncationIsRefused(_ text: String) {
        let line = Array(text.utf8)
        for count in 0..<line.count {
            #expect(throws: JournalError.self) { try Event(line: Array(line.prefix(count))) }
        }
    }

    /// A flipped bit gives a line that is refused, or one with just those bytes; nothing traps, and
    /// the leaf never stays what it was.
    @Test(arguments: [golden, entry])
    func everyBitFlipIsRefusedOrSeen(_ text: String) throws {
        var line = Array(text.utf8)
        var parsed = 0
        for index in line.indices {
            for bit in 0..<8 {
                line[index] ^= 1 << bit
                defer { line[index] ^= 1 << bit }
                if let leaf = try? EventLine.leaf(of: line) {
                    #expect(leaf != Self.leaf)
                }
                guard let event = try? Event(line: line) else { continue }
                parsed += 1
                #expect(event.line == line)
                _ = try? event.data()
                _ = try? event.check()
                _ = [event.branch, event.actor, event.onBehalf, event.trace, event.reason]
                _ = event.unknownKeys
            }
        }
        #expect(parsed > 0)
    }

    @Test func aLineAboveTheLimitIsRefused() {
        let data = EventData(["x": .string(String(repeating: "x", count: 16 << 20))])
        let line = Self.encode(
            EventDraft("x.large", data: data), session: EventScript.defaultSession)
        #expect(throws: JournalError(.tooLarge, "")) { try Event(line: line) }
    }

    @Test func randomDraftsSurviveTheRoundTrip() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            var draft = EventDraft("x.random", data: EventData(generator.jsonObject()))
            draft.branch = "b" + generator.text()
            draft.reason = generator.text()
            draft.trace = Bool.random(using: &generator) ? generator.text() : nil
            draft.occurred = Timestamp(
                microseconds: .random(in: 0...4_000_000_000_000_000, using: &generator))
            let line = Self.encode(draft, session: EventScript.defaultSession)
            let event = try Event(line: line)
            try event.check()
            #expect(event.branch == draft.branch)
            #expect(event.reason == draft.reason)
            #expect(event.trace == draft.trace)
            #expect(event.occurred == draft.occurred)
            #expect(try event.data() == draft.data.value())
            #expect(Array(event.rawData) == draft.data.bytes)
        }
    }
}
