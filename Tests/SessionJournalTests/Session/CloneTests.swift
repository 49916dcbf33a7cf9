import JournalTestKit
import SessionJournal
import Testing

/// A clone reads as what it was cloned from did.
@Suite struct CloneTests {
    let journal: Journal

    init() {
        var options = JournalOptions()
        let clock = ManualClock()
        options.clock = { clock.tick() }
        journal = Journal.inMemory(options: options)
    }

    var ada: JournalWriter { journal.as("user:ada") }
    var bot: JournalWriter { journal.as("agent:bot") }
    var eve: JournalWriter { journal.as("user:eve") }

    /// A session of everything that a conversation may hold.
    private func rich() async throws -> SessionID {
        try await ada.declareField(MetadataField("heat", type: .integer, scope: .branch))
        let session = try await ada.createSession(
            key: "rich",
            metadata: [
                "name": "Tea", "model": "m-1", "tags": ["a"], "heat": 80, "colour": "green",
            ],
            limits: SessionLimits(maximumMessages: 100))
        let chart = try await ada.attach([1, 2, 3], mediaType: "image/png", in: session)
        _ = try await ada.attach([9, 9], mediaType: "image/png", in: session)
        let first = try await ada.say("user", parts: [chart], in: session)
        let call = try await bot.say(
            "assistant",
            parts: [["type": "tool_use", "call": "c1", "name": "Kettle", "input": ["heat": 80]]],
            in: session, model: "m-1")
        try await bot.append(
            [
                EventDraft(
                    .toolStarted,
                    data: ["call": "c1", "name": "Kettle", "message": .string(call.message)]),
                EventDraft(
                    .toolFinished, data: ["call": "c1", "status": "ok", "duration_ms": 12]),
            ], to: session)
        try await bot.say(
            "tool", parts: [["type": "tool_result", "call": "c1", "content": "hot"]], in: session)
        let wrong = try await bot.say(
            "assistant", parts: [["type": "text", "text": "80."]], in: session,
            metadata: ["important": true], references: [MessageReference(first.message)])
        try await ada.edit(wrong.message, text: "80 °C.", in: session, reason: "units")
        let gone = try await ada.say("user", "Oops.", in: session)
        try await ada.remove(gone.message, in: session)
        try await ada.createBranch(
            "side", in: session, from: .message(wrong.message), description: "cooler",
            metadata: ["heat": 70])
        try await ada.edit(wrong.message, text: "70 °C.", in: session, branch: "side")
        try await bot.say("assistant", "Cooler.", in: session, branch: "side")
        try await ada.createBranch(
            "deep", in: session, of: "side", firstMessage: ("assistant", "Deep"))
        try await ada.merge("side", into: "main", in: session)
        let stream = try await bot.openMessage("assistant", in: session)
        try await stream.append("Let ")
        try await stream.append("me")
        try await ada.switchBranch(to: "side", in: session)
        try await ada.deleteBranch("deep", in: session)
        return session
    }

    /// What differs between a session and its clone, in words; fields that tell when and by whom
    /// metadata changed last are left out.
    private func differences(
        _ old: SessionState, _ oldBranch: String, _ new: SessionState, _ newBranch: String
    ) throws -> [String] {
        let difference = SessionDifference(
            from: old, branch: oldBranch, to: new, branch: newBranch)
        var words = difference.fields.filter {
            !["last_modified", "modified_by"].contains($0.name)
        }.map { "\($0.name) \($0.old ?? .null) \($0.new ?? .null)" }
        words += difference.added.map { "+ \($0.preview())" }
        words += difference.removed.map { "- \($0.preview())" }
        words += difference.edited.map { "~ \($0.new.preview())" }
        let before = try #require(old.tree.path(ofBranch: oldBranch))
        let after = try #require(new.tree.path(ofBranch: newBranch))
        if !PathComparison(before, after).isSame { words.append("the ways differ") }
        for (one, other) in zip(before.messages, after.messages) {
            let moment = one.occurred ?? one.time
            if other.occurred != moment { words.append("\(one.id) was said at another moment") }
            if one.metadata != other.metadata { words.append("\(one.id) has other metadata") }
            if one.model != other.model { words.append("\(one.id) is of another model") }
            if one.isRemoved != other.isRemoved { words.append("\(one.id) is shown otherwise") }
        }
        return words
    }

