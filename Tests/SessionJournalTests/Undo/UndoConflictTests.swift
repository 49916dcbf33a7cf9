import JournalTestKit
import SessionJournal
import Testing

/// What is built upon is not undone, and what is undone says so.
@Suite struct UndoConflictTests {
    let journal = Journal.inMemory()
    var ada: JournalWriter { journal.as("user:ada") }
    var bob: JournalWriter { journal.as("user:bob") }

    /// Expects that the act of an event cannot be undone; nothing may be stored.
    private func refusal(
        _ sequence: UInt64, _ session: SessionID, _ code: JournalError.Code = .conflict
    ) async throws -> String {
        let before = try await journal.lastSequence()
        let error = await #expect(throws: JournalError.self) {
            try await ada.undo(.event(sequence), in: session)
        }
        #expect(error?.code == code)
        #expect(try await journal.lastSequence() == before)
        return error?.message ?? ""
    }

    private func last() async throws -> UInt64 { try await journal.lastSequence() }

    @Test func aFieldThatChangedSinceIsAConflict() async throws {
        let session = try await ada.createSession()
        try await ada.setMetadata(["name": "a", "owner": "x"], in: session)
        let change = try await last()
        try await bob.setMetadata(["name": "b"], in: session)
        let since = try await last()
        let why = try await refusal(change, session)
        #expect(why.contains("“name” changed since by event \(since)"))
        // Also where it came back to what the event gave.
        try await bob.setMetadata(["name": "a"], in: session)
        _ = try await refusal(change, session)
        // A change of another field is in nobody's way.
        try await ada.setMetadata(["description": "d"], in: session)
        let other = try await last()
        try await bob.setMetadata(["name": "c"], in: session)
        try await ada.revert(other, in: session)
        #expect(try await journal.state(of: session).metadata()["description"] == "")
        // What is undone is undone once.
        #expect(try await refusal(other, session).contains("“description” changed since"))
    }

    @Test func elementsOfASetAreUndoneOneByOne() async throws {
        let session = try await ada.createSession(metadata: ["tags": ["old"]])
        var update = MetadataUpdate()
        update.add(["tea"], to: "tags")
        update.remove(["old"], from: "tags")
        try await ada.change(update, in: session)
        let change = try await last()
        var other = MetadataUpdate()
        other.add(["bob"], to: "tags")
        try await bob.change(other, in: session)
        try await ada.revert(change, in: session)
        #expect(
            Set(try await journal.state(of: session).metadata()["tags"]?.array ?? [])
                == ["old", "bob"])
        // An element that somebody removed is no longer there to be undone.
        _ = try await refusal(change, session)
    }

    @Test func aFieldOfABranchAndOneOfTheSessionAreOneAct() async throws {
        let session = try await ada.createSession(metadata: ["model": "m-1"])
        try await ada.createBranch("b", in: session)
        try await ada.change(["model": "m-2", "name": "n"], in: session, branch: "b")
        let last = try await last()
        let undone = try await ada.undo(in: session)
        #expect(undone.undone.map(\.sequence) == [last - 1, last])
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "b")["model"] == "m-1" && state.metadata()["name"] == "")
        #expect(try await ada.undo(in: session).undone.count == 2)
        let again = try await journal.state(of: session)
        #expect(again.metadata(on: "b")["model"] == "m-2" && again.metadata()["name"] == "n")
        // The field keeps its branch under another name.
        try await ada.renameBranch("b", to: "c", in: session)
        #expect(try await ada.undo(.event(last), in: session).undone.count == 2)
    }

    @Test func whatHasMovedOnStays() async throws {
        let session = try await ada.createSession()
        let one = try await ada.say("user", "one", in: session)
        try await bob.say("user", "two", in: session)
        #expect(
            try await refusal(one.receipt.sequence, session).contains(
                "the branch “main” moved on by event"))
        try await ada.createBranch("b", in: session)
        let made = try await last()
        try await ada.switchBranch(to: "b", in: session)
        #expect(try await refusal(made, session).contains("user:ada is on the branch “b”"))
        try await ada.switchBranch(to: "main", in: session)
        let switched = try await last()
        try await ada.createBranch("child", in: session, of: "b")
        #expect(try await refusal(made, session).contains("“child” comes from it"))
        try await ada.deleteBranch("child", in: session)
        try await ada.change(["model": "m"], in: session, branch: "b")
        #expect(try await refusal(made, session).contains("metadata of “b” changed since"))
        try await ada.edit(one.message, text: "ONE", in: session, branch: "b")
        let edited = try await last()
        try await ada.say("user", "three", in: session, branch: "b")
        #expect(try await refusal(made, session).contains("“b” moved on by event"))
        try await bob.edit(one.message, text: "1", in: session, branch: "b")
        #expect(try await refusal(edited, session).contains("was edited since by event"))
        try await ada.deleteBranch("b", in: session)
        #expect(try await refusal(edited, session).contains("“b” was deleted since"))
        // Where somebody stands, nobody else takes back.
        let error = await #expect(throws: JournalError.self) {
            try await bob.undo(.event(switched), in: session)
        }
        #expect(error?.message.contains("only user:ada") == true)
        try await ada.createBranch("b", in: session)
        let again = try await last()
        try await ada.edit(one.message, text: "!", in: session, branch: "b")
        #expect(try await refusal(again, session).contains("a message was edited on “b”"))
        #expect(try await refusal(made + 0, session).contains("was deleted since"))
    }

    @Test func namesStandingAndLabelsThatChangedSinceAreConflicts() async throws {
        let session = try await ada.createSession()
        let one = try await ada.say("user", "one", in: session)
        try await ada.createBranch("b", in: session)
        try await ada.renameBranch("b", to: "c", in: session)
        let renamed = try await last()
        try await ada.createBranch("b", in: session)
        _ = try await refusal(renamed, session, .branchExists)
        try await ada.renameBranch("c", to: "d", in: session)
        #expect(try await refusal(renamed, session).contains("called “d” since"))
        try await ada.perform(.archive, in: session)
        let archived = try await last()
        try await bob.perform(.resume, in: session)
        #expect(try await refusal(archived, session).contains("another status or phase since"))
        try await ada.perform(.extend(until: .latest), in: session)
        let extended = try await last()
        try await ada.perform(.terminate(force: true), in: session)
        #expect(try await refusal(extended, session).contains("does not go on"))
        try await ada.perform(.resume, in: session)
        try await ada.perform(.extend(until: .earliest), in: session)
        #expect(try await refusal(extended, session).contains("to another moment since"))
        try await ada.changeLimits(SessionLimits(maximumMessages: 9), in: session)
        let limited = try await last()
        try await bob.changeLimits(nil, in: session)
        #expect(try await refusal(limited, session).contains("the limits changed since"))
        try await ada.label("x", at: 2, in: session)
        let named = try await last()
        try await ada.label("x", at: 3, in: session, moving: true)
        #expect(try await refusal(named, session).contains("moved since by event"))
        try await ada.removeLabel("x", in: session)
        let removed = try await last()
        #expect(try await refusal(named, session).contains("no label any more"))
        try await ada.label("x", at: 4, in: session)
        #expect(try await refusal(removed, session).contains("given again by event"))
        try await ada.switchBranch(to: "d", in: session)
        let switched = try await last()
        try await ada.switchBranch(to: "b", in: session)
        #expect(try await refusal(switched, session).contains("on another branch since"))
        try await ada.setMessageMetadata(["important": true], of: one.message, in: session)
        let marked = try await last()
        try await ada.undo(.event(marked), in: session)
        #expect(
            try await journal.tree(of: session).message(one.message)?.metadata["important"] == .null
        )
        #expect(try await refusal(marked, session).contains("of the message changed since"))
        try await ada.deleteBranch("b", in: session)
        let deleted = try await last()
        try await ada.restoreBranch("b", in: session)
        #expect(try await refusal(deleted, session).contains("the branch is there"))
    }

    /// A merge that was undone brings the same again, and asks about what was undone.
    @Test func aMergeThatWasUndoneCanBeMadeAgain() async throws {
        let session = try await ada.createSession(metadata: ["model": "m-1"])
        let one = try await ada.say("user", "one", in: session)
        try await ada.createBranch("b", in: session)
        try await ada.say("user", "two", in: session, branch: "b")
        try await ada.edit(one.message, text: "ONE", in: session, branch: "b")
        try await ada.change(["model": "m-2"], in: session, branch: "b")
        let merged = try #require(
            try await ada.merge("b", into: "main", in: session, strategy: .ask))
        #expect(merged.preview.messages.count == 1 && merged.preview.edits.count == 1)
        let undone = try await ada.undo(in: session)
        #expect(undone.kinds == [.branchRewound, .sessionMetadataChanged, .messageEdited])
        var state = try await journal.state(of: session)
        #expect(state.metadata(on: "main")["model"] == "m-1")
        #expect(state.tree.path(ofBranch: "main")?.messages.map { $0.preview() } == ["one"])
        let preview = try state.mergePreview("b", into: "main", strategy: .ask)
        #expect(preview.messages.map { $0.preview() } == ["two"])
        #expect(Set(preview.undecided.map(\.name)) == ["model", one.message])
        // Done again it has nothing new to bring.
        try await ada.undo(in: session)
        state = try await journal.state(of: session)
        #expect(state.metadata(on: "main")["model"] == "m-2")
        #expect(state.tree.path(ofBranch: "main")?.messages.map { $0.preview() } == ["ONE", "two"])
        #expect(try state.mergePreview("b", into: "main", strategy: .ask).isUpToDate)
        // What was said after a merge holds it.
        try await ada.say("user", "three", in: session)
        _ = try await refusal(merged.receipt.sequence, session)
    }

    /// What a merge set and somebody changed since is in the way of its undo.
    @Test func whatAMergeSetAndChangedSinceIsAConflict() async throws {
        let session = try await ada.createSession(metadata: ["model": "m-1"])
        try await ada.say("user", "one", in: session)
        try await ada.createBranch("b", in: session)
        try await ada.change(["model": "m-2"], in: session, branch: "b")
        try await ada.merge("b", into: "main", in: session, strategy: .ask)
        let merged = try await last()
        try await ada.setMetadata(["model": "m-3"], in: session)
        #expect(try await refusal(merged, session).contains("“model” changed since"))
    }

    @Test func whatIsUndoneSaysSo() async throws {
        let session = try await ada.createSession()
        try await ada.setMetadata(["name": "Tea"], in: session)
        let change = try await last()
        try await bob.revert(change, in: session, reason: "wrong session")
        let revert = try await last()
        let history = try await journal.history(of: "name", in: session)
        #expect(history.map(\.undoes) == [nil, nil, change])
        #expect(history.last?.json["undoes"] == JSONValue(change))
        let blame = try #require(try await journal.blame("name", in: session).first)
        #expect(blame.current.sequence == revert && blame.current.undoes == change)
        let entry = try #require(try await journal.audit(of: session).entries.last)
        #expect(entry.undoes == change && entry.json["undoes"] == JSONValue(change))
        #expect(entry.reason == "wrong session" && entry.actor == "user:bob")
        let said = try await ada.say("user", "one", in: session)
        try await ada.remove(said.message, in: session)
        try await ada.undo(in: session)
        let trail = try #require(
            try await journal.blame(message: said.message, in: session))
        #expect(trail.events.last?.undoneSequence == trail.events.dropLast().last?.sequence)
        #expect(trail.json["events"]?.array?.last?["undoes"] != nil)
        // Another kind of act is none that a revert is for.
        await #expect(throws: JournalError(.unsupported, "")) {
            try await ada.revert(said.receipt.sequence, in: session)
        }
    }

    /// Of two who undo the same act, one does, and the other is told.
    @Test func ofTwoWhoUndoTheSameOneDoes() async throws {
        let session = try await ada.createSession()
        for round in 0..<20 {
            try await ada.setMetadata(["name": "\(round)"], in: session)
            let change = try await last()
            let outcomes = await withTaskGroup(of: Bool.self) { group in
                for writer in [ada, bob] {
                    group.addTask {
                        (try? await writer.undo(.event(change), in: session)) != nil
                    }
                }
                var outcomes: [Bool] = []
                for await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            #expect(outcomes.count { $0 } == 1)
            #expect(try await last() == change + 1)
        }
    }

    /// What was withheld cannot be undone, for nobody knows what it was.
    @Test func anEarlierValueThatTheSchemaRefusesIsNamed() async throws {
        let session = try await ada.createSession()
        try await ada.append(
            EventDraft(.sessionMetadataChanged, data: ["set": ["name": 5]]), to: session)
        try await ada.setMetadata(["name": "five"], in: session)
        await #expect(throws: JournalError(.invalidMetadata, "")) {
            try await ada.undo(in: session)
        }
        // A change that changed nothing is nothing to undo.
        try await ada.append(
            EventDraft(.sessionMetadataChanged, data: ["set": ["name": "five"]]), to: session)
        let nothing = try await last()
        #expect(try await refusal(nothing, session).contains("it changed nothing"))
    }

    /// One act after the other is taken back, the last first.
    @Test func whatWasBuiltAndUndoneIsNotInTheWay() async throws {
        let session = try await ada.createSession(metadata: ["tags": ["a"]])
        let one = try await ada.say("user", "one", in: session)
        let before = try await journal.state(of: session)
        var acts: [UInt64] = []
        for round in 1...3 {
            try await ada.setMetadata(["name": "\(round)"], in: session)
            acts.append(try await last())
            try await ada.edit(one.message, text: "one \(round)", in: session)
            acts.append(try await last())
            try await ada.say("user", "\(round)", in: session)
            acts.append(try await last())
            try await ada.label("here", at: UInt64(round), in: session, moving: true)
            acts.append(try await last())
            try await ada.perform(round.isMultiple(of: 2) ? .unarchive : .archive, in: session)
            acts.append(try await last())
        }
        // Out of order something is in the way, in order nothing is.
        for act in acts.dropLast(5) { _ = try await refusal(act, session) }
        for act in acts.reversed() { try await ada.undo(.event(act), in: session) }
        let after = try await journal.state(of: session)
        #expect(after.metadata()["name"] == before.metadata()["name"])
        #expect(after.lifecycle.status == .active)
        #expect(after.tree.path(ofBranch: "main")?.messages.map { $0.preview() } == ["one"])
        #expect(try await journal.labels(of: session).labels.isEmpty)
    }

    // MARK: Clearing

    @Test func aConversationIsClearedByOneEventAndComesBack() async throws {
        let session = try await ada.createSession()
        for text in ["one", "two"] { try await ada.say("user", text, in: session) }
        let version = try await journal.state(of: session).version
        let receipt = try #require(try await ada.clearConversation(in: session, reason: "new"))
        #expect(receipt.version == version + 1)
        var state = try await journal.state(of: session)
        #expect(state.tree.path(ofBranch: "main")?.messages.isEmpty == true)
        #expect(state.tree.messages.count == 2 && state.turnCount == 2)
        #expect(try await ada.clearConversation(in: session) == nil)
        let next = try await ada.say("user", "three", in: session)
        state = try await journal.state(of: session)
        #expect(state.tree.message(next.message)?.parent == nil)
        #expect(state.tree.path(ofBranch: "main")?.messages.map { $0.preview() } == ["three"])
        #expect(state.tree.nodes().count { $0.parent == nil } == 2)
        // Earlier history stays reachable, and comes back.
        let earlier = try await journal.state(of: session, at: .sequence(receipt.sequence - 1))
        #expect(earlier.tree.path(ofBranch: "main")?.messages.count == 2)
        try await ada.undo(in: session)
        #expect(
            try await ada.undo(.event(receipt.sequence), in: session).kinds == [.branchRewound])
        state = try await journal.state(of: session)
        #expect(state.tree.path(ofBranch: "main")?.messages.map { $0.preview() } == ["one", "two"])
        await #expect(throws: JournalError(.branchNotFound, "")) {
            try await ada.clearConversation("nope", in: session)
        }
    }
}
