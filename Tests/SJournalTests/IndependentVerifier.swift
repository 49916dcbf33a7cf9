import Foundation
import JournalTestKit
import SessionJournal
import Testing

/// `tools/verify.py`, as tests run it.
enum IndependentVerifier {
    static let path = Pages.root.path + "/tools/verify.py"

    /// Whether a Python that can run it is on the PATH.
    static let isHere = {
        let probe = "import sys, lz4.frame; sys.exit(sys.version_info < (3, 11))"
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", probe]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// What it answered, and with which status.
    struct Answer {
        var status: Int32
        var value: JSONValue

        subscript(_ key: String) -> JSONValue? { value[key] }
        var verdict: String { value["verdict"]?.string ?? "" }
        var findings: String { String(describing: value["findings"]) }
        var notes: String { String(describing: value["notes"]) }
    }

    /// The command line that verifies a journal, or a proof where the words say so.
    static func call(_ words: String) -> String { "python3 -B '\(path)' --json \(words)" }

    /// Its answer, which is one JSON document whatever it was given.
    static func answer(_ run: ProcessRun) throws -> Answer {
        #expect(run.errors.isEmpty)
        return Answer(status: run.status, value: try JSONValue(parsing: run.output))
    }
}
