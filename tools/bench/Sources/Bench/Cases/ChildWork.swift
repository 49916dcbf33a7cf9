internal import Glibc

/// What this program does as a child of itself.
enum ChildWork {
    /// The session that the first events of every store are of, to have one whose reading can be
    /// checked whatever else is in the store.
    static let markedSession = 900_000_000

    static func markedMessages() throws -> [Message] {
        var workload = try Workload(sessions: 1, first: markedSession)
        return workload.next(3)
    }

    /// Runs what the arguments behind `--child` say.
    static func run(_ arguments: [String]) async throws {
        guard let work = arguments.first else { throw BenchError("a child without work") }
        switch work {
        case "append": try await append(Array(arguments.dropFirst()))
        case "read": try await read(Array(arguments.dropFirst()))
        default: throw BenchError("there is no work \"\(work)\"")
        }
    }

    /// Appends events, says so, and goes on appending until it is killed.
    ///
    /// The arguments: the system, its path, the number of events, that of sessions, and the number
    /// of the first session.
    private static func append(_ arguments: [String]) async throws {
        guard arguments.count == 5, let count = Int(arguments[2]), let sessions = Int(arguments[3]),
            let first = Int(arguments[4]), let system = makeSystem(arguments[0], arguments[1])
        else { throw BenchError("a child with other arguments than it needs") }
        let isNew = !Disk.exists(arguments[1])
        try await system.open()
        if isNew { try await system.append(markedMessages()[...]) }
        var workload = try Workload(sessions: sessions, sizes: .short, first: first)
        var done = 0
        while done < count {
            let size = min(1_000, count - done)
            try await system.append(workload.next(size)[...])
            done += size
        }
        print("ready")
        fflush(nil)
        while true { try await system.append([workload.next()][...]) }
    }

    /// Opens the journal, reads sessions and single events at random, and says how much memory that
    /// took: kilobytes before, and at most.
    ///
    /// The arguments: the path, the number of events and that of sessions.
    private static func read(_ arguments: [String]) async throws {
        guard arguments.count == 3, let events = Int(arguments[1]), let sessions = Int(arguments[2])
        else { throw BenchError("a child with other arguments than it needs") }
        let before = Machine.memory("VmRSS")
        let system = JournalSystem(path: arguments[0])
        try await system.open()
        var random = Random(seed: 11)
        var tally = Tally()
        for _ in 0..<200 {
            let names = try (0..<10).map { _ in try SessionName(number: random.below(sessions)) }
            try await system.read(sessions: names, &tally)
            let sequences = (0..<50).map { _ in 1 + UInt64(random.below(events)) }
            try await system.read(sequences: sequences, &tally)
        }
        guard tally.count >= 10_000 else { throw BenchError("too little was read") }
        print("\(before) \(Machine.memory("VmHWM"))")
        try await system.close()
    }

    private static func makeSystem(_ name: String, _ path: String) -> (any System)? {
        switch name {
        case "journal": JournalSystem(path: path)
        case "SQLite": SQLiteSystem(path: path)
        case "RocksDB": RocksDBSystem(path: path)
        case "LMDB": LMDBSystem(path: path)
        default: nil
        }
    }
}
