import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

/// `tools/verify.py`, and the copy of it in a pack, take a pack for what it is.
@Suite(.enabled(if: IndependentVerifier.isHere, "needs Python 3.11"))
struct IndependentPackTests {
    private let made: VerifiedJournal

    init() throws { made = try VerifiedJournal() }

    private var pack: String { made.scratch.path("pack") }

    /// A journal with something of everything, erased in part, and verified.
    private func makeJournal() throws {
        try made.succeed(
            """
            sjournal init; sjournal new --key tea 'name==cmd()'
            sjournal say tea 'black or green?'; sjournal seal
            sjournal new --key chai; sjournal say chai 'with milk'
            sjournal set tea name=green --reason '@why'
            sjournal hold place --session tea --matter M-1
            sjournal erase --session chai --basis 'GDPR 17'
            sjournal access grant admin user:ada
            sjournal verify --record
            """)
    }

    private func verified(_ words: String = "") throws -> IndependentVerifier.Answer {
        try made.answer("'\(pack)' \(words)")
    }

    @Test func aPackIsAccepted() throws {
        try makeJournal()
        try made.succeed("sjournal report pack")
        let answer = try verified()
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer.verdict == "VALID-UNANCHORED")
        let stats = try JSONValue(parsing: made.run("sjournal stats --json").output)
        #expect(answer["root"] == stats["root"] && answer["events"] == stats["last_seq"])
        #expect(answer["reported"] == answer["events"])
        #expect(answer["queries"]?.integer == 38)
        #expect(String(describing: answer["not_checked"]).contains("signatures over events"))
        // The pack needs nothing but itself and Python.
        let own = try made.run("cd pack && env -i PATH=/usr/bin:/bin python3 -S verify.py --json .")
        #expect(own.status == 0, "\(own.output) \(own.errors)")
        #expect(try made.run("cd pack && sha256sum -c manifest.sha256").status == 0)
        // Running it from within leaves a cache, which is no file of the pack.
        #expect(try verified().status == 0)
    }

    @Test func aPartOfAJournalIsAccepted() throws {
        try makeJournal()
        try made.succeed("sjournal report pack --session tea --from 2 --regime soc2")
        let answer = try verified()
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer["reported"]?.integer ?? 0 < answer["events"]?.integer ?? 0)
        #expect(
            String(describing: answer["not_checked"]).contains(
                "events are that are not reported on"))
    }

    @Test func anEmptyJournalsPackIsAccepted() throws {
        try made.succeed("sjournal init; sjournal report pack")
        let answer = try verified()
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer["events"] == 0)
    }

    /// A byte of every file is flipped, at its beginning, in its middle and at its end.
    @Test func everyChangedFileIsFound() throws {
        try makeJournal()
        try made.succeed("sjournal report pack --regime gdpr")
        let run = try made.run(IndependentVerifier.python(Self.flips, pack))
        #expect(run.status == 0, "\(run.errors)")
        let lines = run.output.split(separator: "\n")
        #expect(lines.count == 1, "\(run.output)")
        #expect(lines.last.flatMap { Int($0) } ?? 0 > 90)
    }

    /// Who changes a number, a line or a hash and makes the manifest anew is found by counting, or by
    /// the tree.
    @Test func aPackThatWasMadeToFitIsFound() throws {
        try makeJournal()
        try made.succeed("sjournal report pack")
        try made.succeed("cp -r pack kept")
        for (change, finding) in [
            (
                "s.replace(b'message.appended', b'message.appendee', 1) if n == 'events.jsonl' else s",
                "counts the events that answer it"
            ),
            (
                "s.replace(b'\"count\":1,', b'\"count\":2,') if n == 'queries.jsonl' else s",
                "counts events of its kinds"
            ),
            (
                "s.replace(b'\"count\":1,', b'\"count\":2,') if n == 'controls.jsonl' else s",
                "a control says what its queries count"
            ),
            (
                "b'first,last\\n' if n == 'sequences/erasures-done.csv' else s",
                "as many stretches as its list"
            ),
            (
                "b''.join(s.splitlines(True)[:-1]) if n == 'events.jsonl' else s",
                "an event of the tree is a line or a hash"
            ),
            ("s + s[-40:] if n == 'events.jsonl' else s", "does not hold"),
            ("s.replace(b'M-1', b'M-2') if n == 'events.jsonl' else s", "DIVERGED"),
            ("s + bytes(32) if n == 'leaves.bin' else s", "no more lines and hashes"),
        ] {
            let run = try made.run(
                "rm -rf pack; cp -r kept pack; "
                    + IndependentVerifier.python(Self.forge, pack, change.replacing("'", with: "~"))
            )
            #expect(run.status == 0, "\(run.errors)")
            let answer = try verified()
            #expect(answer.status == 1, "\(change)")
            #expect(
                (answer.findings + answer.verdict).contains(finding),
                "\(change): \(answer.value)")
        }
    }

    @Test func whatIsNotInTheManifestIsFound() throws {
        try makeJournal()
        try made.succeed("sjournal report pack; echo more > pack/more.txt")
        #expect(try verified().findings.contains("and no others"))
        try made.succeed("rm pack/more.txt pack/actors.csv")
        #expect(try verified().findings.contains("and no others"))
        try made.succeed("ln -s /dev/zero pack/actors.csv")
        #expect(try verified().findings.contains("no links"))
    }

    /// A pack over a journal that has lost events is not called whole.
    @Test func aLossIsNotCalledWhole() throws {
        try makeJournal()
        try made.succeed("sjournal seal")
        let folder = made.path + "/segments"
        let name = try #require(try FileManager.default.contentsOfDirectory(atPath: folder).min())
        let file = URL(fileURLWithPath: folder + "/" + name)
        var bytes = try Data(contentsOf: file)
        for place in 0..<4 { bytes[bytes.count / 3 + place] ^= 0x55 }
        try bytes.write(to: file)
        #expect(try made.run("sjournal report pack").status == 1)
        let answer = try verified()
        #expect(answer.status == 1 && answer.verdict == "INCOMPLETE", "\(answer.value)")
    }

    #if Crypto
    @Test(.enabled(if: IndependentVerifier.hasSignatures, "needs Python's cryptography"))
    func aSignedPackIsAcceptedWithItsKey() throws {
        try made.succeed("sjournal init; sjournal key new > vkey")
        try made.succeed("sjournal new --key tea; sjournal say tea hello; sjournal report pack")
        let answer = try verified("--key \"$(cat vkey)\"")
        #expect(answer.status == 0, "\(answer.value)")
        #expect(answer["proofs"]?.integer ?? 0 > 0)
        #expect(!String(describing: answer["not_checked"]).contains("signatures"))
        try made.succeed("sjournal -j other init; sjournal -j other key new > other.vkey")
        let stranger = try verified("--key \"$(cat other.vkey)\"")
        #expect(stranger.status == 1)
        #expect(stranger.findings.contains("signed by a key that was given"))
        #expect(try verified().status == 0)
    }
    #endif

    /// Flips bits of each file of a pack in the place where it lies, and puts them back.
    private static let flips = #"""
        import argparse, os, sys
        import verify
        folder = sys.argv[1]
        options = argparse.Namespace(journal=folder, proof=None, key=[], checkpoint=[])
        assert verify.answer(options)["verdict"] == "VALID-UNANCHORED"
        count = 0
        for place, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(place, name)
                data = open(path, "rb").read()
                for at in sorted({0, len(data) // 2, len(data) - 1} if data else []):
                    open(path, "wb").write(data[:at] + bytes([data[at] ^ 1]) + data[at + 1:])
                    verdict, count = verify.answer(options)["verdict"], count + 1
                    if verdict not in ("INVALID", "DIVERGED"):
                        print(path, at, verdict)
                open(path, "wb").write(data)
        print(count)
        """#

    /// Changes files of a pack by an expression over their name and content, and makes the manifest fit.
    private static let forge = #"""
        import hashlib, json, os, sys
        folder, change = sys.argv[1], sys.argv[2].replace("~", "'")
        manifest = json.load(open(folder + "/manifest.json"))
        for it in manifest["files"]:
            n = it["name"]
            s = open(os.path.join(folder, n), "rb").read()
            s = eval(change)
            open(os.path.join(folder, n), "wb").write(s)
            it["size"], it["sha256"] = len(s), hashlib.sha256(s).hexdigest()
        text = json.dumps(manifest, separators=(",", ":")).encode() + b"\n"
        open(folder + "/manifest.json", "wb").write(text)
        with open(folder + "/manifest.sha256", "w") as file:
            file.write(hashlib.sha256(text).hexdigest() + "  manifest.json\n")
        """#
}
