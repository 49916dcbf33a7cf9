import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

/// `tools/verify.py` was written from the page about the format and shares no code with `sjournal`.
/// The two agree about whole journals, about damage and about what is lost.
@Suite(.enabled(if: IndependentVerifier.isHere, "needs Python 3.11 and its module lz4"))
struct IndependentVerifierTests {
    private let made: VerifiedJournal
    private var path: String { made.path }

    init() throws { made = try VerifiedJournal() }

    /// The segments, oldest first.
    private func segments() throws -> [URL] {
        let folder = URL(fileURLWithPath: path + "/segments")
        return try FileManager.default.contentsOfDirectory(
            at: folder, includingPropertiesForKeys: nil
        ).sorted { $0.path < $1.path }
    }

    private func importFixtures() throws {
        try made.succeed("sjournal init; sjournal import '\(Pages.root.path)/Fixtures/claude-code'")
    }

    /// A journal with two sealed segments and an active one, few kilobytes in all.
    private func makeSmallJournal() throws {
        try made.succeed(
            """
            sjournal init; sjournal new --key tea; sjournal say tea 'black or green?'
            sjournal seal; sjournal new --key chai; sjournal say tea green; sjournal seal
            sjournal say chai 'with milk'
            """)
    }

    /// It finds the journal whole, with the events and the root that `sjournal` says.
    private func expectAgreement(_ location: SourceLocation = #_sourceLocation) throws {
        let answer = try made.verified()
        let stats = try JSONValue(parsing: made.run("sjournal stats --json").output)
        #expect(answer.status == 0, "\(answer.value)", sourceLocation: location)
        #expect(answer.verdict == "VALID-UNANCHORED", sourceLocation: location)
        #expect(answer["root"] == stats["root"], sourceLocation: location)
        #expect(answer["events"] == stats["last_seq"], sourceLocation: location)
        #expect(answer["findings"]?.array?.isEmpty == true, sourceLocation: location)
    }

    @Test func aWholeJournalIsValidInBothLayouts() throws {
        try importFixtures()
        try expectAgreement()
        try made.succeed("sjournal seal")
        try expectAgreement()
        try made.succeed("sjournal new --key tea; sjournal say tea more; sjournal seal")
        try made.succeed("sjournal say tea 'and more'")
        try expectAgreement()
        #expect(try segments().count == 3)
        #expect(try made.verified()["notes"]?.array?.isEmpty == true)
        let proved = try made.verified("--verbose")["proved"]
        #expect(proved?.object?.count ?? 0 > 40)
        #expect(proved?["a footer has the permutation of its lines"] == 2)
    }

    @Test func anEmptyJournalIsValid() throws {
        try made.succeed("sjournal init")
        try expectAgreement()
    }

