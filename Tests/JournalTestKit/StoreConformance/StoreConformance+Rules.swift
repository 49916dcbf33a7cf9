import SessionJournal

extension StoreConformance {
    static let sessionCases: [StoreConformance] = [
        StoreConformance("a session must be created, once, before anything else") { context in
            let store = context.store
            let session = Drafts.session(1)
            try await expectError(.sessionNotFound) {
                try await store.append([Drafts.note("x")], to: session)
            }
            try await expectError(.sessionNotFound) {
                try await store.append([Drafts.note("x"), Drafts.created()], to: session)
            }
            try await store.append([Drafts.created(), Drafts.note("x")], to: session)
            try await expectError(.sessionExists) {
                try await store.append([Drafts.created()], to: session)
            }
            try await expectError(.sessionExists) {
                let other = Drafts.session(2)
                return try await store.append([Drafts.created(), Drafts.created()], to: other)
            }
            try expectEqual(try await store.lastSequence(), 2)
        },
        StoreConformance("the journal's own session needs no creation and has no branches") {
            context in
            let store = context.store
            try await store.append([Drafts.note("x")], to: .journal)
            let event = try await store.all()[0]
            try expectEqual(event.session, .journal)
            try expect(event.branch == nil)
        },
        StoreConformance("a session's key is unique and finds it") { context in
            let store = context.store
            let first = try await store.create(1, key: "chat")
            try await expectError(.sessionExists) { try await store.create(2, key: "chat") }
            try await expectError(.sessionExists) {
                try await store.append(
                    AppendBatch(
                        actor: "a",
                        items: [
                            .init(session: Drafts.session(3), draft: Drafts.created(key: "k")),
                            .init(session: Drafts.session(4), draft: Drafts.created(key: "k")),
                        ]))
            }
            try await store.create(5, key: "other")
            try expectEqual(try await store.session(forKey: "chat"), first)
            try expect(try await store.session(forKey: "k") == nil)
            try expectEqual(try await store.lastSequence(), 2)
        },
        StoreConformance("keys are unique over reopening", needsReopening: true) { context in
            let first = try await context.store.create(1, key: "chat")
            let store = try await context.reopened()
            try await expectError(.sessionExists) { try await store.create(2, key: "chat") }
            try expectEqual(try await store.session(forKey: "chat"), first)
            try await store.create(3, key: "more")
            try expectEqual(try await store.session(forKey: "more"), Drafts.session(3))
            try await store.close()
        },
        StoreConformance("heads come by session, in pages") { context in
            let store = context.store
            for number: UInt64 in [5, 3, 9, 1, 7] { try await store.create(number) }
            try await store.append([Drafts.note("x")], to: .journal)
            let all = try await store.heads(from: .journal, limit: 100)
            try expectEqual(
                all.map(\.session), [.journal] + [1, 3, 5, 7, 9].map(Drafts.session))
            let part = try await store.heads(from: Drafts.session(4), limit: 2)
            try expectEqual(part.map(\.session), [5, 7].map(Drafts.session))
            try expectEqual(part[0].firstSequence, 1)
            try expectEqual(try await store.heads(from: Drafts.session(10), limit: 2).count, 0)
            try expectEqual(try await store.heads(from: .journal, limit: 0).count, 0)
        },
    ]

