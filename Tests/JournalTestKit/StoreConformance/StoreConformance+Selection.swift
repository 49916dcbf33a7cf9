import SessionJournal

extension StoreConformance {
    /// Reading by time, kind and actor, and the newest first.
    static let selectionCases: [StoreConformance] = [
        StoreConformance("backwards is forwards the other way round, at any page size") { context in
            let store = context.store
            try await context.fill(sessions: 3, events: 40)
            try await context.inEveryState { state in
                let all = try await store.all()
                for session in [nil, Drafts.session(2), Drafts.session(99)] {
                    let mine = all.filter { session == nil || $0.session == session }
                    for (count, size) in [(1, 1 << 20), (7, 1 << 20), (1_000, 900), (1_000, 1)] {
                        let query = ReadQuery(
                            session: session, order: .backwards, maximumCount: count,
                            maximumSize: size)
                        let page = try await store.read(query)
                        try expect(page.events.count <= count)
                        let bytes = page.events.reduce(0) { $0 + $1.line.count }
                        try expect(bytes <= size || page.events.count == 1, "\(bytes) bytes")
                        try expectEqual(
                            try await store.all(query).map(\.line), mine.reversed().map(\.line),
                            "\(state), pages of \(count) events or \(size) bytes")
                    }
                }
            }
        },
        StoreConformance("backwards keeps to its range and its versions") { context in
            let store = context.store
            try await context.fill(sessions: 2, events: 24)
            let all = try await store.all()
            let last = UInt64(all.count)
            for from: UInt64 in [0, 1, 5, last, last + 1] {
                for through: UInt64? in [nil, 0, 1, 9, last, .max] {
                    let got = try await store.all(
                        ReadQuery(from: from, through: through, order: .backwards, maximumCount: 5))
                    try expectEqual(
                        got.map(\.sequence),
                        all.map(\.sequence).filter { $0 >= from && $0 <= through ?? .max }
                            .reversed(), "\(from)...\(through ?? 0)")
                }
            }
            let session = Drafts.session(1)
            for version: UInt64 in [0, 1, 4, .max] {
                let got = try await store.all(
                    ReadQuery(
                        session: session, fromVersion: version, order: .backwards, maximumCount: 3))
                try expectEqual(
                    got.map(\.sequence),
                    all.filter { $0.session == session && $0.version >= version }
                        .map(\.sequence).reversed(), "from version \(version)")
            }
        },
        StoreConformance("pages backwards stay the same while events are appended") { context in
            let store = context.store
            try await context.fill(sessions: 2, events: 20)
            for session in [nil, Drafts.session(1)] {
                let before = try await store.all(ReadQuery(session: session))
                var got: [Event] = []
                var next: ReadQuery? = ReadQuery(
                    session: session, order: .backwards, maximumCount: 4)
                while let query = next {
                    let page = try await store.read(query)
                    got += page.events
                    next = page.next
                    try await store.append([Drafts.note("meanwhile")], to: Drafts.session(1))
                }
                try expectEqual(got.map(\.sequence), before.map(\.sequence).reversed())
            }
        },
        StoreConformance("a time selects what the journal took then") { context in
            let store = context.store
            try await context.fill(sessions: 2, events: 30)
            try await context.inEveryState { state in
                let all = try await store.all()
                let times = all.map(\.time)
                var points: [Timestamp?] = [nil]
                for time in [times[0], times[9], times[times.count - 1]] {
                    for step: Int64 in [-1, 0, 1] {
                        points.append(Timestamp(microseconds: time.microseconds + step))
                    }
                }
                for since in points {
                    for until in points {
                        for order in [ReadQuery.Order.forwards, .backwards] {
                            let got = try await store.all(
                                ReadQuery(
                                    since: since, until: until, order: order, maximumCount: 6))
                            let expected = all.filter { event in
                                (since.map { event.time >= $0 } ?? true)
                                    && (until.map { event.time <= $0 } ?? true)
                            }
                            try expectEqual(
                                got.map(\.sequence),
                                order == .forwards
                                    ? expected.map(\.sequence)
                                    : expected.map(\.sequence).reversed(),
                                "\(state): \(String(describing: since)) to "
                                    + String(describing: until))
                        }
                    }
                }
            }
        },
        StoreConformance("kinds and actors select, alone, together, and in a session") { context in
            let store = context.store
            try await context.fill(sessions: 3, events: 30)
            try await store.append(
                AppendBatch(
                    actor: "agent:b",
                    items: [
                        .init(session: Drafts.session(1), draft: Drafts.note("b")),
                        .init(session: Drafts.session(2), draft: Drafts.note("b")),
                    ]))
            try await context.inEveryState { state in
                let all = try await store.all()
                for kinds: Set<EventKind>? in [nil, ["x.note"], [.sessionCreated, "x.none"], []] {
                    for actors: Set<String>? in [nil, ["agent:b"], ["agent:b", "user:test"], []] {
                        for session in [nil, Drafts.session(2)] {
                            let expected = all.filter { event in
                                (kinds?.contains(event.kind) ?? true)
                                    && (actors?.contains(event.actor ?? "") ?? true)
                                    && (session == nil || event.session == session)
                            }.map(\.sequence)
                            for order in [ReadQuery.Order.forwards, .backwards] {
                                let got = try await store.all(
                                    ReadQuery(
                                        session: session, kinds: kinds, actors: actors,
                                        order: order, maximumCount: 4))
                                try expectEqual(
                                    got.map(\.sequence),
                                    order == .forwards ? expected : expected.reversed(), state)
                            }
                        }
                    }
                }
            }
        },
    ]
}

extension StoreConformance.Context {
    /// Runs something before and after sealing, and with events behind what is sealed.
    fileprivate func inEveryState(_ body: (String) async throws -> Void) async throws {
        try await body("not sealed")
        try await store.seal()
        try await body("sealed")
        try await store.append([Drafts.note("behind")], to: Drafts.session(2))
        try await body("half sealed")
    }
}
