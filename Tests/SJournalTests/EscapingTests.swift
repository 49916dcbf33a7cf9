import Testing

@testable import SJournal

@Suite("Foreign text on a terminal")
struct EscapingTests {
    static let hostile: [UInt32] =
        Array(0x00...0x1F) + Array(0x7F...0x9F)
        + [0x061C, 0x200E, 0x200F] + Array(0x202A...0x202E) + Array(0x2066...0x2069)
        + [0x2028, 0x2029, 0xFEFF, 0xFFF9, 0xFFFA, 0xFFFB] + Array(0xE0000...0xE007F)

    @Test("every control, bidi control, separator and tag is spelled out", arguments: hostile)
    func everyHostileScalar(value: UInt32) throws {
        let scalar = try #require(Unicode.Scalar(value))
        let escaped = Escaping.escaped("a\(scalar)b")
        #expect(!escaped.unicodeScalars.contains(where: Escaping.isHostile))
        #expect(escaped.hasPrefix("a\\"))
        #expect(escaped.hasSuffix("b"))
    }

    @Test("every hostile scalar in JSON becomes another spelling of the same value")
    func everyHostileScalarInJSON() throws {
        for value in Self.hostile where value != 0x0A {
            let scalar = try #require(Unicode.Scalar(value))
            let escaped = Escaping.escapedJSON(Array("\"\(scalar)\"".utf8))
            let units = UTF16.encode(scalar)!.map { unit in
                "\\u" + String(repeating: "0", count: 4 - String(unit, radix: 16).count)
                    + String(unit, radix: 16)
            }
            #expect(String(decoding: escaped, as: UTF8.self) == "\"\(units.joined())\"")
        }
    }

    @Test("a sequence that would clear the screen is shown as its letters")
    func escapeSequence() {
        #expect(Escaping.escaped("\u{1B}[2J\u{7}") == "\\u{1b}[2J\\u{7}")
        #expect(Escaping.escaped("one\ntwo\tthree\r") == "one\\ntwo\\tthree\\r")
        #expect(Escaping.escaped("\u{9B}31m") == "\\u{9b}31m")
    }

    @Test("what is not hostile stays", arguments: ["plain", "Grüße", "漢字", "👩‍👩‍👧", "e\u{301}", ""])
    func harmless(text: String) {
        #expect(Escaping.escaped(text) == text)
        #expect(Escaping.escapedJSON(Array(text.utf8)) == Array(text.utf8))
    }

    @Test("interpolated text is escaped, the program's own words and numbers are not")
    func interpolation() {
        let foreign = "\u{1B}]0;owned\u{7}"
        let shown: Shown = "name \(foreign), \(foreign[...], .name), \(1234567)"
        #expect(
            shown.rendered(isColoured: false)
                == "name \\u{1b}]0;owned\\u{7}, \\u{1b}]0;owned\\u{7}, 1,234,567")
        #expect(Shown(foreign).rendered(isColoured: true) == "\\u{1b}]0;owned\\u{7}")
    }

    @Test("style shows only where colour is wanted")
    func colour() {
        let shown: Shown = "a \("b", .bad)"
        #expect(shown.rendered(isColoured: false) == "a b")
        #expect(shown.rendered(isColoured: true) == "a \u{1B}[1;31mb\u{1B}[0m")
        #expect(shown.width == 3)
    }
}
