import JournalTestKit
import SessionJournal
import Testing

struct ConversationTreeTests {
    static func tree(_ build: (inout EventScript) throws -> Void) rethrows -> ConversationTree {
        var script = EventScript()
        try build(&script)
        var tree = TreeProjection().initialState()
        for event in script.events { TreeProjection().apply(event, to: &tree) }
        return tree
    }

    private func node(_ id: String, in tree: ConversationTree) throws -> ConversationTree.Node {
        try #require(tree.nodes().first { $0.message.id == id })
    }

    /// u1 ─ a1 ─ t1 ─ a2      main
    ///       └── u2 ─ a3      idea
    ///            └── s1      agent, a sidechain
    static func sample() -> ConversationTree {
        tree { script in
            script.say("u1", after: nil)
            script.say("a1", after: "u1", role: "assistant")
            script.say("t1", after: "a1", role: "tool")
            script.say("a2", after: "t1", role: "assistant")
            script.add(
                .branchCreated,
                [
                    "branch": "idea", "from": "a1", "type": "fork", "parent_branch": "main",
                    "description": "another way",
                ])
            script.say("u2", after: "a1", branch: "idea")
            script.say("a3", after: "u2", role: "assistant", branch: "idea")
            script.add(
                .branchCreated,
                ["branch": "agent", "from": "u2", "type": "sidechain", "parent_branch": "idea"])
            script.say("s1", after: "u2", branch: "agent")
        }
    }

    @Test func knowsWhoStandsWhere() throws {
        let tree = Self.sample()
        #expect(try node("u1", in: tree).branches == ["main", "idea", "agent"])
        #expect(try node("t1", in: tree).branches == ["main"])
        #expect(try node("u2", in: tree).branches == ["idea", "agent"])
        #expect(try node("s1", in: tree).branches == ["agent"])
        #expect(try node("a1", in: tree).children == ["t1", "u2"])
        #expect(try node("a1", in: tree).parent == .init("u1"))
        #expect(try node("u1", in: tree).parent == nil)
        #expect(try node("s1", in: tree).isSidechain)
        #expect(try !node("a3", in: tree).isSidechain)
        // The sidechain below u2 is no second way on.
        #expect(tree.nodes().filter(\.isForkPoint).map(\.message.id) == ["a1"])
        #expect(tree.path(ofBranch: "main")?.messages.map(\.id) == ["u1", "a1", "t1", "a2"])
        #expect(tree.path(ofBranch: "agent")?.messages.map(\.id) == ["u1", "a1", "u2", "s1"])
        #expect(tree.path(ofBranch: "nowhere") == nil)
        #expect(tree.path(to: .init("a1")).messages.map(\.id) == ["u1", "a1"])
        let idea = try #require(tree.branch("idea"))
        #expect(idea.parent == "main")
        #expect(idea.origin == .init("a1"))
        #expect(idea.text == "another way")
        #expect(idea.head == .init("a3"))
        #expect(idea.headSequence == 7)
        #expect(tree.branches.map(\.name) == ["main", "idea", "agent"])
        #expect(tree.branches.map(\.type) == [.main, .fork, .sidechain])
        #expect(tree.message("a3")?.branch == "idea")
        #expect(tree.message("zz") == nil)
    }

    @Test func parallelToolResultsAreNoFork() throws {
        let tree = Self.tree { script in
            script.say("a1", after: nil, role: "assistant")
            script.say("t1", after: "a1", role: "tool")
            script.say("t2", after: "a1", role: "tool")
            script.say("a2", after: "t2", role: "assistant")
        }
        #expect(tree.nodes().allSatisfy { !$0.isForkPoint })
        let answered = Self.tree { script in
            script.say("a1", after: nil, role: "assistant")
            script.say("t1", after: "a1", role: "tool")
            script.say("a2", after: "t1", role: "assistant")
            script.say("u1", after: "a1")
        }
        #expect(answered.nodes().filter(\.isForkPoint).map(\.message.id) == ["a1"])
    }

