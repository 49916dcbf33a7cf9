import Foundation
import JournalTestKit
import SessionJournal
import Testing

@testable import Transcripts

/// For every format with both directions: import, export and import give the same session state, and
/// what an export leaves out is what it says.
@Suite("Every shape that goes both ways") struct RoundTripTests {
    static let seeds: Range<UInt64> = 0..<20

    /// The session that an export of a journal's session becomes, and what the export left out.
    static func reimported(
        _ shape: RoundTripShape, _ journal: Journal, _ session: SessionID
    ) async throws -> (Journal, SessionID, setAside: [String: Int]) {
        var options = ExportOptions()
        options.includesSummarized = true
        let file = try await SessionExportTests.content(shape.format, journal, session, options)
        let folder = try Folder()
        let name = "\(file.name).\(file.suffix)"
        try folder.write(name, file.content)
        let other = Journal.inMemory()
        var importer = TranscriptImporter(writer: other.as("user:ada"))
        importer.options.formatName = shape.source
        let report = try await importer.importPaths([folder.path + "/" + name])
        #expect(report.sessions.count == 1 && report.files.first?.counts.malformed == 0)
        return (other, try #require(report.sessions.first), file.setAside)
    }

    /// All of a session's state that has no number of an event or id in it.
    static func text(
        _ journal: Journal, _ session: SessionID, _ shape: RoundTripShape
    ) async throws -> [String] {
        let state = try await journal.state(of: session)
        let messages = state.tree.messages.map { message in
            let place = message.occurred.map { $0.description } ?? "-"
            return "\(place) \(JSONValue.object(message.metadata))"
        }
        let summaries = try await journal.summaries(of: session).map { summary in
            let last = state.tree.messages.firstIndex { $0.id == summary.last }
            return "\(summary.text) \(last.map { String($0) } ?? "-")"
        }
        let metadata = state.metadata().filter {
            !["last_modified", "modified_by"].contains($0.name)
        }
        return try await StateText.of(journal, session) + messages + summaries
            + metadata.map { "\($0.name) \($0.value)" }
            + (shape.hasTimes ? ["created \(state.createdAt?.description ?? "-")"] : [])
    }

    @Test(arguments: RoundTripShape.names, seeds) func sessionsComeBackTheSame(
        name: String, seed: UInt64
    ) async throws {
        let shape = RoundTripShape.named(name)
        let (made, own) = try await RandomSession.make(seed: seed, shape)
        let (first, one, lost) = try await Self.reimported(shape, made, own)
        // What was made is there, but for what the export says that it left out.
        let state = try await made.state(of: own)
        var expected = RoundTripLosses.of(state, shape)
        let summaries = try await made.summaries(of: own).count
        if summaries > 0 { expected[ExportLosses.summaries] = summaries }
        #expect(lost == expected, "\(shape) \(seed)")
        let read = try await SpokenPaths.of(first, one, shape, minus: false)
        let told = try await SpokenPaths.of(made, own, shape, minus: true)
        #expect(Self.differences(read, told) == [], "\(shape) \(seed)")
        // What came from a shape goes back into it, and comes again, as it is.
        let (second, two, _) = try await Self.reimported(shape, first, one)
        let again = try await Self.text(second, two, shape)
        let before = try await Self.text(first, one, shape)
        #expect(Self.differences(again, before) == [], "\(shape) \(seed)")
    }

    /// The first lines in which two texts differ, in pairs; none where they are the same.
    private static func differences(_ texts: [String], _ others: [String]) -> [String] {
        let lines = texts.flatMap { $0.split(separator: "\n") }
        let otherLines = others.flatMap { $0.split(separator: "\n") }
        let place = (0..<max(lines.count, otherLines.count)).first { place in
            lines.dropFirst(place).first != otherLines.dropFirst(place).first
        }
        guard let place else { return [] }
        return lines.dropFirst(place).prefix(2).map { "is \($0)" }
            + otherLines.dropFirst(place).prefix(2).map { "should be \($0)" }
    }
}
