import SessionJournal
import Testing

@testable import Transcripts

#if Stores
/// MessagePack as JSON, and back by the eye.
@Suite struct MessagePackTextTests {
    private static func text(_ bytes: [UInt8]) -> String? {
        MessagePackText.json(bytes).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func everyKindOfValueHasItsWords() {
        let cases: [([UInt8], String)] = [
            ([0xC0], "null"), ([0xC2], "false"), ([0xC3], "true"), ([0x7F], "127"),
            ([0xCC, 0x80], "128"), ([0xCD, 0x01, 0x00], "256"),
            ([0xCE, 0, 1, 0, 0], "65536"),
            ([0xCF] + Array(repeating: 0xFF, count: 8), "18446744073709551615"),
            ([0xFF], "-1"), ([0xE0], "-32"), ([0xD0, 0xDF], "-33"), ([0xD1, 0xFF, 0x00], "-256"),
            ([0xD2, 0x80, 0, 0, 0], "-2147483648"),
            ([0xD3, 0x80, 0, 0, 0, 0, 0, 0, 0], "-9223372036854775808"),
            ([0xCB, 0x3F, 0xF8, 0, 0, 0, 0, 0, 0], "1.5"),
            ([0xCB, 0x80, 0, 0, 0, 0, 0, 0, 0], "-0.0"),
            ([0xCB, 0x7F, 0xF0, 0, 0, 0, 0, 0, 0], "{\"$float\":\"inf\"}"),
            ([0xCB, 0x7F, 0xF8, 0, 0, 0, 0, 0, 0], "{\"$float\":\"7ff8000000000000\"}"),
            ([0xCA, 0x3F, 0xC0, 0, 0], "{\"$float32\":1.5}"),
            ([0xA2, 0x61, 0x22], "\"a\\\"\""), ([0xC4, 2, 0, 0xFF], "{\"$bin\":\"AP8=\"}"),
            ([0x92, 1, 0x90], "[1,[]]"), ([0x81, 0xA1, 0x61, 0xC0], "{\"a\":null}"),
            ([0x81, 1, 0xA1, 0x61], "{\"$map\":[[1,\"a\"]]}"),
            ([0x81, 0xA1, 0x24, 1], "{\"$map\":[[\"$\",1]]}"),
            ([0x82, 0xA1, 0x61, 0x80, 2, 0x91, 3], "{\"$map\":[[\"a\",{}],[2,[3]]]}"),
            ([0xD4, 5, 7], "{\"$ext\":5,\"value\":7}"),
            ([0xD5, 0xFF, 7, 7], "{\"$ext\":-1,\"base64\":\"Bwc=\"}"),
        ]
        for (bytes, expected) in cases { #expect(Self.text(bytes) == expected) }
    }

    /// What would not come back, or is no MessagePack, has no text.
    @Test func otherSpellingsAndDamageHaveNone() {
        let cases: [[UInt8]] = [
            [], [0xC1], [0xCC, 0x7F], [0xD0, 1], [0xD9, 1, 0x61], [0xC7, 1, 5, 7], [0xC0, 0xC0],
            [0xA1, 0xFF], [0x92, 1], [0xCE, 0], [0xDC, 0, 1, 0xC0], [0xD9, 0xFF, 0x61],
            [0xDD, 0xFF, 0xFF, 0xFF, 0xFF], [0xDF, 0xFF, 0xFF, 0xFF, 0xFF, 0xC0],
            [0xC6, 0xFF, 0xFF, 0xFF, 0xFF], Array(repeating: 0x91, count: 100_000),
        ]
        for bytes in cases { #expect(Self.text(bytes) == nil, "\(bytes.prefix(10))") }
        let deep = Array(repeating: UInt8(0x91), count: 100) + [0xC0]
        #expect(Self.text(deep)?.count == 204)
        #expect(MessagePackText.json(Array(repeating: 0xC0, count: 1), sizeLimit: 3) == nil)
    }

    /// Maps whose keys are maps, and extensions in extensions, cost no more than their size.
    @Test(.timeLimit(.minutes(1))) func whatIsNestedIsReadOnce() {
        let maps =
            Array(repeating: UInt8(0x81), count: 100) + [0xC0]
            + Array(
                repeating: UInt8(0xC0), count: 100)
        #expect(Self.text(maps)?.hasPrefix("{\"$map\":[[{\"$map\":") == true)
        var ext: [UInt8] = [0xC1]
        for _ in 0..<100 where ext.count < 250 {
            ext = [0xC7, UInt8(ext.count), 5] + ext
        }
        #expect(Self.text(ext)?.hasPrefix("{\"$ext\":5,\"value\":{\"$ext\":5") == true)
    }

    @Test func anyBytesAreBoundedAndAreJSON() throws {
        var random = Seeded(7)
        var read = 0
        for _ in 0..<20_000 {
            let bytes = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            guard let text = MessagePackText.json(bytes) else { continue }
            read += 1
            _ = try JSONValue(parsing: text.span)
            #expect(text.count <= 64 * bytes.count)
        }
        #expect(read > 100)
    }
}
#endif
