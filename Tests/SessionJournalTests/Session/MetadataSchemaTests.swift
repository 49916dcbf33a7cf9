import JournalTestKit
import SessionJournal
import Testing

/// What is refused on writing, told on loading, and mended.
@Suite struct MetadataSchemaTests {
    let clock = ManualClock()
    let journal: Journal

    init() {
        var options = JournalOptions()
        options.clock = { [clock] in clock.tick() }
        journal = Journal.inMemory(options: options)
    }

    private var ada: JournalWriter { journal.as("user:ada") }

    /// What an append says when it is refused; nothing may be stored.
    private func refusal(
        _ body: () async throws -> Void
    ) async throws -> JournalError {
        let before = try await journal.lastSequence()
        let error = await #expect(throws: JournalError.self) { try await body() }
        #expect(try await journal.lastSequence() == before)
        return try #require(error)
    }

    // MARK: Writing

    @Test func oneErrorNamesEveryField() async throws {
        let error = try await refusal {
            _ = try await ada.createSession(
                key: "k", metadata: ["name": nil, "is_starred": 0, "tags": "a", "mood": 1])
        }
        #expect(error.code == .invalidMetadata)
        for words in [
            "“name” is required", "“is_starred” must be true or false, not 0",
            "“tags” must be a list of texts, not \"a\"",
        ] { #expect(error.message.contains(words), "\(error.message)") }
        #expect(!error.message.contains("mood"))
        let session = try await ada.createSession(key: "k")
        let change = try await refusal {
            try await ada.setMetadata(
                [
                    "max_tokens": true, "modified_by": "eve",
                    "last_modified": "2020-01-01T00:00:00Z",
                    "turn_count": -1, "": 1, "name": "fine",
                ], in: session)
        }
        #expect(change.code == .invalidMetadata)
        for name in ["max_tokens", "modified_by", "last_modified", "turn_count", "“”"] {
            #expect(change.message.contains(name), "\(change.message)")
        }
        #expect(!change.message.contains("“name”"))
    }

    @Test func theMergedResultIsLookedAt() async throws {
        let session = try await ada.createSession()
        // What an import brings is stored, and then stands in the way of a change.
        try await ada.append(
            EventDraft(.sessionMetadataChanged, data: ["set": ["priority": [], "is_starred": 1]]),
            to: session)
        let state = try await journal.state(of: session)
        #expect(state.invalidFields.map(\.field) == ["is_starred", "priority"])
        #expect(state.json()?["invalid"]?.array?.count == 2)
        let error = try await refusal { try await ada.setMetadata(["name": "x"], in: session) }
        #expect(error.message.contains("“priority”") && error.message.contains("“is_starred”"))
        // A change that puts all of it right is taken.
        try await ada.setMetadata(["priority": 1, "is_starred": true], in: session)
        #expect(try await journal.state(of: session).invalidFields.isEmpty)
    }

    @Test func archivedIsAViewOfTheStatus() async throws {
        let session = try await ada.createSession(metadata: ["archived": true])
        func status() async throws -> (JSONValue?, JSONValue?) {
            let metadata = try await journal.state(of: session).metadata()
            return (metadata["status"], metadata["archived"])
        }
        #expect(try await status() == ("archived", true))
        try await ada.setMetadata(["archived": false], in: session)
        #expect(try await status() == ("active", false))
        #expect(try await ada.setMetadata(["archived": false], in: session).isEmpty)
        try await ada.setMetadata(["archived": true], in: session)
        let entry = try #require(try await journal.audit(of: session).entries.last)
        #expect(entry.field == "status" && entry.old == "active" && entry.new == "archived")
        try await ada.setMetadata(["status": "deleted"], in: session)
        #expect(try await status() == ("deleted", false))
        let error = try await refusal { try await ada.setMetadata(["archived": true], in: session) }
        #expect(error.message.contains("deleted"))
        let both = try await refusal {
            _ = try await ada.createSession(metadata: ["archived": true, "status": "active"])
        }
        #expect(both.message.contains("“archived” says something else than “status”"))
        let number = try await refusal { try await ada.setMetadata(["archived": 1], in: session) }
        #expect(number.message.contains("“archived” must be true or false, not 1"))
    }

    @Test func aNumberOfTurnsThatIsGivenIsAClaim() async throws {
        let session = try await ada.createSession(metadata: ["turn_count": 2])
        try await ada.say("user", "one", in: session)
        var state = try await journal.state(of: session)
        #expect(state.metadata()["turn_count"] == 1)
        #expect(state.turnCountClaim?.value == 2)
        #expect(state.turnCountMismatch?.sequence == 1)
        #expect(state.json()?["turn_count_claim"] == 2)
        try await ada.say("tool", "no turn", in: session)
        #expect(try await journal.state(of: session).turnCountMismatch != nil)
        try await ada.say("user", "two", in: session)
        state = try await journal.state(of: session)
        #expect(state.turnCountMismatch == nil)
        #expect(state.json()?["turn_count_claim"] == nil)
        try await ada.setMetadata(["turn_count": 7], in: session)
        state = try await journal.state(of: session)
        #expect(state.turnCountMismatch?.value == 7)
        #expect(state.metadata()["turn_count"] == 2)
        let plain = try await ada.createSession()
        #expect(try await journal.state(of: plain).turnCountClaim == nil)
    }

    @Test func whatAnImportSaysOfTheLastChangeSurvivesUntilTheNext() async throws {
        let draft = ada.sessionCreation(
            metadata: ["last_modified": "2024-05-05T10:00:00.5", "modified_by": "carol"])
        let session = SessionID(high: 5, low: 5)
        try await ada.append(draft, to: session, if: .version(0))
        try await ada.say("user", "a message moves neither", in: session)
        var metadata = try await journal.state(of: session).metadata()
        #expect(metadata["last_modified"] == "2024-05-05T10:00:00.5")
        #expect(metadata["modified_by"] == "carol")
        try await ada.setMetadata(["name": "x"], in: session)
        let state = try await journal.state(of: session)
        metadata = state.metadata()
        #expect(metadata["last_modified"] == JSONValue(state.lastModified?.description))
        #expect(metadata["modified_by"] == "user:ada")
        #expect(state.invalidFields.isEmpty)
        let early = Timestamp("2025-01-01T00:00:00Z")!
        let other = try await ada.createSession(occurred: early)
        #expect(
            try await journal.state(of: other).metadata()["last_modified"]
                == "2025-01-01T00:00:00.000000Z")
    }

