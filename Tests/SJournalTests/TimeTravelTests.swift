import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("Time travel on the command line")
struct TimeTravelTests {
    private func parsed(_ line: String) throws -> JSONValue { try JSONValue(parsing: line) }

    // MARK: Labels

    @Test("a label is given, listed, moved and given up, and every reading command takes it")
    func labels() async throws {
        let sample = try await SampleJournal()
        let given = await sample.run(
            "label", "chat-1", "asked", "--at", "2", "--reason", "the first question",
            "--actor", "user:eve")
        #expect(given.output == "asked is event 2\n", "\(given.errors)")
        #expect(
            await sample.run("label", "chat-1", "asked", "--at", "2").output.contains("as before"))
        let list = await sample.run("label", "chat-1")
        #expect(list.lines.count == 2 && list.lines[1].contains("asked"))
        #expect(list.lines[1].contains("user:eve") && list.lines[1].contains("the first question"))
        let json = try parsed(await sample.run("label", "chat-1", "--json").output)
        #expect(json["label"] == "asked" && json["seq"] == 2 && json["labelled_by"] == 12)
        for words in [
            ["show", "chat-1"], ["tree", "chat-1"], ["audit", "chat-1"], ["blame", "chat-1"],
            ["history", "chat-1", "name"], ["replay", "chat-1"], ["label", "chat-1"],
        ] {
            let sequence = await InProcess.run(["-j", sample.path] + words + ["--at", "2"])
            #expect(sequence.status == .done, "\(words): \(sequence.errors)")
            for name in ["asked", "label:asked"] {
                let label = await InProcess.run(["-j", sample.path] + words + ["--at", name])
                #expect(label.output == sequence.output, "\(words) \(label.errors)")
            }
        }
        let point = await sample.run("show", "chat-1", "--at", "asked", "--branch", "main")
        #expect(point.lines.last == "  Please list this folder.")
        // The branch began later.
        let branch = await sample.run("show", "chat-1", "--at", "asked", "--branch", "fork-1")
        #expect(branch.status == .negative)

