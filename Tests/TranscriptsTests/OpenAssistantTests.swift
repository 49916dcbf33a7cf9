import Foundation
import SessionJournal
import Testing

@testable import Transcripts

/// Trees of ranked answers: what is imported is the tree.
@Suite struct OpenAssistantTests {
    /// The folder of the trees that come with the project.
    private static let path: String = {
        var folder = URL(fileURLWithPath: #filePath)
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder.appendingPathComponent("Fixtures/open-assistant/trees.jsonl").path
    }()

    private func run(_ path: String) async throws -> (Journal, ImportReport) {
        let journal = Journal.inMemory()
        let importer = TranscriptImporter(writer: journal.as("user:ada"))
        return (journal, try await importer.importPaths([path]))
    }

    /// The messages of a tree with their parents, and the paths from its root to its leaves.
    private struct Expected {
        var messages: [String: JSONValue] = [:]
        var parents: [String: String] = [:]
        var paths: Set<[String]> = []

        init(_ tree: JSONValue) {
            var waiting: [(JSONValue, [String])] = [(tree["prompt"] ?? .null, [])]
            while let (node, above) = waiting.popLast() {
                let id = node["message_id"]?.string ?? ""
                messages[id] = node
                parents[id] = above.last
                let replies = node["replies"]?.array ?? []
                if replies.isEmpty { paths.insert(above + [id]) }
                for reply in replies { waiting.append((reply, above + [id])) }
            }
        }
    }

    private func check(_ line: Substring, in journal: Journal) async throws {
        let tree = try JSONValue(parsing: String(line))
        let expected = Expected(tree)
        let session = try await journal.resolve(tree["message_tree_id"]?.string ?? "")
        let state = try await journal.state(of: session)
        #expect(Set(state.tree.messages.map(\.id)) == Set(expected.messages.keys))
        for message in state.tree.messages {
            let node = try #require(expected.messages[message.id])
            #expect(message.parent?.message == expected.parents[message.id])
            #expect(message.parts() == [.text(node["text"]?.string ?? "")])
            #expect((message.role == .assistant) == (node["role"]?.string == "assistant"))
        }
        // Each path from the root to a leaf is that of a branch, and the other way round.
        let paths = state.tree.branches.map { branch in
            state.tree.path(ofBranch: branch.name)?.messages.map(\.id) ?? []
        }
        #expect(paths.count == expected.paths.count && Set(paths) == expected.paths)
        try await checkRanks(expected, session, state, journal)
        // Siblings: what differs is what each has for itself.
        for branch in state.tree.branches.dropFirst() {
            let change = SessionDifference(
                from: state, branch: "main", to: state, branch: branch.name)
            #expect(change.base != nil)
            let own = state.tree.path(ofBranch: branch.name)?.messages.last
            let isFound = change.added.contains { $0.id == own?.id }
            // Two may have answered the same words.
            #expect(isFound || change.renamed.contains { $0.new.id == own?.id })
        }
    }

    private func checkRanks(
        _ expected: Expected, _ session: SessionID, _ state: SessionState, _ journal: Journal
    ) async throws {
        var ranks: [String: JSONValue] = [:]
        for try await event in journal.events(session: session, kinds: [.annotationAdded]) {
            let data = try event.data()
            guard data["name"] == "rank", let id = data["target"]?["message"]?.string else {
                continue
            }
            ranks[id] = data["value"]
        }
        for (id, node) in expected.messages { #expect(ranks[id] == node["rank"]) }
        // The main branch goes by the best of the ranked.
        for message in state.tree.path(ofBranch: "main")?.messages.dropFirst() ?? [] {
            guard let rank = ranks[message.id]?.integer else { continue }
            let siblings = expected.parents.filter { $0.value == message.parent?.message }.keys
            #expect(siblings.allSatisfy { (ranks[$0]?.integer ?? .max) >= rank })
        }
    }

    @Test func aTreeIsATreeWithRanks() async throws {
        let (journal, report) = try await run(Self.path)
        #expect(report.files.first?.format == "open-assistant" && report.sessions.count == 2)
        let text = try String(contentsOfFile: Self.path, encoding: .utf8)
        for line in text.split(separator: "\n") { try await check(line, in: journal) }
        let state = try await journal.state(of: journal.resolve("tree-1"))
        #expect(
            state.tree.path(ofBranch: "main")?.messages.map(\.id) == ["p", "best", "thanks"])
        #expect(state.tree.branches.map(\.name) == ["main", "fork-1", "fork-2", "fork-3"])
        #expect(state.metadata()["tree_state"] == "ready_for_export")
        let best = try #require(state.tree.message("best"))
        #expect(best.model == "m-1" && best.branch == "main")
        let target = try Folder()
        #expect(try await OriginalExporter(journal).export(to: target.path).mismatches.isEmpty)
        #expect(try target.read("trees.jsonl") == [UInt8](text.utf8))
    }

    @Test func aTreeThatCameAgainAddsWhatIsNew() async throws {
        let folder = try Folder()
        func tree(_ replies: String) -> String {
            #"{"message_tree_id":"t","prompt":{"message_id":"p","text":"?","role":"prompter","#
                + #""replies":[\#(replies)]}}"# + "\n"
        }
        let a = #"{"message_id":"a","text":"A","role":"assistant","replies":[]}"#
        let b = #"{"message_id":"b","text":"B","role":"assistant","rank":0,"replies":[7]}"#
        try folder.write("a.jsonl", tree(a))
        let (journal, _) = try await run(folder.path)
        try folder.write("b.jsonl", tree(a) + tree(a + "," + b) + tree(b + "," + b))
        _ = try await TranscriptImporter(writer: journal.as("user:ada"))
            .importPaths([folder.path])
        let state = try await journal.state(of: journal.resolve("t"))
        #expect(state.tree.messages.map(\.id) == ["p", "a", "b"])
        #expect(state.tree.path(ofBranch: "main")?.messages.map(\.id) == ["p", "a"])
        #expect(state.tree.path(ofBranch: "fork-1")?.messages.map(\.id) == ["p", "b"])
    }

    @Test func whatMakesNoSenseIsKept() async throws {
        let folder = try Folder()
        let deep =
            String(repeating: #"{"text":"x","role":"assistant","replies":["#, count: 120)
            + String(repeating: "]}", count: 120)
        try folder.write(
            "odd.jsonl",
            """
            {"message_tree_id":"o","prompt":{"text":1,"role":null,"replies":{"a":1}}}
            {"message_tree_id":"o2","prompt":{"text":"","role":"","replies":[\(deep),null,[]]}}
            {"message_tree_id":"o3","prompt":{"message_id":"o\\u0007","text":"t","role":"x","replies":[]}}

            """)
        let (journal, report) = try await run(folder.path)
        #expect(report.sessions.count == 3)
        #expect(try await journal.tree(of: journal.resolve("o2")).messages.count == 121)
        #expect(
            try await journal.tree(of: journal.resolve("o3")).messages.map(\.id) == ["line-1-1"])
        #expect(try await journal.verify().verdict == .ok)
    }

    @Test(.enabled(if: RealData.root != nil)) func everyTreeOfTheDataSet() async throws {
        let folder = try #require(RealData.root) + "/openassistant"
        let (journal, report) = try await run(folder)
        #expect(report.skipped.isEmpty && !report.files.isEmpty)
        var trees = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
            let text = try String(contentsOfFile: folder + "/" + name, encoding: .utf8)
            for line in text.split(separator: "\n") {
                try await check(line, in: journal)
                trees += 1
            }
        }
        #expect(trees == report.sessions.count)
    }
}
