#if Crypto
import Foundation
import SessionJournal
import Testing

/// Encrypted sessions, held against `tools/verify.py`, which has no key.
@Suite(.enabled(if: IndependentVerifier.isHere, "needs Python 3.11 and its module lz4"))
struct IndependentCiphertextTests {
    /// Nothing of what it says is read; that every byte of it is there, and whose it is, is checked.
    @Test func anEncryptedJournalIsCheckedWithoutItsKey() throws {
        let locked = try VerifiedJournal()
        try locked.succeed(
            """
            sjournal keyring make tea.key; sjournal init --encrypt --key-file tea.key
            sjournal new --key tea --key-file tea.key
            sjournal say tea 'black or green?' --key-file tea.key
            sjournal seal; sjournal say tea green --key-file tea.key
            """)
        let answer = try locked.verified("--verbose")
        #expect(answer.verdict == "VALID-UNANCHORED", "\(answer.value)")
        #expect(answer["withheld"] == 3)
        #expect(answer["proved"]?["no nonce serves twice"] == 3)
        let script = IndependentVerifier.python(IndependentVerifier.flips, locked.path)
        let flips = try locked.run(script)
        #expect(flips.status == 0, "\(flips.errors)")
        #expect(flips.output.split(separator: "\n").count == 1, "\(flips.output)")
    }

    /// A session that went with its key, one that lost its lines, and content that nobody asked for.
    @Test func itIsSaidWhatWasErasedAndWhatIsMissing() async throws {
        let made = try VerifiedJournal()
        try made.succeed(
            """
            sjournal keyring make tea.key; sjournal init --encrypt --key-file tea.key
            for name in tea chai mate; do
            sjournal new --key $name --key-file tea.key; sjournal say $name no --key-file tea.key
            done
            sjournal seal
            """)
        let erased = try made.run(
            "sjournal erase --session tea --basis 'GDPR 17' --certificate --key-file tea.key")
        #expect(erased.status == 0, "\(erased.errors)")
        for words in ["destroyed: 1 key", "keys/keyring", "not to be checked here"] {
            #expect(erased.output.contains(words), "\(erased.output)")
        }
        let list = try made.run("sjournal keyring show --json --key-file tea.key")
        let sessions = try list.output.split(separator: "\n").map {
            try JSONValue(parsing: String($0))
        }
        #expect(sessions.map { $0["protection"] } == ["destroyed", "encrypted", "encrypted"])
        let chai = sessions[1]["session"]?.string ?? ""
        try made.succeed("sjournal erase --session \(chai) --basis 'GDPR 17'")
        let answer = try made.verified()
        #expect(answer.verdict == "VALID-UNANCHORED", "\(answer.value)")
        #expect(String(describing: answer["not_checked"]).contains("ciphertext"))
        let own = try made.run("sjournal verify")
        #expect(own.status == 0 && own.output.contains("the key destroyed"), "\(own.output)")
        #expect(own.output.contains("2 removed") && own.output.contains("the key not at hand"))

        let journal = try await Journal.open(at: made.path)
        try await journal.store.withhold([6...6]) { try await $0() }
        try await journal.close()
        let told = try made.run("sjournal verify")
        #expect(told.status == 1 && told.output.contains("nothing says why 6"), "\(told.output)")
    }
}
#endif
