import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Files that are lists of sessions, and too large for memory: they read as if they were not.
@Suite struct ListTests {
    private func imported(
        _ paths: [String], memory: UInt64, redacting: Bool = false
    ) async throws -> (Journal, ImportReport) {
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.memoryLimit = memory
        if memory == 0 { importer.options.batchSize = 1 }
        if redacting {
            importer.options.scanner = .secrets
            importer.options.secrets = .redact
        }
        return (journal, try await importer.importPaths(paths))
    }

    /// The events of every session by key, without what one import has other than another.
    private func stories(_ journal: Journal, _ report: ImportReport) async throws -> [String:
        [String]]
    {
        var stories: [String: [String]] = [:]
        for session in report.sessions {
            guard let key = try await journal.state(of: session).key else { continue }
            stories[key] = try await log(journal, key)
        }
        return stories
    }

    private func isBack(_ journal: Journal, _ name: String, _ bytes: [UInt8]) async throws -> Bool {
        let target = try Folder()
        return try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty
            && (try target.read(name)) == bytes
    }

    @Test(arguments: [
        "chatgpt/conversations.json", "open-webui/chats.json", "tau-bench/run.json",
        "session-object/list.json",
    ]) func aListOneByOneReadsAsAWhole(name: String) async throws {
        let path = SourceFormatTests.path + "/" + name
        let (whole, first) = try await imported([path], memory: 1 << 20)
        // What is known of a session is forgotten at once.
        let (parts, second) = try await TableRoom.$sessions.withValue(0) {
            try await imported([path], memory: 0)
        }
        #expect(first.files[0].format == second.files[0].format)
        #expect(first.files[0].counts.lines == second.files[0].counts.lines)
        let expected = try await stories(whole, first)
        #expect(!expected.isEmpty)
        #expect(try await stories(parts, second) == expected)
        let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        #expect(try await isBack(parts, (name as NSString).lastPathComponent, bytes))
    }

    private func conversation(_ id: String, _ text: String) -> String {
        #"{"id":"\#(id)","create_time":1700000000,"current_node":"m","mapping":{"m":{"id":"m","#
            + #""parent":null,"children":[],"message":{"id":"m","author":{"role":"user"},"#
            + #""content":{"content_type":"text","parts":["\#(text)"]}}}}}"#
    }

    @Test func whateverIsInIt() async throws {
        let good = conversation("c1", #"a \" ] } \\"#)
        let other = conversation("c2", "b")
        let lists = [
            "[\(good)]", "\u{FEFF} [\n \(good) ,\r\n\t\(other)\n]\n\n", "[\(good),null,\(other)]",
            "[\(good),\(other)", "[\(good),\(other),]", "[\(good)\(other)]", "[\(good)] [\(other)]",
            "[\(good),{\"mapping\":7},[1],\(other)] {", "[\(good),{\"mapping\"::},\(other)]",
            "[\(good)]]", "[\(good),\(other.dropLast(9))", "[\(good), x\n\(other)\n]",
            "[\(good)," + String(repeating: " ", count: 70_000) + "\(other)]",
        ]
        for (index, text) in lists.enumerated() {
            let folder = try Folder()
            try folder.write("list.json", text)
            let (journal, report) = try await imported([folder.path + "/list.json"], memory: 0)
            #expect(report.files[0].format == "chatgpt", "\(index)")
            #expect(try await journal.session(forKey: "c1") != nil, "\(index)")
            #expect(try await isBack(journal, "list.json", [UInt8](text.utf8)), "\(index)")
            #expect(try await journal.verify().verdict == .ok)
        }
    }

    @Test func aListThatGrewAddsWhatIsNew() async throws {
        let folder = try Folder()
        let journal = Journal.inMemory()
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.memoryLimit = 0
        try folder.write("list.json", "[\(conversation("c1", "a"))]")
        _ = try await importer.importPaths([folder.path])
        let before = try await log(journal, "c1")
        try folder.write("list.json", "[\(conversation("c2", "b")),\(conversation("c1", "a"))]")
        _ = try await importer.importPaths([folder.path])
        #expect(try await log(journal, "c1") == before)
        #expect(try await Story(journal, "c2").messages.count == 1)
    }

    @Test func secretsInAListAreRedacted() async throws {
        let folder = try Folder()
        let key = "AKIA" + "IOSFODNN7EXAMPLE"
        try folder.write(
            "list.json", "[\(conversation("c1", "hi")),\(conversation("c2", "key \(key)"))]")
        let (journal, report) = try await imported([folder.path], memory: 0, redacting: true)
        #expect(report.findingCounts.values.reduce(0, +) == 1)
        for try await event in journal.events() {
            #expect(!String(decoding: event.rawData, as: UTF8.self).contains(key))
        }
        #expect(try await Story(journal, "c2").messages.count == 1)
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
    }

    /// Elements are found where windows end within them, too.
    @Test func elementsAcrossWindows() throws {
        let folder = try Folder()
        let big = String(repeating: #"x\\\"]"#, count: 400_000)
        let elements = [#"{"a":"\#(big)"}"#, "[]", #"[{"b":"\#(big)"}]"#]
        let text = "[ \(elements.joined(separator: " , ")) ]\n"
        try folder.write("list.json", text)
        let size = UInt64(text.utf8.count)
        var scanner = ElementScanner(
            window: try FileWindow(path: folder.path + "/list.json", size: size))
        var found: [String] = []
        var all: [UInt8] = []
        while let item = try scanner.next() {
            switch item {
            case .gap(let range): all += scanner.window.bytes[range]
            case .element(let range):
                all += scanner.window.bytes[range]
                found.append(String(decoding: scanner.window.bytes[range], as: UTF8.self))
            case .rest: Issue.record("there is more")
            }
        }
        #expect(found == elements)
        #expect(all == [UInt8](text.utf8))
    }
}