    @Test func aMessageMayComeInPieces() throws {
        let tree = Self.tree { script in
            script.say(
                "a1", after: nil, role: "assistant",
                more: ["usage": ["output_tokens": 1], "model": "m"])
            script.add(
                .messageExtended,
                [
                    "message": "a1", "alias": "a1-2", "usage": ["output_tokens": 7],
                    "parts": [["type": "tool_use", "call": "c", "name": "n", "input": [:]]],
                ])
            script.add(.messageExtended, ["message": "a1", "parts": [["type": "thinking"]]])
            script.add(.messageExtended, ["message": "nobody", "parts": []])
            script.say("t1", after: "a1-2", role: "tool")
        }
        let message = try #require(tree.message("a1-2"))
        #expect(message.id == "a1")
        #expect(message.aliases == ["a1-2"])
        #expect(message.model == "m")
        #expect(
            message.parts() == [
                .text("a1"), .toolUse(.init(call: "c", name: "n", input: [:])),
                .unknown(["type": "thinking"]),
            ])
        #expect(message.usage() == ["output_tokens": 7])
        #expect(message.preview(1) == "a")
        #expect(try node("t1", in: tree).parent == .init("a1"))
        #expect(try node("a1", in: tree).children == ["t1"])
        #expect(tree.path(ofBranch: "main")?.messages.map(\.id) == ["a1", "t1"])
    }

    @Test func aPreviewGoesOnWithWhatWasStreamed() {
        func text(_ text: String, continues: Bool) -> JSONValue {
            ["type": "text", "text": .string(text), "continues": .bool(continues)]
        }
        let tree = Self.tree { script in
            script.say("a1", after: .null, role: "assistant")
            for (index, parts) in [
                [text(", a", continues: true), text("b", continues: true)],
                [text("c", continues: true), ["type": "thinking", "text": "hm"]],
                [text("later", continues: true)],
            ].enumerated() {
                script.add(
                    .messageExtended,
                    ["message": "a1", "part": JSONValue(index), "parts": .array(parts)])
            }
        }
        let message = tree.message("a1")
        #expect(message?.preview() == "a1, abc")
        #expect(message?.preview(4) == "a1, ")
        #expect(message?.preview(5) == "a1, a")
        #expect(message?.preview(0) == "")
    }

    @Test func aParentMayLieElsewhereOrBeMissing() throws {
        let session = EventScript.defaultSession.hexadecimal
        let tree = Self.tree { script in
            script.say(
                "m1", after: ["session": "00000000000000000000000000000007", "message": "z"])
            script.say("m2", after: ["session": .string(session), "message": "m1"])
            script.say("m3", after: "gone")
            script.say("m4", after: nil, more: ["missing_parent": "lost"])
            script.say("m5", after: 17)
        }
        let foreign = MessageReference("z", session: "00000000000000000000000000000007")
        #expect(try node("m1", in: tree).parent == foreign)
        #expect(try !node("m1", in: tree).isParentMissing)
        #expect(try node("m2", in: tree).parent == .init("m1"))
        #expect(try node("m3", in: tree).isParentMissing)
        #expect(try node("m4", in: tree).isParentMissing)
        #expect(try node("m4", in: tree).message.missingParent == "lost")
        #expect(try node("m5", in: tree).parent == nil)
        #expect(tree.path(to: .init("m2")).origin == foreign)
        #expect(tree.path(to: .init("m3")).origin == .init("gone"))
        #expect(tree.path(to: .init("m3")).messages.map(\.id) == ["m3"])
        let nodes = try #require(tree.json()["nodes"]?.array)
        #expect(nodes[0]["parent"] == foreign.json)
        #expect(nodes[2]["missing_parent"] == "gone")
        #expect(nodes[3]["missing_parent"] == "lost")
    }

    @Test func jsonHasItsKeys() throws {
        let json = Self.sample().json()
        #expect(json.object?.names == ["session", "branch", "heads", "branches", "nodes"])
        #expect(json["heads"]?.description == #"{"main":"a2","idea":"a3","agent":"s1"}"#)
        let node = try #require(json["nodes"]?[5])
        #expect(
            node.object?.names == [
                "id", "parent", "branches", "role", "seq", "time", "occurred", "children",
            ] || node["sidechain"] == true)
        #expect(json["nodes"]?[1]?["fork_point"] == true)
        #expect(json["nodes"]?[1]?["branches"] == ["main", "idea", "agent"])
        #expect(json["nodes"]?[6]?["sidechain"] == true)
        #expect(json["branches"]?[1]?["description"] == "another way")
    }

    @Test func aBranchMayBeNamedBeforeItIsMade() throws {
        let tree = Self.tree { script in
            script.say("u1", after: nil)
            script.say("u2", after: "u1", branch: "early")
            script.add(
                .branchCreated,
                ["branch": "early", "from": "u1", "type": "fork", "parent_branch": "main"])
            script.add(.branchCreated, ["branch": "early", "from": nil, "type": "sidechain"])
            script.add(.branchCreated, ["branch": "main", "from": "u2", "type": "sidechain"])
            script.add(.branchCreated, ["from": "u1"])
            script.add(.branchCreated, ["branch": "empty", "from": nil])
            script.add(.branchSwitched, ["branch": "nowhere"])
            script.add(.branchSwitched, [:])
        }
        #expect(tree.branch("early")?.head == .init("u2"))
        #expect(tree.branch("early")?.type == .fork)
        #expect(tree.branch("early")?.origin == .init("u1"))
        #expect(tree.branch("main")?.type == .main)
        #expect(tree.branch("main")?.head == .init("u1"))
        #expect(tree.branch("empty")?.head == nil)
        #expect(tree.path(ofBranch: "empty")?.messages.isEmpty == true)
        #expect(tree.currentBranch == "main")
        #expect(tree.branches.count == 3)
        #expect(tree.json()["heads"]?["empty"] == .some(.null))
    }
}

