import JournalTestKit
@testable import SessionJournal
import Testing

struct JSONValueTests {
    private func parse(_ text: String) throws -> JSONValue { try JSONValue(parsing: text) }

    /// Numbers keep what was written.
    @Test(
        arguments: [
            ("0", .integer(0)), ("-1", .integer(-1)), ("9223372036854775807", .integer(.max)),
            ("-9223372036854775808", .integer(.min)),
            ("9223372036854775808", .number("9223372036854775808")),
            ("-9223372036854775809", .number("-9223372036854775809")), ("-0", .number("-0")),
            ("1.0", .number("1.0")), ("1E5", .number("1E5")), ("1e400", .number("1e400")),
            ("123456789012345678901234567890.123", .number("123456789012345678901234567890.123")),
        ] as [(String, JSONValue)])
    func keepsNumbers(_ text: String, _ value: JSONValue) throws {
        #expect(try parse(text) == value)
        #expect(value.description == text)
    }

    /// A surrogate without its other half is accepted and reads as U+FFFD.
    @Test(arguments: [
        (#""\ud83d\ude00""#, "😀"), (#""\uD83D\uDE00""#, "😀"), (#""\ud83d""#, "\u{FFFD}"),
        (#""\ude00""#, "\u{FFFD}"), (#""\ud83dx""#, "\u{FFFD}x"),
        (#""\ud83d\n""#, "\u{FFFD}\n"), (#""\ud83d\u0041""#, "\u{FFFD}A"),
        (#""\ud83d\ud83d\ude00""#, "\u{FFFD}😀"), (#""\u0000""#, "\0"),
        (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"), (#""\u00e9é""#, "éé"),
    ])
    func readsEscapes(_ text: String, _ string: String) throws {
        let parsed = try #require(try parse(text).string)
        #expect(Array(parsed.utf8) == Array(string.utf8))
    }

    @Test func writesTheShortestEscapes() {
        let value: JSONValue = [
            "\"\\\n\r\t\u{8}\u{C}": "\u{0}\u{1f}\u{7f}/é😀\u{2028}", "n": nil, "b": [true, false],
        ]
        #expect(
            value.description
                == #"{"\"\\\n\r\t\b\f":"\u0000\u001f"# + "\u{7f}/é😀\u{2028}"
                + #"","n":null,"b":[true,false]}"#)
    }

    @Test func literalsAndAccessors() {
        let value: JSONValue = ["a": [1, 2.5, "x", true, nil], "b": ["c": "d"]]
        #expect(value["a"]?[0]?.integer == 1)
        #expect(value["a"]?[1]?.double == 2.5)
        #expect(value["a"]?[0]?.double == 1)
        #expect(value["a"]?[2]?.string == "x")
        #expect(value["a"]?[3]?.bool == true)
        #expect(value["a"]?[4]?.isNull == true)
        #expect(value["a"]?[5] == nil)
        #expect(value["a"]?[-1] == nil)
        #expect(value["a"]?.array?.count == 5)
        #expect(value["b"]?.object?["c"] == "d")
        #expect(value["a"]?["c"] == nil)
        #expect(value[0] == nil)
        #expect(value.string == nil)
        #expect(value.bool == nil)
        #expect(value.integer == nil)
        #expect(value.double == nil)
        #expect(JSONValue.null.object == nil)
        #expect(JSONValue.null.array == nil)
        #expect(JSONValue(Double.infinity) == .null)
        #expect(JSONValue(UInt64.max) == .number("18446744073709551615"))
        #expect(JSONValue(nil as String?) == .null)
    }

    @Test func objectsKeepOrderAndDuplicates() throws {
        let object = try #require(try parse(#"{"b":1,"a":2,"b":3}"#).object)
        #expect(object.names == ["b", "a", "b"])
        #expect(object.count == 3)
        #expect(object["b"] == 3)
        #expect(object == ["a": 2, "b": 3])
        #expect(object.hashValue == (["a": 2, "b": 3] as JSONObject).hashValue)
        #expect(object != ["a": 2, "b": 1])
        #expect(object.description == #"{"b":1,"a":2,"b":3}"#)
        var changed = object
        changed["b"] = 4
        changed["c"] = 5
        #expect(changed.description == #"{"b":1,"a":2,"b":4,"c":5}"#)
        changed["b"] = nil
        #expect(changed.description == #"{"a":2,"c":5}"#)
        #expect(changed.map(\.name) == ["a", "c"])
        #expect(JSONObject().isEmpty)
    }

    @Test func saysWhatIsWrong() {
        #expect(throws: JSONError(.invalidLiteral, offset: 1)) { try parse("[nul]") }
        #expect(
            JSONError(.invalidLiteral, offset: 1).description
                == "not JSON at byte 1: neither true, false nor null")
    }
}

/// RFC 6901.
struct JSONPointerTests {
    static let text =
        #"{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"#
        + #""m~n":8,"o":{"0":[[9]]}}"#

    @Test(arguments: [
        ("/foo/0", #""bar""#), ("/foo/1", #""baz""#), ("/", "0"), ("/a~1b", "1"), ("/c%d", "2"),
        ("/e^f", "3"), ("/g|h", "4"), ("/i\\j", "5"), ("/k\"l", "6"), ("/ ", "7"), ("/m~0n", "8"),
        ("/o/0/0/0", "9"),
    ])
    func leadsSomewhere(_ pointer: String, _ expected: String) throws {
        let json = try ParsedJSON(Self.text)
        let node = try #require(json.resolve(pointer))
        #expect(json.value(node).description == expected)
        #expect(json.resolve("") == json.root)
    }

    @Test(arguments: [
        "foo", "/foo/2", "/foo/-", "/foo/00", "/foo/01", "/foo/+1", "/foo/", "/foo/0/x", "/bar",
        "/~", "/~2", "/m~", "/foo/99999999999999999999", "/o/00",
    ])
    func leadsNowhere(_ pointer: String) throws {
        #expect(try ParsedJSON(Self.text).resolve(pointer) == nil)
    }
}
