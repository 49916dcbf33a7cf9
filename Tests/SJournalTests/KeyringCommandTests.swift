import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite struct KeyringCommandTests {
    #if Crypto
    @Test func aSessionIsEncryptedFromTheCommandLine() async throws {
        let scratch = try ScratchDirectory()
        let key = scratch.path("tea.key")
        let journal = scratch.path("journal")
        func run(_ words: String...) async -> InProcess {
            await InProcess.run(["-j", journal] + words)
        }
        #expect(await run("keyring", "make", key).status == .done)
        #expect(await run("keyring", "make", key).status == .negative)
        let noKey = await run("init", "--encrypt")
        #expect(noKey.status == .usage && noKey.errors.contains("keyring make"))
        let made = await run("init", "--encrypt", "--key-file", key)
        #expect(made.status == .done && made.lines.count == 2, "\(made.errors)")
        let new = await run("new", "--key", "tea", "name=Green", "--key-file", key)
        let session = try #require(new.lines.first)
        #expect(await run("say", "tea", "How hot?", "--key-file", key).status == .done)
        let shown = await run("show", "tea", "--key-file", key)
        #expect(shown.output.contains("How hot?"))
        // Without the key: counts, kinds and times.
        #expect(await run("show", "tea").status == .negative)
        let locked = await run("show", session)
        #expect(locked.status == .done && !locked.output.contains("How hot?"))
        let log = await run("log", session, "--json")
        #expect(log.lines.count == 2 && log.output.contains("\"digest\":"))
        #expect(!log.output.contains("Green") && !log.output.contains("tea"))
        let refused = await run("say", session, "more")
        #expect(refused.status == .denied && refused.errors.contains("master key"))
        #expect(await run("verify").status == .done)
        #expect(await run("seal").status == .done)
        #expect(await run("show", "tea", "--key-file", key).output.contains("How hot?"))
        let list = await run("keyring", "show", "--key-file", key)
        #expect(list.lines.count == 2 && list.lines[1].hasPrefix(session))
        #expect(list.lines[1].contains("encrypted") && list.lines[1].hasSuffix("tea"))
        let json = await run("keyring", "show", "--json")
        #expect(
            json.lines == [
                "{\"session\":\"\(session)\",\"protection\":\"locked\",\"events\":2,\"key\":null}"
            ])
    }

    @Test func theMasterKeyIsRotated() async throws {
        let scratch = try ScratchDirectory()
        let journal = scratch.path("journal")
        let old = scratch.path("old.key")
        func run(_ words: String...) async -> InProcess {
            await InProcess.run(["-j", journal] + words)
        }
        #expect(await run("keyring", "make", old, "--json").output.contains("key_file"))
        #expect(await run("init").status == .done)
        #expect(await run("keyring", "show").lines == ["no session is encrypted"])
        #expect(await run("new", "--encrypt").status == .usage)
        #expect(await run("new", "--encrypt", "--key", "a", "--key-file", old).status == .done)
        #expect(await run("new", "--key", "b", "--key-file", old).status == .done)
        let digits = String(repeating: "0f", count: 32)
        let command = ["--new-key-command", "echo \(digits)"]
        let rotated = await InProcess.run(
            ["-j", journal, "keyring", "rotate", "--key-file", old] + command)
        #expect(rotated.lines.first?.hasPrefix("1 key under the new") == true, "\(rotated.errors)")
        #expect(await run("show", "a", "--key-file", old).status == .denied)
        #expect(await run("show", "a", "--key-command", "echo \(digits)").status == .done)
        let passphrase = scratch.path("words")
        #expect(
            FileManager.default.createFile(
                atPath: passphrase, contents: Data("correct horse".utf8),
                attributes: [.posixPermissions: 0o600]))
        let spoken = await run(
            "keyring", "rotate", "--key-command", "echo \(digits)", "--new-passphrase-file",
            passphrase, "--json")
        #expect(spoken.lines == ["{\"keys\":1}"], "\(spoken.errors)")
        #expect(await run("show", "a", "--passphrase-file", passphrase).status == .done)
        #expect(await run("show", "b").status == .done)
        for words in [
            ["keyring"], ["keyring", "burn"], ["keyring", "make"],
            ["keyring", "rotate", "--key-file", old], ["keyring", "rotate"] + command,
            ["show", "a", "--key-file", old, "--key-command", "x"],
        ] {
            #expect(await InProcess.run(["-j", journal] + words).status == .usage, "\(words)")
        }
        #expect(await run("show", "b", "--key-file", scratch.path("none")).status == .denied)
    }
    #else
    @Test func withoutTheTraitTheAnswerSaysSo() async throws {
        let scratch = try ScratchDirectory()
        for words in [
            ["keyring", "show"], ["init", "--encrypt", "--key-file", "x"],
            ["sessions", "--key-file", "x"],
        ] {
            let answer = await InProcess.run(["-j", scratch.path("journal")] + words)
            #expect(answer.status == .negative, "\(words)")
            #expect(answer.errors.contains("--traits Crypto"))
        }
    }
    #endif

    /// Sealed or not, a journal with encrypted sessions verifies without keys and without us.
    @Test(.enabled(if: IndependentVerifier.isHere), arguments: [false, true])
    func anOutsiderVerifiesWithoutKeys(sealed: Bool) async throws {
        let scratch = try ScratchDirectory()
        let path = scratch.path("journal")
        var options = JournalOptions()
        options.keys = ToyKeys.keys(opening: 1)
        let journal = try await Journal.create(at: path, options: options)
        let ada = journal.as("user:ada")
        let plain = try await ada.createSession(key: "a")
        let session = try await ada.encryptingSessions().createSession(key: "b")
        for number in 0..<40 {
            try await ada.say("user", "How hot? \(number)", in: session)
            try await ada.say("user", "How long? \(number)", in: plain)
        }
        if sealed { try await journal.seal() }
        let root = try await journal.verify().root?.hexadecimal
        try await journal.close()
        let run = try ProcessRun.shell(IndependentVerifier.call("'\(path)'"), in: scratch.url)
        let answer = try IndependentVerifier.answer(run)
        #expect(answer.verdict == "VALID-UNANCHORED", "\(answer.findings)")
        #expect(answer["root"]?.string == root)
    }

    @Test func keysAreNamedOnTheCommandLineOrInTheEnvironment() throws {
        var arguments = ParsedArguments(command: "show")
        let variables = ["SJOURNAL_KEY_FILE": "/k", "SJOURNAL_KEY_COMMAND": ""]
        #expect(try KeyRequest(arguments, environment: [:]) == nil)
        #expect(try KeyRequest(arguments, environment: variables) == KeyRequest(.file("/k")))
        arguments.add("ask", to: "--key-command")
        #expect(try KeyRequest(arguments, environment: variables) == KeyRequest(.command("ask")))
        #expect(
            try KeyRequest(
                ParsedArguments(command: "show"),
                environment: ["SJOURNAL_PASSPHRASE_FILE": "/p"])
                == KeyRequest(.passphrase(file: "/p")))
        arguments.add("/p", to: "--passphrase-file")
        #expect(throws: UsageError.self) { try KeyRequest(arguments, environment: [:]) }
    }
}