/// What no honest writer would append must do no harm.
struct HostileTreeTests {
    @Test func circlesAreCut() throws {
        let tree = ConversationTreeTests.tree { script in
            script.say("a", after: "c")
            script.say("b", after: "a")
            script.say("c", after: "b")
            script.say("self", after: "self")
            script.say("tail", after: "self")
            script.say("x", after: "a", branch: "other")
        }
        #expect(tree.path(to: .init("c")).messages.map(\.id) == ["a", "b", "c"])
        #expect(tree.path(to: .init("c")).origin == nil)
        #expect(tree.path(ofBranch: "main")?.messages.map(\.id) == ["self", "tail"])
        #expect(tree.path(ofBranch: "other")?.messages.map(\.id) == ["b", "c", "a", "x"])
        let nodes = tree.nodes()
        #expect(nodes[0].branches == ["other"])
        #expect(nodes[3].branches == ["main"])
        #expect(nodes[3].children == ["self", "tail"])
        _ = tree.json()
    }

    @Test func aSecondMessageOfAnIdIsPassedOver() throws {
        let tree = ConversationTreeTests.tree { script in
            script.say("a", after: nil, text: "first")
            script.say("b", after: "a")
            script.say("a", after: "b", text: "second")
            script.add(.messageExtended, ["message": "b", "alias": "a", "parts": []])
        }
        #expect(tree.messages.map(\.id) == ["a", "b"])
        #expect(tree.message("a")?.parts() == [.text("first")])
        #expect(tree.branch("main")?.head == .init("b"))
        #expect(tree.message("b")?.aliases == [])
    }

    @Test func contentWithoutSenseIsCountedAndEmpty() throws {
        let tree = ConversationTreeTests.tree { script in
            script.add(.messageAppended, [:])
            script.add(.messageAppended, ["message": 7, "parts": []])
            script.add(.messageAppended, ["message": "ok", "parts": 3, "role": 4, "parent": [1]])
            script.add(.messageExtended, [:])
            script.add(
                line: Array(script.events[0].description.replacing("{}}", with: "{x}}").utf8))
        }
        #expect(tree.messages.map(\.id) == ["@1", "@2", "ok", "@1"])
        let message = try #require(tree.message("ok"))
        #expect(message.parts().isEmpty)
        #expect(message.role == nil)
        #expect(message.parent == nil)
        #expect(message.usage() == nil)
        #expect(message.preview() == "")
        #expect(tree.nodes().count == 4)
    }

    @Test func manyChildrenAndALongChain() throws {
        let wide = ConversationTreeTests.tree { script in
            script.say("root", after: nil)
            for index in 0..<20_000 { script.say("c\(index)", after: "root") }
        }
        #expect(wide.nodes()[0].children.count == 20_000)
        #expect(wide.nodes()[0].isForkPoint)
        let deep = ConversationTreeTests.tree { script in
            script.say("c0", after: nil)
            for index in 1..<40_000 { script.say("c\(index)", after: .string("c\(index - 1)")) }
        }
        #expect(deep.path(ofBranch: "main")?.messages.count == 40_000)
        #expect(deep.nodes().last?.branches == ["main"])
    }

    /// Events with random data of any shape: nothing traps, and every fold of a prefix agrees with
    /// the fold that goes on.
    @Test func randomDataDoesNoHarm() throws {
        var generator = SeededGenerator(seed: 99)
        let names = ["a", "b", "c", "main", "side"]
        for _ in 0..<200 {
            var script = EventScript()
            for _ in 0..<40 {
                let kind = EventKind.catalogue.randomElement(using: &generator)!
                var data: JSONObject = generator.jsonObject()
                let keys = [
                    "message", "parent", "role", "parts", "branch", "from", "type", "set", "alias",
                    "parent_branch", "metadata", "usage", "original", "message@", "to", "merge",
                    "source", "into", "messages", "edits", "same_edits", "conflicts", "restores",
                    "status", "at", "call", "streaming", "strategy", "source_head",
                ]
                for key in keys where Bool.random(using: &generator) {
                    data[key] =
                        Bool.random(using: &generator)
                        ? .string(names.randomElement(using: &generator)!)
                        : generator.json(depth: 3)
                }
                script.add(
                    EventKind(rawValue: kind.name), data,
                    branch: names.randomElement(using: &generator))
                if Int.random(in: 0..<8, using: &generator) == 0 {
                    script.withhold(sequence: script.events.last!.sequence)
                }
            }
            let state = try SessionProjection().fold(script.events)
            for branch in state.tree.branches { _ = state.json(branch: branch.name) }
            #expect(state.tree.nodes().count == state.tree.messages.count)
            #expect(state.eventCount == 40)
            _ = state.tree.json()
            _ = state.tree.cycles()
            _ = state.tree.toolCalls()
            for (left, right) in zip(state.tree.branches, state.tree.branches.dropFirst()) {
                _ = state.tree.comparison(of: left.name, and: right.name)
                _ = try? state.mergePreview(left.name, into: right.name, strategy: .ask)
            }
            _ = try AnnotationProjection().fold(script.events)
            _ = try AuditProjection().fold(script.events).entries.map(\.json)
        }
    }
}
