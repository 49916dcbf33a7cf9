import JournalTestKit
import SessionJournal
import Testing

@Suite struct WhatIfTests {
    private func journal(withholding: UInt64? = nil) async throws -> Journal {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "a", "model": "m-1"]])  // 1
        script.say("u1", after: nil)  // 2
        script.say("a1", after: "u1", role: "assistant", more: ["model": "m-1"])  // 3
        script.say("u2", after: "a1")  // 4
        script.say(
            "a2", after: "u2", role: "assistant", more: ["usage": ["output_tokens": 9]])  // 5
        script.add(.sessionMetadataChanged, ["set": ["name": "b", "model": "m-2"]])  // 6
        script.add(
            .branchCreated,
            ["branch": "side", "from": "u2", "type": "fork", "parent_branch": "main"])  // 7
        script.say("s1", after: "u2", branch: "side")  // 8
        if let withholding { script.withhold(sequence: withholding) }
        let journal = Journal.inMemory()
        try await journal.store.adopt(script.events.map(\.line), durability: .durable)
        return journal
    }

    private let session = EventScript.defaultSession

    private func path(_ state: SessionState, _ branch: String = "main") -> [String] {
        state.tree.path(ofBranch: branch)?.messages.map(\.id) ?? []
    }

    @Test func leavingOutAMessageKeepsWhatWasSaidAroundIt() async throws {
        let journal = try await journal()
        let answer = try await journal.whatIf(Alteration(dropping: [4]), in: session)
        #expect(path(answer.actual) == ["u1", "a1", "u2", "a2"])
        #expect(path(answer.supposed) == ["u1", "a1", "a2"])
        #expect(answer.difference.removed.map(\.id) == ["u2"] && answer.difference.added.isEmpty)
        // The branch that began there begins where it led.
        #expect(path(answer.supposed, "side") == ["u1", "a1", "s1"])
        #expect(answer.supposed.tree.branch("side")?.origin == MessageReference("a1"))
        // Two in a row, and the first of all.
        let two = try await journal.whatIf(Alteration(dropping: [3, 4]), in: session)
        #expect(path(two.supposed) == ["u1", "a2"])
        let first = try await journal.whatIf(Alteration(dropping: [2]), in: session)
        #expect(path(first.supposed) == ["a1", "u2", "a2"])
        let all = try await journal.whatIf(
            Alteration(dropping: Set(1...8)), in: session)
        #expect(all.supposed.session == nil && all.difference.removed.count == 4)
        // Nothing was written.
        #expect(try await journal.lastSequence() == 8)
    }

    @Test func anEventSaysSomethingElse() async throws {
        let journal = try await journal()
        let answer = try await journal.whatIf(
            Alteration(changing: [
                4: ["parts": [["type": "text", "text": "other"]]],
                6: ["set": ["name": "c"]],
            ]), in: session)
        #expect(answer.difference.edited.map(\.new.id) == ["u2"])
        #expect(answer.difference.edited.first?.new.preview() == "other")
        #expect(answer.supposed.metadata()["name"] == "c")
        #expect(answer.supposed.metadata()["model"] == "m-1")
        #expect(Set(answer.difference.fields.map(\.name)) == ["name", "model"])
        // What is given as a member takes the place of a pointer into the source line.
        var script = EventScript()
        script.add(
            .messageAppended,
            [
                "message": "m", "parent": nil, "role@": "/r", "parts@": "/c",
                "original": ["r": "user", "c": [["type": "text", "text": "old"]]],
            ])
        let state = try WhatIfProjection(
            Alteration(changing: [1: ["parts": [["type": "text", "text": "new"]]]])
        ).fold(script.events).session
        #expect(state.tree.messages.first?.preview() == "new")
        #expect(state.tree.messages.first?.role == .user)
    }

    @Test func aPointInThePastAndABranch() async throws {
        let journal = try await journal()
        let then = try await journal.whatIf(
            Alteration(dropping: [3]), in: session, at: .sequence(4))
        #expect(path(then.actual) == ["u1", "a1", "u2"] && path(then.supposed) == ["u1", "u2"])
        let side = try await journal.whatIf(
            Alteration(dropping: [3]), in: session, branch: "side")
        #expect(path(side.supposed, "side") == ["u1", "u2", "s1"])
        #expect(side.difference.removed.map(\.id) == ["a1"])
    }

    @Test func whatCannotBeSupposedIsRefused() async throws {
        let journal = try await journal(withholding: 3)
        func code(_ alteration: Alteration, _ point: PointInTime = .now) async -> JournalError.Code?
        {
            do { _ = try await journal.whatIf(alteration, in: session, at: point) } catch {
                return (error as? JournalError)?.code
            }
            return nil
        }
        #expect(await code(Alteration(dropping: [9])) == .eventNotFound)
        #expect(await code(Alteration(dropping: [0])) == .eventNotFound)
        #expect(await code(Alteration(changing: [6: [:]]), .sequence(5)) == .eventNotFound)
        #expect(await code(Alteration(changing: [3: ["role": "user"]])) == .invalidArgument)
        // What is withheld can still be left out.
        #expect(await code(Alteration(dropping: [3])) == nil)
    }

    @Test func aSuppositionIsKeptAsABranch() async throws {
        let journal = try await journal()
        let answer = try await journal.whatIf(
            Alteration(
                dropping: [6], changing: [4: ["parts": [["type": "text", "text": "other"]]]]),
            in: session)
        let before = try await journal.state(of: session)
        let kept = try await journal.as("user:bob").keep(answer, as: "retry")
        #expect(kept.branch == "retry" && kept.messageCount == 2)
        // The name belongs to the session; the model is the branch's.
        #expect(kept.fieldsNotKept == ["name"])
        let after = try await journal.state(of: session)
        #expect(
            path(after) == path(before) && after.metadata(on: "main") != after.metadata(on: "retry")
        )
        let messages = try #require(after.tree.path(ofBranch: "retry")?.messages)
        #expect(messages.count == 4 && messages.prefix(2).map(\.id) == ["u1", "a1"])
        #expect(messages[2].preview() == "other" && messages[3].preview() == "a2")
        #expect(messages[3].usage() == nil && messages[3].branch == "retry")
        #expect(after.metadata(on: "retry")["model"] == "m-1")
        #expect(after.metadata(on: "main")["model"] == "m-2")
        #expect(after.tree.branch("retry")?.origin == .init("a1"))
        let event = try #require(try await journal.event(at: 10))
        #expect(try event.data()["copied_from"] == "u2")
        #expect(event.actor == "user:bob" && event.reason == "what if: without 6; changed 4")
        // One commit; the name is taken now.
        #expect(kept.receipts.map(\.sequence) == [9, 10, 11, 12])
        await #expect(throws: JournalError(.conflict, "")) {
            try await journal.as("user:bob").keep(answer, as: "retry")
        }
        #expect(try await journal.lastSequence() == 12)
    }

    @Test func whatIsWithheldIsNotWrittenAgain() async throws {
        let journal = try await journal(withholding: 5)
        let answer = try await journal.whatIf(Alteration(dropping: [2]), in: session)
        // The withheld message is the root of what remains: nothing of it can be repeated.
        let state = answer.supposed
        #expect(state.tree.messages.contains { $0.isWithheld })
        let side = try await journal.whatIf(Alteration(dropping: [3]), in: session, branch: "side")
        let kept = try await journal.as("user:bob").keep(side, as: "short", reason: "shorter")
        #expect(kept.messageCount == 2)
        #expect(try await journal.event(at: 9)?.reason == "shorter")
    }
}
