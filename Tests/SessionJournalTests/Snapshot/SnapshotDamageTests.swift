import JournalTestKit
import SegmentLog
@testable import SessionJournal
import Testing

/// Whatever becomes of the files of snapshots, the state is that of the events.
struct SnapshotDamageTests {
    private func sample() async throws -> SnapshotJournal {
        let busy = BusySession(seed: 7, rounds: 60)
        let journal = try await SnapshotJournal(busy.script.events, interval: 100)
        _ = try await journal.takeSnapshots()
        return journal
    }

    /// What a reader says of the session's end and of its middle is right.
    private func check(_ journal: SnapshotJournal, _ what: String) async throws {
        let reader = try await journal.reading()
        for count in [journal.events.count / 2, journal.events.count] {
            let state = try await reader.state(of: journal.session, at: .sequence(UInt64(count)))
            #expect(state.readsLike(journal.folded(count)), "\(what), event \(count)")
        }
        try await reader.close()
    }

    @Test func everyTruncationIsSurvived() async throws {
        let journal = try await sample()
        let bytes = try journal.bytes()
        for size in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 30)) {
            try journal.write(Array(bytes[..<size]))
            try await check(journal, "cut to \(size)")
        }
        // Who writes begins a new file, and that one is whole.
        try journal.write(Array(bytes[..<(bytes.count / 2)]))
        _ = try await journal.takeSnapshots()
        let reader = try await journal.reading()
        #expect(try await reader.verifySnapshots().snapshots > 0)
        #expect(try await reader.verifySnapshots().differences.isEmpty)
        try await reader.close()
    }

    @Test func flippedBitsAreSurvived() async throws {
        let journal = try await sample()
        let bytes = try journal.bytes()
        for bit in stride(from: 3, to: bytes.count * 8, by: max(1, bytes.count * 8 / 60)) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << UInt8(bit % 8)
            try journal.write(flipped)
            try await check(journal, "bit \(bit)")
        }
    }

    /// Bytes that checksums vouch for, and that make no sense: never a trap.
    @Test func wrongBytesWithRightChecksumsDoNotTrap() async throws {
        let journal = try await sample()
        let bytes = try journal.bytes()
        var generator = SeededGenerator(seed: 99)
        let records = Self.records(of: bytes)
        for _ in 0..<100 {
            var hostile = bytes
            let record = records.randomElement(using: &generator)!
            guard record.count > SnapshotRecord.recordHeaderSize else { continue }
            let content = (record.lowerBound + SnapshotRecord.recordHeaderSize)..<record.upperBound
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                hostile[content.randomElement(using: &generator)!] =
                    UInt8.random(in: 0...255, using: &generator)
            }
            Self.mend(&hostile, record)
            try journal.write(hostile)
            let reader = try await journal.reading()
            let state = try await reader.state(of: journal.session)
            // What is shown may be wrong, as the whole journal of a forger may be. It can be shown.
            _ = state.json()
            _ = state.tree.json()
            _ = state.tree.cycles()
            let checked = try await reader.verifySnapshots()
            #expect(checked.sessions <= 1)
            try await reader.close()
        }
    }

    /// A forged snapshot shows when it is compared with the events.
    @Test func aForgeryIsFound() async throws {
        let journal = try await sample()
        try PosixFileSystem().remove(journal.file)
        let last = try #require(journal.events.last)
        var forged = journal.folded(journal.events.count)
        forged.modifiedBy = "user:nobody"
        let writer = try await journal.writing()
        let file = try #require(writer.snapshots?.file(of: journal.session))
        #expect(file.add(forged, time: last.time, digest: last.digest) > 0)
        try await writer.close()
        let reader = try await journal.reading()
        let found = try await reader.verifySnapshots()
        #expect(found.differences.map(\.sequence) == [last.sequence])
        #expect(found.json["differences"]?.array?.count == 1)
        try await reader.close()
    }

    @Test func snapshotsOfAnotherJournalAreNotBelieved() async throws {
        let journal = try await sample()
        let other = try await SnapshotJournal(
            BusySession(seed: 8, rounds: 60).script.events, interval: 100)
        _ = try await other.takeSnapshots()
        // The same session in another journal, as its header says.
        try journal.write(try other.bytes())
        try await check(journal, "of another journal")
    }

    /// The journal went back to an earlier state and on from there: its id is the same, its snapshots
    /// are of events that are gone.
    @Test func snapshotsOfAnotherHistoryAreNotBelieved() async throws {
        let busy = BusySession(seed: 9, rounds: 60)
        let journal = try await SnapshotJournal(
            Array(busy.script.events.prefix(230)), interval: 100)
        let old = try await journal.writing()
        for index in 0..<300 {
            try await old.as("a").say("user", "old \(index)", in: journal.session)
        }
        _ = try await old.takeSnapshots()
        try await old.close()
        let bytes = try journal.bytes()
        // The other way on, from the same beginning.
        let again = try await SnapshotJournal(
            Array(busy.script.events.prefix(230)), interval: 100)
        let new = try await again.writing()
        for index in 0..<300 {
            try await new.as("a").say("user", "new \(index)", in: again.session)
        }
        try await new.close()
        let id = try #require(new.snapshots?.file(of: again.session).journal)
        var forged = bytes
        let oldID = try #require(old.snapshots?.file(of: journal.session).journal)
        let header = Array(bytes[..<SnapshotRecord.headerSize])
        let file = try #require(
            SnapshotRecord.file(of: header, journal: oldID, session: journal.session))
        forged.replaceSubrange(
            ..<SnapshotRecord.headerSize,
            with: SnapshotRecord.header(journal: id, session: again.session, file: file))
        try again.write(forged)
        let reader = try await again.reading()
        let state = try await reader.state(of: again.session)
        #expect(state.tree.messages.last?.preview() == "new 299")
        try await reader.close()
        // Who writes takes them away.
        let writer = try await again.writing()
        _ = try await writer.state(of: again.session)
        #expect(try await writer.verifySnapshots().differences.isEmpty)
        #expect(try again.bytes() != forged)
        try await writer.close()
    }

    /// A state that is remembered counts while the journal says of its last event what it said then.
    @Test func aStateIsNotRememberedAcrossHistories() async throws {
        let journal = try await sample()
        let reader = try await journal.reading()
        let snapshots = try #require(reader.snapshots)
        var other = journal.folded(journal.events.count)
        other.modifiedBy = "user:nobody"
        snapshots.remember(other, digest: journal.events[0].digest)
        let state = try await reader.state(of: journal.session)
        #expect(state.modifiedBy != "user:nobody")
        // With the right digest it is believed: nothing else is compared.
        snapshots.remember(other, digest: try #require(journal.events.last?.digest))
        #expect(try await reader.state(of: journal.session).modifiedBy == "user:nobody")
        try await reader.close()
    }

    // MARK: Rows

    @Test func aPageThatNamesNoBranchIsNotBelieved() {
        var row = PageRow(sequences: [5])
        row.hashes = [1]
        row.branchPlace = 3
        let bytes = PageRow.encode([row])
        for (count, isBelieved) in [(3, false), (4, true)] {
            let index = NameIndex(seed: 1)
            #expect(index.insert(bytes, count: 1, from: 0, branchCount: count) == isBelieved)
        }
    }

    @Test func rowsComeBack() {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<200 {
            var rows: [PageRow] = []
            var sequence: UInt64 = 0
            for _ in 0..<Int.random(in: 0...40, using: &generator) {
                sequence += UInt64.random(in: 1...1_000_000, using: &generator)
                var row = PageRow(sequences: [sequence])
                for _ in 0..<Int.random(in: 0...3, using: &generator) {
                    row.sequences.append(
                        row.sequences.last! + UInt64.random(in: 1...99, using: &generator))
                }
                row.hashes = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
                    UInt32.random(in: 0 ... .max, using: &generator)
                }
                row.branchPlace = [nil, 0, 1, 7].randomElement(using: &generator)!
                if row.sequences.count > 1 { row.shown = row.sequences.count - 2 }
                if Bool.random(using: &generator) { row.rest = ["head": "m1"] }
                rows.append(row)
            }
            let bytes = PageRow.encode(rows)
            #expect(PageRow.decode(bytes.span, count: rows.count) == rows)
            #expect(PageRow.decode(bytes.span, count: rows.count + 1) == nil)
            var skipping = PageRowReader(bytes.span)
            var hashes: [UInt32] = []
            for _ in rows { #expect(skipping.skip(bytes.span) { hashes.append($0) }) }
            #expect(skipping.isAtEnd && hashes == rows.flatMap(\.hashes))
            for size in 0..<bytes.count {
                #expect(PageRow.decode(Array(bytes[..<size]).span, count: rows.count) == nil)
            }
            guard !bytes.isEmpty else { continue }
            var noise = bytes
            for _ in 0..<50 {
                noise[Int.random(in: 0..<noise.count, using: &generator)] =
                    UInt8.random(in: 0...255, using: &generator)
                _ = PageRow.decode(noise.span, count: rows.count)
            }
        }
    }

    private static func records(of bytes: [UInt8]) -> [Range<Int>] {
        var records: [Range<Int>] = []
        var offset = SnapshotRecord.headerSize
        while offset + SnapshotRecord.recordHeaderSize < bytes.count {
            var cursor = ByteCursor(offset..<bytes.count)
            let kind = cursor.u32(bytes.span)
            let size = Int(cursor.u32(bytes.span))
            guard SnapshotRecord.Kind(rawValue: kind) != nil,
                offset + SnapshotRecord.recordHeaderSize + size <= bytes.count
            else {
                offset += SnapshotRecord.endSize
                continue
            }
            let end = offset + SnapshotRecord.recordHeaderSize + size
            records.append(offset..<end)
            offset = end
            if kind == SnapshotRecord.Kind.snapshot.rawValue { offset += SnapshotRecord.endSize }
        }
        return records
    }

    /// Makes the checksum of a record right.
    private static func mend(_ bytes: inout [UInt8], _ record: Range<Int>) {
        let head = CRC32C.checksum(bytes, record.lowerBound..<(record.lowerBound + 8))
        let content = (record.lowerBound + SnapshotRecord.recordHeaderSize)..<record.upperBound
        let checksum = CRC32C.checksum(bytes.span.extracting(content), previous: head)
        bytes.replace(u32: checksum, at: record.lowerBound + 8)
    }
}
