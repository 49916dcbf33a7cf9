import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// A write or sync that fails is final for its writer, and takes nothing that was acknowledged.
@Suite struct FileStoreFailureTests {
    @Test func whateverCallFailsNothingAcknowledgedIsLost() async throws {
        var calls = 0
        while true {
            let directory = try TemporaryDirectory()
            let path = directory.path("journal")
            try await Journal.create(at: path).close()
            let errno: Errno = calls.isMultiple(of: 2) ? .noSpace : .inputOutput
            let disk = FailingDisk(succeeding: calls, then: errno)
            let acknowledged = await write(path, disk)
            let journal = try await Journal.open(at: path)
            var texts: [String] = []
            for try await event in journal.events(kinds: ["x.note"]) {
                texts.append(try event.data()["text"]?.string ?? "")
            }
            #expect(texts.starts(with: acknowledged), "\(calls) calls: \(texts)")
            #expect(texts.count <= acknowledged.count + 2)
            let report = try await journal.verify()
            #expect(report.verdict == .ok || report.verdict == .tornTailCut)
            try await journal.close()
            withExtendedLifetime(directory) {}
            if disk.remaining > 0 { break }
            calls += 1
        }
        #expect(calls > 10)
    }

    /// Appends until something fails; answers with what was acknowledged.
    private func write(_ path: String, _ disk: FailingDisk) async -> [String] {
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        var acknowledged: [String] = []
        guard let journal = try? await Journal.open(at: path, options: options) else { return [] }
        let ada = journal.as("user:ada")
        var failure: JournalError?
        var isSealing = false
        do {
            let session = try await ada.createSession()
            for number in 0..<4 {
                let texts = ["\(number)a", "\(number)b"]
                try await ada.append(texts.map { Drafts.note($0) }, to: session)
                acknowledged += texts
                isSealing = number == 1
                if isSealing { try await journal.seal() }
                isSealing = false
            }
        } catch let error as JournalError {
            failure = error
        } catch {
            Issue.record(error)
        }
        if let failure {
            #expect([.noSpace, .inputOutput, .failed].contains(failure.code), "\(failure)")
            let again = await #expect(throws: JournalError.self) {
                _ = try await ada.createSession()
            }
            // A segment that could not be sealed is still there: only the append after it fails.
            #expect(again?.code == .failed || isSealing, "\(String(describing: again))")
            let third = await #expect(throws: JournalError.self) {
                _ = try await ada.createSession()
            }
            #expect(third?.code == .failed)
            // What was committed can still be read.
            let last = try? await journal.lastSequence()
            #expect((last ?? 0) >= UInt64(acknowledged.count))
        }
        try? await journal.close()
        return acknowledged
    }

    @Test func closingTellsWhatABufferedAppendHasLost() async throws {
        let directory = try TemporaryDirectory()
        let path = directory.path("journal")
        let disk = FailingDisk(succeeding: 40, then: .noSpace)
        var options = JournalOptions()
        options.fileSystem = disk
        let journal = try await Journal.create(at: path, options: options)
        let ada = journal.as("user:ada")
        let session = try await ada.createSession()
        var failure: JournalError?
        for number in 0..<200 where failure == nil {
            do throws(any Error) {
                try await ada.append(
                    Drafts.note("\(number)"), to: session, durability: .buffered)
                _ = try await journal.store.position()
            } catch {
                failure = error as? JournalError
            }
        }
        #expect(failure?.code == .failed || failure?.code == .noSpace || failure == nil)
        let error = await #expect(throws: JournalError.self) { try await journal.close() }
        #expect(error?.code == .failed)
    }
}