    /// The writer is at work, or was killed where it stood: the file looks the same.
    @Test func anOpenJournalIsReadToItsLastWholeCommit() async throws {
        let journal = try await Journal.create(at: path)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "tea")
        try await ada.say("user", "black or green?", in: session)
        let open = try made.verified()
        #expect(open.status == 0, "\(open.value)")
        #expect(open["events"] == 2)
        #expect(open.notes.contains("the journal is open"))
        try FileManager.default.copyItem(atPath: path, toPath: path + ".killed")
        try await ada.say("user", "green", in: session)
        #expect(try made.verified()["events"] == 3)
        try await journal.close()
        #expect(try !made.verified().notes.contains("the journal is open"))
        #expect(try made.run(IndependentVerifier.call("'\(path).killed'")).status == 0)
    }

    @Test func aTornTailIsNamedAndNoDamage() async throws {
        let journal = try await Journal.create(at: path)
        let session = try await journal.as("user:ada").createSession(key: "tea")
        try await journal.as("user:ada").say("user", "black or green?", in: session)
        // What a crash leaves in the middle of the commit behind: its first page only.
        let file = try #require(try segments().first)
        var bytes = try Data(contentsOf: file)
        let magic = try #require(bytes.range(of: Data("SJB1".utf8), options: .backwards))
        let block = magic.lowerBound - 8
        let tail = block + 4096
        try await journal.close()
        bytes.replaceSubrange(tail..<tail + 1000, with: bytes[block..<block + 1000])
        try bytes.write(to: file)
        let answer = try made.verified()
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer["events"] == 2)
        #expect(answer.notes.contains("a torn tail"))
        #expect(try made.run("sjournal verify").status == 0)
    }

    /// A byte of every kind of place is flipped, in the process of the verifier itself: after a clean
    /// close each is damage, in JOURNAL, in a sealed segment and in the active one.
    @Test func everyFlippedByteIsFound() throws {
        try makeSmallJournal()
        let run = try made.run(IndependentVerifier.python(IndependentVerifier.flips, path))
        #expect(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 1, "\(run.output)")
        #expect(lines.last.flatMap { Int($0) } ?? 0 > 3000)
    }

    /// Somebody who can write every file changes a word and makes every checksum anew: the tree tells.
    /// Who makes the tree anew as well needs the checkpoint that somebody else holds.
    @Test func aRewrittenHistoryIsFound() async throws {
        let journal = try await Journal.create(at: path)
        let ada = journal.as("user:ada")
        try await ada.say("user", "green", in: try await ada.createSession(key: "tea"))
        try await journal.close()
        let stats = try JSONValue(parsing: made.run("sjournal stats --json").output)
        let root = try #require(stats["root"]?.string)
        try made.succeed(IndependentVerifier.python(IndependentVerifier.checkpoint, path, root))
        let whole = try made.verified("--checkpoint checkpoint")
        #expect(whole.verdict == "VALID-UNANCHORED", "\(whole.value)")
        try made.succeed(IndependentVerifier.python(IndependentVerifier.forgery, path, "lines"))
        let changed = try made.verified()
        #expect(changed.verdict == "INVALID")
        #expect(changed.findings.contains("the Merkle tree over all events"), "\(changed.value)")
        try made.succeed(IndependentVerifier.python(IndependentVerifier.forgery, path, "tree"))
        #expect(try made.verified().verdict == "VALID-UNANCHORED")
        let held = try made.verified("--checkpoint checkpoint")
        #expect(held.status == 1)
        #expect(held.verdict == "DIVERGED")
        #expect(held.findings.contains("the checkpoint over 2 events"), "\(held.value)")
    }

    @Test func whatIsMissingIsFound() throws {
        try makeSmallJournal()
        let files = try segments()
        for (index, finding) in [
            "events 1 to 2 are in no segment", "events 3 to 4 are in no segment",
            "the last segment has the active layout",
        ].enumerated() {
            let aside = made.scratch.url.appendingPathComponent("aside")
            try FileManager.default.moveItem(at: files[index], to: aside)
            let answer = try made.verified()
            #expect(answer.status == 1)
            #expect(answer.verdict == "INVALID")
            #expect(answer.findings.contains(finding), "\(answer.findings)")
            try FileManager.default.moveItem(at: aside, to: files[index])
        }
        try expectAgreement()
    }

    /// What a repair leaves has every checksum right, and the tree cannot be computed through it.
    @Test func aRepairedLossIsNamedAndNotCalledWhole() throws {
        try importFixtures()
        try made.succeed("sjournal seal")
        let file = try #require(try segments().first)
        var bytes = try Data(contentsOf: file)
        for place in 0..<4 { bytes[bytes.count / 3 + place] ^= 0x55 }
        try bytes.write(to: file)
        #expect(try made.verified().verdict == "INVALID")
        #expect(try made.run("sjournal verify").status == 3)
        #expect(try made.run("sjournal repair").status == 1)
        let answer = try made.verified()
        #expect(answer.status == 1)
        #expect(answer.verdict == "INCOMPLETE", "\(answer.value)")
        let stats = try JSONValue(parsing: made.run("sjournal stats --json").output)
        let lost = (stats["last_seq"]?.integer ?? 0) - (stats["events"]?.integer ?? 0)
        #expect(answer["lost"]?.integer == lost)
        #expect(lost > 0)
        #expect(answer["root"] == stats["root"])
    }

    /// What is left of an erasure is proved as before; no table knows more than the lines. A segment
    /// that comes back from an older copy has the same tree, and what the journal says of it is broken.
    @Test func anErasedJournalIsAsValidAsBefore() throws {
        try makeSmallJournal()
        let first = try #require(try segments().first).path
        try made.succeed("cp '\(first)' before")
        try made.succeed("sjournal erase --session tea --basis 'GDPR 17(1)(b)'")
        try expectAgreement()
        #expect(try made.verified()["withheld"]?.integer == 3)
        try made.succeed("cp before '\(first)'")
        let back = try made.verified()
        #expect(back.status == 1)
        #expect(back.findings.contains("event 2 is there, which was erased"), "\(back.value)")
    }

    /// Whatever stands where a journal should: an answer in JSON, a status, and no traceback.
    @Test func hostileFilesGetAnAnswer() throws {
        try makeSmallJournal()
        let first = try #require(try segments().first).path
        let start = "F='\(first)' J='\(path)/JOURNAL' S='\(path)/segments';"
        for (script, status) in [
            (#"rm "$F"; mkfifo "$F""#, 1), (#"rm "$F"; ln -s /dev/zero "$F""#, 1),
            (#"rm "$F"; mkdir "$F""#, 1), (#": > "$F""#, 1), (#"printf SJB1 > "$F""#, 1),
            (#"head -c 5000 /dev/zero > "$F""#, 1), (#"truncate -s 600M "$F""#, 1),
            (#"printf '{}\ncrc32c 00000000\n' > "$J""#, 1), (#"rm "$J""#, 3), (#"rm -r "$S""#, 3),
        ] as [(String, Int32)] {
            try made.succeed("cp -r '\(path)' kept; \(start) \(script)")
            let answer = try made.verified()
            #expect(answer.status == status, "\(script): \(answer.value)")
            #expect(answer.findings.contains("does not hold") || status == 3, "\(script)")
            try made.succeed("rm -rf '\(path)'; mv kept '\(path)'")
        }
        #expect(try made.run("python3 '\(IndependentVerifier.path)'").status == 2)
        #expect(try made.run(IndependentVerifier.call("/nowhere")).status == 3)
    }

    /// Small enough to be read by whoever relies on it, and it reaches for nothing but files.
    @Test func theVerifierIsSmallAndAlone() throws {
        var code: [Substring] = []
        var isInText = false
        for line in try Pages.read("tools/verify.py").split(separator: "\n") {
            let text = line.drop { $0 == " " }
            let marks = text.components(separatedBy: "\"\"\"").count - 1
            if !isInText, marks == 0, !text.isEmpty, !text.hasPrefix("#") { code.append(text) }
            if marks == 1 { isInText.toggle() }
        }
        #expect(code.count > 400 && code.count < 500, "\(code.count) lines of code")
        let modules = code.filter { $0.hasPrefix("import ") || $0.hasPrefix("from ") }
            .flatMap { $0.split(separator: " import ")[0].split { ", ".contains($0) } }
            .filter { !["import", "from"].contains($0) }.map { String($0) }
        let allowed = [
            "argparse", "base64", "hashlib", "json", "os", "re", "stat", "struct", "subprocess",
            "sys", "collections", "contextlib", "datetime", "functools", "importlib.util",
            "glob", "itertools", "shutil", "types", "verify_pack", "lz4.frame",
            "cryptography.exceptions",
            "cryptography.hazmat.primitives.asymmetric.ed25519",
        ]
        #expect(Set(modules).isSubset(of: allowed), "\(Set(modules).subtracting(allowed))")
    }
}
