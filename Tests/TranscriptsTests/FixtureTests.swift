import Foundation
import SessionJournal
import Testing

@testable import Transcripts

@Suite struct FixtureTests {
    /// The folder of the transcripts that come with the project.
    private static let path: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Fixtures/claude-code").path
    }()

    @Test func theFixturesShowWhatThereIsToSee() async throws {
        let journal = Journal.inMemory()
        let report = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([Self.path])
        #expect(report.files.count == 4)
        #expect(report.counts.lines == 87)
        #expect(report.counts.malformed == 3)
        #expect(report.counts.glued == 2)
        #expect(report.duplicates == 1)
        #expect(report.skipped.isEmpty)

        let colours = try await journal.resolve("91b7d3e4-2f60-4c1d-8e55-1c0ffee00002")
        let tree = try await journal.tree(of: colours)
        #expect(tree.branches.map(\.name) == ["main", "fork-1"])
        let house = try await journal.tree(
            of: journal.resolve("c30a8f51-6d92-4a3b-b7f4-1c0ffee00003"))
        #expect(house.branches.map(\.name) == ["main", "sidechain-1", "agent-a7f3e21"])
        let timer = try await journal.resolve("5e1f0c2a-7d41-4b6e-9a10-1c0ffee00001")
        #expect(try await journal.tree(of: timer).branches.count == 1)
        let state = try await journal.state(of: timer)
        #expect(state.metadata()["name"]?.string == "Green tea rings on time")
        #expect(state.metadata()["model"]?.string == "claude-sonnet-4-5")

        let target = try Folder()
        let export = try await OriginalExporter(journal).export(to: target.path)
        #expect(export.mismatches.isEmpty)
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.path) {
            let original = try Data(contentsOf: URL(fileURLWithPath: Self.path + "/" + name))
            #expect([UInt8](original) == (try target.read(name)), "\(name)")
        }
    }
}
