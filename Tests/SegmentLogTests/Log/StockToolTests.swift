import Foundation
import JournalTestKit
import Testing

@testable import SegmentLog

/// Tools that nobody here wrote read the segments to their end, whatever state they are in.
@Suite struct StockToolTests {
    /// Runs a program found on the PATH; nil where there is none of that name.
    private static func output(
        of program: String, _ arguments: [String]
    ) throws -> (status: Int32, lines: [String])? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
        let paths = folders.map { "\($0)/\(program)" }
        guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
            return nil
        }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self)
        return (process.terminationStatus, text.split(separator: "\n").map(String.init))
    }

    private static var hasLZ4: Bool { (try? output(of: "lz4", ["--version"])) != nil }

    private static var hasPythonLZ4: Bool {
        (try? output(of: "python3", ["-c", "import lz4.frame"]))?.status == 0
    }

    private static let reader = """
        import lz4.frame, sys
        for path in sys.argv[1:]:
            with lz4.frame.open(path) as lines:
                for line in lines:
                    sys.stdout.write(line.decode())
        """

    /// Takes a log through its states on the real disk, and reads its files with `read` in each.
    private func eachState(_ read: ([String]) throws -> (status: Int32, lines: [String])?) throws {
        let directory = try TemporaryDirectory()
        let path = directory.path
        let disk = PosixFileSystem()
        try SegmentLog.create(directory: path, fileSystem: disk, journalID: LogRig.journal)
        func open() throws -> SegmentLog {
            try SegmentLog.open(
                directory: path, fileSystem: disk, journalID: LogRig.journal, mode: .writer,
                semantics: LogRig.semantics, sealing: .inline)
        }
        func expectAll(_ count: Int, _ state: Comment) throws {
            let names = try disk.names(in: path + "/segments")
            let found = try #require(try read(names.map { "\(path)/segments/\($0)" }))
            #expect(found.status == 0, state)
            #expect(found.lines.count == count, state)
            let sequences = Set(found.lines.compactMap { $0.split(separator: " ").first })
            #expect(sequences.count == count, state)
        }
        try expectAll(0, "just made")
        var log = try open()
        try expectAll(0, "just opened")
        try log.append(LogRig.lines(from: 1, count: 4))
        try expectAll(4, "with space added ahead")
        try log.append(LogRig.lines(from: 5, count: 100, size: 3_000))
        try expectAll(104, "with space added behind a tail")
        try log.append(LogRig.lines(from: 105, count: 1))
        try expectAll(105, "appended once more")
        try log.close()
        try expectAll(105, "closed")
        log = try open()
        try log.append(LogRig.lines(from: 106, count: 2))
        try expectAll(107, "opened again and appended")
        try log.rotateAndSeal()
        try log.append(LogRig.lines(from: 108, count: 3))
        try expectAll(110, "sealed, and appended to the next")
        try log.close()
        try expectAll(110, "sealed and closed")
    }

    @Test(.enabled(if: hasLZ4, "needs the lz4 command"))
    func lz4ReadsEveryState() throws {
        try eachState { try Self.output(of: "lz4", ["-dcm"] + $0) }
    }

    @Test(.enabled(if: hasPythonLZ4, "needs Python's lz4 module"))
    func pythonReadsEveryState() throws {
        try eachState { try Self.output(of: "python3", ["-c", Self.reader] + $0) }
    }
}
