import SessionJournal

/// What it costs that a journal can be proved.
enum Evidence: BenchCase {
    static let name = "evidence"
    static let summary = "hashing, proofs of single events, reading everything again"

    private static let hash = Metric(
        name: "evidence.hash", text: "one SHA-256 of an event's line", unit: "µs", better: .lower)
    private static let leaf = Metric(
        name: "evidence.leaf", text: "an event's leaf of the tree", unit: "µs", better: .lower)
    private static let proof = Metric(
        name: "evidence.proof", text: "proof of an event, tiles warm, median", unit: "ms",
        better: .lower)
    private static let late = Metric(
        name: "evidence.proof.p99", text: "proof of an event, tiles warm, 99 %", unit: "ms",
        better: .lower)
    private static let size = Metric(
        name: "evidence.proof.size", text: "a proof's hashes as text", unit: "bytes",
        better: .lower)
    private static let verify = Metric(
        name: "evidence.verify", text: "everything read again and checked", unit: "events/s",
        better: .higher)
    private static let largeProof = Metric(
        name: "evidence.proof.10m", text: "the same of 10 M events", unit: "ms", better: .lower)

    static func run(_ context: Context) async throws {
        let folder = try context.freshFolder("evidence")
        let path = try await filled(folder, context)
        defer { Disk.remove(folder) }
        for round in 0..<context.rounds {
            let journal = try await Journal.open(at: path)
            try await hashes(journal, context)
            let times = try await proofs(journal, round, context)
            context.results.add(times[times.count / 2] * 1_000, proof, Results.ours)
            context.results.add(times[times.count * 99 / 100] * 1_000, late, Results.ours)
            var report = VerificationReport(verdict: .ok, events: 0, bytesChecked: 0, root: nil)
            let taken = try await seconds { report = try await journal.verify() }
            guard report.verdict == .ok else { throw BenchError("the journal is not whole") }
            context.results.add(Double(report.events) / taken, verify, Results.ours)
            try await journal.close()
        }
        guard context.options.isLarge else { return }
        let journal = try await Journal.open(at: Openings.largestStore(context))
        let times = try await proofs(journal, 0, context)
        context.results.add(times[times.count / 2] * 1_000, largeProof, Results.ours)
        try await journal.close()
    }

    /// A journal of events of about 1 KB in several segments, sealed, the least that says what two
    /// cores do.
    private static func filled(_ folder: String, _ context: Context) async throws -> String {
        context.progress("  writing what is verified")
        guard let ours = context.systems(in: folder).first(where: { $0.name == Results.ours })
        else {
            throw BenchError("the journal is not among the systems")
        }
        var workload = try Workload(sessions: context.scaled(4_000, quick: 200), seed: 11)
        try await ours.open()
        for _ in 0..<context.scaled(400, quick: 10) {
            try await ours.append(workload.next(1_000)[...])
        }
        try await ours.settle()
        try await ours.shrink()
        try await ours.close()
        return ours.path
    }

    /// The digest and the leaf of the same events, which lie in memory.
    private static func hashes(_ journal: Journal, _ context: Context) async throws {
        var events: [Event] = []
        for try await event in journal.events(through: 4_000) { events.append(event) }
        var sum = 0
        let plain = await seconds {
            for event in events { sum &+= Int(event.digest.bytes[0]) }
        }
        let whole = await seconds {
            for event in events { sum &+= Int(event.leaf.bytes[0]) }
        }
        guard sum > 0 else { throw BenchError("every hash begins with a zero") }
        let unit = 1_000_000 / Double(events.count)
        context.results.add(plain * unit, hash, Results.ours)
        context.results.add(whole * unit, leaf, Results.ours)
    }

    /// How long proofs of events at random take, sorted; each is checked.
    private static func proofs(
        _ journal: Journal, _ round: Int, _ context: Context
    ) async throws -> [Double] {
        // The first proof makes what tiles there are not.
        let last = try await journal.inclusionProof(of: 1).head.size
        var random = Random(seed: 300 + UInt64(round))
        let chosen = (0..<context.scaled(2_000, quick: 100)).map { _ in
            1 + UInt64(random.below(Int(last)))
        }
        for sequence in chosen { _ = try await journal.inclusionProof(of: sequence) }
        var times: [Double] = []
        var bytes = 0
        for sequence in chosen {
            var proof: InclusionProof?
            times.append(
                try await seconds { proof = try await journal.inclusionProof(of: sequence) })
            guard let proof, proof.holds else { throw BenchError("a proof does not hold") }
            bytes = max(bytes, proof.hashes.count * 45)
        }
        context.results.add(Double(bytes), size, Results.ours)
        return times.sorted()
    }
}
