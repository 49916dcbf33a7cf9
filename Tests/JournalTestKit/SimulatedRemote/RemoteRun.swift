internal import SessionJournal

/// Several writers and a reader on one server in bad weather: a random play in which leases run out,
/// clients are cut off and the server fails over, with a judgement at the end.
///
/// What must hold, whatever the weather: what was acknowledged is there once, where it was said to
/// be; what was refused is not there; what nobody knew ends as one of the two and stays that; whoever
/// has had the lease once and lost it writes nothing any more; all of it is what ``StoreModel`` does.
package struct RemoteRun: Sendable {
    package var seed: UInt64
    package var steps: Int
    package var defect: SimulatedCluster.Defect?

    /// What happened, to see that a run has seen something.
    package struct Summary: Sendable, Equatable {
        package var acknowledged = 0
        package var ambiguous = 0
        package var fenced = 0
        package var refused = 0
        package var failovers = 0
        package var epochs: UInt64 = 0
        package var root = ""

        package init() {}
    }

    package init(seed: UInt64, steps: Int = 120, defect: SimulatedCluster.Defect? = nil) {
        self.seed = seed
        self.steps = steps
        self.defect = defect
    }

    package func run() async throws -> Summary {
        let play = RemotePlay(seed: seed, defect: defect)
        do {
            for _ in 0..<steps { try await play.step() }
            return try await play.judge()
        } catch {
            throw ConformanceFailure(description: "seed \(seed): \(error)")
        }
    }
}