    static let refusalCases: [StoreConformance] = [
        StoreConformance("kinds that are unknown or reserved are refused, x. kinds are not") {
            context in
            let store = context.store
            let session = try await store.create(1)
            for kind in [
                "message.exploded", "x.", "x..y", "y.note", "", "x.\u{1b}", "erasure.done",
            ] {
                try await expectError(.unknownKind) {
                    try await store.append(
                        [EventDraft(EventKind(rawValue: kind), data: [:])], to: session)
                }
            }
            try await store.append([EventDraft("x.my.own_2", data: [:])], to: session)
            try expectEqual(try await store.lastSequence(), 2)
        },
        StoreConformance("hostile names are refused") { context in
            let store = context.store
            let session = try await store.create(1)
            let long = String(repeating: "ä", count: 513)
            for name in ["", "a\nb", "\u{0}", "\u{1b}[31m", "a\u{7f}", "a\u{85}b", long] {
                let code: JournalError.Code = name == long ? .tooLarge : .invalidEvent
                var drafts = [
                    Drafts.note("x"), Drafts.note("x"), Drafts.note("x"), Drafts.note("x"),
                ]
                drafts[0].id = name
                drafts[1].branch = name
                drafts[2].origin = name
                drafts[3].trace = name
                for draft in drafts {
                    try await expectError(code) {
                        try await store.append([draft], to: session)
                    }
                }
                try await expectError(code) {
                    try await store.append(
                        AppendBatch(
                            actor: name, items: [.init(session: session, draft: Drafts.note("x"))]))
                }
                try await expectError(code) { try await store.create(2, key: name) }
            }
            try expectEqual(try await store.lastSequence(), 1)
            let name = String(repeating: "n", count: 1_023) + "\""
            try await store.append([Drafts.note("x", id: name)], to: session)
            try expectEqual(try await store.all().last?.id, name)
        },
        StoreConformance("one bad draft refuses the batch") { context in
            let store = context.store
            let session = try await store.create(1)
            try await expectError(.unknownKind) {
                try await store.append(
                    [Drafts.note("a", id: "1"), EventDraft("no.such", data: [:])], to: session)
            }
            try await expectError(.invalidEvent) {
                try await store.append(
                    [Drafts.note("a", id: "1"), Drafts.note("b", cause: .sequence(99))], to: session
                )
            }
            try await expectError(.invalidEvent) {
                try await store.append(
                    [Drafts.note("a", id: "1"), Drafts.note("b", cause: .inBatch(1))], to: session)
            }
            try expectEqual(try await store.lastSequence(), 1)
            let receipt = try await store.append([Drafts.note("a", id: "1")], to: session)[0]
            try expect(!receipt.isDuplicate)
        },
        StoreConformance("what is larger than a limit is refused") { context in
            let store = context.store
            let session = try await store.create(1)
            let text = String(repeating: "x", count: 15 << 20)
            try await expectError(.tooLarge) {
                try await store.append([Drafts.note(text + text)], to: session)
            }
            try await expectError(.tooLarge) {
                try await store.append(
                    [Drafts.note(text), Drafts.note(text), Drafts.note(text)], to: session)
            }
            try expectEqual(try await store.lastSequence(), 1)
            try await store.append([Drafts.note(text)], to: session)
            let page = try await store.read(ReadQuery(maximumSize: 1_000))
            try expectEqual(page.events.count, 1)
            let second = try await store.read(page.next ?? ReadQuery())
            try expectEqual(second.events.count, 1, "an event above the size of a page")
        },
    ]

