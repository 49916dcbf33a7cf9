import Foundation
import JournalTestKit
import SessionJournal
import Synchronization
import Testing

@testable import Transcripts

@Suite("What an import knows, in little room")
struct TablesTests {
    @Test func aTableKeepsTheLastNumberOfEveryKey() {
        var table = KeyTable()
        #expect(table[PieceKey("a".utf8.span)] == nil)
        for round in 0..<2 {
            for number in 0..<20_000 {
                table[PieceKey("name \(number)".utf8.span)] = number * 3 - round
            }
        }
        table[PieceKey("name 7".utf8.span)] = nil
        #expect(table.count == 20_000)
        for number in 0..<20_000 {
            #expect(table[PieceKey("name \(number)".utf8.span)] == number * 3 - 1)
        }
        #expect(table[PieceKey("name 20000".utf8.span)] == nil)
    }

    /// What differs in its last bytes only is spread over the table: with a slot for each of them the
    /// test would not end.
    @Test(.timeLimit(.minutes(5))) func keysThatAreAlikeAreSpread() {
        var table = KeyTable()
        for number in 0..<300_000 {
            var bytes = [UInt8](repeating: 65, count: 7)
            (bytes[4], bytes[5], bytes[6]) = (
                UInt8(number & 255), UInt8(number >> 8 & 255), UInt8(number >> 16)
            )
            table[PieceKey(bytes.span)] = number
        }
        #expect(table.count == 300_000)
    }

    @Test func aListChangesWhereItStandsAndInNoCopy() {
        var list = PagedList<Int>()
        #expect(list.isEmpty)
        for number in 0..<10_000 { list.append(number) }
        let copy = list
        for place in stride(from: 0, to: 10_000, by: 3) { list[place] += 1 }
        #expect(list.count == 10_000 && copy.count == 10_000)
        for place in 0..<10_000 {
            #expect(copy[place] == place && list[place] == (place % 3 == 0 ? place + 1 : place))
        }
        var named = KeyedList<Int>()
        named["a"] = 1
        named["b"] = 2
        named["a"]? += 3
        named["c"]? += 4
        named["a"] = nil
        named[7] = 5
        #expect(named["a"] == 4 && named["b"] == 2 && named["c"] == nil)
        #expect(named[7] == 5 && named[8] == nil)
    }

