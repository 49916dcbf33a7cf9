import Foundation
import SessionJournal
import Testing

@testable import SJournal

@Suite("Bad input: one clear line, the right status, nothing lost")
struct BadInputTests {
    let scratch: ScratchDirectory

    init() throws { scratch = try ScratchDirectory() }

    private func run(_ script: String) throws -> ProcessRun {
        try ProcessRun.shell("umask 022; " + script, in: scratch.url)
    }

    private func expectOneLine(
        _ run: ProcessRun, status: Int32, _ location: SourceLocation = #_sourceLocation
    ) {
        #expect(run.status == status, "\(run.errors)", sourceLocation: location)
        #expect(run.errors.hasPrefix("sjournal: "), sourceLocation: location)
        #expect(
            run.errors.filter { $0 == "\n" }.count == 1, "\(run.errors)", sourceLocation: location)
        #expect(
            !run.errors.dropLast().unicodeScalars.contains(where: Escaping.isHostile),
            sourceLocation: location)
    }

    /// As somebody who is not root, from whom permissions keep nothing.
    private static let asNobody = "setpriv --reuid=65534 --regid=65534 --clear-groups"

    @Test(
        "what is no journal is unreadable",
        arguments: [
            "sjournal -j nothere sessions", "mkdir d; sjournal -j d log",
            "mkdir d; echo x > d/JOURNAL; sjournal -j d stats", "sjournal -j /dev/null show x",
            "mkdir d; echo x > d/x; sjournal -j d import d", "sjournal -j nothere import .",
            "sjournal -j nothere verify", "sjournal -j nothere seal", "sjournal -j nothere log -f",
            "sjournal -j $'no\\e[2Jwhere' tree x",
            "sjournal -j nothere export --original --to out",
        ])
    func notAJournal(script: String) throws {
        let run = try run(script)
        expectOneLine(run, status: 3)
        #expect(run.output.isEmpty)
    }

    @Test("a segment that is no regular file is named, and the rest is printed")
    func irregularSegment() async throws {
        for command in ["mkdir", "mkfifo"] {
            let sample = try await SampleJournal()
            let run = try ProcessRun.shell(
                """
                sjournal -j journal log --json >all 2>/dev/null
                sjournal -j journal seal >/dev/null
                cd journal/segments
                first=$(ls | head -n 1)
                rm $first
                \(command) $first
                cd ../..
                sjournal -j journal verify; echo "status $?"
                sjournal -j journal log --json; echo "status $?"
                sjournal -j journal sessions >/dev/null 2>&1; echo "status $?"
                """, in: sample.scratch.url)
            #expect(run.output.contains("00000000000000000001.lz4"), "\(run.output)")
            let statuses = run.output.split(separator: "\n").filter { $0.hasPrefix("status") }
            #expect(statuses.first == "status 3" && statuses.count == 3, "\(statuses)")
        }
    }

    @Test("a newer format is refused by name")
    func newerFormat() async throws {
        let sample = try await SampleJournal()
        let file = sample.path + "/JOURNAL"
        // The line behind the JSON is its checksum, so the document must be made anew by us.
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let newer = text.replacingOccurrences(
            of: "\"minimum_reader\": 1", with: "\"minimum_reader\": 99"
        )
        .replacingOccurrences(of: "\"format\": 1", with: "\"format\": 99")
        #expect(newer != text)
        let body = newer.components(separatedBy: "crc32c ")[0]
        let sum = String(Self.crc32c(Array(body.utf8)), radix: 16)
        let padded = String(repeating: "0", count: 8 - sum.count) + sum
        try (body + "crc32c \(padded)\n").write(toFile: file, atomically: true, encoding: .utf8)
        let run = await sample.run("sessions")
        #expect(run.status == .damaged)
        #expect(run.errors.contains("99") || run.errors.contains("newer"), "\(run.errors)")
        #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }

    private static func crc32c(_ bytes: [UInt8]) -> UInt32 {
        var sum = UInt32.max
        for byte in bytes {
            sum ^= UInt32(byte)
            for _ in 0..<8 { sum = sum & 1 == 1 ? (sum >> 1) ^ 0x82F6_3B78 : sum >> 1 }
        }
        return ~sum
    }

    @Test("without permission the status is 4")
    func denied() throws {
        try #require(getuid() != 0 || FileManager.default.fileExists(atPath: "/usr/bin/setpriv"))
        // A run that measures coverage would complain where it may not write its counts.
        let nobody = "LLVM_PROFILE_FILE=/dev/null " + (getuid() == 0 ? Self.asNobody : "")
        // The built program must be reachable for somebody else too.
        let program = scratch.path("program")
        try FileManager.default.copyItem(atPath: try ProcessRun.executable.path, toPath: program)
        #expect(try run("chmod 755 . program; sjournal -j j init; chmod 000 j").status == 0)
        for command in ["sessions", "log", "verify", "seal", "import ."] {
            let run = try run("\(nobody) ./program -j j \(command)")
            expectOneLine(run, status: 4)
        }
        expectOneLine(try run("chmod 555 .; \(nobody) ./program -j k init"), status: 4)
        _ = try run("chmod 755 . j")
    }

    @Test("a missing session and an ambiguous beginning are negative answers")
    func sessions() async throws {
        let sample = try await SampleJournal()
        for command in ["show", "tree", "log", "audit"] {
            let missing = await sample.run(command, "nope\u{1B}[2J")
            #expect(missing.status == .negative)
            #expect(
                missing.errors == """
                    sjournal: there is no session "nope\\u{1b}[2J"; sjournal sessions lists those \
                    there are

                    """)
            let ambiguous = await sample.run(command, "chat")
            #expect(ambiguous.status == .negative)
            #expect(ambiguous.errors.contains("chat-1, chat-2"))
            let digits = await sample.run(command, "01a1fb")
            #expect(digits.status == .negative)
            #expect(digits.errors.contains("more than one session"), "\(digits.errors)")
        }
        let branch = await sample.run("show", "chat-1", "--branch", "nope")
        #expect(branch.status == .negative)
        #expect(branch.errors.contains("main, fork-1"))
        let early = await sample.run("show", "chat-2", "--at", "2")
        #expect(early.status == .negative)
        #expect(early.errors.contains("begins with event 10"))
    }

    @Test(
        "a value that makes no sense is a usage error",
        arguments: [
            ["show", "chat-1", "--at", "2026-02-30"], ["log", "--from", "x"], ["log", "--to", "0"],
            ["log", "--from", "3", "--to", "2"], ["log", "--kind", "m*e"], ["log", "--kind", ""],
            ["log", "--follow", "--to", "3"], ["stats", "--at", "~1"], ["export", "--to", "x"],
            ["export", "--original"], ["import", "-"], ["import", "--events", "-", "--actor", "a"],
        ])
    func values(words: [String]) async throws {
        let run = await InProcess.run(["-j", "/nonexistent"] + words)
        #expect(run.status == .usage, "\(run.errors)")
        #expect(run.errors.filter { $0 == "\n" }.count == 1)
    }

    @Test("a transcript of binary garbage is refused or kept, and loses nothing")
    func garbage() throws {
        let run = try run(
            """
            sjournal -j j init; head -c 65536 /dev/urandom > g.jsonl; sjournal -j j import g.jsonl
            """)
        expectOneLine(run, status: 3)
        let missing = try self.run("sjournal -j j import nothere.jsonl")
        expectOneLine(missing, status: 1)
        expectOneLine(try self.run("sjournal -j j import --events nothere"), status: 1)
        expectOneLine(try self.run("sjournal -j j import --events g.jsonl"), status: 1)
        #expect(try self.run("sjournal -j j verify").status == 0)
    }

    @Test("a journal that another process writes is refused, and can be read")
    func locked() async throws {
        let sample = try await SampleJournal()
        let writer = try await Journal.open(at: sample.path)
        let script = "sjournal -j '\(sample.path)'"
        expectOneLine(try run(script + " seal"), status: 1)
        #expect(try run(script + " sessions").status == 0)
        try await writer.close()
    }

    @Test("damage is named, the rest is shown, and verify says so with status 3")
    func damage() async throws {
        let sample = try await SampleJournal()
        #expect(await sample.run("seal").status == .done)
        let folder = sample.path + "/segments/"
        let name = try #require(
            try FileManager.default.contentsOfDirectory(atPath: folder).min())
        var bytes = try Data(contentsOf: URL(fileURLWithPath: folder + name))
        bytes[bytes.count / 3] ^= 0xFF
        try bytes.write(to: URL(fileURLWithPath: folder + name))
        let verify = await sample.run("verify")
        #expect(verify.status == .damaged)
        #expect(verify.output.hasPrefix("damaged: "))
        let log = await sample.run("log")
        #expect(log.status == .done || log.status == .damaged)
        #expect(log.errors.filter { $0 == "\n" }.count == 1, "\(log.errors)")
        for command in [["sessions"], ["audit"], ["stats"], ["log", "--json"]] {
            let run = await InProcess.run(["-j", sample.path] + command)
            #expect(run.status == .done)
            #expect(run.errors.filter { $0 == "\n" }.count == 1, "\(command): \(run.errors)")
        }
        // All is lost here, and "not found" would claim to know that there never was one.
        #expect(await sample.run("show", "chat-1").status == .damaged)
    }
}
