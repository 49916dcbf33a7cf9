import SessionJournal
import Testing

@testable import SJournal

/// `snapshot`, and `verify --deep`.
struct SnapshotCommandTests {
    /// A session of two thousand events beside the short ones.
    private func sample() async throws -> SampleJournal {
        let sample = try await SampleJournal()
        let journal = try await Journal.open(at: sample.path, options: SampleJournal.options())
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "long")
        let drafts = (1...2_100).map { number in
            EventDraft(
                .sessionMetadataChanged, branch: "main",
                data: ["set": ["title": .string("title \(number)")]])
        }
        try await ada.append(drafts, to: session)
        try await journal.close()
        return sample
    }

    @Test func takesWhatIsDue() async throws {
        let sample = try await sample()
        let first = await sample.run("snapshot")
        #expect(first.status == .done, "\(first.errors)")
        #expect(first.output.hasPrefix("2 new snapshots of 1 long session, "))
        let again = await sample.run("snapshot", "long", "--json")
        #expect(again.output == "{\"sessions\":1,\"snapshots\":0,\"bytes\":0}\n")
        #expect(
            await sample.run("snapshot", "chat-1").lines == [
                "no session is long enough to need snapshots"
            ])
        #expect(await sample.run("snapshot", "nobody").status == .negative)
        #expect(await sample.run("stats").lines.contains { $0.hasPrefix("snapshots ") })
        // What is asked of the past is right.
        let then = await sample.run("blame", "long", "title", "--at", "~500", "--json")
        #expect(then.output.contains("\"value\":\"title 1600\""))
        #expect(then.output.contains("\"earlier_count\":1600"))
        let words = await sample.run("blame", "long", "title")
        #expect(words.output.contains("sjournal history"))
    }

    @Test func deepVerificationComparesThem() async throws {
        let sample = try await sample()
        _ = await sample.run("snapshot")
        let deep = await sample.run("verify", "--deep")
        #expect(deep.status == .done)
        #expect(deep.lines.last == "deep     2 snapshots of 1 session say what the events say")
        let json = await sample.run("verify", "--deep", "--json")
        #expect(
            json.output.contains(
                "\"snapshots\":{\"sessions\":1,\"snapshots\":2,\"differences\":[]}"))
        #expect(!(await sample.run("verify", "--json")).output.contains("\"snapshots\""))
    }

    @Test func aWrongSnapshotIsNamed() {
        let wrong = SnapshotVerification(
            sessions: 1, snapshots: 3,
            differences: [.init(session: SessionID(high: 1, low: 2), sequence: 41)])
        let lines = VerifyCommand.text(wrong).map { $0.rendered(isColoured: false) }
        #expect(
            lines.contains { $0.contains("wrong: 1 of 3 snapshots") && $0.contains("event 41") })
    }
}
