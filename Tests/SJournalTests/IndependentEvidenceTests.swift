#if Crypto
import Foundation
import SessionJournal
import Testing

/// What `sjournal` signs and proves, held against `tools/verify.py`, whose cryptography comes from
/// elsewhere.
@Suite(.enabled(if: IndependentVerifier.hasSignatures, "needs Python's lz4 and cryptography"))
struct IndependentEvidenceTests {
    private let made: VerifiedJournal
    private let key: String

    /// A journal that was signed several times; what was signed at first is kept elsewhere.
    init() throws {
        made = try VerifiedJournal()
        try made.succeed(
            """
            sjournal init; sjournal key new; sjournal new --key tea
            sjournal say tea 'black or green?'; sjournal checkpoint > kept
            sjournal say tea green; sjournal seal; sjournal say tea 'with milk'
            sjournal checkpoint
            """)
        let shown = try JSONValue(parsing: made.run("sjournal key show --json").output)
        key = try #require(shown["verifier_key"]?.string, "\(shown)")
    }

    private func hasCheckedSignatures(_ answer: IndependentVerifier.Answer) -> Bool {
        let skipped = String(describing: answer["not_checked"])
        return !skipped.contains("signatures:") && !skipped.contains("events above 0")
    }

    @Test func whatTheJournalSignedIsRight() throws {
        let answer = try made.verified("--checkpoint kept --key '\(key)'")
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer.verdict == "VALID-UNANCHORED")
        #expect(hasCheckedSignatures(answer), "\(answer.value)")
        #expect(try !hasCheckedSignatures(made.verified()))
    }

    @Test func whatAWitnessSignedCounts() throws {
        try made.succeed(
            """
            sjournal key new --witness example.com/w1 --key w1.key > w1
            sjournal key new --witness example.com/w2 --key w2.key > w2
            sjournal prove --from 0 > request
            sjournal witness --key w1.key --state w1.state --log '\(key)' request > answer
            sjournal checkpoint --add-cosignature answer
            """)
        let keys = #"--key '\#(key)' --key "$(tail -n 1 w1)" --key "$(tail -n 1 w2)""#
        let answer = try made.verified(keys)
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer.verdict == "VALID-WITNESSED(1 of 2)")
    }

    /// What compaction leaves of events has the leaves that were signed, in the journal, in a proof and in
    /// a pack.
    @Test func aCompactedJournalIsValid() throws {
        try made.succeed(
            """
            sjournal prove 3 --output before.tlog-proof
            sjournal compact --all --archive old
            sjournal prove 3 --output after.tlog-proof; sjournal disclose 3 --output given.tlog-proof
            sjournal checkpoint; sjournal report pack
            """)
        #expect(try made.run("sjournal show tea").output.contains("compacted"))
        let answer = try made.verified("--checkpoint kept --key '\(key)'")
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer.verdict == "VALID-UNANCHORED" && hasCheckedSignatures(answer))
        for name in ["before", "after", "given"] {
            let answer = try made.answer("--proof \(name).tlog-proof --key '\(key)'")
            #expect(answer.status == 0 && answer["event"] == 3, "\(name): \(answer.value)")
        }
        let pack = try made.answer("'\(made.scratch.path("pack"))'")
        #expect(pack.status == 0, "\(pack.value)")
        // And erased behind that.
        try made.succeed("sjournal erase --session tea --basis 'GDPR 17'")
        let erased = try made.verified("--checkpoint kept --key '\(key)'")
        #expect(erased.status == 0, "\(erased.value)")
        #expect(erased["withheld"]?.integer ?? 0 > 0)
    }

    @Test(arguments: ["prove", "disclose"])
    func aProofIsCheckedWithoutTheJournal(command: String) throws {
        for event: Int64 in 1...3 {
            try made.succeed("sjournal \(command) \(event) --output \(event).tlog-proof")
            let answer = try made.answer("--proof \(event).tlog-proof --key '\(key)'")
            #expect(answer.status == 0, "\(answer.value)")
            #expect(answer["event"]?.integer == event)
            #expect(hasCheckedSignatures(answer))
        }
        // The line of another event does not belong to the proof, and nor does another text.
        try made.succeed("sjournal log --json | sed -n 3p > line")
        try made.succeed("sed 's/black/green/' line > other")
        #expect(try made.answer("--proof 3.tlog-proof --line line").status == 0)
        #expect(try made.answer("--proof 2.tlog-proof --line line").verdict == "INVALID")
        #expect(try made.answer("--proof 3.tlog-proof --line other").verdict == "INVALID")
    }

    @Test func whatWasNotSignedIsRefused() throws {
        try made.succeed("sed '2s/.*/1/' kept > shorter; sed '2s/.*/99/' kept > longer")
        for name in ["shorter", "longer"] {
            #expect(try made.verified("--checkpoint \(name)").verdict == "DIVERGED")
            #expect(try made.verified("--checkpoint \(name) --key '\(key)'").verdict == "INVALID")
        }
        // Another key is not believed, however right its signature is.
        try made.succeed("sjournal key new --key other.key > other")
        let other = try made.verified(#"--checkpoint kept --key "$(tail -n 1 other)""#)
        #expect(other.verdict == "INVALID", "\(other.value)")
        // The journal is set back to what it was before it was signed last.
        let path = made.path
        try made.succeed("cp -r '\(path)' before; sjournal say tea more")
        try made.succeed("sjournal checkpoint > late")
        try made.succeed("rm -r '\(path)'; mv before '\(path)'")
        let back = try made.verified("--checkpoint late --key '\(key)'")
        #expect(back.status == 1)
        #expect(back.verdict == "DIVERGED", "\(back.value)")
    }
}
#endif
