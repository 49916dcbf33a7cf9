import JournalTestKit
import Testing

@testable import SessionJournal

@Suite struct AnonymisingTests {
    private static let token = "ghp_" + String(repeating: "aB3d", count: 9)

    private func made() async throws -> Journal {
        let journal = Journal.inMemory()
        let ada = journal.as("user:lovelace")
        let bob = journal.as("user:babbage")
        let one = try await ada.createSession(
            key: "lovelace-notes",
            metadata: ["name": "Ada's notes", "owner": "user:menabrea", "priority": 3])
        let first = try await ada.say(
            "user", "Lovelace here, ask babbage or menabrea: \(Self.token), ada@example.org",
            in: one)
        try await bob.say(
            "assistant",
            parts: [
                ["type": "thinking", "text": "about lovelace-notes", "signature": "c2ln"],
                ["type": "text", "text": "no names"],
                ["type": "tool_use", "call": "c-17", "name": "Bash", "input": ["to": "babbage"]],
                ["type": "image", "source": ["data": "AAAA"], "name": "lovelace.png"],
                ["type": "text", "text": .string(String(repeating: "A1", count: 300))],
            ], in: one, model: "m-1")
        try await ada.say(
            "tool",
            parts: [
                [
                    "type": "tool_result", "call": "c-17",
                    "content": [["type": "text", "text": "babbage"], ["type": "image"]],
                ]
            ], in: one)
        try await ada.edit(first.message, text: "I am lovelace, said babbages", in: one)
        try await bob.append(
            EventDraft(
                .branchCreated,
                data: [
                    "branch": "lovelace-branch", "from": .string(first.message), "type": "fork",
                    "parent_branch": "main",
                ]), to: one)
        let two = try await bob.createSession(key: "tea")
        try await bob.say("user", "to user:lovelace", in: two)
        return journal
    }

    private func exported(
        _ journal: Journal, _ options: AnonymisingOptions = .init()
    ) async throws -> (sessions: [AnonymisedSession], text: String, report: AnonymisingReport) {
        var sessions: [AnonymisedSession] = []
        let report = try await journal.anonymised(options: options) { sessions.append($0) }
        let text = sessions.flatMap(\.lines).map(\.description).joined(separator: "\n")
        return (sessions, text, report)
    }

