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

    @Test("a name in a list names that session alone, also where others are not listed")
    func namesInAListAreEnough() async throws {
        let sample = try await SampleJournal()
        for key in ["dialogues_1", "dialogues_2", "another-key-1", "another-key-2"] {
            #expect(await sample.run("new", "--key", key).status == .done)
        }
        for words in [[], ["--limit", "2"], ["key:*1"], ["--sort", "began", "--limit", "4"]] {
            let list = await InProcess.run(["-j", sample.path, "sessions"] + words)
            #expect(list.lines.count > 1)
            for line in list.lines.dropFirst() {
                let name = String(line.prefix { $0 != " " })
                let shown = await sample.run("show", name)
                #expect(shown.status == .done, "\(words): \(name): \(shown.errors)")
            }
        }
    }

    @Test("fields that begin alike are told apart in a difference")
    func longFieldsAreToldApart() async throws {
        let sample = try await SampleJournal()
        #expect(
            await sample.run(
                "set", "chat-2", "Alarm_1.slots.alarm_name=a", "Alarm_1.slots.alarm_time=b"
            ).status == .done)
        let output = await sample.run("diff", "chat-2", "~1").output
        #expect(output.contains("Alarm_1.slots.alarm_name") && output.contains("alarm_time"))
        _ = await sample.run("set", "chat-2", "A_service_with_a_long_name.slots.alarm_time=b")
        #expect(
            await sample.run("diff", "chat-2", "~1").output
                .contains("…_long_name.slots.alarm_time "))
    }
}
