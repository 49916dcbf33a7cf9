import JournalTestKit
import SegmentLog
import SessionJournal
import Synchronization
import Testing

/// Verification beside a writer that appends, rotates and seals: everything it looks at is whole.
@Suite struct LiveVerificationTests {
    @Test func aWriterAtWorkRaisesNoAlarm() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("j")
        let journal = try await Journal.create(at: path)
        let isOver = Atomic(false)
        let writing = Task {
            defer { isOver.store(true, ordering: .releasing) }
            let ada = journal.as("user:ada")
            let session = try await ada.createSession(key: "busy")
            for round in 0..<12 {
                for number in 0..<25 {
                    let text = String(repeating: "round \(round), note \(number); ", count: 60)
                    try await ada.append(
                        [EventDraft("x.note", data: ["text": .string(text)])], to: session)
                }
                try await journal.seal()
            }
        }
        var events: UInt64 = 0
        var readings = 0
        while !isOver.load(ordering: .acquiring) {
            let reader = try await Journal.open(readingAt: path)
            let report = try await reader.verify()
            #expect(report.verdict == .ok, "\(report.findings)")
            #expect(report.events >= events)
            #expect(report.root != nil)
            events = report.events
            readings += 1
            try await reader.close()
        }
        try await writing.value
        #expect(readings > 1)
        let report = try await journal.verify()
        #expect(report.verdict == .ok)
        #expect(report.events == 301)
        try await journal.close()
    }

    /// What a writer prepares under a name that ends in `.new` is no part of the journal yet.
    @Test func aFileThatIsBeingMadeIsPassedOver() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let writer = try await simulated.open()
        try await simulated.append(4, to: writer)
        let before = try await simulated.verify()
        let ahead = try simulated.disk.open(
            SimulatedJournal.path + "/segments/next.new", .create)
        try ahead.write([UInt8](repeating: 7, count: 9_000).span, at: 0)
        let report = try await simulated.verify()
        #expect(report.verdict == .ok && report.root == before.root, "\(report)")
        #expect(report.bytesChecked == before.bytesChecked)
        let health = try await Journal.health(
            at: SimulatedJournal.path, opening: simulated.options)
        #expect(health.verdict == .healthy && health.segments == 3, "\(health)")
        let reader = try await simulated.read()
        let backup = try await reader.backup(to: "/backup")
        #expect(backup.findings.isEmpty && backup.root == report.root, "\(backup)")
        try await reader.close()
        try await writer.close()
    }

    /// What stands behind the view's last event is being written; what stands before it is not.
    @Test func aLiveJournalsDamageIsNamedAllTheSame() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let writer = try await simulated.open()
        try await simulated.append(4, to: writer)
        let active = try #require(simulated.segments.last)
        let bytes = try #require(simulated.disk.bytes(of: active))
        let block = try #require(bytes.firstIndex { $0 != 0 })
        let file = try simulated.disk.open(active, .update)
        let reader = try await simulated.read()
        let whole = try await reader.verify()
        #expect(whole.verdict == .ok)
        // Behind the last commit: nobody was promised anything there.
        try file.write([1, 2, 3].span, at: bytes.count - 3)
        #expect(try await reader.verify().verdict == .ok)
        try file.write([0xFF].span, at: block + SegmentLogFormat.pageSize + 300)
        let report = try await reader.verify()
        #expect(report.verdict == .damaged)
        #expect(
            report.holes.first.map { $0.file.hasSuffix(SegmentName.file(first: 9)) } == true,
            "\(report)")
        try await reader.close()
    }
}
