import Foundation
import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

/// The pages say what the code does: their examples run, their tables come from the code, and what
/// they name exists.
@Suite struct DocumentationTests {
    // MARK: Embedding

    /// The example as the pages show it.
    private static func example() throws -> [String] {
        let source = try Pages.read(
            "Tests/SessionJournalTests/Documentation/EmbeddingExample.swift")
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let start = try #require(lines.firstIndex(of: "    // The pages begin here."))
        let end = try #require(lines.firstIndex(of: "    // The pages end here."))
        return ["import SessionJournal", ""]
            + lines[(start + 1)..<end].map { String($0.dropFirst(4)) }
    }

    @Test(arguments: ["README.md", "\(Pages.catalog)/GettingStarted.md"])
    func theEmbeddingExampleIsTheOneThatRuns(path: String) async throws {
        let example = try Self.example()
        let directory = try TemporaryDirectory()
        let printed = try await embeddingExample(at: directory.path("tea.journal"))
        if Pages.isWriting {
            let page = Pages.replacing(example, in: try Pages.read(path))
            try Pages.write(Pages.replacing(printed, in: page), to: path)
        }
        let page = try Pages.read(path)
        #expect(Pages.block(beginning: example[0], in: page) == example)
        #expect(Pages.block(beginning: printed[0], in: page) == printed)
    }

