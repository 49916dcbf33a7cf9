import SessionJournal
import Testing

@Suite struct AnalyzerTests {
    /// Finds the mood in exclamation marks.
    private struct Mood: Analyzer {
        let name = "mood"
        var version = 1
        var sureness: Double? = 0.5

        func findings(in message: Message, of state: SessionState) async throws -> [Finding] {
            guard message.role == .user, message.preview().hasSuffix("!") else { return [] }
            return [
                Finding("sentiment", "excited", confidence: sureness),
                Finding("marks", 1),
            ]
        }
    }

    @Test func findingsAreRecordedOnceForEachVersion() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "Go.", in: session)
        let loud = try await ada.say("user", "Go now!", in: session)
        try await ada.say("assistant", "Yes!", in: session)
        let bot = journal.as("service:mood")
        #expect(try await bot.analyze(session, with: Mood()) == 2)
        #expect(try await bot.analyze(session, with: Mood()) == 0)
        #expect(try await bot.analyze(session, with: Mood(version: 2)) == 2)
        var found: [Event] = []
        for try await event in journal.events(session: session)
        where event.kind == .annotationAdded { found.append(event) }
        #expect(found.count == 4)
        let first = try #require(found.first)
        #expect(first.actor == "service:mood")
        let data = try first.data()
        #expect(data["target"]?["message"]?.string == loud.message)
        #expect(data["name"]?.string == "sentiment" && data["value"]?.string == "excited")
        #expect(data["confidence"]?.double == 0.5 && data["source"]?.string == "mood@1")
        // The messages are what they were.
        #expect(try await journal.state(of: session).tree.messages.count == 3)
    }

    @Test func aConfidenceThatIsNoneIsRefused() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        try await ada.say("user", "Go now!", in: session)
        for sureness in [-0.1, 1.5, .nan] {
            let error = await #expect(throws: JournalError.self) {
                try await ada.analyze(session, with: Mood(sureness: sureness))
            }
            #expect(error?.code == .invalidArgument)
        }
        #expect(try await journal.lastSequence() == 2)
    }
}