    /// The same with nearly all of it in files: what is asked for and changed in any order is as in a
    /// dictionary, in every copy.
    @Test(arguments: [1, 2, 3]) func whatIsInFilesIsAsItWas(seed: UInt64) throws {
        try TableRoom.$bytes.withValue(2048) {
            var random = SeededGenerator(seed: seed)
            var table = KeyTable()
            var known: [Int: Int] = [:]
            var list = PagedList<Int>()
            var values: [Int] = []
            var texts = TextList()
            var places: [(TextList.Place, String)] = []
            for step in 0..<6000 {
                let number = Int.random(in: 0..<4000, using: &random)
                let key = PieceKey("k\(number)".utf8.span)
                try #require(table[key] == known[number])
                table[key] = step
                known[number] = step
                try #require(table.count == known.count)
                list.append(step)
                values.append(step)
                let place = Int.random(in: values.indices, using: &random)
                try #require(list[place] == values[place])
                list[place] += number
                values[place] += number
                let text = String(repeating: "é", count: number % 90)
                places.append(
                    number % 3 == 0 ? (texts.add(usual: text), text) : (texts.add(text), text))
            }
            var copy = list
            for place in stride(from: 0, to: 6000, by: 7) { copy[place] = -1 }
            for _ in 0..<500 { copy.append(-2) }
            list.append(-3)
            try #require(list.count == 6001 && copy.count == 6500)
            for place in 0..<6000 {
                try #require(list[place] == values[place])
                try #require(copy[place] == (place % 7 == 0 ? -1 : values[place]))
            }
            #expect(list[6000] == -3 && copy[6000] == -2)
            #expect(list.elements(10..<5000) == Array(values[10..<5000]))
            for (place, text) in places { try #require(texts[place] == text) }
            for number in 0..<5000 {
                try #require(table[PieceKey("k\(number)".utf8.span)] == known[number])
            }
            #expect(!table.hasLost && !list.hasLost && !copy.hasLost && !texts.hasLost)
            #expect(table.weight < 16 << 10 && list.weight <= 4096 && texts.weight < 8 << 10)
        }
    }

    /// A list that has no copy has one file, however much is added and changed.
    @Test func aListWithoutCopiesIsNotCopied() {
        let files = Atomic(0)
        TableRoom.$bytes.withValue(2048) {
            TableRoom.$file.withValue({
                files.add(1, ordering: .relaxed)
                return try? UnnamedFile()
            }) {
                var list = PagedList<Int>()
                for number in 0..<5000 { list.append(number) }
                for place in list.indices { list[place] += 1 }
                #expect(list.elementsEqual(1...5000) && files.load(ordering: .relaxed) == 1)
                let copy = list
                list[0] = 0
                #expect(copy[0] == 1 && list[0] == 0 && files.load(ordering: .relaxed) == 2)
            }
        }
    }

    /// Where files cannot be made or written, all stays in memory.
    @Test(arguments: [nil, "/dev/full"]) func withoutRoomForFilesAllStaysInMemory(device: String?) {
        TableRoom.$bytes.withValue(2048) {
            TableRoom.$file.withValue({ device.map { UnnamedFile(descriptor: open($0, O_RDWR)) } })
            {
                var table = KeyTable()
                var list = PagedList<Int>()
                for number in 0..<5000 {
                    table[PieceKey(number: number)] = number * 2
                    list.append(number)
                }
                for number in 0..<5000 {
                    #expect(table[PieceKey(number: number)] == number * 2)
                    #expect(list[number] == number)
                }
                #expect(!table.hasLost && !list.hasLost && list.weight == 5000 * 8)
            }
        }
    }

    static let samples = [
        "formats", "claude-code", "open-assistant", "schema-guided", "session-lines",
    ]

    private func importing(
        _ folder: String, into journal: Journal, batchSize: Int = 1 << 20
    ) async throws -> ImportReport {
        let path = (SourceFormatTests.path as NSString).deletingLastPathComponent + "/" + folder
        var importer = TranscriptImporter(writer: journal.as("user:ada"))
        importer.options.batchSize = batchSize
        return try await importer.importPaths([path])
    }

    /// What every session of a journal tells, by its key.
    private func logs(_ journal: Journal) async throws -> [String: [String]] {
        var found: [String: [String]] = [:]
        for try await event in journal.events(kinds: [.sessionCreated]) {
            let key = try event.data()["key"]?.string ?? ""
            found[key] = try await log(journal, key)
        }
        return found
    }

    /// An import that has nearly all it knows in files, or forgets sessions that it does not use at
    /// once, makes the same events, and knows them again.
    @Test(arguments: samples, [0, 1 << 20])
    func anImportWithLittleRoomIsTheSame(folder: String, sessions: Int) async throws {
        let (usual, small) = (Journal.inMemory(), Journal.inMemory())
        let report = try await importing(folder, into: usual)
        try await TableRoom.$bytes.withValue(256) {
            try await TableRoom.$sessions.withValue(sessions) {
                let batch = sessions == 0 ? 1 : 1 << 20
                let first = try await importing(folder, into: small, batchSize: batch)
                #expect(first.events == report.events)
                let again = try await importing(folder, into: small, batchSize: batch)
                #expect(again.events == again.files.count)
            }
        }
        #expect(try await logs(small) == logs(usual))
    }

    /// What cannot be read again stops the import before anything that follows from it is there, and
    /// the next import brings the rest.
    @Test(arguments: samples) func whatIsLostStopsTheImport(folder: String) async throws {
        let (usual, broken) = (Journal.inMemory(), Journal.inMemory())
        _ = try await importing(folder, into: usual)
        try await TableRoom.$bytes.withValue(256) {
            // What is written there is gone.
            try await TableRoom.$file.withValue({
                UnnamedFile(descriptor: open("/dev/null", O_RDWR))
            }) {
                do {
                    _ = try await importing(folder, into: broken)
                    #expect(folder != "formats" && folder != "claude-code")
                } catch let error as TranscriptError {
                    #expect(error.code == .inaccessible && error.message.contains("TMPDIR"))
                }
            }
        }
        _ = try await importing(folder, into: broken)
        #expect(try await logs(broken) == logs(usual))
    }

    @Test func aNameComesBackAsItWas() {
        let uuid = "0b7c1f2e-9a3d-4c5b-8e6f-00112233aabb"
        var names = SourceNames()
        #expect(names.add(uuid) == names.add(uuid) && names.weight == 0)
        for name in [
            uuid, uuid.uppercased(), "00000000-0000-0000-0000-000000000000", "", "line-7",
            "0b7c1f2e9-a3d-4c5b-8e6f-00112233aabb", "0b7c1f2e-9a3d-4c5b-8e6f-00112233aab",
            "0b7c1f2e-9a3d-4c5b-8e6f-00112233aabg", "0b7c1f2e-9a3d-4c5b-8e6f-0011-233aabb",
            "0b7c1f2e-9a3d-4c5b-8e6f_00112233aabb", String(repeating: "-", count: 36),
            String(repeating: "ä", count: 18),
        ] {
            let added = names.add(name)
            #expect(names[added] == name)
        }
    }
}