    /// Every block of Swift on a page stands in code that is compiled and run.
    @Test func everyExampleRuns() async throws {
        func code(_ lines: some Sequence<String>) -> String {
            lines.map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { !$0.isEmpty && !$0.hasPrefix("import Session") }.joined(separator: "\n")
        }
        let folder = "Tests/SessionJournalTests/Documentation"
        var compiled = ""
        for name in [
            "EmbeddingExample.swift", "MeasuringExample.swift", "ProjectionExamples.swift",
            "BranchingExample.swift", "GuideExample.swift", "ExtendingExample.swift",
            "ComplianceExample.swift",
            "ContextExample.swift", "GoingAwayExample.swift", "CompactionExample.swift",
            "MaintenanceExample.swift",
            "../../SessionSearchTests/SearchExample.swift",
            "../../SessionCryptoTests/EncryptionExample.swift",
        ] {
            compiled += code(try Pages.read("\(folder)/\(name)").components(separatedBy: "\n"))
        }
        for (path, page) in try Pages.all() {
            for match in page.matches(of: /```swift\n((?:[^`]|`[^`])*)```/) {
                let example = code(String(match.1).components(separatedBy: "\n"))
                #expect(compiled.contains(example), "\(path): \(example)")
            }
        }
        let directory = try TemporaryDirectory()
        _ = try await embeddingExample(at: directory.path("tea.journal"))
        let sum = try await furtherExamples(
            at: directory.path("tea.journal"), yesterday: Timestamp(microseconds: 0))
        // No tokens; the session had four events, then two, then one: three back is the fourth.
        #expect(sum == 4)
        try await watchingExamples(at: directory.path("tea.journal"))
        let travelled = try await timeTravelExamples()
        #expect(travelled.first == "\"m-1\"")
        #expect(travelled.contains("5 user:ada \"m-2\" upgrade"))
        #expect(travelled.contains("preceding Really?"))
        #expect(travelled.contains { $0.hasPrefix("turned(at: 6)") })
        #expect(travelled.contains("1 message less"))
        #expect(
            try await metadataExamples(at: directory.path("tea.journal")) == ["tea", "brewing"])
        let shown = try await contextExamples()
        #expect(shown.first?.hasPrefix("20 ") == true)
        #expect(shown.dropFirst() == ["30 0.0", "my-model"])
        let gone = try await goingAwayExamples()
        #expect(gone.count == 6 && gone[2].hasPrefix("again "))
        #expect(gone[..<2] + gone[3...] == ["10 0", "10", "true", "true", "0 0"])
        #expect(try await compactionExample() == ["10 1", "true"])
        let kept = try await maintenanceExample(
            at: directory.path("kept.journal"), backingUpTo: directory.path("kept.backup"))
        #expect(
            kept
                == ["retain", "compact", "seal", "snapshot", "backup", "verify"].map {
                    $0 + " true"
                })
        // Nothing is of the category `scratch`, and the key was free.
        #expect(try await lifecycleExamples(at: directory.path("tea.journal")) == 0)
        let report = try await measuringExample(at: directory.path("tea.journal"))
        #expect(report.total.counts.turns > 0)
        let branching = Journal.inMemory()
        #expect(
            try await branchingExample(in: branching) == ["How hot, in °C?", "Let me think."])
        try await attachmentExample(in: branching, png: [1, 2, 3])
        // The conversation is empty after the undo: nothing is to be cleared.
        #expect(try await undoExample(in: branching) == 5)
        #expect(try await templateExample(in: branching) == ["oolong"])
        #expect(try await cloneExample(in: branching) == 1)
        verifyingExample(branching)
        #expect(try await complianceExample(branching, to: directory.path("pack")) > 0)
        try await branching.close()
        let journal = Journal.inMemory()
        let session = try await journal.as("user:ada").createSession()
        try await journal.as("user:ada").say("user", "Tea!!", in: session)
        #expect(try await journal.as("service:ears").analyze(session, with: Loudness()) == 1)
        let bot = journal.as("agent:bot")
        try await bot.setMetadata(["description": "loud"], in: session)
        try await bot.append(
            [
                EventDraft(.toolStarted, data: ["call": "c1", "name": "Kettle", "message": "m"]),
                EventDraft(.toolFinished, data: ["call": "c1", "status": "ok"]),
            ], to: session)
        let examples = try await projectionExamples(journal, session)
        #expect(examples.open == ["c1": "Kettle"])
        #expect(examples.changes == ["agent:bot": 1])
        #expect(examples.roles == ["user": 1])
    }

    // MARK: Generated pages

    @Test func theCatalogueOfEventsIsTheOneInCode() throws {
        let path = "\(Pages.catalog)/EventCatalogue.md"
        if Pages.isWriting { try Pages.write(CataloguePage.text, to: path) }
        #expect(try Pages.read(path) == CataloguePage.text)
    }

    @Test(arguments: [
        ("SessionMetadata", FieldsTable.lines), ("LifeOfASession", LifecycleTable.lines),
        ("LifeOfASession", UndoTable.lines), ("WhoMayDoWhat", PermissionTable.lines),
    ])
    func tablesAreThoseInCode(_ name: String, _ table: [String]) throws {
        let path = "\(Pages.catalog)/\(name).md"
        let page = try Pages.read(path)
        let wanted = Pages.replacing(table: table, in: page)
        if Pages.isWriting { try Pages.write(wanted, to: path) }
        #expect(try Pages.read(path) == wanted)
        #expect(wanted.contains(table.joined(separator: "\n")))
    }

    /// Whether the LZ4 library here makes of the sample what the page shows; another version of it
    /// may find other matches.
    private static func compressesAsOnThePage() async throws -> Bool {
        let files = try await SampleSegment.files(sealed: false)
        let bytes = try #require(files[SampleSegment.file])
        let header = try BlockHeader.decode(bytes.span, at: SegmentLogFormat.pageSize)
        let page = try Pages.read("\(Pages.catalog)/FileFormat.md")
        return Pages.isWriting || page.contains("stored length: \(header.storedLength)\n")
    }

    @Test func theWorkedExampleIsTheBytesOfAJournal() async throws {
        guard try await Self.compressesAsOnThePage() else { return }
        let path = "\(Pages.catalog)/FileFormat.md"
        var page = try Pages.read(path)
        let active = try await SampleSegment.files(sealed: false)
        let segment = try #require(active[SampleSegment.file])
        let sealed = try #require(
            try await SampleSegment.files(sealed: true)[SampleSegment.file])
        let marker = try #require(active["\(SampleSegment.path)/JOURNAL"])
        let dump = SampleSegment.dumpOfActive(segment)
        #expect(dump.isBlank)
        let sealedDump = SampleSegment.dumpOfSealed(sealed)
        #expect(sealedDump.isAtEnd)
        let lines = try SampleSegment.lines(of: segment)
        let entries = try lines.map { line in
            String(decoding: try EventLine.entryLine(of: Array(line.utf8).span), as: UTF8.self)
        }
        let leaves = try lines.map { line in
            try EventLine.leafHash(of: Array(line.utf8).span).hexadecimal
        }
        let blocks = [
            String(decoding: marker, as: UTF8.self).split(separator: "\n").map(String.init),
            ["$ lz4cat tea.journal/segments/*.lz4"] + lines, ["entry lines"] + entries,
            ["leaf hashes"] + leaves, dump.lines, sealedDump.lines,
        ]
        for block in blocks {
            if Pages.isWriting { page = Pages.replacing(block, in: page) }
            #expect(Pages.block(beginning: block[0], in: page) == block)
        }
        if Pages.isWriting { try Pages.write(page, to: path) }
    }

    // MARK: Names

    /// A page that names a test as the proof of something names one that exists.
    @Test func everyTestThatAPageNamesExists() throws {
        var sources: [String: String] = [:]
        for path in try Pages.names(below: "Tests") where path.hasSuffix("Tests.swift") {
            let name = path.split(separator: "/").last.map { $0.dropLast(".swift".count) } ?? ""
            sources[String(name)] = try Pages.read(path)
        }
        for (path, page) in try Pages.all() {
            for match in page.matches(of: /`([A-Z]\w*Tests)(?:\.(\w+))?`/) {
                let source = sources[String(match.1)]
                #expect(source != nil, "\(path) names \(match.1)")
                guard let source, let function = match.2 else { continue }
                #expect(source.contains("func \(function)("), "\(path) names \(match.0)")
            }
        }
    }

    /// A page that names a file of the project names one that exists.
    @Test func everyFileThatAPageNamesExists() throws {
        let manager = FileManager.default
        for (path, page) in try Pages.all() {
            for match in page.matches(of: /`((?:Sources|Tests|tools|Fixtures)\/[^`\s…*]+)`/) {
                let file = Pages.root.appending(path: String(match.1)).path()
                #expect(manager.fileExists(atPath: file), "\(path) names \(match.1)")
            }
        }
    }

    /// Decisions are numbered, each number once, say what they must, and are linked from the start
    /// page.
    @Test func decisionsAreNumberedAndWhole() throws {
        let start = try Pages.read("\(Pages.catalog)/SessionJournal.md")
        let names = try Pages.names(below: "\(Pages.catalog)/Decisions")
            .filter { $0.hasSuffix(".md") }
        var numbers: Set<Substring> = []
        for name in names {
            let file = name.split(separator: "/").last.map(String.init) ?? ""
            #expect(file.prefixMatch(of: /[0-9]{4}-/) != nil, "\(file) has no number")
            #expect(numbers.insert(file.prefix(4)).inserted, "\(file) has a number twice")
            #expect(start.contains("<doc:\(file.dropLast(".md".count))>"), "\(file) is not linked")
            let page = try Pages.read(name)
            for heading in ["## Context", "## Decision", "## Consequences", "## Status"] {
                #expect(page.contains(heading + "\n"), "\(file) has no \(heading)")
            }
        }
    }
}
