import SessionJournal
import Testing

@testable import Transcripts

@Suite struct ReadingTests {
    @Test func toolsStartAndFinish() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.call("c1"), at: 2),
            .progress("p1", "a1", "c1"),
            .result("r1", "p1", "c1", isError: true, at: 6),
            .assistant("a2", "r1", api: "m2", Line.call("c2", "Bash"), at: 7),
            Line.result("r2", "a2", "c2", at: 9).with([("toolUseResult", ["durationMs": 42])]),
            .assistant("a3", "r2", api: "m3", Line.call("c3", "Edit"), at: 10),
            Line.result("r3", "a3", "c3", isError: true, at: 11).with([
                ("toolUseResult", "User rejected tool use")
            ]),
        ])
        let started = try story.data(.toolStarted)
        #expect(started.map { $0["call"]?.string } == ["c1", "c2", "c3"])
        #expect(started.map { $0["name"]?.string } == ["Read", "Bash", "Edit"])
        let finished = try story.data(.toolFinished)
        #expect(finished.map { $0["status"]?.string } == ["error", "ok", "error"])
        #expect(finished.map { $0["duration_ms"]?.integer } == [4000, 42, 1000])
        #expect(finished.map { $0["name"]?.string } == ["Read", "Bash", "Edit"])
        let progress = try story.data(.toolProgressed)
        #expect(progress[0]["call"]?.string == "c1")
        #expect(progress[0]["progress"]?.string == "hook_progress")
        let decided = try story.data(.approvalDecided)
        #expect(decided.map { $0["decision"]?.string } == ["denied"])
        let causes = story.events.filter { $0.kind == .toolStarted }.compactMap(\.cause)
        #expect(causes.count == 3)
        let part = try story.data(.messageAppended)[1]["parts"]?[0]
        #expect(part?["input"]?["prompt"]?.string == "do c1")
    }

    @Test func errorsAreRecorded() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .system(
                "e1", "u1", "api_error",
                [("error", ["status": 529]), ("retryInMs", 500), ("retryAttempt", 1)]),
            Line.assistant("a1", "e1", api: "m1", Line.say("API Error: overloaded")).with([
                ("isApiErrorMessage", true)
            ]),
        ])
        let errors = try story.data(.errorRecorded)
        #expect(errors[0]["error"]?["status"]?.integer == 529)
        #expect(errors[0]["retry"]?["in_ms"]?.integer == 500)
        #expect(errors[0]["retry"]?["attempts"] == .null)
        #expect(errors[1]["error"]?.string == "API Error: overloaded")
        #expect(errors[1]["message"]?.string == "a1")
        #expect(try story.data(.messageAppended)[1]["synthetic"]?.string == "error")
    }

    @Test func metadataIsTaken() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.say("one")),
            Line.user("u2", "a1", "y").with([("gitBranch", "tea"), ("version", "2.2.0")]),
            Line(members: [("type", "summary"), ("summary", "On tea"), ("leafUuid", "a1")]),
        ])
        let created = try #require(try story.data(.sessionCreated).first)
        #expect(created["key"]?.string == "s1")
        #expect(created["metadata"]?["cwd"]?.string == "/home/ada/tea")
        #expect(created["metadata"]?["status"]?.string == "active")
        #expect(created["source"]?["format"]?.string == "claude-code")
        #expect(created["source"]?["client"]?.string == "2.1.0")
        let changes = try story.data(.sessionMetadataChanged)
        #expect(
            changes.map { $0["set"] ?? .null } == [
                ["model": "claude-opus-4"], ["git_branch": "tea", "client_version": "2.2.0"],
                ["name": "On tea"],
            ])
        #expect(story.events.allSatisfy { $0.occurred != nil })
        #expect(story.events.last?.origin == "claude-code/2.2.0")
        #expect(story.events.last?.actor == "user:ada")
    }

    @Test func aSummaryThatWaitsForItsLineNamesTheSession() async throws {
        let story = try await story([
            Line(members: [("type", "summary"), ("summary", "On tea"), ("leafUuid", "a1")]),
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.say("one")),
        ])
        let names = try story.data(.sessionMetadataChanged).compactMap {
            $0["set"]?["name"]?.string
        }
        #expect(names == ["On tea"])
        #expect(try story.data(.summaryRecorded)[0]["leaf"]?.string == "a1")
        // The time of the first line that has one stands in for lines before it.
        #expect(story.events[0].occurred?.description == "2026-03-01T10:00:01.000000Z")
    }

    @Test func otherLinesAreKept() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            Line(members: [
                ("type", "file-history-snapshot"), ("messageId", "u1"), ("snapshot", [:]),
            ]),
            Line(members: [("type", "novelty"), ("sessionId", "s1"), ("n", 1)]),
            .system("d1", "u1", "turn_duration", [("durationMs", 1500)]),
            Line(members: [
                ("type", "pr-link"), ("sessionId", "s1"), ("prNumber", 7), ("prUrl", "https://x/7"),
            ]),
            .user("u1", nil, "the same name, other words"),
            .user("u2", "d1", "y"),
        ])
        let kept = try story.data(.importLine)
        #expect(kept.map { $0["line"]?.integer } == [2, 3, 6])
        #expect(kept[1]["original"]?["n"]?.integer == 1)
        let notes = try story.data(.annotationAdded)
        #expect(notes[0]["value"]?.integer == 1500)
        #expect(notes[0]["target"]?["message"]?.string == "u1")
        #expect(notes[1]["value"]?["number"]?.integer == 7)
        #expect(story.tree == ["u1<-", "u2<u1"])
    }

    @Test func oddMessagesAreNotLost() async throws {
        let odd: [JSONValue] = [
            "error", ["role": "user"], ["content": 5], ["content": ["wow", 7, ["type": "odd"]]],
            ["content": [["type": "image", "source": ["type": "base64", "data": "AA=="]]]],
            ["content": [["type": "thinking", "thinking": "hm", "signature": "sig"]]],
            ["content": []],
        ]
        let story = try await story(
            [.user("u0", nil, "x")]
                + odd.enumerated().map { index, message in
                    Line.user("u\(index + 1)", "u\(index)", "").with([("message", message)])
                })
        #expect(story.messages.count == 8)
        let parts = try story.data(.messageAppended).map { $0["parts"] ?? .null }
        #expect(parts[1][0]?["value"]?.string == "error")
        #expect(parts[4].array?.count == 3)
        #expect(parts[5][0]?["type"]?.string == "image")
        #expect(parts[5][0]?["base64"]?.string == "AA==")
        #expect(parts[6][0]?["signature"]?.string == "sig")
        #expect(parts[7] == [])
    }

    @Test func namesThatCannotBeNamesDoNoHarm() async throws {
        let long = String(repeating: "x", count: 5_000)
        let story = try await story([
            .user("u1", nil, "x"),
            Line.assistant("a1", "u1", api: "m1", Line.call("c\u{1B}[1m", "Re\nad")).with([
                ("version", .string("9\u{7}"))
            ]),
            .user(long, "a1", "a name that is too long"),
            Line.user("s", nil, "y").with([
                ("isSidechain", true), ("agentId", .string(String(repeating: "a", count: 400))),
            ]),
            .user("u2", long, "y"),
        ])
        #expect(story.messages.count == 5)
        #expect(story.tree[2] == "line-3<a1")
        #expect(story.messages[3].branch == "sidechain-1")
    }
}
