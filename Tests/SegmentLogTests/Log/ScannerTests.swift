import JournalTestKit
@testable import SegmentLog
import Testing

/// What a scan takes for the next block or tail of a file, and what it does not.
@Suite struct ScannerTests {
    private static let path = "\(LogRig.directory)/segments/\(SegmentName.file(first: 1))"

    /// A scanner behind the first of three commits, and the header of the second.
    private static func scanner() throws -> (scanner: ActiveScanner, next: BlockHeader) {
        let rig = try LogRig.made()
        let log = try rig.open()
        for start: UInt64 in [1, 4, 7] { try log.append(LogRig.lines(from: start, count: 3)) }
        try log.close()
        let file = try rig.disk.open(path, .read)
        var scanner = ActiveScanner(
            file: file, size: try file.size(), name: "1", journalID: LogRig.journal,
            firstSequence: 1)
        while scanner.scan.blocks.isEmpty { #expect(try scanner.step()) }
        guard case .block(let header) = try scanner.frame(at: scanner.offset) else {
            throw LogError(.invalid, "there is no block")
        }
        return (scanner, header)
    }

    @Test func aBlockThatBelongsElsewhereIsNotTaken() throws {
        let (scanner, next) = try Self.scanner()
        #expect(scanner.objection(to: next) == nil)
        let changes: [(String, (inout BlockHeader) -> Void)] = [
            ("journal", { $0.journalID = JournalID(high: 7, low: 12) }),
            ("offset", { $0.offset += 4_096 }),
            ("layout", { $0.requiredFlags = RequiredFlags.sealed }),
            ("sequence", { $0.firstSequence += 1 }),
            (
                "duplicate",
                {
                    $0.firstSequence -= 1
                    $0.commitFirst -= 1
                }
            ),
            ("chain", { $0.previousChecksum ^= 1 }),
            ("length", { $0.storedLength += 1 << 20 }),
            ("commit", { $0.commitFirst -= 1 }),
        ]
        for (what, change) in changes {
            var other = next
            change(&other)
            #expect(scanner.objection(to: other) != nil, "\(what)")
        }
    }

    @Test func aBlockOfAnotherCommitIsNotTaken() throws {
        var (scanner, next) = try Self.scanner()
        var open = next
        open.commitLast += 3
        scanner.open = [open]
        #expect(scanner.objection(to: next) != nil)
        open.commitLast = next.commitLast
        open.commitFirst = next.commitFirst - 1
        scanner.open = [open]
        #expect(scanner.objection(to: next) != nil)
        open.commitFirst = next.commitFirst
        scanner.open = [open]
        #expect(scanner.objection(to: next) == nil)
    }

    /// Each tail differs in one thing from the one that belongs there; none is believed.
    @Test func aTailThatBelongsElsewhereIsNotTaken() throws {
        let rig = try LogRig.made()
        let log = try rig.open()
        try log.append(LogRig.lines(from: 1, count: 3))
        try log.close()
        let bytes = try #require(rig.disk.bytes(of: Self.path))
        let place = bytes.count - SegmentLogFormat.pageSize
        let whole = try TailFrame.decode(bytes.span, at: place)
        let changes: [(String, (inout TailFrame) -> Void)] = [
            ("nothing", { _ in }), ("journal", { $0.journalID = JournalID(high: 7, low: 12) }),
            ("offset", { $0.offset += 4_096 }),
            ("layout", { $0.requiredFlags = RequiredFlags.sealed }),
            ("sequence", { $0.lastSequence += 1 }), ("checksum", { $0.lastBlockChecksum ^= 1 }),
            ("size", { $0.frameSize += 4_096 }),
        ]
        for (what, change) in changes {
            var other = whole
            change(&other)
            rig.disk.replace(Self.path, with: Array(bytes[..<place]) + other.page())
            let reader = try rig.open(.reader)
            let isWhole = reader.recovery.isClean && reader.recovery.holes.isEmpty
            #expect(isWhole == (what == "nothing"), "\(what)")
            #expect(try reader.everything().lines.count == 3, "\(what)")
        }
    }
}
