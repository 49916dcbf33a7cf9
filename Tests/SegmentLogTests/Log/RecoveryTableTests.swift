import JournalTestKit
@testable import SegmentLog
import Testing

/// The rows of the recovery table that no power cut leads to: somebody took or changed a file.
@Suite struct RecoveryTableTests {
    private static func path(_ first: UInt64) -> String {
        "\(LogRig.directory)/segments/\(SegmentName.file(first: first))"
    }

    /// Five events, then a rotation that stopped before the sealing, then two more. Closed.
    private static func rotated() throws -> LogRig {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.append(LogRig.lines(from: 4, count: 2))
        // The sealed file cannot be written: the rotation stands, and the segment stays as it is.
        rig.disk.fail(.init(.open, 2, .noSpace, isLasting: true))
        #expect(throws: LogError(.noSpace, "")) { try log.rotateAndSeal() }
        rig.disk.failNoMore()
        try log.append(LogRig.lines(from: 6, count: 2))
        try log.close()
        return rig
    }

    /// What a writer and a reader make of it: nothing is appended, what is there is served.
    private static func expectReadOnly(
        _ rig: LogRig, serving sequences: [UInt64], naming file: String
    ) throws {
        let before = rig.disk.files.filter { !$0.key.hasSuffix("LOCK") }
        let log = try rig.open()
        #expect(log.mode == .reader && log.recovery.readOnlyReason != nil)
        #expect(log.recovery.holes.contains { $0.file == file })
        #expect(throws: LogError(.readOnly, "")) { try log.append(LogRig.lines(from: 8, count: 1)) }
        let (lines, _) = try log.everything()
        #expect(lines.keys.sorted() == sequences)
        #expect(try log.verifyStructure().holes.contains { $0.file == file })
        try log.close()
        #expect(rig.disk.files.filter { !$0.key.hasSuffix("LOCK") } == before)
    }

    @Test func aSegmentBetweenRotationAndSealingIsSealedByTheNextOpening() throws {
        let rig = try Self.rotated()
        let log = try rig.open()
        #expect(log.recovery.readOnlyReason == nil)
        #expect(log.view().segments.map(\.isSealed) == [true, false])
        try LogTests.expectLines(log, 7)
        try log.close()
    }

    /// Row "short": a file that ends before its successor begins has lost what was acknowledged.
    @Test func aSegmentThatEndsBeforeItsSuccessorIsAHole() throws {
        let rig = try Self.rotated()
        let path = Self.path(1)
        // What the file was after its first commit: the second one's place, cut and closed there.
        let old = try LogRig.made()
        let log = try old.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        rig.disk.replace(path, with: try #require(old.disk.bytes(of: path)))
        try Self.expectReadOnly(
            rig, serving: [1, 2, 3, 6, 7], naming: SegmentName.file(first: 1))
        let reader = try rig.open(.reader)
        #expect(try reader.everything().holes.contains { $0.events == 4...5 })
    }

    /// Row "orphan": the successor that an end frame names is gone.
    @Test func anEndFrameWithoutItsSuccessorIsDamage() throws {
        let rig = try Self.rotated()
        rig.disk.lose(Self.path(6))
        try Self.expectReadOnly(
            rig, serving: [1, 2, 3, 4, 5], naming: SegmentName.file(first: 6))
    }

    /// Row "headless": all that is left is sealed, and the last segment never is.
    @Test func aSealedLastSegmentIsDamage() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 5))
        try log.rotateAndSeal()
        try log.append(LogRig.lines(from: 6, count: 2))
        try log.close()
        rig.disk.lose(Self.path(6))
        try Self.expectReadOnly(
            rig, serving: [1, 2, 3, 4, 5], naming: SegmentName.file(first: 6))
    }

    /// A file grown to any size is set aside and cut in pieces.
    @Test func aTornTailOfManyPiecesIsSetAsideWhole() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        let path = Self.path(1)
        var bytes = try #require(rig.disk.bytes(of: path))
        let whole = bytes.count
        var random = SeededGenerator(seed: 5)
        let noise = (0..<1_000).map { _ in UInt8(truncatingIfNeeded: random.next()) }
        while bytes.count < whole + (5 << 19) { bytes += noise }
        bytes += [UInt8](repeating: 0, count: 3 << 20)
        rig.disk.replace(path, with: bytes)
        let again = try rig.open()
        let torn = try #require(again.recovery.tornTail)
        let name = try #require(torn.quarantine)
        let kept = try #require(rig.disk.bytes(of: "\(LogRig.directory)/quarantine/\(name)"))
        #expect(kept.count == torn.size && kept == Array(bytes[whole..<(whole + kept.count)]))
        #expect(bytes[(whole + kept.count)...].allSatisfy { $0 == 0 })
        try LogTests.expectLines(again, 3)
        let report = try again.verifyStructure()
        #expect(report.quarantined == [name] && report.damagedQuarantine.isEmpty)
        try again.close()
    }

    @Test func namesOfTornTailsHaveOneSpelling() throws {
        let name = QuarantineName(segment: 1, offset: 4_096, firstSequence: 3, hash: 0xAB)
        #expect(name.file == "00000000000000000001-4096-3-00000000000000ab.torn")
        #expect(QuarantineName(name.file) == name)
        for wrong in [
            "00000000000000000001-4096-3-00000000000000AB.torn",
            "00000000000000000001-+4096-3-00000000000000ab.torn",
            "1-4096-3-00000000000000ab.torn", "00000000000000000001-4096-3-ab.torn",
            "00000000000000000001-4096-3-00000000000000ab.torn.new", ".torn", "---.torn",
        ] { #expect(QuarantineName(wrong) == nil, "\(wrong)") }
    }
}
