import JournalTestKit
import Testing

@testable import SessionJournal

/// Sessions and messages that are put out of sight, and come back.
@Suite struct PrunerTests {
    private let rig = RetentionRig()

    private func pruner(
        _ change: (inout Pruner.Configuration) -> Void = { _ in }
    ) -> Pruner {
        var configuration = Pruner.Configuration()
        change(&configuration)
        return Pruner(rig.journal.as("system:pruner"), configuration: configuration)
    }

    private func ids(_ entries: [PruneReport.Entry]) -> [String] { entries.compactMap(\.message) }

    @Test func theDefaultsAreThoseOfTheField() {
        let configuration = Pruner.Configuration()
        #expect(configuration.strategy == .lru && configuration.sessionLimit == 1_000)
        #expect(configuration.messageLimit == 10_000)
        #expect(configuration.messageTimeToLive == 24 * 3_600)
        #expect(configuration.keptByType == ["dm": 100, "group": 50])
        #expect(configuration.sessionTimeToLive == nil)
    }

    // MARK: Messages

    @Test func theLastMessagesStay() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 10)
        let before = try await rig.count()
        let dry = try await pruner().pruneMessages(session, 4, isDryRun: true)
        #expect(ids(dry.gone) == ["m1", "m2", "m3", "m4", "m5", "m6"])
        #expect(try await rig.count() == before)
        let report = try await pruner().pruneMessages(session, 4, reason: "tidy")
        #expect(ids(report.gone) == ids(dry.gone))
        #expect(report.messageCount == 6 && report.tokens == dry.tokens && report.bytes > 0)
        #expect(try await rig.shown(session) == ["m7", "m8", "m9", "m10"])
        let state = try await rig.state(session)
        #expect(try await rig.count() == before + 1)
        let event = try #require(try await rig.journal.event(at: state.lastSequence))
        #expect(event.actor == "system:pruner" && event.reason == "tidy")
        #expect(report.gone.allSatisfy { $0.sequence == event.sequence })
        // Models are not shown them, and their places in the tree stay.
        #expect(
            try await rig.journal.context(of: session).messages.map(\.id)
                == ["m7", "m8", "m9", "m10"])
        #expect(state.tree.path(ofBranch: "main")?.messages.count == 10)
        #expect(state.tree.prunedMessages.map(\.id) == ids(report.gone))
        #expect(state.turnCount == 5)
        // Again there is nothing to do.
        let again = try await pruner().pruneMessages(session, 4)
        #expect(again.entries.isEmpty)
        #expect(try await rig.count() == before + 1)
        // As of before they are there.
        let then = try await rig.journal.readState(
            of: session, at: .sequence(state.lastSequence - 1))
        #expect(then.tree.prunedMessages.isEmpty)
    }

    @Test func theSessionsTypeSaysHowManyStay() async throws {
        for (type, kept) in [("dm", 3), ("group", 2)] {
            let session = try await rig.session(type, ["type": .string(type)])
            try await rig.talk(session, 8)
            let pruner = pruner {
                $0.keptByType = ["dm": 3, "group": 2]; $0.messageLimit = 5
            }
            try await pruner.pruneMessages(of: session, by: .count(keeping: nil))
            #expect(try await rig.shown(session).count == kept)
        }
        let other = try await rig.session("other")
        try await rig.talk(other, 8)
        try await pruner { $0.messageLimit = 5 }.pruneMessages(
            of: other, by: .count(keeping: nil))
        #expect(try await rig.shown(other).count == 5)
        await #expect(throws: JournalError.self) { try await pruner().pruneMessages(other, -1) }
    }

    @Test func oldMessagesGoByTheirOwnTimeElseTheDefault() async throws {
        let session = try await rig.session("a")
        let ttls: [Int64?] = [nil, 10, 1_000_000]
        for (number, ttl) in ttls.enumerated() {
            var metadata: JSONObject = [:]
            metadata["ttl"] = ttl.map { .integer($0) }
            try await rig.ada.say(
                "user", parts: [["type": "text", "text": "words"]], in: session,
                metadata: metadata, id: "m\(number)")
        }
        rig.wait(100)
        try await rig.ada.say("user", "now", in: session, id: "now")
        try await pruner().pruneMessages(of: session, by: .ttl)
        #expect(try await rig.shown(session) == ["m0", "m2", "now"])
        rig.wait(RetentionRig.day)
        let report = try await pruner().pruneMessages(of: session, by: .ttl)
        #expect(ids(report.gone) == ["m0"])
        // The end of a branch stays however old it is.
        #expect(report.kept.map(\.safeguard) == [.referenced])
        let entry = try #require(report.gone.first)
        #expect(entry.values["ttl"] == .integer(RetentionRig.day))
        #expect(entry.values["age"]?.integer ?? 0 > RetentionRig.day)
    }

    @Test func messagesOfATypeGo() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 2)
        for (id, parts) in [
            ("pic", [["type": "image", "media_type": "image/png"]] as [JSONValue]),
            ("both", [["type": "image"], ["type": "text", "text": "a picture"]]),
        ] {
            try await rig.ada.say("user", parts: parts, in: session, id: id)
        }
        try await rig.ada.say(
            "user", parts: [["type": "text", "text": "debug"]], in: session,
            metadata: ["category": "debug"], id: "debug")
        try await rig.talk(session, 2, from: 3)
        var type = MessageType()
        #expect(
            try await pruner().pruneMessages(of: session, by: .type(type, keeping: 0))
                .entries.isEmpty)
        type.kind = "image"
        #expect(type.description == "kind:image")
        var report = try await pruner().pruneMessages(of: session, by: .type(type, keeping: 0))
        #expect(ids(report.gone) == ["pic"])
        type = MessageType()
        type.category = "debug"
        type.role = "assistant"
        report = try await pruner().pruneMessages(of: session, by: .type(type, keeping: 0))
        #expect(report.entries.isEmpty)
        type.role = "user"
        report = try await pruner().pruneMessages(of: session, by: .type(type, keeping: 0))
        #expect(ids(report.gone) == ["debug"])
        type = MessageType()
        type.role = "user"
        report = try await pruner().pruneMessages(of: session, by: .type(type, keeping: 1))
        #expect(ids(report.gone) == ["m1", "both"])
        #expect(
            try await rig.last(.messagePruned, in: session)?["limits"]
                == ["type": "role:user", "count": 1])
    }

    @Test func whatIsMarkedReferredToOrUnderWayStays() async throws {
        let session = try await rig.session("a")
        try await rig.ada.say("system", "Be kind.", in: session, id: "system")
        try await rig.talk(session, 12)
        for (id, name) in [
            ("m1", "pinned"), ("m2", "important"), ("m3", "starred"), ("m4", "is_starred"),
        ] {
            try await rig.ada.setMessageMetadata([name: true], of: id, in: session)
        }
        let place = try #require(try await rig.state(session).tree.message("m5")).sequence
        try await rig.ada.label("here", at: place, in: session)
        try await rig.ada.say(
            "user", parts: [["type": "text", "text": "as I said"]], in: session,
            references: [MessageReference("m6")], id: "m13")
        try await rig.ada.createBranch(
            "idea", in: session, from: .message("m7"))
        try await rig.ada.append(
            EventDraft(
                .summaryRecorded,
                data: ["text": "sum", "replaces_from": "m8", "replaces_to": "m9"]), to: session)
        try await rig.talk(session, 2, from: 14)
        try await rig.talk(session, 2, from: 16, on: "idea")
        let report = try await pruner().pruneMessages(session, 2)
        var stays: [String: Safeguard] = [:]
        for entry in report.kept { stays[entry.message ?? ""] = entry.safeguard }
        #expect(
            stays == [
                "system": .instructions, "m1": .pinned, "m2": .important, "m3": .starred,
                "m4": .starred, "m5": .referenced, "m6": .referenced, "m7": .referenced,
                "m8": .referenced, "m9": .referenced,
            ])
        #expect(ids(report.gone) == ["m10", "m11", "m12", "m13"])
        // What m13 refers to still stays, though it is out of sight itself.
        #expect(try await pruner().pruneMessages(session, 2).gone.isEmpty)
    }

    @Test func aMessageGoesWhereItIsDueOnAllBranches() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 6)
        try await rig.ada.createBranch(
            "idea", in: session, from: .message("m4"))
        try await rig.talk(session, 1, from: 7, on: "idea")
        try await rig.talk(session, 3, from: 8)
        // Of main m3 is due, and of the idea it is among the last three.
        let three = try await pruner().pruneMessages(session, 3, isDryRun: true)
        #expect(ids(three.gone) == ["m1", "m2", "m5", "m6"])
        let report = try await pruner().pruneMessages(session, 2)
        // The last two of the idea are m4 and m7, of main m9 and m10.
        #expect(ids(report.gone) == ["m1", "m2", "m3", "m5", "m6", "m8"])
        #expect(try await rig.shown(session, on: "idea") == ["m4", "m7"])
        #expect(try await rig.shown(session) == ["m4", "m9", "m10"])
    }

    @Test func mergesReferToWhatTheyBring() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 3)
        try await rig.ada.createBranch(
            "idea", in: session, from: .message("m2"))
        try await rig.talk(session, 2, from: 4, on: "idea")
        try await rig.ada.merge("idea", into: "main", in: session)
        try await rig.talk(session, 3, from: 6)
        let report = try await pruner().pruneMessages(session, 1)
        #expect(ids(report.gone) == ["m1", "m6", "m7"])
        #expect(Set(report.kept.map(\.safeguard)) == [.referenced])
    }

    @Test func aSidechainIsAConversationOfItsOwn() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 4)
        try await rig.ada.createBranch(
            "agent", in: session, from: .message("m2"), type: .sidechain)
        try await rig.talk(session, 1, from: 5, on: "agent")
        let report = try await pruner().pruneMessages(session, 3)
        #expect(ids(report.gone) == ["m1"])
    }

    @Test func callsOfToolsAreNotSeparatedFromTheirResults() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 1)
        try await rig.call(1, in: session)
        try await rig.talk(session, 1, from: 2)
        try await rig.call(2, in: session)
        try await rig.talk(session, 1, from: 3)
        // The cut falls between call and result.
        var report = try await pruner().pruneMessages(session, 2)
        #expect(ids(report.gone) == ["m1", "call1", "result1", "m2"])
        #expect(report.kept.map(\.message) == ["call2"])
        #expect(report.kept.map(\.safeguard) == [.toolPair])
        try await pruner().restore(session)
        // A result that is protected protects its call.
        try await rig.ada.setMessageMetadata(["pinned": true], of: "result1", in: session)
        var type = MessageType()
        type.role = "assistant"
        report = try await pruner().pruneMessages(of: session, by: .type(type, keeping: 0))
        #expect(!ids(report.gone).contains("call1") && !ids(report.gone).contains("call2"))
        #expect(ids(report.gone) == ["m2"])
        report = try await pruner().pruneMessages(session, 0)
        #expect(ids(report.gone).contains("call2") && ids(report.gone).contains("result2"))
        #expect(!ids(report.gone).contains("call1"))
    }

    @Test func aMessageThatComesInPiecesStays() async throws {
        let session = try await rig.session("a")
        try await rig.ada.append(
            EventDraft(
                .messageAppended,
                data: [
                    "message": "open", "parent": nil, "role": "assistant",
                    "parts": [["type": "text", "text": "so"]], "streaming": true,
                ]), to: session)
        try await rig.talk(session, 3)
        let report = try await pruner().pruneMessages(session, 1)
        #expect(report.kept.map(\.safeguard) == [.unfinished])
        #expect(ids(report.gone) == ["m1", "m2"])
    }

    @Test func manyMessagesTakeSeveralEventsInOneCommit() async throws {
        let session = try await rig.session("a")
        var drafts: [EventDraft] = []
        for number in 0..<2_105 {
            drafts.append(
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": .string("n\(number)"),
                        "parent": number == 0 ? nil : .string("n\(number - 1)"), "role": "user",
                        "parts": [["type": "text", "text": "x"]],
                    ]))
        }
        try await rig.ada.append(drafts, to: session)
        let report = try await pruner().pruneMessages(session, 5)
        #expect(report.messageCount == 2_100)
        #expect(Set(report.gone.compactMap(\.sequence)).count == 3)
        for entry in report.gone {
            let state = try #require(entry.message)
            #expect(state.hasPrefix("n"))
        }
        let tree = try await rig.state(session).tree
        #expect(tree.message("n999")?.prunedSequence == report.gone[999].sequence)
        #expect(tree.message("n1000")?.prunedSequence == report.gone[1_000].sequence)
        #expect(try await pruner().restore(session).messageCount == 2_100)
        #expect(try await rig.state(session).tree.prunedMessages.isEmpty)
    }

    // MARK: Bringing back

    @Test func whatOneEventTookComesBackAlone() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 6)
        let first = try await pruner().pruneMessages(session, 4)
        try await pruner().pruneMessages(session, 2)
        let event = try #require(first.gone.first?.sequence)
        let back = try await pruner().restore(session, event: event, reason: "needed")
        #expect(back.messageCount == 2 && !back.isSession)
        #expect(try await rig.shown(session) == ["m1", "m2", "m5", "m6"])
        #expect(try await rig.last(.messageUnpruned, in: session)?["pruned"] == JSONValue(event))
        let count = try await rig.count()
        #expect(try await pruner().restore(session, event: event).messageCount == 0)
        #expect(try await rig.count() == count)
        #expect(try await pruner().restore(session).messageCount == 2)
        #expect(try await rig.shown(session).count == 6)
        let statistics = try await rig.journal.pruneStatistics(of: session)
        #expect(statistics.restoreCount == 2)
        #expect(statistics.strategies["count"]?.pruneCount == 2)
        #expect(statistics.strategies["count"]?.messageCount == 4)
        #expect(statistics.json["strategies"]?["count"]?["messages"] == 4)
    }

    @Test func aSessionThatIsUsedAgainIsInSightAgain() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 2)
        let other = try await rig.session("b")
        let active = try await rig.state(session).lastActive
        rig.wait(60)
        let pruner = pruner { $0.sessionLimit = 0 }
        let report = try await pruner.pruneSessions()
        #expect(report.gone.map(\.session) == [session, other])
        #expect(report.gone[0].messageCount == 2 && report.gone[0].tokens > 0)
        #expect(report.gone[0].json["messages"] == 2)
        #expect(try await pruner.pruneSessions().entries.isEmpty)
        #expect(try await rig.state(session).json()?["pruned_seq"] != nil)
        // To prune is no activity.
        try await pruner.restore(other)
        #expect(try await rig.state(other).prunedSequence == nil)
        #expect(try await rig.state(session).lastActive == active)
        try await rig.talk(session, 1, from: 9)
        #expect(try await rig.state(session).prunedSequence == nil)
        #expect(try await pruner.restore(session).isSession == false)
        // Both stand among what was changed, and by whom.
        let changes = try await rig.journal.audit(of: session).entries
            .filter { $0.field == AuditEntry.prunedField }
        #expect(changes.map(\.new) == [true, false] && changes.map(\.old) == [false, true])
        #expect(changes.map(\.actor) == ["system:pruner", "user:ada"])
    }

    /// Whatever is pruned and restored, everything that is shown of a session is as before.
    @Test(arguments: 0..<UInt64(40))
    func pruningAndRestoringChangesNothing(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let session = try await rig.session("a")
        try await rig.randomActs(40, in: session, &generator)
        let before = try await rig.state(session)
        let pruner = Pruner(rig.ada)
        var type = MessageType()
        type.role = ["user", "assistant", "tool"].randomElement(using: &generator)
        var words = Similarity.tfidf(threshold: 0.3)
        words.minimumWords = 2
        let strategies: [Pruner.MessageStrategy] = [
            .count(keeping: Int.random(in: 0...6, using: &generator)), .ttl,
            .type(type, keeping: Int.random(in: 0...2, using: &generator)),
            .semantic(.minHash(threshold: 0.5)), .semantic(words),
        ]
        for _ in 0..<3 {
            guard let strategy = strategies.randomElement(using: &generator) else { continue }
            let late = Timestamp.latest
            let dry = try await pruner.pruneMessages(
                of: session, by: strategy, at: late, isDryRun: true)
            let report = try await pruner.pruneMessages(of: session, by: strategy, at: late)
            #expect(dry.gone.map(\.message) == report.gone.map(\.message))
            // To prune again finds nothing new.
            let again = try await pruner.pruneMessages(of: session, by: strategy, at: late)
            #expect(again.gone.isEmpty, "\(strategy.name)")
            let pruned = Set(try await rig.state(session).tree.prunedMessages.map(\.id))
            #expect(pruned.isSuperset(of: report.gone.compactMap(\.message)))
            // A call of a tool and its result are out of sight together, or not at all.
            for call in try await rig.state(session).tree.toolCalls() {
                guard let asked = call.message, let answer = call.resultMessage else { continue }
                #expect(pruned.contains(asked) == pruned.contains(answer), "\(strategy.name)")
            }
        }
        try await pruner.restore(session)
        let after = try await rig.state(session)
        for branch in before.tree.branches.map(\.name) {
            var old = try #require(before.json(branch: branch)?.object)
            var new = try #require(after.json(branch: branch)?.object)
            for name in ["seq", "version"] { (old[name], new[name]) = (nil, nil) }
            #expect(old == new, "branch \(branch)")
        }
    }

    /// What a snapshot keeps of messages and sessions that are out of sight is what a fold says.
    @Test func snapshotsKnowWhatIsOutOfSight() async throws {
        let disk = try TemporaryDirectory()
        var options = JournalOptions()
        options.snapshotInterval = 25
        var journal = try await Journal.create(at: disk.path("j"), options: options)
        let made = RetentionRig(journal, ManualClock())
        let session = try await made.session("a")
        for round in 0..<4 {
            try await made.talk(session, 40, from: round * 40 + 1)
            try await made.call(round, in: session)
            try await Pruner(made.ada).pruneMessages(session, 15)
            if round == 2 { try await Pruner(made.ada).restore(session) }
        }
        // The last snapshot stands behind what put them out of sight, so that it alone says so.
        try await made.talk(session, 60, from: 161)
        let shown = try await made.shown(session)
        try await journal.takeSnapshots()
        try await journal.seal()
        #expect(try await journal.verifySnapshots().differences.isEmpty)
        try await journal.close()
        journal = try await Journal.open(at: disk.path("j"), options: options)
        let again = RetentionRig(journal, ManualClock())
        #expect(try await again.shown(session) == shown)
        #expect(shown.count == 75)
        #expect(try await Pruner(again.ada).restore(session).messageCount == 153)
        try await journal.close()
    }

    @Test func whatIsErasedStaysOutOfSight() async throws {
        let disk = try TemporaryDirectory()
        var options = JournalOptions()
        options.snapshotInterval = 10
        var journal = try await Journal.create(at: disk.path("j"), options: options)
        var made = RetentionRig(journal, ManualClock())
        let session = try await made.session("a")
        try await made.talk(session, 30)
        try await Pruner(made.ada).pruneMessages(session, 5)
        try await made.talk(session, 20, from: 31)
        try await made.ada.erase(
            .message("m2", in: session), options: ErasureOptions(basis: "GDPR 17"))
        try await journal.takeSnapshots()
        #expect(try await journal.verifySnapshots().differences.isEmpty)
        try await journal.close()
        journal = try await Journal.open(at: disk.path("j"), options: options)
        made = RetentionRig(journal, ManualClock())
        let erased = try await made.state(session).tree.messages[1]
        #expect(erased.isWithheld && erased.isPruned)
        #expect(try await made.state(session).tree.prunedMessages.count == 25)
        #expect(try await Pruner(made.ada).restore(session).messageCount == 25)
        #expect(try await !made.state(session).tree.messages[1].isPruned)
        try await journal.close()
    }

    @Test func aCloneHasOutOfSightWhatItsOriginHas() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 6)
        try await pruner().pruneMessages(session, 2)
        let clone = try await rig.ada.clone(session, key: "copy").session
        #expect(try await rig.shown(clone) == rig.shown(session))
        #expect(try await rig.state(clone).tree.prunedMessages.count == 4)
        #expect(try await pruner().restore(clone).messageCount == 4)
    }

    @Test func anUndoIsRefusedWhereSightChangedSince() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 4)
        let report = try await Pruner(rig.ada).pruneMessages(session, 2)
        let event = try #require(report.gone.first?.sequence)
        try await pruner().restore(session)
        await #expect(throws: JournalError(.conflict, "")) {
            try await rig.ada.undo(.event(event), in: session)
        }
        var configuration = Pruner.Configuration()
        configuration.sessionLimit = 0
        let own = Pruner(rig.ada, configuration: configuration)
        try await own.pruneSessions()
        try await own.restore(session)
        let back = try await rig.journal.lastSequence()
        try await rig.talk(session, 1, from: 9)
        await #expect(throws: JournalError(.conflict, "")) {
            try await rig.ada.undo(.event(back), in: session)
        }
        await #expect(throws: JournalError(.conflict, "")) {
            try await rig.ada.undo(.event(back - 1), in: session)
        }
    }

    // MARK: Sessions

    @Test func pruningSessionsIsReversibleAndSpeaksOfItsInputs() async throws {
        let clock = rig
        var sessions: [SessionID] = []
        for key in ["a", "b", "c"] {
            let session = try await clock.session(key)
            try await clock.talk(session, 1)
            sessions.append(session)
        }
        try await rig.ada.append(
            EventDraft(
                .sessionAccessed,
                data: [
                    "count": 3, "first": "2026-01-02T00:00:00Z", "last": "2026-01-03T00:00:00Z",
                ]), to: sessions[0])
        let pruner = pruner { $0.sessionLimit = 2 }
        let count = try await rig.count()
        #expect(
            try await pruner.pruneSessions(isDryRun: true).gone.map(\.session)
                == [sessions[1]])
        #expect(try await rig.count() == count)
        let report = try await pruner.pruneSessions(reason: "full")
        #expect(report.gone.map(\.session) == [sessions[1]])
        let event = try #require(try await rig.last(.sessionPruned, in: sessions[1]))
        #expect(event["strategy"] == "lru" && event["limits"] == ["sessions": 2])
        #expect(
            event["values"]
                == ["rank": 1, "sessions": 3, "accesses": 0, "last_access": nil])
        #expect(event["messages"] == 1)
        let statistics = try await rig.journal.pruneStatistics()
        #expect(statistics.strategies["lru"]?.sessionCount == 1)
        #expect(try await pruner.restore(sessions[1]).isSession)
        // By size the one that holds most, by age those that were not used.
        try await rig.talk(sessions[2], 5, from: 20)
        let large = self.pruner {
            $0.sessionByteLimit = 3_000; $0.strategy = .size
        }
        #expect(try await large.pruneSessions().gone.map(\.session) == [sessions[2]])
        rig.wait(1_000)
        let old = self.pruner {
            $0.sessionTimeToLive = 500; $0.strategy = .ttl
        }
        #expect(try await old.pruneSessions().gone.map(\.session) == [sessions[0], sessions[1]])
    }

    @Test func aMoreSpecificPolicyGovernsInsteadOfAStrategy() async throws {
        let legal = try await rig.session("legal", ["tags": ["legal"]])
        let plain = try await rig.session("plain")
        let other = try await rig.session("other", ["tags": ["other"]])
        // One of the strategy's name that is due is not what was asked for.
        var named = RetentionPolicy("lru", .prune)
        named.tag = "other"
        named.count = 0
        try await rig.ada.setRetention(named)
        var keep = RetentionPolicy("legal", .keep)
        keep.tag = "legal"
        try await rig.ada.setRetention(keep)
        let report = try await pruner { $0.sessionLimit = 0 }.pruneSessions()
        #expect(report.gone.map(\.session) == [plain])
        #expect(try await rig.state(legal).prunedSequence == nil)
        #expect(try await rig.state(other).prunedSequence == nil)
    }

    @Test func whoeverWritesMeanwhileIsReadAgain() async throws {
        let session = try await rig.session("a")
        try await rig.talk(session, 6)
        let flag = RunOnce()
        // While the embedding is made somebody goes on.
        let similarity = Similarity.embedding("toy", threshold: 0.99) { texts in
            if flag.first() { try await rig.talk(session, 1, from: 7) }
            return texts.map { _ in [1, 0] }
        }
        var tuned = similarity
        tuned.minimumWords = 1
        let report = try await pruner().pruneMessages(of: session, by: .semantic(tuned))
        #expect(!flag.first())
        // Of each role the first stays, and the end of the branch.
        #expect(ids(report.gone) == ["m3", "m4", "m5", "m6"])
        #expect(try await rig.shown(session) == ["m1", "m2", "m7"])
    }
}

/// True the first time it is asked.
final class RunOnce: Sendable {
    private let count = SanitizedCounter()

    func first() -> Bool { count.next() == 0 }
}
