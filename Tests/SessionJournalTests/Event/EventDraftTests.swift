import JournalTestKit
@testable import SessionJournal
import Testing

struct EventDraftTests {
    private func code(_ change: (inout EventDraft) -> Void) -> JournalError.Code? {
        var draft = EventDraft("x.test", data: ["a": 1])
        change(&draft)
        do throws(JournalError) {
            try draft.check(position: 1)
            return nil
        } catch { return error.code }
    }

    @Test func takesWhatIsRight() {
        #expect(code { _ in } == nil)
        #expect(code { $0.cause = .inBatch(0) } == nil)
        #expect(code { $0.kind = .messageAppended } == nil)
        #expect(code { $0.reason = "two\nlines" } == nil)
        #expect(code { $0.branch = nil } == nil)
        #expect(code { $0.branch = String(repeating: "b", count: 255) } == nil)
    }

    @Test func refusesWhatIsWrong() {
        #expect(code { $0.kind = "message.invented" } == .unknownKind)
        #expect(code { $0.kind = "context.built" } == .unknownKind)
        #expect(code { $0.cause = .inBatch(1) } == .invalidEvent)
        #expect(code { $0.cause = .inBatch(-1) } == .invalidEvent)
        #expect(code { $0.cause = .sequence(0) } == .invalidEvent)
        #expect(code { $0.cause = .sequence(.max) } == .invalidEvent)
        #expect(code { $0.branch = "" } == .invalidEvent)
        #expect(code { $0.branch = "a\u{7}" } == .invalidEvent)
        #expect(code { $0.branch = String(repeating: "b", count: 256) } == .tooLarge)
        #expect(code { $0.id = String(repeating: "b", count: 1025) } == .tooLarge)
        #expect(code { $0.reason = String(repeating: "b", count: 65_537) } == .tooLarge)
        #expect(code { $0.data = ["n": .number("1.")] } == .invalidEvent)
        #expect(throws: JournalError(.invalidEvent, "")) { try EventDraft.check(actor: "") }
    }

    @Test func anEnvelopeOfLongNamesStaysWithinItsLimit() throws {
        let long = String(repeating: "\u{1F600}", count: 256)
        var draft = EventDraft("x.test", branch: String(repeating: "b", count: 255))
        (draft.onBehalf, draft.origin, draft.trace, draft.id) = (long, long, long, long)
        draft.occurred = .latest
        draft.cause = .sequence(UInt64(Int64.max))
        // The worst a reason can be: every byte of it takes six.
        draft.reason = String(repeating: "\u{1}", count: EventLimits.maximumReasonSize / 6)
        try draft.check(position: 0)
        let line = EventLineTests.encode(draft, session: EventScript.defaultSession)
        #expect(line.count < EventLimits.maximumEnvelopeSize)
    }
}

