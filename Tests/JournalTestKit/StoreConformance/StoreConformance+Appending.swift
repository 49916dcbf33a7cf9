import SessionJournal

extension StoreConformance {
    static let positionCases: [StoreConformance] = [
        StoreConformance("an empty store has nothing") { context in
            let store = context.store
            try expectEqual(try await store.lastSequence(), 0)
            try expectEqual(try await store.all().count, 0)
            try expectEqual(try await store.heads(from: .journal, limit: 10).count, 0)
            try expect(try await store.head(of: Drafts.session(1)) == nil)
            try expect(try await store.session(forKey: "a") == nil)
            try expect(store.isWritable)
        },
        StoreConformance("an append assigns contiguous positions, and reads back as receipted") {
            context in
            let store = context.store
            let session = Drafts.session(1)
            var receipts = try await store.append([Drafts.created()], to: session)
            for index in 0..<5 {
                receipts += try await store.append(
                    [Drafts.note("a\(index)"), Drafts.note("b\(index)")], to: session)
            }
            try expectEqual(receipts.map(\.sequence), Array(1...11))
            try expectEqual(receipts.map(\.version), Array(1...11))
            try expect(receipts.allSatisfy { !$0.isDuplicate })
            let events = try await store.all()
            try expectEqual(events.map(\.sequence), receipts.map(\.sequence))
            try expectEqual(events.map(\.version), receipts.map(\.version))
            try expectEqual(events.map(\.time), receipts.map(\.time))
            try expect(events.allSatisfy { $0.session == session && $0.actor == "user:test" })
            try expectEqual(try events[1].data()["text"], "a0")
        },
        StoreConformance("versions are of the session, sequence numbers of the journal") {
            context in
            let store = context.store
            let sessions = [try await store.create(1), try await store.create(2)]
            for index in 0..<6 {
                try await store.append([Drafts.note("n")], to: sessions[index % 2])
            }
            let events = try await store.all()
            try expectEqual(events.map(\.version), [1, 1, 2, 2, 3, 3, 4, 4])
            try expectEqual(
                try await store.head(of: sessions[1]),
                SessionHead(
                    session: sessions[1], version: 4, firstSequence: 2, lastSequence: 8, count: 4))
        },
        StoreConformance("a batch over several sessions is one, and causes point into it") {
            context in
            let store = context.store
            let first = Drafts.session(1)
            let second = Drafts.session(2)
            let receipts = try await store.append(
                AppendBatch(
                    actor: "user:test",
                    items: [
                        .init(session: first, draft: Drafts.created()),
                        .init(session: second, draft: Drafts.created()),
                        .init(session: first, draft: Drafts.note("x", cause: .inBatch(1))),
                        .init(session: second, draft: Drafts.note("y", cause: .inBatch(2))),
                    ], conditions: [first: .version(0), second: .version(0)])
            ).map(\.sequence)
            try expectEqual(receipts, [1, 2, 3, 4])
        },
        StoreConformance("an in-batch cause becomes a sequence number") { context in
            let store = context.store
            let session = try await store.create(1)
            try await store.append(
                [
                    Drafts.note("x", id: "x"), Drafts.note("y", cause: .inBatch(0)),
                    Drafts.note("z", cause: .sequence(1)),
                ], to: session)
            let events = try await store.all()
            try expectEqual(events[2].cause, 2)
            try expectEqual(events[3].cause, 1)
            try await store.append(
                [Drafts.note("x", id: "x"), Drafts.note("w", cause: .inBatch(0))], to: session)
            try expectEqual(
                try await store.all().last?.cause, 2, "the cause that was stored before")
        },
        StoreConformance("an empty batch appends nothing") { context in
            try expectEqual(
                try await context.store.append([], to: Drafts.session(1)).count, 0)
            try expectEqual(try await context.store.lastSequence(), 0)
        },
        StoreConformance("a buffered append is readable, and durable with the next durable one") {
            context in
            let store = context.store
            let session = try await store.create(1)
            try await store.append([Drafts.note("x")], to: session, durability: .buffered)
            try expectEqual(try await store.growth(past: 1), 2)
            try expectEqual(try await store.all().count, 2)
            try await store.append([Drafts.note("y")], to: session)
            try expectEqual(try await store.position().durableSequence, 3)
        },
    ]

