import JournalTestKit
import SessionJournal
import Testing

/// Every act that has an inverse, its undo, and the undo of that.
@Suite struct UndoTests {
    let journal: Journal

    init() {
        var options = JournalOptions()
        let clock = ManualClock()
        options.clock = { clock.tick() }
        journal = Journal.inMemory(options: options)
    }

    var ada: JournalWriter { journal.as("user:ada") }
    var bob: JournalWriter { journal.as("user:bob") }

    /// What a reader sees of a session, but for when it changed and by whom.
    func seen(_ session: SessionID, at point: PointInTime = .now) async throws -> String {
        let state = try await journal.state(of: session, at: point)
        var text = ""
        for branch in state.tree.branches {
            var metadata = state.metadata(on: branch.name)
            metadata["last_modified"] = .null
            metadata["modified_by"] = .null
            // A message that is no longer on a branch has been said all the same.
            metadata["turn_count"] = .null
            let said = state.tree.path(ofBranch: branch.name)?.messages.map {
                $0.preview() + " \($0.metadata)"
            }
            text += "\(branch.name) \(metadata) \(said ?? []) "
            // Who went back to main is where it was.
            text += branch.name == "main" ? "" : "\(state.tree.participants(on: branch.name))"
            text += "\n"
        }
        text += "\(state.prunedSequence != nil) \(state.tree.prunedMessages.map(\.id))\n"
        let life = state.lifecycle
        text += "\(life.phase) \(life.extendedUntil?.description ?? "") "
        let labels = try await journal.labels(of: session, at: point).labels
        text += "\(labels.map { "\($0.name) \($0.sequence)" })\n\(life.limits?.json ?? [:])"
        return text
    }

    /// A session of some messages and branches, ready for any act.
    private func session() async throws -> (SessionID, [String]) {
        let session = try await ada.createSession(
            key: nil, metadata: ["model": "m-1", "tags": ["tea", "milk"]])
        var said: [String] = []
        for text in ["one", "two", "three"] {
            said.append(try await ada.say("user", text, in: session).message)
        }
        try await ada.createBranch("side", in: session)
        try await ada.say("user", "four", in: session, branch: "side")
        try await ada.edit(said[0], text: "ONE", in: session, branch: "side")
        try await ada.change(["model": "m-2"], in: session, branch: "side")
        try await ada.createBranch("spare", in: session, from: .message(said[1]))
        try await ada.label("start", at: 2, in: session)
        return (session, said)
    }

    /// Does an act of a kind, so that its event is the last; false where this does not know how.
    private func perform(
        _ kind: EventKind, _ session: SessionID, _ said: [String]
    ) async throws -> Bool {
        let first = try await journal.state(of: session).firstSequence
        switch kind {
        case .sessionMetadataChanged:
            var update: MetadataUpdate = ["name": "Tea", "color": "green"]
            update.add(["hot"], to: "tags")
            update.remove(["milk"], from: "tags")
            try await ada.change(update, in: session)
        case .sessionArchived: try await ada.perform(.archive, in: session)
        case .sessionUnarchived:
            try await bob.perform(.archive, in: session)
            try await ada.perform(.unarchive, in: session)
        case .sessionDeleted:
            try await bob.perform(.archive, in: session)
            try await ada.perform(.delete, in: session)
        case .sessionRestored:
            try await bob.perform(.archive, in: session)
            try await bob.perform(.delete, in: session)
            try await ada.perform(.undelete, in: session)
        case .sessionResumed:
            try await bob.perform(.archive, in: session)
            try await bob.perform(.terminate(force: false), in: session)
            try await ada.perform(.resume, in: session)
        case .sessionExpired: try await ada.perform(.expire, in: session)
        case .sessionTerminated:
            try await bob.perform(.archive, in: session)
            try await bob.perform(.expire, in: session)
            try await ada.perform(.terminate(force: false), in: session)
        case .sessionExtended:
            try await ada.perform(.extend(until: Timestamp(microseconds: 9_000_000)), in: session)
        case .sessionLimitsChanged:
            try await ada.changeLimits(SessionLimits(maximumMessages: 100), in: session)
        case .sessionPruned: try await Self.pruner(ada).pruneSessions()
        case .sessionUnpruned:
            try await Self.pruner(bob).pruneSessions()
            try await Self.pruner(ada).restore(session)
        case .messagePruned:
            for text in ["more", "last"] { try await bob.say("user", text, in: session) }
            try await Self.pruner(ada).pruneMessages(session, 1)
        case .messageUnpruned:
            for text in ["more", "last"] { try await bob.say("user", text, in: session) }
            try await Self.pruner(bob).pruneMessages(session, 1)
            try await Self.pruner(ada).restore(session)
        case .messageAppended: try await ada.say("user", "more", in: session)
        case .messageEdited: try await ada.edit(said[1], text: "TWO", in: session)
        case .messageRemoved: try await ada.remove(said[1], in: session)
        case .branchCreated:
            try await ada.createBranch(
                "new", in: session, metadata: ["model": "m-3"], firstMessage: ("user", "five"))
        case .branchDeleted: try await ada.deleteBranch("spare", in: session)
        case .branchRestored:
            try await bob.deleteBranch("spare", in: session)
            try await ada.restoreBranch("spare", in: session)
        case .branchRenamed: try await ada.renameBranch("spare", to: "other", in: session)
        case .branchSwitched: try await ada.switchBranch(to: "spare", in: session)
        case .branchRewound: try await ada.rewind("main", to: .message(said[0]), in: session)
        case .branchMerged: try await ada.merge("side", in: session, strategy: .theirs)
        case .labelAdded:
            try await ada.label("start", at: first + 2, in: session, moving: true)
        case .labelRemoved: try await ada.removeLabel("start", in: session)
        default: return false
        }
        return true
    }

