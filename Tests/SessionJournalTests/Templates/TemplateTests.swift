import JournalTestKit
import SessionJournal
import Testing

/// Templates: what is declared, what fills them, what sessions get from them.
@Suite struct TemplateTests {
    let journal = Journal.inMemory()
    var ada: JournalWriter { journal.as("user:ada") }
    var bob: JournalWriter { journal.as("user:bob") }

    static let tea: JSONValue = [
        "name": "tea", "description": "Talks about tea.",
        "parameters": [
            ["name": "kind", "required": true],
            ["name": "heat", "type": "integer", "default": 80, "minimum": 0, "maximum": 100],
            ["name": "note"], ["name": "most", "type": "integer", "default": 5],
        ],
        "provider": "kettle", "model": "m-{{ heat }}",
        "system_prompt": "You know {{kind}}, at {{heat}} °C. {{note}}{ not }} {{a b}} {{",
        "middleware": ["filter", "{{kind}}"],
        "functions": [["name": "brew", "limits": ["heat": "{{heat}}"]]],
        "max_messages": "{{most}}", "metadata": ["tags": ["{{kind}}"], "heat": "{{heat}}"],
        "limits": ["max_bytes": 1_000_000, "action": "mark"],
    ]

    @Test func aSessionIsMadeFromATemplateByOneCommit() async throws {
        let declared = try await ada.declareTemplate(try SessionTemplate(Self.tea), reason: "new")
        #expect(declared.template.version == 1)
        let session = try await ada.createSession(
            template: "tea", parameters: ["kind": "oolong"], key: "k", metadata: ["owner": "ada"])
        let state = try await journal.state(of: session)
        #expect(state.key == "k" && state.version == 2)
        let first = try #require(try await journal.event(at: state.firstSequence))
        let second = try #require(try await journal.event(at: state.lastSequence))
        #expect(first.time == second.time && second.sequence == first.sequence + 1)
        let metadata = state.metadata()
        #expect(metadata["model"] == "m-80" && metadata["provider"] == "kettle")
        #expect(metadata["heat"] == 80 && metadata["tags"] == ["oolong"])
        #expect(metadata["middleware"] == ["filter", "oolong"] && metadata["owner"] == "ada")
        #expect(metadata["functions"]?[0]?["limits"]?["heat"] == 80)
        let said = try #require(state.tree.path(ofBranch: "main")?.messages)
        #expect(said.map { $0.role } == [.system])
        #expect(
            said[0].preview() == "You know oolong, at 80 °C. { not }} {{a b}} {{")
        #expect(
            state.lifecycle.limits
                == SessionLimits(maximumBytes: 1_000_000, maximumMessages: 5, action: .mark))
        let use = try #require(state.template)
        #expect(use.name == "tea" && use.version == 1)
        #expect(use.parameters == ["kind": "oolong", "heat": 80, "note": nil, "most": 5])
        #expect(state.json()?["template"]?["version"] == 1)
        await #expect(throws: JournalError(.sessionExists, "")) {
            try await ada.createSession(
                template: "tea", parameters: ["kind": "green"], key: "k")
        }
        // What is given counts for more than the template.
        let other = try await ada.createSession(
            template: "tea@1", parameters: ["kind": "green", "heat": 70],
            metadata: ["model": "mine"], limits: SessionLimits(maximumEvents: 9))
        let given = try await journal.state(of: other)
        #expect(given.metadata()["model"] == "mine" && given.metadata()["heat"] == 70)
        #expect(given.lifecycle.limits == SessionLimits(maximumEvents: 9))
    }

    @Test(arguments: SessionTemplate.builtIn)
    func thoseThatShipMakeSessions(_ template: SessionTemplate) async throws {
        #expect(template.version == 1 && SessionTemplate.builtIn.count == 2)
        let required = template.parameters.filter(\.isRequired).map { ($0.name, "x" as JSONValue) }
        let session = try await ada.createSession(
            template: template.name, parameters: JSONObject(required))
        let state = try await journal.state(of: session)
        #expect(state.template?.name == template.name)
        #expect(state.invalidFields.isEmpty)
        #expect(state.tree.messages.count == 1 && state.lifecycle.limits?.maximumMessages != nil)
        #expect(state.metadata()["model"] == .null && state.metadata()["provider"] == nil)
        // What shows it declares it.
        #expect(try SessionTemplate(.object(template.json)) == template)
    }

    @Test func aVersionDoesNotChange() async throws {
        let tea = try SessionTemplate(Self.tea)
        try await ada.declareTemplate(tea)
        let before = try await journal.lastSequence()
        #expect(try await bob.declareTemplate(tea).receipt == nil)
        #expect(try await journal.lastSequence() == before)
        var json = Self.tea.object ?? [:]
        json["model"] = "m-2"
        let second = try await bob.declareTemplate(try SessionTemplate(.object(json)))
        #expect(second.template.reference == "tea@2")
        json["version"] = 2
        #expect(try await ada.declareTemplate(try SessionTemplate(.object(json))).receipt == nil)
        json["model"] = "m-3"
        for version in [1, 2, 4] as [Int64] {
            json["version"] = .integer(version)
            let error = await #expect(throws: JournalError.self) {
                try await ada.declareTemplate(try SessionTemplate(.object(json)))
            }
            #expect(error?.code == .conflict && error?.message.contains("is 3") == true)
        }
        #expect(try await journal.template("tea").version == 2)
        #expect(try await journal.template("tea@1").content["model"] == "m-{{ heat }}")
        #expect(try await journal.templates(at: .sequence(before)).last?.reference == "tea@1")
        #expect(try await journal.templates(at: .sequence(0)).count == 2)
        let error = await #expect(throws: JournalError.self) {
            _ = try await journal.template("tea@9")
        }
        #expect(error?.code == .templateNotFound && error?.message.contains("tea@2") == true)
        // Those that ship have further versions.
        var support = SessionTemplate.builtIn[0].json
        support["max_messages"] = 3
        support["version"] = nil
        let mine = try await ada.declareTemplate(try SessionTemplate(.object(support)))
        #expect(mine.template.reference == "customer_support@2")
    }

    /// Whoever declares at the same time: versions are numbered one after the other.
    @Test func manyWhoDeclareGetAVersionEach() async throws {
        let numbers = try await withThrowingTaskGroup(of: Int64?.self) { group in
            for number in 0..<8 {
                group.addTask {
                    var json = Self.tea.object ?? [:]
                    json["max_messages"] = .integer(Int64(number))
                    return try await journal.as("user:\(number)")
                        .declareTemplate(try SessionTemplate(.object(json))).template.version
                }
            }
            return try await group.reduce(into: [Int64?]()) { $0.append($1) }
        }
        #expect(Set(numbers) == Set((1...8).map { Int64($0) }))
        #expect(try await journal.templates().count == 10)
    }

    @Test func parametersThatAreUnknownMissingOrWrongAreNamedAtOnce() async throws {
        try await ada.declareTemplate(try SessionTemplate(Self.tea))
        let before = try await journal.lastSequence()
        let error = await #expect(throws: JournalError.self) {
            try await ada.createSession(
                template: "tea", parameters: ["heat": 200, "colour": "green", "note": 5])
        }
        #expect(error?.code == .invalidArgument)
        for words in [
            "“kind” is required", "“heat” must be at most 100", "“colour” is none",
            "“note” must be a text",
        ] { #expect(error?.message.contains(words) == true, "\(words)") }
        let limits = await #expect(throws: JournalError.self) {
            try await ada.createSession(template: "tea", parameters: ["kind": "x", "most": -1])
        }
        #expect(limits?.message.contains("“max_messages” cannot be -1") == true)
        #expect(try await journal.lastSequence() == before)
    }

    @Test func oneErrorNamesEveryFieldThatIsWrong() async throws {
        try await ada.declareField(MetadataField("heat", type: .string))
        let template = try SessionTemplate([
            "name": "bad", "parameters": [["name": "n", "type": "any", "default": "x"]],
            "metadata": ["heat": 5, "is_starred": "{{n}}", "priority": [], "ttl": -1],
        ])
        try await ada.declareTemplate(template)
        let before = try await journal.lastSequence()
        let error = await #expect(throws: JournalError.self) {
            try await ada.createSession(template: "bad", parameters: ["n": 1])
        }
        #expect(error?.code == .invalidMetadata)
        for name in ["heat", "is_starred", "priority", "ttl"] {
            #expect(error?.message.contains("“\(name)”") == true)
        }
        #expect(try await journal.lastSequence() == before)
    }

    @Test(arguments: [
        ("5", "no object"), ("{}", "its name is no name"), (#"{"name":"a@b"}"#, "holds an @"),
        (#"{"name":"a","version":0}"#, "its version"),
        (#"{"name":"a","version":"1"}"#, "its version"),
        (#"{"name":"a","colour":1}"#, "“colour” is nothing"),
        (#"{"name":"a","model":5}"#, "“model” is not a text"),
        (#"{"name":"a","functions":{}}"#, "“functions” is not a list"),
        (#"{"name":"a","metadata":[]}"#, "“metadata” is not an object"),
        (#"{"name":"a","max_messages":-1}"#, "“max_messages” is not a number"),
        (#"{"name":"a","limits":{"max_cups":1}}"#, "“max_cups” is no limit"),
        (#"{"name":"a","description":5}"#, "“description” is no text"),
        (#"{"name":"a","parameters":{}}"#, "“parameters” is no list"),
        (#"{"name":"a","parameters":[5]}"#, "has no name"),
        (#"{"name":"a","parameters":[{"name":"b","type":"tea"}]}"#, "no type that there is"),
        (#"{"name":"a","parameters":[{"name":"b c"}]}"#, "made of letters"),
        (#"{"name":"a","parameters":[{"name":"b"},{"name":"b"}]}"#, "stands twice"),
        (#"{"name":"a","parameters":[{"name":"b","default":5}]}"#, "the default must be a text"),
        (#"{"name":"a","metadata":{"x":["{{b}}"]}}"#, "the place {{b}} has no parameter"),
    ])
    func whatIsNoTemplateIsRefused(_ json: String, _ words: String) throws {
        let error = #expect(throws: JournalError.self) {
            _ = try SessionTemplate(try JSONValue(parsing: json))
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
    }

    /// Declarations and creations that make no sense declare nothing and do no harm.
    @Test func hostileEventsDoNoHarm() async throws {
        for data: EventData in [
            [:], ["name": "x"], ["name": "x", "version": -1], ["name": 5, "version": 1],
            ["name": "tea", "version": 1, "model": []],
        ] {
            try await ada.append(
                EventDraft(.templateDeclared, branch: nil, data: data), to: .journal)
        }
        #expect(try await journal.templates() == SessionTemplate.builtIn)
        try await ada.append(
            EventDraft(
                .templateDeclared, branch: nil,
                data: ["name": "code_assistant", "version": 1, "model": "other"]), to: .journal)
        // A version does not change.
        #expect(try await journal.templates() == SessionTemplate.builtIn)
        var script = EventScript()
        script.add(.sessionCreated, ["template": ["name": 5]])
        #expect(try SessionProjection().fold(script.events).template == nil)
    }
}
