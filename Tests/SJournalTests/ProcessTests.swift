import Foundation
import Testing

@testable import SJournal

@Suite("The program as a process")
struct ProcessTests {
    let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func run(
        _ script: String, environment: [String: String] = [:]
    ) throws -> ProcessRun {
        try ProcessRun.shell(script, in: scratch.url, environment: environment)
    }

    @Test("version and help answer on standard output with status 0")
    func help() throws {
        let version = try run("sjournal --version")
        #expect(version.status == 0)
        #expect(version.output == "sjournal \(Tool.version)\n")
        for script in ["sjournal", "sjournal help", "sjournal --help"] {
            let run = try run(script)
            #expect(run.status == 0)
            #expect(run.output.contains("Usage: sjournal"))
            #expect(run.errors.isEmpty)
        }
        for command in Tool.commands {
            let run = try run("sjournal help \(command.spec.name)")
            #expect(run.status == 0)
            #expect(run.output.hasPrefix(command.spec.summary))
        }
    }

    @Test(
        "a wrong command line is one line on standard error and status 2",
        arguments: [
            "sjournal frobnicate", "sjournal help frobnicate", "sjournal init --frobnicate",
            "sjournal init extra", "sjournal -j", "sjournal -j '' init",
            "env -u HOME sjournal init", "sjournal $'\\e[2J'", "sjournal init $'\\u202e'",
        ])
    func usage(script: String) throws {
        let run = try run(script)
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.output.isEmpty)
        #expect(run.errors.hasPrefix("sjournal: "))
        #expect(run.errors.filter { $0 == "\n" }.count == 1)
        #expect(!run.errors.dropLast().unicodeScalars.contains(where: Escaping.isHostile))
    }

    @Test("a reader that goes away is no failure; a full disk is one")
    func output() throws {
        let gone = try run("set -o pipefail; sjournal help | (exec 0<&-; sleep 0.2)")
        #expect(gone.status == 0)
        #expect(gone.errors.isEmpty)
        let full = try run("sjournal help > /dev/full")
        #expect(full.status == 3)
        #expect(
            full.errors == """
                sjournal: the answer could not be written: No space left on device; it is not \
                complete

                """)
        let closed = try run("sjournal help >&-")
        #expect(closed.status == 3)
    }
}
