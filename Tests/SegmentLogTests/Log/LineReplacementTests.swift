import Dispatch
import JournalTestKit
@testable import SegmentLog
import Testing

/// Lines of sealed segments are replaced by what has the same leaf: nothing else changes, and nothing
/// of what they said is left.
@Suite struct LineReplacementTests {
    private static let path = LogRig.directory + "/segments/" + SegmentName.file(first: 1)

    /// The events of stream 2 among the first `count`, and two neighbours.
    private static func chosen(_ count: UInt64) -> [ClosedRange<UInt64>] {
        stride(from: 2, through: count, by: 3).map { $0...$0 } + [(count + 2)...(count + 3)]
    }

    /// Two sealed segments of 150 lines and an active one of 60.
    private static func made(
        sealing: SegmentLog.Sealing = .inline
    ) throws -> (rig: LogRig, log: SegmentLog) {
        let rig = try LogRig.made()
        let log = try rig.open(sealing: sealing, indexFanout: 2)
        for number in UInt64(0)..<2 {
            try log.append(LogRig.lines(from: number * 150 + 1, count: 150, size: 900))
            try log.rotateAndSeal()
        }
        try log.append(LogRig.lines(from: 301, count: 60, size: 900))
        return (rig, log)
    }

    @discardableResult
    private static func replace(
        _ log: SegmentLog, _ events: [ClosedRange<UInt64>]
    ) throws -> ReplacedFiles {
        try log.withholdLines(of: events, with: { LogRig.entry(of: $0) })
    }

    private static func expected(
        _ lines: [UInt64: String], _ events: [ClosedRange<UInt64>]
    ) -> [UInt64: String] {
        var lines = lines
        for sequence in events.joined() {
            lines[sequence] = lines[sequence].map {
                String(decoding: LogRig.entry(of: Array($0.utf8).span), as: UTF8.self)
            }
        }
        return lines
    }

    /// Lines that say less from here on are there for whoever looked before, however many files were
    /// opened since; lines that are withheld are not.
    @Test func whoReadGoesOnWithWhatWasCompacted() throws {
        let (_, log) = try Self.made()
        let view = log.view()
        let before = try #require(try view.line(at: 2))
        try log.compactLines(of: Self.chosen(300), with: { LogRig.entry(of: $0) })
        #expect(try log.view().line(at: 2) == LogRig.entry(of: before.span))
        for case .sealed(let segment) in view.segments { segment.unload() }
        #expect(try view.line(at: 2) == before)
        let later = log.view()
        try Self.replace(log, [1...1])
        #expect(throws: LogError.self) { try later.line(at: 1) }
    }

    @Test func whatIsReplacedIsGoneAndTheTreeStays() throws {
        let (rig, log) = try Self.made()
        let lines = try log.everything().lines
        let before = try (0...UInt64(360)).map { try log.view().frontier(at: $0) }
        let key = StreamKey(high: 0, low: 2)
        #expect(try log.view().sealedOwners(ofName: LogRig.name(of: key)) == [key])
        let events = Self.chosen(300)
        try Self.replace(log, events)
        let expected = Self.expected(lines, events)
        #expect(try log.everything().lines == expected)
        #expect(try log.verifyStructure().holes.isEmpty)
        #expect(try (0...UInt64(360)).map { try log.view().frontier(at: $0) } == before)
        // Neither the name nor the terms of a line are known any more; those of others are.
        #expect(try log.view().sealedOwners(ofName: LogRig.name(of: key)).isEmpty)
        let other = StreamKey(high: 0, low: 1)
        #expect(try log.view().sealedOwners(ofName: LogRig.name(of: other)) == [other])
        func finds(_ sequence: UInt64, _ stream: UInt64) throws -> Bool {
            var isAsked = false
            _ = try log.view().newestLine(
                of: StreamKey(high: 0, low: stream), withTerm: LogRig.term(of: sequence)
            ) { _ in
                isAsked = true
                return false
            }
            return isAsked
        }
        #expect(try finds(1, 1))
        #expect(try !finds(2, 2) && !finds(5, 2))
        #expect(try log.view().extent(of: key)?.eventCount == 120)
        // Another attempt finds nothing to do, and the next append goes on.
        let changes = rig.disk.bytes(of: Self.path)
        try Self.replace(log, events)
        #expect(rig.disk.bytes(of: Self.path) == changes)
        try log.append(LogRig.lines(from: 361, count: 3))
        try log.close()
        let reader = try rig.open(.reader, indexFanout: 2)
        #expect(try reader.everything().lines.filter { $0.key <= 360 } == expected)
    }