/// The state of one play. One driver steps it; what happens in between, while a request of another
/// client is on its way, is a step as well.
private actor RemotePlay {
    private struct Attempt {
        var items: [(session: SessionID, draft: EventDraft, text: String, key: String?)]
        var conditions: [SessionID: AppendCondition]
        var receipts: [AppendReceipt]?
        var isRefused = false
        /// Whether a client is at it.
        var isUnderway = false
    }

    private static let clientCount = 3

    private var random: SeededGenerator
    private let network: SimulatedNetwork
    private var options = JournalOptions()
    private var writers: [RemoteStore?]
    private var openings = 0
    private var attempts: [Attempt] = []
    private var seen: [[UInt8]] = []
    private var summary = RemoteRun.Summary()

    init(seed: UInt64, defect: SimulatedCluster.Defect?) {
        random = SeededGenerator(seed: seed)
        network = SimulatedNetwork(seed: seed &* 31, weather: .storm, defect: defect)
        writers = Array(repeating: nil, count: Self.clientCount)
        let clock = ManualClock()
        options.clock = { clock.tick() }
        let salts = SharedGenerator(seed: seed &+ 7)
        options.random = { salts.bytes($0) }
    }

    func step() async throws {
        let client = Int.random(in: 0..<Self.clientCount, using: &random)
        if Int.random(in: 0..<6, using: &random) == 0 {
            network.setInterlude { [weak self] in await self?.interlude(besides: $0) }
        }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<9: await append(by: client)
        case 9..<12: await resend(by: client)
        case 12: writers[client] = nil
        case 13:
            let writer = writers[client]
            writers[client] = nil
            try await writer?.close()
        case 14: network.advance(.seconds(Int.random(in: 0...20, using: &random)))
        case 15: network.setPartitioned(client, true)
        case 16...17: for client in writers.indices { network.setPartitioned(client, false) }
        case 18: await writers[client]?.renewLease()
        default: try await read()
        }
    }

    /// While a request is on its way: its sender's lease runs out, and another takes over.
    private func interlude(besides waiting: Int) async {
        network.advance(.seconds(Int.random(in: 0...25, using: &random)))
        if Bool.random(using: &random) { network.crash(failsOver: Bool.random(using: &random)) }
        let others = (0..<Self.clientCount).filter { $0 != waiting }
        if let other = others.randomElement(using: &random) { await append(by: other) }
    }

    // MARK: Writing

    /// The client's store, opened if it can be.
    private func writer(_ client: Int) async -> RemoteStore? {
        if let known = writers[client] { return known }
        openings += 1
        let opened = try? await network.open(
            client: client, as: "writer-\(openings)", options: options, attemptLimit: 4,
            isIdle: true)
        if writers[client] == nil { writers[client] = opened }
        return writers[client]
    }

    private func append(by client: Int) async {
        guard let writer = await writer(client) else { return }
        attempts.append(makeAttempt())
        await send(attempts.count - 1, by: writer, client)
    }

    private func resend(by client: Int) async {
        guard let writer = await writer(client) else { return }
        let open = attempts.indices.filter { index in
            attempts[index].receipts == nil && !attempts[index].isRefused
                && !attempts[index].isUnderway
        }
        guard let index = open.randomElement(using: &random) else { return }
        await send(index, by: writer, client)
    }

    private func makeAttempt() -> Attempt {
        let number = attempts.count
        var attempt = Attempt(items: [], conditions: [:])
        let truth = network.truth
        for index in 0..<Int.random(in: 1...3, using: &random) {
            let session = Drafts.session(.random(in: 1...4, using: &random))
            let id = "\(number)-\(index)"
            let isNew = truth.table.head(of: session) == nil
            if isNew && !attempt.items.contains(where: { $0.session == session }) {
                var draft = Drafts.created(key: "key-\(id)")
                draft.id = id
                draft.branch = "main"
                attempt.items.append((session, draft, "", "key-\(id)"))
            } else {
                attempt.items.append((session, Drafts.note(id, id: id), id, nil))
            }
        }
        if Bool.random(using: &random), let session = attempt.items.first?.session {
            attempt.conditions[session] = .version(truth.table.head(of: session)?.version ?? 0)
        }
        return attempt
    }

    private func send(_ index: Int, by writer: RemoteStore, _ client: Int) async {
        let attempt = attempts[index]
        attempts[index].isUnderway = true
        defer { attempts[index].isUnderway = false }
        let batch = AppendBatch(
            actor: "user:model",
            items: attempt.items.map { .init(session: $0.session, draft: $0.draft) },
            conditions: attempt.conditions)
        do {
            attempts[index].receipts = try await writer.append(batch)
            summary.acknowledged += 1
        } catch let error as JournalError {
            switch error.code {
            case .ambiguous: summary.ambiguous += 1
            case .fenced, .closed:
                summary.fenced += 1
                if writers[client] === writer { writers[client] = nil }
            case .unavailable, .locked: break
            case .damaged:
                summary.refused += 1
                problems.append("event \(index): \(error)")
            default:
                summary.refused += 1
                attempts[index].isRefused = true
            }
        } catch {
            problems.append("\(error)")
        }
    }

    private var problems: [String] = []

    /// A reader sees what readers before it saw, and all that was acknowledged by then.
    private func read() async throws {
        let known = attempts.compactMap { $0.receipts?.map(\.sequence).max() }.max() ?? 0
        guard
            let reader = try? await network.open(
                client: Self.clientCount, as: nil, options: options, attemptLimit: 30),
            let events = try? await reader.all()
        else { return }
        let lines = events.map(\.line)
        try expect(UInt64(lines.count) >= known, "a reader sees event \(known)")
        let common = min(lines.count, seen.count)
        try expect(lines[..<common] == seen[..<common], "what was read does not change")
        if lines.count > seen.count { seen = lines }
    }

    // MARK: Judging

    func judge() async throws -> RemoteRun.Summary {
        try await settle()
        let truth = network.truth
        try expectEqual(problems, [])
        try expect(truth.table.lines.starts(with: seen), "what was read does not change")
        try judgeEvents(try truth.table.lines.map { try Event(line: $0) })
        try judgeOrder(truth)
        let reader = try await network.open(client: Self.clientCount, as: nil, options: options)
        let report = try await reader.verify()
        try expectEqual(report.verdict, .ok, "\(report.findings)")
        let root = ReferenceTree.root(truth.table.leaves[...])
        try expectEqual(try await reader.treeHead(at: nil).root, root)
        try await reader.close()
        summary.root = root.hexadecimal
        summary.failovers = network.failoverCount
        summary.epochs = truth.epoch
        return summary
    }

    /// The weather clears, what was on its way arrives, and who got no answer asks again.
    private func settle() async throws {
        network.set(.calm)
        network.setInterlude(nil)
        for client in writers.indices { network.setPartitioned(client, false) }
        writers = Array(repeating: nil, count: Self.clientCount)
        network.advance(.seconds(600))
        let last = try await network.open(client: 0, as: "the last", options: options, isIdle: true)
        for index in attempts.indices
        where attempts[index].receipts == nil && !attempts[index].isRefused {
            await send(index, by: last, 0)
            try expect(
                attempts[index].receipts != nil || attempts[index].isRefused,
                "attempt \(index) ends")
        }
        // Who was told that it is stored is told the same again.
        for index in attempts.indices.suffix(20) {
            guard let first = attempts[index].receipts else { continue }
            await send(index, by: last, 0)
            try expectEqual(
                attempts[index].receipts?.map(\.sequence) ?? [], first.map(\.sequence))
        }
        try await last.close()
    }

    private func judgeEvents(_ events: [Event]) throws {
        try expectEqual(events.map(\.sequence), events.indices.map { UInt64($0) + 1 })
        var places: [String: UInt64] = [:]
        for event in events {
            let id = event.id ?? ""
            try expect(
                places.updateValue(event.sequence, forKey: id) == nil, "\(id) is there twice")
        }
        for attempt in attempts {
            let ids = attempt.items.map { $0.draft.id ?? "" }
            if attempt.isRefused {
                try expect(ids.allSatisfy { places[$0] == nil }, "\(ids) were refused")
            } else {
                let told = attempt.receipts?.map(\.sequence) ?? []
                try expectEqual(ids.compactMap { places[$0] }, told, "\(ids)")
                let versions = told.map { events[Int($0) - 1].version }
                try expectEqual(attempt.receipts?.map(\.version) ?? [], versions)
            }
        }
        try expectEqual(
            events.count, attempts.reduce(0) { $0 + ($1.isRefused ? 0 : $1.items.count) })
    }

    /// The model agrees with every batch in the order in which they are stored, and commits came
    /// under leases that never got older.
    private func judgeOrder(_ truth: SimulatedCluster.Node) throws {
        var model = StoreModel()
        let stored = attempts.filter { !$0.isRefused }
            .sorted { $0.receipts?[0].sequence ?? 0 < $1.receipts?[0].sequence ?? 0 }
        for attempt in stored {
            let answers = try model.append(attempt.items, attempt.conditions).get()
            try expectEqual(answers.map(\.0), attempt.receipts?.map(\.sequence) ?? [])
        }
        var epoch: UInt64 = 0
        for commit in truth.commits {
            try expect(commit.epoch >= epoch, "epoch \(commit.epoch) writes after \(epoch)")
            epoch = commit.epoch
        }
    }
}
