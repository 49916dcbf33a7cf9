import SessionJournal

/// What a store should do, in a few lines: arrays and dictionaries, nothing else.
struct StoreModel {
    struct Stored: Equatable {
        var session: SessionID
        var version: UInt64
        var branch: String
        var text: String
    }

    struct Session {
        var version: UInt64 = 0
        var branches: [String: UInt64] = [:]
        var ids: [String: UInt64] = [:]
    }

    /// The event with sequence number `index + 1`.
    var events: [Stored] = []
    var sessions: [SessionID: Session] = [:]
    var keys: [String: SessionID] = [:]

    /// What an append should answer: sequence numbers and whether each was known, or an error.
    mutating func append(
        _ items: [(session: SessionID, draft: EventDraft, text: String, key: String?)],
        _ conditions: [SessionID: AppendCondition]
    ) -> Result<[(UInt64, Bool)], JournalError> {
        var next = self
        var answers: [(UInt64, Bool)] = []
        var isAllKnown = !items.isEmpty
        var error: JournalError.Code?
        for (session, condition) in conditions {
            let known = sessions[session] ?? Session()
            switch condition {
            case .any: break
            case .version(let version): if known.version != version { error = .conflict }
            case .head(let branch, let sequence):
                if known.branches[branch, default: 0] != sequence { error = .conflict }
            }
        }
        for item in items {
            var session = next.sessions[item.session] ?? Session()
            if let id = item.draft.id, let sequence = session.ids[id] {
                answers.append((sequence, true))
                continue
            }
            isAllKnown = false
            let creates = item.draft.kind == .sessionCreated
            if creates != (session.version == 0) {
                error = error ?? (creates ? .sessionExists : .sessionNotFound)
            }
            if let key = item.key {
                if next.keys[key] != nil { error = error ?? .sessionExists }
                next.keys[key] = item.session
            }
            let branch = item.draft.branch ?? "main"
            session.version += 1
            next.events.append(
                Stored(
                    session: item.session, version: session.version, branch: branch,
                    text: item.text))
            let sequence = UInt64(next.events.count)
            session.branches[branch] = sequence
            if let id = item.draft.id { session.ids[id] = sequence }
            next.sessions[item.session] = session
            answers.append((sequence, false))
        }
        if isAllKnown { return .success(answers) }
        if let error { return .failure(JournalError(error, "model")) }
        self = next
        return .success(answers)
    }
}

/// Random operations on a store and on the model, which must agree.
package struct StoreModelRun: Sendable {
    package var seed: UInt64
    package var steps: Int

    package init(seed: UInt64, steps: Int = 200) {
        self.seed = seed
        self.steps = steps
    }

    package func run(on harness: StoreConformance.Harness) async throws {
        do {
            try await play(harness)
        } catch {
            throw ConformanceFailure(description: "seed \(seed): \(error)")
        }
    }

    private func play(_ harness: StoreConformance.Harness) async throws {
        var random = SeededGenerator(seed: seed)
        let clock = ManualClock()
        var options = JournalOptions()
        options.clock = { clock.tick() }
        // Half of the plays ask the tables about all that is sealed.
        if seed.isMultiple(of: 2) { options.rememberedEvents = 0 }
        var store = try await harness.make(options)
        var model = StoreModel()
        for step in 0..<steps {
            switch Int.random(in: 0..<20, using: &random) {
            case 0..<13: try await append(to: store, &model, step, &random)
            case 13..<17: try await read(store, model, &random)
            case 17: try await store.seal()
            default:
                guard let reopen = harness.reopen else { continue }
                store = try await reopen(store, options)
            }
        }
        try await compare(store, model)
        let report = try await store.verify()
        try expectEqual(report.verdict, .ok, "\(report.findings)")
        try await store.close()
    }

    private func append(
        to store: any JournalStore, _ model: inout StoreModel, _ step: Int,
        _ random: inout SeededGenerator
    ) async throws {
        var items: [(session: SessionID, draft: EventDraft, text: String, key: String?)] = []
        for index in 0..<Int.random(in: 1...4, using: &random) {
            let session = Drafts.session(.random(in: 1...4, using: &random))
            if model.sessions[session] == nil || Int.random(in: 0..<40, using: &random) == 0 {
                let key =
                    Bool.random(using: &random) ? nil : "k\(Int.random(in: 0..<5, using: &random))"
                items.append((session, Drafts.created(key: key), "", key))
                continue
            }
            let text = "\(step).\(index)"
            let id =
                Bool.random(using: &random) ? nil : "i\(Int.random(in: 0..<60, using: &random))"
            let branch = ["main", "side", "third"].randomElement(using: &random) ?? "main"
            items.append((session, Drafts.note(text, id: id, branch: branch), text, nil))
        }
        var conditions: [SessionID: AppendCondition] = [:]
        if Bool.random(using: &random) {
            let session = items[0].session
            let version = model.sessions[session]?.version ?? 0
            let wrong: UInt64 = Int.random(in: 0..<4, using: &random) == 0 ? 1 : 0
            let head = model.sessions[session]?.branches["main"] ?? 0
            conditions[session] =
                Bool.random(using: &random)
                ? .version(version + wrong) : .head(branch: "main", sequence: head + wrong)
        }
        let expected = model.append(items, conditions)
        let batch = AppendBatch(
            actor: "user:model", items: items.map { .init(session: $0.session, draft: $0.draft) },
            conditions: conditions, durability: Bool.random(using: &random) ? .durable : .buffered)
        switch expected {
        case .success(let answers):
            let receipts = try await store.append(batch)
            try expectEqual(receipts.map(\.sequence), answers.map(\.0), "step \(step)")
            try expectEqual(receipts.map(\.isDuplicate), answers.map(\.1), "step \(step)")
        case .failure(let error):
            try await expectError(error.code) { try await store.append(batch) }
        }
    }

    private func read(
        _ store: any JournalStore, _ model: StoreModel, _ random: inout SeededGenerator
    ) async throws {
        let count = UInt64(model.events.count)
        let from = UInt64.random(in: 0...(count + 1), using: &random)
        let through = UInt64.random(in: 0...(count + 1), using: &random)
        var query = ReadQuery(
            from: from, through: through,
            maximumCount: Int.random(in: 1...30, using: &random),
            maximumSize: Int.random(in: 1...4_000, using: &random))
        if Bool.random(using: &random) {
            query.session = Drafts.session(.random(in: 1...4, using: &random))
        }
        let expected = model.events.indices.filter { index in
            let sequence = UInt64(index + 1)
            return sequence >= from && sequence <= through
                && (query.session == nil || query.session == model.events[index].session)
        }
        try expectEqual(
            try await store.all(query).map(\.sequence), expected.map { UInt64($0 + 1) }, "\(query)")
    }

    private func compare(_ store: any JournalStore, _ model: StoreModel) async throws {
        let events = try await store.all()
        let found = try events.map { event in
            StoreModel.Stored(
                session: event.session, version: event.version, branch: event.branch ?? "",
                text: try event.data()["text"]?.string ?? "")
        }
        try expectEqual(found, model.events)
        for (key, session) in model.keys {
            try expectEqual(try await store.session(forKey: key), session)
        }
        for (session, known) in model.sessions {
            try expectEqual(try await store.head(of: session)?.version, known.version)
        }
    }
}
