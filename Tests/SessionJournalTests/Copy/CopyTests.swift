import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Copies in every direction between memory, files and a server.
@Suite struct CopyTests {
    enum Kind: CaseIterable, Sendable { case memory, files, remote }

    /// A place for a journal of a kind, which can be opened again and again.
    struct Place: Sendable {
        let kind: Kind
        private let memory = MemoryStore()
        let disk = SimulatedDisk()
        let network: SimulatedNetwork
        private let names = SharedGenerator(seed: 3)

        init(_ kind: Kind, weather: SimulatedNetwork.Weather = .rough) {
            self.kind = kind
            network = SimulatedNetwork(seed: 11, weather: weather)
        }

        func open(attempts: Int = 60) async throws -> Journal {
            switch kind {
            case .memory: return Journal(store: memory)
            case .files:
                var options = JournalOptions()
                options.fileSystem = disk
                options.sealing = .inline
                return try await Journal.open(copyAt: "/copy", options: options)
            case .remote:
                let store = try await network.open(
                    client: 1, as: "copier-\(names.bytes(4))", attemptLimit: attempts)
                return Journal(store: store)
            }
        }

        /// Gives the journal back; the one in memory goes with its store, so that stays open.
        func close(_ journal: Journal) async throws {
            if kind != .memory { try await journal.close() }
        }
    }

    /// Writes a journal of a few hundred events, some of them in `@journal`, one of them withheld.
    private static func fill(_ journal: Journal) async throws {
        let first = Journal.inMemory()
        for number: UInt64 in 1...3 { try await first.store.create(number, key: "key-\(number)") }
        for index in 0..<150 {
            try await first.store.append(
                [
                    Drafts.note("a \(index)", id: "\(index)"),
                    Drafts.note("b \(index)", branch: "side"),
                ], to: index % 7 == 0 ? .journal : Drafts.session(UInt64(index % 3 + 1)))
        }
        var lines = try await first.store.all().map(\.line)
        let withheld = lines[20]
        lines[20] = try EventLine.entryLine(of: withheld.span)
        try await journal.store.adopt(lines, durability: .durable)
        // And one of its own, after a time that the source's clock gives.
        try await journal.store.append([Drafts.note("last", id: "last")], to: Drafts.session(1))
    }

    private static func lines(_ journal: Journal) async throws -> [[UInt8]] {
        try await journal.store.all().map(\.line)
    }

    @Test(arguments: Kind.allCases, Kind.allCases)
    func everyByteGoesOver(from: Kind, to: Kind) async throws {
        let (here, there) = (Place(from), Place(to))
        let source = try await here.open()
        try await Self.fill(source)
        let target = try await there.open()
        var points: [CopyProgress] = []
        let report = try await source.copy(to: target) { points.append($0) }
        #expect(report.events == 304 && report.present == 0)
        #expect(points.last == CopyProgress(event: 304, lastEvent: 304, bytes: report.bytes))
        #expect(points.map(\.event) == points.map(\.event).sorted())
        try await there.close(target)

        let copy = try await there.open()
        #expect(try await Self.lines(copy) == (try await Self.lines(source)))
        #expect(try await copy.store.treeHead(at: nil) == report.head)
        #expect(try await source.store.treeHead(at: nil) == report.head)
        #expect(try await copy.session(forKey: "key-2") == Drafts.session(2))
        #expect(try await copy.verify().findings == [])
        // Again, and after more has come.
        #expect(try await source.copy(to: copy).events == 0)
        try await source.store.append([Drafts.note("more")], to: Drafts.session(2))
        #expect(try await source.copy(to: copy).events == 1)
        // A copy goes on as a journal: what was appended to the source is known there.
        let again = try await copy.store.append(
            [Drafts.note("last", id: "last")], to: Drafts.session(1))
        #expect(again[0].isDuplicate)
        try await there.close(copy)
        try await here.close(source)
    }

    @Test(arguments: Kind.allCases)
    func anEmptyJournalIsCopied(to: Kind) async throws {
        let place = Place(to)
        let target = try await place.open()
        let report = try await Journal.inMemory().copy(to: target)
        #expect(report.events == 0 && report.head.size == 0)
        try await place.close(target)
    }