    @Test func namesGoAndTheSameStaysTheSame() async throws {
        let journal = try await made()
        let (found, text, report) = try await exported(journal)
        // They come in the order of their ids, which of one millisecond is drawn.
        let sessions = found.sorted { $0.lines.count > $1.lines.count }
        for name in [
            "lovelace", "Lovelace", "babbage ", "\"babbage", "menabrea", "Ada's", "tea\"", "c-17",
            Self.token, "ada@example", "c2ln", "AAAA", "A1A1",
        ] {
            #expect(!text.contains(name), "\(name) in \(text)")
        }
        for session in try await journal.sessionHeads().map(\.session) {
            #expect(!text.contains(session.hexadecimal))
        }
        // What is no name stays.
        for kept in ["said babbages", "no names", "\"Bash\"", "\"m-1\"", "\"priority\":3"] {
            #expect(text.contains(kept), "\(kept) in \(text)")
        }
        #expect(text.contains("[redacted: email]") == false)
        let author = try #require(sessions[0].lines.last?["author"]?.string)
        let other = try #require(sessions[1].lines.last)
        let mentioned = other["parts"]?[0]?["text"]?.string
        #expect(mentioned == "to \(author)")
        let call = sessions[0].lines.compactMap { $0["parts"]?.array }.flatMap { $0 }
            .compactMap { $0["call"]?.string }
        #expect(call.count == 2 && Set(call).count == 1)
        let head = sessions[0].lines[0]
        #expect(head["metadata"]?["owner"]?.string?.hasPrefix("person-") == true)
        #expect(head["metadata"]?["name"]?.string?.hasPrefix("name-") == true)
        #expect(head["key"]?.string?.hasPrefix("key-") == true)
        // The tree holds.
        let messages = sessions[0].lines.filter { $0["type"] == "message" }
        #expect(messages[1]["parent"] == messages[0]["message"])
        #expect(messages[0]["edited"] == true)
        #expect(
            sessions[0].lines.first { $0["kind"] == "fork" }?["from"] == messages[0]["message"])
        #expect(report.sessions == 2 && report.messages == 4 && report.attachments == 3)
        #expect(report.counts[Anonymiser.namesRule, default: 0] >= 4)
        #expect(report.otherEvents > 0)
    }

    @Test func textsAreRedactedByRules() async throws {
        var anonymiser = try Anonymiser(
            Pseudonyms(random: { _ in [7] }),
            principals: ["user:ada", "model:ada", "tool", "x:yz"],
            keys: ["abc", "abcd"])
        let mark = anonymiser.pseudonyms.pseudonym(of: "user:ada", "person")
        #expect(
            anonymiser.text("ADA, adapt, user:ada, yz, abc, abcd, a@b.example, \(Self.token)")
                == "\(mark), adapt, \(mark), yz, abc, "
                + anonymiser.pseudonyms.pseudonym(of: "abcd", "key")
                + ", [redacted: email], [redacted: github-token]")
        #expect(anonymiser.counts == ["known-name": 3, "email": 1, "github-token": 1])
        #expect(
            anonymiser.person("model:ada") == "model:ada" && anonymiser.person("user") == "user")
        #expect(
            anonymiser.value(["ada": ["ada", 1]]).description == "{\"\(mark)\":[\"\(mark)\",1]}")
        #expect(anonymiser.part("ada") == .string(mark))
        #expect(throws: JournalError(.tooLarge, "")) {
            try Anonymiser(
                anonymiser.pseudonyms,
                principals: Set((0...Anonymiser.nameLimit).map { "user:name-\($0)" }))
        }
    }

    @Test func whoHasAFolderIsKnownEverywhere() async throws {
        let journal = Journal.inMemory()
        let session = try await journal.as("user:x").createSession(
            metadata: ["cwd": "/home/countess/tea", "git_branch": "countess/fix"])
        try await journal.as("user:x").say(
            "user", "in /home/countess/tea and C:\\Users\\Ada, says Countess", in: session)
        let (_, text, _) = try await exported(journal)
        #expect(!text.lowercased().contains("countess") && !text.contains("Ada"), "\(text)")
        #expect(text.contains("[redacted: home-folder]/tea"))
        #expect(AnonymisingRun.login(in: "/home/") == nil && AnonymisingRun.login(in: "x") == nil)
    }

    /// A thousand guesses, and none of them is told to be right.
    @Test func nobodyCanTryNames() async throws {
        let journal = try await made()
        let candidates =
            ["user:lovelace", "user:babbage", "user:menabrea", "lovelace", "babbage"]
            + (0..<995).map { "user:candidate-\($0)" }
        let (first, text, _) = try await exported(journal)
        let (second, other, _) = try await exported(journal)
        // Each export has a key of its own: its pseudonyms are in no other.
        let marks = { (text: String) in
            Set(text.matches(of: #/(person|key|session|message|name)-[0-9a-f]{16}/#).map { $0.0 })
        }
        #expect(marks(text).count > 8 && marks(text).isDisjoint(with: marks(other)))
        #expect(first.map(\.lines.count) == second.map(\.lines.count))
        // What one could work out without the key: hashes, and HMACs under keys that are known.
        let guesses = [
            Pseudonyms(random: { [UInt8](repeating: 0, count: $0) }),
            Pseudonyms(random: { _ in [] }),
            Pseudonyms(random: { (0..<$0).map { UInt8($0) } }),
        ]
        for candidate in candidates {
            for kind in ["person", "key", "session", "name"] {
                for guess in guesses {
                    #expect(!text.contains(guess.pseudonym(of: candidate, kind)))
                }
                for plain in [candidate, kind + "\u{0}" + candidate, kind + candidate] {
                    let hash = Digest(hashing: Array(plain.utf8).span).hexadecimal.prefix(16)
                    #expect(!text.contains(hash))
                }
            }
        }
    }

    /// RFC 4231, test cases 1 and 2, by keys of 20 and 4 bytes.
    @Test func aPseudonymIsAnHMAC() {
        let one = Pseudonyms(random: { _ in [UInt8](repeating: 0x0B, count: 20) })
        #expect(
            one.digest(of: "Hi There").hexadecimal
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        let two = Pseudonyms(random: { _ in Array("Jefe".utf8) })
        #expect(
            two.digest(of: "what do ya want for nothing?").hexadecimal
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func timesAreMovedTogether() async throws {
        let journal = try await made()
        var options = AnonymisingOptions()
        options.shiftsTimes = true
        options.keepsAttachments = true
        let (moved, text, report) = try await exported(journal, options)
        let (plain, _, _) = try await exported(journal)
        #expect(text.contains("lovelace.png") && text.contains("A1A1") && report.attachments == 3)
        for (after, before) in zip(moved, plain) {
            let times = { (lines: [JSONValue]) in
                lines.compactMap { ($0["time"] ?? $0["created"])?.string.flatMap { Timestamp($0) } }
                    .map(\.microseconds)
            }
            let (new, old) = (times(after.lines), times(before.lines))
            #expect(!new.isEmpty && new != old)
            #expect(Set(zip(new, old).map { $0 - $1 }).count == 1)
        }
    }

    @Test func gapsAreGaps() async throws {
        let rig = ErasureRig()
        let made = try await rig.made()
        try await made.journal.as("user:dpo").erase(
            .message(made.messages[0], in: made.shared), options: ErasureOptions(basis: "x"))
        var lines: [JSONValue] = []
        let report = try await made.journal.anonymised([made.shared]) { lines = $0.lines }
        #expect(report.sessions == 1 && report.withheld == 1)
        #expect(lines.first { $0["withheld"] == true }?["parts"] == nil)
        #expect(!lines.description.contains(ErasureRig.secrets[3]))
        try await made.journal.close()
    }
}
