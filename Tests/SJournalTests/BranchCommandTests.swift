import Testing

@testable import SJournal

/// The words that write messages and branches, as a person types them.
@Suite struct BranchCommandTests {
    private static func run(_ script: String) throws -> (lines: [String], errors: String) {
        let scratch = try ScratchDirectory()
        let run = try ProcessRun.shell(
            """
            export SJOURNAL_DIR=j
            sjournal init > /dev/null
            sjournal new --key chat name=Tea model=m-1 > /dev/null
            sjournal say chat 'How hot?' > /dev/null
            sjournal say chat '70.' --role assistant --model m-1 > /dev/null
            echo 'Really?' | sjournal say chat - > /dev/null
            \(script)
            """, in: scratch.url)
        return (run.output.split(separator: "\n").map(String.init), run.errors)
    }

    @Test func branchesAreMadeMovedAndMerged() throws {
        let (lines, errors) = try Self.run(
            """
            sjournal branch chat retry --from 2 --description 'another way'
            sjournal say chat '80.' --role assistant --branch retry | cut -d, -f2
            sjournal switch chat retry --actor user:ada
            sjournal branch chat
            sjournal branch chat --json | wc -l
            sjournal branch chat retry --rename again
            sjournal merge chat again --into main --preview
            sjournal merge chat again --into main --preview --json | grep -c '"up_to_date":false'
            sjournal merge chat again --into main
            sjournal merge chat again --into main
            sjournal tree chat | grep -c merged
            sjournal show chat --branch main | grep -c '80\\.'
            sjournal rewind chat --to 3 --branch main
            sjournal show chat --branch main | grep -c '80\\.'
            sjournal branch chat again --delete
            sjournal branch chat again --restore
            sjournal branch chat nope --delete; echo "status $?"
            sjournal switch chat nope; echo "status $?"
            sjournal merge chat nope; echo "status $?"
            sjournal rewind chat --to 99; echo "status $?"
            sjournal branch chat again; echo "status $?"
            """)
        #expect(lines.first == "made branch retry, event 5", "\(lines) \(errors)")
        #expect(lines.contains("user:ada is on retry, event 7"))
        #expect(lines.contains { $0.hasPrefix("retry ") && $0.contains("user:ada") })
        #expect(lines.contains { $0.hasPrefix("retry ") && $0.hasSuffix("another way") })
        #expect(lines.contains("branch retry is now again, event 8"))
        #expect(lines.contains("would merge again into main: 1 message"))
        #expect(lines.contains("merged again into main: 1 message, event 9"))
        #expect(lines.contains("nothing is to be merged"))
        #expect(lines.contains("rewound to 3, event 10"))
        #expect(lines.contains("deleted branch again; --restore brings it back, event 11"))
        #expect(lines.contains("branch again is there again, event 12"))
        // A point behind the last event is now: the branch stands there.
        #expect(lines.contains("the branch stands there already"))
        let statuses = lines.filter { $0.hasPrefix("status") }.map { $0.dropFirst(7) }
        #expect(statuses == ["1", "1", "1", "0", "1"])
        #expect(errors.contains("has no branch “nope”; it has main, again"))
    }

    @Test func messagesAreEditedRemovedAndNoted() throws {
        let (lines, errors) = try Self.run(
            """
            sjournal edit chat '#3' '71.' | cut -d, -f2
            sjournal show chat | grep -c '71\\.'
            sjournal edit chat '#3' --restore 3 > /dev/null; echo "status $?"
            sjournal show chat | grep -c '70\\.'
            sjournal remove chat '#4' | cut -d, -f2
            sjournal show chat | grep -c 'Really'
            sjournal annotate chat rating 5 --on '#3' --confidence 0.5 --source me
            sjournal annotate chat mood '"good"'
            sjournal annotate chat
            sjournal annotate chat --json | grep -c '"confidence":0.5'
            sjournal edit chat '#99' x; echo "status $?"
            sjournal remove chat nobody; echo "status $?"
            sjournal annotate chat rating 5 --confidence 7; echo "status $?"
            sjournal say nobody hello; echo "status $?"
            sjournal say chat hello --branch nope; echo "status $?"
            """)
        #expect(lines.first == " event 5", "\(lines) \(errors)")
        let statuses = lines.filter { $0.hasPrefix("status") }
        #expect(statuses.first == "status 0")
        #expect(statuses.dropFirst().allSatisfy { $0 == "status 1" || $0 == "status 2" })
        #expect(statuses.count == 6)
        #expect(lines.contains("noted rating, event 8"))
        #expect(lines.contains { $0.contains("#3") && $0.contains("rating") && $0.hasSuffix("me") })
        #expect(errors.contains("no message of the session was appended by event #99"))
    }

    @Test func aConflictAsksOrIsDecided() throws {
        let (lines, errors) = try Self.run(
            """
            sjournal branch chat idea > /dev/null
            sjournal set chat model=m-2 --branch idea > /dev/null
            sjournal set chat model=m-3 --branch main > /dev/null
            sjournal merge chat idea --into main --strategy ask; echo "status $?"
            sjournal merge chat idea --into main --strategy ask --preview; echo "status $?"
            sjournal merge chat idea --into main --strategy ask --take model=theirs; echo "status $?"
            sjournal show chat --branch main --json | grep -o '"model":"m-[0-9]"' | head -n 1
            sjournal merge chat idea --into main --strategy sideways; echo "status $?"
            sjournal merge chat idea --into main --take model; echo "status $?"
            """)
        let statuses = lines.filter { $0.hasPrefix("status") }.map { $0.dropFirst(7) }
        #expect(statuses.first == "1", "\(lines) \(errors)")
        #expect(statuses[2] == "0", "\(lines) \(errors)")
        #expect(statuses.suffix(2) == ["2", "2"], "\(lines) \(errors)")
        #expect(lines.contains("\"model\":\"m-2\""))
        #expect(errors.contains("model"))
    }
}
