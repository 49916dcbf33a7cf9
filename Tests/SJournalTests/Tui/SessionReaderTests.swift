import JournalTestKit
import SessionJournal
import Testing

@testable import SJournal

@Suite("What the debugger reads")
struct SessionReaderTests {
    /// Two sessions in turns of random length, in memory.
    private func interleaved(
        _ count: Int, seed: UInt64
    ) async throws -> (Journal, SessionID, [UInt64]) {
        var random = SeededGenerator(seed: seed)
        let journal = Journal.inMemory(options: SampleJournal.options())
        let ada = journal.as("user:ada")
        let one = try await ada.createSession(key: "one")
        let other = try await ada.createSession(key: "other")
        var written = 1
        while written < count {
            let run = Int.random(in: 1...40, using: &random)
            let drafts = (0..<run).map { index in
                EventDraft(
                    .messageAppended,
                    data: [
                        "message": .string("\(written)-\(index)"), "parent": nil,
                        "role": index % 7 == 0 ? "user" : "assistant",
                        "usage": ["input_tokens": 3, "output_tokens": 1],
                        "parts": [["type": "text", "text": .string("word \(written + index)")]],
                    ])
            }
            let isOther = Bool.random(using: &random)
            try await ada.append(drafts, to: isOther ? other : one)
            if !isOther { written += run }
        }
        var sequences: [UInt64] = []
        for try await event in journal.events(session: one) { sequences.append(event.sequence) }
        return (journal, one, sequences)
    }

