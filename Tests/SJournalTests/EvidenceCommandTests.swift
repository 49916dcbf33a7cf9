import Foundation
import SessionJournal
import Testing

@testable import SJournal

/// `key`, `checkpoint`, `prove`, `disclose`, `witness`, and what `verify` says of signatures.
@Suite struct EvidenceCommandTests {
    #if Crypto
    /// A journal that has a key of its own and was signed once.
    private func signed() async throws -> (sample: SampleJournal, key: String) {
        let sample = try await SampleJournal()
        let made = await sample.run("key", "new")
        try #require(made.status == .done, "\(made.errors)")
        let signed = await sample.run("checkpoint")
        try #require(signed.status == .done, "\(signed.errors)")
        return (sample, made.lines[0])
    }

    @Test func aKeyIsMadeOnceAndShown() async throws {
        let (sample, key) = try await signed()
        #expect(key.hasPrefix("session-journal/"))
        #expect(await sample.run("key", "show").lines == [key])
        let again = await sample.run("key", "new")
        #expect(again.status == .negative && again.errors.contains("no key is written over"))
        let file = sample.path + "/keys/signing.key"
        let mode = try FileManager.default.attributesOfItem(atPath: file)[.posixPermissions]
        #expect(mode as? Int == 0o600)
        let text = try String(contentsOfFile: file, encoding: .utf8)
        #expect(text.hasPrefix("PRIVATE+KEY+session-journal/"))
        let json = await sample.run("key", "show", "--json")
        #expect(json.output.contains("\"verifier_key\":\"\(key)\""))
        for words in [["key", "lose"], ["key", "rotate"], ["key", "new", "--witness", "w"]] {
            #expect(await InProcess.run(["-j", sample.path] + words).status == .usage)
        }
        try "nonsense".write(toFile: file, atomically: false, encoding: .utf8)
        #expect(await sample.run("key", "show").errors.contains("no file of a signing key"))
        #expect(await sample.run("key", "show", "--key", "/nowhere").status != .done)
    }

