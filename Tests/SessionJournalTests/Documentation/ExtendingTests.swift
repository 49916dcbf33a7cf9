import JournalTestKit
import SessionJournal
import Testing

/// What "Extending it" adds works.
@Suite struct ExtendingTests {
    @Test func theExamplesRun() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "Tea. Is it hot?", in: session)
        try await ada.say("assistant", "Is it not?", in: session)
        let outcome = try await extendingExample(journal, session)
        #expect(outcome.mood == "hurried")
        #expect(outcome.guests.metadata()["tags"] == ["tasting", "sencha"])
        let prompt = try #require(outcome.guests.tree.path(ofBranch: "main")?.messages.first)
        #expect(prompt.role == .system && prompt.preview() == "We taste sencha, 3 cups each.")
        #expect(outcome.litres == 0.5)
        #expect(outcome.judged == 1)
        #expect(outcome.guardedSessions == 1)
        let note = try #require(try await journal.annotations(of: session).last)
        #expect(note.name == "curiosity" && note.value == 0.5 && note.source == "curiosity@1")
        // Judged once by each version.
        #expect(try await journal.as("service:judge").analyze(session, with: Curiosity()) == 0)
        await #expect(throws: JournalError.self) {
            try await ada.append(EventDraft("kettle.boiled", data: [:]), to: session)
        }
    }

    @Test func anImportIsRunAgainAndAddsWhatIsNew() async throws {
        let journal = Journal.inMemory()
        let writer = journal.as("user:ada")
        let lines = [
            "2026-01-01T00:00:00Z\tuser\tHow hot?", "torn li",
            "2026-01-01T00:00:05Z\tassistant\t80 °C.\tno less",
        ]
        #expect(try await importLines(Array(lines.prefix(2)), as: "log", by: writer) == 2)
        #expect(try await importLines(lines, as: "log", by: writer) == 1)
        #expect(try await importLines(lines, as: "log", by: writer) == 0)
        let state = try await journal.state(of: journal.resolve("log"))
        let path = try #require(state.tree.path(ofBranch: "main"))
        #expect(path.messages.map { $0.preview() } == ["How hot?", "80 °C.\tno less"])
        #expect(path.messages[1].occurred == Timestamp("2026-01-01T00:00:05Z"))
        let many = (0..<2_500).map { "2026-01-01T00:00:00Z\tuser\t\($0)" }
        #expect(try await importLines(many, as: "many", by: writer) == 2_500)
    }

    @Test(arguments: StoreConformance.cases)
    func theGuardedStoreConforms(_ conformance: StoreConformance) async throws {
        try await conformance.run(
            on: StoreConformance.Harness(name: "guarded") { options in
                GuardedStore(base: Journal.inMemory(options: options).store) { _ in }
            })
    }

    @Test func whatTheRuleRefusesLeavesNoTrace() async throws {
        let inner = Journal.inMemory()
        let journal = Journal(
            store: GuardedStore(base: inner.store) { batch in
                guard batch.actor != "user:eve" else { throw JournalError(.accessDenied, "no") }
            })
        let session = try await journal.as("user:ada").createSession(key: "tea")
        await #expect(throws: JournalError(.accessDenied, "")) {
            try await journal.as("user:eve").say("user", "Hello", in: session)
        }
        #expect(try await inner.store.position().lastSequence == 1)
    }
}
