import Testing

@testable import SJournal

@Suite struct SessionsQueryTests {
    @Test func sessionsAreFoundAndListedByThePage() async throws {
        let sample = try await SampleJournal()
        let run = try ProcessRun.shell(
            """
            export SJOURNAL_DIR=journal
            sjournal sessions 'starred:true tool:Bash' --json | grep -o '"key":"[^"]*"'; echo "status $?"
            sjournal sessions key:chat-2 --json | grep -o '"key":"[^"]*"'
            sjournal sessions 'text~nothing'; echo "status $?"
            sjournal sessions --sort name --limit 1 --json | grep -o '"key":"[^"]*"'
            sjournal sessions --sort name --after chat-2 --json | grep -o '"key":"[^"]*"'
            sjournal sessions '(' ; echo "status $?"
            sjournal sessions --sort size; echo "status $?"
            sjournal sessions 'starred:true' --at 1; echo "status $?"
            """, in: sample.scratch.url)
        let keys = ["\"key\":\"chat-1\"", "\"key\":\"chat-2\""].map { Substring($0) }
        #expect(
            run.output.split(separator: "\n") == [
                keys[0], "status 0", keys[1], "no session matches", "status 0", keys[1], keys[0],
                "status 2", "status 2", "no session matches", "status 0",
            ], "\(run.output) \(run.errors)")
        #expect(run.errors.contains("makes no sense at character"))
    }
}
