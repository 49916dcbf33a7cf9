import JournalTestKit
@testable import SegmentLog
import Testing

/// What is sealed is what was acknowledged, and a sealed segment is believed in its own place only.
@Suite struct SealingTests {
    private static func path(_ first: UInt64) -> String {
        "\(LogRig.directory)/segments/\(SegmentName.file(first: first))"
    }

    /// Three segments of nine events, sealed and closed.
    private static func sealed(journal: JournalID = LogRig.journal) throws -> LogRig {
        let rig = LogRig()
        try rig.disk.makeDirectory(LogRig.directory)
        try SegmentLog.create(
            directory: LogRig.directory, fileSystem: rig.disk, journalID: journal)
        let log = try SegmentLog.open(
            directory: LogRig.directory, fileSystem: rig.disk, journalID: journal, mode: .writer,
            semantics: LogRig.semantics, sealing: .inline)
        for start: UInt64 in [1, 10, 19] {
            try log.append(LogRig.lines(from: start, count: 9))
            try log.rotateAndSeal()
        }
        try log.close()
        return rig
    }

    /// A line was changed before its block was compressed and its checksum made: only the leaf
    /// hashes, made of the caller's bytes, still tell.
    @Test func linesThatGiveAnotherTreeAreNotSealed() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        var lines = LogRig.lines(from: 1, count: 3)
        lines.bytes[lines.bytes.count - 3] ^= 1
        try log.append(lines)
        #expect(throws: LogError(.damaged, "")) { try log.rotateAndSeal() }
        #expect(log.recovery.readOnlyReason != nil)
        #expect(throws: LogError(.failed, "")) { try log.append(LogRig.lines(from: 4, count: 1)) }
        try log.close()
    }

    @Test func aSealedSegmentOfAnotherJournalIsNotServed() throws {
        let rig = try Self.sealed()
        let other = try Self.sealed(journal: JournalID(high: 7, low: 12))
        rig.disk.replace(Self.path(10), with: try #require(other.disk.bytes(of: Self.path(10))))
        let reader = try rig.open(.reader)
        let (lines, holes) = try reader.everything()
        #expect(lines.keys.sorted() == Array(1...9) + Array(19...27))
        #expect(holes.compactMap(\.events) == [10...18])
        #expect(
            try reader.verifyStructure().holes.contains { $0.file == SegmentName.file(first: 10) })
    }

    @Test func aSealedSegmentUnderAnotherNameIsNotServed() throws {
        let rig = try Self.sealed()
        rig.disk.replace(Self.path(10), with: try #require(rig.disk.bytes(of: Self.path(19))))
        let reader = try rig.open(.reader)
        let (lines, holes) = try reader.everything()
        #expect(lines.keys.sorted() == Array(1...9) + Array(19...27))
        #expect(holes.compactMap(\.events) == [10...18])
    }
}
