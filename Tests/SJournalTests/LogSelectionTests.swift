import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("Which events log shows")
struct LogSelectionTests {
    /// The sequence numbers that a command line shows.
    private func sequences(_ sample: SampleJournal, _ words: String...) async throws -> [Int64] {
        let run = await InProcess.run(["-j", sample.path, "log", "--json"] + words)
        #expect(run.errors.isEmpty, "\(run.errors)")
        return try run.lines.compactMap { try JSONValue(parsing: $0)["seq"]?.integer }
    }

    @Test("the newest first, so many, of a session or of all, page by page")
    func backwards() async throws {
        let sample = try await SampleJournal()
        #expect(try await sequences(sample, "--reverse") == Array((1...11).reversed()))
        #expect(try await sequences(sample, "--reverse", "--limit", "3") == [11, 10, 9])
        #expect(try await sequences(sample, "-r", "-n", "3", "--to", "8") == [8, 7, 6])
        #expect(try await sequences(sample, "chat-1", "-r", "-n", "2") == [9, 8])
        #expect(try await sequences(sample, "--limit", "2") == [1, 2])
        #expect(try await sequences(sample, "--kind", "message.*", "-r", "-n", "2") == [11, 8])
        #expect(try await sequences(sample, "--kind", "session.created", "-r") == [10, 1])
        #expect(try await sequences(sample, "--actor", "agent:b", "-r", "-n", "1") == [6])
    }

    @Test("what the journal took within a time, its ends among it, or on a day")
    func times() async throws {
        let sample = try await SampleJournal()
        let all = try await InProcess.run(["-j", sample.path, "log", "--json"]).lines.map {
            try JSONValue(parsing: $0)["time"]?.string ?? ""
        }
        #expect(try await sequences(sample, "--since", all[4]) == Array(5...11))
        #expect(try await sequences(sample, "--until", all[4]) == Array(1...5))
        #expect(
            try await sequences(sample, "--since", all[2], "--until", all[4], "-r") == [5, 4, 3])
        #expect(try await sequences(sample, "--since", "2026-11-21") == Array(1...11))
        #expect(try await sequences(sample, "--until", "2026-11-21") == Array(1...11))
        #expect(try await sequences(sample, "--until", "2026-11-20").isEmpty)
        #expect(try await sequences(sample, "--since", "2026-11-22").isEmpty)
    }

    @Test(
        "what makes no sense is refused",
        arguments: [
            (["--since", "soon"], "\"soon\" is no time for --since"),
            (["--until", "41"], "\"41\" is no time for --until"),
            (["--since", "2026-11-22", "--until", "2026-11-21"], "--until comes before --since"),
            (["--limit", "0"], "\"0\" is no sequence number for --limit"),
            (["--follow", "--reverse"], "--follow goes forwards"),
            (["--follow", "--limit", "3"], "--follow has no end; leave out --limit"),
            (["--follow", "--until", "2026-11-21"], "--follow has no end; leave out --until"),
        ])
    func refuses(words: [String], message: String) async throws {
        let run = try await InProcess.run(["-j", SampleJournal().path, "log"] + words)
        #expect(run.status == .usage)
        #expect(run.errors.hasPrefix("sjournal: \(message)"), "\(run.errors)")
    }
}
