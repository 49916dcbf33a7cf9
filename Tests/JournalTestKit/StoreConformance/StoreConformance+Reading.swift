import SessionJournal

extension StoreConformance {
    static let readingCases: [StoreConformance] = [
        StoreConformance("pages keep their limits and lose nothing") { context in
            let store = context.store
            try await context.fill(sessions: 3, events: 40)
            let all = try await store.all()
            for (count, size) in [(1, 1 << 20), (7, 1 << 20), (1_000, 1), (1_000, 900)] {
                var events: [Event] = []
                var next: ReadQuery? = ReadQuery(maximumCount: count, maximumSize: size)
                while let query = next {
                    let page = try await store.read(query)
                    try expect(page.events.count <= count && !page.events.isEmpty)
                    let bytes = page.events.reduce(0) { $0 + $1.line.count }
                    try expect(bytes <= size || page.events.count == 1, "a page of \(bytes) bytes")
                    events += page.events
                    next = page.next
                }
                try expectEqual(events.map(\.line), all.map(\.line))
            }
        },
        StoreConformance("a range is read exactly") { context in
            let store = context.store
            try await context.fill(sessions: 2, events: 20)
            let last = try await store.lastSequence()
            for from: UInt64 in [0, 1, 2, 17, last, last + 1, .max] {
                for through: UInt64? in [nil, 0, 1, 5, 17, last, last + 1, .max] {
                    let got = try await store.all(ReadQuery(from: from, through: through))
                    let lower = max(from, 1)
                    let upper = min(through ?? last, last)
                    try expectEqual(
                        got.map(\.sequence), lower <= upper ? Array(lower...upper) : [],
                        "\(from)...\(through ?? 0)")
                }
            }
        },
        StoreConformance("a session is read by itself") { context in
            let store = context.store
            try await context.fill(sessions: 3, events: 30)
            let all = try await store.all()
            let session = Drafts.session(2)
            let mine = all.filter { $0.session == session }
            for count in [1, 4, 1_000] {
                let got = try await store.all(ReadQuery(session: session, maximumCount: count))
                try expectEqual(got.map(\.line), mine.map(\.line))
            }
            for version: UInt64 in [0, 1, 3, UInt64(mine.count), UInt64(mine.count) + 1, .max] {
                let got = try await store.all(ReadQuery(session: session, fromVersion: version))
                try expectEqual(
                    got.map(\.sequence),
                    mine.filter { $0.version >= version }.map(\.sequence), "from version \(version)"
                )
            }
            let middle = mine[mine.count / 2].sequence
            try expectEqual(
                try await store.all(ReadQuery(from: middle, session: session)).map(\.sequence),
                mine.map(\.sequence).filter { $0 >= middle })
            try expectEqual(
                try await store.all(ReadQuery(through: middle, session: session)).map(\.sequence),
                mine.map(\.sequence).filter { $0 <= middle })
            try expectEqual(
                try await store.all(ReadQuery(session: Drafts.session(99))).count, 0)
        },
        StoreConformance("what is read stays the same over reopening", needsReopening: true) {
            context in
            try await context.fill(sessions: 3, events: 30)
            let before = try await context.store.all().map(\.line)
            let head = try await context.store.treeHead(at: nil)
            let heads = try await context.store.heads(from: .journal, limit: 10)
            let store = try await context.reopened()
            try expectEqual(try await store.all().map(\.line), before)
            try expectEqual(try await store.treeHead(at: nil), head)
            try expectEqual(try await store.heads(from: .journal, limit: 10), heads)
            try expectEqual(
                try await store.all(ReadQuery(session: Drafts.session(1))).map(\.line),
                try before.map { try Event(line: $0) }
                    .filter { $0.session == Drafts.session(1) }.map(\.line))
            try await store.append([Drafts.note("more")], to: Drafts.session(1))
            try await store.close()
        },
        StoreConformance("sealing changes no answer") { context in
            let store = context.store
            try await context.fill(sessions: 3, events: 30)
            let before = try await store.all().map(\.line)
            let head = try await store.treeHead(at: nil)
            try await store.seal()
            try expectEqual(try await store.all().map(\.line), before)
            try expectEqual(try await store.treeHead(at: nil), head)
            let session = Drafts.session(1)
            let receipt = try await store.append([Drafts.note("more", id: "m")], to: session)[0]
            try expectEqual(receipt.sequence, UInt64(before.count + 1))
            try await store.seal()
            try await store.seal()
            try expect(
                try await store.append([Drafts.note("more", id: "m")], to: session)[0].isDuplicate)
            let mine = try before.map { try Event(line: $0) }.filter { $0.session == session }
            try expectEqual(
                try await store.all(ReadQuery(session: session)).map(\.sequence),
                mine.map(\.sequence) + [receipt.sequence])
            let report = try await store.verify()
            try expectEqual(report.verdict, .ok)
        },
    ]