    @Test func aCloneReadsTheSameOnEveryBranch() async throws {
        let source = try await rich()
        let before = try await journal.lastSequence()
        let report = try await eve.clone(source, key: "again", reason: "to try")
        #expect(report.commits == 1 && report.origin.isFinished)
        #expect(try await journal.lastSequence() == before + UInt64(report.events))
        let old = try await journal.state(of: source)
        let new = try await journal.state(of: report.session)
        #expect(new.key == "again" && new.version == UInt64(report.events))
        #expect(new.tree.branches.map(\.name) == ["main", "side"])
        for branch in ["main", "side"] {
            let words = try differences(old, branch, new, branch)
            #expect(words == [])
        }
        #expect(new.tree.branch("side")?.text == "cooler")
        #expect(new.tree.branch("side")?.parent == "main")
        #expect(new.tree.currentBranch == "side")
        #expect(new.metadata(on: "main")["heat"] == 80 && new.metadata(on: "side")["heat"] == 70)
        #expect(new.lifecycle.limits == old.lifecycle.limits && new.createdAt == old.createdAt)
        #expect(new.turnCount == old.turnCount)
        // Tool calls stay joined, and attachments come along, those that nobody names excepted.
        let calls = new.tree.toolCalls(onBranch: "main")
        #expect(calls.map(\.status) == [.ok] && calls[0].durationMilliseconds == 12)
        #expect(calls[0].result != nil && calls[0].startedSequence != nil)
        let blob = try #require(
            new.tree.path(ofBranch: "main")?.messages[0].content()?[0]["blob"]?.string)
        #expect(try await journal.attachment(blob, in: report.session) == [1, 2, 3])
        let blobs = try await journal.events(session: report.session, kinds: [.blobStored])
            .reduce(into: 0) { count, _ in count += 1 }
        #expect(blobs == 1)
        // Who said it, and where it is from, is on record.
        let said = try #require(new.tree.path(ofBranch: "main")?.messages[1])
        let event = try #require(try await journal.event(at: said.sequence))
        #expect(event.actor == "user:eve" && event.onBehalf == "agent:bot")
        let original = try #require(old.tree.message(said.id))
        #expect(event.cause == original.sequence)
        #expect(new.clone?.session == source.hexadecimal && new.clone?.sequence == before)
        #expect(new.json()?["clone"]?["finished"] == true)
        // What was being written there is given up here.
        #expect(new.tree.path(ofBranch: "main")?.messages.last?.state == .abandoned)
        #expect(new.tree.path(ofBranch: "main")?.messages.last?.preview() == "Let me")
        // The other one is as it was; both go on by themselves.
        try await eve.say("user", "here alone", in: report.session, branch: "main")
        try await ada.edit(original.id, text: "there", in: source, branch: "main")
        #expect(try await journal.state(of: source).tree.messages.count == old.tree.messages.count)
        let later = try await journal.state(of: report.session)
        #expect(later.tree.message(original.id)?.revision == nil)
    }

    @Test func oneBranchAtAPointBecomesASessionOfItsOwn() async throws {
        let source = try await rich()
        let now = try await journal.state(of: source)
        let side = try #require(now.tree.branch("side"))
        let point = PointInTime.sequence(side.headSequence)
        let report = try await eve.clone(source, branch: "side", at: point, name: "Cooler tea")
        let old = try await journal.state(of: source, at: point)
        let new = try await journal.state(of: report.session)
        #expect(try differences(old, "side", new, "main") == ["name \"Tea\" \"Cooler tea\""])
        #expect(new.tree.branches.count == 1 && new.clone?.branch == "side")
        #expect(new.metadata()["heat"] == 70 && new.table(of: "heat") == .branch)
        // A clone of a clone is a clone.
        let again = try await ada.clone(report.session)
        let third = try await journal.state(of: again.session)
        #expect(try differences(new, "main", third, "main") == [])
    }

    /// A clone begins its own life.
    @Test func aCloneGoesOnWhateverBecameOfTheOther() async throws {
        for act in [SessionAct.archive, .delete, .terminate(force: false)] {
            let source = try await ada.createSession(metadata: ["name": "old"])
            try await ada.say("user", "hello", in: source)
            try await ada.perform(act, in: source)
            let clone = try await eve.clone(source).session
            let life = try await journal.state(of: clone).lifecycle
            #expect(life.status == .active && life.phase == .open, "\(act)")
        }
    }

    /// A large one takes several commits; wherever it stops, it says what it is.
    @Test func aCloneThatWasInterruptedSaysSo() async throws {
        let source = try await rich()
        let report = try await eve.clone(
            source, branch: nil, at: .now, key: nil, name: nil, reason: nil, durability: .durable,
            commitSize: 2_000)
        #expect(report.commits > 3)
        let whole = try await journal.state(of: report.session)
        #expect(whole.clone?.isFinished == true)
        let old = try await journal.state(of: source)
        #expect(try differences(old, "main", whole, "main") == [])
        for cut in whole.firstSequence..<whole.lastSequence {
            let state = try await journal.state(of: report.session, at: .sequence(cut))
            #expect(state.clone?.isFinished == false)
            // What is there is what the other session begins with.
            let part = state.tree.path(ofBranch: "main")?.messages.map(\.id) ?? []
            let all = whole.tree.path(ofBranch: "main")?.messages.map(\.id) ?? []
            #expect(all.starts(with: part))
        }
    }

    @Test func whatCannotBeClonedIsRefusedAndNothingIsMade() async throws {
        let source = try await rich()
        let before = try await journal.lastSequence()
        await #expect(throws: JournalError(.branchNotFound, "")) {
            try await eve.clone(source, branch: "deep")
        }
        await #expect(throws: JournalError(.sessionExists, "")) {
            try await eve.clone(source, key: "rich")
        }
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await eve.clone(source, at: .sequence(1))
        }
        await #expect(throws: JournalError(.eventNotFound, "")) { try await eve.clone(.journal) }
        await #expect(throws: JournalError(.sessionNotFound, "")) {
            try await eve.clone(Drafts.session(77))
        }
        #expect(try await journal.lastSequence() == before)
        // What has ended, or holds what no schema takes, is cloned and goes on.
        try await ada.append(
            EventDraft(.sessionMetadataChanged, data: ["set": ["ttl": "never"]]), to: source)
        try await ada.perform(.terminate(force: true), in: source)
        try await ada.perform(.delete, in: source)
        let clone = try await eve.clone(source)
        let life = try await journal.state(of: clone.session).lifecycle
        #expect(life.status == .active && life.phase == .open)
        // An empty session is one, too.
        let empty = try await eve.clone(try await ada.createSession())
        #expect(empty.messages == 0 && empty.events == 2)
    }

    /// Messages from elsewhere, and circles of parents, are cloned as far as they are shown.
    @Test func whatAnImportBroughtIsClonedAsItIsShown() async throws {
        let source = try await ada.createSession()
        try await ada.append(
            [
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": "a", "parent": ["session": "other", "message": "x"],
                        "role": "user", "parts": [["type": "text", "text": "one"]],
                    ]),
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": "b", "parent": "c", "role": "user",
                        "parts": [["type": "text", "text": "two"]],
                    ], id: "b"),
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": "c", "parent": "b", "role": "user",
                        "references": ["a", "nothing"],
                        "parts": [["type": "text", "text": "three"]],
                    ], id: "c"),
            ], to: source)
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: ["branch": "first", "from": "a", "type": "fork", "parent_branch": "main"]),
            to: source)
        let old = try await journal.state(of: source)
        let new = try await journal.state(of: try await eve.clone(source).session)
        for branch in ["main", "first"] {
            let words = try differences(old, branch, new, branch)
            #expect(words == [])
        }
        #expect(new.tree.path(ofBranch: "first")?.origin?.session == "other")
        #expect(new.tree.cycles().messages.isEmpty)
        #expect(new.tree.message("c")?.references.map(\.session) == [nil, source.hexadecimal])
    }
}

extension SessionState {
    /// Whose a field is, as the state says by showing it on a branch alone.
    fileprivate func table(of field: String) -> MetadataField.Scope? { schema[field]?.scope }
}
