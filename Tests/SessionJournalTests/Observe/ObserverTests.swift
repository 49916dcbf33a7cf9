import Dispatch
import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

@Suite struct ObserverTests {
    private static let path = "/journal"

    private static func options(
        _ disk: any FileSystem, _ observer: (any JournalObserver)?
    ) -> JournalOptions {
        var options = JournalOptions()
        options.fileSystem = disk
        options.sealing = .inline
        options.observer = observer
        return options
    }

    @Test func isToldOfEveryOperation() async throws {
        let disk = SimulatedDisk()
        let observer = KeepingObserver()
        let options = Self.options(disk, observer)
        let journal = try await Journal.create(at: Self.path, options: options)
        let session = try await journal.store.create(1)
        _ = try await journal.event(at: 1)
        try await journal.seal(best: true)
        _ = try await journal.verify()
        let backup = try await journal.backup(to: "/backup")
        var plan = MaintenancePlan.empty
        plan.tasks = [MaintenanceTask("index") { _ in [:] }]
        plan.expires = true
        try await journal.as("user:ada").maintain(plan)
        try await journal.as("user:ada").applyRetention()
        try await Pruner(journal.as("user:ada")).pruneSessions()
        var rule = CompactionRule()
        rule.keptEvents = 1_000
        try await journal.as("user:ada").compact(rule)
        try await journal.takeSnapshots()
        try await journal.store.append([Drafts.note("left behind")], to: session)
        // What a crash leaves is recovered by the next one that opens the journal.
        let after = disk.powerCut(.nothing)
        try await journal.close()
        try await Journal.open(at: Self.path, options: Self.options(after, observer)).close()
        let reader = try await Journal.open(
            readingAt: Self.path, options: Self.options(after, observer))
        let waiting = Task { try await reader.store.growth(past: 1_000) }
        while await reader.metrics()[.refresh].count == 0 { await Task.yield() }
        waiting.cancel()
        _ = try? await waiting.value
        try await reader.close()
        _ = try await Journal.restore(
            from: "/backup", to: "/restored", opening: Self.options(disk, observer))
        _ = try await Journal.repair(
            at: "/restored", opening: Self.options(disk, observer))
        let seen = Set(observer.operations.map(\.operation))
        // A cache of 64 MiB gives nothing up here; `BlockCacheTests` fills a small one.
        #expect(seen == Set(JournalOperation.allCases).subtracting([.evict]))
        #expect(observer.operations.allSatisfy { $0.error == nil })
        #expect(observer.all(.close).count == 4)
        #expect(observer.all(.backup).map(\.bytes) == [Int(backup.bytesCopied)])
        #expect((observer.all(.restore).first?.bytes ?? 0) > 0)
    }

