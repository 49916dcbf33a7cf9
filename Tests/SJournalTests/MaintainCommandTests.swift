import SessionJournal
import Testing

@testable import SJournal

@Suite("Maintenance on the command line")
struct MaintainCommandTests {
    @Test("what a timer runs: a line a step, and nothing lost")
    func once() async throws {
        let sample = try await SampleJournal()
        let before = await sample.run("show", "chat-1")
        let run = await sample.run("maintain", "--reason", "nightly")
        #expect(run.status == .done, "\(run.errors)")
        for step in ["retain", "seal", "snapshot", "verify"] {
            #expect(run.lines.contains { $0.hasPrefix(step) }, "\(step)\n\(run.output)")
        }
        #expect(!run.output.contains("backup") && !run.output.contains("prune"))
        #expect(run.lines.allSatisfy { $0.count <= 80 })
        #expect(run.output.contains("everything: whole"))
        #expect(await sample.run("show", "chat-1").output == before.output)
        // The next one verifies nothing so soon after.
        let again = await sample.run("maintain", "--json")
        let verify = try again.lines.map { try JSONValue(parsing: $0) }.first {
            $0["step"] == "verify"
        }
        #expect(verify?["outcome"] == "not_due")
    }

    @Test("steps that are asked for, with their options")
    func steps() async throws {
        let sample = try await SampleJournal()
        let folder = sample.scratch.path("backups")
        let run = await sample.run(
            "maintain", "--only", "backup", "--only", "prune", "--only", "compact", "--backup",
            folder, "--keep", "2", "--prune-messages", "count", "--max-messages", "1",
            "--compact-keep-messages", "1", "--archive", sample.scratch.path("old"), "--rate", "0")
        #expect(run.status == .done, "\(run.errors)\(run.output)")
        #expect(
            run.lines.map { $0.split(separator: " ").first ?? "" }.dropFirst()
                == ["prune", "compact", "backup"])
        #expect(run.output.contains("generation 1:"))
        #expect(await sample.run("backup", "--verify", folder).status == .done)
        #expect(await sample.run("compact", "--check").status == .done)
        let skipped = await sample.run(
            "maintain", "--skip", "verify", "--skip", "index", "--json")
        #expect(
            try skipped.lines.map { try JSONValue(parsing: $0)["step"]?.string }
                == ["retain", "seal", "snapshot"])
    }

    @Test("a step that cannot be done is said, and the others are done")
    func failures() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("maintain", "--backup", sample.path)
        #expect(run.status == .negative)
        #expect(run.output.contains("failed: ") && run.output.contains("everything: whole"))
    }

    @Test(
        "options that would do nothing are refused",
        arguments: [
            (["--only", "dust"], "is no step"), (["--only", "backup"], "needs --backup"),
            (["--only", "prune"], "--prune-sessions or --prune-messages"),
            (["--keep", "3"], "goes with --backup"),
            (["--archive", "x"], "--compact-older-than"),
            (["--max-sessions", "3", "--prune-sessions", "ttl"], "--prune-sessions lru or lfu"),
            (["--prune-sessions", "age"], "not by age"),
            (["--prune-messages", "size"], "not by size"), (["--every", "0"], "needs a time"),
            (["--seal-after", "soon"], "no span of time"),
        ])
    func refusals(_ words: [String], _ part: String) async throws {
        let sample = try await SampleJournal()
        let run = await InProcess.run(["-j", sample.path, "maintain"] + words)
        #expect(run.status == .usage && run.errors.contains(part), "\(run.errors)")
    }

    @Test("again and again, until it is stopped")
    func again() async throws {
        let sample = try await SampleJournal()
        let path = sample.path
        let task = Task {
            let words = ["maintain", "--every", "1", "--only", "verify", "--verify-every", "0"]
            _ = await InProcess.run(["-j", path] + words)
        }
        var count = 0
        while count < 2 {
            try await Task.sleep(for: .milliseconds(50))
            let journal = try await Journal.open(readingAt: path)
            count = try await journal.verifications().count
            try await journal.close()
        }
        task.cancel()
        await task.value
    }
}
