import SessionJournal
import Testing

/// The history of fields follows what becomes of branches and of the session.
@Suite struct FieldHistoryTests {
    @Test func historyFollowsBranchesAndTheLifecycle() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(metadata: ["model": "m-1"])
        try await ada.say("user", "Hello.", in: session)
        try await ada.createBranch("idea", in: session)
        try await ada.setMetadata(["model": "m-2"], in: session, branch: "idea")
        try await ada.renameBranch("idea", to: "plan", in: session)
        try await ada.say("user", "More.", in: session, branch: "plan")
        try await ada.merge("plan", into: "main", in: session, strategy: .theirs)
        try await ada.deleteBranch("plan", in: session)
        try await ada.restoreBranch("plan", in: session)
        try await ada.perform(.archive, in: session)
        try await ada.perform(.resume, in: session)
        try await ada.perform(.resume, in: session)

        func history(_ field: String, _ branch: String) async throws -> [JSONValue] {
            try await journal.history(of: field, in: session, branch: branch).map(\.value)
        }
        #expect(try await history("model", "plan") == ["m-1", "m-2"])
        #expect(try await history("model", "main") == ["m-1", "m-2"])
        #expect(try await history("model", "idea") == [])
        #expect(try await history("status", "main") == ["active", "archived", "active"])
        #expect(try await history("archived", "main") == [false, true, false])
        // Blame and state agree on every field of every branch.
        let state = try await journal.state(of: session)
        for branch in ["main", "plan"] {
            let metadata = state.metadata(on: branch)
            for blame in try await journal.blame(in: session, branch: branch) {
                let shown = metadata[blame.field] ?? .null
                #expect(blame.current.value == shown, "\(blame.field) on \(branch)")
            }
        }
    }

    @Test func aBranchBeginsWithWhatItsParentHadThen() async throws {
        let journal = Journal.inMemory()
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(metadata: ["model": "m-1"])
        let first = try await ada.say("user", "Hello.", in: session)
        try await ada.setMetadata(["model": "m-2"], in: session)
        try await ada.createBranch(
            "then", in: session, from: .event(first.receipt.sequence))
        let values = try await journal.history(of: "model", in: session, branch: "then")
        #expect(values.map(\.value) == ["m-1"])
        #expect(try await journal.state(of: session).metadata(on: "then")["model"] == "m-1")
    }
}
