import SessionJournal
import Testing

@testable import Transcripts

@Suite struct PieceTests {
    /// The pieces of some bytes, and their counts; checks that pieces and gaps are the bytes again.
    private func pieces(_ bytes: [UInt8]) throws -> (found: [String], counts: LineCounts) {
        var scanner = PieceScanner(window: FileWindow(bytes: bytes))
        var found: [String] = []
        var again: [UInt8] = []
        while let item = try scanner.next() {
            switch item {
            case .gap(let range):
                again += scanner.window.bytes[range]
            case .piece(let piece):
                again += scanner.window.bytes[piece.range]
                let text = String(decoding: scanner.window.bytes[piece.range], as: UTF8.self)
                switch piece.kind {
                case .object: found.append("object \(text)")
                case .text: found.append("text \(text)")
                case .document(let lines): found.append("document \(lines)")
                case .long(_, let size, _): found.append("long \(size)")
                }
            }
        }
        #expect(again == bytes)
        return (found, scanner.counts)
    }

    private func pieces(_ text: String) throws -> (found: [String], counts: LineCounts) {
        try pieces([UInt8](text.utf8))
    }

    @Test func linesAreObjects() throws {
        let (found, counts) = try pieces("{\"a\":1}\n {\"b\":2} \r\n\n{\"c\":3}")
        #expect(found == ["object {\"a\":1}", "object {\"b\":2}", "object {\"c\":3}"])
        #expect(counts.lines == 4)
        #expect(counts.malformed == 1)
    }

    @Test func whatIsNoObjectIsText() throws {
        let (found, counts) = try pieces("42\n[1]\n\"x\"\nnonsense\n{\"a\":\n")
        #expect(found == ["text 42", "text [1]", "text \"x\"", "text nonsense", "text {\"a\":"])
        #expect(counts.malformed == 5)
        #expect(counts.glued == 0)
    }

    @Test func gluedObjectsAreSeveralPieces() throws {
        let (found, counts) = try pieces("{\"a\":1}{\"b\":2} {\"c\":3}\n{}\n")
        #expect(
            found == ["object {\"a\":1}", "object {\"b\":2}", "object {\"c\":3}", "object {}"])
        #expect(counts == counts)
        #expect(counts.glued == 1)
        #expect(counts.malformed == 1)
        #expect(counts.lines == 2)
    }

    @Test(arguments: [
        #"{"type":"us"#, #"{"type":"#, #"{"type":"user""#, #"{"type":"user","#, #"{"a":[1,{"b":"#,
        #"{"text":"a\"#, #"{"text":"\u00"#, #"{"#, #"{"a":{"b":[{"c":1},{"d""#,
    ])
    func aTornLineRunsIntoAGoodOne(torn: String) throws {
        let good = #"{"type":"user","uuid":"u1","message":{"content":[{"type":"text"}]}}"#
        let (found, counts) = try pieces("\(torn)\(good)\n\(good)\n")
        #expect(found == ["text \(torn)", "object \(good)", "object \(good)"])
        #expect(counts.glued == 1)
        #expect(counts.malformed == 1)
    }

    @Test func aGoodLineRunsIntoATornOne() throws {
        let (found, counts) = try pieces("{\"a\":1}{\"type\":\"us\n{\"b\":2}\n")
        #expect(found == ["object {\"a\":1}", "text {\"type\":\"us", "object {\"b\":2}"])
        #expect(counts.glued == 1)
    }

    @Test func aTornLineKeepsTheObjectsInsideIt() throws {
        let torn = #"{"type":"user","message":{"content":[{"type":"text","text":"x"}"#
        let (found, _) = try pieces(torn + "\n")
        #expect(found == ["text \(torn)"])
    }

    @Test func aDocumentOverLinesIsOnePiece() throws {
        let document = "{\n  \"a\": [\n    1\n  ]\n}"
        let (found, counts) = try pieces("{\"x\":1}\n\(document)\n{\"y\":2}\n")
        #expect(found == ["object {\"x\":1}", "document 5", "object {\"y\":2}"])
        #expect(counts.lines == 7)
        #expect(counts.malformed == 5)
        #expect(counts.documents == 1)
    }

    @Test func tornLinesAreNoDocument() throws {
        // Together they would be one document, but the second is a line by itself.
        let (found, counts) = try pieces("{\"a\":\n{\"b\":1}\n}\n")
        #expect(found == ["text {\"a\":", "object {\"b\":1}", "text }"])
        #expect(counts.documents == 0)
        #expect(counts.malformed == 2)
    }

    @Test func carriageReturnsInsideAnObjectMakeItText() throws {
        let (found, counts) = try pieces("{\"a\":\r1}\n")
        #expect(found == ["text {\"a\":\r1}"])
        #expect(counts.malformed == 0)
    }

    @Test func anyBytesComeBack() throws {
        _ = try pieces([])
        _ = try pieces([0xFF, 0xFE, 0x0A, 0x00, 0x00, 0x0A, 0x7B, 0xFF, 0x7D])
        _ = try pieces("\u{FEFF}{\"type\":\"user\",\"uuid\":\"u\"}\n")
        _ = try pieces(String(repeating: "\n", count: 500))
        _ = try pieces(
            String(repeating: " ", count: 500) + "{}" + String(repeating: "\t", count: 99))
        _ = try pieces(String(repeating: "{}", count: 10_000) + "\n")
        _ = try pieces(
            String(repeating: "[", count: 3_000) + "\n" + String(repeating: "[\n", count: 3_000))
        _ = try pieces(String(repeating: "{\"", count: 20_000))
    }

    @Test func aLineAboveTheLimitIsReadPast() throws {
        let long = [UInt8](repeating: 0x61, count: PieceScanner.lineLimit + 9)
        var scanner = PieceScanner(
            window: FileWindow(bytes: long + [0x0A] + [UInt8]("{}\n".utf8)))
        var kinds: [String] = []
        while let item = try scanner.next() {
            guard case .piece(let piece) = item else { continue }
            switch piece.kind {
            case .long(let offset, let size, let digest):
                #expect(offset == 0)
                #expect(size == UInt64(long.count))
                #expect(digest == Digest(hashing: long.span))
                kinds.append("long")
            default: kinds.append("other")
            }
        }
        #expect(kinds == ["long", "other"])
    }

    @Test func keysTellPiecesApart() {
        var seen: Set<PieceKey> = []
        for count in 0..<200 {
            seen.insert(PieceKey([UInt8](repeating: 0, count: count).span))
            seen.insert(PieceKey([UInt8](repeating: 0x61, count: count).span))
        }
        #expect(seen.count == 399)
        let text: [UInt8] = Array("the same".utf8)
        #expect(PieceKey(text.span) == PieceKey(Array("the same".utf8).span))
    }
}
