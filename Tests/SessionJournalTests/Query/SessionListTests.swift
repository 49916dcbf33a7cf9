import JournalTestKit
@testable import SessionJournal
import Testing

/// What is kept of the list of sessions is what a reading of the journal gives.
struct SessionListTests {
    /// What a handle that has kept nothing says.
    private func fresh(_ journal: Journal) async throws -> [SessionSummary] {
        try await Journal(store: journal.store, options: journal.options).sessions()
    }

    @Test func keepsUpWithWhatIsAppended() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        var sessions: [SessionID] = []
        for number in 0..<90 {
            sessions.append(try await ada.createSession(key: "s\(number)"))
        }
        #expect(try await journal.sessions() == fresh(journal))
        var generator = SeededGenerator(seed: 3)
        for step in 0..<60 {
            let session = sessions.randomElement(using: &generator)!
            switch step % 5 {
            case 0: sessions.append(try await ada.createSession(key: "new\(step)"))
            case 1: try await ada.setMetadata(["name": "n\(step)", "pinned": true], in: session)
            case 2: try await ada.perform(.delete, in: session)
            case 3: try await ada.createBranch("b\(step)", in: session)
            default: try await ada.say("user", "hello \(step)", in: session)
            }
            #expect(try await journal.sessions() == fresh(journal), "step \(step)")
        }
        // Many at once, more than are folded one by one.
        for session in sessions { try await ada.say("user", "all", in: session) }
        #expect(try await journal.sessions() == fresh(journal))
        // A field that all sessions show from now on.
        try await ada.declareField(
            MetadataField("mood", type: .string, initialValue: "calm"))
        let after = try await journal.sessions()
        #expect(after.allSatisfy { $0.metadata["mood"] == "calm" })
        #expect(try await after == fresh(journal))
    }

    @Test func aQueryFindsWhatIsNew() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let one = try await ada.createSession(key: "one", metadata: ["tags": ["work"]])
        let work = try SessionQuery(parsing: "tag:work")
        #expect(try await journal.sessions(matching: work).sessions.map(\.session) == [one])
        let two = try await ada.createSession(key: "two", metadata: ["tags": ["work"]])
        #expect(try await journal.sessions(matching: work).sessions.map(\.session) == [two, one])
        try await ada.setMetadata(["tags": []], in: one)
        #expect(try await journal.sessions(matching: work).sessions.map(\.session) == [two])
        // A page goes on behind a session that matches no more.
        let rest = try await journal.sessions(matching: work, after: one)
        #expect(rest.sessions.map(\.session) == [two])
    }
}
