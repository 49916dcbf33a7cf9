import Foundation
import SessionJournal
import Testing

/// The proofs of `disclose --subject`, held against `tools/verify.py`.
@Suite(.enabled(if: IndependentVerifier.isHere, "needs Python's lz4"))
struct IndependentSubjectTests {
    @Test func everyProofOfARecordIsChecked() throws {
        let made = try VerifiedJournal()
        try made.succeed(
            """
            sjournal init; sjournal new --key tea --actor user:ada
            sjournal say tea 'my key is \("ghp_" + String(repeating: "aB3d", count: 9))' --actor user:ada
            sjournal say tea green --actor user:bob; sjournal say tea more --actor user:ada
            sjournal redact --session tea
            sjournal erase --session tea --message '#4' --basis x
            sjournal disclose --subject user:ada --to record
            ls record/proofs > names; cut -d ' ' -f 1 names
            """)
        let names = try made.run("cat names").output.split(separator: "\n").map(String.init)
        // What Ada appended: the session, two messages, of which one is a gap now.
        #expect(names.count == 3, "\(names)")
        for name in names {
            let answer = try made.answer("--proof record/proofs/\(name)")
            #expect(answer.status == 0 && answer.verdict == "VALID-UNANCHORED", "\(answer.value)")
            #expect(String(describing: answer["not_checked"]).contains("signatures:"))
            // The proof of another tree does not hold.
            let other = try made.run(
                "awk 'NF==1 && length($0)==44 && !done {$0=\"\(String(repeating: "A", count: 43))=\"; "
                    + "done=1} {print}' record/proofs/\(name) > forged; true")
            #expect(other.status == 0)
            #expect(try made.answer("--proof forged").verdict == "INVALID")
        }
    }
}