struct EventDataTests {
    @Test(
        arguments: [
            ("{}", nil), (#"{"a":1,"a":2}"#, nil), ("[]", .invalidEvent), ("1", .invalidEvent),
            ("", .invalidEvent), (" {}", .invalidEvent), ("{} ", .invalidEvent),
            ("{\n}", .invalidEvent), ("{\r}", .invalidEvent), ("{\t}", nil),
            (#"{"a":}"#, .invalidEvent),
        ] as [(String, JournalError.Code?)])
    func takesOneObjectOnOneLine(_ text: String, _ code: JournalError.Code?) {
        do throws(JournalError) {
            let data = try EventData(json: Array(text.utf8))
            #expect(code == nil)
            #expect(data.bytes == Array(text.utf8))
        } catch {
            #expect(error.code == code)
        }
    }

    @Test func refusesWhatIsTooLargeOrTooDeep() {
        let large =
            Array(#"{"a":""#.utf8)
            + [UInt8](repeating: 0x61, count: EventLimits.maximumDataSize) + Array(#""}"#.utf8)
        #expect(throws: JournalError(.tooLarge, "")) { try EventData(json: large) }
        let depth = EventLimits.maximumDataDepth
        func nested(_ depth: Int) -> [UInt8] {
            let opening = String(repeating: #"{"a":"#, count: depth)
            return Array((opening + "1" + String(repeating: "}", count: depth)).utf8)
        }
        #expect(throws: Never.self) { try EventData(json: nested(depth)) }
        #expect(throws: JournalError(.invalidEvent, "")) { try EventData(json: nested(depth + 1)) }
    }

    @Test func aLiteralEqualsItsText() throws {
        var document = JSONDocument()
        let text = Array(#"{"a":[1,true]}"#.utf8)
        #expect(try EventData(json: text) == ["a": [1, true]])
        #expect(try EventData(json: text, using: &document).value()["a"]?[1] == true)
    }
}

/// Pointers: a key that ends in "@" reads from the source line kept under `original`.
struct DataPointerTests {
    private func event(_ json: String) throws -> Event {
        let data = try EventData(json: Array(json.utf8))
        return try Event(
            line: EventLineTests.encode(
                EventDraft("x.test", data: data), session: EventScript.defaultSession))
    }

    static let imported =
        #"{"message@":"/uuid","parts":[{"type":"text","#
        + #""text@":"/message/content/0/text"},{"type":"tool_use","input@":"/message/content/1"}],"#
        + #""gone@":"/nowhere","bad@":"no pointer","kept@":7,"original":{"uuid":"m1","message":"#
        + #"{"content":[{"text":"Hi \u00fc"},{"to@":"/uuid","n":1.50}]},"x@":"/uuid"}}"#

    @Test func readsThroughPointers() throws {
        let data = try event(Self.imported).data()
        #expect(data["message"] == "m1")
        #expect(data["message@"] == nil)
        #expect(data["parts"]?[0]?["text"] == "Hi ü")
        // What a pointer leads to is the source's own; "@" means nothing there.
        #expect(data["parts"]?[1]?["input"] == ["to@": "/uuid", "n": .number("1.50")])
        #expect(data["gone"] == .some(.null))
        #expect(data["bad"] == .some(.null))
        #expect(data["kept@"] == 7)
        #expect(data["original"]?["x@"] == "/uuid")
    }

    @Test func theReaderReadsTheSame() throws {
        let reader = try DataReader(event(Self.imported))
        #expect(reader.string("message") == "m1")
        let parts = try #require(reader.member("parts"))
        let first = try #require(reader.elements(of: parts).first { _ in true })
        #expect(reader.string("text", of: first) == "Hi ü")
        #expect(reader.member("gone") == nil)
        #expect(reader.value("parts")?[1]?["input"]?["n"] == .number("1.50"))
        let original = try #require(reader.member("original"))
        #expect(reader.member("x", of: original) == nil)
        #expect(reader.string("x@", of: original) == "/uuid")
    }

    @Test func withoutASourceTheSignMeansNothing() throws {
        let data = try event(#"{"mail@":"/a","a":{"b@":"/c"}}"#).data()
        #expect(data == ["mail@": "/a", "a": ["b@": "/c"]])
    }

    @Test func theReaderReadsEveryKindOfMember() throws {
        let reader = try DataReader(event(#"{"n":7,"b":true,"s":"x","l":[1],"o":{"k":null}}"#))
        #expect(reader.integer("n") == 7)
        #expect(reader.integer("s") == nil)
        #expect(reader.bool("b") == true)
        #expect(reader.bool("n") == nil)
        #expect(reader.string("n") == nil)
        #expect(reader.members(of: reader.root).map(\.name) == ["n", "b", "s", "l", "o"])
        #expect(reader.value(of: reader.root)["o"] == ["k": nil])
    }

    @Test func withheldAndBrokenContentHasNoReader() throws {
        let entry = try Event(line: Array(EventLineTests.entry.utf8))
        #expect(throws: JournalError(.invalidEvent, "")) { try DataReader(entry) }
        let broken = EventLineTests.golden.replacing("}]}}", with: "]}}")
        let event = try Event(line: Array(broken.utf8))
        #expect(throws: JournalError(.invalidEvent, "")) { try event.data() }
    }

    @Test func eventsAreEqualWhereTheirLinesAre() throws {
        let event = try Event(line: Array(EventLineTests.golden.utf8))
        let entry = try Event(line: Array(EventLineTests.entry.utf8))
        #expect(Set([event, event, entry]).count == 2)
        #expect(event != entry)
        #expect(Salt.random() != Salt.random())
        #expect(Set([EventData(["a": 1]), EventData(["a": 1])]).count == 1)
    }
}
