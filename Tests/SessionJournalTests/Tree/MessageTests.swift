import JournalTestKit
import SessionJournal
import Testing

/// What becomes of messages: edits, removals, streams, tool calls, attachments, notes.
struct MessageTests {
    let journal = Journal.inMemory()
    var ada: JournalWriter { journal.as("user:ada") }

    private func message(_ id: String, _ session: SessionID) async throws -> Message {
        try #require(try await journal.state(of: session).tree.message(id))
    }

    @Test func everyEarlierTextStays() async throws {
        let session = try await ada.createSession()
        let said = try await ada.say("user", "one", in: session)
        try await journal.as("user:bob").edit(
            said.message, text: "two", in: session, reason: "clearer")
        #expect(try await ada.edit(said.message, text: "two", in: session) == nil)
        let removed = try #require(try await ada.remove(said.message, in: session))
        #expect(try await ada.remove(said.message, in: session) == nil)
        var now = try await message(said.message, session)
        #expect(now.isRemoved && now.parts().isEmpty && now.preview() == "")
        #expect(now.revisions.map(\.isRemoval) == [false, false, true])
        #expect(now.revisions.map { $0.parts() } == [[.text("one")], [.text("two")], []])
        #expect(now.revisions[1].actor == "user:bob" && now.revisions[1].reason == "clearer")
        var state = try await journal.state(of: session)
        #expect(state.turnCount == 0)
        #expect(state.json()?["messages"]?[0]?["removed"] == JSONValue(removed.sequence))
        #expect(state.tree.nodes().count == 1)
        try await ada.restore(said.message, to: said.receipt.sequence, in: session)
        now = try await message(said.message, session)
        #expect(now.parts() == [.text("one")] && !now.isRemoved)
        #expect(now.revisions.count == 4)
        state = try await journal.state(of: session)
        #expect(state.json()?["messages"]?[0]?["edited"] == JSONValue(now.revision?.sequence ?? 0))
        let error = await #expect(throws: JournalError.self) {
            try await ada.restore(said.message, to: 1, in: session)
        }
        #expect(error?.code == .eventNotFound)
        let then = try await journal.state(of: session, at: .sequence(3))
        #expect(then.tree.message(said.message)?.preview() == "two")
    }

    @Test func anEditShowsOnItsBranchAlone() async throws {
        let session = try await ada.createSession()
        let said = try await ada.say("user", "one", in: session)
        try await ada.createBranch("idea", in: session)
        try await ada.switchBranch(to: "idea", in: session)
        try await ada.edit(said.message, text: "ONE", in: session)
        let tree = try await journal.tree(of: session)
        #expect(tree.path(ofBranch: "idea")?.messages.first?.preview() == "ONE")
        #expect(tree.path(ofBranch: "main")?.messages.first?.preview() == "one")
        #expect(tree.message(said.message)?.preview() == "one")
        try await ada.createBranch("deep", in: session)
        let later = try await journal.tree(of: session)
        #expect(later.path(ofBranch: "deep")?.messages.first?.preview() == "ONE")
        try await ada.switchBranch(to: "main", in: session)
        let more = try await ada.say("user", "two", in: session)
        let error = await #expect(throws: JournalError.self) {
            try await ada.edit(more.message, text: "x", in: session, branch: "idea")
        }
        #expect(error?.code == .messageNotFound)
    }

    @Test func aMessageThatComesInChunksIsOneText() async throws {
        let session = try await ada.createSession()
        let stream = try await ada.openMessage("assistant", in: session, model: "m")
        try await stream.append("Let ", type: "thinking")
        try await stream.append("me", type: "thinking")
        try await stream.append("Hel")
        // A crash here leaves an honest part.
        var now = try await message(stream.message, session)
        #expect(now.state == .partial)
        #expect(now.parts() == [.thinking("Let me", signature: nil), .text("Hel")])
        #expect(
            try await journal.state(of: session).json()?["messages"]?[0]?["state"] == "partial")
        try await stream.append("lo")
        try await stream.finish(usage: ["output_tokens": 4])
        now = try await message(stream.message, session)
        #expect(now.state == .complete && now.finishedSequence != nil)
        #expect(now.parts().last == .text("Hello"))
        #expect(now.usage() == ["output_tokens": 4])
        #expect(try await stream.finish() == nil)
        let error = await #expect(throws: JournalError.self) { try await stream.append("x") }
        #expect(error?.code == .invalidArgument)
        let other = try await ada.openMessage("assistant", in: session)
        try await other.append("Wel")
        try await other.abandon(reason: "cancelled")
        now = try await message(other.message, session)
        #expect(now.state == .abandoned && now.parts() == [.text("Wel")])
        #expect(now.parent == .init(stream.message))
        // Somebody who comes back settles what was left open.
        let lost = try await ada.openMessage("assistant", in: session)
        try await journal.as("agent:next").finishMessage(
            lost.message, in: session, as: .abandoned)
        #expect(try await message(lost.message, session).state == .abandoned)
    }

    @Test func callsAreJoinedToTheirResults() async throws {
        let session = try await ada.createSession()
        func call(_ id: String) -> JSONValue {
            ["type": "tool_use", "call": .string(id), "name": "T", "input": ["q": .string(id)]]
        }
        let asked = try await ada.say(
            "assistant", parts: ["a", "b", "c", "d"].map(call), in: session)
        for id in ["a", "b", "c"] {
            try await ada.append(
                EventDraft(
                    .toolStarted, data: ["call": .string(id), "name": "T"],
                    occurred: Timestamp("2026-01-01T00:00:00Z")), to: session)
        }
        let answered = try await ada.say(
            "tool", parts: [["type": "tool_result", "call": "a", "content": "yes"]], in: session)
        try await ada.append(
            [
                EventDraft(
                    .toolFinished, data: ["call": "a", "status": "ok", "duration_ms": 7]),
                EventDraft(
                    .toolFinished, data: ["call": "b", "status": "error"],
                    occurred: Timestamp("2026-01-01T00:00:02Z")),
                EventDraft(.toolFinished, data: ["call": "z", "name": "Z", "status": "ok"]),
            ], to: session)
        let tree = try await journal.tree(of: session)
        let calls = tree.toolCalls()
        #expect(calls.map(\.call) == ["a", "b", "c", "d", "z"])
        #expect(calls.map(\.status) == [.ok, .error, .running, .asked, .ok])
        #expect(calls.map(\.durationMilliseconds) == [7, 2_000, nil, nil, nil])
        #expect(calls[0].message == asked.message && calls[0].resultMessage == answered.message)
        #expect(calls[0].result?.content == "yes" && calls[0].input == ["q": "a"])
        #expect(calls[4].name == "Z" && calls[4].message == nil)
        #expect(tree.toolCalls(onBranch: "main").map(\.call) == ["a", "b", "c", "d"])
        #expect(tree.toolCalls(onBranch: "no").isEmpty)
        let json = try await journal.state(of: session).json()
        #expect(json?["tool_calls"]?[1]?["duration_ms"] == 2_000)
    }

    @Test func attachmentsAreStoredOnce() async throws {
        let session = try await ada.createSession()
        let bytes = (0..<(1 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
        let part = try await ada.attach(
            bytes, mediaType: "image/png", name: "a.png", in: session)
        #expect(part["type"] == "image" && part["name"] == "a.png")
        let version = try await journal.store.head(of: session)?.version
        #expect(version == 3)
        let again = try await ada.attach(bytes, mediaType: "text/csv", in: session)
        #expect(again["type"] == "document")
        #expect(try await journal.store.head(of: session)?.version == version)
        let blob = try #require(part["blob"]?.string)
        #expect(try await journal.attachment(blob, in: session) == bytes)
        #expect(try await journal.attachment("sha256:0", in: session) == nil)
        let said = try await ada.say("user", parts: [part], in: session)
        #expect(
            try await message(said.message, session).parts() == [
                .image(.init(mediaType: "image/png", location: .blob(blob), name: "a.png"))
            ])
        // Bytes that are not those of the name are damage.
        let other = "sha256:" + String(repeating: "1", count: 64)
        try await ada.append(
            EventDraft(
                .blobStored,
                data: [
                    "blob": .string(other), "index": 0, "count": 1, "size": 1, "base64": "AA==",
                ]),
            to: session)
        let error = await #expect(throws: JournalError.self) {
            try await journal.attachment(other, in: session)
        }
        #expect(error?.code == .damaged)
    }

    @Test func notesAreAboutSessionsMessagesAndEvents() async throws {
        let session = try await ada.createSession()
        let said = try await ada.say("user", "one", in: session)
        try await ada.annotate("topic", "tea", in: session)
        try await ada.annotate(
            "quality", 0.5, on: .message(said.message), in: session, confidence: 0.75,
            source: "review")
        try await ada.annotate("odd", true, on: .event(1), in: session, reason: "look")
        let notes = try await journal.annotations(of: session)
        #expect(notes.map(\.target) == [.session, .message(said.message), .event(1)])
        #expect(notes.map(\.name) == ["topic", "quality", "odd"])
        #expect(notes[1].confidence == 0.75 && notes[1].source == "review")
        #expect(notes[2].json["reason"] == "look")
        #expect(try await journal.annotations(of: session, at: .sequence(3)).count == 1)
        let wrong: [(AnnotationTarget, String, Double?, JournalError.Code)] = [
            (.message("no"), "n", nil, .messageNotFound), (.event(99), "n", nil, .eventNotFound),
            (.session, "", nil, .invalidArgument), (.session, "n", 1.5, .invalidArgument),
            (.session, "n", .nan, .invalidArgument),
        ]
        for (target, name, confidence, code) in wrong {
            let error = await #expect(throws: JournalError.self) {
                try await ada.annotate(name, 1, on: target, in: session, confidence: confidence)
            }
            #expect(error?.code == code)
        }
        var script = EventScript()
        for data in [[:], ["name": 3], ["name": "n", "target": 4]] as [JSONObject] {
            script.add(.annotationAdded, data)
        }
        #expect(try AnnotationProjection().fold(script.events).isEmpty)
    }

    @Test func aMessageHasMetadataAndReferences() async throws {
        let session = try await ada.createSession()
        let elsewhere = MessageReference("m", session: "other")
        let said = try await ada.say(
            "user", parts: [["type": "text", "text": "one"]], in: session,
            metadata: ["important": true], references: [elsewhere])
        try await ada.setMessageMetadata(
            ["ttl": 60, "important": true], of: said.message, in: session)
        #expect(
            try await ada.setMessageMetadata(["ttl": 60], of: said.message, in: session) == nil)
        let now = try await message(said.message, session)
        #expect(now.metadata == ["important": true, "ttl": 60])
        #expect(now.references == [elsewhere])
        #expect(now.revisions.count == 1)
        let json = try #require(try await journal.state(of: session).json()?["messages"]?[0])
        #expect(json["metadata"] == ["important": true, "ttl": 60])
        #expect(json["references"] == [elsewhere.json])
    }

    @Test func aThreadIsABranchBesideTheConversation() async throws {
        let session = try await ada.createSession()
        let one = try await ada.say("user", "one", in: session)
        try await ada.say("user", "two", in: session)
        try await ada.createBranch(
            "about one", in: session, from: .message(one.message), type: .thread,
            firstMessage: ("user", "why?"))
        let tree = try await journal.tree(of: session)
        #expect(tree.threads(about: one.message).map(\.name) == ["about one"])
        #expect(tree.threads(about: "no").isEmpty)
        #expect(tree.path(ofBranch: "main")?.messages.count == 2)
    }

    /// Events that no writer of this library appends.
    @Test func hostileContentDoesNoHarm() throws {
        let tree = ConversationTreeTests.tree { script in
            script.say("a", after: nil, more: ["streaming": 3, "metadata": [1], "references": 4])
            script.say("b", after: "a", more: ["streaming": true])
            let edits: [JSONObject] = [
                [:], ["message": "no", "parts": []], ["message": "a"],
                ["message": "a", "restores": -1], ["message": "a", "restores": 99],
                ["message": "a", "set": 4], ["message": "a", "parts": 7],
            ]
            for edit in edits { script.add(.messageEdited, edit, branch: "nowhere") }
            script.add(.messageRemoved, [:])
            script.add(.messageFinished, ["message": "b", "status": "odd"])
            script.add(.messageFinished, ["message": "a", "status": "abandoned"])
            script.add(.toolFinished, ["call": 4])
            script.add(.toolFinished, ["call": "c", "duration_ms": "long"])
            for name in ["main", "no"] {
                script.add(.branchRenamed, ["branch": .string(name), "to": "x"])
                script.add(.branchDeleted, ["branch": .string(name)])
                script.add(.branchRestored, ["branch": .string(name)])
            }
        }
        #expect(tree.message("a")?.state == .complete)
        #expect(tree.message("b")?.state == .partial)
        #expect(tree.message("a")?.parts() == [])
        #expect(tree.message("a")?.revisions.count == 2)
        #expect(tree.branches.map(\.name) == ["main"])
        #expect(tree.toolCalls().map(\.status) == [.ok])
    }
}
