import JournalTestKit
@testable import SegmentLog
import Testing

/// Bits flip and files are cut: what is damaged is named, what is whole is served, and nothing that
/// was never written is ever read.
@Suite struct DamageTests {
    static let first = "/j/segments/\(SegmentName.file(first: 1))"

    /// A small log of one segment, closed cleanly.
    private static func activeLog() throws -> LogRig {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start in stride(from: UInt64(1), through: 7, by: 3) {
            try log.append(LogRig.lines(from: start, count: 3, size: 40))
        }
        try log.close()
        return rig
    }

    /// A small log whose first segment is sealed.
    private static func sealedLog() throws -> LogRig {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 9, size: 40))
        try log.rotateAndSeal()
        try log.close()
        return rig
    }

    /// What a reader and `verify` say of a log, and whether a line was served that is not true.
    private static func inspect(
        _ rig: LogRig, size: Int, _ place: String
    ) -> (served: Int, lost: Int, isDetected: Bool, isTorn: Bool) {
        do {
            let reader = try rig.open(.reader)
            let (lines, holes) = try reader.everything()
            for (sequence, line) in lines {
                let stream = (sequence - 1) % 3 + 1
                let truth = LogRig.line(
                    sequence, stream: stream, version: (sequence - 1) / 3 + 1, size: size)
                #expect(line == truth, "\(place): event \(sequence) is served as \(line)")
            }
            let report = try reader.verifyStructure()
            let lost = holes.reduce(0) { $0 + ($1.events?.count ?? 0) }
            return (lines.count, lost, !report.holes.isEmpty, report.tornTail != nil)
        } catch let error as LogError {
            // A file that says it is newer is refused as a whole, and that names it.
            return (0, 0, error.code == .newerFormat || error.code == .damaged, false)
        } catch {
            Issue.record("\(place): \(error)")
            return (0, 0, false, false)
        }
    }

    /// Every bit of a cleanly closed file of active layout, the last block and the tail included: it
    /// is damage, never a torn tail, and at most one commit's events are lost.
    @Test func everyFlippedBitOfAClosedActiveSegmentIsDamage() throws {
        let rig = try Self.activeLog()
        let bytes = try #require(rig.disk.files[Self.first])
        for bit in 0..<(bytes.count * 8) where Self.isWorthFlipping(bit, in: bytes) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            rig.disk.replace(Self.first, with: damaged)
            let found = Self.inspect(rig, size: 40, "bit \(bit)")
            #expect(found.isDetected && !found.isTorn, "bit \(bit) at byte \(bit / 8)")
            #expect(found.served >= 6 && found.served + found.lost == 9, "bit \(bit): \(found)")
        }
    }

    /// Every bit outside long runs of zeros, and some inside.
    private static func isWorthFlipping(_ bit: Int, in bytes: [UInt8]) -> Bool {
        let byte = bit / 8
        let around = max(0, byte - 8)..<min(bytes.count, byte + 9)
        return bytes[around].contains { $0 != 0 } || bit % 97 == 0
    }

    @Test func everyFlippedBitOfASealedSegmentIsDamage() throws {
        let rig = try Self.sealedLog()
        let bytes = try #require(rig.disk.files[Self.first])
        for bit in 0..<(bytes.count * 8) {
            var damaged = bytes
            damaged[bit / 8] ^= 1 << UInt8(bit % 8)
            rig.disk.replace(Self.first, with: damaged)
            let found = Self.inspect(rig, size: 40, "bit \(bit)")
            #expect(found.isDetected && !found.isTorn, "bit \(bit) at byte \(bit / 8)")
            #expect(found.served + found.lost == 9, "bit \(bit): \(found)")
        }
    }

    /// A lost footer loses no event.
    @Test func aMissingSegmentIsOneHoleUnderItsOwnName() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start: UInt64 in [1, 10, 19] {
            try log.append(LogRig.lines(from: start, count: 9, size: 40))
            try log.rotateAndSeal()
        }
        try log.close()
        let name = SegmentName.file(first: 10)
        try rig.disk.remove("/j/segments/" + name)
        let reader = try rig.open(.reader)
        let (lines, holes) = try reader.everything()
        #expect(lines.keys.sorted() == Array(1...9) + Array(19...27))
        #expect(holes.map(\.file) == [name] && holes.map(\.events) == [10...18])
        let report = try reader.verifyStructure()
        #expect(report.holes == holes)
    }

    /// A frame or block that the disk cannot read is a hole; all others are served.
    @Test(arguments: [true, false])
    func whatTheDiskCannotReadIsAHole(isSealed: Bool) throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start: UInt64 in [1, 41, 81] {
            try log.append(LogRig.lines(from: start, count: 40, size: 1_500))
        }
        if isSealed { try log.rotateAndSeal() }
        try log.close()
        var hits = 0
        for number in 1...9 {
            let reader = try rig.open(.reader)
            #expect(try reader.verifyStructure().holes.isEmpty)
            rig.disk.fail(.init(.read, number, .inputOutput))
            let (lines, holes) = try reader.everything()
            rig.disk.failNoMore()
            let lost = holes.reduce(0) { $0 + ($1.events?.count ?? 0) }
            // Where it was a table that could not be read, the frames gave everything.
            #expect((lost == 40 || lost == 0) && lines.count == 120 - lost, "\(number): \(holes)")
            hits += lost / 40
            #expect(try reader.everything().lines.count == 120)
        }
        #expect(hits == 3)
        guard isSealed else { return }
        let reader = try rig.open(.reader)
        _ = try reader.everything()
        let page = SegmentLogFormat.pageSize
        rig.disk.setUnreadable(page..<(page + 1), of: Self.first)
        let report = try reader.verifyStructure()
        #expect(report.holes.contains { $0.offset == SegmentLogFormat.pageSize })
    }

    /// Of the last commit and of the tail behind it nothing can be read: that is no torn tail, which
    /// may be cut.
    @Test func aLastCommitThatCannotBeReadIsNoTornTail() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start: UInt64 in [1, 4, 7] { try log.append(LogRig.lines(from: start, count: 3)) }
        let size = try #require(rig.disk.bytes(of: Self.first)).count
        guard case .active(let segment)? = log.view().segments.last else { return }
        let place = Int(segment.block(2).offset)
        let killed = LogRig(rig.disk.clone())
        killed.disk.setUnreadable(place..<size, of: Self.first)
        let reader = try killed.open(.reader)
        #expect(reader.recovery.tornTail == nil && reader.recovery.readOnlyReason != nil)
        #expect(try reader.everything().lines.count == 6)
        #expect(throws: LogError(.inputOutput, "")) { try killed.open() }
        try log.close()
    }

    @Test func withoutAFooterEveryEventIsServed() throws {
        let rig = try Self.sealedLog()
        let bytes = try #require(rig.disk.files[Self.first])
        let footer = try Footer.size(fromTrailer: bytes.span)
        rig.disk.replace(Self.first, with: Array(bytes.dropLast(footer)))
        let found = Self.inspect(rig, size: 40, "no footer")
        #expect(found.served == 9 && found.lost == 0 && found.isDetected)
        // Appends go on: damage in a sealed segment is not the writer's.
        let log = try rig.open()
        try log.append(LogRig.lines(from: 10, count: 3, size: 40))
        try log.close()
    }

    /// Cut just behind an older closed tail, a file is what it was when it was closed there: that is
    /// a rollback, and shows against a checkpoint only. The first page is such a tail.
    @Test func everyTruncationOfAClosedActiveSegmentIsNoticed() throws {
        let rig = try Self.activeLog()
        let bytes = try #require(rig.disk.files[Self.first])
        for count in 0..<bytes.count where count != SegmentLogFormat.pageSize {
            rig.disk.replace(Self.first, with: Array(bytes[..<count]))
            let found = Self.inspect(rig, size: 40, "cut to \(count)")
            #expect(found.isDetected || found.isTorn, "cut to \(count)")
        }
    }

    @Test func everyTruncationOfASealedSegmentIsDamage() throws {
        let rig = try Self.sealedLog()
        let bytes = try #require(rig.disk.files[Self.first])
        for count in 0..<bytes.count {
            rig.disk.replace(Self.first, with: Array(bytes[..<count]))
            let found = Self.inspect(rig, size: 40, "cut to \(count)")
            #expect(found.isDetected && !found.isTorn, "cut to \(count)")
            #expect(found.served + found.lost == 9, "cut to \(count): \(found)")
        }
    }

    /// Random blocks of bytes are zeroed, copied elsewhere or swapped.
    @Test func zeroedCopiedAndSwappedPagesAreNoticed() throws {
        let rig = try Self.activeLog()
        let bytes = try #require(rig.disk.files[Self.first])
        var random = SeededGenerator(seed: 5)
        for size in [512, 4_096] {
            let count = bytes.count / size
            for _ in 0..<300 {
                let from = Int.random(in: 0..<count, using: &random) * size
                let to = Int.random(in: 0..<count, using: &random) * size
                var damaged = bytes
                switch random.next() % 3 {
                case 0:
                    damaged.replaceSubrange(to..<(to + size), with: repeatElement(0, count: size))
                case 1: damaged.replaceSubrange(to..<(to + size), with: bytes[from..<(from + size)])
                default:
                    damaged.replaceSubrange(to..<(to + size), with: bytes[from..<(from + size)])
                    damaged.replaceSubrange(from..<(from + size), with: bytes[to..<(to + size)])
                }
                rig.disk.replace(Self.first, with: damaged)
                let found = Self.inspect(rig, size: 40, "\(size) bytes from \(from) to \(to)")
                #expect((found.isDetected || found.isTorn) == (damaged != bytes), "\(from) \(to)")
            }
        }
    }
}
