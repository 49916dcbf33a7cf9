import Foundation
import JournalTestKit
import SessionJournal
import Testing
import Transcripts

@testable import SJournal

@Suite("Troubleshooting")
struct TroubleshootingTests {
    private static let path = "\(Pages.catalog)/Troubleshooting.md"

    /// The cells of the rows of a table, by the name in its first cell.
    private static func rows(of header: String) throws -> [String: [String]] {
        let lines = try Pages.read(path).components(separatedBy: "\n")
        var rows: [String: [String]] = [:]
        var isInside = false
        for line in lines {
            if line.hasPrefix("| \(header) |") { isInside = true }
            guard isInside, line.hasPrefix("| "), !line.hasPrefix("| \(header) |") else {
                if !line.hasPrefix("|") { isInside = false }
                continue
            }
            let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
            rows[cells[0].replacing("`", with: "")] = Array(cells.dropFirst())
        }
        return rows
    }

    /// The names that a source file declares.
    private static func names(
        in file: String, _ pattern: Regex<(Substring, Substring)>
    ) throws -> Set<String> {
        Set(try Pages.read(file).matches(of: pattern).map { String($0.1) })
    }

    @Test("every code of every error has its row, with the status that the command ends with")
    func codes() throws {
        let rows = try Self.rows(of: "code")
        let journal = try Self.names(
            in: "Sources/SessionJournal/JournalError.swift",
            /public static let \w+ = Self\("(\w+)"\)/)
        let transcript = try Self.names(
            in: "Sources/Transcripts/TranscriptError.swift",
            /public static let \w+ = Code\(rawValue: "(\w+)"\)/)
        #expect(journal.count > 30 && transcript.count > 5)
        #expect(Set(rows.keys) == journal.union(transcript))
        for (name, cells) in rows {
            let error: any Error =
                journal.contains(name)
                ? JournalError(JournalError.Code(name), "") as any Error
                : TranscriptError(TranscriptError.Code(rawValue: name), "")
            #expect(cells[0] == "\(Failure(explaining: error).status.rawValue)", "\(name)")
            #expect(cells.count == 3 && cells.allSatisfy { !$0.isEmpty }, "\(name)")
        }
    }

    @Test("every verdict and every status has its row")
    func verdicts() throws {
        let verdicts = try Self.rows(of: "verdict")
        let named = try Self.names(
            in: "Sources/SessionJournal/Evidence/VerificationReport.swift", /case \w+ = "(\w+)"/)
        #expect(named.count == 6)
        #expect(Set(verdicts.keys) == named)
        let statuses = try Self.rows(of: "status")
        #expect(Set(statuses.keys) == ["0", "1", "2", "3", "4"])
        #expect((0..<5).allSatisfy { ExitStatus(rawValue: $0) != nil })
        #expect(ExitStatus(rawValue: 5) == nil)
        let manual = try Pages.read("\(Pages.catalog)/CommandLine.md")
        for (status, cells) in statuses {
            let meaning = cells[0].components(separatedBy: "; of `verify`")[0]
            #expect(manual.contains("| \(status) | \(meaning) |"), "\(status): \(meaning)")
        }
    }

    /// What is done to the sample before the blocks under a heading run. `sjournal` works on the
    /// copy; a backup of it lies in `backups`.
    private static let troubles: [String: String] = [
        "Something is damaged": """
        sjournal seal
        sjournal backup backups
        segment=$(ls "$SJOURNAL_DIR"/segments/*.lz4 | head -1)
        at=$(($(stat -c %s "$segment") / 3))
        byte=$(od -An -tu1 -j $at -N1 "$segment")
        printf "$(printf '\\\\x%02x' $((byte ^ 4)))" |
            dd of="$segment" bs=1 seek=$at conv=notrunc status=none
        """,
        "A merge is not decided": """
        sjournal set chat-1 model=a --branch main
        sjournal set chat-1 model=b --branch fork-1
        """,
        "A session is full": "sjournal limits chat-1 --set messages=1",
        "A session has ended, or does not end": "sjournal terminate chat-1",
        "Snapshots differ": "sjournal snapshot",
    ]

