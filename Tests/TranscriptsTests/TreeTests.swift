import SessionJournal
import Testing

@testable import Transcripts

@Suite struct TreeTests {
    @Test func aPlainConversation() async throws {
        let story = try await story([
            .user("u1", nil, "hello"),
            .assistant("a1", "u1", api: "m1", Line.say("hi")),
            .user("u2", "a1", "more"),
        ])
        #expect(story.tree == ["u1<-", "a1<u1", "u2<a1"])
        #expect(story.messages.map(\.role) == ["user", "assistant", "user"])
        let first = try #require(try story.data(.messageAppended).first)
        #expect(first["parts"]?[0]?["text"]?.string == "hello")
        #expect(first["line"]?.integer == 1)
        let answer = try story.data(.messageAppended)[1]
        #expect(answer["model"]?.string == "claude-opus-4")
        #expect(answer["usage"]?["output_tokens"]?.integer == 7)
        #expect(story.events.map(\.kind).filter { $0 == .modelResponded }.count == 1)
    }

    @Test func linesOfOneMessageAreOneMessage() async throws {
        let story = try await story([
            .user("u1", nil, "hello"),
            .assistant("a1", "u1", api: "m1", Line.say("one"), tokens: 3),
            .assistant("a2", "a1", api: "m1", Line.call("c1"), tokens: 5),
            .result("r1", "a2", "c1"),
            .assistant("a3", "a2", api: "m1", Line.call("c2"), tokens: 9),
            .result("r2", "a3", "c2"),
            .assistant("b1", "r2", api: "m2", Line.say("done")),
        ])
        #expect(story.tree == ["u1<-", "a1<u1", "r1<a1", "r2<r1", "b1<r2"])
        let more = try story.data(.messageExtended)
        #expect(more.map { $0["message"]?.string } == ["a1", "a1"])
        #expect(more.map { $0["alias"]?.string } == ["a2", "a3"])
        #expect(more.map { $0["usage"]?["output_tokens"]?.integer } == [5, 9])
        #expect(try story.data(.modelResponded).count == 2)
        #expect(story.messages[2].role == "tool")
        #expect(try story.data(.branchCreated).isEmpty)
    }

