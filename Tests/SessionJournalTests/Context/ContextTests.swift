import JournalTestKit
import Synchronization
import Testing

@testable import SessionJournal

/// Conversations as a model is shown them: views, windows, summaries.
@Suite struct ContextTests {
    private struct Rig {
        let journal = Journal.inMemory()
        let session: SessionID
        var ada: JournalWriter { journal.as("user:ada") }

        init() async throws {
            session = try await journal.as("user:ada").createSession(key: "chat")
        }

        /// A turn: a person says something, and gets an answer.
        @discardableResult
        func turn(_ number: Int, on branch: String? = nil) async throws -> [String] {
            [
                try await ada.say(
                    "user", "question \(number)?", in: session, branch: branch, id: "q\(number)"
                ).message,
                try await ada.say(
                    "assistant", "answer \(number).", in: session, branch: branch,
                    id: "a\(number)"
                ).message,
            ]
        }

        /// A call of a tool and its result, in messages of their own.
        func call(_ number: Int, in place: String = "/tmp/file", isError: Bool = false) async throws
        {
            try await ada.say(
                "assistant",
                parts: [
                    [
                        "type": "tool_use", "call": .string("c\(number)"), "name": "Read",
                        "input": ["file_path": .string(place)],
                    ]
                ], in: session, id: "call\(number)")
            try await ada.say(
                "tool",
                parts: [
                    [
                        "type": "tool_result", "call": .string("c\(number)"),
                        "content": isError ? "no such file" : "forty-two lines",
                        "is_error": .bool(isError),
                    ]
                ], in: session, id: "result\(number)")
        }

        func view(_ branch: String? = nil) async throws -> ContextView {
            try await journal.context(of: session, branch: branch)
        }
    }

    private static func ids(_ elements: [ContextView.Element]) -> [String] {
        elements.map { element in
            switch element {
            case .summary(let summary): "summary \(summary.first ?? "")…\(summary.last)"
            case .message(let message): message.id
            }
        }
    }

    // MARK: Summarizing

    @Test func aSummaryStandsForTheOlderMessages() async throws {
        let rig = try await Rig()
        for number in 1...5 { try await rig.turn(number) }
        let before = try await rig.journal.state(of: rig.session).tree.path(ofBranch: "main")
        let outcome = try #require(try await rig.ada.summarize(rig.session, keeping: 4))
        #expect(outcome.messageCount == 6 && outcome.branch == "main")
        let view = try await rig.view()
        #expect(Self.ids(view.elements) == ["summary q1…a3", "q4", "a4", "q5", "a5"])
        #expect(view.shadowed.map(\.id) == ["q1", "a1", "q2", "a2", "q3", "a3"])
        let summary = try #require(view.summaries.first)
        #expect(summary.summariser == "extractive" && summary.messageCount == 6)
        #expect(summary.text == outcome.text && summary.actor == "user:ada")
        #expect(summary.tokensBefore == outcome.tokensBefore)
        // The messages stay.
        let after = try await rig.journal.state(of: rig.session).tree.path(ofBranch: "main")
        #expect(after?.messages.map(\.id) == before?.messages.map(\.id))
        // As of an event before it there is none.
        let early = try await rig.journal.context(
            of: rig.session, at: .sequence(summary.sequence - 1))
        #expect(early.summaries.isEmpty && early.messages.count == 10)
        #expect(try await rig.ada.summarize(rig.session, keeping: 4) == nil)
        #expect(try await rig.ada.summarize(rig.session, keeping: 400) == nil)
    }

