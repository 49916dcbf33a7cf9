import JournalTestKit
import SessionJournal
import Testing

@Suite struct BlameTests {
    /// A conversation in which a tool call leads to a change, and a change that names its cause.
    static func script() -> EventScript {
        var script = EventScript()
        script.add(
            .sessionCreated,
            ["schema": 1, "metadata": ["name": "", "status": "active", "model": "m-1"]])  // 1
        script.say("u1", after: nil, text: "Rename it, please.")  // 2
        script.actor = "agent:b"
        script.add(
            .messageAppended,
            [
                "message": "a1", "parent": "u1", "role": "assistant",
                "parts": [
                    ["type": "tool_use", "call": "c1", "name": "rename", "input": [:]]
                ],
            ])  // 3
        script.add(.toolStarted, ["call": "c1", "name": "rename", "message": "a1"])  // 4
        script.add(.toolFinished, ["call": "c1", "name": "rename", "status": "ok"])  // 5
        script.add(
            .sessionMetadataChanged, ["set": ["name": "first"]], reason: "asked for")  // 6
        script.say("u2", after: "a1", text: "And star it.")  // 7
        script.add(
            EventDraft(
                .sessionMetadataChanged, data: ["set": ["is_starred": true]],
                cause: .sequence(5)))  // 8
        script.add(.sessionMetadataChanged, ["set": ["name": "second"]])  // 9
        return script
    }

    private func journal(_ script: EventScript) async throws -> Journal {
        let journal = Journal.inMemory()
        try await journal.store.adopt(script.events.map(\.line), durability: .durable)
        return journal
    }

