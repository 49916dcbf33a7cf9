/// Stores of every system with the same events in them, closed, in the smallest form that each has.
struct ReadFixture {
    enum Kind: String {
        /// Several times what a cache holds.
        case large
        /// Less than what a cache holds.
        case small
    }

    let folder: String
    let systems: [any System]
    let count: Int
    let sessions: [SessionName]
    /// The events of the small one, to know what any of them must read as.
    let messages: [Message]
    let all: Tally
    /// Bytes on the disk by system, after the work that was put off, and in the smallest form.
    let settledSizes: [String: UInt64]
    let smallestSizes: [String: UInt64]

    static func make(_ kind: Kind, _ context: Context) async throws -> ReadFixture {
        context.progress("  writing what is read (\(kind.rawValue))")
        let count =
            kind == .large
            ? context.scaled(100_000, quick: 6_000) : context.scaled(12_000, quick: 2_000)
        let sessions = kind == .large ? context.scaled(2_000, quick: 200) : 240
        let folder = try context.freshFolder("read-" + kind.rawValue)
        let systems = context.systems(in: folder)
        var workload = try Workload(sessions: sessions, seed: 7)
        let messages = workload.next(count)
        var settled: [String: UInt64] = [:]
        var smallest: [String: UInt64] = [:]
        for system in systems {
            try await system.open()
            let batch = system.abilities.contains(.bulk) ? 1_000 : count
            for start in stride(from: 0, to: count, by: batch) {
                try await system.append(messages[start..<min(count, start + batch)])
            }
            try await system.settle()
            settled[system.name] = Disk.size(below: system.path)
            try await system.shrink()
            try await context.verify(system, messages)
            try await system.close()
            smallest[system.name] = Disk.size(below: system.path)
        }
        return ReadFixture(
            folder: folder, systems: systems, count: count,
            sessions: Array(Set(messages.map(\.session))), messages: messages,
            all: Tally.expected(messages), settledSizes: settled, smallestSizes: smallest)
    }
}