        let taken = await sample.run("label", "chat-1", "asked", "--at", "3")
        #expect(taken.status == .negative && taken.errors.contains("event 2"))
        let moved = await sample.run("label", "chat-1", "asked", "--at", "3", "--move", "--json")
        #expect(try parsed(moved.output)["seq"] == 3)
        #expect(await sample.run("label", "chat-1", "asked", "--remove").status == .done)
        #expect(await sample.run("label", "chat-1").output.hasPrefix("no labels"))
        #expect(await sample.run("label", "chat-1", "asked", "--remove").status == .negative)
    }

    @Test("a word that is no label is told from a point that makes no sense")
    func unknownLabels() async throws {
        let sample = try await SampleJournal()
        let unknown = await sample.run("show", "chat-1", "--at", "yesterday")
        #expect(unknown.status == .negative && unknown.errors.contains("no label “yesterday”"))
        #expect(await sample.run("label", "chat-1", "a\u{1B}b").status == .usage)
        let other = await sample.run("show", "chat-1", "--at", "41x")
        #expect(other.status == .usage && other.errors.contains("label:NAME"))
        // A name that looks like another form is reached by its long form.
        #expect(await sample.run("label", "chat-1", "~1", "--at", "2").status == .done)
        #expect(
            await sample.run("show", "chat-1", "--at", "label:~1").lines.last
                == "  Please list this folder.")
        // A label is of one session.
        #expect(await sample.run("audit", "--at", "asked").status == .usage)
        // What is printed of a label cannot steer the terminal.
        #expect(await sample.run("label", "chat-1", "a\u{202E}b").status == .done)
        #expect(!(await sample.run("label", "chat-1").output.contains("\u{202E}")))
    }

    // MARK: Diff

    @Test("diff shows fields, messages and branches")
    func difference() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("diff", "chat-1", "6", "9")
        // When the session was last modified at first, is when its creation was put together.
        #expect(run.lines.contains { $0.hasPrefix("  last_modified   \"2026-11-21T01:02:0") })
        #expect(
            run.lines.filter { !$0.contains("last_modified") } == [
                "from event 6 to event 9", "", "metadata",
                "  name            \"Folders\" → \"Listing folders\"",
                "  turn_count      1 → 2", "  is_starred      false → true",
                "  modified_by     null → \"user:ada\"", "", "messages",
                "  + user       #8  Or count them.", "", "branches", "  + fork-1  from main",
            ])
        let same = await sample.run("diff", "chat-1", "9")
        #expect(same.lines == ["from event 9 to event 9", "nothing differs"])
        let branches = await sample.run("diff", "chat-1", "--with-branch", "fork-1")
        #expect(branches.lines.first == "from event 9 on main to event 9 on fork-1")
        #expect(branches.lines[1].hasPrefix("common ancestor: message "))
        #expect(branches.lines.contains("  + user       #8  Or count them."))
        #expect(branches.lines.contains("  - assistant  #6  Three files.\\u{202e}"))
        let sessions = try parsed(
            await sample.run("diff", "chat-1", "--with-session", "chat-2", "--json").output)
        #expect(sessions["messages"]?["removed"]?.array?.count == 5)
        #expect(sessions["messages"]?["added"]?.array?.count == 1)
        #expect(sessions["same"] == false)
        let before = await sample.run("diff", "chat-2", "1", "--json")
        #expect(try parsed(before.output)["from"]?["session"] == .null)
        #expect(await sample.run("diff", "chat-1").status == .usage)
        #expect(await sample.run("diff", "chat-1", "1", "2", "3").status == .usage)
        #expect(
            await sample.run("diff", "chat-1", "2", "--branch", "fork-1").status == .negative)
    }

    // MARK: Blame and history

    @Test("blame names value, event, actor, what led to it, and earlier values")
    func blame() async throws {
        let sample = try await SampleJournal()
        let all = await sample.run("blame", "chat-1")
        #expect(
            all.lines.contains {
                $0.hasPrefix("name ") && $0.contains("\"Listing folders\"") && $0.contains(" 9 ")
            })
        let name = await sample.run("blame", "chat-1", "name")
        #expect(
            name.lines == [
                "name         \"Listing folders\"",
                "set by       user:ada, event 9, 2026-11-21T01:02:21Z", "why          clearer",
                "led to by    message of event 6, assistant: Three files.\\u{202e}",
                "             tool call c1 of event 5",
                "             (the last before it, no cause is named)", "",
                "event  when                  value      who       why",
                "    1  2026-11-21T01:02:07Z  \"Folders\"  user:ada",
            ])
        let json = try parsed(await sample.run("blame", "chat-1", "name", "--json").output)
        #expect(json["value"] == "Listing folders" && json["set_by"]?["seq"] == 9)
        #expect(json["origin"]?["basis"] == "preceding")
        let message = await sample.run("blame", "chat-1", "#3")
        #expect(message.lines.contains { $0.contains("message.appended") })
        let id = try parsed(await sample.run("blame", "chat-1", "#3", "--json").output)["message"]
        let byID = await sample.run("blame", "chat-1", id?.string ?? "", "--json")
        #expect(try parsed(byID.output)["events"]?[0]?["seq"] == 3)
        for none in ["nothing", "#10", "#99", "#4"] {
            #expect(await sample.run("blame", "chat-1", none).status == .negative, "\(none)")
        }
        let early = await sample.run("blame", "chat-2", "--at", "3")
        #expect(early.status == .done && early.output == "no field was set yet\n")
        #expect(await sample.run("blame", "chat-1", "--branch", "nope").status == .negative)
        #expect(await sample.run("blame", "chat-1", "model", "--branch", "fork-1").status == .done)
    }

    @Test("history lists every value")
    func history() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("history", "chat-1", "name")
        #expect(
            run.lines == [
                "event  when                  value              who       why",
                "    1  2026-11-21T01:02:07Z  \"Folders\"          user:ada",
                "    9  2026-11-21T01:02:21Z  \"Listing folders\"  user:ada  clearer",
            ])
        let lines = await sample.run("history", "chat-1", "name", "--json").lines
        #expect(try lines.map { try parsed($0)["value"] } == ["Folders", "Listing folders"])
        #expect(await sample.run("history", "chat-1", "x").output == "x was never set\n")
        #expect(await sample.run("history", "chat-1").status == .usage)
    }

    // MARK: Bisect

    @Test("bisect finds the first event, and says where the ends do not differ")
    func bisect() async throws {
        let sample = try await SampleJournal()
        let named = await sample.run("bisect", "chat-1", "--field", "name=Listing folders")
        #expect(named.status == .done)
        #expect(
            named.lines.suffix(2).first
                == "it became true with event 9, found by asking about 3 states of 9:")
        #expect(named.lines.last?.hasPrefix("     9  ") == true)
        let starred = await sample.run(
            "bisect", "chat-1", "--field", "is_starred=true", "--json")
        #expect(try parsed(starred.output)["seq"] == 9)
        let text = try parsed(
            await sample.run("bisect", "chat-1", "--contains", "ls -la", "--json").output)
        #expect(text["outcome"] == "turned" && text["seq"] == 3)
        #expect((text["evaluations"]?.array?.count ?? 99) <= 4)
        let fork = try parsed(
            await sample.run(
                "bisect", "chat-1", "--messages", "2", "--branch", "fork-1", "--json"
            ).output)
        #expect(fork["seq"] == 8)
        let never = await sample.run("bisect", "chat-1", "--tool-error")
        #expect(never.status == .negative && never.output.contains("the ends do not differ"))
        let already = await sample.run(
            "bisect", "chat-1", "--messages", "1", "--from", "4", "--json")
        #expect(already.status == .negative)
        #expect(try parsed(already.output)["outcome"] == "already_true")
        for words in [
            [], ["--tool-error", "--messages", "1"], ["--field", "name"], ["--messages", "0"],
            ["--tool-error", "--from", "1x"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "bisect", "chat-1"] + words)
            #expect(run.status == .usage, "\(words)")
        }
    }

    @Test("bisect asks a command, which gets state and place, and may not know")
    func bisectRun() async throws {
        let sample = try await SampleJournal()
        let journal = "sjournal -j journal"
        func run(_ script: String) throws -> ProcessRun {
            try ProcessRun.shell(script, in: sample.scratch.url)
        }
        let found = try run(
            """
            cat > ask <<'EOF'
            read -r state
            case "$state" in *Three*) status=1;; *) status=0;; esac
            echo "$SJOURNAL_SEQ ${#SJOURNAL_SESSION} $status" >> asked
            echo noise
            exit $status
            EOF
            \(journal) bisect chat-1 --run 'sh ask' --json; echo "status $?"; wc -l < asked
            sort -n asked | tail -n 1
            """)
        let lines = found.output.split(separator: "\n").map(String.init)
        #expect(lines.count == 4, "\(found.output) \(found.errors)")
        #expect(try parsed(lines[0])["seq"] == 6)
        #expect(lines[1] == "status 0")
        // ⌈log₂ 9⌉ questions at most.
        #expect((Int(lines[2]) ?? 99) <= 4)
        #expect(lines[3].hasSuffix(" 32 1"))
        #expect(found.errors.contains("noise") && !found.output.contains("noise"))

        let unknown = try run(
            """
            \(journal) bisect chat-1 --json \
              --run '[ $SJOURNAL_SEQ = 5 ] && exit 125; [ $SJOURNAL_SEQ -lt 5 ]'
            """)
        #expect(unknown.status == 1)
        #expect(try parsed(unknown.output)["candidates"] == [5, 6])
        // A command that reads nothing, with more to read than a pipe holds, is no error.
        let big = try run(
            """
            head -c 300000 /dev/zero | tr '\\0' x > big
            printf '{"type":"user","uuid":"u","sessionId":"s","timestamp":\
            "2026-01-01T00:00:00Z","message":{"role":"user","content":"%s"}}\\n' "$(cat big)" \
              > big.jsonl
            sjournal -j other init >/dev/null && sjournal -j other import big.jsonl >/dev/null
            sjournal -j other bisect s --run 'false'; echo "status $?"
            """)
        #expect(big.output.contains("status 1"), "\(big.output) \(big.errors)")
        for (command, status) in [("exit 126", 1), ("nosuchcommand", 1), ("kill -9 $$", 1)] {
            let failed = try run("\(journal) bisect chat-1 --run '\(command)'")
            #expect(failed.status == status && failed.output.isEmpty)
            #expect(failed.errors.contains("the command ended with status"), "\(failed.errors)")
        }
    }

    // MARK: Replay

    @Test("replay plays the record, by hand, at a speed, and for a program")
    func replay() async throws {
        let sample = try await SampleJournal()
        let all = await sample.run("replay", "chat-1")
        #expect(all.lines.first?.contains("session.created") == true)
        #expect(all.lines.contains("        Three files.\\u{202e}"))
        let json = await sample.run("replay", "chat-1", "--json").lines
        #expect(try json.map { try parsed($0)["seq"]?.integer } == [1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(try parsed(json[1])["wait_us"] == 2_000_000)
        #expect(try parsed(json[1])["data"]?["role"] == "user")
        let range = await sample.run("replay", "chat-1", "--json", "--from", "3", "--to", "4")
        #expect(range.lines.count == 2)
        let fork = await sample.run("replay", "chat-1", "--json", "--branch", "fork-1").lines
        #expect(try fork.map { try parsed($0)["seq"]?.integer } == [1, 2, 4, 7, 8])
        // Each Enter is a step more; q and the end of the input stop.
        func stepped(_ input: String) async -> Int {
            await sample.run("replay", "chat-1", "--step", "--json", input: input).lines.count
        }
        #expect(await stepped("") == 1)
        #expect(await stepped("\n\n") == 3)
        #expect(await stepped("\nq\n\n") == 2)
        #expect(await stepped(String(repeating: "\n", count: 50)) == 9)
        let fast = await sample.run("replay", "chat-1", "--speed", "1e9")
        #expect(fast.output == all.output)
        // Numbers that no clock counts are no trap.
        let patient = await sample.run(
            "replay", "chat-1", "--speed", "1e300", "--max-wait", "1e300")
        #expect(patient.output == all.output)
        for words in [
            ["--speed", "0"], ["--speed", "x"], ["--speed", "nan"], ["--speed", "1", "--step"],
            ["--max-wait", "1"], ["--at", "1", "--to", "2"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "replay", "chat-1"] + words)
            #expect(run.status == .usage, "\(words)")
        }
        // Nothing is written.
        #expect(await sample.run("log", "--json").lines.count == 11)
    }

    @Test("a pace is the events' own, so many times as fast, with a longest wait")
    func pace() async throws {
        let journal = Journal.inMemory(options: SampleJournal.options())
        let session = try await journal.as("user:a").createSession()
        try await journal.as("user:a").say("user", "x", in: session)
        var waits: [Duration] = []
        for words in [["--speed", "2"], ["--speed", "2", "--max-wait", "0.25"], []] {
            guard
                case .run(let parsed) = try ArgumentParser(commands: [ReplayCommand.spec]).parse(
                    ["replay", "s"] + words)
            else { continue }
            let pace = try ReplayPace(parsed)
            for try await step in try await journal.replay(session) where step.number == 2 {
                #expect(step.wait == .seconds(2))
                waits.append(pace.wait(before: step))
            }
        }
        #expect(waits == [.seconds(1), .milliseconds(250), .zero])
    }

    // MARK: What if

    @Test("what-if shows what would differ and writes nothing; --keep writes a branch")
    func whatIf() async throws {
        let sample = try await SampleJournal()
        let run = await sample.run("what-if", "chat-1", "--drop", "9")
        #expect(run.lines.contains("  name            \"Listing folders\" → \"Folders\""))
        let changed = await sample.run(
            "what-if", "chat-1", "--drop", "3,5", "--set",
            #"6={"parts":[{"type":"text","text":"None."}]}"#)
        #expect(changed.lines.contains("  ~ assistant  #6  Three files.\\u{202e}"))
        #expect(changed.lines.contains { $0.hasSuffix("→ None.") })
        #expect(changed.lines.filter { $0.hasPrefix("  - ") }.count == 2)
        #expect(await sample.run("log", "--json").lines.count == 11)

        let kept = await sample.run(
            "what-if", "chat-1", "--drop", "3,5,9", "--keep", "retry", "--actor", "user:eve")
        #expect(kept.lines.contains("kept as the branch retry, with 1 new message"))
        #expect(
            kept.lines.last == "not kept, since it belongs to the whole session: name, is_starred")
        let show = await sample.run("show", "chat-1", "--branch", "retry")
        #expect(show.lines.suffix(1) == ["  Three files.\\u{202e}"])
        let again = await sample.run("what-if", "chat-1", "--drop", "3", "--keep", "retry")
        #expect(again.status == .negative && again.errors.contains("“retry”"))
        let json = await sample.run("what-if", "chat-1", "--drop", "9", "--keep", "b", "--json")
        #expect(try parsed(json.output)["kept"]?["branch"] == "b")
        #expect(await sample.run("verify").status == .done)

        #expect(await sample.run("what-if", "chat-1", "--drop", "11").status == .negative)
        for words in [
            [], ["--drop", "x"], ["--drop", "0"], ["--drop", "3,"], ["--set", "3"],
            ["--set", "3=["], ["--set", "3=4"], ["--drop", "3", "--reason", "r"],
        ] {
            let run = await InProcess.run(["-j", sample.path, "what-if", "chat-1"] + words)
            #expect(run.status == .usage, "\(words)")
        }
    }

    @Test("every word of time travel answers an empty journal, and what is none")
    func nothingThere() async throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path("journal")
        _ = await InProcess.run(["-j", path, "init"])
        for words in [
            ["label", "s"], ["label", "s", "a"], ["diff", "s", "1"], ["blame", "s"],
            ["history", "s", "name"], ["bisect", "s", "--tool-error"], ["replay", "s"],
            ["what-if", "s", "--drop", "1"],
        ] {
            let run = await InProcess.run(["-j", path] + words)
            #expect(run.status == .negative, "\(words): \(run.errors)")
            #expect(run.errors.filter { $0 == "\n" }.count == 1)
        }
        for words in [
            ["label", "@journal"], ["blame", "@journal"], ["history", "@journal", "x"],
            ["replay", "@journal"], ["diff", "@journal", "1"],
        ] {
            let run = await InProcess.run(["-j", path] + words)
            #expect(run.status == .done, "\(words): \(run.errors)")
        }
    }
}