    @Test("a version is found among the sequence numbers, with few reads", arguments: [1, 2, 3])
    func versions(seed: UInt64) async throws {
        let (journal, session, sequences) = try await interleaved(700, seed: seed)
        let reader = SessionReader(journal: journal, session: session, prices: .builtIn)
        #expect(try await reader.lastVersion() == UInt64(sequences.count))
        var random = SeededGenerator(seed: seed)
        for version in sequences.indices.shuffled(using: &random) {
            #expect(try await reader.sequence(of: UInt64(version + 1)) == sequences[version])
            let next = version + 1 < sequences.count ? sequences[version + 1] - 1 : nil
            #expect(
                try await reader.version(upTo: next ?? sequences[version]) == UInt64(version + 1))
        }
    }

    @Test("where versions are missing, the next one is what there is")
    func missingVersions() {
        // Versions 1 to 10 and 60 to 100, with other sessions' events between.
        var there: [(UInt64, UInt64)] = []
        for version in 1...10 as ClosedRange<UInt64> { there.append((version, version * 3)) }
        for version in 60...100 as ClosedRange<UInt64> { there.append((version, version * 5)) }
        var positions = VersionPositions()
        positions.note(version: 100, sequence: 500)
        for version in [55, 1, 11, 59, 60, 99, 100, 5] as [UInt64] {
            var probes = 0
            var found: UInt64?
            while found == nil, probes < 40 {
                switch positions.place(of: version) {
                case .known(let sequence): found = sequence
                case .probe(let sequence):
                    probes += 1
                    guard let event = there.first(where: { $0.1 >= sequence }) else { break }
                    positions.note(version: event.0, sequence: event.1, probed: sequence)
                }
            }
            #expect(found == there.first { $0.0 >= version }?.1, "version \(version)")
            #expect(probes <= 30, "\(version)")
        }
    }

    @Test("pages hold every event once, in order")
    func pages() async throws {
        let (journal, session, sequences) = try await interleaved(500, seed: 5)
        let reader = SessionReader(journal: journal, session: session, prices: .builtIn)
        let last = try await reader.lastVersion()
        var found: [UInt64] = []
        var random = SeededGenerator(seed: 2)
        let pages = (0...EventPages.page(of: last)).shuffled(using: &random)
        #expect(pages.count > 3)
        for page in pages {
            guard
                case .page(page, let rows, _, nil) = try await reader.answer(
                    .page(page, lastVersion: last))
            else {
                Issue.record("page \(page) is none")
                continue
            }
            #expect(rows.allSatisfy { EventPages.page(of: $0.version) == page })
            found += rows.map(\.sequence)
        }
        #expect(found.sorted() == sequences)
    }

    @Test("states, totals and the tree are those of the journal, at whichever event, in any order")
    func folds() async throws {
        let (journal, session, sequences) = try await interleaved(2_000, seed: 9)
        let reader = SessionReader(journal: journal, session: session, prices: .builtIn)
        _ = try await reader.lastVersion()
        var random = SeededGenerator(seed: 4)
        var versions = (0..<14).map { _ in Int.random(in: 1...sequences.count, using: &random) }
        // Neighbours are folded from what is kept.
        versions += versions.flatMap { [max($0 - 1, 1), min($0 + 1, sequences.count)] }
        for version in versions {
            let point = PointInTime.sequence(sequences[version - 1])
            let state = try await reader.state(at: UInt64(version))
            let expected = try await journal.state(of: session, at: point)
            #expect(state.json(branch: "main") == expected.json(branch: "main"))
            #expect(state.version == UInt64(version))
            guard case .totals(let totals) = try await reader.answer(.totals(UInt64(version)))
            else { continue }
            let usage = UsageReport(
                of: try await journal.usage(of: session, at: point), by: [])
            #expect(totals.tokens == usage.total.counts.tokens)
            #expect(totals.turns == usage.total.counts.turns)
        }
        #expect(try await reader.state(at: 0).eventCount == 0)
    }

    @Test("a text is found forwards and backwards, over the end and in no salt")
    func search() async throws {
        let driver = try await DebuggerDriver(try await DebuggerSample())
        let reader = driver.reader
        func find(_ text: String, _ from: UInt64, _ isForwards: Bool) async throws -> String {
            let search = EventSearch(text)
            let found = try await reader.find(
                from: from, isForwards: isForwards, wraps: true, where: search.matches)
            return found.map { "\($0.version)\($0.isWrapped ? " wrapped" : "")" } ?? "none"
        }
        #expect(try await find("folder", 1, true) == "2")
        #expect(try await find("FOLDER", 1, true) == "none", "capital letters are meant")
        #expect(try await find("Folders", 4, false) == "1")
        #expect(try await find("folder", 2, true) == "9", "the name holds it too")
        #expect(try await find("three files", 8, true) == "6 wrapped")
        #expect(try await find("three files", 3, false) == "6 wrapped")
        #expect(try await find("漢字", 1, true) == "12")
        #expect(try await find("upgrade", 1, true) == "13", "a reason")
        #expect(try await find("agent:b", 1, true) == "3", "an actor")
        #expect(try await find("tool.finished", 1, true) == "4", "a kind")
        #expect(try await find("fork-1", 1, true) == "7")
        #expect(try await find("01a1fb9feec8", 1, true) == "none", "the session's id is in all")
        #expect(try await find("\u{1B}[2J", 1, true) == "3")
        await driver.close()
    }

    @Test("few states are kept, the ends among them")
    func keeper() {
        var keeper = FoldKeeper<String>(mostKept: 4)
        #expect(keeper.nearest(upTo: 9) == nil)
        for version in [50, 10, 30, 31, 90, 70, 32] as [UInt64] {
            keeper.keep("\(version)", at: version)
            #expect(keeper.kept.count <= 4)
            #expect(keeper.nearest(upTo: version)?.state == "\(version)")
            #expect(keeper.kept.map(\.version) == keeper.kept.map(\.version).sorted())
        }
        #expect(keeper.nearest(upTo: 200)?.version == 90)
        #expect(keeper.nearest(upTo: 9) == nil)
        keeper.keep("again", at: 90)
        #expect(keeper.nearest(upTo: 90)?.state == "again")
    }

    @Test("pages far from the one that was read last are forgotten")
    func forgets() async throws {
        let (journal, session, _) = try await interleaved(200, seed: 6)
        let reader = SessionReader(journal: journal, session: session, prices: .builtIn)
        guard case .page(_, let rows, _, _) = try await reader.answer(.page(0, lastVersion: 200))
        else { return }
        var pages = EventPages()
        for page in 0..<200 as Range<UInt64> { pages.put(rows, page: page, lastVersion: 1 << 20) }
        #expect(pages.isRead(199, lastVersion: 1 << 20))
        #expect(!pages.isRead(0, lastVersion: 1 << 20))
        #expect(!pages.isRead(199, lastVersion: 1 << 21) == false, "a full page stays full")
        pages.put([], page: 300, lastVersion: 300 * 128 + 5)
        #expect(!pages.isRead(300, lastVersion: 300 * 128 + 6))
    }
}