    static let followingCases: [StoreConformance] = [
        StoreConformance("whoever waits for growth is woken by an append") { context in
            let store = context.store
            let session = try await store.create(1)
            async let waiting = store.growth(past: 1)
            async let already = store.growth(past: 0)
            try expectEqual(try await already, 1)
            try await store.append([Drafts.note("x")], to: session)
            try expect(try await waiting >= 2)
            try expectEqual(try await store.all().count, 2)
        },
        StoreConformance("waiting for growth can be cancelled") { context in
            let store = context.store
            let task = Task { try await store.growth(past: 5) }
            task.cancel()
            do {
                _ = try await task.value
                throw ConformanceFailure(description: "the wait was not cancelled")
            } catch is CancellationError {
            }
        },
        StoreConformance("a follower sees every event once, in order") { context in
            let store = context.store
            let session = try await store.create(1)
            let journal = Journal(store: store, options: context.options)
            let follower = Task {
                var sequences: [UInt64] = []
                for try await event in journal.follow(after: 0) {
                    sequences.append(event.sequence)
                    if sequences.count == 41 { break }
                }
                return sequences
            }
            for index in 0..<20 {
                try await store.append([Drafts.note("\(index)"), Drafts.note("b")], to: session)
                if index.isMultiple(of: 5) { await Task.yield() }
            }
            try expectEqual(try await follower.value, Array(1...41))
        },
        StoreConformance("a follower of one session sees its events alone") { context in
            let store = context.store
            let first = try await store.create(1)
            let second = try await store.create(2)
            let journal = Journal(store: store, options: context.options)
            let follower = Task {
                var sequences: [UInt64] = []
                for try await event in journal.follow(after: 2, session: second) {
                    sequences.append(event.sequence)
                    if sequences.count == 3 { break }
                }
                return sequences
            }
            for _ in 0..<3 {
                try await store.append([Drafts.note("a")], to: first)
                try await store.append([Drafts.note("b")], to: second)
                await Task.yield()
            }
            try expectEqual(try await follower.value, [4, 6, 8])
        },
    ]

    static let closingCases: [StoreConformance] = [
        StoreConformance("a closed store answers nothing") { context in
            let store = context.store
            let session = try await store.create(1)
            let waiting = Task { try await store.growth(past: 1) }
            try await store.close()
            try await store.close()
            try await expectError(.closed) {
                try await store.append([Drafts.note("x")], to: session)
            }
            try await expectError(.closed) { try await store.adopt([], durability: .durable) }
            try await expectError(.closed) { try await store.read(ReadQuery()) }
            try await expectError(.closed) { try await store.position() }
            try await expectError(.closed) { try await store.growth(past: 1) }
            try await expectError(.closed) { try await store.head(of: session) }
            try await expectError(.closed) { try await store.heads(from: session, limit: 1) }
            try await expectError(.closed) { try await store.session(forKey: "x") }
            try await expectError(.closed) { try await store.treeHead(at: nil) }
            try await expectError(.closed) { try await store.verify() }
            try await expectError(.closed) { try await store.seal() }
            try await expectError(.closed) { try await store.storage() }
            try await expectError(.closed) { try await waiting.value }
        }
    ]
}

extension StoreConformance.Context {
    /// Creates sessions and appends events to them in turn, in batches of one to three.
    func fill(sessions: UInt64, events: Int) async throws {
        for number in 1...sessions { try await store.create(number, key: "key-\(number)") }
        var index = 0
        while index < events {
            let size = index % 3 + 1
            let drafts = (0..<size).map {
                Drafts.note(
                    String(repeating: "text ", count: (index + $0) % 50), id: "id-\(index + $0)",
                    branch: ["main", "side"][index % 2])
            }
            try await store.append(
                drafts, to: Drafts.session(UInt64(index) % sessions + 1),
                durability: index.isMultiple(of: 4) ? .buffered : .durable)
            index += size
        }
    }
}
