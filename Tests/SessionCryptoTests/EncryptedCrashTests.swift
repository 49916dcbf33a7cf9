#if Crypto
import Foundation
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

@testable import SessionCrypto

/// Journals with real keys: the power fails while they are written, and again while they are opened.
@Suite struct EncryptedCrashTests {
    @Test func whatIsAcknowledgedCanBeDecrypted() async throws {
        let master = try MasterKey(bytes: KeyringTests.key(3))
        let wanted =
            ProcessInfo.processInfo.environment["SJOURNAL_CRASH_STATES"].flatMap { Int($0) } ?? 600
        #if DEBUG
        let before = NonceLedger.shared.totals
        #endif
        let summary = await CrashExplorer(
            firstSeed: 1, limits: .init(states: wanted),
            keys: { _ in
                { place throws(JournalError) in Keyring(place, master: master).sessionKeys }
            }
        ).run()
        #if DEBUG
        let after = NonceLedger.shared.totals
        print(
            "encrypted crash states: \(summary.states), \(after.epochs - before.epochs) epochs, "
                + "\(after.nonces - before.nonces) nonces, none of them twice")
        #endif
        #expect(summary.violations == [])
        #expect(summary.states >= wanted)
    }

    /// A journal in real files, from its making to a lost key.
    @Test func aJournalInFiles() async throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("journal")
        let keyPath = folder.path("master.key")
        let master = try MasterKey.makeFile(at: keyPath)
        var options = JournalOptions()
        options.unlock(with: master)
        options.encryptsSessions = true
        let journal = try await Journal.create(at: path, options: options)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession(key: "tea", metadata: ["name": "Green tea"])
        for number in 0..<50 {
            try await ada.say("user", "How hot should the water be? \(number)", in: session)
        }
        try await journal.seal()
        try await ada.say("user", "and how long?", in: session)
        let state = try await journal.state(of: session)
        #expect(state.tree.messages.count == 51)
        try await journal.close()

        options.encryptsSessions = false
        options.unlock(with: try MasterKey(file: keyPath))
        let again = try await Journal.open(at: path, options: options)
        #expect(try await again.resolve("tea") == session)
        #expect(try await again.state(of: session).tree.messages.count == 51)
        let report = try await again.verify()
        #expect(report.verdict == .ok)
        try await again.close()

        // A backup of the journal has no keys.
        let plain = try await Journal.open(readingAt: path)
        _ = try await plain.backup(to: folder.path("backup"))
        #expect(try await plain.verify().root == report.root)
        let locked = try await plain.state(of: session)
        #expect(locked.tree.messages.allSatisfy { !$0.preview().contains("water") })
        try await plain.close()
        let restored = folder.path("restored")
        _ = try await Journal.restore(from: folder.path("backup"), to: restored)
        let disk = PosixFileSystem()
        #expect(try disk.status(of: restored + "/keys") == nil)
        let keyless = try await Journal.open(at: restored, options: options)
        #expect(try await keyless.protection(of: session) == .locked)
        await #expect(throws: JournalError(.sessionLocked, "")) {
            try await keyless.as("user:ada").say("user", "more", in: session)
        }
        try await keyless.close()

        let count = try await Journal.rotateMasterKey(
            at: path, from: master, to: try MasterKey(bytes: KeyringTests.key(5)))
        #expect(count == 1)
        await #expect(throws: JournalError(.wrongKey, "")) {
            try await Journal.open(at: path, options: options)
        }
    }

    @Test func theExampleRuns() async throws {
        let folder = try TemporaryDirectory()
        _ = try MasterKey.makeFile(at: folder.path("key"))
        let printed = try await encryptionExample(
            at: folder.path("journal"), keyPath: folder.path("key"))
        #expect(printed == ["encrypted"])
    }

    // MARK: Master keys

    @Test func masterKeysComeFromFilesPassphrasesAndCommands() throws {
        let folder = try TemporaryDirectory()
        let disk = PosixFileSystem()
        func file(_ name: String, _ bytes: [UInt8]) throws -> String {
            let path = folder.path(name)
            try disk.place(bytes, at: path)
            return path
        }
        func bytes(_ master: MasterKey) throws -> SecretBytes { try master.key(for: .key) }
        let raw = SecretBytes(copying: KeyringTests.key(0xAB).span)
        let digits = String(repeating: "aB", count: 32)
        #expect(try bytes(MasterKey(file: file("raw", KeyringTests.key(0xAB)))).isSame(as: raw))
        #expect(try bytes(MasterKey(file: file("hex", Array(digits.utf8)))).isSame(as: raw))
        #expect(
            try bytes(MasterKey(file: file("line", Array("\(digits)\n".utf8)))).isSame(as: raw))
        #expect(try bytes(MasterKey(command: "echo \(digits)")).isSame(as: raw))
        let made = try MasterKey.makeFile(at: folder.path("made"))
        #expect(
            try bytes(MasterKey(file: folder.path("made"))).isSame(as: try bytes(made)))
        #expect(throws: JournalError(.alreadyExists, "")) {
            try MasterKey.makeFile(at: folder.path("made"))
        }
        for wrong in ["", "abc", String(repeating: "g", count: 64), digits + "00"] {
            #expect(throws: JournalError(.wrongKey, "")) {
                try MasterKey(file: file("wrong", Array(wrong.utf8)))
            }
        }
        #expect(throws: JournalError(.wrongKey, "")) { try MasterKey(file: folder.path("none")) }
        #expect(throws: JournalError(.wrongKey, "")) { try MasterKey(command: "exit 3") }
        #expect(throws: JournalError(.wrongKey, "")) { try MasterKey(command: "echo no") }
        #expect(throws: JournalError(.wrongKey, "")) {
            try MasterKey(command: "head -c 100000 /dev/zero")
        }
        #expect(throws: JournalError(.invalidArgument, "")) { try MasterKey(bytes: [1]) }
        #expect(throws: JournalError(.invalidArgument, "")) { try MasterKey(passphrase: "short") }
        let spoken = try MasterKey(
            passphraseFile: file("spoken", Array("correct horse\n".utf8)))
        let source = KeyringFile.Source.passphrase(
            .init(cost: 1 << 10, blockSize: 8, parallelism: 1), salt: KeyringTests.key(1))
        #expect(
            try spoken.key(for: source)
                .isSame(as: try MasterKey(passphrase: "correct horse").key(for: source)))
        #expect(throws: JournalError(.wrongKey, "")) {
            try MasterKey(passphraseFile: file("bytes", [UInt8](repeating: 0xFF, count: 12)))
        }
        #expect(throws: JournalError(.wrongKey, "")) { try raw32().key(for: source) }
        #expect(throws: JournalError(.wrongKey, "")) { try spoken.key(for: .key) }
    }

    private func raw32() throws -> MasterKey { try MasterKey(bytes: KeyringTests.key(1)) }

    @Test func aKeyThatOthersMayReadIsRefused() throws {
        let folder = try TemporaryDirectory()
        let path = folder.path("open.key")
        _ = try MasterKey.makeFile(at: path)
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: path)
        let error = #expect(throws: JournalError(.accessDenied, "")) { try MasterKey(file: path) }
        #expect(error?.message.contains("chmod 600") == true)
    }
}
#endif
