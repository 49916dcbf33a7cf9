import Foundation

/// Programs in Python, which make files that we do not write ourselves.
enum Python {
    struct Failed: Error { let words: String }

    /// Runs a program; its arguments are `sys.argv[1:]`.
    static func run(_ program: String, _ arguments: String...) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program] + arguments
        let errors = Pipe()
        process.standardError = errors
        try process.run()
        let words = errors.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else {
            throw Failed(words: String(decoding: words, as: UTF8.self))
        }
    }
}
