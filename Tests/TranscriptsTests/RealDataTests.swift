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
        #expect(report.counts.malformed == 170)
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
        #expect(lines == 22_481 - 170 - 4_458 + 1)
        #expect(parents.isSubset(of: messages))
        #expect(kinds[.toolProgressed] == 7_170)
        #expect((kinds[.messageAppended] ?? 0) + (kinds[.messageExtended] ?? 0) == 9_700)
        #expect(kinds[.toolStarted] == 3_161)
        #expect(kinds[.toolFinished] == 3_158)
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

    @Test(arguments: ["claude-code-log", "agents"]) func otherSamplesComeBack(
        name: String
    ) async throws {
        let (journal, report, path) = try await run(name)
        #expect(!report.files.isEmpty)
        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.mismatches.isEmpty)
        for file in report.files {
            let original = try Data(contentsOf: URL(fileURLWithPath: path + "/" + file.path))
            #expect([UInt8](original) == (try target.read(file.path)), "\(file.path)")
        }
        // Only Claude's own folder is Claude's.
        for file in report.files where name == "agents" {
            #expect(
                (file.format == "claude-code") == file.path.hasPrefix("claude/"), "\(file.path)")
        }
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