    private static func pruner(_ writer: JournalWriter) -> Pruner {
        var configuration = Pruner.Configuration()
        configuration.sessionLimit = 0
        return Pruner(writer, configuration: configuration)
    }

    /// The whole table: an act, its undo, and the undo of that.
    @Test(arguments: UndoRule.all)
    func everyActOfTheTableIsUndoneAndDoneAgain(_ rule: UndoRule) async throws {
        let (session, said) = try await session()
        #expect(try await perform(rule.kind, session, said), "\(rule.kind) is not tried")
        let event = try #require(
            await journal.events(session: session, kinds: [rule.kind], actors: ["user:ada"])
                .reduce(into: [Event]()) { $0.append($1) }.last)
        let before = try await seen(session, at: .sequence(event.sequence - 1))
        let after = try await seen(session)
        #expect(before != after)
        let undone = try await ada.undo(in: session, reason: "no")
        #expect(undone.undone.first?.sequence == event.sequence)
        #expect(!undone.kinds.isEmpty && Set(undone.kinds).isSubset(of: rule.by), "\(undone.kinds)")
        // A field that had no value, and is none of the table's, has null.
        let now = try await seen(session).replacing(",\"color\":null", with: "")
        #expect(now == before)
        for receipt in undone.receipts {
            let inverse = try #require(await journal.event(at: receipt.sequence))
            #expect(inverse.undoneSequence == inverse.cause)
            #expect(undone.undone.first?.sequence == inverse.cause)
            #expect(inverse.reason == "no")
        }
        // The undo of an undo is the act again.
        try await ada.undo(in: session)
        #expect(try await seen(session) == after)
        // And so on: the state that is folded does not depend on how often.
        try await ada.undo(in: session)
        #expect(try await seen(session).replacing(",\"color\":null", with: "") == before)
    }

    @Test func kindsWithoutAnInverseArePassedOverAndRefused() async throws {
        let (session, _) = try await session()
        try await ada.setMetadata(["name": "x"], in: session)
        let named = try await journal.lastSequence()
        try await ada.append(EventDraft(.sessionTouched), to: session)
        let touched = try await journal.lastSequence()
        await #expect(throws: JournalError(.unsupported, "")) {
            try await ada.undo(.event(touched), in: session)
        }
        await #expect(throws: JournalError(.unsupported, "")) {
            try await ada.undo(.event(1), in: session)
        }
        #expect(try await ada.undo(in: session).undone.map(\.sequence) == [named])
        let fresh = try await bob.createSession()
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await ada.undo(in: fresh)
        }
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await ada.undo(.lastOfAnybody, in: fresh)
        }
        await #expect(throws: JournalError(.eventNotFound, "")) {
            try await ada.undo(.event(named), in: fresh)
        }
    }

    @Test func onesOwnLastActIsMeantUnlessAnybodysIs() async throws {
        let (session, said) = try await session()
        try await ada.setMetadata(["name": "ada's"], in: session)
        let own = try await journal.lastSequence()
        try await bob.edit(said[0], text: "bob's", in: session)
        let others = try await journal.lastSequence()
        #expect(try await ada.undo(in: session).undone.map(\.sequence) == [own])
        #expect(
            try await ada.undo(.lastOfAnybody, in: session).undone.map(\.sequence) == [others + 1])
        #expect(try await ada.undo(.event(others), in: session).undone.map(\.sequence) == [others])
    }
}
