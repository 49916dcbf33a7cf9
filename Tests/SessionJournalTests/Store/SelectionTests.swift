import JournalTestKit
import SegmentLog
import Testing

@testable import SessionJournal

/// Reading by session, time, kind and actor, from either end: what it costs and what damage does.
@Suite struct SelectionTests {
    private static let path = "/journal"

    private static func options(_ disk: SimulatedDisk) -> JournalOptions {
        var options = JournalOptions()
        let clock = ManualClock()
        options.clock = { clock.tick() }
        options.fileSystem = disk
        options.sealing = .inline
        return options
    }

    /// Words, or noise that does not compress.
    private static func text(_ size: Int, isNoise: Bool, _ random: inout SeededGenerator) -> String
    {
        let words = ["the", "kettle", "reads", "segment", "of", "water", "events", "and", "tea"]
        var text = ""
        while text.utf8.count < size {
            text +=
                isNoise
                ? String(random.next(), radix: 36) : words[Int(random.next() % 9)] + " "
        }
        return text
    }

    /// Sealed segments of interleaved sessions, of which a few are long and most are short.
    private static func filled(segments: Int, isNoise: Bool) async throws -> SimulatedDisk {
        let disk = SimulatedDisk()
        let journal = try await Journal.create(at: path, options: options(disk))
        var random = SeededGenerator(seed: 7)
        for segment in 0..<segments {
            for step in 0..<12 {
                var items: [AppendBatch.Item] = []
                for number in 1...UInt64(60) {
                    let session = Drafts.session(number)
                    if segment == 0, step == 0 {
                        items.append(.init(session: session, draft: Drafts.created()))
                    }
                    let size = number <= 4 ? 6_000 : number <= 20 ? 900 : 150
                    let text = text(size, isNoise: isNoise, &random)
                    items.append(.init(session: session, draft: Drafts.note(text)))
                }
                try await journal.store.append(AppendBatch(actor: "user:test", items: items))
            }
            try await journal.seal()
        }
        try await journal.close()
        return disk
    }

    /// The compressed bytes of a session in the sealed segments, its share of shared frames, and the
    /// number of segments that hold it.
    private static func share(
        of session: SessionID, on disk: SimulatedDisk
    ) throws -> (bytes: Int, segments: Int) {
        var share = (bytes: 0, segments: 0)
        for name in try disk.names(in: path + "/segments") {
            let file = try disk.open("\(path)/segments/\(name)", .read)
            let bytes = try file.read(try file.size(), at: 0)
            guard let size = try? Footer.size(fromTrailer: bytes.span) else { continue }
            let footer = try Footer.decode(bytes.span.extracting((bytes.count - size)...))
            guard let stream = footer.streams.first(where: { $0.key == session.streamKey })
            else { continue }
            share.segments += 1
            var left = stream.eventCount
            var number = stream.firstFrame
            var line = stream.firstLine
            while left > 0 {
                let frame = footer.frames[number]
                let mine = frame.events[line..<min(frame.events.count, line + left)]
                let plain = mine.reduce(0) { $0 + Int($1.lineLength) }
                share.bytes += frame.storedLength * plain / frame.plainLength
                left -= mine.count
                number += 1
                line = 0
            }
        }
        return share
    }

    @Test(arguments: [false, true], [ReadQuery.Order.forwards, .backwards])
    func aSessionIsReadByItsOwnBytes(isNoise: Bool, order: ReadQuery.Order) async throws {
        let disk = try await Self.filled(segments: 3, isNoise: isNoise)
        for number: UInt64 in [1, 4, 5, 20, 21, 40, 60] {
            let session = Drafts.session(number)
            let share = try Self.share(of: session, on: disk)
            #expect(share.segments == 3)
            let reader = try await Journal.open(
                readingAt: Self.path, options: Self.options(disk))
            let before = disk.readSize
            let events = try await reader.store.all(ReadQuery(session: session, order: order))
            let read = disk.readSize - before
            #expect(events.count == 37)
            let bound = 2 * share.bytes + share.segments * (64 << 10)
            #expect(read <= bound, "session \(number): \(read) bytes, its own \(share.bytes)")
            try await reader.close()
        }
    }

    @Test func theLastEventsOfASessionCostNoMore() async throws {
        let disk = try await Self.filled(segments: 3, isNoise: true)
        let session = Drafts.session(1)
        let whole = try Self.share(of: session, on: disk)
        let reader = try await Journal.open(readingAt: Self.path, options: Self.options(disk))
        let before = disk.readSize
        let page = try await reader.store.read(
            ReadQuery(session: session, order: .backwards, maximumCount: 2))
        #expect(page.events.map(\.version) == [37, 36])
        // The newest of three segments, and nothing of the others but their tables.
        #expect(disk.readSize - before <= whole.bytes / 3 + 3 * (24 << 10))
        try await reader.close()
    }

