import JournalTestKit
import SegmentLog
import SessionJournal
import Testing

/// Something that is no regular file, or that the disk cannot read, stands where a segment should:
/// it is named, and the rest is served.
@Suite struct ObstacleTests {
    private static let obstacles: [Errno] = [
        .isDirectory, .tooManyLinks, .invalid, .noSuchDevice, .inputOutput,
    ]

    /// The sequence numbers that are served, and the holes.
    private static func read(
        _ journal: Journal
    ) async throws -> (served: [UInt64], holes: [JournalHole]) {
        var served: [UInt64] = []
        var holes: [JournalHole] = []
        var next: ReadQuery? = ReadQuery()
        while let query = next {
            let page = try await journal.store.read(query)
            served += page.events.map(\.sequence)
            holes += page.holes
            next = page.next
        }
        return (served, holes)
    }

    @Test(arguments: 0..<4, obstacles)
    func whatIsNoFileIsNamedAndTheRestServed(_ number: Int, _ errno: Errno) async throws {
        let simulated = try await SimulatedJournal.made(segments: 3)
        let whole = try await Self.read(try await simulated.read()).served
        let path = simulated.segments[number]
        let name = "segments/" + path.split(separator: "/").last.map(String.init)!
        simulated.disk.setObstacle(errno, at: path)
        let journal = try await simulated.read()
        let (served, holes) = try await Self.read(journal)
        let firsts = try simulated.segments.map { try #require(Self.first(of: $0)) }
        let next = number < 3 ? firsts[number + 1] : .max
        #expect(served == whole.filter { $0 < firsts[number] || $0 >= next })
        if number < 3 {
            #expect(holes.map(\.file) == [name])
            #expect(holes.first?.firstSequence == firsts[number])
            #expect(holes.first?.lastSequence == next - 1)
        }
        let report = try await journal.verify()
        #expect(report.verdict == .damaged)
        #expect(report.findings.contains { $0.contains(name) }, "\(report.findings)")
        #expect(report.holes.allSatisfy { $0.file == name }, "\(report.holes)")
        #expect(try await journal.statistics().events == UInt64(served.count))
        _ = try await journal.sessions(damage: .skip)
        try await journal.close()
        // Appends go on beside a sealed one; without the active segment, nothing is written.
        let writer = try await simulated.open()
        #expect(writer.isWritable == (number < 3))
        if number == 1 || number == 2 { try await simulated.append(2, to: writer) }
        try await writer.close()
    }

    private static func first(of path: String) -> UInt64? {
        path.split(separator: "/").last.flatMap { UInt64($0.dropLast(4)) }
    }

    /// A page of the footer, or of a frame, of the first segment that the disk cannot read.
    @Test(arguments: [true, false])
    func aPageThatCannotBeReadStopsNoCommand(isFooter: Bool) async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let path = simulated.segments[0]
        let size = try #require(simulated.disk.bytes(of: path)).count
        let place = isFooter ? (size - 40)..<(size - 30) : 100..<101
        simulated.disk.setUnreadable(place, of: path)
        let journal = try await simulated.read()
        let (served, holes) = try await Self.read(journal)
        let report = try await journal.verify()
        #expect(report.verdict == .damaged)
        #expect(report.findings.contains { $0.contains("segments/" + SegmentName.file(first: 1)) })
        let lost = holes.reduce(0) { $0 + Int($1.lastSequence + 1 - $1.firstSequence) }
        #expect(served.count + lost == Int(try await journal.lastSequence()))
        #expect(!served.isEmpty)
        _ = try await journal.sessions(damage: .skip)
        try await journal.close()
        let writer = try await simulated.open()
        #expect(writer.isWritable)
        try await writer.close()
    }

    /// What cannot be read in the active segment is no torn tail: nothing is cut, by nobody.
    @Test func whatCannotBeReadIsNoTornTail() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let path = simulated.segments[1]
        let bytes = try #require(simulated.disk.bytes(of: path))
        simulated.disk.setUnreadable((bytes.count - 50)..<bytes.count, of: path)
        let report = try await simulated.verify()
        #expect(report.verdict == .damaged)
        #expect(report.findings.contains { $0.contains("segments/") }, "\(report.findings)")
        let error = await #expect(throws: JournalError.self) { try await simulated.open() }
        #expect(error?.code == .inputOutput)
        #expect(simulated.disk.bytes(of: path) == bytes)
    }
}
