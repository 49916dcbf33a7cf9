internal import SessionJournal

/// The state of a long session at any of its events, who changed what, and its last messages.
enum States: BenchCase {
    static let name = "states"
    static let summary = "state, blame and history at random events of a session of 100,000"

    private static let cold = Metric(
        name: "states.cold", text: "state at a random event, first after opening", unit: "ms",
        better: .lower)
    private static let median = Metric(
        name: "states.median", text: "state at a random event, median", unit: "ms", better: .lower)
    private static let p99 = Metric(
        name: "states.p99", text: "state at a random event, p99", unit: "ms", better: .lower)
    private static let blame = Metric(
        name: "states.blame", text: "blame of a field at a random event, p99", unit: "ms",
        better: .lower)
    private static let historyCold = Metric(
        name: "states.history.cold", text: "last 1,000 messages, first after opening", unit: "ms",
        better: .lower)
    private static let historyWarm = Metric(
        name: "states.history.warm", text: "last 1,000 messages, again", unit: "ms",
        better: .lower)
    private static let space = Metric(
        name: "states.space", text: "snapshots, of the journal's size", unit: "%", better: .lower)
    private static let taking = Metric(
        name: "states.taking", text: "taking all snapshots", unit: "events/s", better: .higher)

    static func run(_ context: Context) async throws {
        let path = try context.freshFolder("states") + "/journal"
        let long = try LongSession(context.scaled(100_000, quick: 5_000))
        let journal = try await Journal.create(at: path)
        let size = try await long.write(to: journal)
        let began = nanoseconds()
        let report = try await journal.takeSnapshots()
        let taken = Double(nanoseconds() - began) / 1e9
        context.results.add(Double(long.eventCount) / taken, taking, Results.ours)
        context.results.add(Double(report.bytes) * 100 / Double(size), space, Results.ours)
        try await journal.close()
        for round in 0..<context.rounds {
            try await measure(long, path, round, context)
        }
        Disk.remove(path)
        if context.options.isLarge { try await measureLargest(context) }
    }

    private static let largest = Metric(
        name: "states.10m", text: "state at a random event of 10 M, p99", unit: "ms",
        better: .lower)

    /// Any session of a journal of ten million events, at any of its events.
    private static func measureLargest(_ context: Context) async throws {
        let path = try Openings.largestStore(context)
        // What was killed is put right first.
        try await Journal.open(at: path).close()
        let journal = try await Journal.open(readingAt: path)
        var random = Random(seed: 17)
        for _ in 0..<context.rounds {
            var times: [Double] = []
            for _ in 0..<300 {
                let sequence = UInt64(1 + random.below(Openings.largest.events))
                guard let event = try await journal.event(at: sequence) else {
                    throw BenchError("there is no event \(sequence)")
                }
                if event.session.isJournal { continue }
                times.append(
                    try await milliseconds {
                        let state = try await journal.state(
                            of: event.session, at: .sequence(sequence))
                        guard state.lastSequence == sequence, !state.metadata().isEmpty else {
                            throw BenchError("the state is of another event")
                        }
                    })
            }
            context.results.add(Statistics.percentile(times, 0.99), largest, Results.ours)
        }
        try await journal.close()
    }

    private static func measure(
        _ long: LongSession, _ path: String, _ round: Int, _ context: Context
    ) async throws {
        var random = Random(seed: UInt64(round) + 1)
        func point() -> PointInTime { .sequence(UInt64(200 + random.below(long.eventCount - 200))) }
        Disk.dropCaches(below: path)
        let journal = try await Journal.open(readingAt: path)
        let session = long.session.id
        context.results.add(
            try await milliseconds { try await look(session, point(), "main", journal) }, cold,
            Results.ours)
        var times: [Double] = []
        for _ in 0..<context.scaled(500, quick: 20) {
            let branch = LongSession.branches[random.below(3)]
            let at = point()
            times.append(try await milliseconds { try await look(session, at, branch, journal) })
        }
        context.results.add(Statistics.median(times), median, Results.ours)
        context.results.add(Statistics.percentile(times, 0.99), p99, Results.ours)
        times = []
        for _ in 0..<context.scaled(200, quick: 10) {
            let field = LongSession.fields[random.below(LongSession.fields.count)]
            let at = point()
            times.append(
                try await milliseconds {
                    guard try await !journal.blame(field, in: session, at: at).isEmpty else {
                        throw BenchError("nobody is to blame")
                    }
                })
        }
        context.results.add(Statistics.percentile(times, 0.99), blame, Results.ours)
        try await journal.close()

        Disk.dropCaches(below: path)
        let again = try await Journal.open(readingAt: path)
        for metric in [historyCold, historyWarm] {
            context.results.add(
                try await milliseconds {
                    let state = try await again.state(of: session)
                    let messages = state.tree.lastMessages(1_000, ofBranch: "main")
                    guard messages?.count == 1_000 || context.options.isQuick else {
                        throw BenchError("there are fewer messages")
                    }
                }, metric, Results.ours)
        }
        try await again.close()
    }

    /// Asks for what a state is: metadata, heads, counts.
    private static func look(
        _ session: SessionID, _ point: PointInTime, _ branch: String, _ journal: Journal
    ) async throws {
        let state = try await journal.state(of: session, at: point, branch: branch)
        guard state.metadata(on: branch)["name"] == "long", state.tree.branch(branch)?.head != nil,
            !state.tree.messages.isEmpty, state.turnCount > 0
        else { throw BenchError("the state is not that of the session") }
    }

    private static func milliseconds(_ body: () async throws -> Void) async rethrows -> Double {
        try await seconds(body) * 1e3
    }
}
