/// Opening after `kill -9`: a process appends, is killed while it goes on appending, and what it
/// left is opened and one session is read. Once more for each round: a process appends a little to
/// the same store and is killed.
enum Openings: BenchCase {
    static let name = "open"
    static let summary = "open after kill -9, and read one session (1 M and 10 M with --large)"

    /// A store that processes were killed in.
    private struct Killed {
        let size: String
        let events: Int
        let sessions: Int
        let withPeers: Bool
    }

    /// The size of the largest store, which the memory case reads.
    static let largest = (events: 10_000_000, sessions: 100_000)

    static func run(_ context: Context) async throws {
        var stores = [
            Killed(
                size: "10k", events: context.scaled(10_000, quick: 1_000), sessions: 1_000,
                withPeers: true)
        ]
        if context.options.isLarge {
            stores.append(
                Killed(size: "1m", events: 1_000_000, sessions: 10_000, withPeers: true))
            stores.append(
                Killed(
                    size: "10m", events: largest.events, sessions: largest.sessions,
                    withPeers: false))
        }
        for store in stores { try await measure(store, context) }
    }

    /// The folder of the largest store; made by the first case that needs it.
    static func largestStore(_ context: Context) throws -> String {
        let path = context.options.directory + "/open-10m/journal"
        if !Disk.exists(path) {
            try Disk.makeDirectory(context.options.directory + "/open-10m")
            try append(largest.events, largest.sessions, from: 0, Results.ours, path, context)
        }
        return path
    }

    private static func append(
        _ events: Int, _ sessions: Int, from first: Int, _ system: String, _ path: String,
        _ context: Context
    ) throws {
        if events > 100_000 { context.progress("  \(system): writing \(events) events") }
        let child = try Child(["append", system, path, "\(events)", "\(sessions)", "\(first)"])
        guard try child.line() == "ready" else { throw BenchError("a child says something else") }
        try child.kill()
    }

    private static func measure(_ store: Killed, _ context: Context) async throws {
        let opening = Metric(
            name: "open." + store.size, text: "open after kill -9, \(store.size) events",
            unit: "ms", better: .lower)
        let reading = Metric(
            name: "open-read." + store.size, text: "and read a session, \(store.size) events",
            unit: "ms", better: .lower)
        let folder = context.options.directory + "/open-" + store.size
        try Disk.makeDirectory(folder)
        let marked = try ChildWork.markedMessages()
        let expected = Tally.expected(marked)
        let systems = context.systems(in: folder).filter {
            $0.abilities.contains(.points) && (store.withPeers || $0.name == Results.ours)
        }
        for round in 0..<context.rounds {
            for system in systems.rotated(by: round) {
                if Disk.exists(system.path) {
                    // Sessions that nobody has used yet.
                    try append(
                        1_000, 100, from: 500_000_000 + round * 1_000, system.name, system.path,
                        context)
                } else {
                    try append(
                        store.events, store.sessions, from: 0, system.name, system.path, context)
                }
                let began = nanoseconds()
                try await system.open()
                let opened = nanoseconds()
                var tally = Tally()
                try await system.read(sessions: [marked[0].session], &tally)
                let read = nanoseconds()
                try tally.check(equals: expected, system.name, "reading after a kill")
                try await system.close()
                context.results.add(Double(opened - began) / 1e6, opening, system.name)
                context.results.add(Double(read - began) / 1e6, reading, system.name)
            }
        }
        // The largest store is kept for the memory that reading it takes.
        if store.withPeers { Disk.remove(folder) }
    }
}

/// The memory of a process that has ten million events open and reads them.
enum Memory: BenchCase {
    static let name = "memory"
    static let summary = "memory with 10 M events in 100,000 sessions open and being read (--large)"

    private static let program = Metric(
        name: "memory.program", text: "memory before opening", unit: "MB", better: .lower)
    private static let reading = Metric(
        name: "memory.reading", text: "memory with 10 M events, besides the cache", unit: "MB",
        better: .lower)

    static func run(_ context: Context) async throws {
        guard context.options.isLarge else {
            context.progress("  left out: needs --large")
            return
        }
        let path = try Openings.largestStore(context)
        let (events, sessions) = Openings.largest
        for _ in 0..<min(context.rounds, 3) {
            let child = try Child(["read", path, "\(events)", "\(sessions)"])
            let figures = try child.line().split(separator: " ").compactMap { Double($0) }
            try child.wait()
            guard figures.count == 2 else { throw BenchError("a child says something else") }
            context.results.add(figures[0] * 1_024 / 1e6, program, Results.ours)
            let most = (figures[1] * 1_024 - Double(cacheSize)) / 1e6
            context.results.add(most, reading, Results.ours)
        }
    }
}