    // MARK: Fields of one's own

    @Test func aDeclaredFieldHasATypeADefaultAndAScope() async throws {
        let before = try await ada.createSession()
        let temperature = MetadataField(
            "temperature", type: .number, initialValue: 1, scope: .branch,
            constraints: .init(minimum: 0, maximum: 2), meaning: "How wild.")
        let receipt = try #require(try await ada.declareField(temperature, reason: "needed"))
        #expect(try await ada.declareField(temperature) == nil)
        #expect(try await journal.schema()["temperature"] == temperature)
        #expect(try await journal.schema(at: .sequence(receipt.sequence - 1)).declared.isEmpty)
        let event = try #require(try await journal.event(at: receipt.sequence))
        #expect(event.session == .journal && event.branch == nil && event.reason == "needed")

        let session = try await ada.createSession(metadata: ["temperature": 0.5])
        let first = try await ada.say("user", "Hello", in: session)
        try await ada.append(
            EventDraft(
                .branchCreated,
                data: [
                    "branch": "side", "from": .string(first.message), "type": "fork",
                    "parent_branch": "main",
                ]), to: session)
        try await ada.setMetadata(["temperature": 2, "name": "n"], in: session, branch: "side")
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "side")["temperature"] == 2)
        #expect(state.metadata(on: "main")["temperature"] == 0.5)
        #expect(state.metadata(on: "main")["name"] == "n")
        // The events alone say whose the values are.
        let bare = try await journal.fold(SessionProjection(), over: session)
        #expect(bare.metadata(on: "side")["temperature"] == 2)
        #expect(bare.metadata(on: "main")["temperature"] == 0.5)
        // A session that was begun before has the default, and had nothing then.
        #expect(try await journal.state(of: before).metadata()["temperature"] == 1)
        #expect(
            try await journal.state(of: before, at: .sequence(1)).metadata()["temperature"] == nil)
        #expect(
            try await journal.sessions().map { $0.metadata["temperature"] ?? .null } == [1, 0.5])
        let error = try await refusal {
            try await ada.setMetadata(["temperature": 3], in: session, branch: "side")
        }
        #expect(error.message.contains("“temperature” on branch “side” must be at most 2"))
    }

    @Test func aDeclarationCanChangeAndItsScopeCannot() async throws {
        let session = try await ada.createSession(metadata: ["mood": "wild"])
        try await ada.declareField(
            MetadataField("mood", type: .string, constraints: .init(allowed: ["calm", "cross"])))
        let state = try await journal.state(of: session)
        #expect(
            state.invalidFields.map(\.problem) == [#"must be one of "calm", "cross", not "wild""#])
        try await ada.declareField(MetadataField("mood", type: .string))
        #expect(try await journal.state(of: session).invalidFields.isEmpty)
        let error = try await refusal {
            try await ada.declareField(MetadataField("mood", type: .string, scope: .branch))
        }
        #expect(error.code == .invalidArgument)
        try await ada.declareField(MetadataField("size", type: .integer, isRequired: true))
        let missing = try await refusal { _ = try await ada.createSession() }
        #expect(missing.message.contains("“size” is required"))
        #expect(try await journal.state(of: session).invalidFields.map(\.field) == ["size"])
        _ = try await ada.createSession(metadata: ["size": 5])
    }

    @Test func declarationsThatMakeNoSenseArePassedOver() async throws {
        for data: EventData in [
            [:], ["name": 5, "type": "any"], ["name": "a"], ["name": "a", "type": "colour"],
            ["name": "name", "type": "any"], ["name": "b", "type": "integer", "default": "x"],
            ["name": "", "type": "any"],
        ] {
            try await ada.append(EventDraft(.fieldDeclared, branch: nil, data: data), to: .journal)
        }
        #expect(try await journal.schema().declared.isEmpty)
    }

    @Test func twoWritersDeclareAtOnce() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<8 {
                group.addTask {
                    try await journal.as("user:\(number)").declareField(
                        MetadataField("f\(number % 4)", type: .integer))
                }
            }
            try await group.waitForAll()
        }
        let names = try await journal.schema().declared.map(\.name)
        #expect(names.sorted() == ["f0", "f1", "f2", "f3"])
        #expect(try await journal.store.head(of: .journal)?.version == 4)
    }

    // MARK: Older events

    @Test func eventsOfTheFirstSchemaAreRead() async throws {
        try await journal.store.adopt(FirstSchema.lines, durability: .durable)
        let tea = try await journal.state(of: journal.resolve(FirstSchema.tea))
        #expect(tea.invalidFields.isEmpty)
        #expect(tea.turnCountClaim == nil)
        let metadata = tea.metadata(on: "cold")
        #expect(metadata["name"] == "Green tea")
        #expect(metadata["model"] == "m-2")
        #expect(tea.metadata(on: "main")["model"] == "m-1")
        #expect(metadata["title"] == "Brewing")
        #expect(metadata["pinned"] == false)
        #expect(metadata["ttl"] == .some(.null))
        #expect(metadata["mood"] == "calm")
        #expect(metadata["turn_count"] == 1)
        #expect(metadata["modified_by"] == "user:bob")

        let old = try await journal.state(of: journal.resolve(FirstSchema.old))
        // `archived` stood beside a status that nobody had given.
        #expect(old.metadata()["status"] == "archived")
        #expect(old.metadata()["archived"] == true)
        #expect(old.metadata()["modified_by"] == "carol")
        #expect(old.metadata()["last_modified"] == "2025-05-05T08:00:00.000000Z")
        #expect(old.turnCountMismatch?.value == 3)
        #expect(old.invalidFields.map(\.field) == ["is_starred", "type", "pinned"])
        #expect(old.metadata()["pinned"] == "yes")
        let trail = try await journal.audit(of: journal.resolve(FirstSchema.old)).entries
        #expect(trail.last { $0.field == "status" }?.new == "archived")
    }

    // MARK: Repair

    @Test func aRepairMendsAndSaysWhy() async throws {
        try await journal.store.adopt(FirstSchema.lines, durability: .durable)
        let old = try await journal.resolve(FirstSchema.old)
        let last = try await journal.lastSequence()
        let plan = try await ada.repairMetadata(isDryRun: true)
        #expect(try await journal.lastSequence() == last)
        #expect(plan.sessions.map(\.key) == ["old"])
        #expect(plan.sessions[0].mends.map(\.value) == [true, "dm", false])
        let report = try await ada.repairMetadata()
        let sequence = try #require(report.sessions[0].sequences.first)
        #expect(report.isWhole)
        let event = try #require(try await journal.event(at: sequence))
        #expect(event.reason == "repair of values that the schema does not take")
        let data = try event.data()
        #expect(data["repaired"]?["is_starred"] == "must be true or false, not 1")
        #expect(data["set"] == ["is_starred": true, "type": "dm", "pinned": false])
        let state = try await journal.state(of: old)
        #expect(state.invalidFields.isEmpty)
        #expect(state.metadata()["priority"] == "high")
        // The old value is in the history.
        let change = try await journal.audit(of: old).entries.last { $0.field == "pinned" }
        #expect(change?.old == "yes" && change?.new == false)
        #expect(try await ada.repairMetadata().sessions.isEmpty)
    }

    @Test func aRepairMendsEachBranchAndNamesWhatItCannot() async throws {
        let session = try await ada.createSession()
        try await ada.declareField(MetadataField("size", type: .integer, isRequired: true))
        try await ada.append(
            [
                EventDraft(
                    .branchCreated,
                    data: ["branch": "b", "from": nil, "type": "fork", "parent_branch": "main"]),
                EventDraft(
                    .sessionMetadataChanged, branch: "b", data: ["set": ["max_tokens": "12"]]),
                EventDraft(
                    .sessionMetadataChanged,
                    data: [
                        "set": [
                            "max_tokens": "many", "name": 7, "tags": ["a", 1, "a"],
                            "last_modified": 5,
                        ]
                    ]),
            ], to: session)
        let report = try await ada.repairMetadata(of: session, reason: "spring")
        #expect(!report.isWhole)
        #expect(report.sessions[0].left.map(\.field) == ["size"])
        #expect(report.sessions[0].sequences.count == 2)
        let state = try await journal.state(of: session)
        #expect(state.metadata(on: "b")["max_tokens"] == 12)
        #expect(state.metadata(on: "main")["max_tokens"] == .some(.null))
        #expect(state.metadata()["name"] == "7")
        #expect(state.metadata()["tags"] == ["a"])
        #expect(state.invalidFields.map(\.field) == ["size"])
        let json = report.json
        #expect(json["sessions"]?[0]?["left"]?[0]?["field"] == "size")
        #expect(json["sessions"]?[0]?["mended"]?.array?.count == 4)
    }
}
