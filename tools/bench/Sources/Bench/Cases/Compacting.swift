internal import SessionJournal
internal import Synchronization

/// What those who append notice of a compaction, at half the rate that batches reach by themselves.
///
/// The same batches, due at the same intervals, before the compaction, beside it and behind it; somebody
/// reads sessions of which it takes the content all the while, and compares what they come to with
/// what they came to before.
enum Compacting: BenchCase {
    static let name = "compacting"
    static let summary = "batches at half the bulk rate, beside a compaction of 200,000 events"

    private static let rate = Metric(
        name: "compacting.rate", text: "rate kept beside a compaction", unit: "×", better: .higher)
    private static let cost = Metric(
        name: "compacting.p99.cost", text: "p99 of a batch, with compaction / without", unit: "×",
        better: .lower)
    private static let quietTail = Metric(
        name: "compacting.p99.quiet", text: "p99 of a batch without compaction", unit: "ms",
        better: .lower)
    private static let busyTail = Metric(
        name: "compacting.p99.busy", text: "p99 of a batch beside a compaction", unit: "ms",
        better: .lower)
    private static let lateCost = Metric(
        name: "compacting.late.cost", text: "p99 since it was due, with compaction / without",
        unit: "×", better: .lower)
    private static let speed = Metric(
        name: "compacting.events", text: "events compacted beside appends", unit: "events/s",
        better: .higher)
    private static let size = Metric(
        name: "compacting.size", text: "size of the lines afterwards", unit: "%", better: .lower)

    fileprivate static let batchSize = 1_000

    static func run(_ context: Context) async throws {
        for round in 0..<context.rounds {
            let folder = try context.freshFolder(name)
            let journal = try await Journal.create(at: folder + "/journal")
            let sessions = try await old(journal, context)
            let readers = try await CompactedReaders(
                journal, sessions: sessions, seed: UInt64(round))
            let load = try await PacedLoad(journal, seed: UInt64(round), context)
            let length = context.scaled(400, quick: 12)
            readers.begin()
            let before = try await load.run { $0 < length }
            let began = nanoseconds()
            let compaction = RunningCompaction(of: sessions, in: journal)
            let busy = try await load.run { _ in !compaction.isDone }
            let taken = Double(nanoseconds() - began) / 1e9
            let report = try await compaction.report()
            let after = try await load.run { $0 < length }
            let readCount = try await readers.end()
            let quiet = before + after
            let tails = [quiet, busy].map { Statistics.percentile($0.map(\.taken), 0.99) }
            let lates = [quiet, busy].map { Statistics.percentile($0.map(\.late), 0.99) }
            context.results.add(
                Double(busy.count) * load.interval / (taken * 1e9), rate, Results.ours)
            context.results.add(tails[1] / tails[0], cost, Results.ours)
            context.results.add(tails[0], quietTail, Results.ours)
            context.results.add(tails[1], busyTail, Results.ours)
            context.results.add(lates[1] / lates[0], lateCost, Results.ours)
            context.results.add(Double(report.eventCount) / taken, speed, Results.ours)
            context.results.add(
                100 * Double(report.plainSizeAfter) / Double(report.plainSizeBefore), size,
                Results.ours)
            context.progress(
                "  \(busy.count) batches beside \(report.eventCount) events in \(taken) s, "
                    + "sessions read \(readCount) times")
            guard try await journal.checkCompactions().allSatisfy(\.isValid),
                try await journal.verify().verdict == .ok
            else { throw BenchError("the compaction is not what its certificate says") }
            try await journal.close()
            Disk.remove(folder)
        }
    }

    /// Sessions that nobody writes to any more. Returns their ids.
    private static func old(_ journal: Journal, _ context: Context) async throws -> [SessionID] {
        var workload = try Workload(sessions: context.scaled(2_000, quick: 100))
        let writer = journal.as(Message.actor)
        for _ in 0..<context.scaled(200, quick: 8) {
            try await writer.append(try workload.next(batchSize).map(PacedLoad.item))
        }
        try await journal.seal()
        return try await journal.sessions().map(\.session)
    }
}

/// Batches that are due at intervals, by one who waits for each.
private final class PacedLoad {
    /// Milliseconds of a batch: from its call on, and from when it was due on.
    struct Latency {
        var taken: Double
        var late: Double
    }

    private let writer: JournalWriter
    /// They come again and again, and are made ahead: only appending them is in their time.
    private let batches: [[AppendBatch.Item]]
    private var next = 0

    /// Nanoseconds from one batch to the next.
    let interval: Double

