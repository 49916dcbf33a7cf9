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
}
#endif