    static let conditionCases: [StoreConformance] = [
        StoreConformance("a version condition holds or conflicts, and a conflict leaves no trace") {
            context in
            let store = context.store
            let session = try await store.create(1)
            try await store.append([Drafts.note("a")], to: session, if: .version(1))
            for wrong: UInt64 in [0, 1, 3, .max] {
                try await expectError(.conflict) {
                    try await store.append(
                        [Drafts.note("b", id: "b")], to: session, if: .version(wrong))
                }
            }
            try expectEqual(try await store.lastSequence(), 2)
            let receipt = try await store.append(
                [Drafts.note("b", id: "b")], to: session, if: .version(2))[0]
            try expectEqual(receipt.sequence, 3)
            try expect(!receipt.isDuplicate, "a refused id must not be remembered")
        },
        StoreConformance("a head condition is about one branch") { context in
            let store = context.store
            let session = try await store.create(1)
            try await store.append([Drafts.note("a", branch: "side")], to: session)
            try await store.append([Drafts.note("b")], to: session)
            try await store.append(
                [Drafts.note("c", branch: "side")], to: session,
                if: .head(branch: "side", sequence: 2))
            try await expectError(.conflict) {
                try await store.append(
                    [Drafts.note("d", branch: "side")], to: session,
                    if: .head(branch: "side", sequence: 2))
            }
            try await store.append(
                [Drafts.note("e", branch: "new")], to: session,
                if: .head(branch: "new", sequence: 0))
            try await expectError(.conflict) {
                try await store.append(
                    [Drafts.note("f")], to: session, if: .head(branch: "main", sequence: 0))
            }
        },
        StoreConformance("a condition may be on a session that nothing is appended to") { context in
            let store = context.store
            let first = try await store.create(1)
            let second = try await store.create(2)
            let items = [AppendBatch.Item(session: first, draft: Drafts.note("x"))]
            try await expectError(.conflict) {
                try await store.append(
                    AppendBatch(actor: "a", items: items, conditions: [second: .version(9)]))
            }
            let receipts = try await store.append(
                AppendBatch(actor: "a", items: items, conditions: [second: .version(1)]))
            try expectEqual(receipts[0].sequence, 3)
        },
        StoreConformance("head conditions hold after reopening", needsReopening: true) { context in
            let session = try await context.store.create(1)
            try await context.store.append([Drafts.note("a", branch: "side")], to: session)
            try await context.store.append([Drafts.note("b")], to: session)
            let store = try await context.reopened()
            try await expectError(.conflict) {
                try await store.append(
                    [Drafts.note("c")], to: session, if: .head(branch: "side", sequence: 0))
            }
            try await store.append(
                [Drafts.note("c", branch: "side")], to: session,
                if: .head(branch: "side", sequence: 2))
            try await store.append(
                [Drafts.note("c")], to: session, if: .head(branch: "main", sequence: 3))
            try await store.close()
        },
    ]

    static let idempotencyCases: [StoreConformance] = [
        StoreConformance("the same id twice gives the same receipt and appends nothing") {
            context in
            let store = context.store
            let session = try await store.create(1)
            let first = try await store.append([Drafts.note("a", id: "1")], to: session)[0]
            try await store.append([Drafts.note("b")], to: session)
            let again = try await store.append([Drafts.note("a", id: "1")], to: session)[0]
            try expectEqual(again.sequence, first.sequence)
            try expectEqual(again.version, first.version)
            try expectEqual(again.time, first.time)
            try expect(again.isDuplicate && !first.isDuplicate)
            try expectEqual(try await store.lastSequence(), 3)
        },
        StoreConformance("ids are remembered over reopening", needsReopening: true) { context in
            let session = try await context.store.create(1)
            let first = try await context.store.append([Drafts.note("a", id: "1")], to: session)[0]
            let store = try await context.reopened()
            // A cold session that something was appended to before its ids were asked for.
            try await store.append([Drafts.note("b")], to: session)
            let again = try await store.append([Drafts.note("a", id: "1")], to: session)[0]
            try expectEqual(again.sequence, first.sequence)
            try expectEqual(again.version, first.version)
            try expectEqual(again.time, first.time)
            try expect(again.isDuplicate)
            let next = try await store.append([Drafts.note("c", id: "2")], to: session)[0]
            try expectEqual(next.sequence, 4)
            try await store.close()
        },
        StoreConformance("ids are of the session") { context in
            let store = context.store
            let first = try await store.create(1)
            let second = try await store.create(2)
            try await store.append([Drafts.note("a", id: "1")], to: first)
            let receipt = try await store.append([Drafts.note("a", id: "1")], to: second)[0]
            try expect(!receipt.isDuplicate)
        },
        StoreConformance("an id that stands twice in a batch is stored once") { context in
            let store = context.store
            let session = try await store.create(1)
            let receipts = try await store.append(
                [Drafts.note("a", id: "1"), Drafts.note("b"), Drafts.note("c", id: "1")],
                to: session)
            try expectEqual(receipts.map(\.sequence), [2, 3, 2])
            try expectEqual(receipts.map(\.isDuplicate), [false, false, true])
            try expectEqual(try await store.all().count, 3)
        },
        StoreConformance("of a batch that is partly known only the rest is stored") { context in
            let store = context.store
            let session = try await store.create(1)
            let drafts = (0..<6).map { Drafts.note("\($0)", id: "id-\($0)") }
            try await store.append(Array(drafts[1...3]), to: session)
            let receipts = try await store.append(drafts, to: session)
            try expectEqual(receipts.map(\.sequence), [5, 2, 3, 4, 6, 7])
            try expectEqual(
                receipts.map(\.isDuplicate), [false, true, true, true, false, false])
        },
        StoreConformance("a batch that is sent again is answered without its conditions") {
            context in
            let store = context.store
            let session = try await store.create(1)
            let drafts = [Drafts.note("a", id: "1"), Drafts.note("b", id: "2")]
            let first = try await store.append(drafts, to: session, if: .version(1))
            let again = try await store.append(drafts, to: session, if: .version(1))
            try expectEqual(again.map(\.sequence), first.map(\.sequence))
            try expect(again.allSatisfy(\.isDuplicate))
            try await expectError(.conflict) {
                try await store.append(drafts + [Drafts.note("c")], to: session, if: .version(1))
            }
        },
    ]
}

extension StoreConformance.Context {
    /// The store, closed and opened again.
    func reopened() async throws -> any JournalStore {
        guard let reopen = harness.reopen else {
            throw ConformanceFailure(description: "\(harness.name) cannot be opened again")
        }
        return try await reopen(store, options)
    }
}