    /// Two tools at once, in every order that the client writes them in.
    @Test(arguments: 0..<4) func toolsAtOnceAreNoFork(order: Int) async throws {
        let one = Line.assistant("a1", "u1", api: "m1", Line.call("c1"))
        let two = Line.assistant("a2", "a1", api: "m1", Line.call("c2"))
        let orders: [[Line]] = [
            [one, two, .result("r1", "a1", "c1"), .result("r2", "a2", "c2")],
            [one, two, .result("r2", "a2", "c2"), .result("r1", "a1", "c1")],
            [one, .result("r1", "a1", "c1"), two, .result("r2", "a2", "c2")],
            [
                one, .progress("p1", "a1", "c1"), two, .progress("p2", "p1", "c1"),
                .progress("p3", "a2", "c2"), .result("r2", "p3", "c2"),
                .result("r1", "p2", "c1"),
            ],
        ]
        for last in ["r1", "r2"] {
            let story = try await story(
                [.user("u1", nil, "x")] + orders[order] + [
                    .assistant("b1", last, api: "m2", Line.say("done")), .user("u2", "b1", "y"),
                ])
            let results = story.messages.filter { $0.role == "tool" }.map(\.id)
            #expect(
                story.tree == [
                    "u1<-", "a1<u1", "\(results[0])<a1", "\(results[1])<\(results[0])",
                    "b1<\(results[1])", "u2<b1",
                ])
            #expect(try story.data(.branchCreated).isEmpty)
        }
    }

    @Test func aResultThatComesLateIsNoFork() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.call("c1")),
            .assistant("a2", "a1", api: "m1", Line.call("c2")),
            .result("r1", "a1", "c1"),
            .user("u2", "r1", "stop, do this first"),
            .result("r2", "a2", "c2"),
            .assistant("b1", "u2", api: "m2", Line.say("yes")),
        ])
        #expect(story.tree == ["u1<-", "a1<u1", "r1<a1", "u2<r1", "r2<u2", "b1<r2"])
        #expect(try story.data(.branchCreated).isEmpty)
    }

    @Test func anEditedQuestionIsAFork() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.say("one")),
            .user("u2", "a1", "this way"),
            .assistant("a2", "u2", api: "m2", Line.say("two")),
            .system("y1", "a1", "local_command"),
            .user("u3", "y1", "no, that way"),
            .assistant("a3", "u3", api: "m3", Line.say("three")),
            .user("u4", "a2", "this way after all"),
        ])
        #expect(
            story.tree == [
                "u1<-", "a1<u1", "u2<a1", "a2<u2", "u3<a1@fork-1", "a3<u3@fork-1", "u4<a2",
            ])
        let branch = try #require(try story.data(.branchCreated).first)
        #expect(branch["branch"]?.string == "fork-1")
        #expect(branch["from"]?.string == "a1")
        #expect(branch["type"]?.string == "fork")
        #expect(branch["parent_branch"]?.string == "main")
        let switches = try story.data(.branchSwitched).map { $0["branch"]?.string }
        #expect(switches == ["fork-1", "main"])
    }

    @Test func anotherAnswerIsAFork() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.say("one")),
            .user("u2", "a1", "y"),
            .assistant("b1", "u1", api: "m2", Line.say("another")),
        ])
        #expect(story.tree == ["u1<-", "a1<u1", "u2<a1", "b1<u1@fork-1"])
    }

    @Test func aForkFromATurnIsFromItsEnd() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.call("c1")),
            .assistant("a2", "a1", api: "m1", Line.call("c2")),
            .result("r1", "a1", "c1"), .result("r2", "a2", "c2"),
            .user("u2", "r1", "this"),
            .assistant("b1", "u2", api: "m2", Line.say("z")),
            .user("u3", "r1", "that"),
        ])
        #expect(story.tree.suffix(3) == ["u2<r2", "b1<u2", "u3<r2@fork-1"])
    }

    @Test func whatHasNoParentFollowsInFileOrder() async throws {
        let story = try await story([
            .user("u1", "gone", "x"),
            .assistant("a1", "u1", api: "m1", Line.say("one")),
            .user("u2", nil, "y"),
            .progress("p1", "lost", "c9"),
            .user("u3", "p1", "z"),
        ])
        #expect(story.tree == ["u1<-", "a1<u1", "u2<a1", "u3<u2"])
        #expect(try story.data(.messageAppended)[0]["missing_parent"]?.string == "gone")
        #expect(try story.data(.toolProgressed)[0]["missing_parent"]?.string == "lost")
        #expect(try story.data(.branchCreated).isEmpty)
    }

    @Test func aCompactionIsJoinedByItsLogicalParent() async throws {
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.say("one")),
            .system(
                "b", nil, "compact_boundary",
                [
                    ("logicalParentUuid", "a1"), ("content", "Conversation compacted"),
                    ("compactMetadata", ["trigger": "auto", "preTokens": 1234]),
                ]),
            Line.user("u2", "b", "This is what happened").with([("isCompactSummary", true)]),
            .user("u3", "u2", "go on"),
        ])
        #expect(story.tree == ["u1<-", "a1<u1", "u2<a1", "u3<u2"])
        let summary = try #require(try story.data(.summaryRecorded).first)
        #expect(summary["text"]?.string == "Conversation compacted")
        #expect(summary["trigger"]?.string == "auto")
        #expect(summary["tokens_before"]?.integer == 1234)
        #expect(summary["replaces_to"]?.string == "a1")
        #expect(try story.data(.messageAppended)[2]["synthetic"]?.string == "summary")
    }

    @Test func subAgentsAreSidechains() async throws {
        func side(_ line: Line, agent: String? = nil) -> Line {
            line.with(
                [("isSidechain", true)] + (agent.map { [("agentId", .string($0))] } ?? []))
        }
        let story = try await story([
            .user("u1", nil, "x"),
            .assistant("a1", "u1", api: "m1", Line.call("c1", "Task")),
            .assistant("a2", "a1", api: "m1", Line.call("c2", "Task")),
            side(.user("s1", nil, "do c1")),
            side(.user("t1", nil, "do c2")),
            side(.assistant("s2", "s1", api: "k1", Line.call("d1"))),
            side(.assistant("t2", "t1", api: "k2", Line.say("found"))),
            side(.result("s3", "s2", "d1")),
            .progress("p1", "a1", "c1").with([
                ("data", ["type": "agent_progress", "agentId": "x7"])
            ]),
            side(.user("v1", nil, "by name"), agent: "x7"),
            side(.assistant("v2", "v1", api: "k3", Line.say("ok")), agent: "x7"),
            .result("r1", "a1", "c1"), .result("r2", "a2", "c2"),
            .assistant("b1", "r2", api: "m2", Line.say("done")),
        ])
        #expect(
            story.tree == [
                "u1<-", "a1<u1", "s1<a1@sidechain-1", "t1<a1@sidechain-2", "s2<s1@sidechain-1",
                "t2<t1@sidechain-2", "s3<s2@sidechain-1", "v1<a1@agent-x7", "v2<v1@agent-x7",
                "r1<a1", "r2<r1", "b1<r2",
            ])
        let kinds = try story.data(.branchCreated).map { $0["type"]?.string }
        #expect(kinds == ["sidechain", "sidechain", "sidechain"])
        #expect(try story.data(.branchSwitched).isEmpty)
    }
}