    @Test func everyFieldHasAValueAnEventAndAnOrigin() async throws {
        let journal = try await journal(Self.script())
        let session = EventScript.defaultSession
        let blames = try await journal.blame(in: session)
        let name = try #require(blames.first { $0.field == "name" })
        #expect(name.current.value == "second" && name.current.sequence == 9)
        #expect(name.current.actor == "agent:b" && name.current.reason == nil)
        #expect(name.earlier.map(\.value) == ["", "first"])
        #expect(name.earlier.map(\.sequence) == [1, 6])
        #expect(name.earlier.map(\.reason) == [nil, "asked for"])
        // Nobody named a cause: the last message before it, and no tool call in that turn.
        #expect(name.origin?.basis == .preceding)
        #expect(name.origin?.message?.id == "u2" && name.origin?.toolCall == nil)
        // The cause leads to the tool call, and from there to its message.
        let star = try #require(blames.first { $0.field == "is_starred" })
        #expect(star.origin?.basis == .cause)
        #expect(star.origin?.toolCall?.call == "c1" && star.origin?.toolCall?.sequence == 5)
        #expect(star.origin?.message == nil)
        // What was set at creation has nothing before it.
        let status = try #require(blames.first { $0.field == "status" })
        #expect(status.origin == nil && status.earlier.isEmpty)
        // The values are those of the state, derived ones included.
        let state = try await journal.state(of: session)
        for blame in blames { #expect(state.metadata()[blame.field] == blame.current.value) }
        #expect(Set(blames.map(\.field)).isSuperset(of: ["turn_count", "modified_by"]))
        #expect(blames.first { $0.field == "turn_count" }?.current.sequence == 7)
    }

    @Test func aPointInThePastIsBlamedAsItWasThen() async throws {
        let journal = try await journal(Self.script())
        let session = EventScript.defaultSession
        let then = try #require(
            try await journal.blame("name", in: session, at: .sequence(8)).first)
        #expect(then.current.value == "first" && then.current.sequence == 6)
        // Within the turn of the change, the last tool call and the last message.
        #expect(then.origin?.toolCall?.sequence == 5 && then.origin?.toolCall?.name == "rename")
        #expect(then.origin?.message?.id == "a1")
        let time = Timestamp("2026-01-01T00:00:07Z")!
        #expect(
            try await journal.blame("name", in: session, at: .time(time)).first?.current.sequence
                == 6)
        #expect(try await journal.blame("name", in: session, at: .sequence(0)).isEmpty)
        #expect(try await journal.blame("nothing", in: session).isEmpty)
        #expect(
            try await journal.blame("is_starred", in: session, at: .sequence(7)).isEmpty)
    }

    @Test func aTimeHidesWhatCameAfterALaterEvent() async throws {
        var script = EventScript()
        script.add(.sessionCreated, ["metadata": ["name": "a"]], occurred: "2025-01-01T00:00:00Z")
        script.say("m", after: nil, occurred: "2025-01-03T00:00:00Z")
        script.add(
            .sessionMetadataChanged, ["set": ["name": "b"]], occurred: "2025-01-02T00:00:00Z")
        let journal = try await journal(script)
        let point = PointInTime.time(Timestamp("2025-01-02T12:00:00Z")!)
        // The message hides the change, although no change of metadata is later than the time.
        let values = try await journal.history(
            of: "name", in: EventScript.defaultSession, at: point)
        #expect(values.map(\.value) == ["a"])
    }

    @Test func aBranchBeginsWithWhatItsParentHad() async throws {
        var script = Self.script()  // 9 events
        script.add(.sessionMetadataChanged, ["set": ["model": "m-2"]])  // 10
        script.add(
            .branchCreated,
            ["branch": "side", "from": "u2", "type": "fork", "parent_branch": "main"])  // 11
        script.add(.sessionMetadataChanged, ["set": ["model": "m-3"]])  // 12
        let before = try await journal(script)
        let session = EventScript.defaultSession
        func model(_ journal: Journal, _ branch: String) async throws -> [UInt64] {
            try await journal.history(of: "model", in: session, branch: branch).map(\.sequence)
        }
        #expect(try await model(before, "main") == [1, 10, 12])
        #expect(try await model(before, "side") == [1, 10])
        script.add(.sessionMetadataChanged, ["set": ["model": "m-4"]], branch: "side")  // 13
        let after = try await journal(script)
        #expect(try await model(after, "main") == [1, 10, 12])
        #expect(try await model(after, "side") == [1, 10, 13])
        for branch in ["main", "side"] {
            let state = try await after.state(of: session)
            for blame in try await after.blame(in: session, branch: branch) {
                #expect(state.metadata(on: branch)[blame.field] == blame.current.value)
            }
        }
        // What led to it on the branch: nothing was said there, so what was said before it began.
        let blame = try #require(
            try await after.blame("model", in: session, branch: "side").first)
        #expect(blame.origin?.message?.id == "u2")
    }

    @Test func whatIsWithheldIsSaid() async throws {
        var script = Self.script()
        script.withhold(sequence: 9)
        let journal = try await journal(script)
        let name = try #require(
            try await journal.blame("name", in: EventScript.defaultSession).first)
        #expect(name.current.value == "first" && name.withheldAfter == [9])
        #expect(name.earlierCount == 1 && name.earlier.count == 1)
        let history = try await journal.history(of: "name", in: EventScript.defaultSession)
        #expect(history.map(\.isWithheld) == [false, false, true])
        #expect(history.last?.actor == nil && history.last?.value == .null)
        // A withheld message is as far as the way back goes.
        var other = Self.script()
        other.withhold(sequence: 7)
        let blame = try await self.journal(other).blame("name", in: EventScript.defaultSession)
        #expect(blame.first?.origin?.message?.sequence == 7)
        #expect(blame.first?.origin?.message?.id == nil)
        #expect(blame.first?.origin?.message?.role == nil)
    }

    @Test func causesThatLeadNowhereEndThere() async throws {
        for cause: UInt64 in [1, 2, 9_999, UInt64(Int64.max)] {
            var script = Self.script()
            script.add(
                EventDraft(
                    .sessionMetadataChanged, data: ["set": ["category": "x"]],
                    cause: .sequence(cause)))
            let blame = try await journal(script).blame(
                "category", in: EventScript.defaultSession)
            let origin = try #require(blame.first?.origin)
            #expect(origin.basis == (cause == 2 ? .cause : .preceding))
            #expect(origin.message?.id == (cause == 2 ? "u1" : "u2"))
        }
    }

    @Test func aMessageIsTheEventsThatMadeIt() async throws {
        var script = Self.script()
        script.add(
            .messageExtended,
            ["message": "a1", "alias": "a1b", "parts": [["type": "text", "text": "more"]]])  // 10
        script.say("a1", after: nil)  // 11: a second message of the id is none
        script.say("hidden", after: "a1")  // 12
        script.withhold(sequence: 12)
        let journal = try await journal(script)
        let session = EventScript.defaultSession
        for id in ["a1", "a1b"] {
            let blame = try #require(try await journal.blame(message: id, in: session))
            #expect(blame.message == "a1" && blame.events.map(\.sequence) == [3, 10])
            #expect(blame.origin?.message?.id == "u1" && blame.origin?.basis == .preceding)
        }
        #expect(
            try await journal.blame(message: "a1", in: session, at: .sequence(9))?.events.count == 1
        )
        #expect(
            try await journal.blame(message: "@12", in: session)?.events.map(\.sequence) == [12])
        #expect(try await journal.blame(message: "no", in: session) == nil)
        #expect(try await journal.blame(message: "u2", in: session, at: .sequence(6)) == nil)
    }

    @Test func anEmptySessionAndNone() async throws {
        let journal = Journal.inMemory()
        #expect(try await journal.blame(in: .journal).isEmpty)
        #expect(try await journal.history(of: "name", in: .journal).isEmpty)
        await #expect(throws: JournalError(.sessionNotFound, "")) {
            try await journal.blame(in: Drafts.session(1))
        }
    }

    /// Random changes on random branches: the blame's value is always that of the state.
    @Test func theBlamedValueIsTheStatesValue() async throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<40 {
            var script = EventScript()
            script.add(.sessionCreated, ["metadata": ["model": "m", "name": "n"]])
            var branches = ["main"]
            for step in 0..<25 {
                let branch = branches.randomElement(using: &generator)!
                switch Int.random(in: 0..<5, using: &generator) {
                case 0:
                    let name = "b\(step)"
                    script.add(
                        .branchCreated,
                        [
                            "branch": .string(name), "from": nil, "type": "fork",
                            "parent_branch": .string(branch),
                        ], branch: name)
                    branches.append(name)
                case 1: script.say("m\(step)", after: nil, branch: branch)
                default:
                    let field = ["model", "max_tokens", "name", "tags", "own"].randomElement(
                        using: &generator)!
                    script.add(
                        .sessionMetadataChanged, ["set": .object([field: JSONValue(step)])],
                        branch: branch)
                }
            }
            let journal = try await journal(script)
            let at = UInt64.random(in: 0...UInt64(script.events.count), using: &generator)
            let state = try await journal.state(
                of: EventScript.defaultSession, at: .sequence(at))
            for branch in state.tree.branches.map(\.name) {
                let blames = try await journal.blame(
                    in: EventScript.defaultSession, at: .sequence(at), branch: branch)
                for blame in blames {
                    #expect(state.metadata(on: branch)[blame.field] == blame.current.value)
                    // Reading only what one field needs gives the same.
                    let one = try await journal.blame(
                        blame.field, in: EventScript.defaultSession, at: .sequence(at),
                        branch: branch)
                    #expect(one == [blame])
                }
            }
        }
    }
}