    @Test func writingCommandsSignWhenTheyAreDone() async throws {
        let (sample, key) = try await signed()
        #expect(await sample.run("say", "chat-1", "And then?").status == .done)
        let list = await sample.run("checkpoint", "--list")
        #expect(list.lines.count == 3, "\(list.output)")
        let json = await sample.run("checkpoint", "--list", "--json")
        #expect(json.lines.count == 2)
        let verified = await sample.run("verify", "--key", key)
        #expect(verified.status == .done, "\(verified.output)")
        #expect(verified.lines.contains { $0.hasPrefix("VALID-UNANCHORED: everything fits") })
        #expect(!verified.output.contains("whose keys these are"))
        #expect(await sample.run("verify").output.contains("whose keys these are"))
        #expect(
            await sample.run("verify", "--json").output.contains(
                "\"evidence\":\"valid_unanchored\""))
    }

    @Test func aJournalIsHeldAgainstAKeptCheckpoint() async throws {
        let (sample, _) = try await signed()
        let kept = sample.scratch.path("kept")
        let text = await sample.run("checkpoint").output
        try text.write(toFile: kept, atomically: false, encoding: .utf8)
        #expect(text.hasPrefix("session-journal/") && text.contains("\n\n— session-journal/"))
        #expect(await sample.run("verify", "--against", kept).status == .done)
        let input = await sample.run("verify", "--against", "-", input: text)
        #expect(input.status == .done, "\(input.output)")
        let other = sample.scratch.path("other")
        #expect(await InProcess.run(["-j", other, "init"]).status == .done)
        let diverged = await InProcess.run(["-j", other, "verify", "--against", kept])
        #expect(diverged.status == .negative)
        #expect(diverged.output.contains("DIVERGED: this is not the history that was signed"))
        #expect(diverged.output.contains("wrong:"))
        #expect(await sample.run("verify", "--against", "/nowhere").status == .damaged)
        #expect(await sample.run("verify", "--key", "x").status != .done)
    }

    @Test func anEventIsProvedAndDisclosed() async throws {
        let (sample, key) = try await signed()
        let proof = sample.scratch.path("event.tlog-proof")
        let written = await sample.run("prove", "3", "--output", proof)
        #expect(written.status == .done && written.errors.contains("written to"))
        #expect(await sample.run("prove", "3", "--output", proof).status == .negative)
        #expect(await sample.run("prove", "3", "--output", "/nowhere/x").status == .damaged)
        let elsewhere = sample.scratch.path("no-journal")
        let proved = await InProcess.run([
            "-j", elsewhere, "verify", "--proof", proof, "--key", key,
        ])
        #expect(proved.status == .done, "\(proved.errors)")
        #expect(proved.output.contains("\"digest\"") && !proved.output.contains("user:ada"))
        let shown = sample.scratch.path("shown.tlog-proof")
        #expect(await sample.run("disclose", "2", "--output", shown).status == .done)
        let disclosed = await sample.run("verify", "--proof", shown, "--json")
        #expect(disclosed.output.contains("Please list this folder."))
        var text = try String(contentsOfFile: shown, encoding: .utf8)
        text = text.replacing("index 1\n", with: "index 2\n")
        let bad = await sample.run("verify", "--proof", "-", input: text)
        #expect(bad.status == .negative && bad.output.contains("INVALID"))
        for words in [
            ["prove"], ["prove", "x"], ["prove", "3", "--from", "1"], ["prove", "--from", "x"],
            ["disclose", "x"],
        ] { #expect(await InProcess.run(["-j", sample.path] + words).status == .usage) }
        #expect(await sample.run("prove", "9999").status != .done)
    }

    @Test func aWitnessSignsWhatGrows() async throws {
        let (sample, key) = try await signed()
        let witness = sample.scratch.path("w.key")
        let state = sample.scratch.path("w.state")
        let made = await sample.run("key", "new", "--witness", "w.example/1", "--key", witness)
        let words = ["witness", "--key", witness, "--state", state, "--log", key]
        func ask(_ request: String) async -> InProcess {
            await InProcess.run(["-j", sample.path] + words, input: request)
        }
        let request = await sample.run("prove", "--from", "0").output
        let answer = await ask(request)
        #expect(answer.status == .done && answer.output.hasPrefix("— w.example/1 "))
        let added = await sample.run(
            "checkpoint", "--add-cosignature", "-", "--json", input: answer.output)
        #expect(added.output.contains("\"signers\":[\"session-journal/"))
        let policy = sample.scratch.path("policy")
        try "log \(key)\nwitness W \(made.lines[0])\nquorum W\n"
            .write(toFile: policy, atomically: false, encoding: .utf8)
        let witnessed = await sample.run("verify", "--policy", policy)
        #expect(witnessed.status == .done, "\(witnessed.output)")
        #expect(witnessed.output.contains("VALID-WITNESSED(1 of 1): everything fits"))
        #expect(
            await sample.run("verify", "--policy", policy, "--json").output
                .contains("\"witnesses\":{\"count\":1,\"of\":1}"))
        // A later checkpoint that the witness has not seen.
        _ = await sample.run("say", "chat-1", "More.")
        let fewer = await sample.run("verify", "--policy", policy)
        #expect(fewer.status == .negative)
        #expect(fewer.output.contains("fewer witnesses than it asks for"))
        let conflict = await ask(request)
        #expect(conflict.status == .negative && conflict.errors.contains("409"))
        let size = try #require(conflict.lines.first)
        let grown = await sample.run("prove", "--from", size).output
        let bent = grown.replacing(
            "\n\nsession", with: "\n\(grown.split(separator: "\n")[1])\n\nsession")
        #expect(await ask(bent).errors.contains("422"))
        #expect(await ask(grown).status == .done)
        #expect(await ask("nonsense").status == .usage)
        let unknown = await InProcess.run(
            ["-j", sample.path] + words.dropLast(2), input: grown)
        #expect(unknown.status == .negative && unknown.errors.contains("404"))
        let lines = grown.split(separator: "\n", omittingEmptySubsequences: false)
        let unsigned = lines.dropLast(2).joined(separator: "\n") + "\n— x AAAAAAA=\n"
        #expect(await ask(unsigned).status == .denied)
        #expect(await sample.run("witness").status == .usage)
        let own = sample.path + "/keys/signing.key"
        #expect(await sample.run("witness", "--key", own, "--state", state).status == .usage)
        #expect(await sample.run("checkpoint", "--key", witness).status == .usage)
        #expect(await sample.run("key", "rotate", "--to", witness).status == .usage)
    }

    @Test func aKeyGivesWayToAnother() async throws {
        let (sample, old) = try await signed()
        let next = sample.scratch.path("next.key")
        let rotated = await sample.run("key", "rotate", "--to", next, "--reason", "yearly")
        #expect(rotated.status == .done, "\(rotated.errors)")
        #expect(rotated.lines[0] != old)
        let again = await sample.run("checkpoint", "--key", next)
        #expect(again.status == .done, "\(again.errors)")
        for key in [old, rotated.lines[0]] {
            let verified = await sample.run("verify", "--key", key)
            #expect(verified.status == .done, "\(verified.output)")
        }
        #expect(await sample.run("log", "@journal").output.contains("key.rotated"))
    }

    @Test func withoutAKeyNothingIsSigned() async throws {
        let sample = try await SampleJournal()
        let none = await sample.run("checkpoint")
        #expect(none.status == .negative && none.errors.contains("sjournal key new"))
        #expect(
            await sample.run("checkpoint", "--list").lines[0].contains("no checkpoint was signed"))
        #expect(await sample.run("prove", "1").status != .done)
    }

    /// What we sign is checked by cryptography that nobody here wrote, and read by the standard's own
    /// rules: python3-cryptography, where it is there.
    @Test(.enabled(if: IndependentCheck.isThere))
    func anotherImplementationChecksOurNotes() async throws {
        let (sample, key) = try await signed()
        let witness = sample.scratch.path("w.key")
        let made = await sample.run("key", "new", "--witness", "w.example/1", "--key", witness)
        let request = await sample.run("prove", "--from", "0").output
        let answer = await InProcess.run(
            [
                "-j", sample.path, "witness", "--key", witness, "--state",
                sample.scratch.path("s"), "--log", key,
            ], input: request)
        let note = await sample.run("checkpoint", "--add-cosignature", "-", input: answer.output)
            .output
        for key in [key, made.lines[0]] {
            #expect(try IndependentCheck.verifies(note, key))
            #expect(try !IndependentCheck.verifies(note.replacing("\n\n", with: "0\n\n"), key))
        }
    }

    /// `tools/verify.py`, which was written from the page about the format, thinks the same of a journal
    /// that was signed and witnessed, and of a proof.
    @Test(.enabled(if: IndependentVerifier.isHere && IndependentCheck.isThere))
    func theIndependentVerifierAgrees() async throws {
        let (sample, key) = try await signed()
        let witness = sample.scratch.path("w.key")
        let made = await sample.run("key", "new", "--witness", "w.example/1", "--key", witness)
        let request = await sample.run("prove", "--from", "0").output
        let answer = await InProcess.run(
            [
                "-j", sample.path, "witness", "--key", witness, "--state",
                sample.scratch.path("s"), "--log", key,
            ], input: request)
        _ = await sample.run("checkpoint", "--add-cosignature", "-", input: answer.output)
        let proof = sample.scratch.path("event.tlog-proof")
        #expect(await sample.run("disclose", "2", "--output", proof).status == .done)
        let keys = "--key '\(key)' --key '\(made.lines[0])'"
        for words in ["'\(sample.path)' \(keys)", "--proof '\(proof)' \(keys)"] {
            let run = try ProcessRun.shell(IndependentVerifier.call(words), in: sample.scratch.url)
            let answer = try IndependentVerifier.answer(run)
            #expect(answer.verdict == "VALID-WITNESSED(1 of 1)", "\(answer.findings)")
        }
    }
    #else
    @Test func aBuildWithoutSignaturesSaysSo() async throws {
        let sample = try await SampleJournal()
        for words in [
            ["key", "new"], ["key", "show"], ["checkpoint", "--key", "/nowhere"],
            ["witness", "--key", "k", "--state", "s"],
        ] {
            let run = await InProcess.run(["-j", sample.path] + words)
            #expect(run.status == .negative && run.errors.contains("--traits Crypto"), "\(words)")
        }
        // Structure and roots are checked all the same.
        let note = """
            session-journal/01a1fb9feec87718864686c7074787c8
            1
            CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

            — k AAAAAAA=

            """
        let run = await sample.run("verify", "--against", "-", input: note)
        #expect(run.status == .negative && run.output.contains("DIVERGED"), "\(run.output)")
        #expect(run.output.contains("built without the cryptography"))
    }
    #endif
}

