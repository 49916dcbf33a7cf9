import JournalTestKit
import SessionJournal
import Testing

@Suite struct ResolveTests {
    private func journal(_ sessions: [(hexadecimal: String, key: String?)]) async throws -> Journal
    {
        let journal = Journal.inMemory()
        for (hexadecimal, key) in sessions {
            let session = try #require(SessionID(hexadecimal))
            try await journal.store.append([Drafts.created(key: key)], to: session)
        }
        return journal
    }

    private func expect(_ journal: Journal, _ text: String, _ code: JournalError.Code) async {
        let error = await #expect(throws: JournalError.self) { try await journal.resolve(text) }
        #expect(error?.code == code, "\(text)")
    }

    private let first = "0198aaaa000070008000000000000001"
    private let second = "0198aaab000070008000000000000002"

    @Test func byIDKeyPrefixAndName() async throws {
        let journal = try await journal([(first, "one"), (second, nil)])
        #expect(try await journal.resolve("@journal") == .journal)
        #expect(try await journal.resolve(first) == SessionID(first))
        #expect(try await journal.resolve("one") == SessionID(first))
        #expect(try await journal.resolve("0198aaaa") == SessionID(first))
        #expect(try await journal.resolve("0198aaab0") == SessionID(second))
    }

    @Test func whatBeginsSeveralIsAmbiguous() async throws {
        let journal = try await journal([(first, nil), (second, nil)])
        let error = await #expect(throws: JournalError.self) { try await journal.resolve("0198") }
        #expect(error?.code == .sessionAmbiguous)
        #expect(error?.message.contains(first) == true)
        #expect(error?.message.contains(second) == true)
    }

    @Test func whatIsNoneIsNotFound() async throws {
        let journal = try await journal([(first, nil)])
        for text in ["", "019", "0199", "nobody", "0198AAAA", second, first + "0", "\u{1b}[31m"] {
            await expect(journal, text, .sessionNotFound)
        }
    }

    @Test func aKeyWinsOverAPrefix() async throws {
        let journal = try await journal([(first, nil), (second, "0198aaaa")])
        #expect(try await journal.resolve("0198aaaa") == SessionID(second))
    }

    @Test func theJournalIsNoCandidate() async throws {
        let journal = try await journal([])
        try await journal.as("user:ada").append(
            EventDraft("x.note", data: [:]), to: .journal)
        await expect(journal, "0000", .sessionNotFound)
    }

    @Test func aLastIDHasNoSuccessor() async throws {
        let last = String(repeating: "f", count: 32)
        let journal = try await journal([(last, nil), (first, nil)])
        #expect(try await journal.resolve("ffff") == SessionID(last))
        #expect(try await journal.sessionHeads().map(\.session.hexadecimal) == [first, last])
    }
}
