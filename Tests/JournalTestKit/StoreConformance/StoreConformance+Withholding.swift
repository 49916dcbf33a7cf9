internal import SessionJournal

extension StoreConformance {
    static let withholdingCases: [StoreConformance] = [
        StoreConformance("withheld events are their entry lines, and the tree is the same") {
            context in
            let store = context.store
            try await context.fill(sessions: 3, events: 40)
            let before = try await store.all()
            let head = try await store.treeHead(at: nil)
            let events: [ClosedRange<UInt64>] = [2...2, 5...9, 20...20]
            guard try await withholds(store, events) else {
                // A store that cannot do it has done nothing.
                return try expectEqual(try await store.all(), before)
            }
            for (old, new) in zip(before, try await store.all()) {
                let isChosen = events.contains { $0.contains(old.sequence) }
                try expectEqual(new.isWithheld, isChosen)
                try expectEqual(new.digest, old.digest)
                try expectEqual(
                    new.line, isChosen ? try Self.entryLine(of: old.line) : old.line)
            }
            try expectEqual(try await store.treeHead(at: nil), head)
            // Whether anybody asked for it is for the verdict to say.
            try expectEqual(try await store.verify().findings, [])
            // Doing it again changes nothing, and appends go on.
            let after = try await store.all()
            try expect(try await withholds(store, events))
            try expectEqual(try await store.all(), after)
            try await store.append([Drafts.note("next")], to: before[0].session)
        },
        StoreConformance("names of withheld events are free, and others are not") { context in
            let store = context.store
            let session = try await store.create(1, key: "one")
            try await store.create(2, key: "two")
            try await store.append([Drafts.note("a", id: "first")], to: session)
            try await store.append([Drafts.note("b", id: "second")], to: session)
            guard try await withholds(store, [1...1, 3...3]) else { return }
            try expectEqual(try await store.session(forKey: "one"), nil)
            try expectEqual(try await store.session(forKey: "two"), Drafts.session(2))
            let again = try await store.append(
                [Drafts.note("c", id: "first"), Drafts.note("d", id: "second")], to: session)
            try expectEqual(again.map(\.isDuplicate), [false, true])
            try await store.create(3, key: "one")
            try expectEqual(try await store.session(forKey: "one"), Drafts.session(3))
            try await expectError(.sessionExists) { try await store.create(4, key: "two") }
            try expectEqual(try await store.head(of: session)?.version, 4)
        },
        StoreConformance("a step that is refused destroys nothing") { context in
            let store = context.store
            try await context.fill(sessions: 2, events: 20)
            let before = try await store.all()
            guard try await withholds(store, []) else { return }
            try await expectError(.conflict) {
                try await store.withhold([1...4]) { _ in throw JournalError(.conflict, "no") }
            }
            try await expectError(.eventNotFound) {
                try await store.withhold([1...99]) { try await $0() }
            }
            try await expectError(.invalidArgument) {
                try await store.withhold([4...5, 2...3]) { try await $0() }
            }
            try expectEqual(try await store.all(), before)
            try await store.close()
            try await expectError(.closed) { try await store.withhold([1...1]) { try await $0() } }
        },
    ]

    /// Withholds events; false where the store cannot.
    private static func withholds(
        _ store: any JournalStore, _ events: [ClosedRange<UInt64>]
    ) async throws -> Bool {
        do {
            try await store.withhold(events) { try await $0() }
            return true
        } catch let error as JournalError where error.code == .unsupported {
            return false
        }
    }
}
