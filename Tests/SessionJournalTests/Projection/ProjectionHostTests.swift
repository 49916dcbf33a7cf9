import JournalTestKit
import SegmentLog
import Synchronization
import Testing

@testable import SessionJournal

@Suite struct ProjectionHostTests {
    /// Counts events by kind, and how often it was asked to.
    private struct KindCount: CheckpointedProjection {
        static let name = "org.example.kinds"
        static let version = 3
        var folded = Folded()

        func initialState() -> [String: Int] { [:] }

        func apply(_ event: Event, to state: inout [String: Int]) {
            folded.add()
            state[event.kind.rawValue, default: 0] += 1
        }

        func encode(_ state: [String: Int]) -> [UInt8] {
            Array(
                state.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
                    .joined(separator: "\n").utf8)
        }

        func decode(_ bytes: [UInt8]) throws -> [String: Int] {
            var state: [String: Int] = [:]
            for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                let parts = line.split(separator: " ")
                guard parts.count == 2, let count = Int(parts[1]) else { throw Broken() }
                state[String(parts[0])] = count
            }
            return state
        }
    }

    private struct Broken: Error {}

    private final class Folded: Sendable {
        private let count = Atomic<Int>(0)

        func add() { count.wrappingAdd(1, ordering: .relaxed) }
        var value: Int { count.load(ordering: .relaxed) }
    }

    /// The same under another version.
    private struct NewerKindCount: CheckpointedProjection {
        static let name = KindCount.name
        static let version = 4
        let base = KindCount()

        func initialState() -> [String: Int] { [:] }
        func apply(_ event: Event, to state: inout [String: Int]) { base.apply(event, to: &state) }
        func encode(_ state: [String: Int]) -> [UInt8] { base.encode(state) }
        func decode(_ bytes: [UInt8]) throws -> [String: Int] { try base.decode(bytes) }
    }

    /// Throws at an event.
    private struct Fragile: CheckpointedProjection {
        static let name = "fragile"
        static let version = 1
        var limit: UInt64 = 4

        func initialState() -> UInt64 { 0 }
        func apply(_ event: Event, to state: inout UInt64) throws {
            guard event.sequence < limit else { throw Broken() }
            state = event.sequence
        }
        func encode(_ state: UInt64) -> [UInt8] { Array("\(state)".utf8) }
        func decode(_ bytes: [UInt8]) throws -> UInt64 {
            guard let state = UInt64(String(decoding: bytes, as: UTF8.self)) else { throw Broken() }
            return state
        }
    }

    private static let path = "/j/snapshots/org.example.kinds.projection"

    private static func expected(_ journal: Journal) async throws -> [String: Int] {
        try await journal.fold(KindCount())
    }

    @Test func aStateIsTakenUpWhereItWasPutAway() async throws {
        let simulated = try await SimulatedJournal.made(segments: 2)
        let journal = try await simulated.open()
        let first = KindCount()
        let host = ProjectionHost(journal)
        let kinds = try await host.add(first)
        #expect(kinds.state.isEmpty && kinds.status.sequence == 0)
        let seen = Mutex<[OperationProgress]>([])
        try await host.catchUp { progress in seen.withLock { $0.append(progress) } }
        let last = try await journal.lastSequence()
        let right = try await Self.expected(journal)
        #expect(kinds.state == right)
        #expect(kinds.status.sequence == last && kinds.status.checkpointSequence == last)
        #expect(first.folded.value == Int(last))
        #expect(seen.withLock { $0.last?.bytesDone } == last)
        try await simulated.append(4, to: journal)
        let second = KindCount()
        let again = try await ProjectionHost(journal).add(second)
        #expect(again.status.sequence == last && again.state == kinds.state)
        let next = ProjectionHost(journal)
        let third = try await next.add(second)
        try await next.catchUp()
        #expect(second.folded.value == 4)
        let later = try await Self.expected(journal)
        #expect(third.state == later)
        // Nothing new: nothing is folded, and nothing is written.
        let writes = simulated.disk.count(of: .write)
        try await next.catchUp()
        #expect(second.folded.value == 4 && simulated.disk.count(of: .write) == writes)
        #expect(try await simulated.verify().verdict == .ok)
        try await journal.close()
    }

    /// The first encrypted session may come while a host is at work, and from another process.
    @Test func whatIsDecryptedIsPutAwayNowhere() async throws {
        let disk = SimulatedDisk()
        func options(_ opening: Int) -> JournalOptions {
            var options = JournalOptions()
            options.fileSystem = disk
            options.sealing = .inline
            options.keys = ToyKeys.keys(opening: opening)
            return options
        }
        let journal = try await Journal.create(at: "/j", options: options(1))
        let ada = journal.as("user:ada")
        try await ada.say("user", "in clear", in: try await ada.createSession())
        let reader = try await Journal.open(readingAt: "/j", options: options(2))
        var hosts: [(host: ProjectionHost, kinds: ProjectionHandle<KindCount>)] = []
        for journal in [journal, reader] {
            let host = ProjectionHost(journal, directory: "/j/snapshots-\(hosts.count)")
            hosts.append((host, try await host.add(KindCount())))
        }
        let last = try await journal.lastSequence()
        for (host, kinds) in hosts {
            try await host.catchUp()
            #expect(kinds.status.checkpointSequence == last)
        }
        _ = try await ada.encryptingSessions().createSession(key: "secret")
        #expect(try await reader.latestSequence() == last + 1)
        for (host, kinds) in hosts {
            try await host.catchUp()
            #expect(kinds.status.sequence == last + 1 && kinds.status.checkpointSequence == last)
        }
        // Nor is a state taken up that knows less than there is to be known with the keys.
        let again = KindCount()
        let host = ProjectionHost(reader, directory: "/j/snapshots-0")
        _ = try await host.add(again)
        try await host.catchUp()
        #expect(again.folded.value == Int(last) + 1)
        try await reader.close()
        try await journal.close()
    }

    @Test func anotherVersionBeginsAnew() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.open()
        let host = ProjectionHost(journal)
        _ = try await host.add(KindCount())
        try await host.catchUp()
        let newer = ProjectionHost(journal)
        let kinds = try await newer.add(NewerKindCount())
        #expect(kinds.status.sequence == 0)
        try await newer.catchUp()
        let right = try await Self.expected(journal)
        #expect(kinds.state == right)
        // And back again.
        #expect(try await ProjectionHost(journal).add(KindCount()).status.sequence == 0)
        try await journal.close()
    }

    @Test func anotherHistoryBeginsAnew() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let other = try await SimulatedJournal.made(segments: 2)
        let journal = try await other.open()
        let host = ProjectionHost(journal)
        _ = try await host.add(KindCount())
        try await host.catchUp()
        let bytes = try #require(other.disk.bytes(of: Self.path))
        try await journal.close()
        try simulated.disk.makeDirectory("/j/snapshots")
        simulated.disk.place(bytes, at: Self.path)
        let reader = try await simulated.read()
        #expect(try await ProjectionHost(reader).add(KindCount()).status.sequence == 0)
    }

    /// Whatever becomes of the file, the state is that of the events.
    @Test func noDamageOfACheckpointChangesAnAnswer() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.open()
        let host = ProjectionHost(journal)
        _ = try await host.add(KindCount())
        try await host.catchUp()
        let right = try await Self.expected(journal)
        let bytes = try #require(simulated.disk.bytes(of: Self.path))
        func check(_ changed: [UInt8], _ what: String) async throws {
            simulated.disk.replace(Self.path, with: changed)
            let host = ProjectionHost(journal, interval: .max)
            let kinds = try await host.add(KindCount())
            #expect(kinds.status.sequence == 0, "\(what)")
        }
        for bit in stride(from: 0, to: bytes.count * 8, by: 7) {
            var changed = bytes
            changed[bit / 8] ^= 1 << UInt8(bit % 8)
            try await check(changed, "bit \(bit)")
        }
        for count in 0..<bytes.count { try await check(Array(bytes[..<count]), "\(count) bytes") }
        try await check(bytes + [0], "longer")
        let last = ProjectionHost(journal)
        let kinds = try await last.add(KindCount())
        try await last.catchUp()
        #expect(kinds.state == right && simulated.disk.bytes(of: Self.path) == bytes)
        try await journal.close()
    }

    @Test func oneThatThrowsStopsNothingElse() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.open()
        let host = ProjectionHost(journal, interval: 2)
        let fragile = try await host.add(Fragile())
        let kinds = try await host.add(KindCount())
        try await host.catchUp()
        #expect(fragile.status.failure is Broken)
        #expect(fragile.status.sequence == 3 && fragile.state == 3)
        let right = try await Self.expected(journal)
        #expect(kinds.status.failure == nil && kinds.state == right)
        #expect(host.statuses.map(\.name) == ["fragile", "org.example.kinds"])
        // The state before is what was put away; it throws again, until the fold is mended.
        let second = ProjectionHost(journal)
        let still = try await second.add(Fragile())
        #expect(still.status.sequence == 2 && still.status.failure == nil)
        try await second.catchUp()
        #expect(still.status.failure is Broken)
        try second.rebuild("fragile")
        #expect(still.status.sequence == 0 && still.status.failure == nil)
        let third = ProjectionHost(journal)
        let mended = try await third.add(Fragile(limit: .max))
        #expect(mended.status.sequence == 0)
        try await third.catchUp()
        let last = try await journal.lastSequence()
        #expect(mended.state == last)
        try await journal.close()
    }

    @Test func aCheckpointThatCannotBeWrittenIsNoted() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.open()
        let host = ProjectionHost(journal)
        let kinds = try await host.add(KindCount())
        simulated.disk.fail(.init(.makeDirectory, 1, .noSpace))
        try await host.catchUp()
        #expect((kinds.status.checkpointFailure as? JournalError)?.code == .noSpace)
        let right = try await Self.expected(journal)
        #expect(kinds.state == right)
        #expect(kinds.status.checkpointSequence == 0)
        try await simulated.append(2, to: journal)
        try await host.catchUp()
        #expect(kinds.status.checkpointFailure == nil)
        let last = try await journal.lastSequence()
        #expect(kinds.status.checkpointSequence == last)
        try await journal.close()
    }

    @Test func aPowerCutLeavesAStateOrNone() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        for change in 1...12 {
            let disk = simulated.disk.clone()
            let reader = try await SimulatedJournal(disk).read()
            let host = ProjectionHost(reader, interval: 5)
            _ = try await host.add(KindCount())
            disk.cutPower(atChange: change)
            try await host.catchUp()
            let isOver = !disk.isCut
            for survival in [
                SimulatedDisk.Survival.nothing, .everything,
                .some(sectorSize: 512, seed: UInt64(change)),
            ] {
                let after = try await SimulatedJournal(disk.powerCut(survival)).read()
                let next = ProjectionHost(after)
                let kinds = try await next.add(KindCount())
                try await next.catchUp()
                let right = try await Self.expected(after)
                #expect(kinds.state == right, "\(change) \(survival)")
            }
            if isOver { break }
        }
    }

    @Test func namesAndCallsThatMakeNoSenseAreRefused() async throws {
        struct Bad: CheckpointedProjection {
            static let name = "../escape"
            static let version = 1
            func initialState() -> Int { 0 }
            func apply(_ event: Event, to state: inout Int) {}
            func encode(_ state: Int) -> [UInt8] { [] }
            func decode(_ bytes: [UInt8]) -> Int { 0 }
        }
        let journal = Journal.inMemory()
        let host = ProjectionHost(journal)
        _ = try await host.add(KindCount())
        for error in [
            await #expect(throws: JournalError.self) { _ = try await host.add(Bad()) },
            await #expect(throws: JournalError.self) { _ = try await host.add(KindCount()) },
            #expect(throws: JournalError.self) { try host.rebuild("nobody") },
        ] { #expect(error?.code == .invalidArgument) }
        try await host.catchUp()
    }

    @Test func itFollowsUntilItIsCancelled() async throws {
        let simulated = try await SimulatedJournal.made(segments: 1)
        let journal = try await simulated.open()
        let host = ProjectionHost(journal)
        let kinds = try await host.add(KindCount())
        let following = Task { try await host.follow() }
        try await simulated.append(4, to: journal)
        let last = try await journal.lastSequence()
        while kinds.status.sequence < last { try await Task.sleep(for: .milliseconds(1)) }
        let error = await #expect(throws: JournalError.self) { try await host.catchUp() }
        #expect(error?.code == .conflict)
        following.cancel()
        _ = try? await following.value
        #expect(kinds.status.checkpointSequence == last)
        let right = try await Self.expected(journal)
        #expect(kinds.state == right)
        try await journal.close()
    }
}