    @Test func aTimeIsFoundWithoutReadingWhatLiesBefore() async throws {
        let disk = try await Self.filled(segments: 3, isNoise: true)
        let reader = try await Journal.open(readingAt: Self.path, options: Self.options(disk))
        let last = try await reader.lastSequence()
        let event = try #require(try await reader.event(at: last))
        let sizes = try disk.names(in: Self.path + "/segments").compactMap {
            try disk.status(of: "\(Self.path)/segments/\($0)")?.size
        }
        let again = try await Journal.open(readingAt: Self.path, options: Self.options(disk))
        let before = disk.readSize
        let page = try await again.store.read(ReadQuery(since: event.time))
        #expect(page.events.first?.time == event.time)
        #expect(page.events.last?.sequence == last)
        #expect(disk.readSize - before <= (sizes.max() ?? 0) + 3 * (24 << 10))
        try await again.close()
        try await reader.close()
    }

    // MARK: Damage

    /// A journal of two sealed segments with one frame of the first one damaged.
    private static func damaged() async throws -> (disk: SimulatedDisk, lost: JournalHole) {
        let disk = try await filled(segments: 2, isNoise: true)
        let name = "\(path)/segments/\(SegmentName.file(first: 1))"
        let file = try disk.open(name, .update)
        let place = SealedFrameHeader.encodedSize + 200
        try file.write([try file.read(1, at: place)[0] ^ 4].span, at: place)
        let reader = try await Journal.open(readingAt: path, options: options(disk))
        let page = try await reader.store.read(ReadQuery(session: Drafts.session(1)))
        try await reader.close()
        return (disk, try #require(page.holes.first))
    }

    @Test func damageIsAHoleFromEitherEnd() async throws {
        let (disk, hole) = try await Self.damaged()
        let reader = try await Journal.open(readingAt: Self.path, options: Self.options(disk))
        for session in [nil, Drafts.session(1)] {
            var query = ReadQuery(session: session, maximumSize: 64 << 20)
            let forwards = try await reader.store.read(query)
            query.order = .backwards
            let backwards = try await reader.store.read(query)
            #expect(backwards.events.map(\.sequence) == forwards.events.map(\.sequence).reversed())
            let ends = backwards.holes.map(\.lastSequence)
            #expect(ends == ends.sorted(by: >))
            func lost(_ page: EventPage) -> Set<UInt64> {
                Set(page.holes.flatMap { Array($0.firstSequence...$0.lastSequence) })
            }
            #expect(lost(backwards) == lost(forwards))
            #expect(lost(backwards).contains(hole.firstSequence))
        }
        // Another session's page knows nothing of it.
        let other = try await reader.store.read(
            ReadQuery(session: Drafts.session(3), order: .backwards))
        #expect(other.holes.isEmpty)
        #expect(other.events.count == 25)
        try await reader.close()
    }

    @Test func readingBackwardsStopsAtDamageUnlessToldToSkipIt() async throws {
        let (disk, hole) = try await Self.damaged()
        let reader = try await Journal.open(readingAt: Self.path, options: Self.options(disk))
        var versions: [UInt64] = []
        let error = await #expect(throws: JournalError.self) {
            for try await event in reader.events(session: Drafts.session(1), order: .backwards) {
                versions.append(event.version)
            }
        }
        #expect(error?.code == .damaged)
        // The second segment is whole, and comes first.
        #expect(versions.first == 25)
        #expect(versions.count >= 12)
        var rest: [UInt64] = []
        for try await event in reader.events(
            session: Drafts.session(1), order: .backwards, damage: .skip)
        {
            rest.append(event.sequence)
        }
        #expect(rest.last ?? 0 < hole.firstSequence || rest.count < 25)
        #expect(Array(rest.prefix(versions.count)).count == versions.count)
        try await reader.close()
    }

    // MARK: Pages

    @Test func aPageLooksAtABoundedNumberOfEvents() async throws {
        let journal = Journal.inMemory()
        let session = try await journal.store.create(1)
        try await journal.store.append([Drafts.note("wanted")], to: session)
        let many = (0..<4_000).map { _ in EventDraft("x.other", data: [:]) }
        for _ in 0...(JournalLimits.examinedCount / many.count) {
            try await journal.store.append(many, to: session)
        }
        for order in [ReadQuery.Order.forwards, .backwards] {
            let query = ReadQuery(kinds: order == .forwards ? ["x.none"] : ["x.note"], order: order)
            let page = try await journal.store.read(query)
            #expect(page.events.isEmpty)
            #expect(page.next != nil)
            let found = try await journal.store.all(query)
            #expect(found.map(\.sequence) == (order == .forwards ? [] : [2]))
        }
        var kinds: [EventKind] = []
        for try await event in journal.events(kinds: ["x.note"], order: .backwards) {
            kinds.append(event.kind)
        }
        #expect(kinds == ["x.note"])
        try await journal.close()
    }

    @Test func aLongLineMakesAPageOfItsOwnBackwards() async throws {
        let journal = try await Journal.create(
            at: Self.path, options: Self.options(SimulatedDisk()))
        let session = try await journal.store.create(1)
        for size in [10, 300_000, 10, 300_000, 10] {
            try await journal.store.append(
                [Drafts.note(String(repeating: "x", count: size))], to: session)
        }
        let query = ReadQuery(order: .backwards, maximumSize: 1_000)
        var sizes: [Int] = []
        var next: ReadQuery? = query
        while let query = next {
            let page = try await journal.store.read(query)
            sizes.append(page.events.count)
            next = page.next
        }
        #expect(sizes == [1, 1, 1, 1, 2])
        try await journal.close()
    }
}
