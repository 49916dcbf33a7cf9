import JournalTestKit
@testable import SessionJournal
import Testing

/// Shapes that no act of this library makes and an import may hold: every reading act ends, and
/// says what there is.
struct HostileShapeTests {
    private let session = EventScript.defaultSession

    private func journal(_ script: EventScript) async throws -> Journal {
        let journal = Journal.inMemory()
        let lines = script.events.map(\.line)
        for start in stride(from: 0, to: lines.count, by: 5_000) {
            let end = min(start + 5_000, lines.count)
            try await journal.store.adopt(Array(lines[start..<end]), durability: .durable)
        }
        return journal
    }

    private func ids(_ messages: [Message]?) -> [String] { messages?.map(\.id) ?? [] }

    // MARK: Circles

    /// Three messages that answer each other, one that answers itself, and a branch that begins
    /// among them.
    private func circles() -> EventScript {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n"]])  // 1
        script.say("a", after: "c", branch: "main")  // 2
        script.say("b", after: "a", branch: "main")  // 3
        script.say("c", after: "b", branch: "main")  // 4
        script.add(
            .branchCreated, ["branch": "other", "from": "a", "parent_branch": "main"])  // 5
        script.say("x", after: "a", branch: "other")  // 6
        script.say("self", after: "self", branch: "main")  // 7
        script.say("tail", after: "self", branch: "main")  // 8
        return script
    }

    @Test func aCircleOfParentsIsShown() async throws {
        let journal = try await journal(circles())
        let state = try await journal.state(of: session)
        #expect(state.turnCount == 6)
        #expect(ids(state.tree.path(ofBranch: "main")?.messages) == ["self", "tail"])
        #expect(ids(state.tree.path(ofBranch: "other")?.messages) == ["b", "c", "a", "x"])
        #expect(ids(state.tree.path(to: MessageReference("c")).messages) == ["a", "b", "c"])
        #expect(state.tree.path(to: MessageReference("self")).origin == nil)
        #expect(ids(state.tree.lastMessages(2, ofBranch: "other")) == ["a", "x"])
        #expect(ids(state.tree.lastMessages(100, ofBranch: "other")) == ["b", "c", "a", "x"])
        let before = state.tree.lastMessages(5, ofBranch: "other", before: MessageReference("a"))
        #expect(ids(before) == ["a", "b", "c"])
        let nodes = state.tree.nodes()
        #expect(nodes.map(\.message.id) == ["a", "b", "c", "x", "self", "tail"])
        #expect(nodes.map(\.children) == [["b", "x"], ["c"], ["a"], [], ["self", "tail"], []])
        #expect(state.tree.json()["nodes"]?.array?.count == 6)
        #expect(state.json(branch: "other")?["messages"]?.array?.count == 4)
        #expect(state.tree.cycles().messages == ["a", "b", "c", "self"])
        #expect(
            state.tree.commonAncestor(of: MessageReference("x"), and: MessageReference("b"))
                != nil)
    }

    @Test func aCircleOfParentsIsComparedMergedAndSupposed() async throws {
        let journal = try await journal(circles())
        let difference = try await journal.difference(
            in: session, from: .sequence(4), branch: "main", otherBranch: "main")
        #expect(ids(difference.added) == ["self", "tail"])
        #expect(ids(difference.removed) == ["a", "b", "c"])
        let branches = try await journal.difference(
            in: session, from: .now, branch: "main", otherBranch: "other")
        #expect(ids(branches.added) == ["b", "c", "a", "x"] && branches.base == nil)
        let state = try await journal.state(of: session)
        for strategy in MergeStrategy.allCases {
            let preview = try state.mergePreview("other", into: "main", strategy: strategy)
            #expect(ids(preview.messages) == ["b", "c", "a", "x"] && preview.base == nil)
        }
        // What is left out of a circle leaves a smaller one.
        let one = try await journal.whatIf(Alteration(dropping: [3]), in: session, branch: "other")
        #expect(ids(one.supposed.tree.path(ofBranch: "other")?.messages) == ["c", "a", "x"])
        // Without all of it nothing stands before what answered it.
        let all = try await journal.whatIf(
            Alteration(dropping: [2, 3, 4, 7]), in: session, branch: "other")
        #expect(ids(all.supposed.tree.path(ofBranch: "other")?.messages) == ["x"])
        #expect(all.supposed.tree.path(ofBranch: "other")?.origin == nil)
        #expect(ids(all.supposed.tree.path(ofBranch: "main")?.messages) == ["tail"])
        var played: [UInt64] = []
        for try await step in try await journal.replay(session, branch: "other") {
            played.append(step.event.sequence)
        }
        #expect(played == [1, 2, 3, 4, 5, 6])
    }

    // MARK: Width

    /// One message, and very many that answer it.
    @Test func veryManyChildrenAreShown() async throws {
        let count = 100_000
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "n"]])
        script.say("root", after: nil, branch: "main")
        for index in 0..<count {
            let branch = index == 7 ? "side" : "main"
            script.say("c\(index)", after: "root", branch: branch, text: "same")
        }
        let journal = try await journal(script)
        let state = try await journal.state(of: session)
        let last = "c\(count - 1)"
        #expect(state.turnCount == count + 1)
        #expect(ids(state.tree.path(ofBranch: "main")?.messages) == ["root", last])
        #expect(ids(state.tree.lastMessages(10, ofBranch: "side")) == ["root", "c7"])
        let nodes = state.tree.nodes()
        #expect(nodes[0].children.count == count && nodes[0].isForkPoint)
        #expect(nodes[0].branches == ["main", "side"] && nodes[1].branches.isEmpty)
        #expect(state.tree.json()["nodes"]?[0]?["children"]?.array?.count == count)
        #expect(state.json(branch: "side")?["messages"]?.array?.count == 2)
        #expect(state.tree.cycles().messages.isEmpty)
        let preview = try state.mergePreview("side", into: "main", strategy: .ours)
        #expect(ids(preview.messages) == ["c7"] && preview.base?.id == "root")

        let difference = SessionDifference(
            from: try await journal.state(of: session, at: .sequence(2)), to: state)
        #expect(difference.added.count == count && difference.removed.isEmpty)
        // Without the root all of them begin a conversation.
        let supposed = try await journal.whatIf(Alteration(dropping: [2]), in: session)
        #expect(ids(supposed.supposed.tree.path(ofBranch: "main")?.messages) == [last])
        #expect(supposed.supposed.tree.nodes().allSatisfy { $0.parent == nil })
        var played = 0
        for try await _ in try await journal.replay(session, branch: "main") { played += 1 }
        #expect(played == 3)
    }
}