/// Ed25519 and notes by Python.
enum IndependentCheck {
    static let script = """
        import base64, hashlib, struct, sys
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
        vkey, note = sys.argv[1], sys.stdin.buffer.read()
        name, keyid, encoded = vkey.split("+", 2)
        key = base64.b64decode(encoded)
        assert hashlib.sha256(name.encode() + b"\\n" + key).hexdigest()[:8] == keyid
        text, lines = note.rsplit(b"\\n\\n", 1)
        text += b"\\n"
        found = False
        for line in lines.decode().splitlines():
            dash, signer, value = line.split(" ")
            value = base64.b64decode(value)
            if signer != name or value[:4].hex() != keyid:
                continue
            message, signature = text, value[4:]
            if key[0] == 4:
                (time,) = struct.unpack(">Q", signature[:8])
                message, signature = b"cosignature/v1\\ntime %d\\n" % time + text, signature[8:]
            Ed25519PublicKey.from_public_bytes(key[1:]).verify(signature, message)
            found = True
        sys.exit(0 if found else 1)
        """

    static let isThere: Bool = (try? status(["-c", "import cryptography"], "")) == 0

    static func verifies(_ note: String, _ key: String) throws -> Bool {
        try status(["-c", script, key], note) == 0
    }

    private static func status(_ arguments: [String], _ input: String) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        try pipe.fileHandleForWriting.write(contentsOf: Data(input.utf8))
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
