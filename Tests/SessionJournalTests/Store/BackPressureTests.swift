import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

/// A disk that is slower than its appenders costs time, and not memory.
@Suite struct BackPressureTests {
    private final class Counter: Sendable {
        private let count = Atomic<Int>(0)

        var value: Int { count.load(ordering: .sequentiallyConsistent) }
        func increase() { count.wrappingAdd(1, ordering: .sequentiallyConsistent) }
    }

    @Test func aSlowDiskHoldsBufferedAppendsBack() async throws {
        let disk = GatedDisk()
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        let journal = try await Journal.create(at: "/journal", options: options)
        let session = try await journal.store.create(1)
        let text = String(repeating: "x", count: 1_000_000)
        let answered = Counter()
        disk.shut()
        try await withThrowingTaskGroup(of: Void.self) { group in
            let store = journal.store
            group.addTask {
                for _ in 0..<20 {
                    try await store.append(
                        [Drafts.note(text)], to: session, durability: .buffered)
                    answered.increase()
                }
            }
            await disk.awaitWaiting()
            // Eight of them fit; no more are taken, however long the disk takes.
            while answered.value < 8 {
                try await Task.sleep(for: .milliseconds(1))
            }
            try await Task.sleep(for: .milliseconds(50))
            #expect(answered.value == 8)
            #expect(await journal.metrics().undurableBytes < 10 << 20)
            disk.open()
            try await group.waitForAll()
        }
        #expect(answered.value == 20)
        #expect(try await journal.lastSequence() == 21)
        try await journal.close()
    }
}