    static let timeCases: [StoreConformance] = [
        StoreConformance("a small step back of the clock is hidden") { context in
            let store = context.store
            let session = try await store.create(1)
            context.clock.step(microseconds: -900_000)
            try await store.append([Drafts.note("a")], to: session)
            try await store.append([Drafts.note("b")], to: session)
            let events = try await store.all()
            try expectEqual(events.map(\.kind), [.sessionCreated, "x.note", "x.note"])
            try expectEqual(Set(events.map(\.time)).count, 1, "the times")
            context.clock.step(microseconds: 2_000_000)
            try await store.append([Drafts.note("c")], to: session)
            let later = try await store.all()
            try expect(later[3].time > later[2].time)
        },
        StoreConformance("a large step back is an event, once") { context in
            let store = context.store
            let session = try await store.create(1)
            let before = try await store.all()[0].time
            context.clock.step(microseconds: -60_000_000)
            let receipt = try await store.append([Drafts.note("a")], to: session)[0]
            try await store.append([Drafts.note("b")], to: session)
            try expectEqual(receipt.sequence, 3)
            let events = try await store.all()
            try expectEqual(
                events.map(\.kind), [.sessionCreated, .clockJumped, "x.note", "x.note"])
            try expectEqual(events[1].session, .journal)
            try expect(events.allSatisfy { $0.time == before })
            let data = try events[1].data()
            try expectEqual(data["from"], .string(before.description))
            try expect((data["to"]?.string ?? "") < before.description)
        },
        StoreConformance("a refused append records no step of the clock") { context in
            let store = context.store
            let session = try await store.create(1)
            context.clock.step(microseconds: -60_000_000)
            try await expectError(.conflict) {
                try await store.append([Drafts.note("a")], to: session, if: .version(9))
            }
            try expectEqual(try await store.lastSequence(), 1)
            try await store.append([Drafts.note("a")], to: session)
            try expectEqual(try await store.lastSequence(), 3)
        },
        StoreConformance("time does not go back over reopening", needsReopening: true) { context in
            let session = try await context.store.create(1)
            let before = try await context.store.all()[0].time
            context.clock.step(microseconds: -500_000)
            let store = try await context.reopened()
            try await store.append([Drafts.note("a")], to: session)
            try expectEqual(try await store.all().last?.time, before)
            try await store.close()
        },
    ]

    static let concurrencyCases: [StoreConformance] = [
        StoreConformance("64 concurrent appenders lose and mix nothing") { context in
            let store = context.store
            for number: UInt64 in 0..<8 { try await store.create(number) }
            let receipts = try await withThrowingTaskGroup(of: [AppendReceipt].self) { group in
                for task in 0..<64 {
                    group.addTask {
                        let session = Drafts.session(UInt64(task % 8))
                        var receipts: [AppendReceipt] = []
                        for round in 0..<8 {
                            receipts += try await store.append(
                                [
                                    Drafts.note("\(task)-\(round)-a", id: "\(task)-\(round)"),
                                    Drafts.note("\(task)-\(round)-b"),
                                ], to: session)
                        }
                        return receipts
                    }
                }
                var all: [AppendReceipt] = []
                for try await receipts in group { all += receipts }
                return all
            }
            let total: UInt64 = 8 + 64 * 8 * 2
            try expectEqual(receipts.map(\.sequence).sorted(), Array(9...total))
            let events = try await store.all()
            try expectEqual(events.map(\.sequence), Array(1...total))
            for number: UInt64 in 0..<8 {
                let mine = events.filter { $0.session == Drafts.session(number) }
                try expectEqual(mine.map(\.version), Array(1...UInt64(mine.count)))
            }
            // A batch stands together.
            for index in stride(from: 8, to: events.count, by: 2) {
                let first = try events[index].data()["text"]?.string ?? ""
                let second = try events[index + 1].data()["text"]?.string ?? ""
                try expectEqual(first.dropLast(), second.dropLast())
                try expectEqual(first.last, "a")
            }
        },
        StoreConformance("of concurrent appends of one id one is stored") { context in
            let store = context.store
            let session = try await store.create(1)
            let receipts = try await withThrowingTaskGroup(of: AppendReceipt.self) { group in
                for _ in 0..<32 {
                    group.addTask {
                        try await store.append([Drafts.note("x", id: "one")], to: session)[0]
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            try expectEqual(Set(receipts.map(\.sequence)), [2])
            try expectEqual(receipts.count { !$0.isDuplicate }, 1)
            try expectEqual(try await store.lastSequence(), 2)
        },
        StoreConformance("of concurrent appends on one version one wins") { context in
            let store = context.store
            let session = try await store.create(1)
            let wins = await withTaskGroup(of: Bool.self) { group in
                for task in 0..<16 {
                    group.addTask {
                        let receipts = try? await store.append(
                            [Drafts.note("\(task)")], to: session, if: .version(1))
                        return receipts != nil
                    }
                }
                return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
            }
            try expectEqual(wins, 1)
        },
    ]
}