    @Test func theNextOneStandsForThePreviousOneToo() async throws {
        let rig = try await Rig()
        for number in 1...3 { try await rig.turn(number) }
        try await rig.ada.summarize(rig.session, keeping: 2)
        for number in 4...6 { try await rig.turn(number) }
        let asked = Summariser("mine") { request in
            #expect(request.earlier.count == 1)
            #expect(request.messages.map(\.id) == ["q3", "a3", "q4", "a4", "q5", "a5"])
            #expect(request.text().hasPrefix("summary: 4 earlier messages"))
            #expect(request.text().contains("user: question 3?"))
            return "what was said"
        }
        var options = SummaryOptions()
        options.summariser = asked
        options.reason = "the window is full"
        let outcome = try #require(
            try await rig.ada.summarize(rig.session, keeping: 2, options: options))
        #expect(outcome.messageCount == 10)
        let view = try await rig.view()
        #expect(Self.ids(view.elements) == ["summary q1…a5", "q6", "a6"])
        #expect(view.shadowed.count == 10)
        let sequence = try #require(outcome.receipt?.sequence)
        #expect(try await rig.journal.event(at: sequence)?.reason == "the window is full")
        #expect(try await rig.journal.summaries(of: rig.session).count == 2)
    }

    /// Which summary holds is a matter of what is on the way, never of when it was recorded.
    @Test func aSummaryHoldsWhereItsMessagesAre() async throws {
        let rig = try await Rig()
        for number in 1...4 { try await rig.turn(number) }
        try await rig.ada.createBranch("other", in: rig.session, from: .message("a2"))
        try await rig.turn(7, on: "other")
        // On main, behind where the branches part.
        try await rig.ada.summarize(rig.session, keeping: 2)
        #expect(try await rig.view("main").summaries.count == 1)
        #expect(try await rig.view("other").summaries.isEmpty)
        // Before that place: it holds on both.
        var options = SummaryOptions()
        options.branch = "other"
        try await rig.ada.summarize(rig.session, keeping: 4, options: options)
        #expect(
            Self.ids(try await rig.view("other").elements)
                == ["summary q1…a1", "q2", "a2", "q7", "a7"])
        #expect(Self.ids(try await rig.view("main").elements) == ["summary q1…a3", "q4", "a4"])
        // What goes back before it is without it.
        try await rig.ada.rewind("main", to: .message("a2"), in: rig.session)
        #expect(
            Self.ids(try await rig.view("main").elements) == ["summary q1…a1", "q2", "a2"])
        await #expect(throws: JournalError(.branchNotFound, "")) { try await rig.view("none") }
    }

    @Test func aCallStaysWithItsResults() async throws {
        let rig = try await Rig()
        try await rig.turn(1)
        try await rig.call(1)
        try await rig.call(2)
        // Between the call and its result.
        let outcome = try #require(try await rig.ada.summarize(rig.session, keeping: 1))
        #expect(outcome.messageCount == 4)
        #expect(
            Self.ids(try await rig.view().elements) == ["summary q1…result1", "call2", "result2"])
    }

    @Test func instructionsStay() async throws {
        let rig = try await Rig()
        try await rig.ada.say("system", "Be brief.", in: rig.session, id: "rules")
        for number in 1...3 { try await rig.turn(number) }
        try await rig.ada.summarize(rig.session, keeping: 2)
        #expect(
            Self.ids(try await rig.view().elements) == ["rules", "summary q1…a2", "q3", "a3"])
        try await rig.turn(4)
        try await rig.ada.summarize(rig.session, keeping: 2)
        #expect(
            Self.ids(try await rig.view().elements) == ["rules", "summary q1…a3", "q4", "a4"])
    }

    @Test func aSessionKeepsWhatItsTypeKeeps() async throws {
        let rig = try await Rig()
        try await rig.ada.setMetadata(["category": "dm"], in: rig.session)
        var options = SummaryOptions()
        #expect(options.keptByType == ["dm": 100, "group": 50] && options.keptOtherwise == 50)
        options.keptByType["dm"] = 3
        options.keptOtherwise = 5
        for number in 1...4 { try await rig.turn(number) }
        options.isDryRun = true
        #expect(try await rig.ada.compactSession(rig.session, options: options)?.messageCount == 5)
        #expect(try await rig.view().summaries.isEmpty)
        try await rig.ada.setMetadata(["category": "other"], in: rig.session)
        options.isDryRun = false
        let outcome = try await rig.ada.compactSession(rig.session, options: options)
        #expect(outcome?.messageCount == 3 && outcome?.receipt != nil)
    }

    @Test func aSummariserThatGivesNothingRecordsNothing() async throws {
        struct Refusal: Error {}
        let rig = try await Rig()
        for number in 1...3 { try await rig.turn(number) }
        var options = SummaryOptions()
        for text in ["", " \n", String(repeating: "x", count: (1 << 20) + 1)] {
            options.summariser = Summariser("bad") { _ in text }
            await #expect(throws: JournalError(.invalidArgument, "")) {
                try await rig.ada.summarize(rig.session, keeping: 1, options: options)
            }
        }
        options.summariser = Summariser("none") { _ in throw Refusal() }
        await #expect(throws: Refusal.self) {
            try await rig.ada.summarize(rig.session, keeping: 1, options: options)
        }
        #expect(try await rig.journal.summaries(of: rig.session).isEmpty)
    }

    /// The model takes its time, and the conversation goes on: its text is asked for once.
    @Test func othersGoOnMeanwhile() async throws {
        let rig = try await Rig()
        for number in 1...3 { try await rig.turn(number) }
        var options = SummaryOptions()
        let asked = Atomic(0)
        options.summariser = Summariser("slow") { _ in
            let count = asked.add(1, ordering: .relaxed).newValue
            try await rig.turn(9 + count)
            return "what was said"
        }
        let outcome = try #require(
            try await rig.ada.summarize(rig.session, keeping: 4, options: options))
        #expect(asked.load(ordering: .relaxed) == 1)
        #expect(outcome.messageCount == 2)
        let view = try await rig.view()
        #expect(
            Self.ids(view.elements)
                == ["summary q1…a1", "q2", "a2", "q3", "a3", "q10", "a10"])
    }

    // MARK: Extracts

    @Test func extractsSayWhatWasAskedDecidedAndDone() async throws {
        let rig = try await Rig()
        try await rig.ada.say("user", "Please fix the parser. It is slow.", in: rig.session)
        try await rig.ada.say(
            "assistant", "Let's use a table instead of the switch.\n```\nnever this\n```",
            in: rig.session)
        try await rig.call(1, in: "/src/parser.c")
        try await rig.call(2, in: "/src/none.c", isError: true)
        try await rig.ada.say(
            "assistant", "Done so far. Next I measure it. Should the old one go?", in: rig.session)
        try await rig.turn(5)
        let outcome = try #require(try await rig.ada.summarize(rig.session, keeping: 2))
        for words in [
            "7 earlier messages", "Please fix the parser.",
            "Let's use a table instead of the switch.", "/src/parser.c (Read)",
            "Read: 2 calls, 1 failed", "Read failed: no such file", "Next I measure it.",
            "Should the old one go?",
        ] {
            #expect(outcome.text.contains(words), "\(words) in \(outcome.text)")
        }
        #expect(!outcome.text.contains("never this"))
    }

    /// A session that is summarized again and again has summaries of one size.
    @Test func extractsOfExtractsDoNotGrow() async throws {
        let rig = try await Rig()
        var sizes: [Int] = []
        for round in 0..<30 {
            for number in 0..<20 { try await rig.turn(100 * round + number) }
            let outcome = try await rig.ada.summarize(rig.session, keeping: 4)
            sizes.append(outcome?.text.utf8.count ?? 0)
        }
        #expect(sizes.allSatisfy { $0 > 100 && $0 < 4 * ExtractiveSummary.limit }, "\(sizes)")
        #expect(try await rig.view().elements.count == 5)
    }

    // MARK: Windows

    @Test func aWindowTakesTheEndAndTheInstructions() async throws {
        let rig = try await Rig()
        try await rig.ada.say("system", "Be brief.", in: rig.session, id: "rules")
        for number in 1...9 { try await rig.turn(number) }
        let view = try await rig.view()
        let all = try view.window(budget: 10_000)
        #expect(all.messages.count == 19 && all.omitted.isEmpty && all.branch == "main")
        let each = TokenCounter.estimate.count(view.messages[1])
        let rules = TokenCounter.estimate.count(view.messages[0])
        #expect(all.tokens == view.messages.reduce(0) { $0 + TokenCounter.estimate.count($1) })
        // Room for three messages: the turn that has no room for its beginning is left whole.
        let some = try view.window(budget: rules + 3 * each)
        #expect(Self.ids(some.elements) == ["rules", "q9", "a9"])
        #expect(some.omitted.count == 16 && some.tokens <= some.budget)
        let error = #expect(throws: JournalError(.invalidArgument, "")) {
            try view.window(budget: rules + each - 1)
        }
        #expect(error?.message.contains("\(rules + each) tokens") == true)
    }

    @Test func whatIsImportantStaysAlsoBehindASummary() async throws {
        let rig = try await Rig()
        for number in 1...6 { try await rig.turn(number) }
        try await rig.ada.setMessageMetadata(["important": true], of: "a1", in: rig.session)
        try await rig.ada.summarize(rig.session, keeping: 2)
        let view = try await rig.view()
        let window = try view.window(budget: 10_000)
        #expect(Self.ids(window.elements) == ["a1", "summary q1…a5", "q6", "a6"])
        #expect(window.shadowed.count == 9 && window.omitted.isEmpty)
        // The summary comes before what is important, where there is room for one of them.
        let summary = TokenCounter.estimate.count(view.summaries[0].text) + 4
        let newest = TokenCounter.estimate.count(view.messages[1])
        let small = try view.window(budget: summary + newest)
        #expect(Self.ids(small.elements) == ["summary q1…a5", "a6"])
    }

    @Test func aCallIsNeverSentWithoutItsResults() async throws {
        let rig = try await Rig()
        for number in 1...4 {
            try await rig.turn(number)
            try await rig.call(number)
        }
        let view = try await rig.view()
        for budget in stride(from: 20, to: 400, by: 3) {
            guard let window = try? view.window(budget: budget) else { continue }
            let ids = Set(window.messages.map(\.id))
            for number in 1...4 {
                #expect(ids.contains("call\(number)") == ids.contains("result\(number)"))
            }
            #expect(window.tokens <= budget)
        }
    }

    /// A result whose call stands behind a summary of somebody else's making is not sent.
    @Test func aResultWithoutItsCallIsNotSent() async throws {
        let rig = try await Rig()
        try await rig.turn(1)
        try await rig.call(1)
        try await rig.turn(2)
        try await rig.ada.append(
            EventDraft(
                .summaryRecorded,
                data: ["text": "some", "leaf": "call1", "replaces_to": "call1"]),
            to: rig.session)
        let window = try await rig.view().window(budget: 1_000)
        #expect(Self.ids(window.elements) == ["summary …call1", "q2", "a2"])
    }

    /// A title, a summary of what is not there, one without a text: none of them hides anything.
    @Test func whatStandsForNothingHidesNothing() async throws {
        let rig = try await Rig()
        try await rig.turn(1)
        for data: EventData in [
            ["text": "a title", "leaf": "a1"], ["text": "x", "replaces_to": "none"],
            ["text": "x", "replaces_from": "none", "replaces_to": "a1"],
            ["text": "x", "replaces_from": "a1", "replaces_to": "q1"], ["text": 4],
        ] {
            try await rig.ada.append(EventDraft(.summaryRecorded, data: data), to: rig.session)
        }
        #expect(Self.ids(try await rig.view().elements) == ["q1", "a1"])
    }

    @Test func theJSONSaysEverything() async throws {
        let rig = try await Rig()
        for number in 1...3 { try await rig.turn(number) }
        try await rig.ada.summarize(rig.session, keeping: 2)
        let state = try await rig.journal.state(of: rig.session)
        let json = try await rig.view().window(budget: 900).json(of: state)
        #expect(json["branch"] == "main" && json["budget"] == 900)
        #expect(json["elements"]?.array?.count == 3)
        #expect(json["elements"]?.array?[0]["messages"] == 4)
        #expect(json["elements"]?.array?[1]["id"] == "q3")
        #expect(json["shadowed"]?.array?.count == 4 && json["omitted"] == [])
    }

    @Test func partsAreCounted() {
        let counter = TokenCounter("bytes") { $0.utf8.count }
        #expect(counter.count(Part.text("four")) == 4)
        #expect(counter.count(Part.thinking("much", signature: nil)) == 0)
        #expect(counter.count(Part.image(.init())) == 1_500)
        #expect(counter.count(Part.toolUse(.init(call: "c", name: "Read", input: [1]))) == 7)
        #expect(counter.count(Part.toolResult(.init(call: "c", content: "abc"))) == 3)
        #expect(counter.count(Part.unknown(["a": 1])) == 7)
        #expect(counter.count(Part.derived("ab", source: 0)) == 2)
        #expect(TokenCounter.estimate.count("12345") == 2)
    }

    /// As many summaries as messages, each of one: all of them hold, and nobody waits for it.
    @Test func manySummariesHoldSideBySide() async throws {
        let rig = try await Rig()
        try await rig.ada.append(
            (1...3_000).map { number in
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": .string("m\(number)"),
                        "parent": number > 1 ? .string("m\(number - 1)") : .null, "role": "user",
                        "parts": [["type": "text", "text": "hello"]],
                    ])
            }, to: rig.session)
        try await rig.ada.append(
            (1...3_000).map { number in
                EventDraft(
                    .summaryRecorded,
                    data: [
                        "text": "greeted", "leaf": .string("m\(number)"),
                        "replaces_from": .string("m\(number)"),
                        "replaces_to": .string("m\(number)"),
                    ])
            }, to: rig.session)
        let view = try await rig.view()
        #expect(view.summaries.count == 3_000 && view.messages.isEmpty)
        #expect(view.summaries.map(\.last) == (1...3_000).map { "m\($0)" })
        // Whatever is of the first is of each that is behind it.
        var erasure = SessionErasure(of: rig.session, .message("m2"))
        for try await event in rig.journal.events(session: rig.session) { erasure.look(at: event) }
        let taken = erasure.sequences()
        #expect(taken.count == 1 + 2_999)
    }
}
