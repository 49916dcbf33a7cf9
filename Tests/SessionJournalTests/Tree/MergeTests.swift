import JournalTestKit
import SessionJournal
import Testing

/// Merges through a writer: what they bring, what they record, and how a path runs through them.
struct MergeTests {
    let journal = Journal.inMemory()
    var ada: JournalWriter { journal.as("user:ada") }

    private func path(_ branch: String, _ session: SessionID) async throws -> [String] {
        let state = try await journal.state(of: session)
        return try #require(state.tree.path(ofBranch: branch)).messages.map {
            $0.isRemoved ? "removed" : $0.preview()
        }
    }

    /// main: one, two; idea, from one: i1, i2.
    private func session() async throws -> (SessionID, one: String) {
        let session = try await ada.createSession(metadata: ["model": "m0"])
        let one = try await ada.say("user", "one", in: session)
        try await ada.createBranch("idea", in: session)
        try await ada.say("user", "two", in: session)
        try await ada.say("user", "i1", in: session, branch: "idea")
        try await ada.say("user", "i2", in: session, branch: "idea")
        return (session, one.message)
    }

    @Test func bringsTheMessagesOfTheBranchAndThenOnlyNewOnes() async throws {
        let (session, one) = try await session()
        let merge = try #require(try await ada.merge("idea", in: session, reason: "good"))
        #expect(merge.preview.messages.map { $0.preview() } == ["i1", "i2"])
        #expect(merge.preview.base?.id == one)
        #expect(try await path("main", session) == ["one", "two", "i1", "i2"])
        #expect(try await path("idea", session) == ["one", "i1", "i2"])
        // With nothing new nothing is written.
        #expect(try await ada.merge("idea", in: session) == nil)
        #expect(try await journal.store.head(of: session)?.version == merge.receipt.version)
        try await ada.say("user", "three", in: session)
        let last = try await ada.say("user", "i3", in: session, branch: "idea")
        let second = try #require(try await ada.merge("idea", in: session))
        #expect(second.preview.messages.map(\.id) == [last.message])
        #expect(second.preview.base?.preview() == "i2")
        #expect(
            try await path("main", session) == ["one", "two", "i1", "i2", "three", "i3"])
        // Both parents are kept.
        let tree = try await journal.tree(of: session)
        let kept = try #require(tree.merge(merge.merge))
        #expect(kept.target == "main" && kept.source == "idea" && kept.actor == "user:ada")
        #expect(kept.reason == "good")
        #expect(kept.targetHead.flatMap { tree.message($0.message) }?.preview() == "two")
        #expect(kept.sourceHead.flatMap { tree.message($0.message) }?.preview() == "i2")
        #expect(tree.mergeBase(of: "main", and: "idea")?.id == last.message)
        #expect(tree.json()["merges"]?.array?.count == 2)
        let nodes = tree.nodes()
        #expect(nodes.allSatisfy { !$0.isParentMissing })
        let three = try #require(nodes.first { $0.message.preview() == "three" })
        #expect(three.parent == MessageReference(merge.merge))
        #expect(nodes.first { $0.message.preview() == "two" }?.children == [three.message.id])
        #expect(nodes.first { $0.message.preview() == "i1" }?.branches == ["main", "idea"])
        let state = try await journal.state(of: session)
        #expect(state.json(branch: "main")?["merges"]?.array?.count == 2)
        #expect(state.json(branch: "idea")?["merges"] == nil)
    }

    @Test func whatIsEditedAfterwardsOnTheSourceDoesNotShow() async throws {
        let (session, _) = try await session()
        let tree = try await journal.tree(of: session)
        let i1 = try #require(tree.messages.first { $0.preview() == "i1" }).id
        try await ada.edit(i1, text: "I1", in: session, branch: "idea")
        try await ada.merge("idea", in: session)
        #expect(try await path("main", session) == ["one", "two", "I1", "i2"])
        try await ada.edit(i1, text: "later", in: session, branch: "idea")
        try await ada.remove(i1, in: session, branch: "idea")
        #expect(try await path("main", session) == ["one", "two", "I1", "i2"])
        #expect(try await path("idea", session) == ["one", "removed", "i2"])
        // Nor does the one that merges messages alone take it; the other one does.
        #expect(try await ada.merge("idea", in: session) == nil)
        try await ada.merge("idea", in: session, strategy: .ask)
        #expect(try await path("main", session) == ["one", "two", "removed", "i2"])
    }

    /// A set gets what either side added, and loses what either took away.
    @Test func setsMergeElementByElement() async throws {
        try await ada.declareField(MetadataField("labels", type: .set, scope: .branch))
        let session = try await ada.createSession(metadata: ["labels": ["a", "b", "c"]])
        try await ada.createBranch("idea", in: session)
        try await ada.setMetadata(["labels": ["a", "b", "d"]], in: session)
        try await ada.setMetadata(["labels": ["b", "c", "e"]], in: session, branch: "idea")
        let merge = try #require(try await ada.merge("idea", in: session, strategy: .ask))
        #expect(merge.preview.conflicts.isEmpty)
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "main")["labels"] == ["b", "d", "e"])
    }

    @Test func mergesMetadataThreeWays() async throws {
        let (session, _) = try await session()
        try await ada.setMetadata(["model": "m1"], in: session, branch: "idea")
        try await ada.setMetadata(["max_tokens": 5], in: session)
        let merge = try #require(try await ada.merge("idea", in: session, strategy: .ask))
        #expect(merge.preview.metadata == ["model": "m1"])
        #expect(merge.preview.conflicts.isEmpty)
        var state = try await journal.state(of: session)
        #expect(state.metadata(on: "main")["model"] == "m1")
        #expect(state.metadata(on: "main")["max_tokens"] == 5)
        #expect(state.metadata(on: "idea")["max_tokens"] == .null)
        #expect(state.metadata()["modified_by"] == "user:ada")
        let trail = try await journal.audit(of: session).entries
        let entry = try #require(trail.last)
        #expect(entry.field == "model" && entry.old == "m0" && entry.new == "m1")
        // What was seen is not in conflict: the newer value wins either way.
        try await ada.setMetadata(["model": "m2"], in: session)
        #expect(try await ada.merge("idea", in: session, strategy: .theirs) == nil)
        try await ada.merge("main", into: "idea", in: session, strategy: .ask)
        state = try await journal.state(of: session)
        #expect(state.metadata(on: "idea")["model"] == "m2")
        #expect(state.metadata(on: "idea")["max_tokens"] == 5)
    }

    @Test func conflictsAreNamedDecidedAndRecorded() async throws {
        let (session, one) = try await session()
        try await ada.setMetadata(["model": "ours", "max_tokens": 1], in: session)
        try await ada.setMetadata(
            ["model": "theirs", "max_tokens": 1], in: session, branch: "idea")
        try await ada.edit(one, text: "ours", in: session, branch: "main")
        try await ada.edit(one, text: "theirs", in: session, branch: "idea")
        let before = try await journal.state(of: session)
        let preview = try before.mergePreview("idea", strategy: .ask)
        #expect(preview.conflicts.map(\.name) == ["model", one])
        #expect(preview.undecided.count == 2)
        #expect(preview.sameMetadata == ["max_tokens": 1])
        let error = await #expect(throws: JournalError.self) {
            try await ada.merge("idea", in: session, strategy: .ask, take: ["model": .theirs])
        }
        #expect(error?.code == .mergeConflict)
        #expect(error?.message.contains(one) == true)
        #expect(throws: JournalError.self) {
            try before.mergePreview("idea", strategy: .ask, take: ["name": .ours])
        }
        // A preview writes nothing.
        #expect(try await journal.store.head(of: session)?.version == before.version)
        let merge = try #require(
            try await journal.as("user:bob").merge(
                "idea", in: session, strategy: .ask, take: ["model": .theirs, one: .ours]))
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "main")["model"] == "theirs")
        #expect(try await path("main", session).first == "ours")
        let recorded = try #require(state.tree.merge(merge.merge))
        #expect(recorded.actor == "user:bob")
        #expect(recorded.conflicts.map(\.taken) == [.theirs, .ours])
        #expect(recorded.conflicts[0].ours == "ours" && recorded.conflicts[0].theirs == "theirs")
        // What was decided is no conflict again, in either direction.
        #expect(try await ada.merge("idea", in: session, strategy: .ask) == nil)
        let back = try #require(
            try await ada.merge("main", into: "idea", in: session, strategy: .ask))
        #expect(back.preview.conflicts.isEmpty)
        #expect(try await path("idea", session).first == "ours")
    }

    @Test(arguments: [MergeStrategy.ours, .theirs])
    func aStrategyDecides(strategy: MergeStrategy) async throws {
        let (session, _) = try await session()
        try await ada.setMetadata(["model": "ours"], in: session)
        try await ada.setMetadata(["model": "theirs"], in: session, branch: "idea")
        let merge = try #require(try await ada.merge("idea", in: session, strategy: strategy))
        #expect(merge.preview.conflicts.map(\.taken) == [strategy == .ours ? .ours : .theirs])
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "main")["model"] == .string(strategy.rawValue))
    }

    @Test func rewindsAndForksAmongWhatAMergeBrought() async throws {
        let (session, _) = try await session()
        let merge = try #require(try await ada.merge("idea", in: session))
        let i1 = merge.preview.messages[0].id
        try await ada.rewind(to: .message(i1), in: session)
        #expect(try await path("main", session) == ["one", "two", "i1"])
        #expect(try await ada.rewind(to: .message(i1), in: session) == nil)
        try await ada.say("user", "four", in: session)
        #expect(try await path("main", session) == ["one", "two", "i1", "four"])
        // What a rewind took away is not brought again.
        #expect(try await ada.merge("idea", in: session) == nil)
        try await ada.createBranch("own", in: session, from: .message(i1))
        #expect(try await path("own", session) == ["one", "i1"])
        try await ada.createBranch("here", in: session, of: "main")
        #expect(try await path("here", session) == ["one", "two", "i1", "four"])
        try await ada.rewind(to: .event(merge.receipt.sequence), in: session)
        #expect(try await path("main", session) == ["one", "two", "i1", "i2"])
    }

    @Test func whatMakesNoSenseIsRefused() async throws {
        let (session, _) = try await session()
        for (source, target) in [("no", nil), ("idea", "no"), ("idea", "idea")] {
            let error = await #expect(throws: JournalError.self) {
                try await ada.merge(source, into: target, in: session)
            }
            #expect(error?.code == (target == "idea" ? .invalidArgument : .branchNotFound))
        }
    }

    /// Events that no writer of this library appends.
    @Test func hostileMergesDoNoHarm() throws {
        let tree = ConversationTreeTests.tree { script in
            script.say("a", after: nil)
            script.say("b", after: "m2")
            let merges: [JSONObject] = [
                [:], ["merge": 3], ["merge": "a"],
                ["merge": "m1", "source": "main", "messages": ["a", "a", "no", 4], "set": [1]],
                [
                    "merge": "m2", "source": "gone", "source_head": "m2", "strategy": "theirs",
                    "messages": ["b"], "set": ["model": "x", "name": 4],
                    "edits": ["a": -1, "b": 9],
                    "conflicts": [7, ["field": "model"], ["message": "a", "take": "both"]],
                ],
                ["merge": "m2", "messages": ["a"]],
            ]
            for merge in merges { script.add(.branchMerged, merge) }
            script.add(.branchRewound, ["branch": "main", "to": "b", "into": "m2", "merge": "m2"])
            script.add(.branchRewound, ["branch": "main", "to": "a", "into": "m1", "merge": "c"])
            script.add(.branchRewound, ["branch": "no", "to": "a"])
            script.add(.branchRewound, ["branch": "main"])
            script.say("end", after: "c")
        }
        #expect(tree.merges.map(\.id) == ["m1", "m2", "c"])
        #expect(tree.path(ofBranch: "main")?.messages.map(\.id) == ["b", "a", "end"])
        #expect(tree.nodes().count == 3)
        _ = tree.json()
    }
}
