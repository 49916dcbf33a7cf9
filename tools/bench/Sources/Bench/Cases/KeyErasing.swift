internal import SessionCrypto
internal import SessionJournal

/// What it costs to erase an encrypted session, whatever its size, and to begin one where there are
/// many: each has a key of its own.
enum KeyErasing: BenchCase {
    static let name = "keys"
    static let summary =
        "erasing encrypted sessions of 1,000 and of a million events; 10,000 new ones"

    private static let small = Metric(
        name: "keys.erase.small", text: "erasing an encrypted session of 1,000 events", unit: "ms",
        better: .lower)
    private static let large = Metric(
        name: "keys.erase.large", text: "the same of a million events", unit: "ms", better: .lower)
    private static let many = Metric(
        name: "keys.erase.many", text: "the same beside 10,000 other keys", unit: "ms",
        better: .lower)
    private static let first = Metric(
        name: "keys.new.first", text: "a new session, encrypted, the first 1,000", unit: "ms",
        better: .lower)
    private static let last = Metric(
        name: "keys.new.last", text: "the same, the last 1,000 of 10,000", unit: "ms",
        better: .lower)
    private static let plain = Metric(
        name: "keys.new.plain", text: "a new session in clear", unit: "ms", better: .lower)

    static func run(_ context: Context) async throws {
        let master = try MasterKey(bytes: [UInt8](repeating: 7, count: MasterKey.size))
        var options = JournalOptions()
        options.unlock(with: master)
        options.encryptsSessions = true
        let folder = try context.freshFolder(name)
        defer { Disk.remove(folder) }
        context.progress("  sessions of a million events")
        let journal = try await Journal.create(at: folder + "/large", options: options)
        for _ in 0..<context.rounds {
            for (count, metric) in [
                (1_000, small), (context.scaled(1_000_000, quick: 10_000), large),
            ] {
                let session = try await filled(journal, count)
                context.results.add(try await erase(session, journal), metric, Results.ours)
            }
        }
        try await journal.close()
        context.progress("  many sessions")
        for round in 0..<context.rounds {
            let journal = try await Journal.create(
                at: folder + "/many-\(round)", options: options)
            let count = context.scaled(10_000, quick: 1_000)
            var sessions: [SessionID] = []
            let times = try await begin(count, journal, &sessions)
            let tenth = max(1, count / 10)
            context.results.add(
                Statistics.median(Array(times[..<tenth])), first, Results.ours)
            context.results.add(
                Statistics.median(Array(times[(count - tenth)...])), last, Results.ours)
            context.results.add(
                try await erase(sessions[count / 2], journal), many, Results.ours)
            try await journal.close()
            let clear = try await Journal.create(at: folder + "/clear-\(round)")
            var others: [SessionID] = []
            context.results.add(
                Statistics.median(try await begin(tenth, clear, &others)), plain, Results.ours)
            try await clear.close()
        }
    }

    /// Begins sessions one by one; how long each took, in milliseconds.
    private static func begin(
        _ count: Int, _ journal: Journal, _ sessions: inout [SessionID]
    ) async throws -> [Double] {
        let ada = journal.as("user:bench")
        var times: [Double] = []
        for number in 0..<count {
            let began = nanoseconds()
            sessions.append(try await ada.createSession(key: "session \(number)"))
            times.append(Double(nanoseconds() - began) / 1e6)
        }
        return times
    }

    private static func filled(_ journal: Journal, _ count: Int) async throws -> SessionID {
        let ada = journal.as("user:bench")
        let session = try await ada.createSession()
        let text = String(repeating: "what somebody said, at some length; ", count: 8)
        for start in stride(from: 1, to: count, by: 1_000) {
            try await ada.append(
                (start..<min(start + 1_000, count)).map { number in
                    EventDraft("x.said", data: ["text": .string("\(number) \(text)")])
                }, to: session, durability: .buffered)
        }
        try await journal.seal()
        return session
    }

    private static func erase(_ session: SessionID, _ journal: Journal) async throws -> Double {
        let began = nanoseconds()
        let certificate = try await journal.as("user:bench").erase(
            .session(session), options: ErasureOptions(basis: "a measurement"))
        let taken = Double(nanoseconds() - began) / 1e6
        guard certificate.keys == [session.hexadecimal], certificate.isFinished else {
            throw BenchError("the session's key was not destroyed")
        }
        return taken
    }
}