    /// Finds out how fast batches are by themselves: here they come at half that rate.
    init(_ journal: Journal, seed: UInt64, _ context: Context) async throws {
        var workload = try Workload(
            sessions: context.scaled(2_000, quick: 100), seed: 40 + seed, first: 1_000_000)
        let writer = journal.as(Message.actor)
        try await writer.append(
            try workload.sessions.indices.map { try Self.item(workload.next(in: $0)) })
        let batches = try (0..<40).map { _ in
            try workload.next(Compacting.batchSize).map(Self.item)
        }
        let began = nanoseconds()
        let passes = context.scaled(4, quick: 1)
        for _ in 0..<passes { for batch in batches { try await writer.append(batch) } }
        interval = 2 * Double(nanoseconds() - began) / Double(passes * batches.count)
        self.writer = writer
        self.batches = batches
        try await journal.seal()
    }

    static func item(_ message: Message) throws -> AppendBatch.Item {
        AppendBatch.Item(
            session: message.session.id,
            draft: EventDraft(message.kind.eventKind, data: try EventData(json: message.data)))
    }

    /// Appends batches as they become due, as long as it is to go on. One that is due before the one
    /// before it is done follows at once.
    func run(while goesOn: (_ count: Int) -> Bool) async throws -> [Latency] {
        var latencies: [Latency] = []
        let start = nanoseconds()
        while goesOn(latencies.count) {
            let due = start + UInt64(Double(latencies.count) * interval)
            let now = nanoseconds()
            if now < due { try await Task.sleep(nanoseconds: due - now) }
            let began = nanoseconds()
            try await writer.append(batches[next % batches.count])
            let ended = nanoseconds()
            next += 1
            latencies.append(
                Latency(taken: Double(ended - began) / 1e6, late: Double(ended - due) / 1e6))
        }
        return latencies
    }
}

/// A compaction of all but the last message of each session, under way.
private final class RunningCompaction: Sendable {
    private let done = Atomic<Bool>(false)
    private let task: Mutex<Task<CompactionReport, any Error>?>

    init(of sessions: [SessionID], in journal: Journal) {
        var rule = CompactionRule()
        rule.sessions = sessions
        rule.keptMessages = 1
        task = Mutex(nil)
        let running = Task { [rule] in
            defer { done.store(true, ordering: .releasing) }
            return try await journal.as("user:op").compact(rule)
        }
        task.withLock { $0 = running }
    }

    var isDone: Bool { done.load(ordering: .acquiring) }

    func report() async throws -> CompactionReport {
        guard let task = task.withLock({ $0 }) else { throw BenchError("nothing is compacted") }
        return try await task.value
    }
}

/// Reads sessions again and again, and says no where one does not come to what it came to first.
private final class CompactedReaders: Sendable {
    /// What is the same whether or not content is gone: tree, metadata, leaves, and the last message.
    private struct Answer: Equatable {
        var tree: JSONValue
        var metadata: JSONObject
        var leaves: [Digest] = []
        var last: [JSONValue]?

        init(of session: SessionID, in journal: Journal) async throws {
            let state = try await journal.state(of: session)
            tree = state.tree.json()
            metadata = state.metadata()
            for try await event in journal.events(session: session) { leaves.append(event.leaf) }
            last = state.tree.lastMessages(1, ofBranch: "main")?.first?.content()
        }
    }

    private let journal: Journal
    private let answers: [(session: SessionID, answer: Answer)]
    private let reading = Mutex<Task<Int, any Error>?>(nil)

    /// Notes what some sessions come to.
    init(_ journal: Journal, sessions: [SessionID], seed: UInt64) async throws {
        self.journal = journal
        var random = Random(seed: 70 + seed)
        var answers: [(session: SessionID, answer: Answer)] = []
        for session in random.shuffled(sessions).prefix(40) {
            answers.append((session, try await Answer(of: session, in: journal)))
        }
        self.answers = answers
    }

    /// Reads one every twentieth of a second, from here on.
    func begin() {
        let task = Task { [journal, answers] in
            var count = 0
            while !Task.isCancelled {
                let (session, answer) = answers[count % answers.count]
                guard try await Answer(of: session, in: journal) == answer else {
                    throw BenchError("session \(session) answers otherwise")
                }
                count += 1
                try? await Task.sleep(for: .milliseconds(50))
            }
            return count
        }
        reading.withLock { $0 = task }
    }

    /// Stops reading, and reads all of them once more. Returns how many were read.
    func end() async throws -> Int {
        guard let task = reading.withLock({ $0 }) else { return 0 }
        task.cancel()
        let count = try await task.value
        for (session, answer) in answers {
            guard try await Answer(of: session, in: journal) == answer else {
                throw BenchError("session \(session) answers otherwise")
            }
        }
        return count + answers.count
    }
}
