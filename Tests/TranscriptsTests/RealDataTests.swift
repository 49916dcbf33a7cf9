import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Tests over real transcripts, where they are at hand; see ``RealData/root``.
enum RealData {
    /// The folder beside the package that holds them; nil where there is none.
    static let root: String? = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { folder.deleteLastPathComponent() }
        let path = folder.appendingPathComponent("shared/data").path
        return FileManager.default.fileExists(atPath: path + "/claude-code") ? path : nil
    }()
}

@Suite(.enabled(if: RealData.root != nil)) struct RealDataTests {
    private func run(_ name: String) async throws -> (Journal, ImportReport, String) {
        let path = try #require(RealData.root) + "/" + name
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        return (journal, try await importer.importPaths([path]), path)
    }

    @Test func everyLineIsAccountedFor() async throws {
        let (journal, report, path) = try await run("claude-code")
        #expect(report.files.count == 53)
        #expect(report.counts.lines == 22_481)
        #expect(report.counts.malformed == 0)
        #expect(report.counts.documents == 1)
        #expect(report.skipped.isEmpty)
        #expect(report.duplicates == 4_458)

        // Counted another way: distinct lines, and what their events say.
        var kinds: [EventKind: Int] = [:]
        var lines = 0
        var parents: Set<String> = []
        var messages: Set<String> = []
        for try await event in journal.events() {
            kinds[event.kind, default: 0] += 1
            let data = DataProbe(event)
            if data.hasLine { lines += 1 }
            guard event.kind == .messageAppended else { continue }
            let id = "\(event.session)/\(data.message)"
            #expect(messages.insert(id).inserted)
            if let parent = data.parent { parents.insert("\(event.session)/\(parent)") }
        }
        // One file is a document of Gemini CLI of 170 lines: six messages and what stands around.
        #expect(lines == 22_481 - 170 - 4_458 + 7)
        #expect(parents.isSubset(of: messages))
        #expect(kinds[.toolProgressed] == 7_170)
        #expect((kinds[.messageAppended] ?? 0) + (kinds[.messageExtended] ?? 0) == 9_708)
        #expect(kinds[.toolStarted] == 3_163)
        #expect(kinds[.toolFinished] == 3_160)
        #expect(kinds[.summaryRecorded] == 22)
        #expect(kinds[.branchCreated] == 1)

        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.mismatches.isEmpty)
        #expect(export.files == 53)
        for name in try FileManager.default.contentsOfDirectory(atPath: path) {
            let original = try Data(contentsOf: URL(fileURLWithPath: path + "/" + name))
            #expect([UInt8](original) == (try target.read(name)), "\(name)")
        }

        let last = try await journal.lastSequence()
        let again = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([path])
        #expect(again.events == 53)
        #expect(again.duplicates + again.counts.malformed == 22_481)
        for try await event in journal.events(from: last + 1) {
            #expect(event.session == .journal)
        }
    }

    @Test(arguments: ["claude-code-log", "agents", "pi", "tau-bench", "swe-agent"])
    func otherSamplesComeBack(name: String) async throws {
        let (journal, report, path) = try await run(name)
        #expect(!report.files.isEmpty)
        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.mismatches.isEmpty)
        for file in report.files {
            let original = try Data(contentsOf: URL(fileURLWithPath: path + "/" + file.path))
            #expect([UInt8](original) == (try target.read(file.path)), "\(file.path)")
        }
        // Each agent's folder is that agent's.
        let folders = [
            "claude": "claude-code", "copilot": "copilot-cli", "gemini": "gemini-cli",
        ]
        for file in report.files where name == "agents" {
            let folder = file.path.split(separator: "/").first.map(String.init) ?? ""
            #expect(file.format == folders[folder] ?? folder, "\(file.path)")
            #expect(file.rival == nil, "\(file.path)")
        }
        let again = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([path])
        #expect(again.events == again.files.count)
    }

    /// What a few lines of Python count: messages, tool calls, and tokens that went in and out.
    @Test(arguments: [
        ("pi", 914, 391, 1_049, 83_156), ("tau-bench", 5_308, 1_164, 0, 0),
        ("swe-agent", 174, 83, 0, 0),
    ])
    func countsAgree(
        name: String, messages: Int, calls: Int, input: Int, output: Int
    ) async throws {
        let (journal, _, _) = try await run(name)
        var kinds: [EventKind: Int] = [:]
        for try await event in journal.events() { kinds[event.kind, default: 0] += 1 }
        #expect(kinds[.messageAppended] == messages)
        #expect(kinds[.toolStarted] == calls)
        #expect(kinds[.branchCreated] == nil)
        var tokens = TokenUsage()
        for usage in try await journal.usage() {
            for counts in usage.slots.values { tokens += counts.tokens }
        }
        #expect(tokens.input == UInt64(input) && tokens.output == UInt64(output))
    }
}

/// The members of an event's data that the tests count.
private struct DataProbe {
    var hasLine = false
    var message = ""
    var parent: String?

    init(_ event: Event) {
        guard let reader = try? DataReader(event) else { return }
        hasLine = reader.member("line") != nil
        message = reader.string("message") ?? ""
        parent = reader.string("parent")
    }
}
