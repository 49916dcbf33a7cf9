import Foundation
import JournalTestKit
@testable import SessionJournal
import Testing

struct JSONDocumentTests {
    /// What the parser says of a text: nil where it is JSON.
    static func verdict(_ text: [UInt8]) -> JSONError? {
        var document = JSONDocument()
        do throws(JSONError) {
            try document.parse(text.span)
            return nil
        } catch { return error }
    }

    static let vectors = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "shared/vectors/json")

    /// JSONTestSuite: `y_` must parse, `n_` must not, `i_` may; none may trap.
    @Test(.enabled(if: FileManager.default.fileExists(atPath: vectors.path)))
    func agreesWithTheTestSuite() throws {
        let files = try FileManager.default.contentsOfDirectory(
            at: Self.vectors, includingPropertiesForKeys: nil)
        #expect(files.count > 300)
        for file in files where file.pathExtension == "json" {
            let text = [UInt8](try Data(contentsOf: file))
            let error = Self.verdict(text)
            switch file.lastPathComponent.prefix(2) {
            case "y_": #expect(error == nil, "\(file.lastPathComponent)")
            case "n_": #expect(error != nil, "\(file.lastPathComponent)")
            default: break
            }
            if error == nil { _ = try JSONValue(parsing: text).description }
        }
    }

    @Test(arguments: [
        ("", 0), (" ", 1), ("{", 1), ("[", 1), ("[1", 2), ("[1,", 3), ("[1,]", 3), ("[,", 1),
        ("{\"a\"", 4), ("{\"a\":", 5), ("{\"a\":1", 6), ("{\"a\":1,", 7), ("{\"a\":1,}", 7),
        ("{a", 1), ("{\"a\" 1}", 5), ("[1}", 2), ("{\"a\":1]", 6), ("tru", 3), ("trux", 0),
        ("nul", 3), ("fals_", 0), ("\"abc", 4), ("\"a\\", 3), ("\"a\\x\"", 2), ("\"\\u12g4\"", 1),
        ("\"\\u12", 5), ("\"a\nb\"", 2), ("01", 0), ("-", 1), ("-x", 1), ("1.", 2), ("1.x", 2),
        ("1e", 2), ("1e+", 3), ("1ex", 2), (".5", 0), ("+1", 0), ("1 2", 2), ("{} x", 3),
        ("\u{FEFF}{}", 0), ("'a'", 0), ("NaN", 0), ("[1 2]", 3), ("1.5.5", 3),
    ])
    func namesThePlace(_ text: String, _ offset: Int) {
        #expect(Self.verdict(Array(text.utf8))?.offset == offset)
    }

    @Test(
        arguments: [
            ([0x22, 0xFF, 0x22], 1), ([0x22, 0x61, 0xC3, 0x22], 2), ([0x22, 0xC0, 0x80, 0x22], 1),
            ([0x22, 0xED, 0xA0, 0x80, 0x22], 1), ([0x22, 0xF4, 0x90, 0x80, 0x80, 0x22], 1),
            ([0x20, 0x22, 0xE2, 0x82, 0x22], 2), ([0x22, 0x80, 0x22], 1),
        ] as [([UInt8], Int)])
    func refusesWhatIsNotUTF8(_ text: [UInt8], _ offset: Int) {
        #expect(Self.verdict(text) == JSONError(.invalidUTF8, offset: offset))
    }

    /// One wrong byte at every place of a word, in strings of every length.
    @Test func refusesABareContinuationByteAnywhere() {
        for count in 1...20 {
            for place in 0..<count {
                var text = [UInt8](repeating: 0x61, count: count)
                text[place] = 0xBF
                #expect(
                    Self.verdict([0x22] + text + [0x22])
                        == JSONError(.invalidUTF8, offset: place + 1))
            }
        }
    }

    @Test func nestingIsBoundedAndTakesNoStack() throws {
        func nested(_ depth: Int, _ open: String, _ close: String) -> [UInt8] {
            Array(
                (String(repeating: open, count: depth) + "1"
                    + String(repeating: close, count: depth)).utf8)
        }
        for (open, close) in [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")] {
            let step = open.hasPrefix("[{") ? 2 : 1
            #expect(Self.verdict(nested(512 / step, open, close)) == nil)
            #expect(Self.verdict(nested(512 / step + 1, open, close))?.reason == .tooDeep)
            #expect(Self.verdict(nested(100_000, open, close))?.reason == .tooDeep)
        }
        let text = nested(512, "[", "]")
        #expect(try JSONValue(parsing: text).description.utf8.count == text.count)
    }

    /// The scan steps eight bytes at a time: every special byte at every place of a word, with
    /// every other byte before it, must be seen, and nothing else.
    @Test func findsSpecialBytesAtEveryPlace() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<20 {
                for filler in [UInt8(0x20), 0x21, 0x23, 0x5B, 0x5D, 0x7F, 0x80, 0xFF] {
                    var text = [UInt8](repeating: filler, count: 20)
                    text[place] = byte
                    var seen: UInt64 = 0
                    let span = text.span
                    let end = span.skippingPlainText(from: 0, seen: &seen)
                    let isSpecial = byte == 0x22 || byte == 0x5C || byte < 0x20
                    #expect(end == (isSpecial ? place : 20))
                    guard !isSpecial else { continue }
                    let hasHigh = byte >= 0x80 || filler >= 0x80
                    #expect((seen & 0x8080_8080_8080_8080 != 0) == hasHigh)
                }
            }
        }
    }

    @Test func readsThePrefixOfGluedValues() throws {
        let text = Array(#"  {"a":1}{"a":"ü"} [2]7"#.utf8)
        var document = JSONDocument()
        var offset = 0
        var ends: [Int] = []
        for _ in 0..<4 {
            offset = try document.parsePrefix(text.span, from: offset)
            ends.append(offset)
        }
        #expect(ends == [9, 19, 23, 24])
        let last = document.integer(document.root!, in: text.span)
        #expect(last == 7)
        #expect(throws: JSONError(.unexpectedEnd, offset: 24)) {
            _ = try document.parsePrefix(text.span, from: offset)
        }
        #expect(document.root == nil)
    }

    @Test func anErrorLeavesNothingBehind() throws {
        var document = JSONDocument()
        try document.parse("[1,2]".utf8.span)
        #expect(document.root != nil)
        #expect(throws: JSONError.self) { try document.parse("[1,2".utf8.span) }
        #expect(document.root == nil)
        #expect(throws: JSONError.self) { try document.parse("[1] 2".utf8.span) }
        #expect(document.root == nil)
    }

    @Test func findsMembersAndElements() throws {
        let text =
            #"{"a":{"b":[1,[2,{"c":3}],"x"]},"\u0061":true,"long name of a member":-7,"e":"\n"}"#
        let json = try ParsedJSON(text)
        // The last duplicate wins, escaped or not.
        #expect(json.member("a")?.kind == .true)
        #expect(json.member("b") == nil)
        #expect(json.member("") == nil)
        #expect(json.integer(json.member("long name of a member")!) == -7)
        #expect(json.string(json.member("e")!) == "\n")
        #expect(json.string(json.member("a")!) == nil)
        #expect(json.integer(json.member("a")!) == nil)
        let members = Array(json.document.members(of: json.root))
        #expect(
            members.map { json.string($0.key) } == ["a", "a", "long name of a member", "e"])
        let inner = try #require(json.member("b", of: members[0].value))
        let document = json.document
        #expect(document.elements(of: inner).map(\.kind) == [.number, .array, .string])
        #expect(document.range(of: document.element(2, of: inner)!) == 25..<28)
        #expect(document.element(3, of: inner) == nil)
        #expect(document.element(-1, of: inner) == nil)
        #expect(Array(document.elements(of: json.root)).isEmpty)
        #expect(Array(document.members(of: inner)).isEmpty)
        #expect(json.member("a", of: inner) == nil)
        #expect(document.bool(members[1].value) == true)
        #expect(document.bool(inner) == nil)
    }

    /// Random documents, spelled at random, read the same here and by Foundation; and what a random
    /// byte does to them is judged the same wherever Foundation is strict.
    @Test func agreesWithFoundation() throws {
        var generator = SeededGenerator(seed: 11)
        for round in 0..<2_000 {
            let value = JSONValue.array([generator.json()])
            let text = generator.spelling(of: value)
            let ours = try JSONValue(parsing: text)
            #expect(ours == value, "round \(round)")
            let theirs = try JSONSerialization.jsonObject(with: Data(text))
            #expect(Self.agree(ours, theirs), "round \(round)")
            let compact = Array(ours.description.utf8)
            #expect(try JSONValue(parsing: compact) == value)
            #expect(
                Self.agree(ours, try JSONSerialization.jsonObject(with: Data(compact))),
                "round \(round)")

            var mutated = text
            let place = Int.random(in: mutated.indices, using: &generator)
            mutated[place] = UInt8.random(in: 0...255, using: &generator)
            // Foundation refuses numbers that no double holds; RFC 8259 does not.
            guard let value = try? JSONValue(parsing: mutated), Self.isFinite(value) else {
                continue
            }
            #expect(
                (try? JSONSerialization.jsonObject(with: Data(mutated))) != nil
                    || mutated.contains(UInt8(ascii: "\\")),
                "\(String(decoding: mutated, as: UTF8.self))")
        }
    }

    private static func isFinite(_ value: JSONValue) -> Bool {
        switch value {
        case .number(let text): Double(text).map { $0.isFinite && $0 != 0 } ?? false
        case .array(let elements): elements.allSatisfy(isFinite)
        case .object(let object): object.allSatisfy { isFinite($0.value) }
        default: true
        }
    }

    private static func agree(_ ours: JSONValue, _ theirs: Any) -> Bool {
        switch (ours, theirs) {
        case (.null, is NSNull): return true
        case (.bool(let bool), let number as NSNumber): return number.boolValue == bool
        case (.integer, let number as NSNumber), (.number, let number as NSNumber):
            guard let double = ours.double else { return false }
            return abs(double - number.doubleValue) <= abs(double) * 1e-15
        case (.string(let ours), let theirs as String):
            return Array(ours.utf8) == Array(theirs.utf8)
        case (.array(let ours), let theirs as [Any]):
            return ours.count == theirs.count && zip(ours, theirs).allSatisfy(agree)
        case (.object(let ours), let theirs as [String: Any]):
            // Names that differ in bytes may be the same text to a dictionary of strings.
            return ours.allSatisfy { member in
                theirs[member.name].map { agree(ours[member.name] ?? .null, $0) } ?? false
            }
        default: return false
        }
    }

    @Test func everyTruncationOfADocumentIsRefused() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<100 {
            var text: [UInt8] = []
            JSONValue.object(generator.jsonObject()).write(to: &text)
            for count in 0..<text.count {
                #expect(Self.verdict(Array(text.prefix(count))) != nil)
            }
        }
    }
}

/// A parsed text with its bytes, since the test macros cannot hold a span.
struct ParsedJSON {
    let bytes: [UInt8]
    let document: JSONDocument
    let root: JSONDocument.Node

    init(_ text: String) throws {
        let bytes = Array(text.utf8)
        var document = JSONDocument()
        try document.parse(bytes.span)
        self.bytes = bytes
        self.document = document
        guard let root = document.root else { throw JSONError(.unexpectedEnd, offset: 0) }
        self.root = root
    }

    func member(_ name: String, of node: JSONDocument.Node? = nil) -> JSONDocument.Node? {
        document.member(name, of: node ?? root, in: bytes.span)
    }

    func string(_ node: JSONDocument.Node) -> String? { document.string(node, in: bytes.span) }

    func integer(_ node: JSONDocument.Node) -> Int64? { document.integer(node, in: bytes.span) }

    func value(_ node: JSONDocument.Node) -> JSONValue { document.value(of: node, in: bytes.span) }

    func resolve(_ pointer: String) -> JSONDocument.Node? {
        document.resolve(pointer: pointer, from: root, in: bytes.span)
    }
}
