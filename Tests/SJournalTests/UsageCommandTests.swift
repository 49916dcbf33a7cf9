import Testing

@testable import SJournal

@Suite struct UsageCommandTests {
    @Test func usageIsAddedUp() async throws {
        let sample = try await SampleJournal()
        let run = try ProcessRun.shell(
            """
            export SJOURNAL_DIR=journal
            sjournal usage; echo "status $?"
            sjournal usage chat-1 --by session --json; echo "status $?"
            sjournal usage --by day --csv; echo "status $?"
            sjournal usage --tools
            sjournal usage --changes --by actor --by value --field is_starred
            sjournal usage --changes --csv --field name
            sjournal usage --since 2030-01-01; echo "status $?"
            sjournal usage --since 2030-01-01 --until 2029-01-01; echo "status $?"
            sjournal usage --json --csv; echo "status $?"
            sjournal usage --changes --by model; echo "status $?"
            sjournal usage --field name; echo "status $?"
            echo '{"currency":"EUR","models":[{"match":"m-1"}]}' > bad.json
            sjournal usage --prices bad.json; echo "status $?"
            sjournal usage --prices missing.json; echo "status $?"
            sjournal usage --print-prices > prices.json
            sjournal usage --prices prices.json > /dev/null; echo "status $?"
            """, in: sample.scratch.url)
        let statuses = run.output.split(separator: "\n").filter { $0.hasPrefix("status") }
        #expect(
            statuses.map { $0.dropFirst(7) } == [
                "0", "0", "0", "0", "2", "2", "2", "2", "2", "1", "0",
            ], "\(run.output) \(run.errors)")
        #expect(
            run.output.contains("\"session\":\"chat-1\",\"sessions\":1,\"messages\":5,\"turns\":2"))
        #expect(run.output.contains("Bash"))
        #expect(run.output.contains("1.2 s"))
        #expect(run.output.contains("user:ada  true"))
        #expect(run.output.contains("nothing was said in that time"))
        #expect(run.errors.contains("\"input\" and \"output\""))
    }
}