    /// The statuses that a block is known for, where not all are 0.
    private static let statuses: [String: [Int32]] = [
        "sjournal verify": [3, 0, 0],
        "sjournal repair --dry-run": [0, 0, 0],
        "sjournal set chat-1 name=Mine --if-version 2": [1, 0, 0],
        "sjournal merge chat-1 fork-1 --strategy ask --preview": [1, 0],
    ]

    @Test("the commands under a heading help where its trouble is")
    func commandsHelp() async throws {
        let blocks = try PageCommands.blocks(of: "Troubleshooting")
        let headings = Set(blocks.map(\.heading))
        #expect(headings.isSuperset(of: Self.troubles.keys))
        #expect(headings.count > 20)
        for heading in headings.sorted() {
            let sample = try await SampleJournal()
            let environment = ["SJOURNAL_DIR": sample.path, "USER": "ada"]
            func run(_ script: String) throws -> ProcessRun {
                try ProcessRun.shell(script, in: sample.scratch.url, environment: environment)
            }
            let prepared = try run("set -e\n" + (Self.troubles[heading] ?? ""))
            #expect(prepared.status == 0, "\(heading): \(prepared.errors)")
            let isTorn = heading == "A torn tail"
            if isTorn { try await Self.tear(sample) }
            if heading == "The clock jumped" { try await Self.turnBack(sample) }
            let before = try run("sjournal verify --json").output
            #expect(before.contains("\"torn_tail\"") == isTorn, "\(before)")
            // Whoever writes meanwhile.
            let writer =
                heading == "Another process writes" ? try await Journal.open(at: sample.path) : nil
            for block in blocks where block.heading == heading {
                var found: [Int32] = []
                for line in block.lines {
                    let answer = try run(line)
                    found.append(answer.status)
                    #expect(
                        answer.status != 2 && answer.status < 5,
                        "\(block): \(line): \(answer.errors)")
                }
                let first = block.lines[0]
                let isTrouble = heading != "Overview" && heading != "A torn tail"
                let wanted = isTrouble ? Self.statuses[first] : nil
                #expect(
                    found == wanted ?? found.map { _ in 0 }, "\(block): \(found)")
            }
            try await writer?.close()
            let after = try run("sjournal verify --json").output
            #expect(after.contains("\"torn_tail_cut\"") == isTorn, "\(after)")
            let jumps = try run("sjournal log --kind clock.jumped").output
            #expect(jumps.isEmpty == (heading != "The clock jumped"), "\(jumps)")
        }
    }

    /// Leaves the journal as a crash within an append does: half a commit behind the last.
    private static func tear(_ sample: SampleJournal) async throws {
        let manager = FileManager.default
        let crashed = sample.scratch.path("crashed")
        let segments = "\(sample.path)/segments"
        let journal = try await Journal.open(at: sample.path)
        let ada = journal.as("user:ada")
        let chat = try await journal.resolve("chat-1")
        try await ada.say("user", "Kept.", in: chat)
        try manager.copyItem(atPath: sample.path, toPath: crashed)
        let name = try #require(try manager.contentsOfDirectory(atPath: segments).max())
        let before = try Data(contentsOf: URL(fileURLWithPath: "\(segments)/\(name)"))
        try await ada.say("user", "Lost.", in: chat)
        let more = try Data(contentsOf: URL(fileURLWithPath: "\(segments)/\(name)"))
        try await journal.close()
        let start = try #require(zip(before, more).enumerated().first { $1.0 != $1.1 }?.offset)
        var torn = before
        torn.replaceSubrange(start..<(start + 100), with: more[start..<(start + 100)])
        try torn.write(to: URL(fileURLWithPath: "\(crashed)/segments/\(name)"))
        try manager.removeItem(atPath: sample.path)
        try manager.moveItem(atPath: crashed, toPath: sample.path)
    }

    /// Writes with a clock that stands long before what the journal holds.
    private static func turnBack(_ sample: SampleJournal) async throws {
        var options = JournalOptions()
        options.clock = { Timestamp(microseconds: SampleJournal.start - 3_600_000_000) }
        let journal = try await Journal.open(at: sample.path, options: options)
        try await journal.as("user:ada").say(
            "user", "What time is it?", in: try await journal.resolve("chat-1"))
        try await journal.close()
    }
}