    @Test func knowsWhatAnAppendWas() async throws {
        let observer = KeepingObserver()
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(SimulatedDisk(), observer))
        let one = try await journal.store.create(1)
        let two = try await journal.store.create(2)
        let ada = journal.as("user:ada")
        let receipt = try await ada.append(Drafts.note("first"), to: one)
        _ = try? await ada.append(Drafts.note("late"), to: one, if: .version(1))
        try await ada.append([
            .init(session: one, draft: Drafts.note("a")),
            .init(session: two, draft: Drafts.note("b")),
        ])
        let line = try #require(try await journal.event(at: receipt.sequence)).line
        try await journal.close()
        let appends = Array(observer.all(.append).dropFirst(2))
        try #require(appends.count == 3)
        #expect(appends[0].session == one)
        #expect(appends[0].bytes == line.count + 1)
        #expect(appends[0].events == 1)
        #expect(appends[0].lastSequence == receipt.sequence)
        #expect(appends[0].duration > .zero)
        #expect(appends[0].traceID == nil)
        #expect(appends[1].session == one)
        #expect(appends[1].error?.code == .conflict)
        #expect(appends[1].events == 0)
        #expect(appends[2].session == nil)
        #expect(appends[2].events == 2)
        let reads = observer.all(.read)
        #expect(reads.map(\.bytes) == [line.count + 1])
        #expect(reads.map(\.lastSequence) == [receipt.sequence])
        // An append of its own, one commit and one sync each; two syncs more where space was added.
        #expect(observer.all(.commit).map(\.events) == [1, 1, 1, 2])
    }

    @Test func carriesTheTraceThroughGroupCommit() async throws {
        let observer = KeepingObserver()
        let disk = GatedDisk()
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(disk, observer))
        for number in 0...UInt64(20) { try await journal.store.create(number) }
        // While the first one's sync waits, the others gather in one commit.
        disk.shut()
        let receipts = try await withThrowingTaskGroup(of: (UInt64, AppendReceipt).self) { group in
            let ada = journal.as("user:ada")
            @Sendable func append(_ number: UInt64) async throws -> (UInt64, AppendReceipt) {
                let draft = Drafts.note("\(number)")
                return try await Journal.$traceID.withValue("trace-\(number)") {
                    (number, try await ada.append(draft, to: Drafts.session(number)))
                }
            }
            group.addTask { try await append(0) }
            await disk.awaitWaiting()
            for number in 1...UInt64(20) { group.addTask { try await append(number) } }
            while await journal.metrics().undurableEvents < 21 { await Task.yield() }
            disk.open()
            var receipts: [UInt64: AppendReceipt] = [:]
            for try await (number, receipt) in group { receipts[number] = receipt }
            return receipts
        }
        for (number, receipt) in receipts {
            let event = try #require(try await journal.event(at: receipt.sequence))
            #expect(event.trace == "trace-\(number)")
        }
        try await journal.close()
        let traced = observer.all(.append).filter { $0.traceID != nil }
        #expect(traced.count == 21)
        for append in traced {
            let number = try #require(UInt64(append.traceID?.dropFirst("trace-".count) ?? ""))
            #expect(append.session == Drafts.session(number))
            #expect(append.lastSequence == receipts[number]?.sequence)
        }
        #expect(observer.all(.commit).map(\.events).max() ?? 0 > 1)
    }

    @Test func theTraceOfADraftIsKept() async throws {
        let observer = KeepingObserver()
        var options = JournalOptions()
        options.observer = observer
        let journal = Journal.inMemory(options: options)
        let session = try await journal.store.create(1)
        var draft = Drafts.note("x")
        draft.trace = "own"
        let ada = journal.as("user:ada")
        let alone = try await ada.append(draft, to: session)
        let both = try await Journal.$traceID.withValue("task") { [draft] in
            try await ada.append([draft, Drafts.note("y")], to: session)
        }
        var traces: [String?] = []
        for sequence in [alone.sequence, both[0].sequence, both[1].sequence] {
            traces.append(try await journal.event(at: sequence)?.trace)
        }
        #expect(traces == ["own", "own", "task"])
        try await journal.close()
        #expect(observer.all(.append).map(\.traceID) == [nil, "own", "task"])
        #expect(observer.all(.read).count == 3)
    }

    @Test func hearsOfFailures() async throws {
        let observer = KeepingObserver()
        let disk = SimulatedDisk()
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(disk, observer))
        let session = try await journal.store.create(1)
        disk.fail(.init(.sync, 1, .inputOutput))
        _ = try? await journal.store.append([Drafts.note("x")], to: session)
        try? await journal.close()
        for operation in [JournalOperation.sync, .commit, .append] {
            #expect(observer.all(operation).last?.error?.code == .inputOutput, "\(operation)")
        }
        let missing = KeepingObserver()
        _ = try? await Journal.open(at: "/nowhere", options: Self.options(disk, missing))
        #expect(missing.all(.open).map(\.error?.code) == [.notAJournal])
    }

    // MARK: An observer that misbehaves

    /// Appends to the journal that it observes, and blocks its thread until that is durable.
    private final class ReentrantObserver: JournalObserver {
        let journal = Mutex<Journal?>(nil)
        let appended = Atomic<Int>(0)

        func observe(_ operation: ObservedOperation) {
            guard operation.operation == .commit, appended.load(ordering: .relaxed) < 5,
                let journal = journal.withLock({ $0 })
            else { return }
            let done = DispatchSemaphore(value: 0)
            Task {
                _ = try? await journal.store.append(
                    [Drafts.note("from inside")], to: Drafts.session(1))
                _ = try? await journal.event(at: 1)
                self.appended.wrappingAdd(1, ordering: .relaxed)
                done.signal()
            }
            done.wait()
        }
    }

    @Test func mayUseTheJournalThatItObserves() async throws {
        let observer = ReentrantObserver()
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(SimulatedDisk(), observer))
        let session = try await journal.store.create(1)
        observer.journal.withLock { $0 = journal }
        for number in 0..<20 {
            try await journal.store.append(
                [Drafts.note("\(number)")], to: session,
                durability: number.isMultiple(of: 2) ? .durable : .buffered)
        }
        while observer.appended.load(ordering: .relaxed) < 5 { await Task.yield() }
        #expect(try await journal.lastSequence() == 26)
        observer.journal.withLock { $0 = nil }
        try await journal.close()
    }

    /// Waits at its first operation until it is let go.
    private final class StuckObserver: JournalObserver {
        let release = DispatchSemaphore(value: 0)
        let count = Atomic<Int>(0)

        func observe(_ operation: ObservedOperation) {
            if count.wrappingAdd(1, ordering: .relaxed).newValue == 1 { release.wait() }
        }
    }

    @Test func holdsNobodyUp() async throws {
        let observer = StuckObserver()
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(SimulatedDisk(), observer))
        let session = try await journal.store.create(1)
        for number in 0..<50 {
            try await journal.store.append([Drafts.note("\(number)")], to: session)
        }
        try await journal.seal()
        #expect(observer.count.load(ordering: .relaxed) <= 1)
        observer.release.signal()
        try await journal.close()
        #expect(observer.count.load(ordering: .relaxed) > 100)
        #expect(await journal.metrics().unobserved == 0)
    }

    @Test func whatItIsTooSlowForIsCounted() async throws {
        let observer = StuckObserver()
        var options = JournalOptions()
        options.observer = observer
        let journal = Journal.inMemory(options: options)
        try await journal.store.create(1)
        let reads = JournalLimits.observedBacklog + 100
        for _ in 0..<reads { _ = try await journal.event(at: 2) }
        // Opening and creating came before.
        let lost = await journal.metrics().unobserved
        #expect(lost == 102)
        observer.release.signal()
        try await journal.close()
        let told = observer.count.load(ordering: .relaxed)
        // Whether closing found room again is open.
        #expect([0, 1].contains(told - JournalLimits.observedBacklog), "\(told)")
    }
}
