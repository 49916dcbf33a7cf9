import JournalTestKit
import Testing

@testable import SJournal

@Suite("Keys from bytes")
struct KeyDecoderTests {
    private static let known: [(String, [Key])] = [
        ("j", [.character("j")]), ("ä", [.character("ä")]), ("漢", [.character("漢")]),
        ("👍", [.character("👍")]), ("\r", [.enter]), ("\n", [.enter]), ("\t", [.tab]),
        ("\u{7F}", [.backspace]), ("\u{8}", [.backspace]), ("\u{3}", [.control("c")]),
        ("\u{1A}", [.control("z")]), ("\u{C}", [.control("l")]), ("\u{0}", []), ("\u{1F}", []),
        ("\u{1B}[A", [.up]), ("\u{1B}[B", [.down]), ("\u{1B}[C", [.right]), ("\u{1B}[D", [.left]),
        ("\u{1B}OA", [.up]), ("\u{1B}OH", [.home]), ("\u{1B}OM", [.enter]),
        ("\u{1B}[H", [.home]), ("\u{1B}[F", [.end]), ("\u{1B}[1~", [.home]), ("\u{1B}[7~", [.home]),
        ("\u{1B}[4~", [.end]), ("\u{1B}[8~", [.end]), ("\u{1B}[5~", [.pageUp]),
        ("\u{1B}[6~", [.pageDown]), ("\u{1B}[3~", [.delete]), ("\u{1B}[Z", [.backTab]),
        ("\u{1B}[1;5C", [.right]), ("\u{1B}[6;2~", [.pageDown]), ("\u{1B}[15~", []),
        ("\u{1B}[200~q\u{1B}[A:quit\r\u{1B}[201~k", [.character("k")]),
        ("\u{1B}jk", [.escape, .character("j"), .character("k")]),
        ("\u{1B}[1\u{3}", [.control("c")]), ("\u{1B}[M", [.enter]),
    ]

    @Test("each sequence is its key, however it is cut", arguments: known)
    func sequences(text: String, keys: [Key]) {
        let bytes = Array(text.utf8)
        for cut in 0...bytes.count {
            var decoder = KeyDecoder()
            let found = decoder.take(bytes[..<cut]) + decoder.take(bytes[cut...])
            #expect(found == keys, "cut at \(cut)")
            #expect(!decoder.isWaiting)
        }
        var decoder = KeyDecoder()
        #expect(bytes.flatMap { decoder.take([$0]) } == keys)
    }

    @Test("Escape is a key once nothing follows it")
    func escape() {
        var decoder = KeyDecoder()
        #expect(decoder.take([0x1B]).isEmpty)
        #expect(decoder.isWaiting)
        #expect(decoder.pause() == [.escape])
        #expect(!decoder.isWaiting)
        #expect(decoder.take([0x1B, UInt8(ascii: "[")]).isEmpty)
        #expect(decoder.pause() == [.escape, .character("[")])
        #expect(decoder.take([0xE6, 0xBC]).isEmpty)
        #expect(decoder.pause().isEmpty, "half of a letter is nothing")
        #expect(
            decoder.take([0x1B, 0x1B, UInt8(ascii: "["), UInt8(ascii: "A")]) == [.escape, .up])
    }

    @Test("what is no text is dropped, and what follows is not")
    func nonsense() {
        var decoder = KeyDecoder()
        #expect(decoder.take([0xFF, 0xC0, 0x80, UInt8(ascii: "a")]) == [.character("a")])
        #expect(decoder.take([0xE6, UInt8(ascii: "b")]) == [.character("b")])
        #expect(decoder.take([0xED, 0xA0, 0x80, UInt8(ascii: "c")]) == [.character("c")])
        let long = [0x1B, UInt8(ascii: "[")] + [UInt8](repeating: UInt8(ascii: "1"), count: 99)
        _ = decoder.take(long)
        #expect(!decoder.isWaiting)
    }

    @Test("whatever bytes come, in whatever pieces, nothing traps and little is kept")
    func fuzz() {
        var random = SeededGenerator(seed: 7)
        var decoder = KeyDecoder()
        let likely: [UInt8] = [0x1B, 0x5B, 0x4F, 0x7E, 0x32, 0x30, 0x31, 0x3B, 0xE6, 0xBC, 0xA2]
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...6, using: &random)
            let bytes = (0..<count).map { _ in
                Bool.random(using: &random)
                    ? likely[Int.random(in: 0..<likely.count, using: &random)]
                    : UInt8.random(in: 0...255, using: &random)
            }
            _ = decoder.take(bytes)
            if Int.random(in: 0..<5, using: &random) == 0 {
                _ = decoder.pause()
                #expect(!decoder.isWaiting)
            }
        }
    }
}
