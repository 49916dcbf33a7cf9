import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Every format, on the files that come with the project.
@Suite struct SourceFormatTests {
    /// The folder of the files, one folder a format.
    static let path: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Fixtures/formats").path
    }()

    static let names: [String] = {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }()

    static func imported(_ name: String) async throws -> (Journal, ImportReport) {
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        return (journal, try await importer.importPaths([path + "/" + name]))
    }

    /// What a session says, a line a message: its role, its parts, its branch, its model.
    static func outline(_ journal: Journal, _ key: String) async throws -> [String] {
        let state = try await journal.state(of: journal.resolve(key))
        return state.tree.messages.map { message in
            let parts = message.parts().map { part in
                switch part {
                case .text(let text): "“\(text)”"
                case .thinking(let text, let signature):
                    "(\(text))" + (signature.map { "·\($0)" } ?? "")
                case .toolUse(let use): "\(use.name)\(use.input)"
                case .toolResult(let result):
                    (result.isError == true ? "!" : "=") + result.content.description
                case .image: "[image]"
                case .document(let media): "[\(media.name ?? "document")]"
                default: "?"
                }
            }
            let branch = message.branch == "main" ? "" : "@\(message.branch)"
            let model = message.model.map { " \($0)" } ?? ""
            return
                "\(message.role?.rawValue ?? "-")\(branch)\(model): \(parts.joined(separator: " "))"
        }
    }

    @Test(arguments: names) func filesAreRecognisedAndComeBack(name: String) async throws {
        let (journal, report) = try await Self.imported(name)
        #expect(!report.files.isEmpty && report.skipped.isEmpty)
        for file in report.files {
            #expect(file.format == name, "\(file.path)")
            #expect(file.rival == nil, "\(file.path)")
            #expect(file.counts.malformed == 0)
        }
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        for file in report.files {
            let original = try Data(
                contentsOf: URL(fileURLWithPath: Self.path + "/" + name + "/" + file.path))
            #expect([UInt8](original) == (try target.read(file.path)), "\(file.path)")
        }
        #expect(try await journal.verify().verdict == .ok)
    }

    /// What is read of the files stands beside them, as a person checked it.
    /// SJOURNAL_WRITE_OUTLINES=1 writes it anew.
    @Test(arguments: names) func whatTheySayIsRead(name: String) async throws {
        let (journal, report) = try await Self.imported(name)
        var lines: [String] = []
        for session in report.sessions {
            let state = try await journal.state(of: session)
            let key = state.key ?? ""
            lines.append("# \(key)")
            var tokens = TokenUsage()
            for usage in try await journal.usage(of: session) {
                for counts in usage.slots.values { tokens += counts.tokens }
            }
            let head = state.tree.branches.map(\.name).joined(separator: " ")
            lines.append(
                "branches \(head); input \(tokens.input) cached \(tokens.cacheRead) output "
                    + "\(tokens.output)")
            let metadata = state.metadata()
            for field in ["name", "cwd", "model", "git_branch"] {
                if let text = metadata[field]?.string, !text.isEmpty {
                    lines.append("\(field) \(text)")
                }
            }
            lines += try await Self.outline(journal, key)
            for try await event in journal.events(
                session: session,
                kinds: [.summaryRecorded, .errorRecorded, .annotationAdded, .approvalDecided])
            {
                let data = try event.data()
                let said = data["text"] ?? data["error"] ?? data["value"] ?? data["decision"]
                lines.append("\(event.kind): \(said ?? .null)")
            }
        }
        let text = lines.joined(separator: "\n") + "\n"
        let path = Self.path + "/../outlines/\(name).txt"
        if ProcessInfo.processInfo.environment["SJOURNAL_WRITE_OUTLINES"] != nil {
            try text.write(toFile: path, atomically: true, encoding: .utf8)
        }
        #expect(text == (try String(contentsOfFile: path, encoding: .utf8)))
    }

    @Test(arguments: names) func nothingIsAddedTwice(name: String) async throws {
        let (journal, _) = try await Self.imported(name)
        let last = try await journal.lastSequence()
        // Other bytes, so that the file is looked into: a line end more.
        let folder = try Folder()
        let source = Self.path + "/" + name
        var copies: [String] = []
        for case let path as String in FileManager.default.enumerator(atPath: source) ?? .init() {
            guard let bytes = FileManager.default.contents(atPath: source + "/" + path),
                !path.hasSuffix("opencode"), path.contains(".")
            else { continue }
            try folder.write(path, [UInt8](bytes) + [UInt8(ascii: "\n")])
            copies.append(path)
        }
        let report = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([folder.path])
        #expect(report.files.count == copies.count)
        for try await event in journal.events(from: last + 1) {
            #expect(event.session == .journal, "\(name): \(event.kind)")
        }
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }

    @Test(arguments: names) func aFileThatGrowsIsTheSameAsTheWholeOne(name: String) async throws {
        let source = Self.path + "/" + name
        for path in try FileManager.default.subpathsOfDirectory(atPath: source)
        where path.hasSuffix(".jsonl") {
            let text = try String(contentsOfFile: source + "/" + path, encoding: .utf8)
            let lines = text.split(separator: "\n", omittingEmptySubsequences: true)
            let grown = Journal.inMemory()
            let whole = Journal.inMemory()
            let folder = try Folder()
            for count in [1, lines.count / 2, lines.count] where count > 0 {
                try folder.write(path, lines.prefix(count).map { $0 + "\n" }.joined())
                let importer = TranscriptImporter(writer: grown.as("user:ada"))
                var given = importer
                given.options.formatName = name
                _ = try await given.importPaths([folder.path])
            }
            var importer = TranscriptImporter(writer: whole.as("user:ada"))
            importer.options.formatName = name
            let report = try await importer.importPaths([folder.path])
            for session in report.sessions {
                guard let key = try await whole.state(of: session).key else { continue }
                #expect(try await messages(grown, key) == messages(whole, key), "\(path)")
            }
        }
    }

    private func messages(_ journal: Journal, _ key: String) async throws -> [String] {
        try await Self.outline(journal, key)
    }
}
