import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite struct ForgetLeavesCommandTests {
    /// A journal of some hundred events, of which a session in the middle was erased.
    private static func made() async throws -> VerifiedJournal {
        let made = try VerifiedJournal()
        let journal = try await Journal.create(at: made.path)
        let ada = journal.as("user:ada")
        for (key, count) in [("first", 40), ("gone", 150), ("last", 200)] {
            let session = try await ada.createSession(key: key)
            try await ada.append(
                (0..<count).map { number in
                    AppendBatch.Item(
                        session: session,
                        draft: EventDraft(
                            .messageAppended,
                            data: EventData([
                                "message": .string("\(key)-\(number)"), "role": "user",
                                "parts": [["type": "text", "text": .string("\(key) \(number)")]],
                            ])))
                })
            if key == "gone" {
                try await ada.erase(.session(session), options: ErasureOptions(basis: "GDPR 17"))
            }
        }
        try await journal.close()
        return made
    }

    private static let forget = "sjournal compact --forget-leaves"

    @Test("the leaves of an erased session go, and the rest of the journal is proved as before")
    func forgetListProve() async throws {
        let made = try await Self.made()
        let usage = try made.run(Self.forget)
        #expect(usage.status == 2 && usage.errors.contains("--older-than"))
        let both = try made.run("\(Self.forget) --older-than 1d --keep-events 5")
        #expect(both.status == 2 && both.errors.contains("--keep-events"))
        #expect(
            try made.run("\(Self.forget) --older-than 1d").output.contains("nothing to forget"))
        let root = try made.run("sjournal stats --json").output
        let dry = try made.run("\(Self.forget) --older-than 0h --dry-run")
        #expect(dry.output.contains("would forget the leaves of 151 events of 1 session"))
        #expect(dry.output.contains("roots     "))
        #expect(try made.run("sjournal stats --json").output == root)
        #expect(try made.run("\(Self.forget) --list").output == "no leaf was forgotten\n")

        let run = try made.run(
            "\(Self.forget) --older-than 0h --reason 'the period is over' --actor user:dpo")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("forgot the leaves of 151 events of 1 session"))
        let list = try made.run("\(Self.forget) --list").output
        #expect(list.contains("by user:dpo") && list.contains("reason  the period is over"))
        let listed = try JSONValue(parsing: try made.run("\(Self.forget) --list --json").output)
        #expect(listed[0]?["events"] == 151 && listed[0]?["finished"] == true)
        let again = try JSONValue(
            parsing: try made.run("\(Self.forget) --older-than 0h --json").output)
        #expect(again["events"] == 0)
        #expect(
            try made.run("\(Self.forget) --resume").output == "nothing is left to be forgotten\n")

        let verified = try made.run("sjournal verify --json")
        #expect(verified.status == 0, "\(verified.output)")
        #expect(
            try JSONValue(parsing: verified.output)["withheld"]?["forgotten"] == 151,
            "\(verified.output)")
        #expect(try made.run("sjournal log last --limit 3").status == 0)
        #expect(try made.run("sjournal sessions").status == 0)
        let stats = try made.run("sjournal stats")
        #expect(stats.status == 0 && !stats.errors.contains("lost"), "\(stats.errors)")
        let proof = try made.run("sjournal prove 60")
        #expect(proof.status == 1 && proof.errors.contains("forgotten"), "\(proof.errors)")
        #expect(try made.run("sjournal verify").output.contains("forgotten 151"))
        let copy = try made.run("sjournal copy --to ./copy")
        #expect(copy.status == 1 && copy.errors.contains("back the journal up"))
        try made.succeed("sjournal backup ./backup; sjournal restore ./backup --to ./restored")
        #expect(try made.run("sjournal -j ./restored verify").status == 0)
    }

    @Test(
        "the independent verifier takes the roots in, and finds a flipped bit of one",
        .enabled(if: IndependentVerifier.isHere))
    func independent() async throws {
        let made = try await Self.made()
        try made.succeed("\(Self.forget) --older-than 0h")
        let verified = try made.verified()
        #expect(verified.status == 0, "\(verified)")
        #expect(verified["removed"] == 151)
        // The page's stock tools pass over what is kept.
        try made.succeed("for file in \"$SJOURNAL_DIR\"/segments/*.lz4; do lz4 -dc $file; done")
        let segment = made.path + "/segments/00000000000000000001.lz4"
        var bytes = try Data(contentsOf: URL(fileURLWithPath: segment))
        let start = try #require(bytes.range(of: Data("SJH2".utf8))).lowerBound
        bytes[start + 70] ^= 4
        try bytes.write(to: URL(fileURLWithPath: segment))
        #expect(try made.verified().status == 1)
        #expect(try made.run("sjournal verify").status == 3)
    }
}
