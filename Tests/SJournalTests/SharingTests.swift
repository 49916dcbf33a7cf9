import Foundation
import SessionJournal
import Testing

@testable import SJournal

/// One writer, any number of readers, each a process of its own.
@Suite("A journal that processes share")
struct SharingTests {
    private let scratch: ScratchDirectory
    private let path: String

    init() throws {
        scratch = try ScratchDirectory()
        path = scratch.path("journal")
    }

    private func run(_ script: String) throws -> ProcessRun {
        try ProcessRun.shell(script, in: scratch.url)
    }

    private static func append(_ texts: [String], to path: String) async throws {
        let journal = try await Journal.open(at: path)
        try await append(texts, to: journal)
        try await journal.close()
    }

    private static func append(_ texts: [String], to journal: Journal) async throws {
        let ada = journal.as("user:ada")
        let known = try await journal.session(forKey: "chat")
        var session = SessionID.journal
        if let known { session = known } else { session = try await ada.createSession(key: "chat") }
        for text in texts { try await ada.say("user", text, in: session) }
    }

    /// A process that follows the journal, with its output in a file.
    private func follower() throws -> (process: Process, lines: () throws -> [String], errors: URL)
    {
        let output = scratch.url.appendingPathComponent("followed")
        let errors = scratch.url.appendingPathComponent("followed-errors")
        let process = try ProcessRun.start(
            "exec sjournal -j journal log --json --follow", in: scratch.url, output: output,
            errors: errors)
        let lines = {
            String(decoding: try Data(contentsOf: output), as: UTF8.self)
                .split(separator: "\n").map(String.init)
        }
        return (process, lines, errors)
    }

    /// Waits until a process has written so many lines; gives up when it has ended.
    private func wait(
        for count: Int, of follower: (process: Process, lines: () throws -> [String], errors: URL)
    ) async throws {
        while try follower.lines().count < count, follower.process.isRunning {
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("a follower goes along over rotation, sealing, a new writer and a restored copy")
    func following() async throws {
        let journal = try await Journal.create(at: path)
        try await Self.append(["one"], to: journal)
        let follower = try follower()
        try await wait(for: 2, of: follower)
        try await Self.append(["two"], to: journal)
        try await journal.seal()
        try await Self.append(["three"], to: journal)
        try await wait(for: 4, of: follower)
        try await journal.close()
        try await Self.append(["four"], to: path)
        #expect(try run("sjournal -j journal seal --best").status == 0)
        try await Self.append(["five"], to: path)
        try await wait(for: 6, of: follower)
        #expect(try run("cp -a journal copy && mv journal old && mv copy journal").status == 0)
        try await Self.append(["six", "seven"], to: path)
        try await wait(for: 8, of: follower)
        let all = try run("sjournal -j journal log --json").output
        #expect(try follower.lines() == all.split(separator: "\n").map(String.init))
        let errors = try String(contentsOf: follower.errors, encoding: .utf8)
        #expect(follower.process.isRunning, "\(errors)")
        follower.process.terminate()
        follower.process.waitUntilExit()
    }

    @Test("a follower of a journal that was set back says so and ends")
    func setBack() async throws {
        try await Journal.create(at: path).close()
        try await Self.append(["one"], to: path)
        #expect(try run("cp -a journal older").status == 0)
        try await Self.append(["two"], to: path)
        let follower = try follower()
        try await wait(for: 3, of: follower)
        #expect(try run("mv journal newer && mv older journal").status == 0)
        follower.process.waitUntilExit()
        #expect(follower.process.terminationStatus == 3)
        let errors = try String(contentsOf: follower.errors, encoding: .utf8)
        #expect(errors.contains("was replaced by one without event 3"), "\(errors)")
        #expect(errors.filter { $0 == "\n" }.count == 1)
    }

    @Test("a second writer is told who writes; readers are not in its way")
    func secondWriter() async throws {
        let journal = try await Journal.create(at: path)
        try await Self.append(["one"], to: journal)
        let second = try run("sjournal -j journal seal")
        #expect(second.status == 1)
        // Where the kernel shows its locks, the process is named.
        let process =
            FileManager.default.isReadableFile(atPath: "/proc/locks")
            ? "process \(getpid())" : "process"
        #expect(second.errors.contains("\(process) is writing to this journal"), "\(second.errors)")
        for command in ["log --json", "sessions", "verify", "stats"] {
            let reader = try run("sjournal -j journal \(command)")
            #expect(reader.status == 0, "\(command): \(reader.errors)")
        }
        try await Self.append(["two"], to: journal)
        try await journal.close()
        #expect(try run("sjournal -j journal seal").status == 0)
    }

    /// Whether a mount of our own can be made read-only here.
    private static let canMount: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-rm", "mount", "-t", "tmpfs", "none", "/mnt"]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    @Test("read-only media are read like others, and refuse to be written", .enabled(if: canMount))
    func readOnlyMedia() async throws {
        try await Journal.create(at: path).close()
        try await Self.append(["one", "two"], to: path)
        let before = try run("sjournal -j journal log --json").output
        let script = """
            mount --bind journal journal && mount -o remount,bind,ro journal || exit 99
            sjournal -j journal log --json > log || exit 1
            sjournal -j journal show chat > /dev/null || exit 2
            sjournal -j journal verify > /dev/null || exit 3
            sjournal -j journal copy --to copied > /dev/null || exit 4
            sjournal -j journal seal 2> refusal; test $? = 4 || exit 5
            """
        let mounted = try run("unshare -rm bash -c '\(script)'")
        #expect(mounted.status == 0, "\(mounted.errors)")
        #expect(try run("cat log").output == before)
        #expect(try run("sjournal -j copied log --json").output == before)
        let refusal = try run("cat refusal").output
        #expect(refusal.contains("Read-only file system"), "\(refusal)")
        #expect(refusal.filter { $0 == "\n" }.count == 1)
    }

    @Test("the copy of a directory is a journal too, and what parts them is found")
    func copiedDirectory() async throws {
        try await Journal.create(at: path).close()
        try await Self.append(["one", "two"], to: path)
        #expect(try run("cp -a journal twin").status == 0)
        // Both can be open at once: they are not the same files.
        let first = try await Journal.open(at: path)
        let second = try await Journal.open(at: scratch.path("twin"))
        try await Self.append(["here"], to: first)
        try await Self.append(["there"], to: second)
        let common = try await first.store.treeHead(at: 3)
        #expect(try await second.store.treeHead(at: 3) == common)
        #expect(
            try await first.store.treeHead(at: nil) != (try await second.store.treeHead(at: nil)))
        try await first.close()
        try await second.close()
        for name in ["journal", "twin"] {
            #expect(try run("sjournal -j \(name) verify").status == 0)
        }
        let answer = try run("sjournal -j journal copy --to twin")
        #expect(answer.status == 1)
        #expect(answer.errors.contains("event 4 is another one there"), "\(answer.errors)")
    }
}