    /// No file holds a word of what was replaced, compressed or not, nor a name's fingerprint.
    @Test func noFileHoldsWhatWasReplaced() throws {
        let (rig, log) = try Self.made()
        let words = try log.everything().lines.filter { $0.key % 3 == 2 && $0.key <= 300 }
            .values.map { String($0.split(separator: " ")[3]) }
        let fingerprint = Footer.Name.fingerprint(
            of: LogRig.name(of: StreamKey(high: 0, low: 2)))
        func found() throws -> (words: Int, names: Int) {
            let scan = try RawScan(of: rig.disk, below: LogRig.directory)
            return (
                words.count { !scan.files(holding: $0).isEmpty },
                scan.files(holding: fingerprint.bytes).count
            )
        }
        // What a crash or an older version left of indexes.
        let index = LogRig.directory + "/index/"
        let known = try #require(rig.disk.bytes(of: index + StreamIndexes.name(1, 300)))
        let stale = [
            StreamIndexes.name(1, 150), "x" + StreamIndexes.suffix,
            StreamIndexes.name(151, 300) + SegmentName.asideSuffix,
        ]
        for name in stale { try rig.disk.open(index + name, .create).write(known.span, at: 0) }
        // One that covers none of the segments is left alone.
        let other = StreamIndexes.name(5_000, 6_000)
        _ = try rig.disk.open(index + other, .create)
        let before = try found()
        #expect(before.words == 100 && before.names == 5)
        try Self.replace(log, Self.chosen(300))
        #expect(try found() == (0, 0))
        #expect(
            try rig.disk.names(in: LogRig.directory + "/index").filter {
                stale.contains($0) || $0 == other
            } == [other])
        try log.close()
    }

    @Test func whatHasAnotherLeafIsRefused() throws {
        let (rig, log) = try Self.made()
        let before = rig.disk.bytes(of: Self.path)
        #expect(throws: LogError(.invalid, "")) {
            try log.withholdLines(of: [2...2]) { _ in Array("2 2 1 =00".utf8) }
        }
        #expect(throws: LogError(.invalid, "")) {
            try log.withholdLines(of: [2...2]) { _ in nil }
        }
        #expect(throws: LogError(.invalid, "")) { try Self.replace(log, [999...999]) }
        #expect(rig.disk.bytes(of: Self.path) == before)
        try log.close()
        #expect(throws: LogError(.closed, "")) { try Self.replace(log, [2...2]) }
        let reader = try rig.open(.reader)
        #expect(throws: LogError(.readOnly, "")) { try Self.replace(reader, [2...2]) }
    }

    @Test func aDamagedSegmentStaysAsItIs() throws {
        let (rig, log) = try Self.made()
        rig.disk.flipBit(Self.path, 3_000 * 8)
        let damaged = rig.disk.bytes(of: Self.path)
        #expect(throws: LogError(.damaged, "")) { try Self.replace(log, [2...2]) }
        #expect(rig.disk.bytes(of: Self.path) == damaged)
        try Self.replace(log, [152...152])
        try log.append(LogRig.lines(from: 361, count: 3))
        try log.close()
    }

    @Test func viewsFromBeforeExpireAndTheirFilesAreWaitedFor() throws {
        let (_, log) = try Self.made()
        let view = log.view()
        _ = try view.line(at: 2)
        _ = try view.line(at: 302)
        // Somebody is reading the active segment, and somebody a sealed one.
        guard case .sealed(let sealed)? = view.segments.first,
            case .active(let active)? = view.segments.last
        else { return #expect(Bool(false), "the segments are others") }
        var reading: [any File] = [active.file, try sealed.load().file]
        let files = try Self.replace(log, [2...2, 302...302])
        #expect(!files.areClosed)
        for sequence in [UInt64(1), 2, 302] {
            #expect(throws: LogError(.viewExpired, "")) { try view.line(at: sequence) }
        }
        // What stands in other segments can be read as before.
        #expect(try view.line(at: 151) != nil)
        #expect(try active.file.size() == 0)
        reading.removeLast()
        #expect(!files.areClosed)
        reading = []
        #expect(files.areClosed)
        #expect(try log.view().line(at: 1) != nil)
        try log.close()
    }

    /// A view that has opened nothing yet never gets what took the place of its files, nor does one
    /// from before a recompression.
    @Test func aViewFromBeforeARecompressionExpiresToo() throws {
        let (_, log) = try Self.made()
        let unopened = log.view()
        let opened = log.view()
        _ = try opened.line(at: 2)
        try log.recompress()
        try Self.replace(log, [2...2])
        #expect(throws: LogError(.viewExpired, "")) { try unopened.line(at: 2) }
        #expect(throws: LogError(.viewExpired, "")) { try opened.line(at: 2) }
        #expect(throws: LogError(.viewExpired, "")) {
            try opened.scan(from: 1, through: 10, onHole: { _ in }) { _, _ in true }
        }
        try log.close()
    }

    @Test func aReaderInAnotherProcessSeesNothingOfWhatWasReplaced() throws {
        let (rig, log) = try Self.made()
        let reader = try rig.open(.reader)
        let line = try reader.view().line(at: 2)
        _ = try reader.view().line(at: 152)
        try Self.replace(log, [2...2])
        #expect(throws: LogError(.viewExpired, "")) { try reader.view().line(at: 2) }
        #expect(try reader.view().line(at: 152) != nil)
        try reader.renew()
        let old = try #require(line)
        let entry = LogRig.entry(of: old.span)
        #expect(try reader.view().line(at: 2) == entry)
        // A recompression changes nothing that it can read.
        try log.recompress()
        #expect(try reader.view().line(at: 152) != nil)
        #expect(try reader.everything().holes.isEmpty)
        try log.close()
    }

    @Test func aPowerCutAnywhereLeavesSegmentsWholeAndTheNextAttemptDoesTheRest() throws {
        let (made, log) = try Self.made()
        let lines = try log.everything().lines
        try log.close()
        let events = Self.chosen(300)
        let expected = Self.expected(lines, events)
        var count = 0
        while true {
            let rig = LogRig(made.disk.clone())
            let log = try rig.open(indexFanout: 2)
            rig.disk.cutPower(atChange: count + 1)
            let isDone = (try? Self.replace(log, events)) != nil && !rig.disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(count)),
            ] {
                let after = LogRig(rig.disk.powerCut(survival))
                let reopened = try after.open(indexFanout: 2)
                let found = try reopened.everything().lines
                for (sequence, line) in found {
                    #expect(line == lines[sequence] || line == expected[sequence])
                }
                #expect(found.count == 360, "change \(count + 1)")
                if isDone { #expect(found == expected) }
                try Self.replace(reopened, events)
                #expect(try reopened.everything().lines == expected, "change \(count + 1)")
                #expect(try reopened.verifyStructure().holes.isEmpty)
                try reopened.close()
            }
            if isDone { break }
            count += 1
        }
        #expect(count > 15)
    }

    /// An error before the renaming leaves the segment as it was and the writer at work; behind it,
    /// nobody knows which of two files a power cut would leave.
    @Test func anErrorOfTheDiskLosesNothing() throws {
        for errno in [Errno.noSpace, .inputOutput] {
            let (rig, log) = try Self.made()
            let disk = rig.disk
            let lines = try log.everything().lines
            disk.fail(.init(.write, 1, errno))
            #expect(throws: LogError.self) { try Self.replace(log, [2...2]) }
            #expect(try disk.status(of: Self.path + SegmentName.asideSuffix) == nil)
            #expect(try log.everything().lines == lines)
            try log.append(LogRig.lines(from: 361, count: 3))
            disk.fail(.init(.syncDirectory, 1, errno))
            #expect(throws: LogError.self) { try Self.replace(log, [2...2]) }
            #expect(throws: LogError(.failed, "")) {
                try log.append(LogRig.lines(from: 364, count: 3))
            }
            try log.close()
            let again = try rig.open()
            try Self.replace(again, [2...2])
            #expect(try again.everything().lines[2]?.contains("=") == true)
            try again.close()
        }
    }

    /// The bytes that were written are read again before they take the place of the others.
    @Test func whatCannotBeReadBackReplacesNothing() throws {
        let (rig, log) = try Self.made()
        let reads = rig.disk.count(of: .read)
        try Self.replace(log, [2...2])
        let needed = rig.disk.count(of: .read) - reads
        try log.close()
        var hasReadBack = false
        for number in 1...needed {
            let (rig, log) = try Self.made()
            let before = rig.disk.bytes(of: Self.path)
            let writes = rig.disk.count(of: .write)
            rig.disk.fail(.init(.read, number, .inputOutput))
            if (try? Self.replace(log, [2...2])) == nil {
                #expect(rig.disk.bytes(of: Self.path) == before)
                hasReadBack = hasReadBack || rig.disk.count(of: .write) > writes
            }
            try log.close()
        }
        #expect(hasReadBack)
    }

    /// Beside appends, rotations, sealing in the background, and a recompression.
    @Test func besideAllElseThatIsAtWork() throws {
        let (_, log) = try Self.made(sealing: .background)
        let group = DispatchGroup()
        DispatchQueue.global().async(group: group) {
            for number in UInt64(0)..<6 {
                try? log.append(LogRig.lines(from: 361 + number * 30, count: 30, size: 900))
                try? log.rotateAndSeal()
            }
        }
        DispatchQueue.global().async(group: group) { _ = try? log.recompress() }
        let lines = try log.everything().lines
        let events = Self.chosen(300)
        try Self.replace(log, events)
        group.wait()
        let expected = Self.expected(lines, events)
        let found = try log.everything().lines
        #expect(found.filter { $0.key <= 360 } == expected.filter { $0.key <= 360 })
        #expect(found.count == 540)
        try Self.replace(log, [500...510])
        #expect(try log.everything().lines[505]?.contains("=") == true)
        #expect(try log.verifyStructure().holes.isEmpty)
        try log.close()
    }
}
