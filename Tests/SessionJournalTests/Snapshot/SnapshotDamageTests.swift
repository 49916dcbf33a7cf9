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
        #expect(file.add(forged, time: last.time, digest: last.digest) ?? 0 > 0)
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
        snapshots.remember(other, digest: journal.events[0].digest, bytesSinceMark: 0, source: nil)
        let state = try await reader.state(of: journal.session)
        #expect(state.modifiedBy != "user:nobody")
        // With the right digest it is believed: nothing else is compared.
        let last = try #require(journal.events.last)
        snapshots.remember(other, digest: last.digest, bytesSinceMark: 0, source: nil)
        #expect(try await reader.state(of: journal.session).modifiedBy == "user:nobody")
        try await reader.close()
    }

    // MARK: Damage of the journal

    /// Where events are lost, a state is that of the fold or it is none: nothing is left out in
    /// silence, whoever asked before and how.
    @Test func lostEventsAreNotPassedOver() async throws {
        let journal = try await sample()
        let fileSystem = PosixFileSystem()
        let name = try #require(try fileSystem.names(in: journal.path + "/segments").first)
        let path = journal.path + "/segments/" + name
        let whole = try fileSystem.open(path, .read).read(1 << 30, at: 0)
        var refused = 0
        var answered = 0
        for part in 1..<12 {
            var damaged = whole
            damaged[whole.count * part / 14] ^= 0xFF
            try fileSystem.open(path, .update).write(damaged.span, at: 0)
            let reader = try await journal.reading()
            for count in stride(from: journal.events.count, to: 0, by: -53) {
                // A reader that goes on behind holes leaves nothing for one that does not.
                _ = try? await reader.state(
                    of: journal.session, at: .sequence(UInt64(count)), damage: .skip)
                do {
                    let state = try await reader.state(
                        of: journal.session, at: .sequence(UInt64(count)))
                    answered += 1
                    let folded = journal.folded(count)
                    let digest = journal.events[count - 1].digest
                    #expect(
                        SnapshotContent(state, digest: digest)
                            == SnapshotContent(folded, digest: digest),
                        "byte \(whole.count * part / 14), event \(count)")
                } catch let error as JournalError where error.code == .damaged {
                    refused += 1
                }
            }
            try await reader.close()
        }
        #expect(refused > 0 && answered > 0, "\(refused) refused, \(answered) answered")
    }

    /// States that were folded past a hole are not put away.
    @Test func whatWasSkippedIsNoSnapshot() async throws {
        let journal = try await sample()
        let writer = try await journal.writing()
        try await writer.seal()
        try await writer.close()
        try PosixFileSystem().remove(journal.file)
        let fileSystem = PosixFileSystem()
        let name = try #require(try fileSystem.names(in: journal.path + "/segments").first)
        let path = journal.path + "/segments/" + name
        var bytes = try fileSystem.open(path, .read).read(1 << 30, at: 0)
        bytes[600] ^= 0xFF
        try fileSystem.open(path, .update).write(bytes.span, at: 0)
        let again = try await journal.writing()
        #expect(again.isWritable)
        _ = try? await again.state(of: journal.session, damage: .skip)
        let kept = again.snapshots?.file(of: journal.session).marks() ?? []
        let plain = journal.events
        for mark in kept {
            let source = try #require(again.snapshots?.source())
            let state = again.snapshots?.file(of: journal.session).state(at: mark, from: source)
            #expect(state?.0.eventCount == plain.count { $0.sequence <= mark.sequence })
        }
        await #expect(throws: JournalError.self) { try await again.state(of: journal.session) }
        try await again.close()
    }

    /// Metadata that is nested as deep as an event may have it.
    @Test func deepMetadataIsKept() async throws {
        var deep: JSONValue = "core"
        for _ in 0..<500 { deep = [deep] }
        var script = BusySession(seed: 11, rounds: 30).script
        for number in 0..<80 {
            script.add(
                .sessionMetadataChanged,
                ["set": ["deep": number == 79 ? "flat" : deep, "model": deep]])
        }
        let journal = try await SnapshotJournal(script.events, interval: 50)
        #expect(try await journal.takeSnapshots().snapshots > 0)
        let reader = try await journal.reading()
        #expect(try await reader.verifySnapshots().differences.isEmpty)
        let history = try await reader.history(of: "deep", in: journal.session)
        #expect(history.count == 80 && history.first?.value == deep)
        try await reader.close()
    }

    /// A snapshot of another history may claim any version: a state that is remembered is held
    /// against it without a trap.
    @Test func aRememberedStateBesideALaterVersionIsNoTrap() async throws {
        let journal = try await sample()
        let writer = try await journal.writing()
        _ = try await writer.state(of: journal.session)
        let snapshots = try #require(writer.snapshots)
        let last = try #require(journal.events.last)
        try snapshots.remove(journal.session)
        var other = journal.folded(100)
        other.version = 1 << 40
        let event = journal.events[99]
        #expect(
            snapshots.file(of: journal.session)
                .add(other, time: event.time, digest: event.digest) ?? 0 > 0)
        let state = try await writer.state(of: journal.session)
        #expect(state.lastSequence == last.sequence)
        try await writer.close()
    }

    /// What a write that failed left behind the last snapshot does not outlive the next one.
    @Test func aTornEndIsWrittenOver() async throws {
        let journal = try await sample()
        let writer = try await journal.writing()
        _ = try await writer.state(of: journal.session)
        let file = try #require(writer.snapshots?.file(of: journal.session))
        let count = file.marks().count
        let handle = try PosixFileSystem().open(journal.file, .update)
        let torn = [UInt8](repeating: 7, count: 300_000)
        try handle.write(torn.span, at: handle.size())
        let ada = writer.as("user:ada")
        for index in 0..<110 { try await ada.say("user", "\(index)", in: journal.session) }
        _ = try await writer.takeSnapshots()
        try await writer.close()
        let reader = try await journal.reading()
        #expect(reader.snapshots?.file(of: journal.session).marks().count ?? 0 > count)
        try await reader.close()
    }

    // MARK: Rows

    /// Rows that go back, as only a forged snapshot brings them, are written as what nobody takes.
    @Test func rowsThatGoBackAreNoTrap() {
        let rows = [PageRow(sequences: [9, 3]), PageRow(sequences: [5])]
        let bytes = PageRow.encode(rows)
        #expect(PageRow.decode(bytes.span, count: 2) == nil)
    }

    @Test func aPageThatNamesNoBranchIsNotBelieved() {
        var row = PageRow(sequences: [5])
        row.hashes = [1]
        row.branchPlace = 3
        var other = PageRow(sequences: [9])
        other.hashes = [2]
        let bytes = PageRow.encode([row, other])
        // Whoever reads the page holds this against the branches that there are.
        #expect(NameIndex(seed: 1).insert(bytes, count: 2, from: 0) == 3)
        #expect(NameIndex(seed: 1).insert(PageRow.encode([other]), count: 1, from: 0) == -1)
        #expect(NameIndex(seed: 1).insert(bytes, count: 3, from: 0) == nil)
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

/// What pages of logs are written as.
struct JSONDifferencesTests {
    @Test func entriesComeBack() throws {
        var generator = SeededGenerator(seed: 12)
        func value(_ depth: Int) -> JSONValue {
            switch Int.random(in: 0..<(depth < 6 ? 6 : 5), using: &generator) {
            case 0: .integer(Int64.random(in: .min ... .max, using: &generator))
            case 1: .integer(Int64.random(in: 0...9, using: &generator))
            case 2: .string("text")
            case 3: .null
            case 4: .number("1.5")
            default:
                .array((0..<Int.random(in: 0...3, using: &generator)).map { _ in value(depth + 1) })
            }
        }
        for _ in 0..<500 {
            let entries = (0..<Int.random(in: 0...20, using: &generator)).map { _ in value(0) }
            #expect(JSONDifferences.decode(JSONDifferences.encode(entries)) == entries)
        }
        let rows: [JSONValue] = [[100, 0, 7], [104, 0, 8], [104, 1, "x"], [9, 1, 3]]
        #expect(
            JSONDifferences.encode(rows) == [[100, 0, 7], [4, 0, 1], [0, 1, "x"], [-95, 0, 3]])
    }
}
