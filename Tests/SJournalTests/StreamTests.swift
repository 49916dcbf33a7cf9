import Foundation
import Testing

@testable import SJournal

@Suite("Bytes in and out")
struct StreamTests {
    private func lines(_ input: ByteInput) throws -> [String] {
        var lines: [String] = []
        while let line = try input.line() { lines.append(String(decoding: line, as: UTF8.self)) }
        return lines
    }

    @Test("input comes in lines, the last one with or without its newline")
    func memoryInput() throws {
        #expect(try lines(ByteInput(bytes: Array("a\n\nb".utf8))) == ["a", "", "b"])
        #expect(try lines(ByteInput(bytes: Array("a\n".utf8))) == ["a"])
        #expect(try lines(ByteInput(bytes: [])).isEmpty)
    }

    @Test("lines longer than a read arrive whole, and input that cannot be read says why")
    func descriptorInput() throws {
        let scratch = try ScratchDirectory()
        let long = String(repeating: "x", count: 700_000)
        try "\(long)\nshort\n\(long)".write(
            toFile: scratch.path("lines"), atomically: true, encoding: .utf8)
        let file = try #require(FileHandle(forReadingAtPath: scratch.path("lines")))
        #expect(try lines(ByteInput(descriptor: file.fileDescriptor)) == [long, "short", long])
        #expect(throws: InputFailure.self) { try ByteInput(descriptor: -1).line() }
    }

    @Test("output is buffered and arrives whole")
    func output() throws {
        let scratch = try ScratchDirectory()
        try Data().write(to: scratch.url.appendingPathComponent("out"))
        let file = try #require(FileHandle(forWritingAtPath: scratch.path("out")))
        let output = ByteOutput(descriptor: file.fileDescriptor)
        var expected: [UInt8] = []
        for number in 0..<20_000 {
            let line = Array("line \(number)\n".utf8)
            expected += line
            try output.write(line)
        }
        try output.flush()
        #expect(FileManager.default.contents(atPath: scratch.path("out")) == Data(expected))
        let nowhere = ByteOutput(descriptor: -1)
        try nowhere.write(expected[..<3])
        #expect(throws: OutputFailure.refused(9)) { try nowhere.flush() }
    }

    @Test("a terminal gets colour, progress and JSON without controls; a pipe gets bytes")
    func console() throws {
        let json = Array("{\"a\":\"\u{9B}\u{202E}é\"}".utf8)
        let pipe = Console(output: ByteOutput(), errors: ByteOutput())
        try pipe.json(json)
        try pipe.line("\("x", .bad)")
        try pipe.output.flush()
        #expect(pipe.output.collected == json + Array("\nx\n".utf8))
        let quiet = ProgressLine("importing", on: pipe)
        quiet.update(.init(bytes: 7))
        quiet.finish()
        #expect(pipe.errors.collected.isEmpty)

        let terminal = Console(output: ByteOutput(), errors: ByteOutput(), isTerminal: true)
        try terminal.json(json)
        try terminal.line("\("x", .bad)")
        try terminal.output.flush()
        #expect(
            terminal.output.collectedText
                == "{\"a\":\"\\u009b\\u202eé\"}\n\u{1B}[1;31mx\u{1B}[0m\n")
        let progress = ProgressLine("importing", on: terminal)
        progress.update(.init(files: 1, totalFiles: 2, bytes: 7, totalBytes: 70))
        progress.update(.init(files: 2, totalFiles: 2, bytes: 70, totalBytes: 70))
        progress.finish()
        progress.finish()
        #expect(
            terminal.errors.collectedText
                == "\rimporting  1 of 2 files  7 B of 70 B\u{1B}[K\r\u{1B}[K")
        terminal.note("careful")
        #expect(terminal.errors.collectedText.hasSuffix("careful\n"))
    }
}