    @Test(arguments: Kind.allCases)
    func anotherJournalIsRefusedAndLeftAlone(to: Kind) async throws {
        let source = Journal.inMemory()
        try await Self.fill(source)
        let place = Place(to)
        let target = try await place.open()
        try await target.store.adopt(
            Array(try await Self.lines(source)[..<100]), durability: .durable)
        try await target.store.append([Drafts.note("of its own")], to: Drafts.session(1))
        let before = try await Self.lines(target)
        let error = await #expect(throws: JournalError.self) { try await source.copy(to: target) }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("event 101 is another one there") == true)
        #expect(try await Self.lines(target) == before)
        try await place.close(target)
    }

    @Test func aTargetThatHoldsMoreIsRefused() async throws {
        let source = Journal.inMemory()
        try await Self.fill(source)
        let target = Journal.inMemory()
        try await source.copy(to: target)
        try await target.store.append([Drafts.note("more")], to: Drafts.session(1))
        let error = await #expect(throws: JournalError.self) { try await source.copy(to: target) }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("305 events") == true)
    }

    @Test func whatTheSourceHasLostIsNotCopied() async throws {
        let place = Place(.files)
        let source = try await place.open()
        try await Self.fill(source)
        try await source.seal()
        try await source.close()
        let path = "/copy/segments/00000000000000000001.lz4"
        let file = try place.disk.open(path, .update)
        var byte = try file.read(1, at: 200)
        byte[0] ^= 1
        try file.write(byte.span, at: 200)
        let damaged = try await place.open()
        let target = Journal.inMemory()
        let error = await #expect(throws: JournalError.self) { try await damaged.copy(to: target) }
        #expect(error?.code == .damaged)
        try await damaged.close()
    }

    // MARK: Interruptions

    /// The power fails at every change that a copy makes, and the copy is made again.
    @Test(arguments: [512, 4_096])
    func aCopyIntoFilesGoesOnAfterAPowerCut(sectorSize: Int) async throws {
        let source = Journal.inMemory()
        try await Self.fill(source)
        let lines = try await Self.lines(source)
        var change = 1
        var goesOn = 0
        while true {
            let disk = SimulatedDisk()
            var options = JournalOptions()
            options.fileSystem = disk
            options.sealing = .inline
            try await Journal.create(at: "/copy", options: options).close()
            disk.cutPower(atChange: change)
            if let target = try? await Journal.open(copyAt: "/copy", options: options) {
                _ = try? await source.copy(to: target, pageCount: 90)
                try? await target.close()
            }
            guard disk.isCut else { break }
            options.fileSystem = disk.powerCut(
                .some(sectorSize: sectorSize, seed: UInt64(change)))
            let target = try await Journal.open(copyAt: "/copy", options: options)
            let report = try await source.copy(to: target, pageCount: 90)
            if report.present > 0 { goesOn += 1 }
            #expect(try await Self.lines(target) == lines, "change \(change)")
            #expect(try await target.verify().findings == [], "change \(change)")
            try await target.close()
            change += 1
        }
        #expect(change > 10 && goesOn > 5, "\(change), \(goesOn)")
    }

    /// A server that often does not answer, as source and as target.
    @Test(arguments: Kind.allCases)
    func aCopyOverABadNetworkGoesOn(other: Kind) async throws {
        let model = Journal.inMemory()
        try await Self.fill(model)
        let lines = try await Self.lines(model)
        for isTarget in [false, true] {
            let remote = Place(.remote, weather: .calm)
            let local = Place(other)
            let (here, there) = isTarget ? (local, remote) : (remote, local)
            let first = try await here.open()
            try await model.copy(to: first)
            try await here.close(first)
            remote.network.set(.storm)
            var interruptions = 0
            while interruptions < 500 {
                // Leases of clients that are gone run out.
                for place in [here, there] { place.network.advance(.seconds(20)) }
                do {
                    let source = try await here.open(attempts: 6)
                    let target = try await there.open(attempts: 6)
                    _ = try await source.copy(to: target, pageCount: 40)
                    try await here.close(source)
                    try await there.close(target)
                    break
                } catch let error as JournalError {
                    interruptions += 1
                    let expected: [JournalError.Code] = [
                        .unavailable, .ambiguous, .locked, .fenced,
                    ]
                    #expect(expected.contains(error.code), "\(error)")
                }
            }
            #expect(interruptions > 0 && interruptions < 500, "\(interruptions)")
            remote.network.set(.calm)
            remote.network.advance(.seconds(120))
            let copy = try await there.open()
            #expect(try await Self.lines(copy) == lines)
            try await there.close(copy)
        }
    }
}
